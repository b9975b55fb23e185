// Lists and searches at a streaming replica of a real PostgreSQL: who wrote something sees it, on whatever node; a replica that
// lags, is away or was promoted is not asked.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { Roster, cheap, eventually } from './lib.mjs';
import { administrator, fresh, password, quick } from './people.mjs';

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const shell = promisify(execFile);
const script = fileURLToPath(new URL('../store/postgres.sh', import.meta.url));
const control = async (...args) => (await shell(script, args)).stdout.trim();

describe('a replica of the database', { skip: !onPostgres && 'a database in a file has none' }, () => {
  let dir;
  let urls;
  let nodes;
  let admin;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'roster-replica-'));
    await chmod(dir, 0o755);
    const primary = await control('start', `${dir}/primary`);
    urls = { primary, replica: await control('replica', `${dir}/replica`, `${dir}/primary`) };
    const env = { ...quick, DATABASE_REPLICA_URL: urls.replica, ROSTER_BREAKER_OPEN: '500ms' };
    const database = { url: urls.primary, drop: async () => {} };
    const one = await new Roster({ env, database }).start();
    const key = path.join(one.dir, 'keys', 'master');
    nodes = [one, await new Roster({ env: { ...env, ROSTER_MASTER_KEY_FILE: key }, database }).start()];
    admin = (await administrator(one)).token;
  });
  after(async () => {
    for (const node of nodes?.toReversed() ?? []) await node.stop();
    for (const name of ['replica', 'primary']) await control('stop', `${dir}/${name}`, 'immediate').catch(() => {});
    await rm(dir, { recursive: true, force: true });
  });

  const on = async (url, text) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client.query(text).then((result) => result.rows).finally(() => client.end());
  };
  const numbers = async (node = nodes[0]) => {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    return Object.fromEntries(['reads', 'late', 'failed'].map((name) => [name, Number(new RegExp(`^roster_db_replica_${name}_total (\\d+)`, 'm').exec(text)[1])]));
  };
  const find = async (node, username) => (await node.get(`/api/v1/users/search?q=${username}`, { token: admin, status: 200 })).body.data.map((u) => u.username);
  // Writes on one node, and looks on the other at once; how long the look took.
  const writeAndLook = async () => {
    const username = `p${fresh().replaceAll(/[^a-z0-9]/g, '')}`.slice(0, 30);
    await nodes[0].post('/api/v1/users', { email: `${username}@example.org`, password, username }, { status: 201 });
    const began = performance.now();
    assert.deepEqual(await find(nodes[1], username), [username]);
    return performance.now() - began;
  };

  test('answers searches, and everybody sees at once what was written', async () => {
    const before = await numbers(nodes[1]);
    for (let i = 0; i < 60; i++) await writeAndLook();
    const { reads, late, failed } = await numbers(nodes[1]);
    assert.equal(failed, 0);
    assert.equal(reads - before.reads + late - before.late, 60);
    assert.ok(reads - before.reads > 10, `${reads - before.reads} of 60 at the replica`);
    // PostgreSQL counts too, a little later.
    await eventually(() => on(urls.replica, "SELECT SUM(COALESCE(idx_scan, 0) + seq_scan) AS n FROM pg_stat_user_tables WHERE relname LIKE 'user%'"), ([{ n }]) => Number(n) > 10, 20_000);
    assert.equal((await nodes[0].get('/health/services', { status: 200 })).body.services.replica.status !== 'degraded', true);
  });

  test('that lags is not waited for long', async () => {
    await on(urls.replica, 'SELECT pg_wal_replay_pause()');
    const before = await numbers(nodes[1]);
    const took = [];
    for (let i = 0; i < 10; i++) took.push(await writeAndLook());
    assert.equal((await numbers(nodes[1])).late - before.late, 10);
    assert.ok(Math.max(...took) < 1000, took.join(' '));
    await on(urls.replica, 'SELECT pg_wal_replay_resume()');
    await eventually(async () => (await writeAndLook(), (await numbers(nodes[1])).reads), (n) => n > before.reads, 10_000);
  });

  test('that is away is done without, and used again when it is back', { timeout: 60_000 }, async () => {
    await control('stop', `${dir}/replica`, 'immediate');
    for (let i = 0; i < 10; i++) await writeAndLook();
    assert.ok((await numbers(nodes[1])).failed > 0);
    const health = (await nodes[1].get('/health/services', { status: 200 })).body.services;
    assert.deepEqual([health.replica.status, health.database.status !== 'degraded'], ['degraded', true]);
    await nodes[1].get('/health/ready', { status: 200 });
    await control('start', `${dir}/replica`);
    const { reads } = await numbers(nodes[1]);
    await eventually(async () => (await writeAndLook(), (await numbers(nodes[1])).reads), (n) => n > reads, 30_000);
  });

  test('advisory_promoted_replica: one that goes its own way is not believed', async () => {
    await on(urls.replica, 'SELECT pg_promote()');
    await eventually(() => on(urls.replica, 'SELECT pg_is_in_recovery() AS still'), ([{ still }]) => !still);
    const before = await numbers(nodes[1]);
    for (let i = 0; i < 5; i++) await writeAndLook();
    assert.equal((await numbers(nodes[1])).reads, before.reads);
    assert.ok(nodes[1].logged().some(({ msg }) => msg.includes('is no replica')));
  });

  test('settings that cannot be are refused', async () => {
    for (const env of [{ DATABASE_URL: 'sqlite::memory:', DATABASE_REPLICA_URL: urls.replica }, { DATABASE_REPLICA_URL: 'http://x' }]) {
      const database = { url: env.DATABASE_URL ?? urls.primary, drop: async () => {} };
      await assert.rejects(new Roster({ env: { ...cheap, ...env }, database }).start(), /replica/i);
    }
  });
});
