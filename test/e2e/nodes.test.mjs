// Several servers over one PostgreSQL, each with a memory of its own: what one of them did, the others know within about
// 100 ms; and none of them believes its memory when it can no longer know.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { Roster, eventually, freshDatabase, msUntil, run, sleep } from './lib.mjs';
import { Load, auditHolds } from './load.mjs';
import { administrator, fresh, login, me, password, quick, refresh, register } from './people.mjs';

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const promised = 100; // ms after which the other nodes know of a change
const longest = 2000; // ms for which a node believes its memory without news
const slack = 3; // times as long, on a machine that does ten other things

const servers = []; // all that were started: what a failed test left running ends with the file
const launch = (options) => servers[servers.push(new Roster(options)) - 1].start();

// One more node on the database of another: the same keys, a folder of its own.
const join = (first, { env = {}, url = first.database.url } = {}) =>
  launch({
    database: { url, drop: async () => {} },
    env: { ...quick, ROSTER_MASTER_KEY_FILE: path.join(first.dir, 'keys', 'master'), ...env },
  });

const kid = (token) => decodeProtectedHeader(token).kid;
const times = (n, each) => Promise.all(Array.from({ length: n }, (_, i) => each(i)));
const tally = (all) => all.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});
const median = (all) => [...all].sort((x, y) => x - y)[Math.floor(all.length / 2)];

async function metric(node, name) {
  const { text } = await node.get('/metrics', { undocumented: true });
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)[1]);
}

// The other nodes have been told all that the first one did so far. They are when they show a second change: at the latest
// the event of the first change, which follows all that was before, has dropped from memory what it held.
async function told(nodes) {
  const marker = await register(nodes[0]);
  for (const bio of ['one', 'two']) {
    await nodes[0].patch('/api/v1/users/me', { bio }, { token: marker.token, status: 200 });
    for (const node of nodes) await msUntil(() => me(node, marker), ({ body }) => body.data?.bio === bio);
  }
}

// These people are in the memory of these nodes, and no news of them is on the way from the first one.
async function known(people, nodes) {
  await told(nodes);
  for (const node of nodes) for (const person of people) await me(node, person, { status: 200 });
  return people;
}

const has = (...statuses) => (answer) => statuses.includes(answer.status);

// A line to the database that can be cut, and mended.
async function cable(url) {
  const to = new URL(url);
  const ends = new Set();
  let whole = true;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: to.port, host: to.hostname, noDelay: true });
    for (const [end, other] of [[near, far], [far, near]]) {
      ends.add(end);
      end.on('error', () => {});
      end.once('close', () => ends.delete(end) && other.destroy());
      end.pipe(other);
    }
    if (!whole) near.destroy();
  });
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  const through = new URL(url);
  through.port = server.address().port;
  const cut = () => {
    whole = false;
    for (const end of ends) end.destroy();
  };
  return { url: through.href, cut, mend: () => (whole = true), close: () => (cut(), server.close()) };
}

// Every row has been given one number, from 1 on without a gap.
async function numbered(node, table) {
  const ask = () => node.sql(`SELECT COUNT(*) AS all, COUNT(seq) AS sealed, COUNT(DISTINCT seq) AS different, MIN(seq) AS first, MAX(seq) AS last FROM ${table}`);
  const [row] = await eventually(ask, ([{ all, sealed }]) => all === sealed);
  assert.deepEqual(row, { all: row.all, sealed: row.all, different: row.all, first: '1', last: row.all });
  return Number(row.all);
}

describe('several nodes', { skip: !onPostgres && 'a database in a file has one server' }, () => {
  let a;
  let b;
  let admin;
  before(async () => {
    a = await launch({ env: quick });
    admin = await administrator(a);
    b = await join(a);
  });
  after(async () => {
    await b?.stop();
    await a?.stop();
    for (const { child } of servers) child?.kill('SIGKILL');
  });

  const act = (person, token = admin.token) => ({
    status: (status) => a.post(`/api/v1/users/${person.id}/status`, { status }, { token, status: 200 }),
    patch: (json) => a.patch(`/api/v1/users/${person.id}`, json, { token, status: 200 }),
    remove: () => a.delete(`/api/v1/users/${person.id}`, { token, status: 200 }),
  });
  const logout = (node, person, what = 'logout') => node.post(`/api/v1/auth/${what}`, undefined, { token: person.token, status: 200 });
  const changePassword = (person) =>
    a.post('/api/v1/auth/password-change', { current_password: password, new_password: 'quite another phrase' }, { token: person.token, status: 200 });
  const sessions = async (node, token) => (await node.get('/api/v1/auth/sessions', { token, status: 200 })).body.data;

  // --- one service ----------------------------------------------------------------------------------------------------

  test('what one node gave is good on the other: access tokens, refresh tokens, passwords', async () => {
    const person = await register(a);
    assert.equal((await me(b, person, { status: 200 })).body.data.id, person.id);
    const { body } = await refresh(b, person.refresh, { status: 200 });
    const next = { token: body.data.access_token, refresh: body.data.refresh_token };
    await me(a, next, { status: 200 });
    await refresh(a, next.refresh, { status: 200 });
    const other = await login(b, person);
    await me(a, other, { status: 200 });
    for (const node of [a, b]) assert.equal((await sessions(node, other.token)).length, 2);
    await logout(b, other);
    await me(b, other, { status: 401 });
    await me(b, next, { status: 200 });
  });

  test('of ten that register the same address at once on both, one gets it', async () => {
    for (let round = 0; round < 5; round++) {
      const email = `${fresh('race')}@example.com`;
      const all = await times(10, (i) => [a, b][i % 2].post('/api/v1/users', { email, password }));
      assert.deepEqual(tally(all), { 201: 1, 409: 9 });
      assert.ok(all.every(({ status, body }) => status === 201 || body.error === 'email_taken'));
      for (const node of [a, b]) await login(node, { email });
    }
  });

  test('eight tabs that refresh at once on both all go on, in one session', async () => {
    for (let round = 0; round < 5; round++) {
      const person = await register(a);
      const tabs = await times(8, (i) => refresh([a, b][i % 2], person.refresh, { status: 200 }));
      assert.equal(new Set(tabs.map((tab) => tab.body.data.refresh_token)).size, 1, 'all tabs hold the same current token');
      await times(8, (i) => me([b, a][i % 2], { token: tabs[i].body.data.access_token }, { status: 200 }));
      assert.equal((await sessions(b, tabs[0].body.data.access_token)).length, 1);
    }
  });

  test('nodes that start at the same moment on an empty database make one administrator and one key', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'roster-nodes-'));
    try {
      await writeFile(path.join(dir, 'master'), randomBytes(32), { mode: 0o600 });
      await writeFile(path.join(dir, 'password'), password, { mode: 0o600 });
      const first = { ROSTER_ADMIN_EMAIL: 'first@example.com', ROSTER_ADMIN_PASSWORD_FILE: path.join(dir, 'password') };
      const env = { ...quick, ...first, ROSTER_MASTER_KEY_FILE: path.join(dir, 'master') };
      for (let round = 0; round < 3; round++) {
        const database = await freshDatabase();
        const nodes = await times(3, () => launch({ database: { url: database.url, drop: async () => {} }, env }));
        const [admins] = await nodes[0].sql(`SELECT COUNT(*) AS n FROM users WHERE role = 'admin'`);
        assert.equal(admins.n, '1');
        const one = await login(nodes[0], { email: 'first@example.com' });
        for (const node of nodes) {
          await me(node, one, { status: 200 });
          const { body } = await node.get('/.well-known/jwks.json', { status: 200 });
          assert.deepEqual(body.keys.map((key) => key.kid), [kid(one.token)]);
        }
        await Promise.all(nodes.map((node) => node.stop()));
        await database.drop();
      }
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  // --- what one did, the other knows ----------------------------------------------------------------------------------

  test('preferences and push tokens of one node are those of the other, also out of its memory', async () => {
    const page = '/api/v1/users/me/preferences';
    const [person, other] = await known([await register(a), await register(a)], [a, b]);
    const read = () => b.get(page, { token: person.token, status: 200 });
    for (const json of [{ theme: 'dark' }, { push: false }, { custom: { a: 1 } }, { theme: null }]) {
      await read();
      const { body } = await a.patch(page, json, { token: person.token, status: 200 });
      const took = await msUntil(read, (answer) => JSON.stringify(answer.body.data) === JSON.stringify(body.data));
      assert.ok(took < promised * slack, `${took} ms`);
    }
    await a.patch('/api/v1/users/me', { push_token: 'moves-between-nodes' }, { token: person.token, status: 200 });
    await msUntil(() => me(b, person), ({ body }) => body.data.push_token === 'moves-between-nodes');
    await a.post('/api/v1/users/me/push-tokens', { token: 'moves-between-nodes' }, { token: other.token, status: 201 });
    const took = await msUntil(() => me(b, person), ({ body }) => body.data.push_token === null);
    assert.ok(took < promised * slack, `${took} ms`);
  });

  async function logoutTimes(rounds) {
    const people = await known(await times(rounds, () => register(a)), [a, b]);
    const took = [];
    for (const person of people) {
      await sleep(Math.random() * promised); // at any moment between two looks
      await me(b, person, { status: 200 });
      await logout(a, person);
      took.push(await msUntil(() => me(b, person), has(401)));
      for (let k = 0; k < 3; k++) await me(b, person, { status: 401 });
      await refresh(b, person.refresh, { status: 401 });
    }
    return took;
  }

  test('a log-out on one is known to the other within about 100 ms, though it had the session in memory', async () => {
    const rounds = 15;
    const hits = await metric(b, 'roster_session_cache_hits_total');
    const took = await logoutTimes(rounds);
    console.log(`    a log-out is known after ${median(took).toFixed(0)} ms at the median, ${Math.max(...took).toFixed(0)} ms at most`);
    assert.ok((await metric(b, 'roster_session_cache_hits_total')) - hits >= rounds, 'it was in memory');
    assert.ok(median(took) < promised * slack, `${took}`);
    assert.ok(Math.max(...took) < longest, `${took}`);
  });

  const endings = {
    'the end of all sessions': (person) => logout(a, person, 'logout-all'),
    'the end of all other sessions': (_, other) => a.delete('/api/v1/auth/sessions', { token: other.token, status: 200 }),
    'a password change': (_, other) => changePassword(other),
    'the revocation of the session': async (person) => {
      const [session] = (await sessions(a, person.token)).filter((s) => s.current);
      await a.delete(`/api/v1/auth/sessions/${session.id}`, { token: admin.token, status: 200 });
    },
    'a revocation by OAuth': (person) => a.form('/oauth/revoke', { token: person.refresh }, { token: admin.token, status: 200 }),
    'a suspension': (person) => act(person).status('suspended'),
    'a ban': (person) => act(person).status('banned'),
    'erasing the account': (person) => act(person).remove(),
    'an old refresh token shown to this node': async (person) => {
      const { body } = await refresh(b, person.refresh, { status: 200 });
      await refresh(a, body.data.refresh_token, { status: 200 });
      assert.equal((await refresh(a, person.refresh, { status: 401 })).body.error, 'session_ended');
    },
  };

  for (const [what, end] of Object.entries(endings))
    test(`${what} is known to the other node`, async () => {
      const person = await register(a);
      const other = await login(b, person);
      await known([person, other], [a, b]);
      await end(person, other);
      const ms = await msUntil(() => me(b, person), has(401, 403));
      assert.ok(ms < longest, `${ms} ms`);
      await me(a, person, { status: [401, 403] });
      await refresh(b, person.refresh, { status: [401, 403] });
    });

  test('what an administrator does on a host without a server is known to all', async () => {
    const [person] = await known([await register(a)], [a, b]);
    const dir = await mkdtemp(path.join(tmpdir(), 'roster-nodes-'));
    try {
      const { code, stderr } = await run(a.child.spawnfile, ['--data', dir, 'user', 'set-status', person.id, '--status', 'suspended'], { env: b.env });
      assert.equal(code, 0, stderr);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
    for (const node of [a, b]) await msUntil(() => me(node, person), has(403));
  });

  test('a session that a password change keeps is good on the other node, whatever part of it that has in memory', async () => {
    for (const person of await known(await times(5, () => register(a)), [a, b])) {
      await act(person).patch({ bio: 'drops the user from memory, and not the session' });
      await told([a, b]);
      await changePassword(person);
      await me(b, person, { status: 200 });
    }
  });

  test('it is good all the while to those who use it on both', async () => {
    for (let round = 0; round < 5; round++) {
      const person = await register(a);
      let over = false;
      const readers = times(4, async (i) => {
        while (!over) await me([a, b][i % 2], person, { status: 200 });
      });
      await changePassword(person);
      await told([a, b]);
      over = true;
      await readers;
    }
  });

  test('a profile, a name, a role and the end of a suspension are seen on the other node', async () => {
    const [person] = await known([await register(a)], [a, b]);
    const shows = (name, value) => msUntil(() => me(b, person), ({ body }) => body.data?.[name] === value);
    await a.patch('/api/v1/users/me', { display_name: 'Somebody Else' }, { token: person.token, status: 200 });
    await shows('display_name', 'Somebody Else');
    const username = fresh('renamed');
    await b.patch('/api/v1/users/me', { username }, { token: person.token, status: 200 });
    await msUntil(() => me(a, person), ({ body }) => body.data.username === username);
    await b.get('/api/v1/users', { token: person.token, status: 403 });
    await act(person).patch({ role: 'admin' });
    await msUntil(() => b.get('/api/v1/users?limit=1', { token: person.token }), has(200));
    await act(person).patch({ role: 'user' });
    await msUntil(() => b.get('/api/v1/users?limit=1', { token: person.token }), has(403));
    await act(person).status('suspended');
    await msUntil(() => me(b, person), has(403));
    await act(person).status('active');
    await msUntil(() => b.post('/api/v1/auth/login', { identifier: person.email, password }), has(200));
  });

  // A service that both nodes know.
  async function service() {
    const { data } = (await a.post('/oauth/clients', { name: 'x', scope: 'token.check' }, { token: admin.token, status: 201 })).body;
    const grant = { grant_type: 'client_credentials', client_id: data.id, client_secret: data.secret };
    const { body } = await b.form('/oauth/token', grant, { status: 200 });
    const check = (node) => node.get('/api/v1/auth/validate', { token: body.access_token });
    await told([a, b]);
    for (const node of [a, b, b]) assert.equal((await check(node)).status, 200);
    return { check, revoke: () => a.delete(`/oauth/clients/${data.id}`, { token: admin.token, status: 200 }) };
  }

  test('a service whose credentials are revoked is refused by the other node', async () => {
    const { check, revoke } = await service();
    await revoke();
    assert.ok((await msUntil(() => check(b), has(401))) < longest);
  });

  // --- keys -----------------------------------------------------------------------------------------------------------

  test('after a rotation on one, the other takes tokens of the new key at once, and publishes it', async () => {
    const set = async (node) => (await node.get('/.well-known/jwks.json', { status: 200 })).body.keys.map((key) => key.kid).sort();
    const old = await register(a);
    for (let round = 0; round < 5; round++) {
      const { body } = await a.post('/api/v1/keys/rotate', undefined, { token: admin.token, status: 200 });
      assert.ok((await set(a)).includes(body.data.kid), 'the node that rotated publishes it with its answer');
      const person = await login(a, old);
      assert.equal(kid(person.token), body.data.kid);
      await times(8, () => me(b, person, { status: 200 }));
      await eventually(() => set(b), (keys) => keys.includes(body.data.kid), longest);
      assert.deepEqual(await set(b), await set(a));
      assert.equal(kid((await login(b, old)).token), body.data.kid, 'and signs with it');
    }
    for (const node of [a, b]) await me(node, old, { status: 200 });
    const head = Buffer.from(JSON.stringify({ ...decodeProtectedHeader(old.token), kid: 'never-was' })).toString('base64url');
    const all = await times(20, (i) => me([a, b][i % 2], { token: old.token.replace(/^[^.]+/, head) }));
    assert.deepEqual(tally(all), { 401: 20 });
  });

  // --- stolen tokens --------------------------------------------------------------------------------------------------

  test('an old refresh token shown to one node ends the session on both', async () => {
    const person = await register(a);
    const one = (await refresh(a, person.refresh, { status: 200 })).body.data;
    const two = (await refresh(a, one.refresh_token, { status: 200 })).body.data;
    const [current] = await known([{ token: two.access_token }], [a, b]);
    assert.equal((await refresh(b, person.refresh, { status: 401 })).body.error, 'session_ended');
    await me(b, current, { status: 401 });
    assert.ok((await msUntil(() => me(a, current), has(401))) < longest);
    for (const node of [a, b]) await refresh(node, two.refresh_token, { status: 401 });
  });

  test('the previous refresh token is an old one on this node too, once the other saw the current one in use', async () => {
    const env = { ROSTER_SESSION_GRACE: '1ms' };
    const c = await join(a, { env });
    const person = await register(a);
    const { body } = await refresh(a, person.refresh, { status: 200 });
    await sleep(20);
    await refresh(c, person.refresh, { status: 200 }); // nobody used the new one: the answer was lost
    await me(a, { token: body.data.access_token }, { status: 200 });
    await msUntil(() => refresh(c, person.refresh), has(401), 5000);
    await msUntil(() => me(a, { token: body.data.access_token }), has(401));
    await c.stop();
  });

  test('a job that another node is at is not run beside it', async () => {
    const { Client } = pg;
    const other = new Client({ connectionString: a.database.url });
    await other.connect();
    const person = await register(a);
    const letters = async () => (await a.get(`/api/v1/mail?user_id=${person.id}`, { token: admin.token, status: 200 })).body.data.length;
    try {
      await other.query("SELECT pg_advisory_lock(7305132, hashtext('recovery_send'))");
      await sleep(100); // one that runs at this moment ends
      const before = await letters();
      await a.post('/api/v1/auth/password-reset', { email: person.email }, { status: 200 });
      await sleep(1500);
      assert.equal(await letters(), before);
      await other.query("SELECT pg_advisory_unlock(7305132, hashtext('recovery_send'))");
      await eventually(letters, (n) => n === before + 1);
    } finally {
      await other.end();
    }
  });

  // --- bad days -------------------------------------------------------------------------------------------------------

  test('a node that is killed while all of them write leaves events and audit without a gap', async () => {
    let c = await join(a);
    const [here, there, gone] = [new Load(), new Load(), new Load()];
    await Promise.all([here.begin(a, 4), there.begin(b, 4), gone.begin(c, 4)]);
    for (let round = 0; round < 4; round++) {
      await sleep(100 + Math.random() * 200);
      await c.kill();
      await gone.end();
      const before = [here.answered, there.answered];
      await eventually(() => [here.answered, there.answered], (now) => now.every((n, i) => n > before[i] + 10));
      await gone.verify(b);
      c = await join(a);
      gone.go(c);
    }
    await Promise.all([here.end(), there.end(), gone.end()]);
    await Promise.all([here.verify(b), there.verify(a), gone.verify(a)]);
    const events = await numbered(a, 'outbox');
    const rows = await numbered(a, 'audit');
    for (const node of [a, b, c]) await auditHolds(node, admin);
    const answered = here.answered + there.answered + gone.answered;
    const failed = [here, there, gone].flatMap((load) => [...load.statuses]).filter(([status]) => status >= 400);
    console.log(`    ${answered} answers, not kept ${JSON.stringify(failed)}; ${events} events, ${rows} rows of the audit`);
    assert.ok(failed.every(([status, n]) => status === 503 && n <= answered / 20), 'a few collided again and again');
    await c.stop();
  });

  test('a log-out is known in time while all nodes write', async () => {
    const loads = [new Load(), new Load()];
    await Promise.all([a, b].map((node, i) => loads[i].begin(node, 4)));
    const took = await logoutTimes(10);
    await Promise.all(loads.map((load) => load.end()));
    console.log(`    under load a log-out is known after ${median(took).toFixed(0)} ms at the median, ${Math.max(...took).toFixed(0)} ms at most`);
    assert.ok(median(took) < promised * slack, `${took}`);
    assert.ok(Math.max(...took) < longest * 1.5, `${took}`);
  });

  test('while nobody is told anything, no node believes its memory for more than 2 s', async () => {
    const { check, revoke } = await service();
    const [person, other] = await known(await times(2, () => register(a)), [a, b]);
    const blocker = new pg.Client({ connectionString: a.database.url });
    await blocker.connect();
    try {
      await blocker.query('SELECT pg_advisory_lock(7305131)'); // the lock of those who seal: no event gets a number
      await Promise.all([logout(a, person), revoke()]);
      const all = await Promise.all([msUntil(() => me(b, person), has(401)), msUntil(() => check(b), has(401))]);
      assert.ok(Math.max(...all) < longest * 1.5, `${all} ms`);
      await eventually(() => metric(b, 'roster_feed_lag_ms'), (lag) => lag > longest);
      await me(b, other, { status: 200 }); // asked of the database
      await a.patch('/api/v1/users/me', { bio: 'at once' }, { token: other.token, status: 200 });
      assert.equal((await me(b, other, { status: 200 })).body.data.bio, 'at once');
    } finally {
      await blocker.end();
    }
    for (const node of [a, b]) await eventually(() => metric(node, 'roster_feed_lag_ms'), (ms) => ms < 1000);
    await me(b, person, { status: 401 });
  });

  test('a node that was asleep does not believe its memory when it wakes', async () => {
    const [person] = await known([await register(a)], [a, b]);
    b.child.kill('SIGSTOP');
    try {
      await logout(a, person);
      await sleep(longest + 100);
    } finally {
      setTimeout(() => b.child.kill('SIGCONT'), 100); // the question is there before it wakes
    }
    await me(b, person, { status: 401 });
  });

  test('a node that is cut off from the database serves nobody from memory after 2 s, and catches up when it is back', async () => {
    const line = await cable(a.database.url);
    let c;
    try {
      c = await join(a, { url: line.url });
      const [ended, other] = await known(await times(2, () => register(a)), [a, c]);
      line.cut();
      await logout(a, ended);
      const since = performance.now();
      const seen = [];
      await msUntil(() => me(c, ended), (answer) => seen.push(answer.status) && answer.status === 503);
      const ms = performance.now() - since;
      assert.ok(ms < longest * 1.5, `${ms} ms`);
      assert.ok(seen.every((status) => status === 200 || status === 503), 'nobody is told that his session has ended');
      await me(c, other, { status: 503 });
      await c.get('/health/live', { status: 200 });
      await a.patch('/api/v1/users/me', { bio: 'meanwhile' }, { token: other.token, status: 200 });
      await a.post('/api/v1/keys/rotate', undefined, { token: admin.token, status: 200 });
      const later = await login(a, other);
      line.mend();
      const back = await eventually(() => me(c, other), has(200), 15_000);
      assert.equal(back.body.data.bio, 'meanwhile');
      const verdicts = await times(20, () => me(c, ended));
      assert.ok(verdicts.every(has(401, 503)), JSON.stringify(tally(verdicts)));
      await eventually(() => me(c, ended), has(401), 15_000);
      await eventually(() => me(c, later), has(200), 15_000);
      await eventually(() => metric(c, 'roster_feed_lag_ms'), (lag) => lag < 1000, 15_000);
      await me(c, other, { status: 200 });
      await me(c, ended, { status: 401 });
      await c.stop();
    } finally {
      line.close();
    }
  });

  test('a database that stops and starts again finds both nodes well, and each knows what the other changed', async () => {
    const cluster = fileURLToPath(new URL('../store/postgres.sh', import.meta.url));
    const dir = await mkdtemp(path.join(tmpdir(), 'roster-pg-'));
    await chmod(dir, 0o755);
    const control = async (...args) => {
      const { code, stdout, stderr } = await run(cluster, args);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    try {
      const one = await launch({ env: quick, database: { url: await control('start', dir), drop: async () => {} } });
      const two = await join(one);
      const nodes = [one, two];
      const boss = await administrator(one);
      const [ended, banned, other] = await known(await times(3, () => register(one)), nodes);
      await logout(one, ended); // perhaps not yet sealed
      await control('stop', dir, 'immediate');
      for (const node of nodes) await eventually(() => me(node, other), has(503));
      await control('start', dir);
      for (const node of nodes) await eventually(() => node.get('/health/ready'), has(200), 15_000);
      await eventually(() => one.post(`/api/v1/users/${banned.id}/status`, { status: 'banned' }, { token: boss.token }), has(200), 15_000);
      for (const node of nodes) {
        await eventually(() => me(node, ended), has(401), 15_000);
        await eventually(() => me(node, banned), has(401, 403), 15_000);
        await eventually(() => me(node, other), has(200), 15_000);
      }
      await numbered(one, 'outbox');
      await auditHolds(one, boss);
      await two.stop();
      await one.stop();
    } finally {
      await control('stop', dir, 'immediate').catch(() => {});
      await rm(dir, { recursive: true, force: true });
    }
  });
});
