// A disk that is full, under load: a small file system in memory, which this test fills and empties. It is mounted in a
// namespace of its own, so that nobody else sees it and nothing of it is left.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Roster, eventually, sleep } from './lib.mjs';
import { Load, auditHolds } from './load.mjs';
import { administrator, me, quick, register } from './people.mjs';

const skip =
  (process.env.ROSTER_TEST_DB === 'postgres' && 'PostgreSQL keeps its own disk') || (process.getuid() !== 0 && 'only root may mount');

const left = [];
after(() => left.forEach((end) => end()));

// A file system of `size` at `dir`, as those see it who are in the namespace of `pid`: others by `inside`.
async function smallDisk(size) {
  const dir = await mkdtemp(path.join(tmpdir(), 'roster-disk-'));
  const script = `mount -t tmpfs -o size=${size} tmpfs "$0" && echo mounted && exec sleep 120`;
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  left.push(() => child.kill('SIGKILL'));
  await new Promise((ok, bad) => {
    child.stdout.once('data', ok);
    child.once('exit', (code) => bad(new Error(`no file system could be mounted: ${code}`)));
  });
  const inside = `/proc/${child.pid}/root${dir}`;
  const end = async () => {
    const gone = new Promise((ok) => child.once('exit', ok));
    child.kill('SIGKILL');
    await gone;
    await rm(dir, { recursive: true });
  };
  return { dir, inside, end, wrap: ['nsenter', '--target', `${child.pid}`, '--mount', '--'], ballast: path.join(inside, 'ballast') };
}

// Writes until there is no room for another page.
async function fill({ ballast }) {
  const file = await open(ballast, 'a');
  for (let size = 1 << 16; size >= 4096; ) {
    try {
      const { bytesWritten } = await file.write(Buffer.alloc(size));
      if (bytesWritten < size) size = 4096;
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
      size /= 4;
    }
  }
  await file.close();
}

async function isWhole(roster) {
  const checks = await roster.sql('PRAGMA integrity_check; PRAGMA foreign_key_check;');
  assert.deepEqual(checks, [{ integrity_check: 'ok' }]);
}

const patch = (roster, person, bio) => roster.patch('/api/v1/users/me', { bio }, { token: person.token });

test('a full disk: writes are 503, reads go on, and it is well again by itself; nothing that was answered is lost', { skip, timeout: 60_000 }, async () => {
  const disk = await smallDisk('64m');
  const options = { dir: disk.dir, wrap: disk.wrap, env: quick };
  const begin = async () => {
    const server = await new Roster(options).start();
    left.push(() => server.child.kill('SIGKILL'));
    server.dir = disk.inside; // where the command line and sqlite3 of this side find it
    return server;
  };
  let roster = await begin();
  const admin = await administrator(roster);
  const person = await register(roster);
  const load = new Load();
  left.push(() => load.end());
  await load.begin(roster);

  const told = () => roster.logged().filter(({ msg, level }) => msg !== 'request' && level !== 'info');
  const times = (text) => told().filter(({ msg }) => msg.startsWith(text)).length;
  const untilFull = async () => {
    // SQLite writes into what its WAL has already until that has to grow.
    const { body, headers } = await eventually(() => fill(disk).then(() => patch(roster, person, 'x'.repeat(500))), ({ status }) => status === 503, 20_000);
    assert.ok(Number(headers.get('retry-after')) >= 1);
    assert.equal(body.error, 'unavailable');
    assert.match(body.message, /Try again in a moment\./);
  };

  for (let round = 0; round < 2; round++) {
    await sleep(300);
    await untilFull();
    for (let i = 0; i < 20; i++) {
      await me(roster, person, { status: 200 });
      await roster.get(`/api/v1/users/${admin.id}`, { status: 200 });
      await roster.get(`/api/v1/users/search?q=${person.username}`, { status: 200 });
      await sleep(30);
    }
    await roster.get('/health/live', { status: 200 });
    await isWhole(roster);
    await rm(disk.ballast);
    await eventually(() => patch(roster, person, 'room again'), ({ status }) => status === 200);
    await eventually(async () => [times('the database cannot be written'), times('the database can be written again')], ([bad, good]) => bad === good);
  }
  await load.end();
  assert.ok(load.statuses.get(503) > 10, 'writers met the full disk');
  assert.deepEqual([...load.statuses.keys()].filter((status) => status >= 400 && status !== 503), []);
  await load.verify(roster);
  await isWhole(roster);
  await auditHolds(roster, admin);
  const verdict = await roster.cli(['audit', 'verify', '--format', 'json']);
  assert.equal(verdict.code, 0, verdict.stderr);
  assert.equal(JSON.parse(verdict.stdout).good, true);

  assert.equal(times('the database cannot be written'), 2, JSON.stringify(told()));
  assert.ok(told().length < 20, JSON.stringify(told()));

  // Killed while there is no room, and started when there is.
  load.go(roster);
  await untilFull();
  await roster.kill();
  await load.end();
  await rm(disk.ballast);
  roster = await begin();
  await isWhole(roster);
  await load.verify(roster);
  await auditHolds(roster, admin);
  console.log(`    ${load.answered} answers: ${JSON.stringify(Object.fromEntries(load.statuses))}`);
  await roster.stop({ keep: true });
  await disk.end();
});
