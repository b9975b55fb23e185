// Requests for push notifications by a real RabbitMQ: completed once, refused with a reason, tried again, and never lost.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { io } from 'socket.io-client';
import { cheap, eventually, sleep, start } from './lib.mjs';
import { broker } from './rabbit.mjs';

const exchange = 'notifications.direct';
const settings = { ...cheap, ROSTER_BREAKER_OPEN: '300ms', ROSTER_RABBITMQ_TIMEOUT: '2s' };
let rabbit;
let roster;
let sender;
let enriched;
let failed;
let ann;

const launch = (more) => start({ env: { ...settings, RABBITMQ_URL: rabbit.url }, ...more });
before(async () => {
  rabbit = await broker();
  roster = await launch();
  sender = await rabbit.sender();
  await eventually(() => rabbit.ctl('list_queues', '-q', 'name', 'consumers'), (text) => /^push\.queue\s+1$/m.test(text), 20_000);
  enriched = await rabbit.drain('push.enriched.queue');
  failed = await rabbit.drain('failed.queue');
  ann = await withToken();
});
after(async () => {
  await roster?.stop();
  for (const c of [sender, enriched, failed]) await c?.close();
  await rabbit?.stop();
});

const metrics = async () => (await fetch(`${roster.url}/metrics`)).text();
async function withToken() {
  const person = await roster.register();
  const token = `device-${randomUUID()}`;
  await roster.post('/api/v1/users/me/push-tokens', { token, platform: 'fcm' }, { token: person.access_token, status: 201 });
  return { ...person, device: token };
}
const request = (user, more = {}) => ({
  notification_type: 'push', user_id: user.user.id, template_code: 'welcome', variables: { name: 'x', link: 'https://a.example/' },
  request_id: randomUUID(), priority: 5, metadata: { source: 'test' }, ...more,
});
const ask = (body, options) => sender.send(exchange, 'push', body, options);
const arrived = (id) => enriched.messages.filter(({ text }) => text.includes(id));
const dead = (id) => failed.messages.filter(({ text }) => text.includes(id));
const goesOn = (id) => eventually(() => arrived(id), (l) => l.length > 0);

describe('a request', () => {
  test('is completed with the person and goes on', async () => {
    const body = request(ann);
    await ask(body, { correlationId: 'cor-1' });
    const [m] = await goesOn(body.request_id);
    const out = JSON.parse(m.text);
    assert.deepEqual(out.user_data, {
      user_id: ann.user.id, name: out.user_data.name, email: ann.user.email, push_token: ann.device, preferences: { email: true, push: true }, email_verified: false,
    });
    assert.equal(out.variables.name, ann.user.name ?? ann.user.display_name);
    assert.equal(out.variables.link, 'https://a.example/');
    for (const name of ['notification_type', 'user_id', 'template_code', 'request_id', 'priority', 'metadata']) assert.deepEqual(out[name], body[name], name);
    assert.equal(m.properties.deliveryMode, 2);
    assert.equal(m.properties.correlationId, 'cor-1');
    const { body: kept } = await roster.get('/api/v1/users/me/notifications?limit=1', { token: ann.access_token, status: 200 });
    const [{ type, code, data, priority }] = kept.data;
    assert.deepEqual({ type, code, data, priority }, { type: 'push', code: body.template_code, data: out.variables, priority: 5 });
  });

  test('is told to his sockets', async () => {
    const socket = io(roster.url, { forceNew: true, reconnection: false, transports: ['websocket'], auth: { token: ann.access_token } });
    try {
      await once(socket, 'connect');
      const told = once(socket, 'notification');
      const body = request(ann, { template_code: 'shipped', priority: 7 });
      await ask(body);
      const [n] = await told;
      assert.deepEqual([n.userId, n.type, n.code, n.priority, n.data.link], [ann.user.id, 'push', 'shipped', 7, 'https://a.example/']);
      await goesOn(body.request_id);
    } finally {
      socket.disconnect();
    }
  });

  test('in the words of other gateways is understood', async () => {
    const id = randomUUID();
    await ask({ type: 'push', correlation_id: 'c-7', template_id: 't1', variables: { user_name: 'Ann', app_name: 'App' }, priority: 5, retry_count: 0,
      created_at: '2026-01-15T12:00:00Z', metadata: { user_id: ann.user.id, source: 'gateway', request_ip: '192.0.2.1' }, request_id: id, unheard_of: true });
    const [m] = await goesOn(id);
    const out = JSON.parse(m.text);
    assert.equal(out.user_data.user_id, ann.user.id);
    assert.equal(out.template_id, 't1');
    assert.equal(out.correlation_id, 'c-7');
    assert.equal(out.variables.user_name, 'Ann');
  });

  test('that is sent again is worked on once', async () => {
    const body = request(ann);
    for (let i = 0; i < 3; i++) await ask(body);
    await goesOn(body.request_id);
    await eventually(metrics, (text) => Number(/outcome="repeated"} (\d+)/.exec(text)[1]) >= 2, 30_000);
    assert.equal(arrived(body.request_id).length, 1);
    assert.equal(dead(body.request_id).length, 0);
    assert.equal((await roster.sql(`SELECT id FROM notification WHERE request_id = '${body.request_id}'`)).length, 1);
  });

  test('of somebody who wants none, or has no device, is acknowledged and counted', async () => {
    const bob = await withToken();
    await roster.patch('/api/v1/users/me/preferences', { push: false }, { token: bob.access_token, status: 200 });
    const cy = await roster.register();
    const bodies = [request(bob), request(cy)];
    for (const body of bodies) await ask(body);
    await eventually(metrics, (text) => /outcome="off"} [1-9]/.test(text) && /outcome="no_token"} [1-9]/.test(text));
    for (const { request_id: id } of bodies) assert.deepEqual([arrived(id).length, dead(id).length], [0, 0]);
    for (const { user } of [bob, cy]) assert.deepEqual(await roster.sql(`SELECT id FROM notification WHERE user_id = '${user.id}'`), []);
  });
});

describe('what cannot be worked on goes to the dead letters with a reason', () => {
  const letter = async (body, id) => {
    await ask(body);
    const [m] = await eventually(() => dead(id), (l) => l.length > 0);
    assert.equal(m.text, typeof body === 'string' ? body : JSON.stringify(body));
    assert.equal(m.properties.headers['x-original-queue'], 'push.queue');
    return m.properties.headers;
  };
  test('an unknown user', async () => {
    const id = randomUUID();
    const headers = await letter(request({ user: { id: randomUUID() } }, { request_id: id }), id);
    assert.equal(headers['x-error'], 'not_found');
    assert.equal(headers['x-reason'], 'Nobody has this user_id.');
  });
  test('no JSON', async () => {
    const id = randomUUID();
    const headers = await letter(`{"user_id": "${id}", `, id);
    assert.equal(headers['x-error'], 'malformed');
    assert.match(headers['x-reason'], /line 1/);
  });
  test('fields of the wrong kind', async () => {
    const id = randomUUID();
    const headers = await letter(request(ann, { request_id: id, variables: [1], priority: 99 }), id);
    assert.match(headers['x-reason'], /variables must be an object/);
    assert.match(headers['x-reason'], /priority/);
  });
  test('nobody named', async () => {
    const id = randomUUID();
    const headers = await letter({ request_id: id, template_code: 'x' }, id);
    assert.match(headers['x-reason'], /user_id is required/);
  });
  test('advisory_poison_message: one with a name as long as a frame stops nobody', async () => {
    const id = randomUUID();
    const name = 'y'.repeat(200_000);
    const headers = await letter(`{"request_id":"${id}","variables":{"${name}":1,"${name}":2}}`, id);
    assert.equal(headers['x-reason'], 'variables.? is given twice');
    const body = request(ann);
    await ask(body);
    await goesOn(body.request_id);
  });
  test('advisory_broker_headers: attempts that nobody made', async () => {
    for (const attempts of [-5, -2147483648, 4294967295, 'many', { x: 1 }]) {
      const body = request(ann);
      await roster.sql(`INSERT INTO push_request (request_id, at, held_until, done) VALUES ('${body.request_id}', ${Date.now()}, ${Date.now() + 1500}, FALSE)`);
      await ask(body, { headers: { 'x-attempts': attempts } });
      const many = attempts > 0;
      await eventually(() => (many ? dead : arrived)(body.request_id), (l) => l.length === 1, 20_000);
    }
  });
  test('advisory_poison_message: one that is too large stops nobody', async () => {
    const id = randomUUID();
    await ask(`{"request_id":"${id}","x":"${'y'.repeat(2 << 20)}"}`);
    const body = request(ann);
    await ask(body);
    await goesOn(body.request_id);
    await eventually(() => failed.messages.filter((m) => m.properties.headers['x-error'] === 'too_large'), (l) => l.length === 1);
  });
});

describe('bad days', () => {
  test('a consumer killed between work and acknowledgement: worked on once by the next', { timeout: 120_000 }, async () => {
    const bodies = Array.from({ length: 300 }, () => request(ann));
    const sent = Promise.all(bodies.map((body) => ask(body)));
    await eventually(() => bodies.filter(({ request_id: id }) => arrived(id).length).length, (n) => n > 20);
    await roster.kill();
    await sent;
    roster = await launch({ dir: roster.dir, database: roster.database });
    await eventually(() => bodies.filter(({ request_id: id }) => arrived(id).length === 0).length, (n) => n === 0, 60_000);
    await sleep(500);
    const twice = bodies.filter(({ request_id: id }) => arrived(id).length > 1).length;
    // What was with the push service when the process died, and not noted, goes there again under its id: at most what it held.
    assert.ok(twice <= 16, `${twice} of 300 twice`);
    assert.equal(bodies.filter(({ request_id: id }) => dead(id).length).length, 0);
  });

  test('one that somebody else is at waits in a queue of the broker and is tried again', { timeout: 60_000 }, async () => {
    const body = request(ann);
    await roster.sql(`INSERT INTO push_request (request_id, at, held_until, done) VALUES ('${body.request_id}', ${Date.now()}, ${Date.now() + 3000}, FALSE)`);
    await ask(body);
    const began = Date.now();
    await eventually(() => arrived(body.request_id), (l) => l.length === 1, 30_000);
    assert.ok(Date.now() - began > 3000);
    const { headers } = arrived(body.request_id)[0].properties;
    assert.equal(headers?.['x-reason'], undefined);
  });

  test('one that fails each time is given up after 2, 4 and 8 seconds', { timeout: 60_000 }, async () => {
    const body = request(ann);
    await roster.sql(`INSERT INTO push_request (request_id, at, held_until, done) VALUES ('${body.request_id}', ${Date.now()}, ${Date.now() + 60_000}, FALSE)`);
    const began = Date.now();
    await ask(body);
    const [m] = await eventually(() => dead(body.request_id), (l) => l.length === 1, 30_000);
    const took = Date.now() - began;
    assert.ok(took > 13_500 && took < 20_000, `${took} ms`);
    assert.equal(m.properties.headers['x-error'], 'request_in_progress');
    assert.equal(m.properties.headers['x-attempts'], 4);
  });

  test('the broker away and back: what waited is worked on', { timeout: 120_000 }, async () => {
    await rabbit.ctl('stop_app');
    await sleep(1000);
    await rabbit.ctl('start_app');
    for (const c of [sender, enriched, failed]) await c.close();
    [sender, enriched, failed] = [await rabbit.sender(), await rabbit.drain('push.enriched.queue'), await rabbit.drain('failed.queue')];
    const body = request(ann);
    await ask(body);
    await eventually(() => arrived(body.request_id), (l) => l.length === 1, 60_000);
  });

  test('a queue that is there with other arguments is used as it is', { timeout: 120_000 }, async () => {
    const other = await rabbit.sender();
    await other.channel.assertQueue('old.queue', { durable: true, maxPriority: 3 });
    const second = await start({ env: { ...settings, RABBITMQ_URL: rabbit.url, RABBITMQ_QUEUE_PUSH: 'old.queue', ROSTER_PUSH_ENRICHED_QUEUE: 'old.enriched', ROSTER_INBOX_QUEUE: '' } });
    try {
      await eventually(() => rabbit.ctl('list_queues', '-q', 'name', 'consumers'), (text) => /^old\.queue\s+1$/m.test(text), 20_000);
      const id = randomUUID();
      await other.send('', 'old.queue', request({ user: { id: randomUUID() } }, { request_id: id }));
      await eventually(() => dead(id), (l) => l.length === 1);
    } finally {
      await second.stop();
      await other.close();
    }
  });
});
