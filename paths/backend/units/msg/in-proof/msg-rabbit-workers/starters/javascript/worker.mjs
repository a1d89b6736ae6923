// Your worker. So far it waits for nothing.

const AMQP_URL = process.env.AMQP_URL; // where RabbitMQ is, with user and password
const PRINTER = process.env.BACKEND_PRINTER; // where the printer is, as host:port

console.log('nothing to do');

// Your turn: `firsthand brief consume-and-ack` tells where jobs are, and what to do with them.
setInterval(() => {}, 60_000);
