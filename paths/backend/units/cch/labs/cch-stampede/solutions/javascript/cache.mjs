// The products in Redis, each under `product:ID`, and who may ask the database for one, under `lease:ID`.
//
// A lease does two jobs, as in "Scaling Memcache at Facebook" (NSDI 2013, 3.2.1). Only one reader gets it, so only one
// asks the database. And a write takes it away, so that what this reader has read before the write is not kept after it.

import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { createClient } from 'redis';

const LIFE_MS = [30_000, 60_000];
const REFRESH_MS = 10_000;
const LEASE_MS = 2_000;
const TIMEOUT_MS = 1_000; // far more than a good answer takes: with less, a busy moment would count as an outage
const PAUSE_MS = 1_000; // how long we leave Redis alone after it has failed: else each request would wait for a timeout
const MAKE_UP_MS = 250;

const client = createClient({
  url: process.env.REDIS_URL,
  disableOfflineQueue: true, // without a connection a command fails at once
  socket: { connectTimeout: TIMEOUT_MS, reconnectStrategy: () => 200 },
});
client.on('error', (error) => console.error(`redis: ${error.message}`));
// A moment for the first connection, and no longer: we serve without Redis, too.
await Promise.race([client.connect().catch(() => {}), pause(TIMEOUT_MS)]);

// What Redis does in one script, nobody comes between. KEYS: the product and its lease.
const LOOK = `
  local product = redis.call('GET', KEYS[1])
  if product and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then return {product, 0} end
  local mine = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[3])
  return {product, mine and 1 or 0}
`;
const FILL = `
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return end
  redis.call('DEL', KEYS[2])
  if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
`;

const missed = new Set(); // products that were written while Redis could not be told
let restUntil = 0;

/** Redis cannot be asked now, or what it knows of this product is not to be trusted. */
export class UnavailableError extends Error {}

/** The product if it is there, and a lease for whoever has to ask the database: '' for all the others. */
export async function look(id) {
  if (missed.has(id)) throw new UnavailableError();
  const token = randomUUID();
  const [product, mine] = await asked(() => run(LOOK, id, token, REFRESH_MS, LEASE_MS));
  return { product: product && JSON.parse(product), lease: mine ? token : '' };
}

/** Keep what the holder of the lease has read, unless somebody has written since; nothing where there is none. */
export async function fill(id, product, lease) {
  const content = product ? JSON.stringify(product) : '';
  try {
    await asked(() => run(FILL, id, lease, content, randomInt(LIFE_MS[0], LIFE_MS[1] + 1)));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error; // then the next reader asks the database again
  }
}

/** Whether somebody is asking the database for this product. */
export async function isLeased(id) {
  return (await asked(() => client.exists(keys(id)[1]))) === 1;
}

/** The product was written: drop it, and the lease of whoever is reading it. */
export async function forget(id) {
  try {
    await inTime(client.del(keys(id)));
  } catch {
    missed.add(id);
  }
}

setInterval(() => {
  for (const id of missed) {
    missed.delete(id);
    forget(id);
  }
}, MAKE_UP_MS).unref();

const keys = (id) => [`product:${id}`, `lease:${id}`];

function run(script, id, ...values) {
  return client.eval(script, { keys: keys(id), arguments: values.map(String) });
}

async function asked(question) {
  if (Date.now() < restUntil) throw new UnavailableError();
  try {
    return await inTime(question());
  } catch (error) {
    restUntil = Date.now() + PAUSE_MS;
    throw new UnavailableError(error.message, { cause: error });
  }
}

async function inTime(answer) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('Redis does not answer')), TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
