// An HTTP/1.1 server on raw TCP sockets: a parser fed with bytes as they come, and replies that wait for their reader.

import { open, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

const PUBLIC = path.resolve(process.env.PUBLIC_DIR ?? 'public');

const HEAD_BYTES_MAX = 32 * 1024;
const CHUNK_LINE_BYTES_MAX = 4 * 1024;
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const IDLE_MS = 60_000;
const LINGER_MS = 1_000;

const CRLF = Buffer.from('\r\n');
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

// For people who read along; clients go by the number alone.
const REASONS = {
  200: 'OK', 206: 'Here Is Your Part', 304: 'You Have It Already', 400: 'Cannot Be Sure What You Mean',
  403: 'Not Yours To See', 404: 'Nothing Here', 405: 'Not That Way', 406: 'Nothing You Would Like',
  412: 'It Has Changed', 413: 'Too Much', 414: 'Too Long a Line', 416: 'No Such Part', 431: 'Too Many Headers',
  501: 'Never Heard of That Coding', 505: 'Only HTTP/1 Is Spoken Here',
};

/** A request whose end nobody can be sure of. It gets this status, and its connection is closed. */
class Refusal extends Error {
  constructor(status, why) {
    super(why);
    this.status = status;
  }
}

// Reading

/** Makes requests of bytes, in whatever pieces these come. What follows a request stays in the buffer for the next. */
class RequestParser {
  #buffer = Buffer.alloc(0);
  #phase = this.#readHead; // the part of the message that comes next
  #request = null;
  #body = [];
  #bodyBytes = 0; // announced so far
  #missing = 0; // of the body, or of its current chunk
  #whole = false;

  /** `onWaiting` is called when the client waits for our leave to send its body. */
  constructor(onWaiting) {
    this.onWaiting = onWaiting;
  }

  feed(bytes) {
    this.#buffer = this.#buffer.length ? Buffer.concat([this.#buffer, bytes]) : bytes;
  }

  /** The next whole request; null while some of it is missing. Throws a Refusal. */
  next() {
    while (!this.#whole) {
      if (!this.#phase()) return null;
    }
    const request = { ...this.#request, body: Buffer.concat(this.#body) };
    this.#phase = this.#readHead;
    this.#whole = false;
    this.#body = [];
    this.#bodyBytes = 0;
    return request;
  }

  #take(count) {
    const bytes = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return bytes;
  }

  /** The text before `end`, which is dropped; null while it has not come. */
  #takeUntil(end, bytesMax, status) {
    const at = this.#buffer.indexOf(end);
    if (at > bytesMax || (at < 0 && this.#buffer.length > bytesMax)) throw new Refusal(status, 'too long');
    if (at < 0) return null;
    const text = this.#take(at).toString('latin1');
    this.#take(end.length);
    return text;
  }

  /** Moves what has come of the missing bytes to the body; whether that was all. */
  #fill() {
    const bytes = this.#take(this.#missing);
    this.#body.push(bytes);
    this.#missing -= bytes.length;
    return this.#missing === 0;
  }

  // Each phase takes its part of the message and names the next phase; false means that it needs more bytes.

  #readHead() {
    while (this.#buffer.subarray(0, 2).equals(CRLF)) this.#take(2); // forgiven before a request (RFC 9112, 2.2)
    const longLine = this.#buffer.indexOf(CRLF) < 0;
    const text = this.#takeUntil(Buffer.from('\r\n\r\n'), HEAD_BYTES_MAX, longLine ? 414 : 431);
    if (text === null) return false;
    const [line, ...lines] = text.split('\r\n');
    this.#request = { ...parseRequestLine(line), headers: parseHeaders(lines) };
    const length = checkFraming(this.#request);
    this.#missing = length ?? 0;
    this.#phase = length === undefined ? this.#readChunkSize : this.#readBody;
    this.#whole = length === 0;
    if (!this.#whole && this.#buffer.length === 0 && expectsContinue(this.#request)) this.onWaiting();
    return true;
  }

  #readBody() {
    this.#whole = this.#fill();
    return this.#whole;
  }

  #readChunkSize() {
    const line = this.#takeUntil(CRLF, CHUNK_LINE_BYTES_MAX, 400);
    if (line === null) return false;
    const [, digits] = /^([0-9a-f]+)[ \t]*(?:;[^\r\n]*)?$/i.exec(line) ?? [];
    if (!digits) throw new Refusal(400, 'a chunk size is a hexadecimal number');
    this.#missing = Number.parseInt(digits, 16);
    this.#bodyBytes += this.#missing;
    if (this.#bodyBytes > BODY_BYTES_MAX) throw new Refusal(413, 'more than this server takes');
    this.#phase = this.#missing === 0 ? this.#readTrailer : this.#readChunk;
    return true;
  }

  #readChunk() {
    if (!this.#fill()) return false;
    this.#phase = this.#readChunkEnd;
    return true;
  }

  #readChunkEnd() {
    if (this.#buffer.length < 2) return false;
    if (!this.#take(2).equals(CRLF)) throw new Refusal(400, 'a chunk is longer than it said');
    this.#phase = this.#readChunkSize;
    return true;
  }

  #readTrailer() {
    const line = this.#takeUntil(CRLF, HEAD_BYTES_MAX, 431);
    if (line === null) return false;
    if (line) parseHeaders([line]);
    else this.#whole = true;
    return true;
  }
}

/** `GET /path HTTP/1.1` in its parts. */
function parseRequestLine(line) {
  const [method, target, version, ...more] = line.split(' ');
  if (!TOKEN.test(method) || !target || CONTROL.test(target) || more.length) {
    throw new Refusal(400, 'a request line is METHOD TARGET VERSION');
  }
  const [, major, minor] = /^HTTP\/([0-9])\.([0-9])$/.exec(version) ?? [];
  if (!major) throw new Refusal(400, 'a version is HTTP/x.y');
  if (major !== '1') throw new Refusal(505, 'only HTTP/1 is spoken here');
  return { method, target, http10: minor === '0' };
}

/** Header lines as a Map from names in lower case to their values, one for each line. */
function parseHeaders(lines) {
  const headers = new Map();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!TOKEN.test(name) || CONTROL.test(line)) throw new Refusal(400, 'a header line is NAME: VALUE');
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (headers.has(name)) headers.get(name).push(value);
    else headers.set(name, [value]);
  }
  return headers;
}

/** How many bytes the body has; undefined when it comes in chunks. Throws a Refusal where that is in doubt. */
function checkFraming({ headers, http10 }) {
  if (!http10 && headers.get('host')?.length !== 1) throw new Refusal(400, 'a request has exactly one Host');
  const lengths = headers.get('content-length');
  const codings = headers.get('transfer-encoding');
  if (codings) {
    if (lengths || http10) throw new Refusal(400, 'nobody can tell how long the body is');
    if (codings.join().toLowerCase() !== 'chunked') throw new Refusal(501, 'chunked is all that is understood');
    return undefined;
  }
  if (!lengths) return 0;
  if (lengths.length > 1 || !/^[0-9]+$/.test(lengths[0])) throw new Refusal(400, 'Content-Length is one number');
  if (Number(lengths[0]) > BODY_BYTES_MAX) throw new Refusal(413, 'more than this server takes');
  return Number(lengths[0]);
}

function expectsContinue({ headers, http10 }) {
  return !http10 && headers.get('expect')?.join().toLowerCase() === '100-continue';
}

// Answering. A reply is { status, headers, body, length }. The body is a Buffer, or else an iterator over its pieces;
// `length` is then the number of its bytes, if that is known.

const ROUTES = [
  [/^\/$/, { GET: () => text('It works.\n') }],
  [/^\/echo$/, { POST: ({ body }) => ({ status: 200, body }) }],
  [/^\/echo\/(.+)$/, { GET: (request, rest) => text(rest) }],
  [/^\/headers\/(.+)$/, { GET: echoHeader }],
  [/^\/about$/, { GET: about }],
  [/^\/files\/(.+)$/, { GET: file }],
];

/** The reply to a request, by its path first and its method then. */
async function answer(request) {
  const target = request.target.replace(/^http:\/\/[^/?]*/i, ''); // http://host/path is allowed too (RFC 9112, 3.2.2)
  const [pathname] = target.split('?', 1);
  for (const [pattern, methods] of ROUTES) {
    const match = pattern.exec(pathname);
    if (!match) continue;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (Object.hasOwn(methods, method)) return methods[method](request, percentDecoded(match[1] ?? ''));
    return { ...text('', 405), headers: { Allow: Object.keys(methods).join(', ').replace('GET', 'GET, HEAD') } };
  }
  return text('nothing here\n', 404);
}

function text(content, status = 200) {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: Buffer.from(content) };
}

/** The bytes that a percent-encoded text stands for. */
function percentDecoded(encoded) {
  const bytes = encoded.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1');
}

function echoHeader({ headers }, name) {
  const values = headers.get(name.toString().toLowerCase());
  return values ? text(Buffer.from(values.join(', '), 'latin1')) : text('', 404);
}

function about({ headers }) {
  const weights = weighted(headers.get('accept'));
  const weight = (type) => weights.get(type) ?? weights.get(type.replace(/\/.*/, '/*')) ?? weights.get('*/*') ?? 0;
  const plain = weights.size === 0 ? 1 : weight('text/plain');
  const json = weight('application/json');
  if (plain === 0 && json === 0) return text('text/plain or application/json?\n', 406);
  const reply = text(plain >= json ? 'A server from scratch.\n' : '{"about": "a server from scratch"}');
  if (json > plain) reply.headers['Content-Type'] = 'application/json';
  reply.headers.Vary = 'Accept';
  return reply;
}

/** The entries of a list such as `gzip;q=0.5, *` as a Map from names in lower case to weights. */
function weighted(values = []) {
  const entries = values.join().toLowerCase().split(',').filter((entry) => entry.trim());
  return new Map(entries.map((entry) => {
    const [name, ...parameters] = entry.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return [name, weight ? Number(weight.slice(2)) || 0 : 1];
  }));
}

async function file(request, name) {
  const place = path.resolve(PUBLIC, name.toString());
  if (!place.startsWith(PUBLIC + path.sep)) return text('', 403);
  const facts = await stat(place, { bigint: true }).catch(() => null); // not there, or no name for a file
  if (!facts?.isFile()) return text('', 404);
  const size = Number(facts.size);
  const version = `${facts.mtimeNs.toString(36)}-${size}`;
  // Other bytes with the same meaning: a weak tag says just that (RFC 9110, 8.8.1).
  const packed = prefersGzip(weighted(request.headers.get('accept-encoding'))) && size > 0;
  const tag = packed ? `W/"${version}"` : `"${version}"`;
  const headers = { ETag: tag, Vary: 'Accept-Encoding' };
  const verdict = judge(request.headers, tag);
  if (verdict) return { status: verdict, headers };
  if (packed) return { status: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: gzipped(place) };
  const part = request.method === 'GET' ? wantedPart(request.headers, tag, size) : null;
  if (part && part.first >= size) return { status: 416, headers: { 'Content-Range': `bytes */${size}` } };
  const { first, last } = part ?? { first: 0, last: size - 1 };
  if (part) headers['Content-Range'] = `bytes ${first}-${last}/${size}`;
  headers['Accept-Ranges'] = 'bytes';
  return { status: part ? 206 : 200, headers, body: bytesOf(place, first, last), length: last - first + 1 };
}

function prefersGzip(weights) {
  const weight = weights.get('gzip') ?? weights.get('*') ?? 0;
  return weight > 0 && weight >= (weights.get('identity') ?? 0);
}

/** The status that the request's conditions lead to, in the order of RFC 9110, 13.2.2; undefined when they hold. */
function judge(headers, tag) {
  const wanted = tags(headers.get('if-match'));
  // Strong comparison: two weak tags are not the same, not even when they look it.
  if (wanted && wanted[0] !== '*' && (tag.startsWith('W/') || !wanted.includes(tag))) return 412;
  const opaque = (each) => each.replace(/^W\//, '');
  const known = tags(headers.get('if-none-match'))?.map(opaque);
  return known && (known[0] === '*' || known.includes(opaque(tag))) ? 304 : undefined;
}

/** The entity tags of a list; a comma inside their quotes is theirs. Undefined when there is no such header. */
function tags(values) {
  return values?.join().match(/^\*$|(?:W\/)?"[^"]*"/g) ?? (values && []);
}

/** First and last position of the one byte range that is asked for; null when the whole file is to be sent. */
function wantedPart(headers, tag, size) {
  const [, from, to] = /^bytes=[ \t]*([0-9]*)-([0-9]*)$/i.exec(headers.get('range')?.join() ?? '') ?? [];
  if (!from && !to) return null;
  if (headers.has('if-range') && headers.get('if-range').join() !== tag) return null;
  if (!from) return { first: Number(to) === 0 ? size : Math.max(size - Number(to), 0), last: size - 1 };
  if (to && Number(to) < Number(from)) return null;
  return { first: Number(from), last: to ? Math.min(Number(to), size - 1) : size - 1 };
}

async function* bytesOf(place, first = 0, last = Infinity) {
  if (last < first) return; // an empty file
  const handle = await open(place);
  yield* handle.createReadStream({ start: first, end: last }); // closes the file at its end
}

async function* gzipped(place) {
  yield* pipeline(Readable.from(bytesOf(place)), createGzip(), () => {}); // an error comes out of the last one
}

// Connections

/** Resolves when the system has taken the bytes: a client that reads slowly is waited for, and nobody else is. */
function write(socket, data) {
  return new Promise((resolve, reject) => socket.write(data, (error) => (error ? reject(error) : resolve())));
}

/** Send a reply: with Content-Length where the length is known, else in chunks, as the bytes come. */
async function send(socket, { status, headers, body = Buffer.alloc(0), length = body.length }, request, close) {
  const bare = request?.method === 'HEAD' || status === 304;
  const chunked = length === undefined && !request?.http10; // HTTP/1.0 sees the end of the body when we close
  const all = { Date: new Date().toUTCString(), Server: 'from-scratch', ...headers };
  all.Connection = close ? 'close' : 'keep-alive';
  if (chunked) all['Transfer-Encoding'] = 'chunked';
  else if (length !== undefined && status !== 304) all['Content-Length'] = length;
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = Buffer.from(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines}\r\n`, 'latin1');
  if (bare || Buffer.isBuffer(body)) return write(socket, bare ? head : Buffer.concat([head, body]));
  await write(socket, head);
  for await (const piece of body) {
    const size = Buffer.from(`${piece.length.toString(16)}\r\n`);
    await write(socket, chunked ? Buffer.concat([size, piece, CRLF]) : piece);
  }
  if (chunked) await write(socket, '0\r\n\r\n');
}

/** Answer all requests that are whole by now; returns whether one of them was the last. */
async function answerAll(parser, socket) {
  try {
    for (let request = parser.next(); request; request = parser.next()) {
      const options = request.headers.get('connection')?.join().toLowerCase().split(',') ?? [];
      const close = request.http10 || options.some((option) => option.trim() === 'close');
      await send(socket, await answer(request), request, close);
      if (close) return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await send(socket, text(`${error.message}\n`, error.status), null, true);
    return true;
  }
}

async function converse(socket) {
  const parser = new RequestParser(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
  let last = false;
  // The next piece is read only when all replies to the one before have been sent, so that nothing piles up here.
  for await (const bytes of socket) {
    if (last) continue; // read and thrown away: closing with unread bytes could destroy our reply on its way
    parser.feed(bytes);
    last = await answerAll(parser, socket);
    if (last) {
      socket.end();
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    }
  }
}

// A client may close its sending half and still wait for replies (half-open).
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  converse(socket).catch((error) => {
    // A client that breaks off is everyday life; anything else is a mistake in this program.
    if (!['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(error.code)) {
      console.error(error);
    }
    socket.destroy();
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
