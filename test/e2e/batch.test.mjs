// Many accounts in one call: each item as the single operation would do it, and one that fails changes nothing.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const batch = async (items, more = {}, options = {}) => (await roster.post('/api/v1/users/batch', { items, ...more }, { token: admin, status: 200, ...options })).body;
const create = (fields = {}) => ({ action: 'create', data: { username: unique('batch'), ...fields } });
const count = async (where = 'TRUE') => Number((await roster.sql(`SELECT COUNT(*) AS n FROM users WHERE ${where}`))[0].n);

test('makes, changes, suspends and deletes, and tells what came of each', async () => {
  const [ann, bob, eve] = [await roster.register(), await roster.register(), await roster.register()];
  const name = unique('batch');
  const until = new Date(Date.now() + 60_000).toISOString();
  const { data } = await batch([
    { action: 'create', data: { username: name, email: `${name}@example.org`, role: 'moderator' } },
    { action: 'update', data: { id: ann.user.id, name: 'Changed' } },
    { action: 'status', data: { id: bob.user.id, status: 'suspended', reason: 'spam', until } },
    { action: 'delete', data: { id: eve.user.id } },
  ]);
  assert.deepEqual([data.total, data.succeeded, data.failed, data.dry_run], [4, 4, 0, false]);
  assert.deepEqual(data.results.map((r) => [r.index, r.action, r.status, r.error]), [[0, 'create', 201, null], [1, 'update', 200, null], [2, 'status', 200, null], [3, 'delete', 200, null]]);
  const read = async (id) => (await roster.get(`/api/v1/users/${id}`, { token: admin, status: 200 })).body.data;
  assert.equal((await read(data.results[0].id)).role, 'moderator');
  assert.equal((await read(ann.user.id)).name, 'Changed');
  const suspended = await read(bob.user.id);
  assert.deepEqual([suspended.status, suspended.status_reason, suspended.status_until], ['suspended', 'spam', until]);
  await roster.me(bob.access_token, { status: 403 });
  await roster.me(eve.access_token, { status: 401 });
});

test('a failed item changes nothing, and the others are done', async () => {
  const ann = await roster.register();
  const twice = unique('twice');
  const before = await count();
  const { data } = await batch([
    create(),
    create({ username: ann.user.username }),
    create({ email: 'no address', password: 'short' }),
    create({ username: twice }),
    create({ username: twice }),
    { action: 'status', data: { id: ann.user.id, status: 'deleted' } },
    { action: 'delete', data: { id: '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1' } },
    { action: 'delete', data: { id: roster.admin.user.id } },
    { action: 'update', data: { id: ann.user.id, bio: 'x', unknown: 1 } },
    { action: 'delete', data: {} },
    create(),
  ]);
  assert.deepEqual(data.results.map((r) => r.status), [201, 409, 422, 201, 409, 422, 404, 409, 422, 422, 201]);
  assert.deepEqual(data.results.map((r) => r.error), [null, 'username_taken', 'invalid', null, 'username_taken', 'invalid', 'not_found', 'last_admin', 'invalid', 'invalid', null]);
  assert.deepEqual([data.succeeded, data.failed], [3, 8]);
  assert.equal(await count(), before + 3);
  assert.deepEqual(data.results[2].details.map((d) => d.field).sort(), ['email', 'password']);
  assert.deepEqual(data.results[8].details.map((d) => d.field), ['unknown']);
  assert.ok(data.results[1].message.length > 10);
  assert.equal((await roster.me(ann.access_token, { status: 200 })).body.data.bio, null);
});

test('a thousand items are done, more are refused', async () => {
  const began = Date.now();
  const { data } = await batch(Array.from({ length: 1000 }, () => create()), {}, { timeout: 60_000 });
  console.log(`    1,000 accounts in ${Date.now() - began} ms`);
  assert.equal(data.succeeded, 1000);
  assert.equal(new Set(data.results.map((r) => r.id)).size, 1000);
  const gone = await batch(data.results.map(({ id }) => ({ action: 'delete', data: { id } })), {}, { timeout: 60_000 });
  assert.equal(gone.data.succeeded, 1000);
  await batch(Array.from({ length: 1001 }, () => create()), {}, { status: 422 });
  await batch([], {}, { status: 422 });
  await batch([{ action: 'erase', data: {} }], {}, { status: 422 });
  await batch([{ action: 'create' }], {}, { status: 422 });
});

test('passwords may come, but not many at once; nobody is kept from logging in meanwhile', async () => {
  const people = Array.from({ length: 50 }, () => create({ password }));
  const ann = await roster.register();
  const running = batch(people, {}, { timeout: 60_000 });
  const took = [];
  for (let i = 0; i < 5; i++) {
    const began = Date.now();
    await roster.login(ann.email);
    took.push(Date.now() - began);
  }
  const { data } = await running;
  assert.equal(data.succeeded, 50);
  await roster.login(people[0].data.username);
  assert.ok(Math.max(...took) < 3000, `${took}`);
  const { body } = await roster.post('/api/v1/users/batch', { items: [...people, create({ password })] }, { token: admin, status: 422 });
  assert.match(body.details.items[0], /at most 50 passwords/);
});

describe('a dry run', () => {
  test('says what would come of each and keeps nothing', async () => {
    const ann = await roster.register();
    const [{ n: events }] = await roster.sql('SELECT COUNT(*) AS n FROM outbox');
    const before = await count();
    const { data } = await batch([create(), create({ username: ann.user.username }), { action: 'delete', data: { id: ann.user.id } }, { action: 'status', data: { id: ann.user.id, status: 'banned' } }], { dry_run: true });
    assert.deepEqual(data.results.map((r) => r.status), [201, 409, 200, 200]);
    assert.deepEqual([data.dry_run, data.results[0].id], [true, null]);
    assert.equal(await count(), before);
    assert.equal(Number((await roster.sql('SELECT COUNT(*) AS n FROM outbox'))[0].n), Number(events));
    await roster.me(ann.access_token, { status: 200 });
    assert.deepEqual(await roster.sql(`SELECT operation FROM audit WHERE subject_id = '${ann.user.id}' AND operation <> 'user_create'`), []);
  });
});

test('each item stands in the audit log, and the failed ones too', async () => {
  const ann = await roster.register();
  const correlation = unique('batch-audit');
  await batch([{ action: 'update', data: { id: ann.user.id, bio: 'x' } }, { action: 'status', data: { id: ann.user.id, status: 'banned' } }], {}, { headers: { 'x-correlation-id': correlation } });
  const rows = (await roster.get(`/api/v1/audit?subject=${ann.user.id}`, { token: admin, status: 200 })).body.data;
  assert.deepEqual(rows.map((r) => [r.operation, r.correlation_id === correlation]).slice(0, 2), [['user_set_status', true], ['user_update', true]]);
});

describe('advisory_escalation', () => {
  test('it needs user.write, and each item what the single operation needs', async () => {
    const ann = await roster.register();
    const bob = await roster.register();
    await batch([create()], {}, { token: ann.access_token, status: 403 });
    await roster.post('/api/v1/users/batch', { items: [create()] }, { status: 401 });
    const { body } = await roster.post('/api/v1/roles', { name: unique('writer'), permissions: ['user.write'] }, { token: admin, status: 201 });
    await roster.patch(`/api/v1/users/${ann.user.id}`, { role: body.data.name }, { token: admin, status: 200 });
    const { data } = await batch(
      [
        create({ role: 'admin' }),
        { action: 'update', data: { id: ann.user.id, role: 'admin' } },
        { action: 'status', data: { id: bob.user.id, status: 'banned' } },
        { action: 'delete', data: { id: roster.admin.user.id } },
        { action: 'update', data: { id: bob.user.id, bio: 'allowed' } },
      ],
      {},
      { token: ann.access_token },
    );
    assert.deepEqual(data.results.map((r) => r.status), [422, 403, 403, 403, 200]);
  });

  test('who deletes himself on the way does nothing more', async () => {
    const boss = (await roster.post('/api/v1/users', { username: unique('boss'), password, role: 'admin' }, { token: admin, status: 201 })).body.data;
    const { access_token: token } = await roster.login(boss.user.username);
    const before = await count("username LIKE 'after%'");
    const items = [{ action: 'delete', data: { id: boss.user.id } }, ...Array.from({ length: 60 }, () => ({ action: 'create', data: { username: unique('after') } }))];
    const { data } = await batch(items, {}, { token });
    assert.equal(data.results[0].status, 200);
    assert.deepEqual([...new Set(data.results.slice(1).map((r) => r.status))], [401]);
    assert.equal(await count("username LIKE 'after%'"), before);
  });
});

test('two batches at once: one is told to come again', async () => {
  const many = () => roster.post('/api/v1/users/batch', { items: Array.from({ length: 200 }, () => create()) }, { token: admin, timeout: 60_000 });
  const all = await Promise.all([many(), many(), many()]);
  assert.ok(all.some((a) => a.status === 200) && all.every((a) => [200, 503].includes(a.status)));
});

test('the command line reads a file or standard input', async () => {
  const items = JSON.stringify([create(), create()]);
  const piped = await roster.cli(['user', 'batch', '--file', '-', '--format', 'json'], { input: items });
  assert.equal(piped.code, 0, piped.stderr);
  assert.match(piped.stdout, /"succeeded": ?2/);
  const file = path.join(roster.dir, 'people.json');
  await writeFile(file, JSON.stringify([create()]));
  assert.equal((await roster.cli(['user', 'batch', '--file', file])).code, 0);
  assert.notEqual((await roster.cli(['user', 'batch', '--file', '/nonexistent'])).code, 0);
  assert.notEqual((await roster.cli(['user', 'batch', '--file', '-'], { input: 'not json' })).code, 0);
});
