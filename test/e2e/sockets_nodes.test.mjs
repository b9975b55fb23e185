// Sockets of two nodes over one PostgreSQL and one Redis, and what @socket.io/redis-emitter says to them. On SQLite: one node, and
// the emitter.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Emitter } from '@socket.io/redis-emitter';
import Client from 'ioredis';
import { io } from 'socket.io-client';
import { Roster } from './lib.mjs';
import { administrator, quick, register } from './people.mjs';
import { redis } from './redis.mjs';

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const open = new Set();
const servers = [];
let store;
let nodes;
let publisher;
let admin;
const launch = async (options) => {
  const server = new Roster(options);
  servers.push(server);
  return server.start();
};

before(async () => {
  store = await redis();
  const env = { ...quick, ROSTER_REDIS_URL: store.url, ROSTER_REALTIME_GRACE: '1s' };
  const first = await launch({ env });
  nodes = [first];
  if (onPostgres) {
    const keys = { ROSTER_MASTER_KEY_FILE: path.join(first.dir, 'keys', 'master') };
    nodes.push(await launch({ database: { url: first.database.url, drop: async () => {} }, env: { ...env, ...keys } }));
  }
  admin = await administrator(first);
  publisher = new Client(store.port, '127.0.0.1');
  await sleep(500); // both hear Redis
});
after(async () => {
  open.forEach((socket) => socket.disconnect());
  publisher?.disconnect();
  for (const server of servers.reverse()) await server.stop();
  await store?.stop();
});

async function connect(person, node) {
  const socket = io(node.url, { forceNew: true, reconnection: false, transports: ['websocket'], auth: { token: person.token } });
  open.add(socket);
  await once(socket, 'connect');
  return socket;
}
const hears = (socket, name) => {
  const heard = [];
  socket.on(name, (...args) => heard.push(args));
  return heard;
};
const until = async (fn, ms = 5000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (fn()) return;
  assert.fail('it did not come');
};
const room = (socket, roomId) => socket.emitWithAck('room:join', { roomId });

describe('@socket.io/redis-emitter', () => {
  test('reaches all, a room, a person, but not who is left out, once each', async () => {
    const [ann, bob] = [await register(nodes[0]), await register(nodes[0])];
    const sockets = [await connect(ann, nodes[0]), await connect(bob, nodes.at(-1))];
    await room(sockets[0], 'garden');
    await room(sockets[1], 'garden');
    await room(sockets[1], 'pond');
    const heard = sockets.map((s) => hears(s, 'news'));
    const emitter = new Emitter(publisher);
    emitter.emit('news', 'all', { deep: [1, 2.5, null, 'ü'] });
    emitter.to('pond').emit('news', 'pond');
    emitter.to(`user:${ann.id}`).emit('news', 'ann');
    emitter.to(['garden', 'pond']).emit('news', 'both');
    emitter.to('garden').except('pond').emit('news', 'garden alone');
    emitter.to('garden').emit('news', Buffer.from([1, 2, 3]));
    emitter.emit('news', 'end');
    await until(() => heard.every((h) => h.at(-1)?.[0] === 'end'));
    assert.deepEqual(heard[0], [['all', { deep: [1, 2.5, null, 'ü'] }], ['ann'], ['both'], ['garden alone'], [Buffer.from([1, 2, 3])], ['end']]);
    assert.deepEqual(heard[1], [['all', { deep: [1, 2.5, null, 'ü'] }], ['pond'], ['both'], [Buffer.from([1, 2, 3])], ['end']]);
    sockets.forEach((s) => s.disconnect());
  });

  test('reaches streams, too, and cannot make one event two', async () => {
    const ann = await register(nodes[0]);
    const gone = new AbortController();
    const response = await fetch(new URL('/api/v1/events', nodes[0].url), { headers: { authorization: `Bearer ${ann.token}` }, signal: gone.signal });
    const emitter = new Emitter(publisher).to(`user:${ann.id}`);
    let text = '';
    for await (const piece of response.body) {
      const first = !text;
      text += Buffer.from(piece);
      if (first) emitter.emit('one', { a: 1 }) && emitter.emit('evil\ndata: 1\n\nevent: forged', 7) && emitter.emit('several', 1, 'two\nthree') && emitter.emit('none');
      if (text.includes('event: none')) break;
    }
    gone.abort();
    assert.deepEqual(text.split('\n').filter((line) => /^(event|data):/.test(line)), ['event: ready', 'data: {}', 'event: one', 'data: {"a":1}', 'event: several', 'data: [1,"two\\nthree"]', 'event: none', 'data: []']);
  });

  test('has sockets join, leave and end', async () => {
    const ann = await register(nodes[0]);
    const socket = await connect(ann, nodes.at(-1));
    const heard = hears(socket, 'news');
    const emitter = new Emitter(publisher);
    emitter.in(`user:${ann.id}`).socketsJoin('attic');
    await sleep(200);
    emitter.to('attic').emit('news', 'attic');
    await until(() => heard.length === 1);
    emitter.in(`user:${ann.id}`).socketsLeave('attic');
    await sleep(200);
    emitter.to('attic').emit('news', 'nobody');
    emitter.to(`user:${ann.id}`).emit('news', 'end');
    await until(() => heard.length === 2);
    const gone = once(socket, 'disconnect');
    emitter.in(`user:${ann.id}`).disconnectSockets(true);
    await gone;
  });

  test('what is no message changes nothing', async () => {
    const ann = await register(nodes[0]);
    const socket = await connect(ann, nodes[0]);
    const heard = hears(socket, 'news');
    for (const bytes of ['', 'nonsense', Buffer.from('93a178', 'hex'), Buffer.alloc(100_000, 0x91), Buffer.from('dfffffffff', 'hex')]) {
      await publisher.publish('socket.io#/#', bytes);
      await publisher.publish('socket.io-request#/#', bytes);
      await publisher.publish('socket.io-status', bytes);
    }
    new Emitter(publisher).emit('news', 'end');
    await until(() => heard.length === 1);
    socket.disconnect();
  });
});

describe('two nodes', { skip: onPostgres ? false : 'many nodes need PostgreSQL' }, () => {
  test('what is said in a room is heard at the other one, once', async () => {
    const [ann, bob] = [await register(nodes[0]), await register(nodes[0])];
    const [a, b] = [await connect(ann, nodes[0]), await connect(bob, nodes[1])];
    const [typing, joined] = [hears(a, 'user:typing'), hears(a, 'user:joined')];
    await room(a, 'garden');
    await room(b, 'garden');
    b.emit('user:typing:start', { chatId: 'garden' });
    b.emit('user:typing:start', { userId: ann.id });
    await until(() => typing.length === 2);
    await sleep(300);
    assert.deepEqual([typing.length, joined.map(([j]) => j.userId)], [2, [bob.id]]);
    [a, b].forEach((s) => s.disconnect());
  });

  test('follows, profiles, notifications and who is here, whichever node it happened at', { timeout: 60_000 }, async () => {
    const [ann, bob] = [await register(nodes[0]), await register(nodes[0])];
    await nodes[0].post(`/api/v1/users/${ann.id}/follow`, undefined, { token: bob.token, status: 200 });
    const b = await connect(bob, nodes[1]);
    const [status, profile, told, received] = ['user:status', 'profile:updated', 'notification', 'follow:received'].map((n) => hears(b, n));
    const [here, there] = [await connect(ann, nodes[0]), await connect(ann, nodes[1])];
    await until(() => status.some(([s]) => s.userId === ann.id && s.status === 'online'));
    here.disconnect();
    await sleep(2500); // he is still at the other one
    assert.equal(status.filter(([s]) => s.userId === ann.id).length, 1);
    there.disconnect();
    await until(() => status.filter(([s]) => s.userId === ann.id).length === 2);
    assert.equal(status.at(-1)[0].status, 'offline');
    await nodes[0].patch('/api/v1/users/me', { bio: 'Botanist' }, { token: ann.token, status: 200 });
    await nodes[0].post(`/api/v1/users/${bob.id}/notifications`, { type: 'message', title: 'Hello' }, { token: admin.token, status: 201 });
    await nodes[0].post(`/api/v1/users/${bob.id}/follow`, undefined, { token: ann.token, status: 200 });
    await until(() => profile.length && told.length >= 2 && received.length);
    assert.equal(profile[0][0].updates.bio, 'Botanist');
    assert.deepEqual(told.map(([n]) => n.type).sort(), ['follow', 'message']);
    assert.equal(received[0][0].followerUsername, ann.username);
    b.disconnect();
  });

  test('advisory_realtime_after_the_end: who is logged out at one is cut at the other', async () => {
    const ann = await register(nodes[0]);
    const socket = await connect(ann, nodes[1]);
    const gone = once(socket, 'disconnect');
    await nodes[0].post('/api/v1/auth/logout', undefined, { token: ann.token, status: 200 });
    await gone;
    const eve = await register(nodes[0]);
    const other = await connect(eve, nodes[1]);
    const kicked = once(other, 'disconnect');
    await nodes[0].delete(`/api/v1/websocket/clients/${eve.id}`, { token: admin.token, status: 200 });
    await kicked;
  });
});
