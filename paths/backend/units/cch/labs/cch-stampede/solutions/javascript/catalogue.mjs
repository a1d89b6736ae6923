// Reads products through the cache, and writes them past it.

import { setTimeout as pause } from 'node:timers/promises';

import * as cache from './cache.mjs';
import * as database from './database.mjs';

const PATIENCE_MS = 2_500;
const WAIT_MS = 50;

const waits = new Map(); // by product: one wait for all who wait here

/** The product, from Redis if it is there; of many who miss it, one asks the database, and the others wait. */
export async function read(id) {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUpAt) {
    let found;
    try {
      found = await cache.look(id);
      if (!found.product && !found.lease) await othersAreDone(id);
    } catch (error) {
      if (!(error instanceof cache.UnavailableError)) throw error;
      return database.find(id);
    }
    const { product, lease } = found;
    if (product && lease) load(id, lease).catch((error) => console.error(`refresh of ${id}: ${error.message}`));
    if (product) return product;
    if (lease) return load(id, lease);
  }
  throw new Error(`somebody asks the database for ${id}, and gets no answer`);
}

/** Write to the database, then let the cache forget. */
export async function change(id, changes) {
  const product = await database.change(id, changes);
  await cache.forget(id);
  return product;
}

/** Whether there was such a product. */
export async function remove(id) {
  const found = await database.remove(id);
  await cache.forget(id);
  return found;
}

async function load(id, lease) {
  const product = await database.find(id);
  await cache.fill(id, product, lease);
  return product;
}

// Those who wait share the waiting, and then look again. Were they to share the answer, one who comes after a write
// could be given what somebody else had read before it.
function othersAreDone(id) {
  if (!waits.has(id)) waits.set(id, untilNoLease(id).finally(() => waits.delete(id)));
  return waits.get(id);
}

async function untilNoLease(id) {
  do await pause(WAIT_MS);
  while (await cache.isLeased(id));
}
