// Products: how they are shown, listed page by page, and changed.

import { FOREIGN_KEY, UNIQUE, query } from './database.mjs';
import { BadValue, ID_MAX, centsOf, collect, priceOf, text } from './members.mjs';
import { DUPLICATE_SKU, Problem } from './problems.mjs';

const COLUMNS = { id: 'id', name: 'name', price: 'price_cents' };

/** A product as clients see it. */
export const shown = ({ id, sku, name, description, category, price_cents, stock }) => ({
  id, sku, name, description, category, price: priceOf(price_cents), stock,
});

export async function find(id) {
  const [row] = await query('SELECT * FROM products WHERE id = $1', [id]);
  if (!row) throw missing(id);
  return row;
}

export async function create(columns) {
  const names = Object.keys(columns);
  const places = names.map((_, at) => `$${at + 1}`);
  const [row] = await uniqueSku(
    columns,
    query(`INSERT INTO products (${names}) VALUES (${places}) RETURNING *`, Object.values(columns)),
  );
  return row;
}

/** Write these columns if the tag of the row's version is among `tags`; null stands for any version. */
export async function change(id, columns, tags) {
  const changes = Object.keys(columns).map((name, at) => `${name} = $${at + 3}`);
  const [row] = await uniqueSku(
    columns,
    query(
      `UPDATE products SET ${[...changes, 'version = version + 1']}
       WHERE id = $1 AND ($2::text[] IS NULL OR 'v' || version = ANY($2)) RETURNING *`,
      [id, tags, ...Object.values(columns)],
    ),
  );
  if (!row) throw await notThisVersion(id);
  return row;
}

export async function remove(id, tags) {
  const removed = await query(
    `DELETE FROM products WHERE id = $1 AND ($2::text[] IS NULL OR 'v' || version = ANY($2)) RETURNING id`,
    [id, tags],
  ).catch((error) => {
    throw error.code === FOREIGN_KEY ? new Problem(409, 'This product has been ordered, so it stays.') : error;
  });
  if (!removed.length) throw await notThisVersion(id);
}

export const tagOf = (row) => `"v${row.version}"`;

const FILTERS = {
  category: (value) => ['category = ?', text(value, 200)],
  min_price: (value) => ['price_cents >= ?', centsOf(value)],
  max_price: (value) => ['price_cents <= ?', centsOf(value)],
  in_stock: (value) => ['(stock > 0) = ?', trueOrFalse(value)],
  q: (value) => [`name ILIKE ? ESCAPE '\\'`, `%${text(value, 200).replace(/[%_\\]/g, '\\$&')}%`],
};

/** The products that this query asks for, and the query of the next page, if there is one. */
export async function page(wanted) {
  const errors = [];
  const conditions = [];
  const values = [];
  const place = (value) => `$${values.push(value)}`;
  const read = (parameter, reader) => collect(errors, { parameter }, () => reader(wanted.get(parameter)));

  for (const parameter of wanted.keys()) {
    if (parameter in FILTERS) {
      const [condition, value] = read(parameter, FILTERS[parameter]) ?? [''];
      conditions.push(condition.replace('?', () => place(value)));
    } else if (!['sort', 'limit', 'cursor'].includes(parameter)) {
      errors.push({ parameter, detail: 'is not a parameter of this list' });
    }
  }
  const [column, down] = read('sort', sortOf) ?? ['id', true];
  const limit = read('limit', limitOf);
  const after = wanted.has('cursor') && read('cursor', (cursor) => positionOf(cursor, column));
  if (errors.length) throw new Problem(400, 'This query cannot be answered.', { errors });

  if (after) conditions.push(`(${column}, id) ${down ? '<' : '>'} (${place(after[0])}, ${place(after[1])})`);
  const direction = down ? 'DESC' : 'ASC';
  const rows = await query(
    `SELECT * FROM products ${conditions.length ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY ${column} ${direction}, id ${direction} LIMIT ${place(limit + 1)}`, // one more: is there a next page?
    values,
  );
  if (rows.length <= limit) return { rows };
  const last = rows[limit - 1];
  const next = new URLSearchParams(wanted);
  next.set('cursor', Buffer.from(JSON.stringify([column, last[column], last.id])).toString('base64url'));
  return { rows: rows.slice(0, limit), next };
}

function sortOf(given) {
  const [, minus, sort] = /^(-?)(\w+)$/.exec(given ?? '-id') ?? [];
  if (!Object.hasOwn(COLUMNS, sort)) throw new BadValue(`is one of ${Object.keys(COLUMNS)}, perhaps after a minus sign`);
  return [COLUMNS[sort], minus === '-'];
}

function limitOf(given) {
  const limit = /^[0-9]{1,3}$/.test(given ?? '20') ? Number(given ?? '20') : 0;
  if (limit < 1 || limit > 100) throw new BadValue('is a whole number from 1 to 100');
  return limit;
}

function trueOrFalse(given) {
  if (given !== 'true' && given !== 'false') throw new BadValue('is true or false');
  return given === 'true';
}

/** Where a page ended: the value that the list is sorted by, and the id, since several may have that value. */
function positionOf(cursor, column) {
  let found;
  try {
    found = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw new BadValue('is not one that this list has given');
  }
  const [of, value, id] = Array.isArray(found) ? found : [];
  const fits = column === 'name' ? typeof value === 'string' : Number.isInteger(value);
  if (of !== column || !fits || !Number.isInteger(id) || id > ID_MAX) throw new BadValue('belongs to another list');
  return [value, id];
}

async function uniqueSku(columns, result) {
  try {
    return await result;
  } catch (error) {
    if (error.code !== UNIQUE) throw error;
    const errors = [{ pointer: '#/sku', detail: 'is taken' }];
    throw new Problem(409, `There is a product ${columns.sku}.`, { type: DUPLICATE_SKU, errors });
  }
}

async function notThisVersion(id) {
  await find(id);
  return new Problem(412, 'The product has changed since you read it: read it again.');
}

const missing = (id) => new Problem(404, `There is no product ${id}.`);
