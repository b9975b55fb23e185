// Pages that have their tokens as cookies, which no script sees: they hear over each wire; pages of other sites are nobody.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { start } from './lib.mjs';
import { administrator, password, quick, register } from './people.mjs';

let roster;
const open = new Set();
before(async () => {
  roster = await start({ env: { ...quick, ROSTER_CORS_ORIGINS: 'https://app.example' } });
  await administrator(roster);
});
after(async () => {
  open.forEach((end) => end());
  await roster?.stop();
});

/** A person whose browser holds cookies. */
async function browser(server) {
  const person = await register(server);
  const answer = await server.post('/api/v1/auth/login', { identifier: person.email, password }, { headers: { 'x-auth-mode': 'cookie' }, status: 200 });
  return { ...person, cookie: answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; '), csrf: answer.body.data.csrf_token };
}
const follow = (server, who, whom) => server.post(`/api/v1/users/${whom.id}/follow`, undefined, { token: who.token, status: 200 });
function socket(server, headers, transports = ['websocket']) {
  const s = io(server.url, { forceNew: true, reconnection: false, transports, extraHeaders: headers });
  open.add(() => s.disconnect());
  return s;
}
function graphql(server, headers) {
  class WithHeaders extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { headers });
    }
  }
  const c = createClient({ url: new URL('/graphql', server.url.replace('http', 'ws')).href, webSocketImpl: WithHeaders, retryAttempts: 0 });
  open.add(() => c.dispose());
  return (query) => new Promise((resolve, reject) => {
    let got;
    c.subscribe({ query }, { next: (v) => (got = v), error: reject, complete: () => resolve(got) });
  });
}
/** What an endless answer says until that comes, or its end. */
async function read(server, path, headers, until, meanwhile) {
  const gone = new AbortController();
  const response = await fetch(new URL(path, server.url), { headers: { accept: 'text/event-stream', ...headers }, signal: gone.signal });
  let text = '';
  for await (const piece of response.body) {
    if (!text) await meanwhile?.();
    text += Buffer.from(piece);
    if (text.includes(until)) break;
  }
  gone.abort();
  return text;
}

describe('a page with cookies', () => {
  for (const [what, origin] of [['of this server', () => ({ origin: roster.url })], ['of a listed origin', () => ({ origin: 'https://app.example' })], ['of nobody knows where', () => ({})]])
    test(`${what} is who its cookies name, over each wire`, { timeout: 30_000 }, async () => {
      const ann = await browser(roster);
      const headers = { cookie: ann.cookie, ...origin() };
      for (const transports of [['websocket'], ['polling']]) {
        const s = socket(roster, headers, transports);
        await once(s, 'connect');
        assert.equal((await s.emitWithAck('userMe')).data?.id ?? (await s.emitWithAck('userMe')).id, ann.id);
        s.disconnect();
      }
      assert.equal((await graphql(roster, headers)('{ me { id } }')).data.me.id, ann.id);
      const bob = await register(roster);
      assert.match(await read(roster, '/api/v1/events', headers, 'follow:received', () => follow(roster, bob, ann)), /event: ready/);
      assert.match(await read(roster, `/graphql?query=${encodeURIComponent('{ me { id } }')}`, headers, 'complete'), new RegExp(ann.id));
    });

  test('of a session that ended is cut off, and let in no more', { timeout: 30_000 }, async () => {
    const ann = await browser(roster);
    const s = socket(roster, { cookie: ann.cookie });
    await once(s, 'connect');
    const gone = once(s, 'disconnect');
    await roster.post('/api/v1/auth/logout', undefined, { headers: { cookie: ann.cookie, 'x-csrf-token': ann.csrf }, status: 200 });
    await gone;
    s.connect();
    const [error] = await once(s, 'connect_error');
    assert.equal(error.data.code, 'session_ended');
  });
});

describe('advisory_cross_site_cookies', () => {
  test('a page of another site opens nothing', async () => {
    const ann = await browser(roster);
    for (const origin of ['https://evil.example', 'null', `${roster.url}.evil.example`]) {
      const headers = { cookie: ann.cookie, origin };
      for (const transports of [['websocket'], ['polling']]) await once(socket(roster, headers, transports), 'connect_error');
      await assert.rejects(graphql(roster, headers)('{ me { id } }'));
    }
  });

  test('of two headers neither is believed, and one of another scheme is no token', { timeout: 30_000 }, async () => {
    const ann = await browser(roster);
    const bearer = `Bearer ${ann.token}`;
    const url = new URL('/graphql', roster.url.replace('http', 'ws')).href;
    const code = (authorization) => new Promise((resolve) => {
      const s = new WebSocket(url, 'graphql-transport-ws', { headers: { cookie: ann.cookie, authorization } });
      s.on('open', () => s.send('{"type":"connection_init"}'));
      s.on('message', () => s.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{me{id}}' } })));
      s.on('message', (m) => /"(errors|data)"|message/.test(m) && !/connection_ack/.test(m) && (resolve(String(m)), s.terminate()));
      s.on('close', (n) => resolve(n));
    });
    assert.match(await code(bearer), new RegExp(ann.id));
    assert.match(String(await code([bearer, bearer])), /unauthenticated/);
    assert.match(String(await code('Basic YTpi')), /unauthenticated/);
  });

  test('a form of another site changes nothing as a stream either', async () => {
    const ann = await browser(roster);
    const query = 'mutation { updateProfile(input: {bio: "evil"}) { id } }';
    const send = (headers) => fetch(new URL('/graphql', roster.url), { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream', cookie: ann.cookie, ...headers }, body: JSON.stringify({ query }) });
    const me = async () => (await roster.get('/api/v1/users/me', { token: ann.token, status: 200 })).body.data;
    const before = await me();
    assert.match(await (await send({})).text(), /"code":"unauthenticated"/);
    assert.equal((await me()).bio, before.bio);
  });
});

test('the head of a stream is a head alone', async () => {
  const ann = await register(roster);
  for (const path of ['/api/v1/events', `/graphql?query=${encodeURIComponent('{ me { id } }')}`]) {
    const head = await fetch(new URL(path, roster.url), { method: 'HEAD', headers: { accept: 'text/event-stream', authorization: `Bearer ${ann.token}` } });
    assert.deepEqual([head.status, head.headers.get('content-type'), await head.text()], [200, 'text/event-stream', '']);
  }
  await sleep(50);
  assert.equal((await roster.get('/api/v1/users/me', { token: ann.token })).status, 200);
});
