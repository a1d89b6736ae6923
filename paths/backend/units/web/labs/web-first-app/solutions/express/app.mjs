// Ada's ticket shop, with Express: which request goes where, and what is answered.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import express from 'express';
import { CONCERTS } from './concerts.mjs';
import * as orders from './orders.mjs';

const app = express();
app.disable('x-powered-by');
app.set('strict routing', true); // a slash at the end makes another address

// Once around everything.

app.use((request, response, next) => {
  const given = request.get('X-Request-Id') ?? '';
  request.id = /^[A-Za-z0-9-]{1,64}$/.test(given) ? given : randomUUID();
  response.set('X-Request-Id', request.id);
  next();
});
app.use((request, response, next) => {
  const { method, path } = request;
  response.on('finish', () => write(request, { method, path, status: response.statusCode }));
  next();
});

// The routes.

app
  .route('/hello')
  .get((request, response) => response.type('text/plain').send('Hello!'))
  .all(only('GET, HEAD'));

app
  .route('/hello/:name')
  .get((request, response) => response.type('text/plain').send(`Hello, ${request.params.name}!`))
  .all(only('GET, HEAD'));

app
  .route('/concerts')
  .get((request, response) => {
    const { genre } = request.query;
    response.json([...CONCERTS.values()].filter((concert) => genre === undefined || concert.genre === genre));
  })
  .all(only('GET, HEAD'));

app
  .route('/concerts/:number')
  .get((request, response) => {
    const number = /^[1-9][0-9]{0,8}$/.test(request.params.number) ? Number(request.params.number) : 0;
    response.json(found(CONCERTS.get(number)));
  })
  .all(only('GET, HEAD'));

app
  .route('/orders')
  .post(wantsJson, express.json(), async (request, response) => {
    if (request.get('Content-Length') === '0') throw new Refused(400, 'The body is empty.'); // json() lets it through
    const { order, errors } = orders.read(request.body);
    if (errors.length > 0) throw new Refused(422, 'This order cannot be taken.', { members: { errors } });
    const kept = await orders.keep(order);
    response.status(201).location(`/orders/${kept.id}`).json(kept);
  })
  .all(only('POST'));

app
  .route('/orders/:id')
  .get(async (request, response) => response.json(found(await orders.find(idOf(request)))))
  .delete(async (request, response) => {
    found(await orders.remove(idOf(request)));
    response.status(204).end();
  })
  .all(only('GET, HEAD, DELETE'));

app.get('/breaks', (request) => {
  throw new Error(request.query.because);
});

app.use(() => {
  throw new Refused(404);
});

// Express knows by the four parameters that this is for errors.
app.use((error, request, response, _next) => {
  const isOurs = !(error.status < 500); // its own helpers give theirs a status, such as 400 for broken JSON
  if (isOurs) write(request, { error: error.stack });
  const status = isOurs ? 500 : error.status;
  const title = isOurs ? 'Something went wrong on our side.' : error.message || STATUS_CODES[status];
  response.status(status).set(error.headers ?? {}).type('application/problem+json');
  response.send(JSON.stringify({ title, status, id: request.id, ...error.members }));
});

class Refused extends Error {
  constructor(status, title = STATUS_CODES[status], { headers, members } = {}) {
    super(title);
    Object.assign(this, { status, headers, members });
  }
}

function only(methods) {
  return () => {
    throw new Refused(405, undefined, { headers: { Allow: methods } });
  };
}

function wantsJson(request, response, next) {
  const [type] = (request.get('Content-Type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') throw new Refused(415);
  next();
}

function idOf(request) {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(request.params.id)) throw new Refused(404);
  return request.params.id;
}

function found(thing) {
  if (!thing) throw new Refused(404);
  return thing;
}

function write(request, what) {
  console.log(JSON.stringify({ id: request.id, ...what }));
}

app.listen(process.env.PORT, '127.0.0.1');
