// A person's own data, as one ZIP: everything that is kept of him, and of nobody else.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { password, run, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
let folder;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
  folder = await mkdtemp(path.join(tmpdir(), 'roster-export-'));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await roster.stop();
});

// The archive's files by name, read by a program that is not ours.
async function download(target, token) {
  const answer = await fetch(new URL(target, roster.url), { headers: { authorization: `Bearer ${token}` } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  (await roster.contract()).check('GET', target.split('?')[0], answer.status, answer.headers.get('content-type'), answer.status === 200 ? 'binary' : bytes.toString());
  if (answer.status !== 200) return { status: answer.status, headers: answer.headers, body: JSON.parse(bytes) };
  const file = path.join(folder, `${unique()}.zip`);
  await writeFile(file, bytes);
  const script = 'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps({i.filename:[i.compress_type,list(i.date_time),z.read(i).decode()] for i in z.infolist()}))';
  const { code, stdout, stderr } = await run('python3', ['-c', script, file]);
  assert.equal(code, 0, stderr);
  const files = Object.entries(JSON.parse(stdout));
  return { status: 200, headers: answer.headers, bytes, raw: files, files: Object.fromEntries(files.map(([name, [, , text]]) => [name, JSON.parse(text)])) };
}
const own = (person) => download('/api/v1/users/me/export', person.access_token);

test('holds profile, sessions, activity and what else there is', async () => {
  const ann = await roster.register({ name: 'Ann Exported', push_token: 'push-of-ann', device: 'phone' });
  await roster.patch('/api/v1/users/me', { bio: 'Zeile "eins"\nund zwei — ☃', location: 'Brno' }, { token: ann.access_token, status: 200 });
  await roster.post('/api/v1/auth/login', { identifier: ann.email, password: 'wrong wrong wrong' }, { status: 401 });
  const ended = await roster.login(ann.email);
  await roster.post('/api/v1/auth/logout', undefined, { token: ended.access_token, status: 200 });
  await roster.post(`/api/v1/users/${ann.user.id}/notifications`, { type: 'news', title: 'Told to Ann' }, { token: admin, status: 201 });
  const { headers, files, raw } = await own(ann);
  assert.match(headers.get('content-disposition'), new RegExp(`^attachment; filename="roster-${ann.user.id}.zip"$`));
  assert.equal(headers.get('content-type'), 'application/zip');
  assert.equal(headers.get('cache-control'), 'no-store');
  const names = ['activity', 'invitations', 'login_failures', 'login_places', 'manifest', 'notifications', 'preferences', 'profile', 'push_tokens', 'relations', 'reports', 'sessions', 'social', 'strikes'];
  assert.deepEqual(Object.keys(files).sort(), names.map((name) => `${name}.json`));
  assert.equal(files['preferences.json'].length, 1);
  assert.deepEqual(files['notifications.json'].map((n) => [n.type, n.title, n.read_at]), [['news', 'Told to Ann', null]]);
  assert.deepEqual(files['social.json'], []); // nobody said anything of her
  const [me] = files['profile.json'];
  assert.deepEqual([me.id, me.email, me.bio, me.push_token], [ann.user.id, ann.email, 'Zeile "eins"\nund zwei — ☃', 'push-of-ann']);
  assert.deepEqual(files['sessions.json'].map((s) => [s.is_active, s.end_reason ?? null]), [[true, null], [false, 'logout']]);
  assert.deepEqual(files['activity.json'].map((a) => a.operation), ['session_logout', 'session_login', 'session_login', 'user_update_me', 'user_create']);
  assert.equal(files['login_failures.json'].length, 0); // a right password forgets them
  assert.deepEqual(files['manifest.json'].files.map((f) => f.name).sort(), Object.keys(files).filter((n) => n !== 'manifest.json').sort());
  assert.equal(files['manifest.json'].user_id, ann.user.id);
  for (const [, [method, date]] of raw) {
    assert.equal(method, 8, 'deflated');
    assert.equal(date[0], new Date().getUTCFullYear());
  }
});

test('holds no secret: no hash, no token, no key', async () => {
  const ann = await roster.register();
  const { raw } = await own(ann);
  const text = JSON.stringify(raw);
  for (const secret of [password, 'argon2', ann.access_token, ann.refresh_token, 'credential_version', 'counter']) assert.ok(!text.includes(secret), secret);
});

test('is given once an hour', async () => {
  const ann = await roster.register();
  assert.equal((await own(ann)).status, 200);
  const again = await own(ann);
  assert.deepEqual([again.status, again.body.error, again.body.message], [429, 'rate_limited', 'Your data can be exported once an hour.']);
  const wait = Number(again.headers.get('retry-after'));
  assert.ok(wait > 3500 && wait <= 3601);
  await roster.sql(`UPDATE users SET exported_at = exported_at - 3600001 WHERE id = '${ann.user.id}'`);
  assert.equal((await own(ann)).status, 200);
});

test('asked for many times at once is given once', async () => {
  const ann = await roster.register();
  const all = await Promise.all(Array.from({ length: 8 }, () => own(ann)));
  assert.equal(all.filter((a) => a.status === 200).length, 1, all.map((a) => a.status).join(' '));
  assert.ok(all.every((a) => [200, 429, 503].includes(a.status)));
});

test('many rows come whole, batch by batch', async () => {
  const ann = await roster.register();
  const many = 1234;
  const row = (i) => `('s${String(i).padStart(6, '0')}', '${ann.user.id}', 1, ${i}, ${i}, ${i}, 9999999999999, 9999999999999, 'device ${i}')`;
  await roster.sql(`INSERT INTO session (id, user_id, credential_version, created_at, last_used_at, rotated_at, expires_at, ends_at, device) VALUES ${Array.from({ length: many }, (_, i) => row(i + 1)).join(',')}`);
  const { files } = await own(ann);
  const made = files['sessions.json'].filter((s) => s.id.startsWith('s'));
  assert.deepEqual(made.map((s) => s.device), Array.from({ length: many }, (_, i) => `device ${i + 1}`));
});

test('it leaves nothing on the disk, and is in the audit log and the activity', async () => {
  const ann = await roster.register();
  const before = await readdir(roster.dir);
  await own(ann);
  assert.deepEqual(await readdir(roster.dir), before);
  assert.deepEqual(await readdir(path.join(roster.dir, 'uploads')), []);
  const { body } = await roster.get('/api/v1/users/me/activity', { token: ann.access_token, status: 200 });
  assert.equal(body.data[0].operation, 'user_export_me');
});

test('a part of it can be asked for, as of any file', async () => {
  const ann = await roster.register();
  const answer = await fetch(new URL('/api/v1/users/me/export', roster.url), { headers: { authorization: `Bearer ${ann.access_token}`, range: 'bytes=0-3' } });
  assert.deepEqual([answer.status, Buffer.from(await answer.arrayBuffer()).toString('latin1')], [206, 'PK\x03\x04']);
});

describe('by an administrator', () => {
  test('is given and audited, without what is for the person alone', async () => {
    const ann = await roster.register({ name: 'Ann Asked', push_token: 'push-of-ann' });
    const { files } = await download(`/api/v1/users/${ann.user.id}/export`, admin);
    assert.equal(files['profile.json'][0].email, ann.email);
    assert.ok(!JSON.stringify(files).includes('push-of-ann'));
    const again = await download(`/api/v1/users/${ann.user.id}/export`, admin);
    assert.equal(again.status, 200);
    assert.equal((await own(ann)).status, 200, 'it does not count as his own');
    const [row] = (await roster.get(`/api/v1/audit?subject=${ann.user.id}&operation=user_export_person`, { token: admin, status: 200 })).body.data;
    assert.deepEqual([row.actor_id, row.outcome], [roster.admin.user.id, 'ok']);
  });

  test('advisory_idor: nobody else gets it', async () => {
    const [ann, bob] = [await roster.register({ name: 'Ann Hidden' }), await roster.register()];
    assert.equal((await download(`/api/v1/users/${ann.user.id}/export`, bob.access_token)).status, 403);
    assert.equal((await download(`/api/v1/users/${ann.user.id}/export`, 'nonsense')).status, 401);
    const mine = await download(`/api/v1/users/me/export?id=${ann.user.id}&user_id=${ann.user.id}`, bob.access_token);
    assert.equal(mine.files['profile.json'][0].id, bob.user.id);
    assert.ok(!JSON.stringify(mine.files).includes('Ann Hidden') && !JSON.stringify(mine.files).includes(ann.user.id));
    const { body } = await roster.post('/api/v1/roles', { name: unique('writer'), permissions: ['user.write'] }, { token: admin, status: 201 });
    await roster.patch(`/api/v1/users/${bob.user.id}`, { role: body.data.name }, { token: admin, status: 200 });
    assert.equal((await download(`/api/v1/users/${ann.user.id}/export`, bob.access_token)).status, 200);
    assert.equal((await download(`/api/v1/users/${roster.admin.user.id}/export`, bob.access_token)).status, 403, 'not of those who may do more');
  });

  test('of who was erased there is none', async () => {
    const ann = await roster.register();
    await roster.delete(`/api/v1/users/${ann.user.id}`, { token: admin, status: 200 });
    assert.equal((await download(`/api/v1/users/${ann.user.id}/export`, admin)).status, 404);
    assert.equal((await download(`/api/v1/users/01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1/export`, admin)).status, 404);
  });
});
