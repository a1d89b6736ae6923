// The one format of all errors: problem details (RFC 9457).

import { STATUS_CODES } from 'node:http';

export const INVALID = '/problems/invalid';
export const DUPLICATE_SKU = '/problems/duplicate-sku';
export const OUT_OF_STOCK = '/problems/out-of-stock';

/** Ends a request with an error. */
export class Problem extends Error {
  constructor(status, detail, { type = 'about:blank', errors = [], headers = {} } = {}) {
    super(detail);
    Object.assign(this, { status, type, errors, headers });
  }

  send(reply) {
    const { status, type, errors, message: detail } = this;
    const content = { type, title: STATUS_CODES[status], status, detail, ...(errors.length && { errors }) };
    reply.status(status).set(this.headers).type('application/problem+json').send(JSON.stringify(content));
  }
}

export const invalid = (errors) =>
  new Problem(422, 'Some members are not as they have to be.', { type: INVALID, errors });
