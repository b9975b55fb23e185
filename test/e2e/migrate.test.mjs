// `roster migrate --to`: everything from SQLite to PostgreSQL, and back.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, cheap, freshDatabase, password, run, start, startWithAdmin, unique } from './lib.mjs';

const skip = process.env.ROSTER_TEST_DB !== 'postgres' && 'it needs a PostgreSQL: make e2e-postgres';
const names = ['Zoë "q" O\'Neil', '東京 太郎', '=1+1', 'back\\slash', "'; DROP TABLE users; --", '👩‍👩‍👧 family', 'a\u00a0b', '{"json":[1]}', '\u202bعربي\u202c'];

let roster, postgres, people, listed;
const file = { drop: async () => {} };
const migrate = (url, env = roster.env) => run(binary, ['--data', roster.dir, 'migrate', '--to', url], { env });
const all = async () => JSON.parse((await roster.cli(['user', 'list', '--limit', '100', '--format', 'json'])).stdout).map(({ last_active_at, ...user }) => user);
const again = async (database) => {
  roster = await start({ dir: roster.dir, database, env: cheap });
};

before(async () => {
  if (skip) return;
  roster = await startWithAdmin({ database: { ...file, url: '' } });
  postgres = await freshDatabase();
  people = [];
  for (const name of names) people.push(await roster.register({ name }));
  await roster.post(`/api/v1/users/${people[0].user.id}/status`, { status: 'banned', reason: 'a test' }, { token: roster.admin.access_token });
  await roster.request('DELETE', `/api/v1/users/${people.at(-1).user.id}`, { token: roster.admin.access_token });
  listed = await all(); // the erased one is a row, but no longer listed
});
after(async () => {
  if (skip) return;
  await roster.stop();
  await postgres.drop();
});

test('nothing is moved while a server runs on the data', { skip }, async () => {
  const r = await migrate(postgres.url);
  assert.equal(r.code, 4, r.stderr);
  assert.match(r.stderr, /Nothing was moved/);
});

test('what cannot be right is told, and nothing is moved', { skip }, async () => {
  await roster.stop({ keep: true });
  for (const [url, says] of [
    [`sqlite:${path.join(roster.dir, 'other.db')}`, /one kind/],
    ['postgres://nobody@127.0.0.1:1/none', /refused/],
    ['mysql://somewhere', /Nothing was moved/],
  ]) {
    const r = await migrate(url);
    assert.ok(r.code > 0, url);
    assert.match(r.stderr, says);
  }
  await rm(path.join(roster.dir, 'other.db'), { force: true });
});

test('people, sessions, passwords and the audit go on in PostgreSQL', { skip }, async () => {
  const moved = await migrate(postgres.url);
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, new RegExp(`^users +${listed.length + 1} +[0-9a-f]{32}$`, 'm'));
  await again(postgres);
  assert.deepEqual(await all(), listed);
  const bo = people[1];
  await roster.me(bo.access_token, { status: 200 });
  await roster.post('/api/v1/auth/refresh', { refresh_token: bo.refresh_token }, { status: 200 });
  await roster.login(bo.email);
  await roster.post('/api/v1/auth/login', { identifier: people[0].email, password }, { status: 403 });
  assert.equal((await roster.get('/api/v1/users/search?q=東京', { token: bo.access_token })).body.data.length, 1);
  const { user } = await roster.register({ name: unique() });
  const { number } = JSON.parse((await roster.cli(['user', 'get', user.id, '--format', 'json'])).stdout);
  assert.ok(number > people.length + 1, 'a number that was given once is given to nobody else');
  assert.match((await roster.cli(['audit', 'verify'])).stdout, /good +yes/);
  await roster.stop({ keep: true });
});

test('a database that holds data is left as it is', { skip }, async () => {
  const r = await migrate(postgres.url, { ...roster.env, DATABASE_URL: '' });
  assert.equal(r.code, 7);
  assert.match(r.stderr, /holds data already/);
});

test('and back', { skip }, async () => {
  const url = `sqlite:${path.join(roster.dir, 'back.db')}`;
  const moved = await migrate(url);
  assert.equal(moved.code, 0, moved.stderr);
  await again({ ...file, url });
  const users = await all();
  assert.equal(users.length, listed.length + 1);
  for (const user of listed.filter((u) => u.id !== people[1].user.id)) assert.deepEqual(users.find((u) => u.id === user.id), user);
  await roster.login(people[1].email);
  assert.equal((await roster.get('/api/v1/users/search?q=東京', { token: people[1].access_token })).body.data.length, 1);
  assert.match((await roster.cli(['audit', 'verify'])).stdout, /good +yes/);
});
