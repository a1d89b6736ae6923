// Takes jobs over HTTP, and publishes them. It answers 202 when RabbitMQ has promised to keep the job.

import { randomUUID } from 'node:crypto';

import express from 'express';

import { publish } from './publisher.mjs';

const app = express();
app.use(express.json({ limit: '1mb' }));

app.post('/jobs', async (request, response) => {
  const { kind, region, document } = request.body;
  const id = randomUUID();
  try {
    await publish(`job.${kind}.${region}`, id, Buffer.from(JSON.stringify({ id, kind, region, document })));
  } catch (error) {
    console.log('not published:', error.message);
    response.status(503).json({ error: 'Jobs cannot be taken now. Try again.' });
    return;
  }
  response.status(202).json({ id });
});

app.listen(Number(process.env.PORT), '127.0.0.1');
