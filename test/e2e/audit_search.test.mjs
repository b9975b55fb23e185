// The audit log searched by administrators, and kept for a time: what is removed by rule leaves a chain that still proves the
// rest, and what is removed by hand is found.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cheap, eventually, password, sleep, start, startWithAdmin } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const search = async (query, status = 200) => (await roster.get(`/api/v1/audit?${query}`, { token: admin, status })).body;
const rows = async (query) => (await search(`limit=100&${query}`)).data;
const verify = async (node = roster) => (await node.get('/api/v1/audit/verify', { token: admin, status: 200 })).body.data;
const sealed = (node = roster) => eventually(() => node.sql('SELECT COUNT(*) AS n FROM audit WHERE seq IS NULL'), ([row]) => Number(row.n) === 0);

describe('search', () => {
  let ann;
  let from;
  let to;
  before(async () => {
    await roster.register();
    await sleep(5);
    from = new Date().toISOString();
    ann = await roster.register();
    for (let i = 0; i < 3; i++) await roster.post('/api/v1/auth/login', { identifier: ann.email, password: 'wrong wrong' }, { status: 401 });
    await roster.patch('/api/v1/users/me', { bio: 'x' }, { token: ann.access_token, status: 200 });
    await sleep(5);
    to = new Date().toISOString();
    await sleep(5);
    await roster.register();
  });

  test('by operation and outcome', async () => {
    const failed = await rows(`operation=session_login&outcome=bad_credentials`);
    assert.equal(failed.length, 3);
    assert.ok(failed.every((r) => r.subject_id === ann.user.id));
    assert.ok((await rows('outcome=ok')).every((r) => r.outcome === 'ok'));
    assert.deepEqual(await rows('operation=nothing'), []);
  });

  test('by actor and subject, by either name', async () => {
    for (const name of ['actor', 'actor_id']) assert.deepEqual((await rows(`${name}=${ann.user.id}`)).map((r) => r.operation), ['user_update_me']);
    for (const name of ['subject', 'subject_id']) assert.equal((await rows(`${name}=${ann.user.id}`)).length, 5);
    assert.equal((await rows(`subject=${ann.user.id}&operation=session_login`)).length, 3);
    assert.equal((await rows(`subject=${ann.user.id}&actor=${ann.user.id}`)).length, 1);
  });

  test('by time', async () => {
    const between = await rows(`from=${from}&to=${to}`);
    assert.deepEqual(between.map((r) => r.operation), ['user_update_me', 'session_login', 'session_login', 'session_login', 'user_create']);
    assert.deepEqual(await rows('to=2020-01-01T00:00:00Z'), []);
    assert.deepEqual(await rows('from=2999-01-01T00:00:00Z'), []);
    assert.equal((await rows(`from=${from}&to=${to}&outcome=ok`)).length, 2);
    assert.ok((await rows(`from=${to}`)).every((r) => r.at >= to));
  });

  test('by address', async () => {
    assert.ok((await rows('address=127.0.0.1')).length > 5);
    assert.deepEqual(await rows('address=192.0.2.7'), []);
    assert.deepEqual(await rows("address=127.0.0.1'%20OR%201=1--"), []);
  });

  test('page by page by cursor, also through rows that do not fit', async () => {
    const all = (await rows('outcome=bad_credentials')).map((r) => r.seq);
    const seen = [];
    let cursor = '';
    do {
      const { data, meta } = await search(`outcome=bad_credentials&limit=1${cursor}`);
      seen.push(...data.map((r) => r.seq));
      cursor = meta.has_next ? `&cursor=${meta.next_cursor}` : '';
    } while (cursor);
    assert.deepEqual(seen, all);
  });

  test('what is no time, and who may not', async () => {
    for (const wrong of ['from=yesterday', 'to=1', 'limit=0', `operation=${'x'.repeat(65)}`]) await search(wrong, 422);
    await search('cursor=forged', 400);
    await roster.get('/api/v1/audit?operation=user_create', { token: ann.access_token, status: 403 });
  });

  test('a long log is looked through a stretch at a time, and each answer comes soon', async () => {
    const many = 250_000;
    const values = `1, 'user', 'x', '', 'filler', '', '', 'ok', '', ''`;
    const columns = 'at, actor_kind, actor_id, ip, operation, subject_type, subject_id, outcome, changes, correlation_id';
    const series = process.env.ROSTER_TEST_DB === 'postgres' ? `generate_series(1, ${many})` : `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${many}) SELECT i FROM n)`;
    // Sealed by hand, in a stretch of numbers of its own: the relay would take some time for so many.
    await sealed();
    await roster.sql(`INSERT INTO audit (seq, ${columns}) SELECT -1 - s.i, ${values} FROM ${series} AS s${process.env.ROSTER_TEST_DB === 'postgres' ? '(i)' : ''}`);
    const began = Date.now();
    const first = await search('outcome=bad_credentials&limit=5');
    assert.ok(Date.now() - began < 3000);
    assert.deepEqual([first.data.length, first.meta.has_next], [0, true], 'not yet found, and it goes on');
    const second = await search(`outcome=bad_credentials&limit=5&cursor=${first.meta.next_cursor}`);
    assert.equal(second.data.length, 3);
    assert.equal(second.meta.has_next, false);
    await roster.sql(`DELETE FROM audit WHERE operation = 'filler'`);
  });
});

describe('retention', () => {
  let kept;
  let total;
  before(async () => {
    // A server of its own: its rows grow old while it sleeps.
    kept = await startWithAdmin();
    admin = kept.admin.access_token;
    for (let i = 0; i < 6; i++) await kept.register();
    await sealed(kept);
    [{ n: total }] = await kept.sql('SELECT COUNT(*) AS n FROM audit');
    assert.equal(Number((await verify(kept)).checked), Number(total));
    await kept.stop({ keep: true });
    await sleep(1100);
    kept = await start({ dir: kept.dir, database: kept.database, env: { ...cheap, ROSTER_AUDIT_KEEP: '1s' } });
  });
  after(() => kept.stop());

  test('removes what is old, and the chain still proves what is left', async () => {
    const verdict = await eventually(() => verify(kept), (v) => v.removed > 0);
    assert.deepEqual([verdict.good, verdict.problem], [true, null]);
    assert.equal(verdict.removed, Number(total) - 1);
    await kept.register();
    await sealed(kept);
    const later = await verify(kept);
    assert.deepEqual([later.good, later.removed, later.checked], [true, verdict.removed, 2]);
    const cli = await kept.cli(['audit', 'verify']);
    assert.equal(cli.code, 0, cli.stderr);
    assert.match(cli.stdout, /removed/);
  });

  const swap = async (change, back, problem) => {
    await kept.sql(change);
    const verdict = await verify(kept);
    assert.equal(verdict.good, false, change);
    assert.match(verdict.problem, problem);
    await kept.sql(back);
    assert.equal((await verify(kept)).good, true, back);
  };

  test('advisory_tampering: a checkpoint that somebody moved, changed or took away is found', async () => {
    const [c] = await kept.sql('SELECT * FROM audit_checkpoint');
    const back = `DELETE FROM audit_checkpoint; INSERT INTO audit_checkpoint (id, seq, at, hash, mac) VALUES (1, ${c.seq}, ${c.at}, '${c.hash}', '${c.mac}')`;
    await swap('UPDATE audit_checkpoint SET seq = seq + 1', back, /checkpoint/);
    await swap('UPDATE audit_checkpoint SET seq = seq - 1', back, /checkpoint/);
    await swap(`UPDATE audit_checkpoint SET hash = '${'0'.repeat(64)}'`, back, /checkpoint/);
    await swap(`UPDATE audit_checkpoint SET mac = '${'0'.repeat(64)}'`, back, /checkpoint/);
    await swap('DELETE FROM audit_checkpoint', back, /missing/);
  });

  test('advisory_tampering: rows that were removed or changed by hand are found', async () => {
    for (let i = 0; i < 3; i++) await kept.register();
    await sealed(kept);
    const [last] = await kept.sql('SELECT * FROM audit ORDER BY seq DESC LIMIT 1');
    const [first] = await kept.sql('SELECT * FROM audit ORDER BY seq LIMIT 1');
    for (const row of [first, last]) await swap(`UPDATE audit SET outcome = 'denied' WHERE seq = ${row.seq}`, `UPDATE audit SET outcome = '${row.outcome}' WHERE seq = ${row.seq}`, /was changed/);
    const columns = Object.keys(first);
    const values = columns.map((c) => (['id', 'seq', 'at'].includes(c) ? first[c] : `'${String(first[c]).replaceAll("'", "''")}'`));
    await swap(`DELETE FROM audit WHERE seq = ${first.seq}`, `INSERT INTO audit (${columns}) VALUES (${values})`, /missing/);
  });
});
