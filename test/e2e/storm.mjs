// A storm on a server that was built with a sanitizer: clients of every operation at once, and others that hang up in the
// middle of everything. It must live through it, know everything it answered, and end with nothing said.
// Run by `make storm`: ROSTER_BIN=build/tsan/roster test/e2e/run storm.mjs; STORM_SECONDS, SEED.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { start } from './lib.mjs';
import { Load, auditHolds } from './load.mjs';
import { administrator, fresh, login, me, password, quick, refresh, register } from './people.mjs';
import { open, request } from './raw.mjs';

const seconds = Number(process.env.STORM_SECONDS ?? (process.env.CI ? 20 : 8));
let seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const random = (n) => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor(seed / 65536) % n;
};
const wait = (ms) => new Promise((ok) => setTimeout(ok, ms));
const env = {
  ...quick,
  ROSTER_LOOPS: '2',
  ROSTER_WORKERS: '4',
  ROSTER_HASH_THREADS: '2',
  ROSTER_HASH_QUEUE: '16',
  ROSTER_HEAD_TIMEOUT: '500ms',
  ROSTER_BODY_TIMEOUT: '500ms',
  ROSTER_IDLE_TIMEOUT: '700ms',
  ROSTER_WRITE_TIMEOUT: '500ms',
  ROSTER_QUEUE_TIMEOUT: '2s',
  TSAN_OPTIONS: 'second_deadlock_stack=1', // no suppressions: nothing has needed one yet
  ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};

// What clients that hang up have asked for: all doors, and all places where a request may be when its client goes.
function shapes(person, admin) {
  const json = (method, target, body, token) => request(method, target, { token, body: JSON.stringify(body) });
  const get = request('GET', '/api/v1/users/me', { token: person.token });
  const patch = () => json('PATCH', '/api/v1/users/me', { bio: 'b'.repeat(1 + random(400)) }, person.token);
  const many = (n, make) => Buffer.concat(Array.from({ length: n }, make));
  return [
    () => get,
    () => many(40, () => get),
    () => json('POST', '/api/v1/users', { email: `${fresh('storm')}@example.com`, password }), // while it is hashed
    () => many(6, () => json('POST', '/api/v1/users', { email: `${fresh('storm')}@example.com`, password })),
    () => json('POST', '/api/v1/auth/login', { identifier: person.email, password }),
    () => json('POST', '/api/v1/auth/login', { identifier: person.email, password: 'wrong' }), // while its answer is held back
    () => patch(), // while it is in the writer
    () => many(20, patch),
    () => many(10, (_, i) => (i % 2 ? get : patch())),
    () => json('POST', '/api/v1/auth/refresh', { refresh_token: person.refresh }),
    () => request('GET', '/api/v1/users/search?q=pers', { token: person.token }),
    () => request('GET', '/api/v1/users?limit=100&page=1', { token: admin.token, headers: { 'Accept-Encoding': 'gzip' } }),
    () => request('GET', '/openapi.json', { headers: { 'Accept-Encoding': 'gzip' } }),
    () => many(8, () => request('GET', '/openapi.json')), // while the client's window is full
    () => request('GET', '/metrics'),
    () => request('GET', '/swagger/'),
    () => Buffer.from(`POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${'5\r\n     \r\n'.repeat(100)}0\r\n\r\n`),
    () => Buffer.from('POST /api/v1/users HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n'),
    () => Buffer.from('POST /auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 20060\r\n\r\n--b\r\nContent-Disposition: form-data; name="photo"; filename="p"\r\n\r\n' + 'x'.repeat(20_000)),
    () => Buffer.from('GET / HTTP/1.1\r\nBroken\r\n\r\n'),
    () => Buffer.from('\x16\x03\x01garbage', 'latin1'),
  ];
}

function hangUp(roster, bytes) {
  return new Promise((done) => {
    const socket = open(roster);
    const cut = random(3) ? bytes.length : random(bytes.length);
    const how = random(4);
    const reset = () => (how === 1 ? socket.resetAndDestroy() : socket.destroy());
    socket.once('close', done);
    if (random(4) === 0) socket.pause();
    else socket.resume();
    socket.write(bytes.subarray(0, cut));
    setTimeout(() => {
      if (how !== 0) return reset();
      socket.end();
      setTimeout(() => socket.destroy(), 300);
    }, random(4) ? random(30) : random(900));
  });
}

// What people do all day, each answer checked.
const day = [
  async (roster) => {
    const own = await register(roster);
    await refresh(roster, own.refresh, { status: 200 });
    await roster.post('/api/v1/auth/logout', undefined, { token: own.token, status: 200 });
    await me(roster, own, { status: 401 });
  },
  async (roster) => {
    const own = await register(roster);
    const two = await login(roster, own);
    await roster.get('/api/v1/auth/sessions', { token: two.token, status: 200 });
    await roster.delete('/api/v1/auth/sessions', { token: two.token, status: 200 });
    await me(roster, own, { status: 401 });
    await me(roster, two, { status: 200 });
  },
  (roster, { person }) => roster.get('/api/v1/users/search?q=per&limit=20', { token: person.token, status: 200 }),
  (roster, { admin }) => roster.get('/api/v1/users?limit=50&page=1', { token: admin.token, status: 200 }),
  async (roster, { admin }) => {
    const own = await register(roster);
    await roster.post(`/api/v1/users/${own.id}/status`, { status: 'banned' }, { token: admin.token, status: 200 });
    await me(roster, own, { status: [401, 403] });
    await roster.delete(`/api/v1/users/${own.id}`, { token: admin.token, status: 200 });
  },
  (roster, { person }) => Promise.all(Array.from({ length: 30 }, () => me(roster, person, { status: 200 }))),
  (roster, { admin }) => roster.post('/api/v1/keys/rotate', undefined, { token: admin.token, status: 200 }),
  (roster) => roster.get('/metrics', { undocumented: true, status: 200 }),
  (roster) => roster.get('/health', { status: 200 }),
  async (roster) => void roster.child.kill('SIGHUP'),
  (roster, { person }) => roster.post('/api/v1/auth/login', { identifier: person.email, password: 'not this' }, { status: [401, 423] }),
];
// An idle connection may be closed just when its client uses it again. While all goes on a full queue is an answer too.
const closed = (error) => ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(error.cause?.code);
const mayBe = (error) => /answered 503/.test(error.message) || closed(error);
// Before and after the storm nothing but such a connection excuses a failure, and not twice.
const again = (what) =>
  what().catch((error) => {
    if (!closed(error)) throw error;
    return what();
  });

test(`${seconds} s of storm leave the server whole and the sanitizer silent (SEED=${seed})`, { timeout: 1000 * (seconds * 4 + 120) }, async (t) => {
  const roster = await start({ env });
  const load = new Load();
  // What is no log line is a sanitizer's report: when the server died of it, that is what to show.
  const reports = () => roster.log.filter((line) => !line.startsWith('{"time"'));
  t.after(async () => {
    roster.child.kill('SIGKILL');
    const end = await roster.ended;
    await load.end(); // or a storm that failed would blow for ever
    if (end.code !== 0) console.log(`    it ended with ${JSON.stringify(end)}\n${roster.log.slice(-5).join('\n')}`);
    if (reports().length > 0) console.log(reports().join('\n'));
  });
  const people = { person: await again(() => register(roster)), admin: await again(() => administrator(roster)) };
  const make = shapes(people.person, people.admin);
  await again(() => load.begin(roster, 4));
  let clients = 0;
  let days = 0;
  const end = Date.now() + seconds * 1000;
  const going = () => Date.now() < end && roster.child.exitCode === null;
  const leaving = Array.from({ length: 24 }, async () => {
    while (going()) {
      await hangUp(roster, make[random(make.length)]());
      clients++;
    }
  });
  const living = Array.from({ length: 6 }, async (_, i) => {
    for (let step = i; going(); step++) {
      await day[step % day.length](roster, people).catch((error) => {
        if (!mayBe(error)) throw new Error(`day ${step % day.length}: ${error.name}: ${error.message}`, { cause: error });
      });
      days++;
    }
  });
  await Promise.all([...leaving, ...living]);
  await load.end();
  await wait(300); // what was left behind is done
  await again(() => load.verify(roster));
  await again(() => auditHolds(roster, people.admin));
  await again(() => me(roster, people.person, { status: 200 }));
  const errors = roster.logged().filter((line) => line.level === 'error' && line.status !== 503);
  assert.deepEqual(errors.slice(0, 5), []);

  roster.log.splice(0, roster.log.length, ...reports());
  for (let i = 0; i < 40; i++) hangUp(roster, make[i % make.length]()); // some are there when it stops
  await wait(15);
  await roster.stop();
  console.log(`    ${clients} clients hung up, ${days} did their day's work, ${load.answered} writes were kept`);
});
