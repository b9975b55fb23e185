// Accounts taken out as files: who may, what is in them, and that they come in again as they were.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cheap, password, run, start, startWithAdmin, unique } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

const take = (format = 'json', more = {}) => roster.get(`/api/v1/users/export?format=${format}`, { token: roster.admin.access_token, status: 200, ...more });
// Texts that break what is careless.
const naughty = ['=1+1', '＝1+1', '＋1', '－1', '＠SUM(A1)', '+1', '-1', '@SUM(A1)', "'=1", "''=1", "'", '"', '""', 'a,b', 'semi;colon', ' lead', 'trail ', '\\', '\\n', 'null', 'NULL', 'true', '0', '00012', '1e5', 'Ω≈ç√∫', '田中さん', '👩‍👩‍👧', '\u202etest', '<script>alert(1)</script>', '%s%n', '../../etc/passwd', "Robert'); DROP TABLE users;--", '#REF!', '\u00a0', 'ﷺ', '{"a":1}', '[]'];

async function fill() {
  const records = naughty.map((text, i) => ({
    username: unique('naughty'),
    name: text,
    first_name: i % 3 ? text : '',
    display_name: i % 4 ? text : null,
    bio: `${text}\n${text}\r\n\t${text}`,
    location: text,
    status_reason: i % 5 ? null : text,
    status: ['active', 'inactive', 'suspended', 'banned', 'pending'][i % 5],
    status_until: i % 5 === 2 ? '2031-01-01T00:00:00.001Z' : null,
    visibility: ['public', 'followers', 'private'][i % 3],
    is_private: i % 2 === 0,
    email: i % 6 ? `${unique('mail')}@bücher.example` : null,
    email_verified: i % 2 === 1,
    gender: i % 2 ? 'other' : null,
    date_of_birth: i % 2 ? '1990-02-28' : null,
    website: i % 2 ? 'https://example.org/?a=1,2&b="' .replace('"', '%22') : null,
    avatar_url: i % 2 ? '/media/x.png' : null,
    followers_count: i,
    following_count: 2 * i,
    posts_count: 1234567,
    push_token: text,
    role: i === 7 ? 'moderator' : 'user',
    created_at: '2019-12-31T23:59:59.999Z',
    updated_at: '2020-01-01T00:00:00.000Z',
    last_login_at: i % 2 ? '2021-01-01T00:00:00.123Z' : null,
    last_active_at: i % 2 ? '2022-01-01T00:00:00.000Z' : null,
    preferences: { email: i % 2 === 0, push: i % 3 === 0 },
    password_hash: i % 2 ? '$2b$10$zHsE2TOUv/5gNMfF0oint.bORD6tXO8MTLyPq88ydrfqzJKb77I6G' : undefined,
  }));
  const { body } = await roster.request('POST', '/api/v1/users/import', {
    body: JSON.stringify(records),
    headers: { 'content-type': 'application/json' },
    token: roster.admin.access_token,
    status: 200,
  });
  assert.deepEqual(body.data.errors, []);
  assert.equal(body.data.created, records.length);
  return records;
}

test('all fields come out, in every form, and no hash', async () => {
  const records = await fill();
  const json = await take();
  assert.match(json.headers.get('content-disposition'), /attachment; filename="users.json"/);
  assert.equal(json.headers.get('cache-control'), 'no-store');
  const users = new Map(json.body.map((u) => [u.username, u]));
  for (const record of records) {
    const { password_hash, ...wanted } = record;
    const user = users.get(record.username);
    for (const [field, value] of Object.entries(wanted)) assert.deepEqual(user[field], value, `${field} of ${record.username}`);
  }
  for (const form of ['json', 'csv', 'ndjson']) assert.ok(!/\$2b\$|\$argon2|password/.test((await take(form)).text), form);
  const lines = (await take('ndjson')).text.trim().split('\n').map((line) => JSON.parse(line));
  const still = ({ last_active_at: _, ...user }) => user; // written down beside all this, at any moment
  assert.deepEqual(lines.map(still), json.body.map(still));
  const csv = await run('python3', ['-c', 'import csv,json,sys; print(json.dumps(list(csv.DictReader(sys.stdin))))'], { input: (await take('csv')).text });
  const rows = JSON.parse(csv.stdout);
  assert.equal(rows.length, json.body.length);
  assert.deepEqual(Object.keys(rows[0]).filter((k) => k !== 'preferences.email' && k !== 'preferences.push'), Object.keys(json.body[0]).filter((k) => k !== 'preferences'));
});

test('advisory_csv: no cell begins as a formula does', async () => {
  const csv = await run('python3', ['-c', 'import csv,json,sys; print(json.dumps(list(csv.reader(sys.stdin))))'], { input: (await take('csv')).text });
  const cells = JSON.parse(csv.stdout).flat();
  assert.ok(cells.some((cell) => cell.startsWith("'=")));
  for (const cell of cells) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
});

// A server of its own over an empty database, asked by the command line alone.
async function empty(work) {
  const other = await start({ env: cheap });
  try {
    return await work(other);
  } finally {
    await other.stop();
  }
}

for (const format of ['json', 'csv', 'ndjson'])
  test(`an export imports again to an equal state: ${format}`, async () => {
    const file = path.join(roster.dir, `all.${format}`);
    const written = await roster.cli(['user', 'export', '--format', format, '--with-hashes', '--output', file]);
    assert.equal(written.code, 0, written.stderr);
    const first = await fs.readFile(file, 'utf8');
    assert.match(first, /\$2b\$10\$/);
    assert.equal((await fs.stat(file)).mode & 0o777, 0o600);
    const second = await empty(async (other) => {
      const done = await other.cli(['user', 'import', file, '--format', format]);
      assert.equal(done.code, 0, done.stdout + done.stderr);
      return (await other.cli(['user', 'export', '--format', format, '--with-hashes'])).stdout;
    });
    assert.equal(second, first);
  });

test('accounts that were erased do not come out, and more than a batch does, each once', async () => {
  const gone = await roster.register();
  await roster.delete(`/api/v1/users/${gone.user.id}`, { token: roster.admin.access_token, status: 200 });
  const many = Array.from({ length: 1203 }, () => ({ username: unique('many') }));
  await roster.request('POST', '/api/v1/users/import', { body: JSON.stringify(many), headers: { 'content-type': 'application/json' }, token: roster.admin.access_token, status: 200 });
  const ids = (await take()).body.map((u) => u.id);
  assert.ok(!ids.includes(gone.user.id));
  assert.equal(new Set(ids).size, ids.length);
  const [{ n }] = await roster.sql("SELECT COUNT(*) AS n FROM users WHERE status <> 'deleted'");
  assert.equal(ids.length, Number(n));
});

test('who lacks the permission takes nothing out, and it is in the audit who did', async () => {
  const person = await roster.register();
  await roster.get('/api/v1/users/export', { token: person.access_token, status: 403 });
  await roster.get('/api/v1/users/export', { status: 401 });
  await roster.get('/api/v1/users/export?format=xml', { token: roster.admin.access_token, status: 422 });
  await roster.cli(['users', 'export', '-f', 'csv', '--include-keys', '-o', path.join(roster.dir, 'audit.csv')]);
  const rows = await roster.sql("SELECT operation, outcome, actor_id, subject_type FROM audit WHERE operation LIKE 'user_export%'");
  assert.ok(rows.some((r) => r.operation === 'user_export' && r.outcome === 'denied' && r.actor_id === person.user.id));
  assert.ok(rows.some((r) => r.operation === 'user_export' && r.outcome !== 'denied' && r.actor_id === roster.admin.user.id));
  assert.ok(rows.some((r) => r.operation === 'user_export_begin' && r.subject_type === 'export_with_hashes'));
});

test('a service with the permission takes all out', async () => {
  const { body } = await roster.post('/api/v1/oauth/clients', { name: unique(), scope: 'user.export' }, { token: roster.admin.access_token, status: 201 });
  const authorization = `Basic ${Buffer.from(`${body.data.id}:${body.data.secret}`).toString('base64')}`;
  assert.ok(Array.isArray((await roster.get('/api/v1/users/export', { headers: { authorization }, status: 200 })).body));
});

test('an empty server exports an empty list, and a header alone', async () => {
  await empty(async (other) => {
    assert.deepEqual(JSON.parse((await other.cli(['user', 'export'])).stdout), []);
    const csv = (await other.cli(['users', 'export', '--format', 'csv'])).stdout;
    assert.match(csv, /^id,username,email,[^\n]*\r\n$/);
    const back = await other.cli(['user', 'import', '-', '--format', 'csv'], { input: csv });
    assert.match(back.stdout, /0 imported/);
    assert.equal(back.code, 0, back.stderr);
  });
});

test('an account that came back logs in with its password', async () => {
  const person = await roster.register();
  const all = await roster.cli(['user', 'export', '--with-hashes']);
  await empty(async (other) => {
    const done = await other.cli(['user', 'import', '-', '--format', 'json'], { input: all.stdout });
    assert.equal(done.code, 0, done.stderr);
    await other.login(person.email, password);
  });
});
