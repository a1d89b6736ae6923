// What web and workers share: the connection, and what must be there before anything is published or consumed.

import amqp from 'amqplib';

export const JOBS = 'jobs';
export const PRINTED = 'printed';
export const QUEUE = 'print';
export const BINDINGS = ['job.#'];
const TIMEOUT_MS = 1500;

// A connection to RabbitMQ; it rejects soon where there is none.
export async function connect() {
  const connection = await amqp.connect(process.env.AMQP_URL, { timeout: TIMEOUT_MS });
  connection.on('error', () => {}); // 'close' follows, and is what everybody listens to
  return connection;
}

// Make exchanges and queue, or find them made: whoever comes first does it, so the order of starts is free.
export async function declare(channel, queue = QUEUE, bindings = BINDINGS) {
  await channel.assertExchange(JOBS, 'topic', { durable: true });
  await channel.assertExchange(PRINTED, 'fanout', { durable: true });
  await channel.assertQueue(queue, { durable: true });
  for (const binding of bindings) {
    await channel.bindQueue(queue, JOBS, binding);
  }
}
