// Takes jobs from a queue, one at a time, lets each be printed, and acknowledges it when that is done.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { BINDINGS, connect, declare, PRINTED, QUEUE } from './broker.mjs';

const queue = process.env.QUEUE ?? QUEUE;
const bindings = process.env.BINDINGS?.split(',') ?? BINDINGS;
const AGAIN_MS = 200;

const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());

// Do jobs until the connection is lost, or until the worker shall end and the job in hand is done.
async function work() {
  const connection = await connect();
  const lost = once(connection, 'close');
  let inHand = Promise.resolve();
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => connection.close().catch(() => {}));
    await declare(channel, queue, bindings);
    await channel.prefetch(1); // for consumers that come after it
    await channel.consume(queue, (message) => {
      if (message && !ending.signal.aborted) {
        inHand = done(connection, channel, message);
      }
    });
    await Promise.race([lost, once(ending.signal, 'abort')]);
    await inHand;
    await channel.close(); // after the acknowledgement, on the same channel: the connection's end might overtake it
  } finally {
    await connection.close().catch(() => {}); // what is not acknowledged goes back to the queue
  }
}

// Let a job be printed, tell all who want to know, and acknowledge it. If the connection was lost meanwhile, its
// channel is closed: the job comes again, by another one. Nobody may be waiting yet: no error leaves this.
async function done(connection, channel, message) {
  const { id, document } = JSON.parse(message.content);
  try {
    await sendToPrinter(id, document);
    channel.publish(PRINTED, '', Buffer.from(JSON.stringify({ id })));
    channel.ack(message);
  } catch (error) {
    console.log(`job ${id}: ${error.message}`);
    connection.close().catch(() => {}); // gives the job back; it may be closed already
  }
}

// Resolves when the printer has printed it. Its key is the same at each attempt, so it prints each job once.
async function sendToPrinter(id, document) {
  const answer = await fetch(`http://${process.env.BACKEND_PRINTER}/print`, {
    method: 'POST',
    headers: { 'Idempotency-Key': id, 'Content-Type': 'text/plain; charset=utf-8' },
    body: document,
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) {
    throw new Error(`the printer says ${answer.status}`);
  }
}

console.log(`working for ${queue}`);
while (!ending.signal.aborted) {
  try {
    await work();
  } catch (error) {
    console.log('no RabbitMQ:', error.message);
    await pause(AGAIN_MS);
  }
}
process.exit(0);
