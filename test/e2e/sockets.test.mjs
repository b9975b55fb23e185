// Socket.IO on the whole program: who connects, what he may do, and when he may no longer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { is, match } from './documented.mjs';
import { eventually, start } from './lib.mjs';
import { administrator, login, password, quick, register } from './people.mjs';

let roster;
let admin;
const open = new Set();
before(async () => {
  roster = await start({ env: { ...quick, ROSTER_CORS_ORIGINS: 'https://app.example', ROSTER_REALTIME_PER_USER: '4', ROSTER_REALTIME_GRACE: '2s', ROSTER_REALTIME_ROOMS: 'staff-*=moderator+admin, *=anyone' } });
  admin = await administrator(roster);
});
after(async () => {
  open.forEach((socket) => socket.disconnect());
  await roster?.stop();
});

const make = (options, url = roster.url) => {
  const socket = io(url, { forceNew: true, reconnection: false, transports: ['websocket'], ...options });
  open.add(socket);
  return socket;
};
async function connect(person, options) {
  const socket = make({ auth: { token: person.token }, ...options });
  await Promise.race([once(socket, 'connect'), once(socket, 'connect_error').then(([e]) => Promise.reject(e))]);
  return socket;
}
async function refused(options) {
  const socket = make(options);
  return new Promise((resolve) => socket.on('connect_error', resolve));
}
const call = (socket, name, ...args) => socket.timeout(5000).emitWithAck(name, ...args);
const gone = (socket) => (socket.connected ? once(socket, 'disconnect') : undefined);
const room = (socket, roomId, more) => call(socket, 'room:join', { roomId, ...more });

describe('connecting', () => {
  test('with the token in auth or in the header, by either transport', async () => {
    const ann = await register(roster);
    for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
      const socket = await connect(ann, { transports });
      assert.equal((await call(socket, 'userMe')).data.id, ann.id);
      socket.disconnect();
    }
    const socket = await connect({}, { auth: undefined, extraHeaders: { authorization: `Bearer ${ann.token}` } });
    assert.equal((await call(socket, 'user_me')).data.email, ann.email);
    socket.disconnect();
  });

  test('without a good one it is told why', async () => {
    const bob = await register(roster);
    const nobody = await refused({});
    assert.deepEqual([nobody.message, nobody.data], ['Authentication failed: No token provided', { code: 'unauthenticated', status: 401 }]);
    const wrong = await refused({ auth: { token: 'nonsense' } });
    assert.deepEqual([wrong.message, wrong.data], ['Authentication failed: Invalid token', { code: 'token_invalid', status: 401 }]);
    await roster.post('/api/v1/auth/logout', undefined, { token: bob.token, status: 200 });
    assert.equal((await refused({ auth: { token: bob.token } })).message, 'Authentication failed: Session ended');
    for (const auth of [{ token: 7 }, { token: {} }, { token: '' }, { tokens: 'x' }]) assert.equal((await refused({ auth })).data.code, 'unauthenticated');
  });

  test('no more of one person than the setting says', async () => {
    const ann = await register(roster);
    const sockets = await Promise.all([1, 2, 3].map(() => connect(ann)));
    sockets.push(await connect(ann));
    assert.equal((await refused({ auth: { token: ann.token } })).data.code, 'rate_limited');
    sockets.forEach((socket) => socket.disconnect());
  });

  test('advisory_cross_site_websocket: a page of another site opens nothing', async () => {
    const ann = await register(roster);
    const url = `${roster.url}/socket.io/?EIO=4&transport=`;
    for (const [origin, good] of [['https://evil.example', false], ['null', false], [roster.url.replace('http', 'https') + '.evil.example', false], ['https://app.example', true], [roster.url, true], [undefined, true]]) {
      const headers = origin ? { origin } : {};
      const answer = await fetch(`${url}polling`, { headers });
      assert.equal(answer.status, good ? 200 : 403, String(origin));
      const socket = new WebSocket(`${url}websocket`.replace('http', 'ws'), { headers });
      const [what] = await Promise.race([once(socket, 'open').then(() => ['open']), once(socket, 'error').then(() => ['error'])]).catch(() => ['error']);
      assert.equal(what, good ? 'open' : 'error', String(origin));
      socket.close();
    }
    const listed = await fetch(`${url}polling`, { headers: { origin: 'https://app.example' } });
    assert.equal(listed.headers.get('access-control-allow-origin'), 'https://app.example');
    assert.ok(ann.token);
  });

  test('nobody may listen where that is allowed, and no more', { timeout: 60_000 }, async () => {
    const other = await start({ env: { ...quick, ROSTER_REALTIME_ANONYMOUS: 'true' } });
    try {
      const socket = make({}, other.url);
      await once(socket, 'connect');
      socket.emit('user:online');
      assert.match((await once(socket, 'error'))[0].message, /Log in first/);
      assert.equal((await socket.timeout(5000).emitWithAck('userMe')).error.code, 'unauthenticated');
      socket.disconnect();
    } finally {
      await other.stop();
    }
  });
});

describe('operations as events', () => {
  test('give what REST gives, in camelCase', async () => {
    const ann = await register(roster);
    const socket = await connect(ann);
    const changed = await call(socket, 'userUpdateMe', { displayName: 'By socket', visibility: 'PUBLIC' });
    assert.equal(changed.data.displayName, 'By socket');
    const { body } = await roster.get('/api/v1/users/me', { token: ann.token });
    assert.equal(body.data.display_name, 'By socket');
    assert.equal((await call(socket, 'preferenceGet')).data.theme, 'light');
    const list = await call(socket, 'userSearch', { q: ann.username, limit: 5 });
    assert.equal(list.data.items[0].id, ann.id);
    const audit = await roster.get(`/api/v1/audit?actor_id=${ann.id}&operation=user_update_me`, { token: admin.token });
    assert.equal(audit.body.data.length, 1);
    socket.disconnect();
  });

  test('are refused as REST refuses them', async () => {
    const ann = await register(roster);
    const socket = await connect(ann);
    const invalid = await call(socket, 'userUpdateMe', { dateOfBirth: 'never', nothing: 1 });
    assert.equal(invalid.error.code, 'invalid');
    assert.deepEqual(Object.keys(invalid.error.details).sort(), ['dateOfBirth', 'nothing']);
    assert.equal((await call(socket, 'userList')).error.code, 'denied');
    assert.equal((await call(socket, 'userGet', { id: 'nobody' })).error.code, 'not_found');
    assert.equal((await call(socket, 'userMe', 7)).error.code, 'malformed');
    assert.equal((await call(socket, 'userUpdate', { id: admin.id, bio: 'x' })).error.code, 'denied');
    const told = once(socket, 'error');
    socket.emit('userDelete', { id: admin.id });
    assert.deepEqual((await told)[0], { event: 'userDelete', message: 'You may not do that.' });
    for (const name of ['nothing', 'user_export_me', 'graphql', 'oauth_token', 'migrate']) {
      const error = once(socket, 'error');
      socket.emit(name, {});
      assert.match((await error)[0].message, /no such event/, name);
    }
    socket.disconnect();
  });
});

describe('rooms', () => {
  test('those in a room hear of who comes, types and goes', async () => {
    const [ann, bob] = await Promise.all([register(roster), register(roster)]);
    const [a, b] = await Promise.all([connect(ann), connect(bob)]);
    assert.deepEqual(await room(a, 'chat:1', { roomType: 'chat' }), {});
    const heard = once(a, 'user:joined');
    b.emit('room:join', { roomId: 'chat:1', roomType: 'chat' });
    const [joined] = await heard;
    assert.deepEqual({ ...joined, timestamp: 0 }, { userId: bob.id, username: bob.username, roomId: 'chat:1', roomType: 'chat', timestamp: 0 });
    const typing = once(a, 'user:typing');
    b.emit('user:typing:start', { chatId: 'chat:1' });
    assert.deepEqual({ ...(await typing)[0], timestamp: 0 }, { userId: bob.id, username: bob.username, chatId: 'chat:1', isTyping: true, timestamp: 0 });
    const left = once(a, 'user:left');
    b.emit('room:leave', { roomId: 'chat:1' });
    assert.equal((await left)[0].userId, bob.id);
    const refusedTyping = once(b, 'error');
    b.emit('user:typing:start', { chatId: 'chat:1' });
    assert.match((await refusedTyping)[0].message, /Join the room first/);
    a.disconnect();
    b.disconnect();
  });

  test('what one says in several rooms is heard in that order by all', { timeout: 60_000 }, async () => {
    const other = await start({ env: { ...quick, ROSTER_REALTIME_EVENTS: '0' } });
    const connected = async (person, options) => {
      const socket = make({ auth: { token: person.token }, ...options }, other.url);
      await once(socket, 'connect');
      for (const roomId of ['one', 'two']) await room(socket, roomId);
      return socket;
    };
    try {
      const [ann, bob] = await Promise.all([register(other), register(other)]);
      const hearers = [await connected(ann), await connected(ann, { transports: ['polling'] })];
      const speaker = await connected(bob);
      const heard = hearers.map((socket) => {
        const list = [];
        socket.on('user:typing', ({ chatId, isTyping }) => list.push([chatId, isTyping]));
        return list;
      });
      const said = [];
      for (let i = 0; i < 300; i++) {
        const chatId = ['one', 'one', 'one', 'two', 'one', 'two'][i % 6],
          starts = i % 5 < 3;
        speaker.emit(`user:typing:${starts ? 'start' : 'stop'}`, { chatId });
        said.push([chatId, starts]);
      }
      await eventually(() => heard.every((list) => list.length >= said.length), (all) => all);
      for (const list of heard) assert.deepEqual(list, said);
    } finally {
      await other.stop();
    }
  });

  test('typing to a person reaches him, and ends by itself', { timeout: 60_000 }, async () => {
    const [ann, bob, eve] = [await register(roster), await register(roster), await register(roster)];
    const [a, b, e] = [await connect(ann), await connect(bob), await connect(eve)];
    const heard = [];
    a.on('user:typing', ({ userId, isTyping }) => heard.push([userId, isTyping]));
    const types = (socket, userId) => call(socket, 'user:typing:start', { userId });
    assert.equal('data' in (await types(b, ann.id)), true);
    assert.equal('data' in (await types(b, ann.username)), true); // still
    await roster.post(`/api/v1/users/${eve.id}/block`, {}, { token: ann.token, status: 200 });
    assert.equal((await types(e, ann.id)).error.code, 'not_found');
    assert.equal((await types(b, 'nobody-here')).error.code, 'not_found');
    await sleep(500);
    assert.deepEqual(heard, [[bob.id, true], [bob.id, true]]);
    await sleep(7500);
    assert.deepEqual(heard.slice(2), [[bob.id, false]]);
    await types(b, ann.id);
    const stopped = once(a, 'user:typing');
    b.disconnect();
    await stopped.then(() => undefined);
    await sleep(300);
    assert.deepEqual(heard.at(-1), [bob.id, false]);
    await roster.patch('/api/v1/users/me', { allow_messages: false }, { token: ann.token, status: 200 });
    const strangers = await connect(bob);
    assert.equal((await types(strangers, ann.id)).error.code, 'denied');
    [a, e, strangers].forEach((socket) => socket.disconnect());
  });

  test('the rules of rooms say who may join', async () => {
    const [ann, mod] = [await register(roster), await register(roster)];
    await roster.patch(`/api/v1/users/${mod.id}`, { role: 'moderator' }, { token: admin.token, status: 200 });
    const again = await login(roster, mod);
    const [a, m] = [await connect(ann), await connect(again)];
    assert.match((await room(a, 'staff-1')).error.message, /may not join/);
    assert.equal((await room(m, 'staff-1')).error, undefined);
    assert.equal((await room(a, 'garden')).error, undefined);
    [a, m].forEach((socket) => socket.disconnect());
  });

  test('advisory_realtime_role: who has another role is in the rooms of the old one no more, also when he comes back', async () => {
    const [mod, fan] = [await register(roster), await register(roster)];
    const give = (role) => roster.patch(`/api/v1/users/${mod.id}`, { role }, { token: admin.token, status: 200 });
    await give('moderator');
    const { token } = await login(roster, mod);
    const socket = await connect({ token }, { auth: { token, recovery: true } });
    await room(socket, 'staff-1');
    await room(socket, 'garden');
    const heard = once(socket, 'follow:received'); // from it on he could be told again
    await roster.post(`/api/v1/users/${mod.id}/follow`, undefined, { token: fan.token, status: 200 });
    await heard;
    assert.ok(socket._lastOffset);
    const gone = once(socket, 'disconnect');
    await give('user');
    await gone;
    socket.connect();
    await once(socket, 'connect');
    assert.equal(socket.recovered, false);
    const rooms = (await roster.get('/api/v1/websocket/clients', { token: admin.token, status: 200 })).body.data.clients.find((c) => c.id === socket.id).rooms;
    assert.deepEqual(rooms, [`user:${mod.id}`]);
    assert.match((await room(socket, 'staff-1')).error.message, /may not join/);
    socket.disconnect();
  });

  test("advisory_user_room: nobody joins, or speaks in, another person's room", async () => {
    const [ann, eve] = await Promise.all([register(roster), register(roster)]);
    const [a, e] = await Promise.all([connect(ann), connect(eve)]);
    let heard = 0;
    for (const name of ['user:joined', 'user:typing', 'user:left']) a.on(name, () => heard++);
    for (const roomId of [`user:${ann.id}`, 'user:', 'role:admin', 'sys:all']) {
      const error = once(e, 'error');
      e.emit('room:join', { roomId });
      assert.equal((await error)[0].event, 'room:join');
      const typing = once(e, 'error');
      e.emit('user:typing:start', { chatId: roomId });
      await typing;
      e.emit('room:leave', { roomId });
    }
    assert.match((await room(e, 'user:x')).error.message, /not for joining/);
    for (const wrong of [undefined, {}, { roomId: 7 }, { roomId: '' }, { roomId: 'x'.repeat(300) }, 'text', null]) {
      const error = once(e, 'error');
      e.emit('room:join', wrong);
      assert.equal((await error)[0].event, 'room:join');
    }
    let status = 0;
    e.on('user:status', () => status++);
    a.emit('user:online');
    await sleep(100);
    assert.deepEqual([heard, status], [0, 0]);
    a.disconnect();
    e.disconnect();
  });

  test('the other devices of a person hear that he is online', async () => {
    const ann = await register(roster);
    const [one, two] = await Promise.all([connect(ann), connect(ann)]);
    const heard = once(two, 'user:status');
    one.emit('user:online');
    const [status] = await heard;
    assert.deepEqual({ ...status, timestamp: 0 }, { userId: ann.id, username: ann.username, status: 'online', timestamp: 0 });
    one.disconnect();
    two.disconnect();
  });
});

describe('follows and profiles', () => {
  test('who is followed hears of it, whichever door it came by', async () => {
    const [ann, bob, eve] = await Promise.all([register(roster), register(roster), register(roster)]);
    const [a, b, e] = await Promise.all([connect(ann), connect(bob), connect(eve)]);
    let others = 0;
    for (const name of ['follow:received', 'follow:lost']) e.on(name, () => others++);
    const received = once(b, 'follow:received');
    assert.equal((await call(a, 'follow:create', { followingId: bob.id })).data.status, 'ACCEPTED');
    assert.deepEqual({ ...(await received)[0], timestamp: 0 }, { followerId: ann.id, followerUsername: ann.username, followingId: bob.id, timestamp: 0 });
    const lost = once(b, 'follow:lost');
    await roster.delete(`/api/v1/users/${bob.id}/follow`, { token: ann.token, status: 200 });
    assert.equal((await lost)[0].followerId, ann.id);
    const again = once(b, 'follow:received');
    await roster.post(`/api/v1/users/${bob.id}/follow`, undefined, { token: ann.token, status: 200 });
    await again;
    const error = once(a, 'error');
    a.emit('follow:create', { followingId: bob.id });
    assert.deepEqual((await error)[0], { event: 'follow:create', message: 'You follow this person already, or asked to.' });
    assert.ok((await call(a, 'follow:remove', { followingId: bob.id })).data);
    for (const wrong of [undefined, {}, { followingId: 7 }, { followingId: ann.id }, { followingId: 'nobody' }]) assert.ok((await call(a, 'follow:create', wrong)).error, JSON.stringify(wrong));
    await roster.patch('/api/v1/users/me', { is_private: true }, { token: bob.token, status: 200 });
    let asked = 0;
    b.on('follow:received', () => asked++);
    assert.equal((await call(a, 'follow:create', { followingId: bob.id })).data.status, 'PENDING');
    await call(b, 'userMe');
    assert.deepEqual([asked, others], [0, 0], 'a request is no follow, and nobody else is told');
    for (const socket of [a, b, e]) socket.disconnect();
  });

  test("a profile is changed, and the person's other devices hear it", async () => {
    const ann = await register(roster);
    const [one, two] = await Promise.all([connect(ann), connect(ann)]);
    const heard = once(two, 'profile:updated');
    const { data } = await call(one, 'profile:update', { displayName: 'Ann', bio: 'by socket', status: 'away' });
    assert.equal(data.displayName, 'Ann');
    const [{ userId, updates }] = await heard;
    assert.deepEqual([userId, updates.displayName, updates.bio, updates.visibility], [ann.id, 'Ann', 'by socket', 'PUBLIC']);
    assert.equal(updates.email, undefined);
    const { body } = await roster.get('/api/v1/users/me', { token: ann.token });
    assert.equal(body.data.bio, 'by socket');
    const byRest = once(two, 'profile:updated');
    await roster.patch('/api/v1/users/me', { bio: 'by REST' }, { token: ann.token, status: 200 });
    assert.equal((await byRest)[0].updates.bio, 'by REST');
    assert.equal((await call(one, 'profile:update', { avatarUrl: 'javascript:x' })).error.code, 'invalid');
    one.disconnect();
    two.disconnect();
  });
});

test('the snippet of the older service', { timeout: 60_000 }, async () => {
  const [ann, bob] = await Promise.all([register(roster), register(roster)]);
  // As that service's clients do it: no option but the token, and no acknowledgement.
  const client = ({ token }) => {
    const socket = io(roster.url, { auth: { token } });
    open.add(socket);
    socket.heard = [];
    for (const name of ['user:status', 'user:typing', 'user:joined', 'user:left', 'profile:updated', 'follow:received', 'follow:lost', 'notification:read:success', 'heartbeat', 'error'])
      socket.on(name, (...args) => socket.heard.push([name, ...args]));
    return socket;
  };
  // The next event of a name has that form, and nothing beside one object; then it is forgotten.
  const hears = async (socket, name, pattern, ms = 5000) => {
    const [, ...args] = await eventually(() => socket.heard.find(([one]) => one === name), Boolean, ms);
    socket.heard.splice(socket.heard.findIndex(([one]) => one === name), 1);
    assert.equal(args.length, 1, name);
    match(args[0], pattern, name);
  };
  const { more, text, time, count, number, list } = is;

  const socket = client(ann);
  const [phone, friend] = [client(ann), client(bob)];
  await Promise.all([socket, phone, friend].map((one) => once(one, 'connect')));
  assert.equal(socket.io.opts.transports, undefined, 'the default transports');
  await Promise.all([socket, phone, friend].map((one) => eventually(() => one.io.engine.transport.name, (name) => name === 'websocket')));

  socket.emit('user:online');
  await hears(phone, 'user:status', { userId: ann.id, username: ann.username, status: 'online', timestamp: time });
  socket.emit('user:activity', { action: 'view', page: '/home', metadata: { from: 'menu' } });

  socket.emit('room:join', { roomId: 'chat-1', roomType: 'chat' });
  await eventually(async () => (await roster.get('/api/websocket/rooms', { token: admin.token, status: 200 })).body.rooms, (rooms) => rooms.some(({ name }) => name === 'chat-1'));
  friend.emit('room:join', { roomId: 'chat-1', roomType: 'chat' });
  await hears(socket, 'user:joined', { userId: bob.id, username: bob.username, roomId: 'chat-1', roomType: 'chat', timestamp: time });
  friend.emit('user:typing:start', { chatId: 'chat-1' });
  await hears(socket, 'user:typing', more({ userId: bob.id, username: bob.username, isTyping: true, timestamp: time }));
  friend.emit('user:typing:stop', { chatId: 'chat-1' });
  await hears(socket, 'user:typing', more({ userId: bob.id, username: bob.username, isTyping: false, timestamp: time }));
  friend.emit('user:typing:start', { userId: ann.id });
  await hears(phone, 'user:typing', { userId: bob.id, username: bob.username, isTyping: true, timestamp: time });
  friend.emit('room:leave', { roomId: 'chat-1' });
  await hears(socket, 'user:left', { userId: bob.id, username: bob.username, roomId: 'chat-1', timestamp: time });

  socket.emit('profile:update', { displayName: 'Ann A', bio: 'Hello', avatarUrl: 'https://ann.example.org/a.png', status: 'busy' });
  await hears(phone, 'profile:updated', { userId: ann.id, updates: more({ displayName: 'Ann A', bio: 'Hello', avatarUrl: 'https://ann.example.org/a.png' }), timestamp: time });

  friend.emit('follow:create', { followingId: ann.id });
  await hears(socket, 'follow:received', more({ followerId: bob.id, followerUsername: bob.username, timestamp: time }));
  friend.emit('follow:remove', { followingId: ann.id });
  await hears(socket, 'follow:lost', more({ followerId: bob.id, followerUsername: bob.username, timestamp: time }));

  const { body: sent } = await roster.post(`/api/v1/users/${ann.id}/notifications`, { type: 'message', title: 'Hello' }, { token: admin.token, status: 201 });
  socket.emit('notification:read', { notificationId: sent.data.id });
  await hears(socket, 'notification:read:success', { notificationId: sent.data.id, timestamp: time });
  for (const all of [socket, phone, friend]) assert.deepEqual(all.heard.filter(([name]) => name === 'error'), []);
  socket.emit('follow:create', { followingId: ann.id });
  await hears(socket, 'error', { event: 'follow:create', message: text });

  const answers = async (what) => (await roster.get(`/api/websocket/${what}`, { token: admin.token, status: 200 })).body;
  match(await answers('info'), more({ status: 'running', server: { port: Number(new URL(roster.url).port), protocol: text, path: '/socket.io' }, clients: more({ connected: count, rooms: count }), uptime: number, timestamp: time }));
  const clients = await answers('clients');
  match(clients, { clients: list(more({ id: text, userId: text, connectedAt: time, userAgent: is.anything, ip: text })), total: count, timestamp: time });
  assert.deepEqual([socket, phone, friend].map((one) => clients.clients.find((c) => c.id === one.id)?.userId), [ann.id, ann.id, bob.id]);
  const rooms = await answers('rooms');
  match(rooms, { rooms: list({ name: text, clientCount: count, clients: list(text), createdAt: time }), total: count, timestamp: time });
  assert.deepEqual(rooms.rooms.find(({ name }) => name === 'chat-1').clients, [socket.id]);
  match(await answers('stats'), more({ server: more({ status: text, uptime: number, memoryUsage: more({ rss: number, heapTotal: number, heapUsed: number, external: number }) }),
    connections: more({ total: count, active: count, peak: count, connectionsPerSecond: number }), events: more({ connect: count, disconnect: count, message: count, error: count }), timestamp: time }));

  await hears(socket, 'heartbeat', { timestamp: time, serverTime: number }, 35_000);
  socket.emit('heartbeat:response', { clientTime: Date.now() });
  assert.equal((await call(socket, 'userMe')).data.id, ann.id);
  assert.deepEqual(socket.heard.filter(([name]) => name === 'error'), []);
  socket.emit('user:offline');
  await hears(phone, 'user:status', { userId: ann.id, username: ann.username, status: 'offline', timestamp: time });
  [socket, phone, friend].forEach((one) => one.disconnect());
});

describe('the end of a session', () => {
  const ends = (what, end) =>
    test(`advisory_realtime_after_the_end: by ${what}`, async () => {
      const ann = await register(roster);
      const again = await login(roster, ann);
      const socket = await connect(ann);
      assert.equal((await call(socket, 'userMe')).data.id, ann.id);
      const closed = once(socket, 'disconnect');
      const from = Date.now();
      await end(ann, again);
      await closed;
      assert.ok(Date.now() - from < 1500, `${Date.now() - from} ms`);
      assert.match((await refused({ auth: { token: ann.token } })).message, /Authentication failed/);
    });
  ends('logging out', (ann) => roster.post('/api/v1/auth/logout', undefined, { token: ann.token, status: 200 }));
  ends('logging out everywhere', (ann, again) => roster.post('/api/v1/auth/logout-all', undefined, { token: again.token, status: 200 }));
  ends('another device', async (ann, again) => {
    const { body } = await roster.get('/api/v1/auth/sessions', { token: again.token });
    const other = body.data.find((one) => !one.current);
    await roster.delete(`/api/v1/auth/sessions/${other.id}`, { token: again.token, status: 200 });
  });
  ends('another password', (ann, again) =>
    roster.post('/api/v1/auth/password-change', { current_password: password, new_password: 'another long pass phrase' }, { token: again.token, status: 200 }));
  ends('a ban', (ann) => roster.post(`/api/v1/users/${ann.id}/status`, { status: 'banned', reason: 'x' }, { token: admin.token, status: 200 }));
  ends('an erasure', (ann) => roster.delete(`/api/v1/users/${ann.id}`, { token: admin.token, status: 200 }));

  test('advisory_realtime_after_the_end: nobody hides from it behind the room of a sid', async () => {
    const [ann, eve] = [await register(roster), await register(roster)];
    const [a, b, c] = [await connect(ann), await connect(ann), await connect(eve)];
    assert.match((await room(b, a.id)).error.message, /not for joining/);
    assert.match((await room(c, a.id)).error.message, /not for joining/);
    await call(a, 'room:leave', { roomId: a.id });
    const cut = Promise.all([once(a, 'disconnect'), once(b, 'disconnect')]);
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.token, status: 200 });
    await cut;
    c.disconnect();
  });

  test('other sessions of the same person stay', async () => {
    const ann = await register(roster);
    const again = await login(roster, ann);
    const [one, two] = await Promise.all([connect(ann), connect(again)]);
    const closed = once(one, 'disconnect');
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.token, status: 200 });
    await closed;
    assert.equal((await call(two, 'userMe')).data.id, ann.id);
    assert.ok(two.connected);
    two.disconnect();
    assert.equal(gone(one), undefined);
  });

  test('advisory_realtime_token: when the token runs out, the connection ends, and another token opens it again', { timeout: 60_000 }, async () => {
    const short = await start({ env: { ...quick, ROSTER_TOKEN_LIFETIME: '3s' } });
    try {
      const ann = await register(short);
      let fresh = Promise.resolve(ann);
      const auth = (give) => fresh.then(({ token }) => give({ token }));
      const socket = make({ auth, reconnection: true, reconnectionDelay: 100 }, short.url);
      await once(socket, 'connect');
      const first = socket.id;
      socket.once('disconnect', () => (fresh = login(short, ann)));
      await once(socket, 'disconnect');
      await once(socket, 'connect');
      assert.notEqual(socket.id, first);
      socket.disconnect();
    } finally {
      await short.stop();
    }
  });
});

describe('what followers hear', () => {
  const follow = (who, whom) => roster.post(`/api/v1/users/${whom.id}/follow`, undefined, { token: who.token, status: 200 });
  const patch = (who, body) => roster.patch('/api/v1/users/me', body, { token: who.token, status: 200 });
  /** All that comes to it by these names, as [name, whose, what]. */
  const listen = (socket) => {
    const heard = [];
    socket.on('user:status', (s) => heard.push(['status', s.userId, s.status]));
    socket.on('profile:updated', (p) => heard.push(['profile', p.userId, p.updates]));
    return heard;
  };
  const until = async (heard, matches, ms = 5000) => {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
      const found = heard.find(matches);
      if (found) return found;
    }
    throw new Error(`not heard: ${JSON.stringify(heard)}`);
  };

  test('that somebody came, and went when his last device did, some time ago', { timeout: 60_000 }, async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    await follow(bob, ann);
    const ear = await connect(bob);
    const heard = listen(ear);
    const [phone, laptop] = [await connect(ann), await connect(ann)];
    await until(heard, ([, who, what]) => who === ann.id && what === 'online');
    phone.disconnect();
    await sleep(3000);
    laptop.disconnect();
    await sleep(300);
    const back = await connect(ann); // in time: nobody hears of it
    await sleep(4000);
    assert.deepEqual(heard, [['status', ann.id, 'online']]);
    back.disconnect();
    await until(heard, ([, , what]) => what === 'offline');
    const again = await connect(ann);
    await until(heard, () => heard.length === 3);
    again.emit('user:offline');
    await until(heard, () => heard.length === 4);
    again.emit('user:online');
    await until(heard, () => heard.length === 5);
    assert.deepEqual(heard.map(([, , what]) => what), ['online', 'offline', 'online', 'offline', 'online']);
    again.disconnect();
    ear.disconnect();
  });

  test('what he changes, as far as they see it', async () => {
    const [ann, bob, eve] = [await register(roster), await register(roster), await register(roster)];
    await follow(bob, ann);
    const [own, follower, stranger] = [await connect(ann), await connect(bob), await connect(eve)];
    const [mine, his, hers] = [own, follower, stranger].map(listen);
    await patch(ann, { location: 'Lyon', bio: 'Botanist' });
    const all = await until(mine, ([kind]) => kind === 'profile');
    assert.deepEqual([all[2].location, all[2].bio, all[2].visibility], ['Lyon', 'Botanist', 'PUBLIC']);
    assert.deepEqual((await until(his, ([kind]) => kind === 'profile'))[2].bio, 'Botanist');
    await roster.patch('/api/v1/users/me', { show_location: false }, { token: ann.token, status: 200 });
    his.length = mine.length = 0;
    await patch(ann, { bio: 'Gardener' });
    const seen = (await until(his, ([kind, , what]) => kind === 'profile' && what.bio === 'Gardener'))[2];
    assert.equal('location' in seen, false);
    assert.equal((await until(mine, ([kind, , what]) => kind === 'profile' && what.bio === 'Gardener'))[2].location, 'Lyon');
    await patch(ann, { visibility: 'private' });
    assert.equal('bio' in (await until(his, ([kind, , what]) => kind === 'profile' && what.visibility === 'PRIVATE'))[2], false);
    assert.deepEqual(hers, []);
    [own, follower, stranger].forEach((socket) => socket.disconnect());
  });

  test('advisory_block_bypass: nothing of who blocked them, wants not to be seen, or is muted', { timeout: 60_000 }, async () => {
    const [blocks, hides, muted, told] = await Promise.all([1, 2, 3, 4].map(() => register(roster)));
    const bob = await register(roster);
    for (const person of [blocks, hides, muted, told]) await follow(bob, person);
    await roster.post(`/api/v1/users/${bob.id}/block`, {}, { token: blocks.token, status: 200 });
    await roster.patch('/api/v1/users/me', { show_online_status: false }, { token: hides.token, status: 200 });
    await roster.post(`/api/v1/users/${muted.id}/mute`, undefined, { token: bob.token, status: 200 });
    const ear = await connect(bob);
    const heard = listen(ear);
    const sockets = await Promise.all([blocks, hides, muted, told].map((person) => connect(person)));
    for (const person of [blocks, muted, told]) await patch(person, { bio: 'new' });
    await until(heard, ([kind, who]) => kind === 'status' && who === told.id);
    await until(heard, ([kind, who]) => kind === 'profile' && who === told.id);
    await sleep(1200);
    assert.deepEqual([...new Set(heard.map(([, who]) => who))], [told.id]);
    [ear, ...sockets].forEach((socket) => socket.disconnect());
  });
});

describe('notifications', () => {
  test('come to all devices, are read by event, and the others hear that they were', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const [phone, laptop] = [await connect(ann), await connect(ann)];
    const told = [once(phone, 'notification'), once(laptop, 'notification')];
    await roster.post(`/api/v1/users/${ann.id}/notifications`, { type: 'message', title: 'Hello', data: { chatId: 'garden' } }, { token: admin.token, status: 201 });
    const [[first], [same]] = await Promise.all(told);
    assert.deepEqual(first, same);
    assert.deepEqual([first.userId, first.type, first.title, first.data, first.body], [ann.id, 'message', 'Hello', { chatId: 'garden' }, null]);
    const [success, others] = [once(phone, 'notification:read:success'), once(laptop, 'notification:read')];
    phone.emit('notification:read', { notificationId: first.id });
    assert.equal((await success)[0].notificationId, first.id);
    assert.equal((await others)[0].notificationId, first.id);
    const stored = await roster.get('/api/v1/users/me/notifications?unread=false', { token: ann.token, status: 200 });
    assert.equal(stored.body.data.find((n) => n.id === first.id).read_at !== null, true);
    const foreign = await connect(bob);
    assert.equal((await call(foreign, 'notification:read', { notificationId: first.id })).error.code, 'not_found');
    assert.match((await call(foreign, 'notification:read', {})).error.message, /notificationId/);
    const followed = once(phone, 'notification');
    await roster.post(`/api/v1/users/${ann.id}/follow`, undefined, { token: bob.token, status: 200 });
    const [n] = await followed;
    assert.deepEqual([n.type, n.actorId], ['follow', bob.id]);
    [phone, laptop, foreign].forEach((socket) => socket.disconnect());
  });
});

describe('who lost the connection', () => {
  /** Cut from below, as a network does it; what is done meanwhile is missed. */
  async function cutOff(socket, meanwhile) {
    const lost = once(socket, 'disconnect');
    socket.io.engine.close();
    await lost;
    await meanwhile();
    const back = once(socket, 'connect');
    socket.connect();
    await back;
  }
  const hears = (socket, name) => {
    const heard = [];
    socket.on(name, (data) => heard.push(data));
    return heard;
  };
  const recovering = (person) => ({ auth: { token: person.token, recovery: true } });

  test('hears what was missed, in the rooms that he was in, and is who he was', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const socket = await connect(ann, recovering(ann));
    const other = await connect(bob);
    const [joined, followed] = [hears(socket, 'user:joined'), hears(socket, 'follow:received')];
    await room(socket, 'garden');
    await room(other, 'garden');
    await call(other, 'room:leave', { roomId: 'garden' });
    while (!joined.length) await sleep(10); // it goes on behind what it has heard
    const { id } = socket;
    await cutOff(socket, async () => {
      await room(other, 'garden');
      await roster.post(`/api/v1/users/${ann.id}/follow`, undefined, { token: bob.token, status: 200 });
      await sleep(200); // what comes of it was told to whoever was there
    });
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    await call(socket, 'userMe');
    assert.deepEqual([joined.map((j) => j.userId), followed.map((f) => f.followerId)], [[bob.id, bob.id], [bob.id]]);
    await call(other, 'room:leave', { roomId: 'garden' });
    await room(other, 'garden');
    await call(socket, 'userMe');
    assert.equal(joined.length, 3); // he is in the room again, and nothing comes twice
  });

  test('advisory_realtime_recovery: a pid is good for its own person alone, and not without a token', async () => {
    const [ann, eve] = [await register(roster), await register(roster)];
    const socket = await connect(ann, recovering(ann));
    const heard = once(socket, 'follow:received');
    await roster.post(`/api/v1/users/${ann.id}/follow`, undefined, { token: eve.token, status: 200 });
    await heard;
    const stolen = { pid: socket._pid, offset: socket._lastOffset };
    assert.match(stolen.offset, /^[\w-]{20}-\d+$/);
    socket.io.engine.close();
    assert.equal((await refused({ auth: stolen })).data.code, 'unauthenticated');
    const thief = await connect(eve, { auth: { token: eve.token, ...stolen } });
    assert.notEqual(thief._pid, stolen.pid);
    const gotten = hears(thief, 'follow:received');
    await roster.delete(`/api/v1/users/${ann.id}/follow`, { token: eve.token, status: 200 });
    await call(thief, 'userMe');
    assert.deepEqual(gotten, []);
    socket.connect();
    await once(socket, 'connect');
    assert.equal(socket.recovered, true);
  });

  test('who said good-bye, or shows what nobody remembers, begins anew', async () => {
    const ann = await register(roster);
    for (const offset of ['nonsense', '-1', '', 'x'.repeat(500), '99999999999999999999-1']) {
      const socket = await connect(ann, { auth: { token: ann.token, pid: 'nobody', offset } });
      assert.equal(socket.recovered, false);
      socket.disconnect();
    }
    const socket = await connect(ann, recovering(ann));
    socket.disconnect();
    socket.connect();
    await once(socket, 'connect');
    assert.equal(socket.recovered, false);
  });

  test('who did not ask for it has no id in his events', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const socket = await connect(ann);
    const heard = new Promise((resolve) => socket.once('follow:received', (...all) => resolve(all)));
    await roster.post(`/api/v1/users/${ann.id}/follow`, undefined, { token: bob.token, status: 200 });
    assert.equal((await heard).length, 1);
  });
});

describe('limits', () => {
  test('who sends too many events is told, and they are not done', { timeout: 60_000 }, async () => {
    const other = await start({ env: { ...quick, ROSTER_REALTIME_EVENTS: '2' } });
    try {
      const ann = await register(other);
      const socket = make({ auth: { token: ann.token } }, other.url);
      await once(socket, 'connect');
      let errors = 0;
      socket.on('error', () => errors++);
      for (let i = 0; i < 50; i++) socket.emit('user:activity', { action: 'x' });
      await sleep(300);
      assert.ok(errors >= 25 && errors < 50, `${errors}`);
      socket.disconnect();
    } finally {
      await other.stop();
    }
  });

  test('advisory_realtime_memory: who does not read is dropped, and the others are served', { timeout: 60_000 }, async () => {
    const other = await start({ env: { ...quick, ROSTER_REALTIME_EVENTS: '0', ROSTER_REALTIME_WAITING: '100000' } });
    const join = async (person) => {
      const socket = make({ auth: { token: person.token } }, other.url);
      await once(socket, 'connect');
      await call(socket, 'room:join', { roomId: 'loud' });
      return socket;
    };
    try {
      const [deaf, speaker] = await Promise.all((await Promise.all([register(other), register(other)])).map(join));
      const dropped = once(deaf, 'disconnect');
      deaf.io.engine.transport.ws._socket.pause();
      for (let i = 0; i < 400; i++) {
        for (let k = 0; k < 250; k++) speaker.emit('user:typing:start', { chatId: 'loud' });
        await call(speaker, 'room:join', { roomId: 'loud' });
      }
      assert.ok(speaker.connected);
      deaf.io.engine.transport.ws._socket.resume();
      await dropped;
      speaker.disconnect();
    } finally {
      await other.stop();
    }
  });
});

test('who is connected keeps the server from stopping by neither transport', { timeout: 60_000 }, async () => {
  for (const transports of [['polling'], ['websocket']]) {
    const other = await start({ env: quick });
    const ann = await register(other);
    const socket = make({ transports, auth: { token: ann.token } }, other.url);
    await once(socket, 'connect');
    await call(socket, 'userMe');
    const ended = once(socket, 'disconnect');
    const from = Date.now();
    await other.stop();
    await ended;
    assert.ok(Date.now() - from < 5000, `${transports}: ${Date.now() - from} ms`);
  }
});
