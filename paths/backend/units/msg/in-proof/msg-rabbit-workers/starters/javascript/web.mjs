// Your web process. So far it takes no jobs.

import express from 'express';

const AMQP_URL = process.env.AMQP_URL; // where RabbitMQ is, with user and password

const app = express();
app.use(express.json({ limit: '1mb' }));

// Your turn: `firsthand brief consume-and-ack` tells what POST /jobs does with a job.

app.listen(Number(process.env.PORT), '127.0.0.1');
