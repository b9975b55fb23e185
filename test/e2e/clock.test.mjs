// A clock that is set back an hour while the server runs, and forward again: libfaketime reads its offset from a file. Time
// that passes (timeouts, waits) is another clock, which nobody sets.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cheap, eventually, password, start, startWithAdmin, unique } from './lib.mjs';
import { letter, manyLetters } from './letters.mjs';
import { auditHolds } from './load.mjs';

const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const hour = 3600_000;
const grace = 300; // ms

let folder;
let env;
let roster;
let admin;

const setClock = (seconds) => writeFile(path.join(folder, 'offset'), `${seconds < 0 ? '' : '+'}${seconds}\n`);
const clock = async () => Date.parse((await roster.get('/health/live', { status: 200 })).body.timestamp) - Date.now();

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roster-clock-'));
  await setClock(0);
  env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: path.join(folder, 'offset'), FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  roster = await startWithAdmin({ env: { ...env, ...manyLetters, ROSTER_SESSION_GRACE: `${grace}ms` } });
  admin = roster.admin.access_token;
});
after(async () => {
  await roster?.stop();
  await rm(folder, { recursive: true });
});

const refresh = (token, status) => roster.post('/api/v1/auth/refresh', { refresh_token: token }, { status });
const session = async (token) => (await roster.get('/api/v1/auth/sessions', { token, status: 200 })).body.data.find((s) => s.current);
const near = (a, b) => assert.ok(Math.abs(a - b) < 60_000, `${a} is not near ${b}`);

// What was before, what the set-back does to it, and what is after it, in one story: each step leaves the next its state.
test('a clock set back an hour: sessions, tokens, codes, ids and the audit hold', { timeout: 60_000 }, async (t) => {
  const ann = await roster.register();
  const bob = await roster.register();
  const eve = await roster.register();
  const began = await session(ann.access_token);
  const used = await letter(roster, ann.email, 'verify_email');
  const unused = await letter(roster, bob.email, 'verify_email');
  await roster.post('/api/v1/auth/verify-email', { token: used.token }, { status: 200 });
  await roster.post('/api/v1/auth/logout', undefined, { token: eve.access_token, status: 200 });
  const rotated = (await refresh(bob.refresh_token, 200)).body.data;
  await roster.me(rotated.access_token, { status: 200 });
  const unseen = await roster.login(ann.email); // its token is shown to the server for the first time after the set-back
  const ids = [ann, bob, eve].map(({ user }) => user.id);
  near(await clock(), 0);

  await setClock(-3600);
  near(await clock(), -hour);

  await t.test('whoever was logged in still is, with tokens seen before and tokens never seen', async () => {
    await roster.me(ann.access_token, { status: 200 });
    await roster.me(unseen.access_token, { status: 200 });
    await roster.patch('/api/v1/users/me', { bio: 'in the past' }, { token: unseen.access_token, status: 200 });
    assert.equal((await roster.me(unseen.access_token)).body.data.bio, 'in the past');
  });

  await t.test('a session that had ended is still over', async () => {
    await roster.me(eve.access_token, { status: 401 });
    await refresh(eve.refresh_token, 401);
  });

  await t.test('a refresh works, and makes the session no longer than it was', async () => {
    const next = (await refresh(ann.refresh_token, 200)).body.data;
    await roster.me(next.access_token, { status: 200 });
    near(Date.parse(next.expires_at), Date.now() - hour + 15 * 60_000);
    near(Date.parse(next.refresh_expires_at), Date.parse(began.expires_at) - hour);
    const [row] = await roster.sql(`SELECT ends_at, expires_at FROM session WHERE id = '${began.id}'`);
    near(Number(row.ends_at), Date.now() + 30 * 24 * hour);
    assert.ok(Number(row.expires_at) <= Number(row.ends_at));
  });

  await t.test('advisory_refresh_replay: an old refresh token has no hour of grace', async () => {
    await new Promise((ok) => setTimeout(ok, grace + 50));
    const replay = await refresh(bob.refresh_token, 401);
    assert.equal(replay.body.error, 'session_ended');
    await roster.me(rotated.access_token, { status: 401 });
  });

  await t.test('a token that was used stays used, one that was not still works once', async () => {
    await roster.post('/api/v1/auth/verify-email', { token: used.token }, { status: 400 });
    await roster.post('/api/v1/auth/verify-email', { flow_id: ann.flow_id, code: used.code }, { status: 400 });
    await roster.post('/api/v1/auth/verify-email', { token: unused.token }, { status: 200 });
    await roster.post('/api/v1/auth/verify-email', { token: unused.token }, { status: 400 });
  });

  await t.test('people register and log in, and every id and number is another', async () => {
    const more = await Promise.all(Array.from({ length: 20 }, () => roster.register()));
    const all = [...ids, ...more.map(({ user }) => user.id)];
    assert.equal(new Set(all).size, all.length);
    const newest = Math.max(ann.user.number, bob.user.number, eve.user.number);
    assert.ok(more.every(({ user }) => user.number > newest), 'numbers grow whatever the clock says');
    const { body } = await roster.get('/api/v1/users?limit=100&sort=-created_at', { token: admin, status: 200 });
    assert.ok(all.every((id) => body.data.some((user) => user.id === id)));
    await roster.login(more[0].email);
  });

  await t.test('an ETag read before is still held against what is there', async () => {
    const person = await roster.register();
    const { headers } = await roster.me(person.access_token);
    const ask = (bio) => roster.patch('/api/v1/users/me', { bio }, { token: person.access_token, headers: { 'if-match': headers.get('etag') } });
    assert.equal((await ask('one')).status, 200);
    await setClock(-3601); // not even a second alike may bring an old tag back
    assert.equal((await ask('two')).status, 412);
    await setClock(-3600);
  });

  await t.test('events and the audit are numbered without a gap, and the chain of hashes holds', async () => {
    await eventually(() => roster.sql('SELECT COUNT(*) AS n FROM outbox WHERE seq IS NULL'), ([{ n }]) => Number(n) === 0);
    const [{ n, last }] = await roster.sql('SELECT COUNT(*) AS n, MAX(seq) AS last FROM outbox');
    assert.equal(Number(n), Number(last));
    await auditHolds(roster, { token: admin });
    const { code, stdout } = await roster.cli(['audit', 'verify', '--format', 'json']);
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).good, true);
    assert.ok((await roster.get('/health', { status: 200 })).body.uptime >= 0);
  });

  await t.test('a letter that is asked for comes at once', async () => {
    await roster.post('/api/v1/auth/password-reset', { email: ann.email }, { status: [200, 202] });
    const { token } = await letter(roster, ann.email, 'reset_password');
    await roster.post('/api/v1/auth/password-reset/confirm', { token, password: 'another lantern 8042 otter' }, { status: 200 });
    await roster.login(ann.email, 'another lantern 8042 otter');
  });

  await t.test('a key made now signs, before and after a restart, and a restart makes no other', async () => {
    const { body } = await roster.post('/api/v1/keys/rotate', undefined, { token: admin, status: [200, 201] });
    const kid = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
    await roster.stop({ keep: true });
    roster = await start({ dir: roster.dir, database: roster.database, env: { ...cheap, ...env, ...manyLetters } });
    const made = await roster.register();
    assert.equal(kid(made.access_token), body.data.kid);
    assert.equal((await roster.sql('SELECT kid FROM signing_key')).length, 2);
    await roster.me(unseen.access_token, { status: 401 }); // by the new password; not by the clock
    await roster.me(admin, { status: 200 });
  });

  await t.test('set right again: sessions of the wrong hour go on, and its access tokens have expired', async () => {
    const late = await roster.register({ username: unique('late') });
    await setClock(0);
    near(await clock(), 0);
    const gone = await roster.me(late.access_token, { status: 401 });
    assert.equal(gone.body.error, 'token_expired');
    const next = (await refresh(late.refresh_token, 200)).body.data;
    await roster.me(next.access_token, { status: 200 });
    await roster.login(late.email, password);
    await auditHolds(roster, { token: (await roster.login('admin@example.org')).access_token });
  });
});
