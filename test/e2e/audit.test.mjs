// The audit log: who did what, what it was before and after, and that nobody changes it unnoticed.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { eventually, password, startWithAdmin } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const rows = async (query = '') => (await roster.get(`/api/v1/audit?limit=100${query}`, { token: admin, status: 200 })).body.data;
const verify = async () => (await roster.get('/api/v1/audit/verify', { token: admin, status: 200 })).body.data;
const sealed = () => eventually(() => roster.sql('SELECT COUNT(*) AS n FROM audit WHERE seq IS NULL'), ([row]) => Number(row.n) === 0);

test('a change is recorded with before and after, who and from where', async () => {
  const ann = await roster.register({ name: 'Ann' });
  const correlation = 'audit-test-1';
  await roster.patch(`/api/v1/users/${ann.user.id}`, { name: 'Anna' }, { token: admin, status: 200, headers: { 'x-correlation-id': correlation } });
  const [row] = await rows(`&subject_id=${ann.user.id}`);
  assert.deepEqual(
    [row.operation, row.outcome, row.actor_kind, row.actor_id, row.subject_type, row.subject_id, row.correlation_id, row.ip],
    ['user_update', 'ok', 'user', roster.admin.user.id, 'user', ann.user.id, correlation, '127.0.0.1'],
  );
  const { before, after } = JSON.parse(row.changes);
  assert.deepEqual([before.name, after.name], ['Ann', 'Anna']);
  assert.deepEqual(Object.keys(after).sort(), ['name', 'updated_at'], 'what did not change is not listed');
});

test('a refused attempt is recorded', async () => {
  const ann = await roster.register();
  await roster.post(`/api/v1/users/${roster.admin.user.id}/status`, { status: 'banned' }, { token: ann.access_token, status: 403 });
  const row = await eventually(async () => (await rows(`&actor_id=${ann.user.id}`)).find((r) => r.operation === 'user_set_status'), Boolean);
  assert.equal(row.outcome, 'denied');
});

test('a refresh is not recorded', async () => {
  const ann = await roster.register();
  await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 200 });
  assert.ok(!(await rows()).some((r) => r.operation === 'session_refresh'));
});

test('it is read by those who may, page by page', async () => {
  const ann = await roster.register();
  await roster.get('/api/v1/audit', { token: ann.access_token, status: 403 });
  await roster.get('/api/v1/audit/verify', { token: ann.access_token, status: 403 });
  await sealed();
  const first = await roster.get('/api/v1/audit?limit=2', { token: admin, status: 200 });
  const next = await roster.get(`/api/v1/audit?limit=2&cursor=${first.body.meta.next_cursor}`, { token: admin, status: 200 });
  const order = [...first.body.data, ...next.body.data].map((r) => r.seq);
  assert.deepEqual(order, [...new Set(order)].sort((a, b) => b - a));
  await roster.get('/api/v1/audit?cursor=forged', { token: admin, status: 400 });
});

test('no secret stands anywhere in the log, the outbox or the tables', async () => {
  const ann = await roster.register({ push_token: 'push-token-of-ann' });
  const data = await roster.login(ann.email);
  const next = 'violet anchor 77 sunken';
  await roster.post('/api/v1/auth/password-change', { current_password: password, new_password: next }, { token: data.access_token, status: 200 });
  const { body } = await roster.post('/oauth/clients', { name: 'x' }, { token: admin, status: 201 });
  const texts = [];
  for (const table of ['audit', 'outbox', 'session', 'client', 'login_failure']) texts.push(JSON.stringify(await roster.sql(`SELECT * FROM ${table}`)));
  const text = texts.join('\n');
  for (const secret of [password, next, ann.access_token, ann.refresh_token, data.access_token, data.refresh_token, body.data.secret, 'argon2id'])
    assert.ok(!text.includes(secret), secret);
});

describe('the chain', () => {
  beforeEach(sealed);

  test('is good, and counts every row', async () => {
    const verdict = await verify();
    const [row] = await roster.sql('SELECT COUNT(*) AS n FROM audit WHERE seq IS NOT NULL');
    assert.deepEqual([verdict.good, verdict.unsealed_late, verdict.problem], [true, 0, null]);
    assert.ok(verdict.checked >= Number(row.n) - 2 && verdict.checked > 5);
  });

  for (const [column, value] of [['operation', `'user_get'`], ['actor_id', `'somebody-else'`], ['outcome', `'ok!'`], ['changes', `'{}'`], ['ip', `'10.0.0.1'`], ['at', 'at + 1'], ['subject_id', `'x'`]])
    test(`finds a row whose ${column} was changed`, async () => {
      const [row] = await roster.sql(`SELECT seq, ${column} AS old FROM audit WHERE seq = 3`);
      await roster.sql(`UPDATE audit SET ${column} = ${value} WHERE seq = 3`);
      const verdict = await verify();
      assert.equal(verdict.good, false);
      assert.match(verdict.problem, /^Row 3, or the one before it, was changed/);
      await roster.sql(`UPDATE audit SET ${column} = ${typeof row.old === 'number' || column === 'at' ? row.old : `'${row.old}'`} WHERE seq = 3`);
      assert.equal((await verify()).good, true);
    });

  test('finds a row that was taken out', async () => {
    const [row] = await roster.sql('SELECT * FROM audit WHERE seq = 4');
    await roster.sql('DELETE FROM audit WHERE seq = 4');
    const verdict = await verify();
    assert.equal(verdict.good, false);
    assert.match(verdict.problem, /^Row 4 is missing/);
    const columns = Object.keys(row);
    const values = columns.map((c) => (row[c] === null ? 'NULL' : ['id', 'seq', 'at'].includes(c) ? row[c] : `'${row[c].replaceAll("'", "''")}'`));
    await roster.sql(`INSERT INTO audit (${columns}) VALUES (${values})`);
    assert.equal((await verify()).good, true);
  });

  test('finds two rows that changed places', async () => {
    await roster.sql('UPDATE audit SET seq = -5 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = -5;');
    assert.equal((await verify()).good, false);
    await roster.sql('UPDATE audit SET seq = -5 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = -5;');
    assert.equal((await verify()).good, true);
  });
});
