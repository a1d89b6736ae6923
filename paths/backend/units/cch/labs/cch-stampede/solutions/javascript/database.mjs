// The products in PostgreSQL.

import pg from 'pg';

const COLUMNS = 'id, name, price_cents, stock, version';

// However many requests come, the database has so many of ours at a time. The others wait here, where it costs nothing.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8, connectionTimeoutMillis: 2500 });
pool.on('error', (error) => console.error(`database: ${error.message}`)); // a connection that broke while it was idle

/** The product as it is now; undefined where there is none. */
export function find(id) {
  return one(`SELECT ${COLUMNS} FROM products WHERE id = $1`, [id]);
}

/** Writes what is given and leaves the rest; the product as it is then. It is committed when this resolves. */
export function change(id, { name, price_cents, stock }) {
  return one(
    `UPDATE products SET name = coalesce($2, name), price_cents = coalesce($3, price_cents), stock = coalesce($4, stock)
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, name, price_cents, stock],
  );
}

/** Whether there was such a product. It is gone when this resolves. */
export async function remove(id) {
  return Boolean(await one('DELETE FROM products WHERE id = $1 RETURNING id', [id]));
}

async function one(sql, parameters) {
  const { rows } = await pool.query(sql, parameters);
  return rows[0];
}
