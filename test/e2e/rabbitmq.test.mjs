// Events to a real RabbitMQ: every one, in order, also after it was away.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cheap, eventually, sleep, startWithAdmin } from './lib.mjs';
import { broker } from './rabbit.mjs';
import { certificates } from './smtp.mjs';

const exchange = 'user-service-exchange';
const awayMs = process.env.ROSTER_TEST_DB === 'postgres' ? 20_000 : 60_000;
let rabbit;
let roster;
let admin;
let heard;
before(async () => {
  rabbit = await broker();
  heard = await rabbit.listen(exchange);
  roster = await startWithAdmin({ env: { ...cheap, ROSTER_RABBITMQ_URL: rabbit.url, ROSTER_BREAKER_OPEN: '300ms', ROSTER_RABBITMQ_TIMEOUT: '2s' } });
  admin = roster.admin.access_token;
  await eventually(status, (s) => s.sinks.some(({ name }) => name === 'rabbitmq'));
});
after(async () => {
  await roster?.stop();
  await heard?.close();
  await rabbit?.stop();
});

const status = async () => (await roster.get('/api/v1/events/status', { token: admin, status: 200 })).body.data;
const parts = async () => (await roster.get('/health/services', { status: 200 })).body.services;
const metrics = async () => (await fetch(`${roster.url}/metrics`)).text();
const caughtUp = () => eventually(status, (s) => s.unsealed === 0 && s.sinks[0].behind === 0, 60_000);
const change = (token, n) => roster.patch('/api/v1/users/me', { bio: `note ${n}` }, { token, status: 200 });

test('each event comes with its envelope, persistent, under its type as routing key', async () => {
  const { user } = await roster.register();
  await caughtUp();
  const [m] = await eventually(() => heard.messages.filter(({ json }) => json.event_type === 'user.created' && json.subject.id === user.id), (l) => l.length === 1);
  assert.equal(m.fields.routingKey, 'user.created');
  assert.equal(m.properties.deliveryMode, 2);
  assert.equal(m.properties.contentType, 'application/json');
  assert.equal(m.properties.messageId, m.json.event_id);
  assert.equal(m.json.source, 'user-service');
  assert.equal(m.json.data.email, user.email);
});

test('each event comes in the form that the settings ask for', async () => {
  for (const [form, type, id] of [['camel', 'application/json', 'eventId'], ['cloudevents', 'application/cloudevents+json', 'id']]) {
    const its = `exchange-of-${form}`;
    const other = await startWithAdmin({ env: { ...cheap, ROSTER_RABBITMQ_URL: rabbit.url, ROSTER_EVENTS_EXCHANGE: its, ROSTER_EVENTS_FORM: form } });
    const listener = await rabbit.listen(its);
    const { user } = await other.register();
    const [m] = await eventually(() => listener.messages.filter(({ fields, json }) => fields.routingKey === 'user.created' && json.data.id === user.id), (l) => l.length === 1, 20_000);
    assert.deepEqual([m.properties.contentType, m.properties.messageId, m.json.event_id], [type, m.json[id], undefined]);
    await listener.close();
    await other.stop();
  }
});

test('numbers come without a hole and in order', async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => roster.register()));
  await Promise.all(people.map(async ({ access_token: token }) => {
    for (let i = 0; i < 20; i++) await change(token, i);
  }));
  await caughtUp();
  const { newest } = await status();
  await eventually(() => heard.messages.at(-1)?.json.sequence, (n) => n >= newest);
  const numbers = heard.messages.map(({ json }) => json.sequence);
  assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] + i));
});

describe('the broker goes away', () => {
  test('nobody waits for it, nothing is lost, and it catches up in order', { timeout: 120_000 }, async () => {
    const { access_token: token } = await roster.register();
    await caughtUp();
    const { newest } = await status();
    await rabbit.ctl('stop_app');
    const slowest = [];
    for (let i = 0; i < 30; i++) {
      const began = performance.now();
      await change(token, i);
      slowest.push(performance.now() - began);
    }
    assert.ok(Math.max(...slowest) < 1000, `a change took ${Math.max(...slowest)} ms`);
    const down = await eventually(status, (s) => s.sinks[0].failing_since !== null, 20_000);
    assert.ok(down.sinks[0].behind > 0 && down.sinks[0].reason.length > 0);
    await eventually(parts, ({ rabbitmq: r }) => r.status === 'disconnected' && r.depth >= 30 && r.lag_ms > 0, 20_000);
    await eventually(metrics, (text) => text.includes('roster_breaker_open{service="rabbitmq"} 1'), 20_000);
    assert.equal((await parts()).events.status, 'healthy'); // numbers are given all the same
    await roster.get('/health/ready', { status: 200 });
    await rabbit.ctl('start_app');
    const again = await rabbit.listen(exchange);
    await caughtUp();
    assert.equal((await status()).sinks[0].failing_since, null);
    assert.equal((await parts()).rabbitmq.status, 'connected');
    assert.match(await metrics(), /^roster_breaker_open\{service="rabbitmq"\} 0$/m);
    await eventually(metrics, (text) => text.includes('roster_events_behind{sink="rabbitmq"} 0'), 20_000);
    const [{ name, position }] = (await status()).sinks; // by name: rabbitmq is the first
    assert.equal(name, 'rabbitmq');
    // What was confirmed before this listener came is gone with the first listener's queue: it is sent again.
    const replay = await roster.cli(['events', 'replay', '--sink', 'rabbitmq', '--from', String(newest + 1)]);
    assert.equal(replay.code, 0, replay.stderr);
    await eventually(() => again.messages.filter(({ json }) => json.sequence === position).length, (n) => n > 0, 20_000);
    const seen = [...new Set(again.messages.map(({ json }) => json.sequence))].sort((a, b) => a - b);
    const from = seen.indexOf(newest + 1);
    assert.ok(from >= 0);
    const rest = seen.slice(from);
    assert.deepEqual(rest, rest.map((_, i) => newest + 1 + i));
    const notes = again.messages.filter(({ json }) => json.event_type === 'user.updated').map(({ json }) => json.data.bio);
    assert.deepEqual(notes.slice(-30), Array.from({ length: 30 }, (_, i) => `note ${i}`));
    await again.close();
  });
});

// Changes one after another by some clients, for so many ms; the times that they took.
async function load(people, ms) {
  const end = performance.now() + ms;
  const took = [];
  await Promise.all(people.map(async ({ access_token: token }) => {
    for (let i = 0; performance.now() < end; i++) {
      const began = performance.now();
      await change(token, i);
      took.push(performance.now() - began);
      await sleep(5);
    }
  }));
  return took.sort((a, b) => a - b);
}
const p99 = (list) => list[Math.floor(list.length * 0.99)];

describe('the broker is away under load', () => {
  test('not one event is lost or out of order, and changes take as long as before', { timeout: 240_000 }, async (t) => {
    const people = await Promise.all(Array.from({ length: 8 }, () => roster.register()));
    await caughtUp();
    const first = (await status()).newest + 1;
    const taker = await rabbit.sender();
    await taker.channel.assertQueue('keeps.all', { durable: true });
    await taker.channel.bindQueue('keeps.all', exchange, '#');
    await taker.close();
    const before = await load(people, 10_000);
    await rabbit.ctl('stop_app');
    const during = await load(people, awayMs);
    await rabbit.ctl('start_app');
    await load(people, 2000);
    await eventually(status, (s) => s.unsealed === 0 && s.sinks[0].behind === 0, 60_000);
    const last = (await status()).newest;
    const all = await rabbit.drain('keeps.all');
    await eventually(() => new Set(all.messages.map(({ text }) => JSON.parse(text).sequence)).size, (n) => n >= last - first + 1, 30_000);
    const events = all.messages.map(({ text }) => JSON.parse(text));
    // At least once: of some there are two; the first ones of each are in order.
    const seen = new Set();
    const fresh = events.filter(({ sequence }) => !seen.has(sequence) && seen.add(sequence)).map(({ sequence }) => sequence);
    assert.deepEqual(fresh, Array.from({ length: last - first + 1 }, (_, i) => first + i));
    for (const { user } of people) {
      const notes = events.filter((e) => e.event_type === 'user.updated' && e.subject.id === user.id).map((e) => e.sequence);
      assert.ok(notes.length > 100 && [...new Set(notes)].every((n, i, list) => !i || n > list[i - 1]));
    }
    t.diagnostic(`${events.length} events; p99 of a change ${p99(before).toFixed(1)} ms before, ${p99(during).toFixed(1)} ms while the broker was away`);
    assert.ok(p99(during) < Math.max(2 * p99(before), 50), `p99 ${p99(before)} ms before, ${p99(during)} ms during`);
    await all.close();
  });
});

describe('by TLS', () => {
  let papers;
  let secure;
  before(async () => {
    papers = await certificates();
    secure = await broker({ tls: await papers.of('localhost', 'DNS:localhost') });
  });
  after(async () => {
    await secure?.stop();
    await papers?.remove();
  });
  const run = async (env, look) => {
    const server = await startWithAdmin({ env: { ...cheap, ROSTER_BREAKER_OPEN: '300ms', ROSTER_RABBITMQ_TIMEOUT: '2s', ...env } });
    const token = server.admin.access_token;
    const sinks = async () => (await server.get('/api/v1/events/status', { token, status: 200 })).body.data.sinks;
    try {
      await server.register();
      await look(sinks, server);
    } finally {
      await server.stop();
    }
  };

  test('events go to a broker whose certificate is vouched for, named by a URL or in parts', async () => {
    const ca = { ROSTER_RABBITMQ_CA_FILE: papers.ca };
    const parts = { RABBITMQ_HOST: 'localhost', RABBITMQ_PORT: String(secure.tlsPort), RABBITMQ_USER: 'guest', RABBITMQ_PASSWORD: 'guest', RABBITMQ_VHOST: '/', RABBITMQ_USE_SSL: 'true' };
    for (const where of [{ RABBITMQ_URL: `amqps://guest:guest@localhost:${secure.tlsPort}` }, parts])
      await run({ ...ca, ...where }, (sinks) => eventually(sinks, ([s]) => s && s.position > 0 && s.behind === 0 && s.failing_since === null, 15_000));
  });

  test('advisory_broker_certificate: one of somebody else, or of another name, is refused', async () => {
    for (const env of [
      { RABBITMQ_URL: `amqps://guest:guest@localhost:${secure.tlsPort}` },
      { RABBITMQ_URL: `amqps://guest:guest@127.0.0.1:${secure.tlsPort}`, ROSTER_RABBITMQ_CA_FILE: papers.ca },
    ])
      await run(env, async (sinks, server) => {
        const [s] = await eventually(sinks, ([x]) => x?.failing_since, 15_000);
        assert.match(s.reason, /SSL|certificate|verif|host/i);
        assert.ok(s.behind > 0);
        assert.ok(!server.log.join('').includes('guest:guest'));
      });
  });

  test('a wrong password is told as such', async () => {
    await run({ RABBITMQ_URL: `amqp://guest:no-password-of-his@127.0.0.1:${secure.port}` }, async (sinks, server) => {
      const [s] = await eventually(sinks, ([x]) => x?.failing_since, 15_000);
      assert.match(s.reason, /password|ACCESS_REFUSED|Login/i);
      assert.ok(!server.log.join('').includes('no-password-of-his'));
    });
  });
});
