// How many accounts there are: exact, from live state, for those who may see every account.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { run, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const stats = async () => {
  await new Promise((done) => setTimeout(done, 400)); // what was counted is kept for some moments
  return (await roster.get('/api/v1/stats/users', { token: admin, status: 200 })).body.data;
};
const setStatus = (person, status) => roster.post(`/api/v1/users/${person.user.id}/status`, { status }, { token: admin, status: 200 });

test('counts by role, status and age', async () => {
  const people = [];
  for (let i = 0; i < 6; i++) people.push(await roster.register());
  const [banned, suspended, left, leaving, erased, old] = people;
  const { body } = await roster.post('/api/v1/roles', { name: unique('clerk'), permissions: ['user.read'] }, { token: admin, status: 201 });
  await roster.patch(`/api/v1/users/${old.user.id}`, { role: body.data.name }, { token: admin, status: 200 });
  await setStatus(banned, 'banned');
  await setStatus(suspended, 'suspended');
  await roster.delete('/api/v1/users/me', { token: left.access_token, status: 200 });
  await roster.delete('/api/v1/users/me?purge=true', { token: leaving.access_token, status: 200 });
  await roster.delete(`/api/v1/users/${erased.user.id}`, { token: admin, status: 200 });
  const days = (n) => Date.now() - n * 86_400_000;
  await roster.sql(`UPDATE users SET created_at = ${days(20)}, email_verified = TRUE WHERE id = '${old.user.id}'`);
  await roster.sql(`UPDATE users SET created_at = ${days(40)}, email_verified = TRUE WHERE id IN ('${left.user.id}', '${leaving.user.id}')`);
  const now = await stats();
  assert.deepEqual([now.total, now.active, now.verified], [5, 2, 2]);
  assert.deepEqual(now.by_role, { admin: 1, user: 3, [body.data.name]: 1 });
  assert.deepEqual(now.by_status, { active: 2, inactive: 1, suspended: 1, banned: 1, pending: 0, deleted: 1 });
  assert.deepEqual([now.new_today, now.new_7d, now.new_30d], [4, 4, 5]);
  assert.ok(Math.abs(Date.parse(now.as_of) - Date.now()) < 5000);
});

test('the older metrics say the same', async () => {
  const now = await stats();
  const { body } = await roster.get('/health/metrics?period=7d', { token: admin, status: 200 });
  const { total, active, verified, byRole, byStatus } = body.metrics.users;
  assert.deepEqual({ total, active, verified, byRole, byStatus }, { total: now.total, active: now.active, verified: now.verified, byRole: now.by_role, byStatus: now.by_status });
});

test('are for those who may see every account', async () => {
  const ann = await roster.register();
  await roster.get('/api/v1/stats/users', { token: ann.access_token, status: 403 });
  await roster.get('/api/v1/stats/users', { status: 401 });
  await roster.patch(`/api/v1/users/${ann.user.id}`, { role: 'moderator' }, { token: admin, status: 200 });
  await roster.get('/api/v1/stats/users', { token: ann.access_token, status: 200 });
});

test('the command line prints them', async () => {
  const { code, stdout, stderr } = await roster.cli(['stats', 'users']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /total\s+\d+/);
});

// On so few rows PostgreSQL would rather read the table: it is shown that it can do without.
async function plans(each) {
  const file = path.join(roster.dir, 'roster.db');
  if (!roster.database) return Promise.all(each.map(async (sql) => (await run('sqlite3', [file, `EXPLAIN QUERY PLAN ${sql}`])).stdout));
  const client = new pg.Client({ connectionString: roster.database.url });
  await client.connect();
  try {
    await client.query('VACUUM ANALYZE users');
    for (const way of ['seqscan', 'bitmapscan', 'sort']) await client.query(`SET enable_${way} = off`);
    const all = [];
    for (const sql of each) all.push((await client.query(`EXPLAIN ${sql}`)).rows.map((r) => r['QUERY PLAN']).join('\n'));
    return all;
  } finally {
    await client.end();
  }
}

test('every count comes from an index, without the rows', async () => {
  const [tally, verified, since, waiting] = await plans([
    'SELECT role, status, COUNT(*) FROM users GROUP BY role, status ORDER BY role, status',
    'SELECT COUNT(*) FROM users WHERE email_verified',
    'SELECT COUNT(*) FROM users WHERE created_at >= 1700000000000',
    'SELECT COUNT(*) FROM users WHERE erase_at IS NOT NULL',
  ]);
  const only = roster.database ? 'Index Only Scan using' : 'COVERING INDEX';
  assert.match(tally, new RegExp(`${only} users_by_role`));
  assert.match(since, new RegExp(`${only} users_by_created`));
  assert.match(verified, /users_verified/);
  assert.match(waiting, /users_to_erase/);
});
