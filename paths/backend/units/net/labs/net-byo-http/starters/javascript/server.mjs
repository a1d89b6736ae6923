// Your HTTP server. So far it takes every call and hangs up without a word.

import net from 'node:net';

const PORT = Number(process.env.PORT);
const PUBLIC_DIR = process.env.PUBLIC_DIR; // the folder of files to serve, from stage 5 on

const server = net.createServer((socket) => {
  socket.on('error', () => {}); // a client that breaks off must not end the whole program

  // Your turn: read what the client says, and reply before you hang up.
  // `firsthand brief status-line` tells what the first reply must look like.
  socket.destroy();
});

server.listen(PORT, '127.0.0.1', () => console.log(`listening on port ${PORT}`));
