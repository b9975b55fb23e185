// A person's own activity: what he did and what befell his account, and nothing of anybody else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, password, startWithAdmin } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const activity = async (token, query = '?limit=100') => (await roster.get(`/api/v1/users/me/activity${query}`, { token, status: 200 })).body;
const agent = (name) => ({ headers: { 'user-agent': name } });

test('shows log-ins, failures, changes and endings, each with device and address', async () => {
  const ann = await roster.register({ device: 'first phone' }, agent('Browser/1'));
  await roster.post('/api/v1/auth/login', { identifier: ann.email, password: 'wrong wrong wrong' }, { status: 401, ...agent('Thief/2') });
  const second = (await roster.post('/api/v1/auth/login', { identifier: ann.email, password, device: 'tablet' }, { status: 200, ...agent('Browser/3') })).body.data;
  const token = second.access_token;
  await roster.patch('/api/v1/users/me', { bio: 'about me' }, { token, status: 200 });
  await roster.post('/api/v1/auth/password-change', { current_password: password, new_password: 'violet anchor 77 sunken' }, { token, status: 200 });
  await roster.delete('/api/v1/auth/sessions', { token, status: 200 });
  const rows = (await activity(token)).data;
  assert.deepEqual(rows.map((r) => [r.operation, r.outcome, r.by]), [
    ['session_revoke_others', 'ok', 'self'],
    ['password_change', 'ok', 'self'],
    ['user_update_me', 'ok', 'self'],
    ['session_login', 'ok', 'self'],
    ['session_login', 'bad_credentials', 'self'],
    ['user_create', 'ok', 'self'],
  ]);
  assert.ok(rows.every((r) => r.ip === '127.0.0.1' && Date.parse(r.at)));
  const [, , changed, login, failed] = rows;
  assert.deepEqual([login.device, login.user_agent, login.after.ip], ['tablet', 'Browser/3', '127.0.0.1']);
  const sessions = (await roster.get('/api/v1/auth/sessions', { token, status: 200 })).body.data;
  assert.equal(login.session_id, sessions[0].id);
  assert.equal(failed.user_agent, 'Thief/2');
  assert.deepEqual([changed.before?.bio, changed.after.bio], [undefined, 'about me']);
  assert.ok(!JSON.stringify(rows).includes(password) && !/argon2|anchor/.test(JSON.stringify(rows)));
});

test('tells of an administrator that it was one, not who or from where', async () => {
  const ann = await roster.register();
  const other = (await roster.login(ann.email)).access_token;
  await roster.patch(`/api/v1/users/${ann.user.id}`, { name: 'Renamed' }, { token: admin, status: 200 });
  await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'suspended', reason: 'a look' }, { token: admin, status: 200 });
  await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'active' }, { token: admin, status: 200 });
  const { id } = (await roster.get('/api/v1/auth/sessions', { token: other, status: 200 })).body.data.find((s) => !s.current);
  await roster.delete(`/api/v1/auth/sessions/${id}`, { token: admin, status: 200 });
  const { data } = await activity(other);
  const theirs = data.filter((r) => r.by === 'administrator');
  assert.deepEqual(theirs.map((r) => r.operation), ['session_revoke', 'user_set_status', 'user_set_status', 'user_update']);
  assert.equal(theirs[0].session_id, id);
  assert.equal(theirs[2].after.status_reason, 'a look');
  assert.ok(theirs.every((r) => r.ip === null));
  assert.ok(!JSON.stringify(data).includes(roster.admin.user.id));
});

test('a stolen refresh token that ended the session is shown', async () => {
  const ann = await roster.register();
  const next = (await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 200 })).body.data;
  await roster.me(next.access_token, { status: 200 });
  await roster.sql(`UPDATE session SET rotated_at = rotated_at - 60000 WHERE user_id = '${ann.user.id}'`);
  await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 401 });
  const again = await roster.login(ann.email);
  const { data } = await activity(again.access_token);
  assert.ok(data.some((r) => r.operation === 'session_refresh' && r.outcome === 'session_ended' && r.session_id));
});

test('advisory_idor: is about nobody else', async () => {
  const [ann, bob] = [await roster.register({ name: 'Ann Private' }), await roster.register({ name: 'Bob Private' })];
  await roster.patch(`/api/v1/users/${ann.user.id}`, { bio: 'changed by the administrator' }, { token: admin, status: 200 });
  await roster.patch(`/api/v1/users/${ann.user.id}`, { bio: 'x' }, { token: bob.access_token, status: 403 });
  for (const query of [`?user_id=${ann.user.id}`, `?subject_id=${ann.user.id}`, `?actor_id=${ann.user.id}`, `?id=${ann.user.id}`]) {
    const text = JSON.stringify(await activity(bob.access_token, query));
    assert.ok(!text.includes(ann.user.id) && !text.includes('Ann Private'), query);
  }
  const of = JSON.stringify(await activity(admin));
  assert.ok(!of.includes(ann.user.id) && !of.includes('changed by the administrator'), 'what he did to others is theirs');
  await roster.get('/api/v1/users/me/activity', { status: 401 });
  await roster.get(`/api/v1/users/${ann.user.id}/activity`, { token: bob.access_token, status: 404, undocumented: true });
});

test('goes on by a cursor that is nobody else\'s', async () => {
  const [ann, bob] = [await roster.register(), await roster.register()];
  for (let i = 0; i < 6; i++) await roster.patch('/api/v1/users/me', { bio: `${i}` }, { token: ann.access_token, status: 200 });
  const seen = [];
  let query = '?limit=2';
  for (;;) {
    const { data, meta } = await activity(ann.access_token, query);
    seen.push(...data);
    if (!meta.next_cursor) break;
    await roster.get(`/api/v1/users/me/activity?cursor=${meta.next_cursor}`, { token: bob.access_token, status: 400 });
    query = `?limit=2&cursor=${meta.next_cursor}`;
  }
  assert.deepEqual(seen.map((r) => r.after?.bio), ['5', '4', '3', '2', '1', '0', undefined]);
  await roster.get('/api/v1/users/me/activity?cursor=forged', { token: ann.access_token, status: 400 });
});

test('what was denied is shown to who tried it', async () => {
  const ann = await roster.register();
  await roster.post('/oauth/clients', { name: 'x' }, { token: ann.access_token, status: 403 });
  const { data } = await eventually(() => activity(ann.access_token), (body) => body.data.some((r) => r.operation === 'client_create'));
  assert.equal(data.find((r) => r.operation === 'client_create').outcome, 'denied');
});
