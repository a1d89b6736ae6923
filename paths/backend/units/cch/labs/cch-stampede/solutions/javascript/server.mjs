// The shop's products over HTTP.

import express from 'express';

import * as catalogue from './catalogue.mjs';

const BACKLOG = 1024;

const app = express();
app.use(express.json());

app.get('/products/:id', async (request, response) => {
  show(response, await catalogue.read(Number(request.params.id)));
});

for (const method of ['put', 'patch']) {
  app[method]('/products/:id', async (request, response) => {
    show(response, await catalogue.change(Number(request.params.id), request.body));
  });
}

app.delete('/products/:id', async (request, response) => {
  const found = await catalogue.remove(Number(request.params.id));
  response.status(found ? 204 : 404).end();
});

app.use((error, request, response, next) => {
  console.error(`${request.method} ${request.path}: ${error.message}`);
  response.status(503).set('Retry-After', '1').end();
});

function show(response, product) {
  if (product) response.json(product);
  else response.status(404).end();
}

app.listen(Number(process.env.PORT), '127.0.0.1', BACKLOG);
