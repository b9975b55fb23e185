// The stream of events, and who is connected: GET /api/v1/events, /api/v1/websocket/*, `roster realtime ...`.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { start } from './lib.mjs';
import { administrator, password, quick, register } from './people.mjs';

let roster;
let admin;
const open = new Set();
before(async () => {
  roster = await start({ env: { ...quick, ROSTER_REALTIME_PER_USER: '4', ROSTER_REALTIME_GRACE: '1s' } });
  admin = await administrator(roster);
});
after(async () => {
  open.forEach((end) => end());
  await roster?.stop();
});

/** A stream of events: what came, as {id, event, data}, and a way to wait for one. */
async function stream(token, headers = {}) {
  const gone = new AbortController();
  open.add(() => gone.abort());
  const response = await fetch(new URL('/api/v1/events', roster.url), { headers: { authorization: `Bearer ${token}`, ...headers }, signal: gone.signal });
  const heard = [];
  const s = { response, heard, ended: false, close: () => gone.abort() };
  const read = async () => {
    let text = '';
    for await (const piece of response.body) {
      text += Buffer.from(piece).toString();
      for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
        const one = {};
        for (const line of text.slice(0, end).split('\n')) {
          const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
          if (name) one[name] = name === 'data' ? JSON.parse(value) : value;
        }
        heard.push(one);
      }
    }
  };
  if (response.status === 200) read().then(() => (s.ended = true), () => (s.ended = true));
  s.until = async (event, ms = 5000) => {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(10)) {
      const found = heard.find((h) => h.event === event);
      if (found) return found;
    }
    throw new Error(`no ${event} in ${JSON.stringify(heard)}`);
  };
  return s;
}
async function connect(person) {
  const socket = io(roster.url, { forceNew: true, reconnection: false, transports: ['websocket'], auth: { token: person.token } });
  open.add(() => socket.disconnect());
  await once(socket, 'connect');
  return socket;
}
const follow = (who, whom) => roster.post(`/api/v1/users/${whom.id}/follow`, undefined, { token: who.token, status: 200 });
const unfollow = (who, whom) => roster.delete(`/api/v1/users/${whom.id}/follow`, { token: who.token, status: 200 });

describe('GET /api/v1/events', () => {
  test('tells what sockets are told', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const s = await stream(ann.token);
    assert.equal(s.response.headers.get('content-type'), 'text/event-stream');
    assert.equal(s.response.headers.get('content-length'), null);
    await s.until('ready');
    await follow(bob, ann);
    const told = await s.until('follow:received');
    assert.deepEqual([told.data.followerId, told.data.followerUsername], [bob.id, bob.username]);
    assert.match(told.id, /^[\w-]{20}-\d+$/);
    s.close();
  });

  test('goes on behind Last-Event-ID, and says when that is not known any more', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const first = await stream(ann.token);
    await follow(bob, ann);
    const { id } = await first.until('follow:received');
    first.close();
    await unfollow(bob, ann);
    await sleep(200);
    const second = await stream(ann.token, { 'last-event-id': id });
    await second.until('ready');
    assert.deepEqual((await second.until('follow:lost')).data.followerId, bob.id);
    assert.deepEqual(second.heard.map((h) => h.event).filter((name) => name !== 'notification'), ['ready', 'follow:lost']);
    second.close();
    for (const wrong of ['nonsense', `${id}0`, '-1']) {
      const s = await stream(ann.token, { 'last-event-id': wrong });
      await s.until('gap');
      s.close();
    }
  });

  test('needs a token, and no more of one person than the setting says', async () => {
    assert.equal((await stream('nonsense')).response.status, 401);
    assert.equal((await fetch(new URL('/api/v1/events', roster.url))).status, 401);
    const ann = await register(roster);
    const all = await Promise.all([1, 2, 3, 4].map(() => stream(ann.token)));
    await Promise.all(all.map((s) => s.until('ready')));
    const fifth = await stream(ann.token);
    assert.equal((await fifth.until('error')).data.data.code, 'rate_limited');
    for (let i = 0; i < 100 && !fifth.ended; i++) await sleep(20);
    assert.equal(fifth.ended, true);
    all.forEach((s) => s.close());
  });

  test('advisory_realtime_after_the_end: ends with the session', async () => {
    const ann = await register(roster);
    const s = await stream(ann.token);
    await s.until('ready');
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.token, status: 200 });
    for (let i = 0; i < 100 && !s.ended; i++) await sleep(20);
    assert.equal(s.ended, true);
  });

  test('counts as being here', { timeout: 30_000 }, async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    await follow(bob, ann);
    const ear = await stream(bob.token);
    await ear.until('ready');
    const s = await stream(ann.token);
    assert.deepEqual((await ear.until('user:status')).data.status, 'online');
    s.close();
    for (let i = 0; i < 300 && ear.heard.filter((h) => h.event === 'user:status').length < 2; i++) await sleep(20);
    assert.deepEqual(ear.heard.filter((h) => h.event === 'user:status').map((h) => h.data.status), ['online', 'offline']);
    ear.close();
  });
});

describe('for those who run it', () => {
  const get = async (path, token = admin.token, status = 200) => (await roster.get(path, { token, status })).body;

  test('who is connected, in which rooms, and how much is going on', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const [a, b] = [await connect(ann), await connect(bob)];
    const s = await stream(ann.token);
    await s.until('ready');
    await a.emitWithAck('room:join', { roomId: 'garden' });
    await b.emitWithAck('room:join', { roomId: 'garden' });
    const info = (await get('/api/v1/websocket/info')).data;
    assert.deepEqual([info.status, info.server], ['running', { port: Number(new URL(roster.url).port), protocol: 'socket.io', path: '/socket.io' }]);
    assert.ok(info.clients.connected >= 3 && info.clients.rooms >= 3);
    const clients = (await get(`/api/v1/websocket/clients?user_id=${ann.id}`)).data;
    assert.equal(clients.total, 2);
    assert.deepEqual(clients.clients.map((c) => [c.transport, c.username, c.ip]).sort(), [['sse', ann.username, '127.0.0.1'], ['websocket', ann.username, '127.0.0.1']]);
    assert.deepEqual(clients.clients.find((c) => c.id === a.id).rooms.sort(), ['garden', `user:${ann.id}`].sort());
    const rooms = (await get('/api/v1/websocket/rooms?limit=1000')).data;
    const garden = rooms.rooms.find((r) => r.name === 'garden');
    assert.deepEqual([garden.client_count, garden.clients.sort()], [2, [a.id, b.id].sort()]);
    assert.equal(rooms.rooms.some((r) => r.name === a.id), false);
    const stats = (await get('/api/v1/websocket/stats')).data;
    assert.ok(stats.connections.active >= 3 && stats.connections.peak >= stats.connections.active && stats.events.message >= 2);
    const old = await get('/api/websocket/rooms');
    assert.deepEqual(Object.keys(old.rooms[0]).sort(), ['clientCount', 'clients', 'createdAt', 'name']);
    assert.ok((await get('/api/websocket/stats')).server.memoryUsage.rss > 0);
    [a, b].forEach((socket) => socket.disconnect());
    s.close();
  });

  test('the namespace /admin is for them alone, and tells the numbers', { timeout: 30_000 }, async () => {
    const [ann, mod] = [await register(roster), await register(roster)];
    const at = (person) => io(`${roster.url}/admin`, { forceNew: true, reconnection: false, transports: ['websocket'], auth: { token: person?.token } });
    for (const [person, code] of [[ann, 'denied'], [undefined, 'unauthenticated'], [{ token: 'x' }, 'token_invalid']]) {
      const socket = at(person);
      const [refused] = await once(socket, 'connect_error');
      assert.equal(refused.data.code, code);
      socket.disconnect();
    }
    await roster.patch(`/api/v1/users/${mod.id}`, { role: 'admin' }, { token: admin.token, status: 200 });
    const { body } = await roster.post('/api/v1/auth/login', { identifier: mod.email, password }, { status: 200 });
    const socket = at({ token: body.data.access_token });
    open.add(() => socket.disconnect());
    await once(socket, 'connect');
    const [stats] = await once(socket, 'stats');
    assert.ok(stats.connections.total >= 0 && stats.server.memoryUsage.rss > 0);
    assert.equal((await socket.emitWithAck('realtimeClients', {})).data.total >= 0, true);
    assert.match((await socket.emitWithAck('room:join', { roomId: 'garden' })).error.message, /no such event/);
    const gone = once(socket, 'disconnect');
    await roster.patch(`/api/v1/users/${mod.id}`, { role: 'user' }, { token: admin.token, status: 200 });
    await gone;
  });

  test('others learn nothing', async () => {
    const ann = await register(roster);
    for (const path of ['info', 'clients', 'rooms', 'stats']) await get(`/api/v1/websocket/${path}`, ann.token, 403);
    await roster.delete(`/api/v1/websocket/clients/${ann.id}`, { token: ann.token, status: 403 });
  });

  test('a connection is ended, or all of a person, also from the command line', async () => {
    const ann = await register(roster);
    const [a, b] = [await connect(ann), await connect(ann)];
    const s = await stream(ann.token);
    await s.until('ready');
    const gone = once(a, 'disconnect');
    const one = await roster.delete(`/api/v1/websocket/clients/${a.id}`, { token: admin.token, status: 200 });
    assert.equal(one.body.data.disconnected, 1);
    await gone;
    const listed = await roster.cli(['realtime', 'clients', '--user-id', ann.id, '--format', 'json']);
    assert.equal(JSON.parse(listed.stdout).total, 2, listed.stdout + listed.stderr);
    const rest = once(b, 'disconnect');
    const kicked = await roster.cli(['realtime', 'kick', ann.id]);
    assert.equal(kicked.code, 0, kicked.stderr);
    await rest;
    for (let i = 0; i < 100 && !s.ended; i++) await sleep(20);
    assert.equal(s.ended, true);
    await roster.delete(`/api/v1/websocket/clients/${ann.id}`, { token: admin.token, status: 404 });
    const nobody = await roster.cli(['realtime', 'kick', ann.id]);
    assert.deepEqual([nobody.code !== 0, /Nobody is connected/.test(nobody.stderr)], [true, true], nobody.stderr);
    const c = await connect(ann);
    await c.emitWithAck('room:join', { roomId: 'garden' });
    const twenty = 'a-room-of-twenty-let';
    await c.emitWithAck('room:join', { roomId: twenty });
    for (const room of ['garden', twenty]) await roster.delete(`/api/v1/websocket/clients/${room}`, { token: admin.token, status: 404 }); // a room is nobody
    assert.equal(c.connected, true);
    const rooms = await roster.cli(['realtime', 'rooms']);
    assert.match(rooms.stdout, /^rooms:\nname +client_count +clients\b.*\n(.*\n)*garden +1 /m, rooms.stdout + rooms.stderr);
    c.disconnect();
  });
});
