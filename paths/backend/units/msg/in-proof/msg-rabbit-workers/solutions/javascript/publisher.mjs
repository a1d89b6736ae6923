// Publishes messages, and knows what became of each.

import { connect, declare, JOBS } from './broker.mjs';

const CONFIRM_MS = 1500;
let opening = null; // the promise of the connection and channel that all requests share
const returned = new Set(); // ids of messages that no queue took: RabbitMQ says so before it confirms them

// Resolves when RabbitMQ has confirmed that the message lies in a queue. The first attempt may find that the
// connection broke while nobody looked; the second one has a new connection.
export async function publish(key, id, content) {
  try {
    await attempt(key, id, content);
  } catch {
    await attempt(key, id, content);
  }
}

async function attempt(key, id, content) {
  const { connection, channel } = await (opening ??= open());
  try {
    await confirmed(channel, key, id, content);
  } catch (error) {
    forget(connection);
    throw error;
  }
}

function confirmed(channel, key, id, content) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no confirm came')), CONFIRM_MS);
    const settle = (error) => {
      clearTimeout(timer);
      if (error) {
        reject(error);
      } else if (returned.delete(id)) {
        reject(new Error('no queue takes it'));
      } else {
        resolve();
      }
    };
    const options = { persistent: true, mandatory: true, messageId: id, contentType: 'application/json' };
    channel.publish(JOBS, key, content, options, settle); // throws when the channel is closed: that rejects, too
  });
}

async function open() {
  try {
    const connection = await connect();
    connection.on('close', () => (opening = null));
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => forget(connection));
    channel.on('return', (message) => returned.add(message.properties.messageId));
    await declare(channel);
    return { connection, channel };
  } catch (error) {
    opening = null;
    throw error;
  }
}

function forget(connection) {
  opening = null;
  connection.close().catch(() => {}); // closed already, perhaps
}
