// What clients may send: each member is checked here, and money is counted in cents.

import { invalid } from './problems.mjs';

export const ID_MAX = 2 ** 31 - 1;

/** A value that is not as it has to be; the message is for the client. */
export class BadValue extends Error {}

export function priceOf(cents) {
  const digits = String(cents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export function centsOf(price) {
  const [, whole, hundredths] = (typeof price === 'string' && /^(0|[1-9][0-9]{0,4})\.([0-9]{2})$/.exec(price)) || [];
  if (whole === undefined) throw new BadValue('must be text such as "12.50", from "0.00" to "99999.99"');
  return Number(whole + hundredths);
}

export function wholeNumber(value, low, high) {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new BadValue(`must be a whole number from ${low} to ${high}`);
  }
  return value;
}

export function text(value, longest) {
  if (typeof value !== 'string' || [...value].length > longest) {
    throw new BadValue(`must be text of at most ${longest} characters`);
  }
  if (value.includes('\0')) throw new BadValue('must not contain U+0000: the database cannot keep it');
  return value;
}

export function name(value, longest) {
  if (!text(value, longest).trim()) throw new BadValue('must be more than white space');
  return value;
}

function matching(value, pattern, told) {
  if (typeof value !== 'string' || !pattern.test(value)) throw new BadValue(told);
  return value;
}

/** Per member its column, and what makes the column's value of it. */
export const MEMBERS = {
  sku: ['sku', (value) => matching(value, /^[A-Z0-9-]{1,40}$/, 'must be 1 to 40 of A to Z, 0 to 9 and -')],
  name: ['name', (value) => name(value, 200)],
  description: ['description', (value) => (value == null ? null : text(value, 2000))],
  category: ['category', (value) => matching(value, /^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a to z, 0 to 9 and -')],
  price: ['price_cents', centsOf],
  stock: ['stock', (value) => wholeNumber(value, 0, 1_000_000)],
};

/** The columns' values for these members; one that is missing counts as null. */
export function columnsOf(content, members = Object.keys(MEMBERS)) {
  const columns = {};
  const errors = [];
  for (const member of members) {
    const [column, read] = MEMBERS[member];
    collect(errors, { pointer: `#/${member}` }, () => {
      columns[column] = read(content[member]);
    });
  }
  if (errors.length) throw invalid(errors);
  return columns;
}

/** Run `read`; a bad value becomes one of the errors, with where it was. */
export function collect(errors, where, read) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    errors.push({ ...where, detail: error.message });
    return undefined;
  }
}
