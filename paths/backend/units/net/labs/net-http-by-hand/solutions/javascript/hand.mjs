// HTTP by hand: prints requests byte by byte, and reads replies from standard input.
//
//   hand.mjs get | post | visit | next | welcome
//   hand.mjs status | header NAME | body
//   hand.mjs wish WISH | verdict METHOD

import fs from 'node:fs';

/** What may be sent twice: the effect is that of sending it once. */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];

const { HOST = '', TARGET = '', METHOD = '', TEXT = '', SESSION = '' } = process.env;

/** A request or reply: each line of the head ends with CR LF, then an empty line, then the body. */
function message(firstLine, headers, body) {
  const length = body ? [`Content-Length: ${body.length}`] : []; // bytes, for the body is a Buffer
  const head = [firstLine, ...headers, ...length, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), body ?? Buffer.alloc(0)]);
}

/** A request to HOST; one with a text says how long it is and what it is. */
function request(method, target, { text, host = HOST, headers = [] } = {}) {
  const lines = [`Host: ${host}`, 'Connection: close', ...headers];
  const line = `${method} ${target} HTTP/1.1`;
  if (text === undefined) return message(line, lines);
  return message(line, [...lines, 'Content-Type: text/plain; charset=utf-8'], Buffer.from(text));
}

/** A reply, taken apart. */
class Reply {
  constructor(data) {
    const end = data.indexOf('\r\n\r\n');
    const [first, ...lines] = data.toString('latin1', 0, end).split('\r\n');
    this.rest = data.subarray(end + 4);
    this.status = Number(first.split(' ')[1]);
    this.headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
  }

  /** The values of a header, in order; names are the same in any case. */
  all(name) {
    return this.headers.filter(([have]) => have === name.toLowerCase()).map(([, value]) => value);
  }

  header(name) {
    return this.all(name)[0];
  }

  /** As many bytes as it says and no more: what follows belongs to the next reply. */
  get body() {
    if (this.header('Transfer-Encoding')?.toLowerCase() === 'chunked') return Buffer.concat([...this.chunks()]);
    return this.rest.subarray(0, Number(this.header('Content-Length') ?? 0));
  }

  /** Each begins with its size in hexadecimal; the one of size 0 is the last. */
  *chunks() {
    let at = 0;
    for (;;) {
      const end = this.rest.indexOf('\r\n', at);
      const size = parseInt(this.rest.toString('latin1', at, end), 16);
      if (size === 0) return;
      yield this.rest.subarray(end + 2, end + 2 + size);
      at = end + 2 + size + 2;
    }
  }
}

/** The request that a redirect asks for; nothing where there is nothing to follow. */
function following(reply) {
  const where = reply.header('Location');
  if (![301, 302, 303, 307, 308].includes(reply.status) || where === undefined) return '';
  const url = new URL(where, `http://${HOST}`);
  const target = url.pathname + url.search;
  if (reply.status === 303 || METHOD === 'GET') return request('GET', target, { host: url.host });
  return request(METHOD, target, { text: TEXT, host: url.host });
}

/** Name and value of each cookie that goes along to this target by plain HTTP. */
function cookies(reply, target) {
  const path = target.split('?')[0];
  return reply.all('Set-Cookie').flatMap((line) => {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const said = new Map(attributes.map((each) => {
      const [name, value] = each.split('=');
      return [name.toLowerCase(), value];
    }));
    const over = said.has('max-age') && Number(said.get('max-age')) <= 0;
    return !said.has('secure') && !over && isBelow(path, said.get('path') ?? '/') ? [pair] : [];
  });
}

/** Whether this path is the folder or lies in it: /orders/7 lies in /orders, /ordersheet does not. */
function isBelow(path, folder) {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** A GET with the cookies that this reply has set, all in one line. */
function visit(reply) {
  const found = cookies(reply, TARGET).join('; ');
  return request('GET', TARGET, { headers: found ? [`Cookie: ${found}`] : [] });
}

/** A reply that sets the cookie of a session: not for scripts, not by plain HTTP, not for other sites' forms. */
function welcome() {
  const cookie = `session=${SESSION}; Path=/; Max-Age=7200; HttpOnly; Secure; SameSite=Lax`;
  return message('HTTP/1.1 200 OK', ['Content-Type: text/plain', `Set-Cookie: ${cookie}`], Buffer.from('welcome\n'));
}

/** The request for a wish, with the method that says what is meant. */
function wish(name) {
  const method = { look: 'GET', peek: 'HEAD', add: 'POST', place: 'PUT', remove: 'DELETE' }[name];
  return request(method, TARGET, ['POST', 'PUT'].includes(method) ? { text: TEXT } : {});
}

/** What to do now, by method and status alone; no data means that no reply came. */
function verdict(method, data) {
  const repeat = IDEMPOTENT.includes(method) ? 'again' : 'ask';
  if (data.length === 0) return repeat;
  const reply = new Reply(data);
  const wait = reply.header('Retry-After');
  if ([429, 503].includes(reply.status) && wait) return `later ${wait}`;
  return { 2: 'done', 3: 'follow', 4: 'mend', 5: repeat }[Math.floor(reply.status / 100)];
}

function heard() {
  return fs.readFileSync(0);
}

function main([word, argument]) {
  switch (word) {
    case 'get':
      return request('GET', TARGET);
    case 'post':
      return request('POST', TARGET, { text: TEXT });
    case 'status':
      return `${new Reply(heard()).status}\n`;
    case 'header': {
      const value = new Reply(heard()).header(argument);
      if (value === undefined) process.exitCode = 1;
      return value === undefined ? '' : `${value}\n`;
    }
    case 'body':
      return new Reply(heard()).body;
    case 'next':
      return following(new Reply(heard()));
    case 'visit':
      return visit(new Reply(heard()));
    case 'welcome':
      return welcome();
    case 'wish':
      return wish(argument);
    case 'verdict':
      return `${verdict(argument, heard())}\n`;
    default:
      return '';
  }
}

process.stdout.write(main(process.argv.slice(2)));
