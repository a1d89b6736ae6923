// HTTP by hand. So far it prints nothing for the wire.

const words = process.argv.slice(2); // what stands behind the command, such as ['get']
const { HOST, TARGET } = process.env;

// Your turn: `firsthand brief get` shows what to print when the word is `get`.
// Write exactly what is to be sent, for example: process.stdout.write('...\r\n');
