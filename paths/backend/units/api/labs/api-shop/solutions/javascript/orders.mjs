// Orders: all of their lines or nothing.

import { query, transaction } from './database.mjs';
import { ID_MAX, collect, name, priceOf, wholeNumber } from './members.mjs';
import { INVALID, OUT_OF_STOCK, Problem, invalid } from './problems.mjs';

/** The customer and the lines of an order as it was sent. */
export function read(content) {
  const errors = [];
  const customer = collect(errors, { pointer: '#/customer' }, () => name(content.customer, 100));
  const { lines } = content;
  if (!Array.isArray(lines) || lines.length < 1 || lines.length > 50) {
    throw invalid([...errors, { pointer: '#/lines', detail: 'must be a list of 1 to 50 lines' }]);
  }
  lines.forEach((line, at) => {
    const pointer = `#/lines/${at}`;
    if (line === null || typeof line !== 'object' || Array.isArray(line)) {
      errors.push({ pointer, detail: 'must be an object' });
      return;
    }
    collect(errors, { pointer: `${pointer}/product` }, () => wholeNumber(line.product, 1, ID_MAX));
    collect(errors, { pointer: `${pointer}/quantity` }, () => wholeNumber(line.quantity, 1, 1000));
  });
  if (errors.length) throw invalid(errors);
  return { customer, lines };
}

/** Take all of it from the stock and write the order down; returns its id. */
export const place = ({ customer, lines }) =>
  transaction(async (db) => {
    const wanted = new Map();
    for (const { product, quantity } of lines) wanted.set(product, (wanted.get(product) ?? 0) + quantity);

    // Everybody locks in the order of ids, so that no two orders can wait for each other.
    const rows = await query(
      'SELECT * FROM products WHERE id = ANY($1) ORDER BY id FOR UPDATE',
      [[...wanted.keys()]],
      db,
    );
    const products = new Map(rows.map((row) => [row.id, row]));
    refuse(lines, 'product', ({ product }) => !products.has(product), 422, INVALID, 'there is no such product');
    const short = ({ product }) => products.get(product).stock < wanted.get(product);
    refuse(lines, 'quantity', short, 409, OUT_OF_STOCK, 'is more than there is');

    for (const [product, quantity] of wanted) {
      const values = [product, quantity];
      await query('UPDATE products SET stock = stock - $2, version = version + 1 WHERE id = $1', values, db);
    }
    const total = lines.reduce((sum, line) => sum + line.quantity * products.get(line.product).price_cents, 0);
    const [order] = await query(
      'INSERT INTO orders (customer, total_cents) VALUES ($1, $2) RETURNING id',
      [customer, total],
      db,
    );
    const columns = [
      lines.map((line) => line.product),
      lines.map((line) => line.quantity),
      lines.map((line) => products.get(line.product).price_cents),
    ];
    await query(
      `INSERT INTO order_lines (order_id, line, product_id, quantity, price_cents)
       SELECT $1, line, product, quantity, cents
       FROM unnest($2::int[], $3::int[], $4::int[]) WITH ORDINALITY AS t(product, quantity, cents, line)`,
      [order.id, ...columns],
      db,
    );
    return order.id;
  });

/** An order as clients see it. */
export async function find(id) {
  const [order] = await query('SELECT * FROM orders WHERE id = $1', [id]);
  if (!order) throw new Problem(404, `There is no order ${id}.`);
  const lines = await query('SELECT * FROM order_lines WHERE order_id = $1 ORDER BY line', [id]);
  return {
    id,
    customer: order.customer,
    total: priceOf(order.total_cents),
    lines: lines.map((line) => ({
      product: line.product_id,
      quantity: line.quantity,
      price: priceOf(line.price_cents),
    })),
  };
}

/** End it, naming the lines that are `bad`, if there are any. */
function refuse(lines, member, bad, status, type, detail) {
  const errors = lines.flatMap((line, at) => (bad(line) ? [{ pointer: `#/lines/${at}/${member}`, detail }] : []));
  if (errors.length) throw new Problem(status, 'This order cannot be taken.', { type, errors });
}
