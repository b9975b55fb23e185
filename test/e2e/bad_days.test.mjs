// Overload, slow and silent clients, crashes, restarts, a database that goes away, and starts that must not be made.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { Roster, binary, run } from './lib.mjs';
import { Load, auditHolds } from './load.mjs';
import { administrator, fresh, login, me, password, quick, refresh, register } from './people.mjs';
import { broker } from './rabbit.mjs';
import { exchange, open, request, sequence } from './raw.mjs';

// What a failed test left running ends with it.
const servers = [];
const start = (options) => servers[servers.push(new Roster(options)) - 1].start();
afterEach(() => servers.splice(0).forEach(({ child }) => child?.kill('SIGKILL')));

const shell = promisify(execFile);
const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const wait = (ms) => new Promise((ok) => setTimeout(ok, ms));
const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const again = (roster, more = {}) => start({ dir: roster.dir, database: roster.database, env: quick, ...more });

async function until(what, check, ms = 10_000) {
  for (const end = Date.now() + ms; ; await wait(50)) {
    const value = await check().catch((error) => void error);
    if (value) return value;
    assert.ok(Date.now() < end, `not within ${ms} ms: ${what}`);
  }
}

// --- slow and silent clients ------------------------------------------------------------------------------------------

test('headers that drip in are cut by one deadline for the whole of them', async () => {
  const roster = await start({ env: { ...quick, ROSTER_HEAD_TIMEOUT: '600ms' } });
  const bytes = request('GET', '/health/live', { headers: { 'X-Slow': 'a'.repeat(400) } });
  const all = await Promise.all(Array.from({ length: 20 }, () => exchange(roster, Array.from(bytes, (b) => Buffer.of(b)), { every: 20, wanted: 9 })));
  for (const { answers, closed, ms } of all) {
    assert.ok(closed && ms > 500 && ms < 3000, `closed: ${closed}, after ${ms} ms`);
    assert.ok(answers.every(({ status }) => status === 408));
  }
  await roster.get('/health/live', { status: 200 });
  await roster.stop();
});

test('a body that drips in is cut by one deadline for the whole of it, and has asked for nothing', async () => {
  const roster = await start({ env: { ...quick, ROSTER_BODY_TIMEOUT: '600ms' } });
  const email = `${fresh('slow')}@example.com`;
  const bytes = request('POST', '/api/v1/users', { body: JSON.stringify({ email, password }).padEnd(300) });
  const head = bytes.indexOf('\r\n\r\n') + 4;
  const plain = [bytes.subarray(0, head), ...Array.from(bytes.subarray(head), (b) => Buffer.of(b))];
  const chunked = ['POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n', ...Array(200).fill('1\r\n \r\n')];
  const silent = [bytes.subarray(0, head)];
  const all = await Promise.all([plain, chunked, silent].flatMap((parts) => Array.from({ length: 8 }, () => exchange(roster, parts, { every: 20, wanted: 9 }))));
  for (const { answers, closed, ms } of all) {
    assert.ok(closed && ms > 500 && ms < 4000, `closed: ${closed}, after ${ms} ms`);
    assert.ok(answers.every(({ status }) => status === 408));
  }
  await roster.post('/api/v1/auth/login', { identifier: email, password }, { status: 401 });
  await roster.stop();
});

test('a client that never reads its answers is cut off', async () => {
  const roster = await start({ env: { ...quick, ROSTER_WRITE_TIMEOUT: '500ms' } });
  const socket = open(roster);
  socket.pause();
  const closed = new Promise((ok) => socket.once('close', ok));
  const big = request('GET', '/openapi.json');
  const pump = setInterval(() => socket.write(Buffer.concat(Array(100).fill(big))), 20);
  const over = await until('the connection is gone', async () => {
    const text = (await roster.get('/metrics', { undocumented: true })).text;
    return Number(/^roster_http_timeouts_total (\d+)/m.exec(text)[1]) >= 1;
  });
  clearInterval(pump);
  assert.ok(over);
  socket.resume();
  await closed;
  await roster.stop();
});

test('ten thousand idle connections cost little, and requests go on beside them', async () => {
  const wanted = 10_000;
  const roster = await start({ env: quick });
  const person = await register(roster);
  const idle = [];
  const resident = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${roster.child.pid}/status`, 'utf8'))[1]) / 1024;
  const before = await resident();
  const ask = request('GET', '/health/live');
  const connectOne = () => new Promise((ok, bad) => {
    const socket = open(roster);
    socket.once('data', () => ok(idle.push(socket)));
    socket.once('close', () => bad(new Error(`connection ${idle.length} was closed`)));
    socket.write(ask);
  });
  try {
    for (let i = 0; i < wanted; i += 200) await Promise.all(Array.from({ length: 200 }, connectOne));
    const times = [];
    for (let i = 0; i < 300; i++) {
      const began = performance.now();
      await me(roster, person, { status: 200 });
      times.push(performance.now() - began);
    }
    await register(roster);
    const after = await resident();
    console.log(`    ${wanted} idle connections: ${after.toFixed(1)} MiB resident, ${before.toFixed(1)} before; me in ${median(times).toFixed(2)} ms`);
    assert.ok(median(times) < 50);
    const sanitized = (await run('ldd', [roster.child.spawnfile])).stdout.includes('san.so');
    if (!sanitized) assert.ok(after - before < 60, `${after - before} MiB more`);
  } finally {
    for (const socket of idle) socket.destroy();
  }
  await until('they are gone', async () => {
    const { text } = await roster.get('/metrics', { undocumented: true });
    return Number(/^roster_http_connections (\d+)/m.exec(text)[1]) < 20;
  });
  await roster.stop();
});

test('one address has no more connections than its cap, and others are told nothing of it', async () => {
  const roster = await start({ env: { ...quick, ROSTER_RATE_LIMITS: 'on', ROSTER_CONNECTIONS_PER_ADDRESS: '30' } });
  const sockets = Array.from({ length: 60 }, () => open(roster));
  let closed = 0;
  for (const socket of sockets) socket.once('close', () => closed++);
  await until('those over the cap are closed', async () => closed >= 30, 5000);
  assert.ok(closed <= 31, `${closed} closed`);
  for (const socket of sockets) socket.destroy();
  await until('there is room again', async () => (await roster.get('/health/live')).status === 200);
  await roster.stop();
});

// --- overload ---------------------------------------------------------------------------------------------------------

test('a full hash queue is 503 with Retry-After, while reads keep their latency', async () => {
  const roster = await start({ env: { ROSTER_RATE_LIMITS: 'off', ROSTER_HASH_THREADS: '1', ROSTER_HASH_QUEUE: '8' } });
  const person = await register(roster);
  const measure = async (n) => {
    const times = [];
    for (let i = 0; i < n; i++) {
      const began = performance.now();
      await me(roster, person, { status: 200 });
      times.push(performance.now() - began);
    }
    return median(times);
  };
  await measure(50);
  const idle = await measure(200);
  let over = false;
  const tally = {};
  const storm = Array.from({ length: 40 }, async () => {
    while (!over) {
      const answer = await roster.post('/api/v1/auth/login', { identifier: person.email, password });
      tally[answer.status] = (tally[answer.status] ?? 0) + 1;
      if (answer.status === 503) {
        assert.ok(Number(answer.headers.get('retry-after')) >= 1, 'Retry-After is there');
        assert.equal(answer.body.error, 'busy');
        await wait(20);
      }
    }
  });
  await wait(200);
  const busy = await measure(200);
  over = true;
  await Promise.all(storm);
  console.log(`    me: ${idle.toFixed(2)} ms idle, ${busy.toFixed(2)} ms in the storm; log-ins: ${JSON.stringify(tally)}`);
  assert.deepEqual(Object.keys(tally).sort(), ['200', '503']);
  assert.ok(busy < Math.max(20 * idle, 100), `${idle} ms idle, ${busy} ms in the storm`); // a queue of hashes is seconds long
  await login(roster, person);
  await roster.stop();
});

// --- crashes ----------------------------------------------------------------------------------------------------------

async function databaseIsWhole(roster) {
  if (onPostgres) return;
  const { stdout } = await shell('sqlite3', ['-readonly', path.join(roster.dir, 'roster.db'), 'PRAGMA integrity_check; PRAGMA foreign_key_check;']);
  assert.equal(stdout.trim(), 'ok');
}

// On PostgreSQL a write that collided with others again and again is 503: seldom.
function nothingFailed(load, allowed = []) {
  const failed = [...load.statuses].filter(([status]) => status >= 400 && !allowed.includes(status));
  const collided = onPostgres ? load.answered / 100 : 0;
  assert.ok(failed.every(([status, n]) => status === 503 && n <= collided), JSON.stringify([...load.statuses]));
}

test('kill -9 under load at 20 random moments: every answered write is there, and the database is whole', async () => {
  const rounds = 20;
  let roster = await start({ env: quick });
  const admin = await administrator(roster);
  const load = new Load();
  await load.begin(roster);
  for (let round = 0; round < rounds; round++) {
    await wait(20 + Math.random() * 280);
    await roster.kill();
    await load.end();
    roster = await again(roster);
    await databaseIsWhole(roster);
    await load.verify(roster);
    await auditHolds(roster, admin);
    if (round < rounds - 1) load.go(roster);
  }
  console.log(`    ${load.answered} answers over ${rounds} kills: ${JSON.stringify(Object.fromEntries(load.statuses))}`);
  assert.ok(load.answered > rounds * 10, 'the load was real');
  nothingFailed(load);
  const { body } = await roster.get('/api/v1/audit/verify', { token: admin.token });
  assert.ok(body.data.checked > 100);
  await roster.stop();
});

test('SIGTERM lets running requests finish, and what was answered is there', async () => {
  let roster = await start({ env: { ROSTER_RATE_LIMITS: 'off', ROSTER_HASH_THREADS: '1' } });
  const emails = Array.from({ length: 8 }, () => `${fresh()}@example.com`);
  const running = emails.map((email) => exchange(roster, request('POST', '/api/v1/users', { body: JSON.stringify({ email, password }) })));
  await wait(40); // some are being hashed, others wait
  await roster.stop({ keep: true });
  const all = await Promise.all(running);
  for (const { answers } of all) assert.equal(answers[0]?.status, 201, 'a request that ran was not answered');
  roster = await again(roster);
  for (const email of emails) await login(roster, { email });
  await roster.stop();
});

test('a stop under load answers what it took, and ends in time', async () => {
  let roster = await start({ env: { ...quick, ROSTER_STOP_TIMEOUT: '5s' } });
  const load = new Load();
  await load.begin(roster, 12);
  const idle = Array.from({ length: 50 }, () => open(roster));
  await wait(300);
  const began = performance.now();
  await roster.stop({ keep: true });
  assert.ok(performance.now() - began < 4000, 'idle connections do not hold it up');
  await load.end();
  for (const socket of idle) socket.destroy();
  roster = await again(roster);
  await load.verify(roster);
  await roster.stop();
});

test('SIGHUP under load takes the new settings, refuses wrong ones, and no request fails', async () => {
  const roster = await start({ env: quick });
  const file = path.join(roster.dir, 'roster.conf');
  const load = new Load();
  await load.begin(roster);
  const registration = async () => (await roster.post('/api/v1/users', { email: `${fresh()}@example.com`, password })).status;
  const hangUp = async (text) => {
    await writeFile(file, text);
    roster.child.kill('SIGHUP');
  };
  await load.end();
  for (let i = 0; i < 3; i++) {
    await hangUp('account.registration = off\n');
    await until('registration is off', async () => (await registration()) === 403);
    await hangUp('account.registration = on\nno_such_setting = 1\n');
    await until('the mistake is told', async () => roster.log.some((line) => line.includes('no_such_setting')));
    assert.equal(await registration(), 403, 'a file with a mistake changes nothing');
    load.go(roster);
    await hangUp('account.registration = on\n');
    await until('registration is on', async () => (await registration()) === 201);
    for (let k = 0; k < 20; k++) {
      roster.child.kill('SIGHUP');
      await wait(5);
    }
    await load.end();
  }
  await load.verify(roster);
  nothingFailed(load, [403]);
  await roster.stop();
});

// --- starts that must not be made -------------------------------------------------------------------------------------

// The start fails soon, with a sentence on standard error and without a crash.
async function refuses(options, sentence) {
  const began = performance.now();
  await assert.rejects(start(options), (error) => {
    assert.match(error.message, /ended before it listened: \{"code":[1-9]\d*,"signal":null\}/);
    assert.match(error.message, sentence);
    return true;
  });
  assert.ok(performance.now() - began < 8000);
}

test('a second server on the same data folder refuses with a sentence, and the first goes on', async () => {
  const roster = await start({ env: quick });
  const person = await register(roster);
  await refuses({ dir: roster.dir, database: roster.database, env: quick }, /[Aa]nother roster .*data folder/);
  await me(roster, person, { status: 200 });
  await register(roster);
  const { code, stdout } = await roster.cli(['user', 'get', person.id, '--format', 'json']);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).id ?? JSON.parse(stdout).data?.id, person.id);
  await roster.stop();
});

test('a killed server leaves no lock behind', async () => {
  const roster = await start({ env: quick });
  await roster.kill();
  const next = await again(roster);
  await next.stop();
});

test('a port that is taken refuses the start with a sentence', async () => {
  const roster = await start({ env: quick });
  await refuses({ env: quick, args: ['--listen', new URL(roster.url).host] }, /listens on that address/);
  await roster.stop();
});

test('another master key refuses the start, and the data are as they were', async () => {
  let roster = await start({ env: quick });
  const person = await register(roster);
  await roster.stop({ keep: true });
  const key = path.join(roster.dir, 'keys', 'master');
  const right = await readFile(key);
  const options = { dir: roster.dir, database: roster.database, env: quick };
  for (const [wrong, sentence] of [[randomBytes(32), /another master key/], [randomBytes(31), /no master key/], [Buffer.alloc(0), /no master key/]]) {
    await writeFile(key, wrong);
    await refuses(options, sentence);
  }
  await rm(key); // a new one would be another
  await refuses(options, /another master key|master key .* is missing/);
  await writeFile(key, right);
  await chmod(key, 0o644);
  await refuses(options, /chmod 600/);
  await chmod(key, 0o600);
  roster = await again(roster);
  await refresh(roster, person.refresh, { status: 200 });
  await roster.stop();
});

test('a database of a newer version refuses the start, and so does an edited migration', async () => {
  let roster = await start({ env: quick });
  const person = await register(roster);
  await roster.stop({ keep: true });
  const sql = async (text) => {
    if (!onPostgres) return shell('sqlite3', [path.join(roster.dir, 'roster.db'), text]);
    const client = new pg.Client({ connectionString: roster.database.url });
    await client.connect();
    return client.query(text).finally(() => client.end());
  };
  const options = { dir: roster.dir, database: roster.database, env: quick };
  await sql("INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES (9999, 'tomorrow', 'x', 1)");
  await refuses(options, /newer version/);
  await sql('DELETE FROM schema_migration WHERE number = 9999');
  const [first] = onPostgres ? (await sql('SELECT checksum FROM schema_migration WHERE number = 1')).rows.map((r) => r.checksum)
    : [(await sql('SELECT checksum FROM schema_migration WHERE number = 1')).stdout.trim()];
  await sql("UPDATE schema_migration SET checksum = 'x' WHERE number = 1");
  await refuses(options, /edited after it was applied/);
  await sql(`UPDATE schema_migration SET checksum = '${first}' WHERE number = 1`);
  roster = await again(roster);
  await refresh(roster, person.refresh, { status: 200 });
  await roster.stop();
});

test('a damaged database file refuses the start, and is left as it was', { skip: onPostgres && 'a file of SQLite' }, async () => {
  const roster = await start({ env: quick });
  await roster.stop({ keep: true });
  const file = path.join(roster.dir, 'roster.db');
  const copy = `${file}.copy`;
  await cp(file, copy);
  const damaged = randomBytes(8192);
  await writeFile(file, damaged);
  await refuses({ dir: roster.dir, env: quick }, /roster cannot start/);
  assert.deepEqual(await readFile(file), damaged);
  await cp(copy, file);
  const next = await again(roster);
  await next.stop();
});

test('settings that are wrong refuse the start, each with its reason', async () => {
  const wrong = { ROSTER_TOKEN_LIFETIME: 'soon', ROSTER_NO_SUCH: '1', ROSTER_HASH_QUEUE: '-1', ROSTER_LOG_LEVEL: 'loud', JWT_ALGORITHM: 'none', ROSTER_LISTEN: 'nowhere' };
  for (const [name, value] of Object.entries(wrong)) await refuses({ env: { ...quick, [name]: value } }, new RegExp(`${name}`));
  // Each right by itself.
  const together = [
    [{ JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: 'short' }, /key\.secret: HS256 needs at least 32 bytes/],
    [{ ROSTER_MAIL_SMTP_URL: 'smtp://mail.example:587' }, /mail\.from: set it too/],
    [{ ROSTER_TOKEN_LIFETIME: '0' }, /ROSTER_TOKEN_LIFETIME: must be from 1s/],
    [{ ROSTER_TLS_CERT: '/etc/hostname' }, /tls_cert: set tls_key too/],
  ];
  for (const [env, why] of together) {
    await refuses({ env: { ...quick, ...env } }, why);
    const { code, stderr } = await run(binary, ['config', 'check'], { env: { PATH: process.env.PATH, ...env } });
    assert.notEqual(code, 0);
    assert.match(stderr, why); // said before anything is started, too
  }
});

// --- the database goes away -------------------------------------------------------------------------------------------

const cluster = fileURLToPath(new URL('../store/postgres.sh', import.meta.url));

// Whoever counts each event_id once has every event that was committed, in order, and nothing else.
async function consumedOnce(roster, taker) {
  const rows = (await roster.sql('SELECT event_id, seq FROM outbox ORDER BY seq')).map(({ event_id: id, seq }) => [id, Number(seq)]);
  const once = () => [...new Map(taker.messages.map(({ json }) => [json.event_id, json.sequence]))];
  await until('the consumer has them all', async () => once().length >= rows.length, 20_000);
  assert.deepEqual(rows.map(([, seq]) => seq), rows.map((_, i) => i + 1));
  assert.deepEqual(once(), rows);
  const born = taker.messages.filter(({ json }) => json.event_type === 'user.created').map(({ json }) => json.subject.id);
  const people = await roster.sql('SELECT id FROM users');
  assert.deepEqual([...new Set(born)].sort(), people.map(({ id }) => id).sort());
  console.log(`    ${rows.length} events, ${taker.messages.length - rows.length} of them twice at the broker`);
}

test('PostgreSQL that stops and starts under load: 503 meanwhile, by itself well again, no answered write lost', { skip: !onPostgres && 'SQLite has no server' }, async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'roster-pg-'));
  await chmod(dir, 0o755);
  const control = async (...args) => (await shell(cluster, args)).stdout.trim();
  let roster;
  let rabbit;
  try {
    const url = await control('start', dir);
    rabbit = await broker();
    const taker = await rabbit.listen('user-service-exchange');
    roster = await start({ env: { ...quick, RABBITMQ_URL: rabbit.url }, database: { url, drop: async () => {} } });
    const admin = await administrator(roster);
    const person = await register(roster);
    const load = new Load();
    await load.begin(roster);
    for (const mode of ['fast', 'immediate']) {
      await wait(500);
      await control('stop', dir, mode);
      await until('writes are 503', async () => {
        const { status, headers, body } = await roster.patch('/api/v1/users/me', { bio: 'x' }, { token: person.token });
        if (status !== 503) return false;
        assert.ok(Number(headers.get('retry-after')) >= 1);
        assert.deepEqual([body.success, body.error], [false, 'unavailable']);
        assert.match(body.message, /cannot do that just now\. Try again in a moment\./);
        return true;
      });
      await roster.get('/health/live', { status: 200 });
      await roster.get('/health/ready', { status: 503 });
      const ended = await me(roster, person);
      assert.ok([200, 503].includes(ended.status), 'nobody is told that his session has ended');
      await wait(2500); // past the time for which memory is trusted
      await me(roster, person, { status: 503 });
      await control('start', dir);
      await until('it is well again', async () => (await roster.get('/health/ready')).status === 200, 15_000);
      await until('writes go on', async () => (await roster.patch('/api/v1/users/me', { bio: 'y' }, { token: person.token })).status === 200, 15_000);
      await wait(300);
    }
    await load.end();
    assert.deepEqual([...load.statuses.keys()].filter((status) => status >= 400 && status !== 503), []);
    // Each worker has a connection, and none waits longer once one of them has found the server again.
    const all = await Promise.all(Array.from({ length: 40 }, () => roster.get(`/api/v1/users/${person.id}`)));
    assert.deepEqual(all.map(({ status }) => status).filter((status) => status !== 200), []);
    await load.verify(roster);
    await auditHolds(roster, admin);
    console.log(`    ${load.answered} answers: ${JSON.stringify(Object.fromEntries(load.statuses))}`);
    await consumedOnce(roster, taker);
    await taker.close();
    // Each outage is told once, and its end; not by each of the hundreds of requests that met it.
    const told = roster.logged().filter(({ msg, level }) => msg !== 'request' && level !== 'info');
    const times = (text) => told.filter(({ msg }) => msg.startsWith(text)).length;
    assert.deepEqual([times('database out of reach'), times('database in reach again')], [2, 2], JSON.stringify(told));
    assert.ok(told.length < 60, JSON.stringify(told));
  } finally {
    await roster?.stop().finally(() => control('stop', dir, 'immediate').catch(() => {}));
    await rabbit?.stop();
    await rm(dir, { recursive: true, force: true });
  }
});
