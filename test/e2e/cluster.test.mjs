// Nodes over one PostgreSQL under mixed load by clients that try again elsewhere. Three of them with one RabbitMQ, and every five
// seconds one is killed; two of them that make way for the next version. At the end every number is what the answers said.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Roster, eventually, sleep } from './lib.mjs';
import { Client, Mixed, longest } from './mixed.mjs';
import { administrator, quick } from './people.mjs';
import { broker } from './rabbit.mjs';

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const lasts = 60_000;
const killedEvery = 5000;
const clients = 9;

describe('three nodes, one of them killed every five seconds', { skip: !onPostgres && 'a database in a file has one server' }, () => {
  let rabbit;
  let nodes = [];
  let admin;
  let kept; // a queue that gets every event
  let first;
  const env = () => ({ ...quick, RABBITMQ_URL: rabbit.url, ROSTER_BREAKER_OPEN: '300ms' });
  before(async () => {
    rabbit = await broker();
    const one = await new Roster({ env: env() }).start();
    nodes = [one];
    for (let i = 0; i < 2; i++) nodes.push(await joined(one));
    admin = await administrator(one);
    const taker = await rabbit.sender();
    await eventually(() => status(), (s) => s.sinks.some((x) => x.name === 'rabbitmq') && s.sinks[0].behind === 0 && s.unsealed === 0);
    first = (await status()).newest + 1;
    await taker.channel.assertQueue('keeps.all', { durable: true });
    await taker.channel.bindQueue('keeps.all', 'user-service-exchange', '#');
    await taker.close();
  });
  after(async () => {
    for (const node of nodes.slice(1)) await node?.stop();
    await nodes[0]?.stop();
    await kept?.close();
    await rabbit?.stop();
  });

  const joined = (one, dir) => new Roster({
    dir, database: { url: one.database.url, drop: async () => {} }, env: { ...env(), ROSTER_MASTER_KEY_FILE: path.join(one.dir, 'keys', 'master') },
  }).start();
  const status = async () => (await nodes.find(Boolean).get('/api/v1/events/status', { token: admin.token, status: 200 })).body.data;

  const mixed = new Mixed(() => nodes);

  test('no wrong answer, no failure that trying again does not mend, numbers exact', { timeout: 300_000 }, async (t) => {
    for (const node of nodes) node.up = true;
    const people = Array.from({ length: clients }, () => new Client(mixed));
    for (const p of people) await p.begin();
    const sender = await rabbit.sender();
    const end = performance.now() + lasts;
    const work = Promise.all(people.map((p) => p.run(end, sender.send)));
    let killed = 0;
    while (performance.now() + killedEvery < end) {
      await sleep(killedEvery);
      const i = 1 + (killed % 2); // the first one's folder holds the key
      const gone = nodes[i];
      gone.up = false;
      await gone.kill();
      killed++;
      nodes[i] = await joined(nodes[0], gone.dir);
      nodes[i].up = true;
    }
    await work;
    await sender.close();
    assert.deepEqual(mixed.wrong, []);

    // Posts come by the broker: what a killed node held is delivered again, and counts once.
    const me = async (p) => (await nodes[0].get('/api/v1/users/me', { token: p.token, status: 200 })).body.data;
    for (const p of people) {
      await eventually(() => me(p), (u) => u.posts_count >= p.posts, 30_000);
      const user = await me(p);
      assert.deepEqual([user.posts_count, user.bio], [p.posts, `value ${p.value}`]);
    }
    // Whoever was told of an account has it, once.
    const emails = people.flatMap((p) => p.accounts);
    const [{ n }] = await nodes[0].sql(`SELECT COUNT(*) AS n FROM users WHERE email LIKE '%@example.com' AND role = 'user'`);
    assert.equal(Number(n), emails.length + people.length);
    // Every event reached the broker, in order but for what was sent twice.
    await eventually(status, (s) => s.unsealed === 0 && s.sinks[0].behind === 0, 30_000);
    const last = (await status()).newest;
    kept = await rabbit.drain('keeps.all');
    const own = () => kept.messages.map(({ text }) => JSON.parse(text)).filter((e) => e.sequence);
    await eventually(() => new Set(own().map((e) => e.sequence)).size, (size) => size >= last - first + 1, 30_000);
    const seen = new Set();
    const fresher = own().map((e) => e.sequence).filter((s) => !seen.has(s) && seen.add(s));
    assert.deepEqual(fresher, Array.from({ length: last - first + 1 }, (_, i) => first + i));
    t.diagnostic(`${people.reduce((sum, p) => sum + p.done, 0)} steps, ${mixed.again} tries again, ${mixed.stale} reads of the value before, ${killed} kills, ${fresher.length} events, ${own().length - fresher.length} of them twice`);
  });
});

// The next version is this program with a migration more (test/next): a new node brings it to the tables while older ones work on.
describe('a rolling restart into the next version', { skip: !onPostgres && 'a database in a file has one server' }, () => {
  let one;
  let nodes;
  const on = (dir, binary) => new Roster({
    dir, binary, database: { url: one.database.url, drop: async () => {} },
    env: { ...quick, ROSTER_MASTER_KEY_FILE: path.join(one.dir, 'keys', 'master') },
  }).start();
  before(async () => {
    one = await new Roster({ env: quick }).start();
    nodes = [one, await on()];
  });
  after(async () => {
    for (const node of nodes.toReversed()) await node?.stop();
  });

  test('older nodes serve beside newer ones, and nobody notices', { timeout: 120_000 }, async (t) => {
    for (const node of nodes) node.up = true;
    const next = process.env.ROSTER_NEXT_BIN;
    const mixed = new Mixed(() => nodes);
    const people = Array.from({ length: clients }, () => new Client(mixed));
    for (const p of people) await p.begin();
    const end = performance.now() + 20_000;
    const work = Promise.all(people.map((p) => p.run(end, async () => {})));
    await sleep(3000);
    const third = await on(undefined, next); // it migrates beside the two
    third.up = true;
    nodes.push(third);
    await sleep(6000); // all three are asked
    for (const i of [1, 0]) {
      const old = nodes[i];
      old.up = false;
      await old.stop({ keep: true });
      nodes[i] = i ? await on(old.dir, next) : await new Roster({ ...old.options, dir: old.dir, database: old.database, binary: next }).start();
      nodes[i].up = true;
      await sleep(2000);
    }
    await work;
    assert.deepEqual(mixed.wrong, []);
    for (const p of people) {
      const bio = async () => (await nodes[2].get('/api/v1/users/me', { token: p.token, status: 200 })).body.data.bio;
      await eventually(bio, (text) => text === `value ${p.value}`, longest);
    }
    const emails = people.flatMap((p) => p.accounts);
    const [{ n }] = await one.sql("SELECT COUNT(*) AS n FROM users WHERE next_note = 'of the next version'");
    assert.equal(Number(n), emails.length + people.length);
    t.diagnostic(`${people.reduce((sum, p) => sum + p.done, 0)} steps, ${mixed.again} tries again`);
  });

  test('this version does not start on tables of the next one, and says so', async () => {
    await assert.rejects(on(undefined, undefined), /newer|version/i);
  });
});
