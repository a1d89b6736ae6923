// Ada's ticket shop, with nothing but Node.js. So far it says 404 to everybody.

import { createServer } from 'node:http';
import { CONCERTS } from './concerts.mjs'; // the concerts by number: CONCERTS.get(1) is the first

const server = createServer((request, response) => {
  // Your turn: GET /hello. `firsthand brief route` tells what it must answer.
  // The method is in request.method, path and query are in request.url, the head is in request.headers.
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end('There is nothing here.\n');
});

server.listen(process.env.PORT, '127.0.0.1');
