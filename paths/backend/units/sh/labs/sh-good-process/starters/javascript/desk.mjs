// The stamping desk of a small shop. So far it only says how it was called.

const words = process.argv.slice(2); // what stands behind the command, such as ['settings']

// Your turn: `firsthand brief settings` tells what to print when the word is `settings`.
console.log('called with', words);
