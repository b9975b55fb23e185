// What the services beside this one ask: mail, push, a gateway. They come with credentials of their own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep, startWithAdmin, unique } from './lib.mjs';

let roster;
let service;
let ann;
const phone = unique('phone-token');
const nobody = '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1';

async function credentials(scope) {
  const { body } = await roster.post('/oauth/clients', { name: unique('service'), scope }, { token: roster.admin.access_token, status: 201 });
  const client = body.data ?? body;
  const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
  const answer = await roster.form('/oauth/token', { grant_type: 'client_credentials' }, { headers: { authorization: basic }, status: 200 });
  return { ...client, basic, token: answer.body.access_token };
}

before(async () => {
  roster = await startWithAdmin();
  service = await credentials('contact.read');
  ann = await roster.register({ name: 'Ann Example' });
  await roster.patch('/api/v1/users/me/preferences', { push: false, language: 'de', timezone: 'Europe/Berlin' }, { token: ann.access_token, status: 200 });
  await roster.post('/api/v1/users/me/push-tokens', { token: phone, platform: 'fcm' }, { token: ann.access_token, status: 201 });
});
after(() => roster.stop());

const ask = (target, options) => roster.get(target, { token: service.token, status: 200, ...options });
const slashes = ['', '/'];

test('preferences: what the callers of document 003 expect, and what a letter needs', async () => {
  for (const slash of slashes) {
    const { body } = await ask(`/api/v1/users/${ann.user.id}/preferences${slash}`);
    const { user_id, email, push, email_enabled, push_enabled, language, timezone } = body.data;
    assert.deepEqual({ user_id, email, push, email_enabled, push_enabled, language, timezone },
      { user_id: ann.user.id, email: true, push: false, email_enabled: true, push_enabled: false, language: 'de', timezone: 'Europe/Berlin' });
    assert.deepEqual([body.success, body.message], [true, 'Preferences retrieved successfully']);
    assert.equal(body.data.custom, undefined, "the application's own is not theirs");
  }
});

test('preferences are shown as they are at once, a hundred times', async () => {
  const bob = await roster.register();
  for (let i = 0; i < 100; i++) {
    await roster.patch('/api/v1/users/preferences', { email: i % 2 === 0 }, { token: bob.access_token, status: 200 });
    assert.equal((await ask(`/api/v1/users/${bob.user.id}/preferences`)).body.data.email, i % 2 === 0);
  }
});

test('push-token: the token under both names; 404 is none', async () => {
  const bob = await roster.register();
  for (const slash of slashes) {
    const { body } = await ask(`/api/v1/users/${ann.user.id}/push-token${slash}`);
    assert.deepEqual(body.data, { token: phone, push_token: phone, platform: 'fcm' });
    await ask(`/api/v1/users/${bob.user.id}/push-token${slash}`, { status: 404 });
  }
  await roster.patch('/api/v1/users/me', { push_token: unique('default-token') }, { token: bob.access_token, status: 200 });
  await ask(`/api/v1/users/${bob.user.id}/push-token`);
  await roster.post('/api/v1/auth/logout', undefined, { token: bob.access_token, status: 200 });
  await ask(`/api/v1/users/${bob.user.id}/push-token`, { status: 404 });
});

test('contact: by e-mail and by push, and whether it is wanted', async () => {
  for (const slash of slashes) {
    const mail = await ask(`/api/v1/users/${ann.user.id}/contact${slash}?type=email`);
    assert.deepEqual(mail.body.data, { user_id: ann.user.id, contact: ann.email, notification_type: 'email', preferences_enabled: true });
    const push = await ask(`/api/v1/users/${ann.user.id}/contact${slash}?type=push`);
    assert.deepEqual(push.body.data, { user_id: ann.user.id, contact: phone, notification_type: 'push', preferences_enabled: false });
  }
  assert.equal((await ask(`/api/v1/users/${ann.user.id}/contact`)).body.data.notification_type, 'email');
  const bob = await roster.register();
  await ask(`/api/v1/users/${bob.user.id}/contact?type=push`, { status: 404 });
  await ask(`/api/v1/users/${ann.user.id}/contact?type=pigeon`, { status: 422 });
});

test("the gateway's own addresses", async () => {
  for (const slash of slashes) {
    const { body } = await ask(`/api/users/${ann.user.id}/preferences${slash}`);
    assert.deepEqual(body, { user_id: ann.user.id, email_enabled: true, push_enabled: false, email: ann.email, push_tokens: [phone] });
    const who = await roster.get(`/api/users/validate${slash}`, { token: ann.access_token, status: 200 });
    assert.deepEqual(who.body, { id: ann.user.id, email: ann.email, name: 'Ann Example', preferences: { email: true, push: false, email_enabled: true, push_enabled: false } });
    await roster.get(`/api/users/validate${slash}`, { status: 401 });
    await roster.get(`/api/users/validate${slash}`, { token: 'x.y.z', status: 401 });
  }
  const all = await ask(`/api/v1/users/${ann.user.id}/contacts`);
  assert.deepEqual([all.body.data.email, all.body.data.push_tokens], [ann.email, [phone]]);
});

test('credentials may come by Basic as well', async () => {
  await roster.get(`/api/v1/users/${ann.user.id}/contact`, { headers: { authorization: service.basic }, status: 200 });
});

test('whoever is not there, or was erased, is 404', async () => {
  const gone = await roster.register();
  await roster.delete(`/api/v1/users/${gone.user.id}`, { token: roster.admin.access_token, status: 200 });
  for (const id of [nobody, gone.user.id])
    for (const what of ['preferences', 'push-token', 'contact', 'contacts']) await ask(`/api/v1/users/${id}/${what}`, { status: 404 });
  await ask('/api/v1/users/not-an-id/preferences', { status: 422 });
});

test('advisory_idor: people, moderators and services without the permission are refused', async () => {
  const bob = await roster.register();
  const mod = await roster.register();
  await roster.patch(`/api/v1/users/${mod.user.id}`, { role: 'moderator' }, { token: roster.admin.access_token, status: 200 });
  const other = await credentials('user.read token.check');
  const pages = ['preferences', 'push-token', 'contact?type=email', 'contact?type=push', 'contacts'].map((p) => `/api/v1/users/${ann.user.id}/${p}`);
  for (const page of [...pages, `/api/users/${ann.user.id}/preferences`]) {
    for (const token of [bob.access_token, mod.access_token, other.token]) {
      const { text } = await roster.get(page, { token, status: 403 });
      assert.ok(!text.includes(ann.email) && !text.includes(phone));
    }
    await roster.get(page, { status: 401 });
  }
});

test('a service that was revoked asks in vain, at once', async () => {
  const other = await credentials('contact.read');
  await roster.get(`/api/v1/users/${ann.user.id}/contact`, { token: other.token, status: 200 });
  await roster.delete(`/oauth/clients/${other.id}`, { token: roster.admin.access_token, status: 200 });
  await roster.get(`/api/v1/users/${ann.user.id}/contact`, { token: other.token, status: 401 });
});

test('nobody gives a service this permission who has it not', async () => {
  const bob = await roster.register();
  await roster.post('/oauth/clients', { name: 'mine', scope: 'contact.read' }, { token: bob.access_token, status: 403 });
});

test('a secret is rotated with an overlap: the old one stays good for that long, the one before it not', async () => {
  const c = await credentials('contact.read');
  const page = `/oauth/clients/${c.id}/rotate`;
  const rotate = async (overlap) => {
    const { body } = await roster.post(page, { overlap }, { token: roster.admin.access_token, status: 200 });
    return body.data ?? body;
  };
  const logIn = (secret, status) => {
    const authorization = `Basic ${Buffer.from(`${c.id}:${secret}`).toString('base64')}`;
    return roster.form('/oauth/token', { grant_type: 'client_credentials' }, { headers: { authorization }, status });
  };
  const second = await rotate(2);
  assert.ok(second.secret && second.secret !== c.secret);
  await logIn(c.secret, 200);
  await logIn(second.secret, 200);
  const third = await rotate(2);
  await logIn(c.secret, 401);
  await logIn(second.secret, 200);
  await logIn(third.secret, 200);
  await sleep(2100);
  await logIn(second.secret, 401);
  await logIn(third.secret, 200);
  const fourth = await rotate(0);
  await logIn(third.secret, 401);
  await logIn(fourth.secret, 200);
  await roster.get(`/api/v1/users/${ann.user.id}/preferences`, { token: c.token, status: 200 }); // its tokens live on
  const listed = await roster.get('/oauth/clients', { token: roster.admin.access_token, status: 200 });
  assert.ok(!JSON.stringify(listed.body).includes(fourth.secret) && !JSON.stringify(listed.body).includes('secret_hash'));
});

test('advisory_rotation_is_no_way_up: nobody takes over a service that may do more than he', async () => {
  const strong = await credentials('user.write');
  const admin = { token: roster.admin.access_token };
  await roster.post('/api/v1/roles', { name: 'keeper', permissions: ['client.admin'] }, { ...admin, status: 201 });
  const eve = await roster.register();
  await roster.patch(`/api/v1/users/${eve.user.id}`, { role: 'keeper' }, { ...admin, status: 200 });
  const { access_token: token } = await roster.login(eve.user.email, eve.password);
  await roster.post(`/oauth/clients/${strong.id}/rotate`, {}, { token, status: 403 });
  for (const bad of [-1, 2592001, 'x']) await roster.post(`/oauth/clients/${strong.id}/rotate`, { overlap: bad }, { ...admin, status: 422 });
  await roster.post(`/oauth/clients/${nobody}/rotate`, {}, { ...admin, status: 404 });
  await roster.delete(`/oauth/clients/${strong.id}`, { ...admin, status: 200 });
  await roster.post(`/oauth/clients/${strong.id}/rotate`, {}, { ...admin, status: 404 });
});
