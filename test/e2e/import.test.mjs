// Accounts brought in from files, over HTTP and by the command line: what is taken, what is refused, what stays.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cheap, password, sleep, start, startWithAdmin, unique } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin({ env: { ROSTER_IMPORT_MAX: '8MiB' } })));
after(() => roster.stop());

const types = { json: 'application/json', csv: 'text/csv', ndjson: 'application/x-ndjson' };
// Sends a file; the result, or the whole answer when another status is wanted.
async function send(body, { format = 'json', query = '', token = roster.admin.access_token, status = 200 } = {}) {
  const headers = { 'content-type': types[format] };
  const answer = await roster.request('POST', `/api/v1/users/import${query}`, { body, headers, token, status });
  return status === 200 ? answer.body.data : answer;
}
const list = (...records) => JSON.stringify(records);
const find = async (name) => (await roster.get(`/api/v1/users/${name}`, { token: roster.admin.access_token, status: 200 })).body.data;
const cli = (...args) => roster.cli(args);

test('a list, lines and CSV make the same accounts', async () => {
  const [a, b, c] = [unique('list'), unique('line'), unique('cell')];
  const fields = { name: 'Zoë "Z" O’Neil, Dr.', bio: 'one\ntwo', email_verified: true, created_at: '2020-02-03T04:05:06.789Z', status: 'suspended', status_reason: 'a test' };
  const id = 'c0ffee00-1111-4222-8333-444444444444';
  assert.equal((await send(list({ username: a, ...fields, id }))).created, 1);
  assert.equal((await send(`${JSON.stringify({ username: b, ...fields })}\n\n`, { format: 'ndjson' })).created, 1);
  const csv = `\ufeffusername,name,bio,email_verified,created_at,status,status_reason\r\n${c},"Zoë ""Z"" O’Neil, Dr.","one\ntwo",true,${fields.created_at},suspended,a test\r\n`;
  assert.equal((await send(csv, { format: 'csv' })).created, 1);
  assert.equal((await find(a)).id, id);
  for (const name of [a, b, c]) {
    const user = await find(name);
    for (const [field, value] of Object.entries(fields)) assert.equal(user[field], value, `${field} of ${name}`);
    assert.match(user.id, /^[0-9a-f-]{36}$/);
  }
});

test('a form brings one file, and its name tells the form of it', async () => {
  const name = unique('form');
  const form = new FormData();
  form.append('file', new Blob([`username,email\n${name},${name}@example.org\n`]), 'people.csv');
  const { body } = await roster.request('POST', '/api/v1/users/import', { body: form, token: roster.admin.access_token, status: 200 });
  assert.equal(body.data.created, 1);
  assert.equal((await find(name)).email, `${name}@example.org`);
});

test('a record that fails changes nothing and does not stop the others', async () => {
  const [good, also] = [unique(), unique()];
  const result = await send(
    `[${JSON.stringify({ username: good })}, {"username":"x","email":"no address"}, 5, {"a":}, {"status":"odd","username":"abcde"}, {"bio":"nobody"}, ${JSON.stringify({ username: also, status: 'deleted' })}, ${JSON.stringify({ username: also })}]`,
  );
  assert.deepEqual([result.total, result.created, result.failed, result.complete], [8, 2, 6, true]);
  assert.deepEqual(result.errors.map((e) => [e.row, e.field]), [[2, 'username'], [2, 'email'], [3, ''], [4, ''], [5, 'status'], [6, 'username'], [7, 'status']]);
  assert.equal((await find(also)).status, 'active');
});

test('rows of CSV that are not right are told by number', async () => {
  const name = unique();
  const text = `username,email,followers_count\nab"c,,\n"abc"x,,\n${name},,7\n${name}2,,seven\ntoo,few\n${unique()},\xff,\n`;
  const result = await send(Buffer.from(text, 'latin1'), { format: 'csv' });
  assert.deepEqual([result.created, result.failed], [1, 5]);
  assert.deepEqual(result.errors.map((e) => [e.row, e.field]), [[1, ''], [2, ''], [4, 'followers_count'], [5, ''], [6, '']]);
  assert.equal((await find(name)).followers_count, 7);
  assert.match((await send('a,b\n1,2\n', { format: 'csv', status: 400 })).body.message, /first row must name the columns/);
});

test('an account that is there is skipped, overwritten or told', async () => {
  const name = unique();
  const record = list({ username: name, email: `${name}@example.org`, name: 'Before', bio: 'stays' });
  await send(record);
  assert.equal((await send(record)).skipped, 1);
  const failed = await send(record, { query: '?existing=fail' });
  assert.deepEqual([failed.failed, failed.created], [1, 0]);
  const changed = list({ email: `${name}@EXAMPLE.org`, username: `${name}b`, name: null, location: 'Bern' });
  assert.equal((await send(changed, { query: '?existing=overwrite' })).updated, 1);
  const user = await find(`${name}b`);
  assert.deepEqual([user.name, user.bio, user.location], [null, 'stays', 'Bern']);
  assert.equal((await roster.get(`/api/v1/users/${name}`, { token: roster.admin.access_token })).status, 404);
  const other = unique();
  await send(list({ username: other }));
  const both = await send(list({ username: other, email: `${name}@example.org` }), { query: '?existing=overwrite' });
  assert.equal(both.failed, 1, 'the names of two accounts cannot become one');
});

test('another password ends the sessions of an account that is overwritten', async () => {
  const person = await roster.register();
  const hash = '$argon2id$v=19$m=19456,t=2,p=1$70iVjiwf6gjxp9865fqdRg$hmXvjjnezCPVDqEQeBVnUl/evxCYH5hCYSnpLAOT9ls';
  await send(list({ email: person.email, name: 'New' }), { query: '?existing=overwrite' });
  await roster.me(person.access_token, { status: 200 });
  await send(list({ email: person.email, password_hash: hash }), { query: '?existing=overwrite' });
  await roster.me(person.access_token, { status: 401 });
  await roster.login(person.email, 'correct horse battery staple');
});

test('a trial checks everything and keeps nothing', async () => {
  const name = unique();
  const result = await send(list({ username: name }, { username: name }, { username: 'x' }), { query: '?dry_run=true' });
  assert.deepEqual([result.created, result.skipped, result.failed, result.dry_run], [1, 1, 1, true]);
  assert.equal((await roster.get(`/api/v1/users/${name}`, { token: roster.admin.access_token })).status, 404);
});

// The rows of the unit test's table: hashes that other programs made.
async function vectors() {
  const file = fileURLToPath(new URL('../../src/crypto/password_vectors_test.h', import.meta.url));
  const text = await fs.readFile(file, 'utf8');
  const words = { HORSE: 'correct horse battery staple' };
  return [...text.matchAll(/\{ "([^"]+)", (HORSE),\s+"([^"]+)" \}/g)].map(([, by, word, hash]) => ({ by, password: words[word], hash }));
}

test('hashes of every family log in afterwards', async () => {
  const all = await vectors();
  assert.ok(all.length > 15, `${all.length} vectors`);
  const people = all.map((v) => ({ ...v, username: unique('hash') }));
  const result = await send(list(...people.map((p) => ({ username: p.username, password_hash: p.hash }))));
  assert.deepEqual(result.errors, []);
  for (const p of people) await roster.login(p.username, p.password);
  const tries = people.map((p) => roster.post('/api/v1/auth/login', { identifier: p.username, password: 'wrong horse' }));
  for (const answer of await Promise.all(tries)) assert.equal(answer.status, 401);
});

test('advisory_bcrypt_prefix: $2a$, $2b$ and $2y$ are one kind of hash', async () => {
  const tail = '10$zHsE2TOUv/5gNMfF0oint.bORD6tXO8MTLyPq88ydrfqzJKb77I6G';
  for (const prefix of ['$2a$', '$2b$', '$2y$']) {
    const username = unique('bc');
    assert.equal((await send(list({ username, password_hash: prefix + tail }))).created, 1, prefix);
    await roster.login(username, 'correct horse battery staple');
  }
});

test('advisory_hash_cost: a hash that would take the server minutes is refused, and so is one that is undone at once', async () => {
  const salt = 'cm9zdGVyLW5vYm9keS0wMQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  const bad = [`$argon2id$v=19$m=4194304,t=2,p=1$${salt}`, `$argon2id$v=19$m=19456,t=4000000000,p=1$${salt}`, '$2b$31$zHsE2TOUv/5gNMfF0oint.bORD6tXO8MTLyPq88ydrfqzJKb77I6G', 'pbkdf2_sha256$999999999$c2FsdA$AAAA', '$6$rounds=999999999$salt$x', '5f4dcc3b5aa765d61d8327deb882cf99', 'plain', '*', '!$6$x'];
  const began = Date.now();
  const result = await send(list(...bad.map((password_hash) => ({ username: unique(), password_hash }))));
  assert.deepEqual([result.failed, result.created], [bad.length, 0]);
  assert.ok(result.errors.every((e) => e.field === 'password_hash'));
  assert.ok(Date.now() - began < 3000);
});

test('plain passwords are held to the rules and hashed', async () => {
  const username = unique();
  const result = await send(list({ username, password }, { username: unique(), password: 'password' }, { username: unique(), password, password_hash: '$2b$10$x' }));
  assert.deepEqual([result.created, result.failed], [1, 2]);
  await roster.login(username, password);
  const [row] = await roster.sql(`SELECT hash FROM password JOIN users ON users.id = password.user_id WHERE username = '${username}'`);
  assert.match(row.hash, /^\$argon2id\$/);
});

test('what an older program exported is taken: JSON with its own keys, CSV with its header', async () => {
  const [a, b] = [unique('old'), unique('old')];
  const id = '5b7f1c9e-8d1a-4f0e-9d2b-1f2e3d4c5b6a';
  const json = await send(list({ id, username: a, email: null, status: 'active', protocol: { type: 'vless', settings: {} }, keys: {}, traffic: { up: 1 }, created_at: '2024-05-06T07:08:09.123456' }));
  assert.deepEqual([json.created, json.ignored.sort()], [1, ['keys', 'protocol', 'traffic']]);
  assert.deepEqual([(await find(a)).id, (await find(a)).created_at], [id, '2024-05-06T07:08:09.123Z']);
  const csv = await send(`id,username,email,status,protocol,created_at\n,${b},,inactive,vless,2024-05-06T07:08:09\n`, { format: 'csv' });
  assert.deepEqual([csv.created, csv.ignored], [1, ['protocol']]);
  assert.deepEqual([(await find(b)).status, (await find(b)).email], ['inactive', null]);
});

async function service(scope) {
  const { body } = await roster.post('/api/v1/oauth/clients', { name: unique(), scope }, { token: roster.admin.access_token, status: 201 });
  const basic = Buffer.from(`${body.data.id}:${body.data.secret}`).toString('base64');
  return { authorization: `Basic ${basic}` };
}

test('advisory_mass_assignment: who may import but not grant roles makes no administrator, and changes none', async () => {
  const headers = { ...(await service('user.import')), 'content-type': 'application/json' };
  const as = async (body, query = '') => (await roster.request('POST', `/api/v1/users/import${query}`, { body, headers, status: 200 })).body.data;
  const name = unique();
  const made = await as(list({ username: name, role: 'admin' }, { username: unique(), role: 'user' }, { username: unique(), is_active: true, number: 1, perms: 255 }));
  assert.deepEqual([made.created, made.failed, made.errors[0].field], [2, 1, 'role']);
  const taken = await as(list({ email: roster.admin.email, password_hash: '$2b$10$zHsE2TOUv/5gNMfF0oint.bORD6tXO8MTLyPq88ydrfqzJKb77I6G', name: 'Mallory' }), '?existing=overwrite');
  assert.deepEqual([taken.updated, taken.failed], [0, 1]);
  await roster.login(roster.admin.email, roster.admin.password);
  await roster.request('GET', '/api/v1/users/export', { headers: { authorization: headers.authorization }, status: 403 });
});

test('advisory_escalation: who may import and grant roles makes neither himself nor others more than he is', async () => {
  const admin = roster.admin.access_token;
  const clerk = unique('clerk');
  await roster.post('/api/v1/roles', { name: clerk, permissions: ['user.import', 'role.grant'] }, { token: admin, status: 201 });
  const [ann, bob] = [await roster.register(), await roster.register()];
  await roster.patch(`/api/v1/users/${ann.user.id}`, { role: clerk }, { token: admin, status: 200 });
  for (const role of ['admin', 'moderator', 'nosuch'])
    for (const record of [{ username: unique('puppet'), password }, { id: ann.user.id }, { email: ann.email }, { username: bob.user.username, password }])
      for (const [format, body] of [['json', list({ ...record, role })], ['ndjson', `${JSON.stringify({ ...record, role })}\n`], ['csv', `${[...Object.keys(record), 'role']}\n${[...Object.values(record), role]}\n`]]) {
        const result = await send(body, { format, token: ann.access_token, query: '?existing=overwrite' });
        assert.deepEqual([result.created, result.updated, result.failed, result.errors[0].field], [0, 0, 1, 'role'], body);
      }
  assert.equal((await find(ann.user.id)).role, clerk);
  assert.equal((await find(bob.user.id)).role, 'user');
  await roster.login(bob.email);
  assert.equal((await send(list({ username: bob.user.username, role: clerk }), { token: ann.access_token, query: '?existing=overwrite' })).updated, 1);
});

test('advisory_recycled_ids: an account that was erased does not come back by its identifier', async () => {
  const ann = await roster.register();
  await roster.delete(`/api/v1/users/${ann.user.id}`, { token: roster.admin.access_token, status: 200 });
  for (const query of ['', '?existing=overwrite', '?existing=fail']) {
    const result = await send(list({ id: ann.user.id, username: unique('heir'), password }), { query });
    assert.deepEqual([result.created, result.updated, result.failed], [0, 0, 1], query);
  }
  await roster.me(ann.access_token, { status: 401 });
  await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 401 });
});

test('advisory_stolen_session: a file sets neither the password nor the address of whoever brings it', async () => {
  const { email, user, password } = roster.admin;
  const hash = '$2b$10$zHsE2TOUv/5gNMfF0oint.bORD6tXO8MTLyPq88ydrfqzJKb77I6G';
  for (const change of [{ password_hash: hash }, { password: 'nine old green lamps' }, { email: 'thief@example.org' }]) {
    const { updated, failed, errors } = await send(list({ id: user.id, ...change }), { query: '?existing=overwrite' });
    assert.deepEqual([updated, failed], [0, 1]);
    assert.match(errors[0].why, /your own account/);
  }
  await roster.login(email, password);
  assert.equal((await send(list({ id: user.id, email, bio: 'the rest may change' }), { query: '?existing=overwrite' })).updated, 1);
});

test('the last administrator is not taken away by a file', async () => {
  for (const change of [{ role: 'user' }, { status: 'banned' }]) {
    const result = await send(list({ email: roster.admin.email, ...change }), { query: '?existing=overwrite' });
    assert.equal(result.failed, 1);
  }
  await roster.me(roster.admin.access_token, { status: 200 });
});

test('strangers and people without the permission bring nothing in', async () => {
  const person = await roster.register();
  assert.equal((await send(list({ username: unique() }), { token: person.access_token, status: 403 })).body.error, 'denied');
  const anyone = await roster.request('POST', '/api/v1/users/import', { body: list({}), headers: { 'content-type': 'application/json' } });
  assert.equal(anyone.status, 401);
  // of them no large body comes to the disk
  const large = await roster.request('POST', '/api/v1/users/import', { body: Buffer.alloc(2 << 20, 32), token: person.access_token, headers: { 'content-type': 'text/csv' } }).catch(() => ({ status: 413 }));
  assert.equal(large.status, 413);
});

test('a file larger than the setting is refused', async () => {
  const answer = await roster.request('POST', '/api/v1/users/import', { body: Buffer.alloc(9 << 20, 32), token: roster.admin.access_token, headers: { 'content-type': 'text/csv' } }).catch(() => ({ status: 413 }));
  assert.equal(answer.status, 413);
});

test('a file that ends inside a record: what was whole stays, the rest is told', async () => {
  const names = Array.from({ length: 250 }, () => unique('cut'));
  const whole = list(...names.map((username) => ({ username })));
  const result = await send(whole.slice(0, -8));
  assert.deepEqual([result.created, result.failed, result.complete], [249, 1, false]);
  assert.equal(result.errors[0].row, 250);
  const open = await send('username,name\nabcd1,"never closed\n', { format: 'csv' });
  assert.deepEqual([open.created, open.failed, open.complete], [0, 1, false]);
  const behind = await send(`[${JSON.stringify({ username: unique() })}] x`);
  assert.deepEqual([behind.created, behind.complete], [1, false]);
});

test('a client that hangs up in the middle brought nothing in', async () => {
  const name = unique('gone');
  const { hostname, port } = new URL(roster.url);
  const socket = net.connect(Number(port), hostname);
  socket.write(`POST /api/v1/users/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${roster.admin.access_token}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n${list({ username: name })}`);
  await sleep(200);
  socket.destroy();
  await sleep(200);
  assert.equal((await roster.get(`/api/v1/users/${name}`, { token: roster.admin.access_token })).status, 404);
});

test('a record of more than 1 MiB ends the import, and what was before stays', async () => {
  const name = unique();
  const result = await send(`${JSON.stringify({ username: name })}\n{"bio":"${'x'.repeat(2 << 20)}"}\n${JSON.stringify({ username: unique() })}\n`, { format: 'ndjson' });
  assert.deepEqual([result.created, result.failed, result.complete], [1, 1, false]);
});

test('advisory_parser_recursion: a record that nests without end is one that fails, in every form', async () => {
  const name = unique('deep');
  for (const n of [200, 100_000, 400_000]) {
    const deep = '['.repeat(n) + ']'.repeat(n);
    const began = Date.now();
    for (const inner of [deep, '{"a":'.repeat(n / 4) + '1' + '}'.repeat(n / 4)]) {
      const bad = `{"username":"${unique()}","preferences":${inner}}`;
      const listed = await send(`[${bad},${JSON.stringify({ username: unique(name) })}]`);
      const lines = await send(`${bad}\n${JSON.stringify({ username: unique(name) })}\n`, { format: 'ndjson' });
      for (const result of [listed, lines]) assert.deepEqual([result.created, result.failed], [1, 1]);
    }
    await send('['.repeat(n), { status: [200, 400] });
    await send('"'.repeat(n), { format: 'csv', status: [200, 400] });
    assert.ok(Date.now() - began < 5000);
  }
});

test('many errors are counted, and the first 1,000 are told', async () => {
  const result = await send(`username\n${'x\n'.repeat(1500)}`, { format: 'csv' });
  assert.deepEqual([result.total, result.failed, result.errors.length], [1500, 1500, 1000]);
});

test('every account is an event, every batch a line of the audit', async () => {
  const names = Array.from({ length: 3 }, () => unique('ev'));
  await send(list(...names.map((username) => ({ username }))));
  const [{ id }] = await roster.sql(`SELECT id FROM users WHERE username = '${names[0]}'`);
  const events = await roster.sql(`SELECT type FROM outbox WHERE subject_id = '${id}'`);
  assert.deepEqual(events.map((e) => e.type), ['user.created']);
  const { body } = await roster.get('/api/v1/audit?limit=5', { token: roster.admin.access_token, status: 200 });
  const row = body.data.find((r) => r.operation === 'user_import_batch');
  assert.equal(row.actor_id, roster.admin.user.id);
  assert.match(JSON.stringify(row.changes), /created\\*":3/);
});

test('the command line imports through the running server, and its older words work', async () => {
  const [a, b] = [unique('cl'), unique('cl')];
  const file = path.join(roster.dir, 'people.csv');
  await fs.writeFile(file, `username,name\n${a},Ann\nx,short\n`);
  const first = await cli('user', 'import', file);
  assert.equal(first.code, 1, first.stderr);
  assert.match(first.stdout, /^Import complete: 1 imported, 0 skipped, 1 failed/);
  assert.match(first.stderr, /record 2: username/);
  const again = await cli('users', 'import', file, '--dry-run', '--overwrite');
  assert.match(again.stdout, /^Trial complete: 1 imported, 0 skipped, 1 failed .*nothing was kept/);
  const piped = await roster.cli(['users', 'import', '-', '-f', 'json', '--skip-existing'], { input: list({ username: a }, { username: b }) });
  assert.match(piped.stdout, /: 1 imported, 1 skipped, 0 failed/);
  assert.equal(piped.code, 0, piped.stderr);
  assert.equal((await cli('user', 'import', '/nowhere.csv')).code, 6);
});

test('without a server the command line imports by itself', async () => {
  const other = await start({ env: cheap });
  await other.stop({ keep: true });
  const input = list({ username: 'offline_olga', password_hash: '$2b$10$zHsE2TOUv/5gNMfF0oint.bORD6tXO8MTLyPq88ydrfqzJKb77I6G' });
  const done = await other.cli(['user', 'import', '-', '--format', 'json'], { input });
  assert.match(done.stdout, /1 imported/);
  const again = await start({ env: cheap, dir: other.dir, database: other.database });
  await again.login('offline_olga', 'correct horse battery staple');
  await again.stop({ keep: true });
  await fs.rm(other.dir, { recursive: true });
  await other.database?.drop();
});
