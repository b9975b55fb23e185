// Erasure: who deletes his account and does not come back leaves nothing of himself in any table, and the audit log's chain
// still proves what is left.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { letter, manyLetters } from './letters.mjs';
import { eventually, password, sleep, startWithAdmin, unique } from './lib.mjs';
import { png } from './picture.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin({ env: { ...manyLetters, ROSTER_USER_PURGE_AFTER: '1s' } });
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const tables = async () =>
  (
    await roster.sql(
      onPostgres
        ? `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
        : `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'user_search_%'`,
    )
  ).map((row) => row.name);
// Every row of every table that holds one of the texts.
async function rowsWith(texts) {
  const found = [];
  for (const table of await tables())
    for (const row of await roster.sql(`SELECT * FROM ${table}`)) {
      const text = JSON.stringify(row).toLowerCase();
      for (const each of texts) if (text.includes(each.toLowerCase())) found.push(`${each} in ${table}: ${text.slice(0, 300)}`);
    }
  return found;
}
const verify = async () => (await roster.get('/api/v1/audit/verify', { token: admin, status: 200 })).body.data;
const agent = { headers: { 'user-agent': 'Erasable-Browser/1.0' } };

// Comes in by the second of two invitations, while strangers may register too.
async function invited(mark) {
  const email = `${mark}@erased.example`;
  let token;
  for (const name of [`Wrong${mark}`, `Given${mark} Family${mark}`]) {
    await roster.post('/api/v1/invitations', { email, name }, { token: admin, status: 201 });
    ({ token } = await letter(roster, email, 'invitation'));
  }
  const { body } = await roster.post('/api/v1/invitations/accept', { token, password, username: `${mark}name`, device: `device-${mark}` }, { status: 201, ...agent });
  return { email, password, ...body.data };
}

// A person with something in every table there is.
async function lived() {
  const mark = unique('zz');
  const ann = await invited(mark);
  ann.mark = mark;
  const token = ann.access_token;
  await roster.patch('/api/v1/users/me/preferences', { timezone: 'Europe/Oslo', custom: { shelf: `shelf ${mark}` } }, { token, status: 200, ...agent });
  await roster.request('PUT', '/api/v1/users/me/avatar', { body: png(64, 64), headers: { 'content-type': 'image/png', ...agent.headers }, token, status: 200 });
  await roster.patch('/api/v1/users/me', { bio: `keyed ${mark}` }, { token, status: 200, headers: { 'idempotency-key': `key-${mark}`, ...agent.headers } });
  await roster.post('/api/v1/auth/password-reset/request', { email: ann.email }, { status: [200, 202], ...agent });
  await roster.post('/api/v1/users/me/email', { email: `${mark}new@erased.example`, current_password: password }, { token, status: [200, 202], ...agent });
  await roster.patch('/api/v1/users/me', { bio: `bio ${mark}`, location: `town ${mark}`, website: `https://${mark}.example`, date_of_birth: '1987-06-05' }, { token, status: 200, ...agent });
  await roster.patch('/api/v1/users/me', { username: `${mark}later` }, { token, status: 200, ...agent });
  await roster.post('/api/v1/auth/login', { identifier: ann.email, password: 'not the right one' }, { status: 401, ...agent });
  await roster.login(ann.email, password, { device: `phone-${mark}` });
  const second = await roster.login(ann.email, password, { device: `tablet-${mark}` });
  await roster.delete('/api/v1/auth/sessions', { token: second.access_token, status: 200, ...agent });
  await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'suspended', reason: `reason ${mark}` }, { token: admin, status: 200 });
  await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'active' }, { token: admin, status: 200 });
  Object.assign(ann, await roster.login(ann.email, password, { device: `desk-${mark}` }));
  await roster.post('/api/v1/users/me/push-tokens', { token: `push-${mark}`, device: `watch-${mark}` }, { token: ann.access_token, status: 201, ...agent });
  await roster.post('/api/v1/auth/login', { identifier: ann.email, password: 'not the right one' }, { status: 401, ...agent });
  for (const what of ['follow', 'mute', 'block']) await roster.post(`/api/v1/users/${roster.admin.user.id}/${what}`, undefined, { token: ann.access_token, status: 200, ...agent });
  const told = { type: 'news', title: `told ${mark}`, body: `more of ${mark}`, data: { seen: mark }, request_id: `asked ${mark}` };
  for (const request_id of [told.request_id, undefined]) await roster.post(`/api/v1/users/${ann.user.id}/notifications`, { ...told, request_id }, { token: admin, status: 201 });
  const other = await roster.register();
  await roster.post(`/api/v1/users/${other.user.id}/follow`, undefined, { token: ann.access_token, status: 200, ...agent }); // who keeps that it was her
  const report = { user_id: roster.admin.user.id, type: 'spam', reason: `report ${mark}`, evidence: { seen: `evidence ${mark}` } };
  await roster.post('/api/v1/reports', report, { token: ann.access_token, status: 201, ...agent });
  const of = await roster.post('/api/v1/reports', { ...report, user_id: ann.user.id }, { token: other.access_token, status: 201, ...agent });
  await roster.post(`/api/v1/moderation/reports/${of.body.data.id}/resolve`, { action: 'warn', reason: `strike ${mark}` }, { token: admin, status: 200 });
  ann.photo = (await roster.me(ann.access_token)).body.data.avatar_url;
  return ann;
}
const texts = (ann) => [ann.mark, 'Erasable-Browser', '1987-06-05'];

async function gone(ann) {
  await eventually(() => fetch(new URL(ann.photo, roster.url)), ({ status }) => status === 404, 15_000);
  await eventually(() => rowsWith(texts(ann)), (rows) => rows.length === 0, 15_000);
  const verdict = await eventually(verify, (v) => v.unsealed_late === 0 && v.redacted > 0);
  assert.deepEqual([verdict.good, verdict.problem], [true, null]);
}

async function isErased(ann) {
  const [row] = await roster.sql(`SELECT * FROM users WHERE id = '${ann.user.id}'`);
  const kept = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
  assert.deepEqual(
    kept.map(([name]) => name).filter((name) => !['number', 'id', 'username', 'role', 'status', 'visibility', 'created_at', 'updated_at', 'deleted_at', 'credential_version'].includes(name)).sort(),
    ['allow_messages', 'allow_tagging', 'email_notifications', 'email_verified', 'followers_count', 'following_count', 'is_private', 'posts_count', 'push_notifications', 'show_email', 'show_location', 'show_online_status', 'status_own'],
  );
  assert.deepEqual([row.username, row.role, row.status], [ann.user.id, 'user', 'deleted']);
}

test('a person who deleted his account is erased from every table when the time is over', async () => {
  const ann = await lived();
  // The test looks where there is something, in each of these.
  const held = (await rowsWith([...texts(ann), ann.user.id])).map((row) => / in (\w+): /.exec(row)[1]);
  const tablesOfPeople = 'audit flow invitation login_failure login_name login_place login_total mail notification outbox password preference push_token relation report session strike user_word users';
  assert.deepEqual([...new Set(held)].filter((name) => name !== 'user_search').sort().join(' '), tablesOfPeople);
  assert.equal((await fetch(new URL(ann.photo, roster.url))).status, 200);
  const { body } = await roster.delete('/api/v1/users/me?purge=true', { token: ann.access_token, status: 200, ...agent });
  assert.ok(Date.parse(body.data.erase_at) - Date.now() < 1500);
  await eventually(() => roster.sql(`SELECT status FROM users WHERE id = '${ann.user.id}' AND erase_at IS NULL`), (rows) => rows.length, 15_000);
  await isErased(ann);
  await gone(ann);
  await roster.post('/api/v1/auth/reactivate', { identifier: ann.email, password }, { status: 401 });
  await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'active' }, { token: admin, status: 404 });
});

test('whom an administrator erases is gone at once, and from the log soon after', async () => {
  const ann = await lived();
  await roster.delete(`/api/v1/users/${ann.user.id}`, { token: admin, status: 200 });
  await isErased(ann);
  assert.deepEqual((await rowsWith(texts(ann))).filter((row) => !/ in audit:/.test(row)), []);
  await gone(ann);
});

test('who comes back in time is not erased', async () => {
  const ann = await roster.register();
  await roster.delete('/api/v1/users/me?purge=true', { token: ann.access_token, status: 200 });
  await roster.post('/api/v1/auth/reactivate', { identifier: ann.email, password }, { status: 200 });
  await sleep(6500); // the time has passed, and the job came by
  await roster.login(ann.email);
});

test('nobody comes back when the time is over, though the job has not come by', async () => {
  const ann = await roster.register();
  await roster.delete('/api/v1/users/me?purge=true', { token: ann.access_token, status: 200 });
  await roster.sql(`UPDATE users SET erase_at = 1 WHERE id = '${ann.user.id}'`);
  await roster.post('/api/v1/auth/reactivate', { identifier: ann.email, password }, { status: [401, 403] });
});

test('the ids stay: who did it, when, and that it was done', async () => {
  const ann = await roster.register();
  await roster.delete(`/api/v1/users/${ann.user.id}`, { token: admin, status: 200 });
  const { body } = await roster.get(`/api/v1/audit?subject=${ann.user.id}`, { token: admin, status: 200 });
  assert.deepEqual(body.data.map((r) => [r.operation, r.outcome]), [['user_delete', 'ok'], ['user_create', 'ok']]);
  const events = await roster.sql(`SELECT type, data FROM outbox WHERE subject_id = '${ann.user.id}' ORDER BY id`);
  assert.deepEqual(events.map((e) => e.type), ['user.created', 'user.deleted']);
  assert.equal(events[0].data, '{}');
});

describe('advisory_recycled_names', () => {
  let old;
  let heir;
  before(async () => {
    old = await lived();
    await roster.delete(`/api/v1/users/${old.user.id}`, { token: admin, status: 200 });
    heir = await roster.register({ email: old.email, username: `${old.mark}later`, password: 'another 5501 thorny lamp' });
  });

  test('who takes the name of one who was erased is somebody else', async () => {
    assert.notEqual(heir.user.id, old.user.id);
    assert.notEqual(heir.user.number, old.user.number);
  });

  test('the tokens of the one before are good for nothing', async () => {
    await roster.me(old.access_token, { status: 401 });
    await roster.post('/api/v1/auth/refresh', { refresh_token: old.refresh_token }, { status: 401 });
    await roster.post('/api/v1/auth/login', { identifier: old.email, password }, { status: 401 });
    const checked = await roster.post('/oauth/introspect', { token: old.access_token }, { token: admin, status: 200 });
    assert.equal(checked.body.active, false);
  });

  test('he sees neither sessions nor activity of the one before', async () => {
    const sessions = await roster.get('/api/v1/auth/sessions', { token: heir.access_token, status: 200 });
    assert.equal(sessions.body.data.length, 1);
    const activity = await roster.get('/api/v1/users/me/activity?limit=100', { token: heir.access_token, status: 200 });
    assert.deepEqual(activity.body.data.map((a) => a.operation).filter((o) => o !== 'session_login'), ['user_create']);
  });

  test('failures counted against the one before do not count against him', async () => {
    assert.deepEqual(await roster.sql(`SELECT count FROM login_failure WHERE user_id = '${old.user.id}'`), []);
  });
});

test('a row of the log that was tampered with is still found when its person is erased', async () => {
  const ann = await roster.register({ name: 'Tampered With' });
  await eventually(() => roster.sql('SELECT COUNT(*) AS n FROM audit WHERE seq IS NULL'), ([row]) => Number(row.n) === 0);
  assert.equal((await verify()).good, true);
  await roster.sql(`UPDATE audit SET changes = 'invented' WHERE subject_id = '${ann.user.id}'`);
  await roster.delete(`/api/v1/users/${ann.user.id}`, { token: admin, status: 200 });
  await eventually(() => roster.sql(`SELECT changes FROM audit WHERE subject_id = '${ann.user.id}' AND changes <> ''`), (rows) => rows.length === 0, 10_000);
  const verdict = await verify();
  assert.equal(verdict.good, false);
  assert.match(verdict.problem, /was changed/);
});
