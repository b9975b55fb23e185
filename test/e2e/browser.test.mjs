// A real browser at another origin than the server's: Socket.IO's own bundle by both transports, the stream of events, and the
// pages of the server itself. What tests in Node cannot show is that CORS, preflights and content policies are right.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Emitter } from '@socket.io/redis-emitter';
import { chromium, missing } from './chromium.mjs';
import { start } from './lib.mjs';
import { quick, register } from './people.mjs';
import { redis } from './redis.mjs';

if (missing) console.log(`skipped: ${missing}`);

const bundle = new URL('node_modules/socket.io-client/dist/socket.io.min.js', import.meta.url);
const html = '<!doctype html><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,"><body><script src="/socket.io.min.js"></script></body>';

// A site of its own: { origin, close() }.
async function site() {
  const script = await readFile(bundle);
  const server = createServer((request, response) => {
    const isScript = request.url === '/socket.io.min.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' }).end(isScript ? script : html);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.closeAllConnections() ?? server.close() };
}

// --- run in the page ------------------------------------------------------------------------------------------------

// Connects, and keeps what it hears: { first, transport }, those that it began and ended with, or { refused }.
const connect = (url, token, transports) =>
  new Promise((resolve) => {
    const socket = globalThis.io(url, { auth: { token }, forceNew: true, reconnection: false, ...(transports && { transports }) });
    globalThis.heard = [];
    globalThis.socket = socket;
    socket.onAny((name, ...args) => globalThis.heard.push([name, ...args.map((one) => (one instanceof ArrayBuffer ? { bytes: [...new Uint8Array(one)] } : one))]));
    socket.on('connect_error', (error) => resolve({ refused: error.message }));
    const { engine } = socket.io;
    const first = engine.transport.name;
    const upgraded = transports ? undefined : new Promise((done) => engine.on('upgrade', done));
    socket.on('connect', () => Promise.resolve(upgraded).then(() => resolve({ first, transport: engine.transport.name })));
  });
const called = (name, ...args) => globalThis.socket.timeout(10_000).emitWithAck(name, ...args);
const hears = async (name) => {
  for (let i = 0; i < 200; i++) {
    const found = globalThis.heard.find(([one]) => one === name);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `not heard: ${JSON.stringify(globalThis.heard)}`;
};
const leave = () => globalThis.socket.disconnect() && true;
// Reads the stream until it has told something.
const stream = async (url, token, wanted) => {
  const gone = new AbortController();
  try {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' }, signal: gone.signal });
    globalThis.streaming = true;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (const end = Date.now() + 15_000; Date.now() < end && !text.includes(wanted); ) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
      globalThis.streamed = text;
    }
    return { status: answer.status, type: answer.headers.get('content-type'), text };
  } catch (error) {
    return { failed: error.name };
  } finally {
    gone.abort();
  }
};

describe('a browser', { skip: missing, timeout: 120_000 }, () => {
  let roster;
  let browser;
  let store;
  let listed;
  let foreign;
  let ann;
  let bob;
  before(async () => {
    store = await redis();
    [listed, foreign] = [await site(), await site()];
    roster = await start({ env: { ...quick, ROSTER_CORS_ORIGINS: listed.origin, ROSTER_REDIS_URL: store.url } });
    [ann, bob] = await Promise.all([register(roster), register(roster)]);
    browser = await chromium();
  });
  after(async () => {
    await browser?.stop();
    await roster?.stop();
    await store?.stop();
    [listed, foreign].forEach((one) => one?.close());
  });
  const follow = () => roster.post(`/api/v1/users/${ann.id}/follow`, undefined, { token: bob.token, status: 200 });
  const unfollow = () => roster.delete(`/api/v1/users/${ann.id}/follow`, { token: bob.token, status: 200 });

  for (const [what, transports, want] of [
    ['polling and then an upgrade', undefined, { first: 'polling', transport: 'websocket' }],
    ['a WebSocket alone', ['websocket'], { first: 'websocket', transport: 'websocket' }],
    ['polling alone', ['polling'], { first: 'polling', transport: 'polling' }],
  ])
    test(`of a listed origin speaks Socket.IO by ${what}`, { timeout: 60_000 }, async () => {
      const page = await browser.open(`${listed.origin}/`);
      assert.deepEqual(await page.run(connect, roster.url, ann.token, transports), want);
      const { data } = await page.run(called, 'userMe');
      assert.deepEqual([data.id, data.email], [ann.id, ann.email]);
      await follow();
      const [, received] = await page.run(hears, 'follow:received');
      assert.deepEqual([received.followerId, received.followerUsername], [bob.id, bob.username]);
      await unfollow();
      new Emitter(store.client).to(`user:${ann.id}`).emit('bytes', 'some', Buffer.from([0, 1, 254, 255]), { more: true });
      assert.deepEqual(await page.run(hears, 'bytes'), ['bytes', 'some', { bytes: [0, 1, 254, 255] }, { more: true }]);
      assert.deepEqual(page.errors, []);
      const hosts = new Set(page.requests.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).host));
      assert.deepEqual([...hosts].sort(), [listed.origin, roster.url].map((url) => new URL(url).host).sort());
      await page.run(leave);
    });

  test('a bad token is told to the page', { timeout: 60_000 }, async () => {
    const page = await browser.open(`${listed.origin}/`);
    for (const transports of [undefined, ['websocket']]) assert.deepEqual(await page.run(connect, roster.url, 'nonsense', transports), { refused: 'Authentication failed: Invalid token' });
  });

  test('advisory_cross_site_websocket: of an origin that is not listed is refused by both transports, and reads nothing', { timeout: 60_000 }, async () => {
    const page = await browser.open(`${foreign.origin}/`);
    assert.deepEqual(await page.run(connect, roster.url, ann.token, ['polling']), { refused: 'xhr poll error' });
    assert.deepEqual(await page.run(connect, roster.url, ann.token, ['websocket']), { refused: 'websocket error' });
    assert.deepEqual(await page.run(stream, `${roster.url}/api/v1/events`, ann.token, 'ready'), { failed: 'TypeError' });
    assert.ok(page.errors.some((one) => one.includes('CORS policy')), page.errors.join('\n'));
    const { body } = await roster.get('/api/v1/users/me', { token: ann.token });
    assert.equal(body.data.id, ann.id, 'the token was good');
  });

  test('hears the stream of events', { timeout: 60_000 }, async () => {
    const page = await browser.open(`${listed.origin}/`);
    const told = page.run(stream, `${roster.url}/api/v1/events`, ann.token, 'follow:received');
    await page.run(async () => {
      for (let i = 0; i < 200 && !globalThis.streamed?.includes('ready'); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await follow();
    const { status, type, text } = await told;
    await unfollow();
    assert.deepEqual([status, type.split(';')[0]], [200, 'text/event-stream']);
    const data = text.split('\n').find((line) => line.startsWith('data:') && line.includes(bob.id));
    assert.equal(JSON.parse(data.slice(5)).followerId, bob.id, text);
    assert.deepEqual(page.errors, []);
  });

  test('GraphiQL hears a subscription, with the headers that stand below', { timeout: 60_000 }, async () => {
    const page = await browser.open(`${roster.url}/graphiql/`);
    await page.until('.graphiql-execute-button');
    await page.until('.graphiql-editor-tool .CodeMirror');
    await page.run(async (query, headers) => {
      const [editor, below] = ['.graphiql-query-editor .CodeMirror', '.graphiql-editor-tool > .graphiql-editor:not(.hidden) .CodeMirror'].map((at) => document.querySelector(at).CodeMirror);
      editor.setValue(query);
      below.setValue(headers);
      await new Promise((resolve) => setTimeout(resolve, 500));
      document.querySelector('.graphiql-execute-button').click();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }, `subscription { followEvents(userId: "${ann.id}") }`, JSON.stringify({ Authorization: `Bearer ${ann.token}` }));
    await follow();
    const shown = await page.run(async (id) => {
      const value = () => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue();
      for (let i = 0; i < 100 && !value().includes(id); i++) await new Promise((resolve) => setTimeout(resolve, 50));
      const text = value();
      document.querySelector('.graphiql-execute-button').click(); // stop
      return text;
    }, bob.id);
    await unfollow();
    const told = JSON.parse(shown).data.followEvents;
    assert.deepEqual([told.event, told.followerId], ['follow:received', bob.id]);
    assert.deepEqual(page.errors, []);
  });

  for (const [path, selector] of [['/swagger/', '.opblock'], ['/graphiql/', '.graphiql-container']])
    test(`shows ${path} without an error, and asks no other host`, { timeout: 60_000 }, async () => {
      const page = await browser.open(roster.url + path);
      await page.until(selector);
      await page.run(() => new Promise((resolve) => setTimeout(resolve, 500)));
      assert.deepEqual(page.errors, []);
      const { host } = new URL(roster.url);
      const others = page.requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).host !== host);
      assert.deepEqual(others, []);
      assert.ok(page.requests.length >= 3, page.requests.join(' '));
    });
});
