// Receivers of webhooks for tests: real HTTP servers on this host, well-behaved and others.
import { once } from 'node:events';
import { createServer as plainServer } from 'node:http';
import { createServer as tlsServer } from 'node:https';
import { createServer as rawServer } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventually } from './lib.mjs';

const listen = async (server, host = '127.0.0.1', port = 0) => {
  server.listen(port, host);
  await once(server, 'listening');
  return server.address().port;
};

export class Receiver {
  requests = []; // { at, method, path, headers, body, json, status }
  sockets = new Set();

  // answer(request, n) gives what the n-th request (from 1) is answered: a status, or { status, headers, body }; undefined: none.
  constructor(answer = () => 204, options = {}) {
    this.answer = answer;
    this.options = options;
  }

  async start() {
    const { tls, host, port } = this.options;
    const on = (request, response) => this.#take(request, response);
    this.server = tls ? tlsServer(tls, on) : plainServer(on);
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
    });
    this.port = await listen(this.server, host, port);
    this.url = `${tls ? 'https' : 'http'}://${tls ? 'localhost' : (host ?? '127.0.0.1')}:${this.port}/hook`;
    return this;
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const it = { at: Date.now(), method: request.method, path: request.url, headers: request.headers, body, json: JSON.parse(body) };
    this.requests.push(it);
    const answer = await this.answer(it, this.requests.length);
    if (answer === undefined) return;
    const { status, headers = {}, body: text } = typeof answer === 'number' ? { status: answer } : answer;
    it.status = status;
    response.writeHead(status, headers).end(text);
  }

  of(type) {
    return this.requests.filter(({ json }) => (json.event_type ?? json.eventType ?? json.type) === type);
  }

  // Once there are n requests of that type.
  async wait(type, n = 1, ms = 10_000) {
    await eventually(() => this.of(type).length, (count) => count >= n, ms);
    return this.of(type);
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

export const receiver = (answer, options) => new Receiver(answer, options).start();

// A server that does with a connection what it is told to: { url, connections, stop() }.
export async function raw(each) {
  const sockets = new Set();
  const it = { connections: 0 };
  const server = rawServer((socket) => {
    it.connections++;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', () => each(socket));
  });
  const port = await listen(server);
  it.url = `http://127.0.0.1:${port}/hook`;
  it.stop = () => {
    sockets.forEach((socket) => socket.destroy());
    return new Promise((resolve) => server.close(resolve));
  };
  return it;
}

// Throws unless a library that nobody here wrote takes the signature.
export const verify = (secret, { body, headers }) => new Webhook(secret).verify(body, headers);
export const isSigned = (secret, request) => {
  try {
    verify(secret, request);
    return true;
  } catch {
    return false;
  }
};
