// Preferences: defaults without a row, merging and replacing, one truth with the profile, ETags, and the older shapes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cheap, startWithAdmin, start, unique } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

const page = '/api/v1/users/me/preferences';
const defaults = { email: true, push: true, theme: 'light', language: 'en', timezone: 'UTC', date_format: 'MM/DD/YYYY', time_format: '12h',
  email_notifications: true, push_notifications: true, sms_notifications: false, marketing_emails: false, profile_visibility: 'public',
  activity_visibility: 'followers', show_email: false, show_location: true, allow_data_collection: true, show_online_status: true,
  allow_messages: true, allow_tagging: true, custom: {} };
// Every field at something else.
const others = { theme: 'dark', language: 'pt-BR', timezone: 'America/Sao_Paulo', date_format: 'DD.MM.YYYY', time_format: '24h',
  email_notifications: false, push_notifications: false, sms_notifications: true, marketing_emails: true, profile_visibility: 'private',
  activity_visibility: 'public', show_email: true, show_location: false, allow_data_collection: false, show_online_status: false,
  allow_messages: false, allow_tagging: false, custom: { sidebar: { open: true, items: [1, null, 'ü'] } } };

const read = async (token, target = page) => (await roster.get(target, { token, status: 200 })).body.data;
const patch = (token, json, options) => roster.patch(page, json, { token, status: 200, ...options });
const put = (token, json, options) => roster.put(page, json, { token, status: 200, ...options });
const rows = async (id) => (await roster.sql(`SELECT COUNT(*) AS n FROM preference WHERE user_id = '${id}'`))[0].n;

describe('reading', () => {
  test('gives the defaults to whoever never set any, and costs no row', async () => {
    const ann = await roster.register();
    for (const target of [page, `${page}/`, '/api/v1/users/preferences', '/api/v1/users/preferences/'])
      assert.deepEqual(await read(ann.access_token, target), defaults);
    assert.equal(Number(await rows(ann.user.id)), 0);
  });

  test('needs a token of a person', async () => {
    for (const target of [page, '/api/v1/users/preferences', '/api/users/preferences']) await roster.get(target, { status: 401 });
    await roster.patch(page, { theme: 'dark' }, { status: 401 });
    await roster.put(page, {}, { status: 401 });
  });
});

describe('changing', () => {
  test('each field alone is kept, shown at once, and leaves the others', async () => {
    const ann = await roster.register();
    const now = { ...defaults };
    for (const [name, value] of Object.entries(others)) {
      now[name] = value;
      if (name === 'email_notifications') now.email = value;
      if (name === 'push_notifications') now.push = value;
      const { body } = await patch(ann.access_token, { [name]: value });
      assert.deepEqual(body.data, now, name);
      assert.deepEqual(await read(ann.access_token), now, name);
    }
    for (const name of Object.keys(others)) await patch(ann.access_token, { [name]: null });
    assert.deepEqual(await read(ann.access_token), defaults);
  });

  test('by PUT replaces all, but opens no profile that it does not name', async () => {
    const ann = await roster.register();
    await patch(ann.access_token, others);
    const { body } = await put(ann.access_token, { theme: 'auto' });
    assert.deepEqual(body.data, { ...defaults, theme: 'auto', profile_visibility: 'private' });
    await put(ann.access_token, { profile_visibility: 'public' });
    assert.deepEqual(await read(ann.access_token), defaults);
  });

  test('what was read can be sent back, with one field changed by whichever of its names', async () => {
    const ann = await roster.register();
    await patch(ann.access_token, others);
    const all = await read(ann.access_token);
    assert.deepEqual((await put(ann.access_token, all)).body.data, all);
    assert.deepEqual((await put(ann.access_token, { ...all, email: true })).body.data, { ...all, email: true, email_notifications: true });
    const again = await read(ann.access_token);
    assert.equal((await put(ann.access_token, { ...again, email_notifications: false })).body.data.email, false);
  });

  test('is one truth with the profile', async () => {
    const ann = await roster.register({ preferences: { email: false, push: true } });
    assert.deepEqual([(await read(ann.access_token)).email, (await read(ann.access_token)).push_notifications], [false, true]);
    await patch(ann.access_token, { push: false, profile_visibility: 'followers' });
    const { body } = await roster.me(ann.access_token, { status: 200 });
    assert.deepEqual([body.data.preferences, body.data.visibility], [{ email: false, push: false }, 'followers']);
    await roster.patch('/api/v1/users/me', { preferences: { email: true }, visibility: 'public', allow_messages: false }, { token: ann.access_token, status: 200 });
    const now = await read(ann.access_token);
    assert.deepEqual([now.email, now.email_notifications, now.push, now.profile_visibility, now.allow_messages], [true, true, false, 'public', false]);
  });

  test('is refused where a value is wrong, all fields at once', async () => {
    const ann = await roster.register();
    const { body } = await roster.patch(page, { theme: 'pink', language: 'not a language', timezone: 'Mars/Olympus', date_format: 'x'.repeat(21),
      time_format: '36h', email: 'yes', profile_visibility: 'FRIENDS_ONLY', custom: [1], nonsense: 1 }, { token: ann.access_token, status: 422 });
    assert.deepEqual(Object.keys(body.details).sort(), ['custom', 'date_format', 'email', 'language', 'nonsense', 'profile_visibility', 'theme', 'time_format', 'timezone']);
    assert.deepEqual(await read(ann.access_token), defaults);
  });

  test("the application's own is at most 16 KiB, as deep as any JSON", async () => {
    const ann = await roster.register();
    const most = { k: 'x'.repeat(16384 - 8) };
    assert.deepEqual((await patch(ann.access_token, { custom: most })).body.data.custom, most);
    assert.deepEqual((await read(ann.access_token)).custom, most);
    await roster.patch(page, { custom: { k: `${most.k}x` } }, { token: ann.access_token, status: 422 });
    let deep = {};
    for (let i = 0; i < 40; i++) deep = { deep };
    await roster.patch(page, { custom: deep }, { token: ann.access_token, status: 400 });
    assert.deepEqual((await read(ann.access_token)).custom, most);
  });

  test('with If-Match is 412 when somebody was faster; a read with the ETag is 304', async () => {
    const ann = await roster.register();
    const token = ann.access_token;
    const etag = (await roster.get(page, { token })).headers.get('etag');
    await roster.get(page, { token, headers: { 'if-none-match': etag }, status: 304 });
    await patch(token, { theme: 'dark' }, { headers: { 'if-match': etag } });
    await patch(token, { theme: 'auto' }, { headers: { 'if-match': etag }, status: 412 });
    await put(token, {}, { headers: { 'if-match': etag }, status: 412 });
    await roster.get(page, { token, headers: { 'if-none-match': etag }, status: 200 });
    assert.equal((await read(token)).theme, 'dark');
    // Also what changes by way of the profile counts.
    const now = (await roster.get(page, { token })).headers.get('etag');
    await roster.patch('/api/v1/users/me', { preferences: { email: false } }, { token, status: 200 });
    await patch(token, { theme: 'auto' }, { headers: { 'if-match': now }, status: 412 });
  });

  test('leaves an event with what changed and the audit, but nothing of the application', async () => {
    const ann = await roster.register();
    const secret = unique('diary');
    await patch(ann.access_token, { theme: 'dark', show_email: true, custom: { diary: secret } });
    const [event] = await roster.sql(`SELECT subject_type, data FROM outbox WHERE type = 'preference.updated' AND subject_id = '${ann.user.id}'`);
    assert.deepEqual(JSON.parse(event.data), { user_id: ann.user.id, changed: { theme: 'dark', show_email: true }, custom_changed: true });
    const [{ n }] = await roster.sql(`SELECT (SELECT COUNT(*) FROM outbox WHERE data LIKE '%${secret}%') + (SELECT COUNT(*) FROM audit WHERE changes LIKE '%${secret}%') AS n`);
    assert.equal(Number(n), 0);
    const audit = await roster.sql(`SELECT changes FROM audit WHERE operation = 'preference_update' AND subject_id = '${ann.user.id}'`);
    assert.equal(JSON.parse(audit[0].changes).after.theme, 'dark');
  });

  test('many at once by one person leave one state that every read tells', async () => {
    const ann = await roster.register();
    const themes = ['light', 'dark', 'auto'];
    await Promise.all(Array.from({ length: 30 }, (_, i) => patch(ann.access_token, i % 2 ? { theme: themes[i % 3] } : { push: i % 4 === 0, language: `en-${['US', 'GB'][i % 2]}` })));
    const [a, b] = [await read(ann.access_token), await read(ann.access_token, '/api/v1/users/preferences/')];
    assert.deepEqual(a, b);
    assert.equal(Number(await rows(ann.user.id)), 1);
    const { body } = await roster.me(ann.access_token, { status: 200 });
    assert.deepEqual(body.data.preferences, { email: a.email, push: a.push });
  });

  test('holds over a restart', async () => {
    const first = await start({ env: cheap });
    const ann = await first.register();
    await first.patch(page, others, { token: ann.access_token, status: 200 });
    await first.kill();
    const again = await start({ env: cheap, dir: first.dir, database: first.database });
    const { body } = await again.get(page, { token: ann.access_token, status: 200 });
    assert.deepEqual(body.data, { ...others, email: false, push: false });
    await again.stop();
  });
});

describe('older shapes', () => {
  const camel = ['activityVisibility', 'allowDataCollection', 'allowMessages', 'allowTagging', 'custom', 'dateFormat', 'emailNotifications', 'language', 'marketingEmails',
    'profileVisibility', 'pushNotifications', 'showEmail', 'showLocation', 'showOnlineStatus', 'smsNotifications', 'theme', 'timeFormat', 'timezone'];

  test('001: bare, in camelCase, visibilities in capitals both ways; PUT changes what it names', async () => {
    const { access_token: token } = await roster.register();
    const first = (await roster.get('/api/users/preferences', { token, status: 200 })).body;
    assert.deepEqual(Object.keys(first).sort(), camel);
    assert.deepEqual([first.theme, first.timeFormat, first.profileVisibility, first.activityVisibility, first.dateFormat], ['light', '12h', 'PUBLIC', 'FRIENDS_ONLY', 'MM/DD/YYYY']);
    const changed = await roster.put('/api/users/preferences', { theme: 'dark', timeFormat: '24h', profileVisibility: 'FRIENDS_ONLY', activityVisibility: 'PRIVATE', showEmail: true, emailNotifications: false, language: 'en_US' }, { token, status: 200 });
    assert.deepEqual(changed.body, { ...first, theme: 'dark', timeFormat: '24h', profileVisibility: 'FRIENDS_ONLY', activityVisibility: 'PRIVATE', showEmail: true, emailNotifications: false, language: 'en-US' });
    await roster.put('/api/users/preferences', { smsNotifications: true }, { token, status: 200 });
    const now = await read(token);
    assert.deepEqual([now.theme, now.sms_notifications, now.profile_visibility, now.activity_visibility], ['dark', true, 'followers', 'private']);
    const { body } = await roster.put('/api/users/preferences', { theme: 'pink', timeFormat: '1h' }, { token, status: 400 });
    assert.equal(body.error, 'Validation failed');
    assert.deepEqual(body.details.map((d) => d.path).sort(), ['theme', 'timeFormat']);
  });

  test('003: email and push with its messages, with the slash', async () => {
    const { access_token: token } = await roster.register();
    const first = await roster.get('/api/v1/users/preferences/', { token, status: 200 });
    assert.deepEqual([first.body.message, first.body.data.email, first.body.data.push], ['Preferences retrieved successfully', true, true]);
    const changed = await roster.patch('/api/v1/users/preferences/', { email: false }, { token, status: 200 });
    assert.deepEqual([changed.body.message, changed.body.data.email, changed.body.data.push], ['Preferences updated successfully', false, true]);
  });
});

test('advisory_mass_assignment: nobody sets whose they are, or when', async () => {
  const [ann, bob] = [await roster.register(), await roster.register()];
  for (const field of ['user_id', 'id', 'updated_at', 'role', 'is_active', 'email_verified', '__proto__', 'constructor']) {
    const { body } = await roster.patch(page, undefined, { token: ann.access_token, body: JSON.stringify({ theme: 'dark' }).replace('{', `{"${field}":"${bob.user.id}",`), headers: { 'content-type': 'application/json' }, status: 422 });
    assert.deepEqual(Object.keys(body.details), [field]);
  }
  assert.deepEqual(await read(bob.access_token), defaults);
  assert.deepEqual(await read(ann.access_token), defaults);
});

test('advisory_idor: by the address of somebody else there is nothing for a person', async () => {
  const [ann, bob] = [await roster.register(), await roster.register()];
  await roster.get(`/api/v1/users/${ann.user.id}/preferences`, { token: bob.access_token, status: 403 });
  await roster.get(`/api/users/${ann.user.id}/preferences`, { token: bob.access_token, status: 403 });
  for (const method of ['PUT', 'PATCH', 'DELETE'])
    await roster.request(method, `/api/v1/users/${ann.user.id}/preferences`, { token: bob.access_token, json: {}, status: 405, undocumented: true });
  assert.deepEqual(await read(ann.access_token), defaults);
});
