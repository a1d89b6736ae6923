// Ada's ticket shop, with Express. So far it has no route, and says 404 to everybody.

import express from 'express';
import { CONCERTS } from './concerts.mjs'; // the concerts by number: CONCERTS.get(1) is the first

const app = express();

// Your turn: a route for GET /hello. `firsthand brief route` tells what it must answer.

app.listen(process.env.PORT, '127.0.0.1');
