// Subscriptions: graphql-transport-ws as graphql-ws speaks it, and answers as Server-Sent Events.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { eventually, start } from './lib.mjs';
import { administrator, quick, register } from './people.mjs';

let roster;
let url;
let admin;
const open = new Set();
before(async () => {
  roster = await start({ env: { ...quick, ROSTER_REALTIME_GRACE: '1s', ROSTER_CORS_ORIGINS: 'https://app.example' } });
  admin = await administrator(roster);
  url = new URL('/graphql', roster.url.replace('http', 'ws')).href;
});
after(async () => {
  open.forEach((end) => end());
  await roster?.stop();
});

function client(person, more = {}) {
  const c = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: person ? { token: person.token } : undefined, ...more });
  open.add(() => c.dispose());
  return c;
}
/** What a subscription was told, as a list that grows; and its end. */
function listen(c, query, variables) {
  const heard = [];
  const l = { heard };
  l.ended = new Promise((resolve) => {
    l.stop = c.subscribe({ query, variables }, { next: (v) => heard.push(v), error: (e) => resolve(e), complete: () => resolve('complete') });
  });
  l.until = async (n = 1, ms = 5000) => {
    for (const end = Date.now() + ms; Date.now() < end && heard.length < n; await sleep(10));
    assert.ok(heard.length >= n, `heard ${JSON.stringify(heard)}`);
    return heard[n - 1];
  };
  return l;
}
const ask = (c, query, variables) => new Promise((resolve, reject) => {
  let got;
  c.subscribe({ query, variables }, { next: (v) => (got = v), error: reject, complete: () => resolve(got) });
});
const follow = (who, whom) => roster.post(`/api/v1/users/${whom.id}/follow`, undefined, { token: who.token, status: 200 });
const patch = (who, body) => roster.patch('/api/v1/users/me', body, { token: who.token, status: 200 });
/** A raw connection, for what a good client does not do. */
async function raw(protocol = 'graphql-transport-ws', options = {}) {
  const socket = new WebSocket(url, protocol, options);
  socket.heard = [];
  socket.on('message', (m) => socket.heard.push(JSON.parse(m)));
  socket.closed = new Promise((resolve) => socket.on('close', (code, why) => resolve([code, String(why)])));
  socket.say = (m) => socket.send(typeof m === 'string' ? m : JSON.stringify(m));
  open.add(() => socket.terminate());
  await Promise.race([once(socket, 'open'), once(socket, 'error').then(([e]) => Promise.reject(e))]);
  return socket;
}

describe('graphql-ws', () => {
  test('asks and changes, as over HTTP', async () => {
    const ann = await register(roster);
    const c = client(ann);
    assert.equal((await ask(c, '{me{id username}}')).data.me.id, ann.id);
    assert.equal((await ask(c, 'mutation($bio:String){updateProfile(input:{bio:$bio}){bio}}', { bio: 'Botanist' })).data.updateProfile.bio, 'Botanist');
    const wrong = await ask(c, '{nothing}').then(() => null, (e) => e);
    assert.match(wrong[0].message, /nothing/);
    const nobody = client();
    assert.equal((await ask(nobody, '{__typename}')).data.__typename, 'Query');
    assert.equal((await ask(nobody, '{me{id}}').catch((e) => ({ errors: e }))).errors[0].extensions.code, 'unauthenticated');
    assert.equal((await ask(nobody, 'subscription{notifications}').catch((e) => e))[0].extensions.code, 'denied');
  });

  test('hears who follows, who comes and goes, who changes, who types', { timeout: 60_000 }, async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const c = client(bob);
    const ready = ask(c, '{__typename}');
    const follows = listen(c, 'subscription($id:String!){followEvents(userId:$id)}', { id: bob.id });
    const status = listen(c, 'subscription S($id:String!){userStatus(userId:$id)}', { id: ann.id });
    const profile = listen(c, 'subscription P($id:String!){mine:profileUpdates(userId:$id){id bio username followersCount}}', { id: ann.id });
    const typing = listen(c, 'subscription{typingIndicators(chatId:"garden")}');
    await ready;
    await sleep(200);
    await follow(bob, ann);
    await follow(ann, bob);
    const told = (await follows.until()).data.followEvents;
    assert.deepEqual([told.event, told.followerId, told.followerUsername, told.followingId], ['follow:received', ann.id, ann.username, bob.id]);
    const socket = io(roster.url, { forceNew: true, reconnection: false, transports: ['websocket'], auth: { token: ann.token } });
    open.add(() => socket.disconnect());
    await once(socket, 'connect');
    assert.equal((await status.until()).data.userStatus.status, 'online');
    await patch(ann, { bio: 'Gardener' });
    assert.deepEqual((await profile.until()).data.mine, { id: ann.id, bio: 'Gardener', username: ann.username, followersCount: 1 });
    await socket.emitWithAck('room:join', { roomId: 'garden' });
    socket.emit('user:typing:start', { chatId: 'garden' });
    assert.deepEqual({ ...(await typing.until()).data.typingIndicators, timestamp: 0 }, { event: 'user:typing', userId: ann.id, username: ann.username, chatId: 'garden', isTyping: true, timestamp: 0 });
    socket.disconnect();
    await typing.until(2);
    assert.equal((await status.until(2)).data.userStatus.status, 'offline');
    profile.stop();
    await profile.ended;
    await patch(ann, { bio: 'Botanist' });
    for (let i = 0; i < 20; i++) await patch(ann, { bio: `No. ${i}` });
    await roster.delete(`/api/v1/users/${bob.id}/follow`, { token: ann.token, status: 200 });
    assert.equal((await follows.until(2)).data.followEvents.event, 'follow:lost');
    assert.equal(profile.heard.length, 1);
  });

  test('what happened is told in order', async () => {
    const ann = await register(roster);
    const c = client(ann);
    const profile = listen(c, `subscription{profileUpdates(userId:"${ann.id}"){bio}}`);
    await ask(c, '{me{id}}');
    await sleep(100);
    for (let i = 0; i < 30; i++) await patch(ann, { bio: `No. ${i}` });
    await profile.until(30);
    const numbers = profile.heard.map((v) => Number(v.data.profileUpdates.bio.slice(4)));
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b)); // each is as it is when it is told
    assert.equal(numbers.at(-1), 29);
  });

  test('advisory_block_bypass: what is not for him is not told, whatever he subscribes to', async () => {
    const [ann, eve] = [await register(roster), await register(roster)];
    await roster.post(`/api/v1/users/${eve.id}/block`, {}, { token: ann.token, status: 200 });
    const c = client(eve);
    const all = [`userStatus(userId:"${ann.id}")`, `profileUpdates(userId:"${ann.id}"){bio}`, `followEvents(userId:"${ann.id}")`, 'notifications', `typingIndicators(chatId:"${ann.id}")`]
      .map((field) => listen(c, `subscription{${field}}`));
    await ask(c, '{me{id}}');
    await sleep(200);
    await patch(ann, { bio: 'secret' });
    await follow(await register(roster), ann);
    await sleep(500);
    assert.deepEqual(all.map((l) => l.heard), [[], [], [], [], []]);
    for (const room of [`user:${ann.id}`, 'role:admin', 'sys:all', '']) {
      const refused = await listen(c, 'subscription($r:String!){typingIndicators(chatId:$r)}', { r: room }).ended;
      assert.match(refused[0].message, /not for joining/);
    }
  });

  test('advisory_realtime_after_the_end: is cut with the session', async () => {
    const ann = await register(roster);
    let code;
    const c = client(ann, { on: { closed: (e) => (code = e.code) } });
    const l = listen(c, 'subscription{notifications}');
    await ask(c, '{me{id}}');
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.token, status: 200 });
    await l.ended;
    assert.equal(code, 4403);
  });
});

describe('the protocol', () => {
  const init = { type: 'connection_init' };
  const subscribe = (id, query = '{__typename}', more = {}) => ({ id, type: 'subscribe', payload: { query, ...more } });
  const until = async (socket, n) => {
    for (let i = 0; i < 300 && socket.heard.length < n; i++) await sleep(10);
    return socket.heard;
  };

  test('each fault has its code', async () => {
    const cases = [
      [['nonsense'], 4400], [['[]'], 4400], [[{ type: 'what' }], 4400], [[init, init], 4429], [[subscribe('1')], 4401],
      [[init, { type: 'subscribe' }], 4400], [[init, subscribe('')], 4400], [[init, subscribe('x'.repeat(300))], 4400],
      [[init, { id: '1', type: 'subscribe', payload: { query: 7 } }], 4400], [[init, { id: '1', type: 'subscribe', payload: { query: '{a}', variables: [] } }], 4400],
      [[{ ...init, payload: { token: 'nonsense' } }], 4403],
    ];
    for (const [messages, code] of cases) {
      const socket = await raw();
      messages.forEach(socket.say);
      assert.equal((await socket.closed)[0], code, JSON.stringify(messages));
    }
    await assert.rejects(raw('graphql-ws').then((s) => s.closed.then(() => { throw new Error('closed'); })));
  });

  test('the same id twice is refused while the first is there', async () => {
    const ann = await register(roster);
    const socket = await raw();
    socket.say({ ...init, payload: { headers: { Authorization: `Bearer ${ann.token}` } } });
    assert.deepEqual(await until(socket, 1), [{ type: 'connection_ack' }]);
    socket.say(subscribe('a', 'subscription{notifications}'));
    socket.say({ type: 'ping' });
    assert.deepEqual((await until(socket, 2))[1], { type: 'pong' });
    socket.say({ id: 'a', type: 'complete' });
    socket.say(subscribe('a', 'subscription{notifications}'));
    socket.say(subscribe('b'));
    assert.deepEqual((await until(socket, 4)).slice(2), [{ id: 'b', type: 'next', payload: { data: { __typename: 'Query' } } }, { id: 'b', type: 'complete' }]);
    socket.say(subscribe('a'));
    assert.deepEqual(await socket.closed, [4409, 'Subscriber for a already exists']);
  });

  test('an id given again and again is that of its last subscription, and no room is kept of the others', async () => {
    const ann = await register(roster);
    const socket = await raw();
    socket.say({ ...init, payload: { token: ann.token } });
    await until(socket, 1);
    for (let i = 0; i < 100; i++) {
      socket.say(subscribe('a', `subscription{typingIndicators(chatId:"room-${i}")}`));
      socket.say({ id: 'a', type: 'complete' });
    }
    socket.say(subscribe('a', 'subscription{typingIndicators(chatId:"garden")}'));
    socket.say(subscribe('b'));
    assert.deepEqual((await until(socket, 3)).slice(1), [{ id: 'b', type: 'next', payload: { data: { __typename: 'Query' } } }, { id: 'b', type: 'complete' }]);
    const rooms = async () => (await roster.get('/api/v1/websocket/clients', { token: admin.token, status: 200 })).body.data.clients.find((c) => c.userId === ann.id || c.user_id === ann.id).rooms.sort();
    assert.deepEqual(await eventually(rooms, (all) => all.length === 2), ['garden', `user:${ann.id}`]);
    socket.close();
  });

  test('advisory_realtime_memory: no more subscriptions than may be, and none of endless documents', async () => {
    const ann = await register(roster);
    const socket = await raw();
    socket.say({ ...init, payload: { token: ann.token } });
    await until(socket, 1);
    socket.say(subscribe('deep', `{${'a{'.repeat(5000)}`));
    const [, refused] = await until(socket, 2);
    assert.equal(refused.type, 'error');
    for (let i = 0; i <= 100; i++) socket.say(subscribe(`s${i}`, 'subscription{notifications}'));
    assert.equal((await socket.closed)[0], 4429);
  });

  test('advisory_realtime_memory: what costs more to read than it weighs is not read', async () => {
    for (const bomb of [`[${'{},'.repeat(80_000)}1]`, `${'['.repeat(2000)}${']'.repeat(2000)}`]) {
      const socket = await raw();
      socket.say({ type: 'ping' });
      await until(socket, 1);
      socket.say(`{"type":"ping","payload":${bomb}}`);
      assert.equal((await socket.closed)[0], 4400);
    }
  });

  test('advisory_cross_site_websocket: a page of another site opens nothing', async () => {
    await assert.rejects(raw('graphql-transport-ws', { origin: 'https://evil.example' }), /403/);
    (await raw('graphql-transport-ws', { origin: 'https://app.example' })).terminate();
  });

  test('who says nothing is sent away', { timeout: 30_000 }, async () => {
    const socket = await raw();
    assert.deepEqual(await socket.closed, [4408, 'Connection initialisation timeout']);
  });
});

describe('as Server-Sent Events', () => {
  const post = (token, query, headers = {}) => fetch(new URL('/graphql', roster.url), {
    method: 'POST', body: JSON.stringify({ query }), signal: AbortSignal.timeout(5000),
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });

  test('a query is answered and ends', async () => {
    const ann = await register(roster);
    const response = await post(ann.token, '{me{id}}');
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    assert.equal(await response.text(), `event: next\ndata: {"data":{"me":{"id":"${ann.id}"}}}\n\nevent: complete\ndata: \n\n`);
    assert.match(await (await post(undefined, '{__typename}')).text(), /"__typename":"Query".*\n\nevent: complete/s);
  });

  test('a subscription goes on', async () => {
    const ann = await register(roster);
    const response = await post(ann.token, `subscription{profileUpdates(userId:"${ann.id}"){bio}}`);
    setTimeout(() => patch(ann, { bio: 'Botanist' }), 300);
    let text = '';
    for await (const piece of response.body) if ((text += Buffer.from(piece)).includes('\n\n')) break;
    assert.equal(text, 'event: next\ndata: {"data":{"profileUpdates":{"bio":"Botanist"}}}\n\n');
  });

  test('without a stream, a subscription is told where to go', async () => {
    const ann = await register(roster);
    const response = await post(ann.token, 'subscription{notifications}', { accept: 'application/json' });
    assert.equal(response.status, 406);
    assert.match((await response.json()).errors[0].message, /WebSocket/);
    assert.match(await (await post(undefined, 'subscription{notifications}')).text(), /Log in first/);
  });
});
