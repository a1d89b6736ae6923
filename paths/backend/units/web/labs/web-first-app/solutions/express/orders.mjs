// Orders: the door through which they come in, and the folder in which they are kept, a file for each.

import { randomUUID } from 'node:crypto';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONCERTS } from './concerts.mjs';

const FIELDS = ['email', 'concert', 'tickets', 'note'];

/** An order, and all that is wrong with what was sent; with anything wrong, there is no order. */
export function read(sent) {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    return { errors: [{ field: '', message: 'Send an object with email, concert and tickets.' }] };
  }
  const errors = [];
  const wrong = (field, message) => errors.push({ field, message });
  for (const name of Object.keys(sent)) {
    if (!FIELDS.includes(name)) wrong(name, 'There is no such field.');
  }

  const { email, concert, tickets, note = '' } = sent;
  if (typeof email !== 'string' || email.length > 254 || !/^[^@\s]+@[^@\s]+$/.test(email)) {
    wrong('email', 'Give an e-mail address, such as ada@example.test.');
  }
  if (!CONCERTS.has(concert)) wrong('concert', 'Give the number of a concert; GET /concerts lists them.');
  if (!Number.isInteger(tickets) || tickets < 1 || tickets > 6) wrong('tickets', 'Give a whole number from 1 to 6.');
  if (typeof note !== 'string' || note.length > 200) wrong('note', 'Write 200 characters at most.');

  if (errors.length > 0) return { errors };
  return { order: { email, concert, tickets, note, pay: tickets * CONCERTS.get(concert).price }, errors };
}

/** Give the order a random id, which no other copy of this program has to know of, and write its file. */
export async function keep(order) {
  const kept = { id: randomUUID(), ...order };
  await writeFile(fileOf(kept.id), JSON.stringify(kept), { flag: 'wx' });
  return kept;
}

/** The order with this id, which must look like one: it becomes the name of a file. */
export async function find(id) {
  const text = await unlessMissing(readFile(fileOf(id), 'utf8'));
  return text === undefined ? undefined : JSON.parse(text);
}

/** Whether there was such an order; now there is none. */
export async function remove(id) {
  return (await unlessMissing(unlink(fileOf(id)).then(() => true))) ?? false;
}

const fileOf = (id) => join(process.env.DATA_DIR, `${id}.json`);

function unlessMissing(promise) {
  return promise.catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
