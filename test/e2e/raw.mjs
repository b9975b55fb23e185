// Bytes in, bytes out: for requests that no client library would send.
import { connect } from 'node:net';

const endpoint = (roster) => {
  const { hostname, port } = new URL(roster.url);
  return { host: hostname, port: Number(port) };
};

export function open(roster) {
  const socket = connect(endpoint(roster));
  socket.setNoDelay(true);
  socket.on('error', () => {}); // a reset is an answer too; 'close' follows
  return socket;
}

// The answers in these bytes, as far as they are whole: { status, headers, body }.
export function answers(bytes) {
  const found = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return found;
    const [line, ...rest] = bytes.toString('latin1', at, end).split('\r\n');
    const headers = new Map(rest.map((h) => [h.slice(0, h.indexOf(':')).toLowerCase(), h.slice(h.indexOf(':') + 1).trim()]));
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
    const length = Number(headers.get('content-length') ?? 0);
    const begin = end + 4;
    if (bytes.length < begin + length) return found;
    found.push({ status, headers, body: bytes.toString('utf8', begin, begin + length) });
    at = begin + length;
  }
}

// Sends the parts, `every` ms apart, and gives { answers, closed, ms } once `wanted` answers are there and the connection was
// quiet for `quiet` ms, or it was closed by the server, or after `timeout`. With hangUp: our side is closed after the last part.
export function exchange(roster, parts, { wanted = 1, quiet = 0, timeout = 10_000, every = 0, hangUp = false } = {}) {
  return new Promise((resolve) => {
    const socket = open(roster);
    const began = performance.now();
    let bytes = Buffer.alloc(0);
    let closed = false;
    let silence;
    const end = () => {
      clearTimeout(timer);
      clearTimeout(silence);
      socket.destroy();
      resolve({ answers: answers(bytes), closed, ms: performance.now() - began });
    };
    const timer = setTimeout(end, timeout);
    socket.on('data', (data) => {
      bytes = Buffer.concat([bytes, data]);
      if (answers(bytes).length < wanted) return;
      clearTimeout(silence);
      if (quiet === 0) end();
      else silence = setTimeout(end, quiet);
    });
    socket.on('close', () => {
      closed = true;
      end();
    });
    (async () => {
      for (const part of [parts].flat()) {
        if (closed) return;
        socket.write(part);
        if (every > 0) await new Promise((ok) => setTimeout(ok, every));
      }
      if (hangUp) socket.end();
    })();
  });
}

// A request with a right Content-Length.
export function request(method, target, { token, headers = {}, body = '', type = 'application/json' } = {}) {
  const bytes = Buffer.from(body);
  const lines = { Host: 'roster.test', ...headers };
  if (token) lines.Authorization = `Bearer ${token}`;
  if (bytes.length > 0) lines['Content-Type'] ??= type;
  if (bytes.length > 0 || method !== 'GET') lines['Content-Length'] = bytes.length;
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${head.join('')}\r\n`, 'latin1'), bytes]);
}

// Many requests over one connection, answered in order; a fresh connection wherever the server closed.
export async function sequence(roster, requests, { atOnce = 20 } = {}) {
  const all = [];
  while (all.length < requests.length) {
    const batch = requests.slice(all.length, all.length + atOnce);
    const got = await exchange(roster, Buffer.concat(batch), { wanted: batch.length });
    if (got.answers.length === 0) throw new Error(`no answer to:\n${batch[0].toString('latin1').slice(0, 2000)}`);
    all.push(...got.answers);
  }
  return all;
}
