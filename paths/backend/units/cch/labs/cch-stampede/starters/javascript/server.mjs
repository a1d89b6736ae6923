// The shop's products over HTTP. So far the shop does not know how to show one.

import express from 'express';

const { PORT, DATABASE_URL, REDIS_URL } = process.env; // the packages pg and redis speak to the two servers

const app = express();
app.use(express.json());

app.get('/products/:id', (request, response) => {
  // Your turn: `firsthand brief aside` tells where a product is looked for first.
  response.status(501).type('text').send(`Product ${request.params.id} cannot be shown yet.\n`);
});

app.listen(Number(PORT), '127.0.0.1', 1024); // 1024 clients may come at once and wait to be accepted
