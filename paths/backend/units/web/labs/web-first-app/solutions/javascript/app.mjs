// Ada's ticket shop, with nothing but Node.js: which request goes where, and what is answered.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES, createServer } from 'node:http';
import { CONCERTS } from './concerts.mjs';
import * as orders from './orders.mjs';

const BODY_BYTES_MAX = 100_000;

class Refused extends Error {
  constructor(status, title = STATUS_CODES[status], { headers = {}, members = {} } = {}) {
    super(title);
    Object.assign(this, { status, headers, members });
  }
}

// The handlers: each gets the request and what stands in the holes of its pattern, and gives back a reply.

const hello = () => text('Hello!');

const helloYou = (request, name) => text(`Hello, ${name}!`);

function listConcerts({ query }) {
  const genre = query.get('genre');
  return json([...CONCERTS.values()].filter((concert) => genre === null || concert.genre === genre));
}

const showConcert = (request, number) => json(found(CONCERTS.get(Number(number))));

async function addOrder({ headers, body }) {
  const [type] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') throw new Refused(415);
  const { order, errors } = orders.read(parsed(body));
  if (errors.length > 0) throw new Refused(422, 'This order cannot be taken.', { members: { errors } });
  const kept = await orders.keep(order);
  return { ...json(kept, 201), location: `/orders/${kept.id}` };
}

const showOrder = async (request, id) => json(found(await orders.find(id)));

async function deleteOrder(request, id) {
  found(await orders.remove(id));
  return { status: 204 };
}

function breaks({ query }) {
  throw new Error(query.get('because'));
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refused(400, 'The body is not JSON.');
  }
}

function found(thing) {
  if (!thing) throw new Refused(404);
  return thing;
}

const text = (body) => ({ status: 200, type: 'text/plain; charset=utf-8', body });

const json = (content, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(content) });

// The router.

const ROUTES = [
  [/^\/hello$/, { GET: hello }],
  [/^\/hello\/([^/]+)$/, { GET: helloYou }],
  [/^\/concerts$/, { GET: listConcerts }],
  [/^\/concerts\/([1-9][0-9]{0,8})$/, { GET: showConcert }],
  [/^\/orders$/, { POST: addOrder }],
  [/^\/orders\/([A-Za-z0-9-]{1,64})$/, { GET: showOrder, DELETE: deleteOrder }],
  [/^\/breaks$/, { GET: breaks }],
];

function route(request) {
  for (const [pattern, handlers] of ROUTES) {
    const fits = pattern.exec(request.path);
    if (!fits) continue;
    const handler = handlers[request.method === 'HEAD' ? 'GET' : request.method];
    if (!handler) {
      const methods = Object.keys(handlers).concat(handlers.GET ? ['HEAD'] : []);
      throw new Refused(405, undefined, { headers: { Allow: methods.join(', ') } });
    }
    return handler(request, ...fits.slice(1).map(decoded));
  }
  throw new Refused(404);
}

function decoded(hole) {
  try {
    return decodeURIComponent(hole);
  } catch {
    throw new Refused(400, 'A percent sign in the address stands for nothing.');
  }
}

// Once around everything.

async function answer(request) {
  let reply;
  try {
    reply = await route(request);
  } catch (error) {
    const isOurs = !(error instanceof Refused);
    if (isOurs) write(request, { error: error.stack });
    const refused = isOurs ? new Refused(500, 'Something went wrong on our side.') : error;
    const { status, message: title, headers, members } = refused;
    reply = { ...json({ title, status, id: request.id, ...members }, status), headers };
    reply.type = 'application/problem+json';
  }
  write(request, { method: request.method, path: request.path, status: reply.status });
  return reply;
}

function write(request, what) {
  console.log(JSON.stringify({ id: request.id, ...what }));
}

function idOf(given = '') {
  return /^[A-Za-z0-9-]{1,64}$/.test(given) ? given : randomUUID();
}

async function bodyOf(incoming) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of incoming) {
    bytes += piece.length;
    if (bytes <= BODY_BYTES_MAX) pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

const server = createServer(async (incoming, outgoing) => {
  const { method, headers, url } = incoming;
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  const query = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1));
  const request = { id: idOf(headers['x-request-id']), method, headers, path, query, body: await bodyOf(incoming) };

  const reply = await answer(request);
  outgoing.statusCode = reply.status;
  outgoing.setHeader('X-Request-Id', request.id);
  if (reply.type) outgoing.setHeader('Content-Type', reply.type);
  if (reply.location) outgoing.setHeader('Location', reply.location);
  for (const [name, value] of Object.entries(reply.headers ?? {})) outgoing.setHeader(name, value);
  outgoing.end(reply.body); // Node.js leaves the body out where the method is HEAD
});

server.listen(process.env.PORT, '127.0.0.1');
