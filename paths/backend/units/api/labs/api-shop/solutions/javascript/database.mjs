// Connections to the database, and how one that is lost is told.

import pg from 'pg';
import { Problem } from './problems.mjs';

export const UNIQUE = '23505';
export const FOREIGN_KEY = '23503';

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  connectionTimeoutMillis: 1500, // whoever gets no connection in this time is told so: 503
});
// A connection that breaks tells it by this event, idle or not. Without a listener the whole program would end.
pool.on('error', () => {});
pool.on('connect', (client) => client.on('error', () => {}));

/** The rows of one statement, on a connection of the pool or on the given one. */
export async function query(text, values = [], connection = pool) {
  try {
    return (await connection.query(text, values)).rows;
  } catch (error) {
    throw told(error);
  }
}

/** What `work(connection)` returns; all of its statements are done, or none. */
export async function transaction(work) {
  const connection = await pool.connect().catch((error) => {
    throw told(error);
  });
  let broken = false;
  try {
    await query('BEGIN', [], connection);
    const result = await work(connection);
    await query('COMMIT', [], connection);
    return result;
  } catch (error) {
    await query('ROLLBACK', [], connection).catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    connection.release(broken); // a broken one is not used again
  }
}

/** What the server itself says stays as it is; anything else means that it cannot be reached. */
function told(error) {
  const goingAway = error.code?.startsWith('57P') || error.code?.startsWith('08');
  if (error instanceof pg.DatabaseError && !goingAway) return error;
  console.error(`database: ${error.message}`);
  return new Problem(503, 'The database cannot be reached at the moment.', { headers: { 'Retry-After': '1' } });
}
