// Your shop. So far it knows no path: every request is answered with 404.

import express from 'express';

const DATABASE_URL = process.env.DATABASE_URL; // the tables of given/schema.sql are there; pg can speak to them

const app = express();

// Your turn: `firsthand brief crud` tells what POST /products has to do.

app.listen(Number(process.env.PORT), '127.0.0.1');
