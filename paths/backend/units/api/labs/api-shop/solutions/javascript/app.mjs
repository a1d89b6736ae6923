// The shop: which request goes where, and what is answered.

import express from 'express';
import { ID_MAX, MEMBERS, columnsOf } from './members.mjs';
import * as orders from './orders.mjs';
import { Problem } from './problems.mjs';
import * as products from './products.mjs';

const JSON_TYPE = 'application/json';
const MERGE_PATCH = 'application/merge-patch+json';

const app = express();
app.disable('x-powered-by');
app.set('etag', false); // ours are made of the version
app.use(express.raw({ type: () => true }));

app
  .route('/products')
  .get(async (request, reply) => {
    const { rows, next } = await products.page(new URL(request.url, 'http://shop').searchParams);
    if (next) reply.set('Link', `<${request.protocol}://${request.host}/products?${next}>; rel="next"`);
    reply.json({ items: rows.map(products.shown) });
  })
  .post(async (request, reply) => {
    const row = await products.create(columnsOf(contentOf(request, JSON_TYPE)));
    reply.status(201).location(`/products/${row.id}`).set('ETag', products.tagOf(row)).json(products.shown(row));
  })
  .all(only('GET', 'POST'));

app
  .route('/products/:id')
  .get(async (request, reply) => {
    const row = await products.find(idOf(request));
    reply.set('ETag', products.tagOf(row)).json(products.shown(row)); // Express makes it a 304 where it should be
  })
  .put(async (request, reply) => {
    const columns = columnsOf(contentOf(request, JSON_TYPE));
    changed(reply, await products.change(idOf(request), columns, tagsOf(request, { needed: true })));
  })
  .patch(async (request, reply) => {
    const content = contentOf(request, MERGE_PATCH);
    const columns = columnsOf(content, Object.keys(MEMBERS).filter((member) => Object.hasOwn(content, member)));
    changed(reply, await products.change(idOf(request), columns, tagsOf(request, { needed: true })));
  })
  .delete(async (request, reply) => {
    await products.remove(idOf(request), tagsOf(request, { needed: false }));
    reply.status(204).end();
  })
  .all(only('GET', 'PUT', 'PATCH', 'DELETE'));

app
  .route('/orders')
  .post(async (request, reply) => {
    const id = await orders.place(orders.read(contentOf(request, JSON_TYPE)));
    reply.status(201).location(`/orders/${id}`).json(await orders.find(id));
  })
  .all(only('POST'));

app
  .route('/orders/:id')
  .get(async (request, reply) => {
    reply.json(await orders.find(idOf(request)));
  })
  .all(only('GET'));

app.use(() => {
  throw new Problem(404, 'There is nothing here.');
});

// Express knows by the four parameters that this is for errors.
app.use((error, request, reply, _next) => {
  if (error instanceof Problem) error.send(reply);
  else if (error.status < 500) new Problem(error.status, error.message).send(reply); // such as a bad percent sign
  else {
    console.error(error);
    new Problem(500, 'This is our fault.').send(reply);
  }
});

function only(...methods) {
  return () => {
    throw new Problem(405, `This path has ${methods.join(', ')}.`, { headers: { Allow: methods.join(', ') } });
  };
}

function idOf(request) {
  const id = /^[0-9]{1,10}$/.test(request.params.id) ? Number(request.params.id) : 0;
  if (id < 1 || id > ID_MAX) throw new Problem(404, 'No id is written like that.');
  return id;
}

/** The object that the body is, as JSON. */
function contentOf(request, type) {
  if ((request.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase() !== type) {
    const headers = type === MERGE_PATCH ? { 'Accept-Patch': type } : {};
    throw new Problem(415, `The body has to be ${type}.`, { headers });
  }
  let content;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
  } catch (error) {
    throw new Problem(400, `The body is not JSON: ${error.message}`);
  }
  if (content === null || typeof content !== 'object' || Array.isArray(content)) {
    throw new Problem(400, 'The body has to be a JSON object.');
  }
  return content;
}

/** What stands between the quotes of the strong tags in If-Match; null for `*`, which allows every version. */
function tagsOf(request, { needed }) {
  const given = request.get('If-Match');
  if (given === undefined) {
    if (needed) throw new Problem(428, 'Say in If-Match which version you want to change.');
    return null;
  }
  if (given.trim() === '*') return null;
  return [...given.matchAll(/(W\/)?"([^"]*)"/g)].filter(([, weak]) => !weak).map(([, , tag]) => tag);
}

function changed(reply, row) {
  reply.status(204).set('ETag', products.tagOf(row)).end();
}

app.listen(Number(process.env.PORT), '127.0.0.1');
