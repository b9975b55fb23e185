// Registration: what it gives, what it refuses, and what two spellings of one name are.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

const post = (json, status, options) => roster.post('/api/v1/users', json, { status, ...options });
const fresh = (more) => ({ email: `${unique()}@example.org`, password, ...more });

// A refused registration: the reasons of one field.
async function refused(json, field, options) {
  const { body } = await post(json, 422, options);
  assert.equal(body.error, 'invalid');
  assert.ok(body.details[field], JSON.stringify(body));
  return body.details[field];
}

describe('a new account', () => {
  test('is answered 201 with the user and tokens that work', async () => {
    const { body, headers } = await post(fresh({ name: 'Ann Example', push_token: 'device-1' }), 201);
    const { user, access_token, refresh_token, token_type, expires_in, tokens } = body.data;
    assert.equal(body.success, true);
    assert.equal(user.user_id, user.id);
    assert.match(user.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(user.name, 'Ann Example');
    assert.equal(user.role, 'user');
    assert.equal(user.status, 'active');
    assert.equal(user.email_verified, false);
    assert.deepEqual(user.preferences, { email: true, push: true });
    assert.deepEqual([token_type, expires_in], ['bearer', 900]);
    assert.deepEqual(tokens, { access: access_token, refresh: refresh_token });
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal((await roster.me(access_token, { status: 200 })).body.data.id, user.id);
  });

  test('gets a user name out of its e-mail address when it gives none', async () => {
    const name = unique('ann.');
    const { user } = await roster.register({ email: `${name}+shop@example.org` });
    assert.equal(user.username, `${name}shop`);
  });

  test('gets another derived name when that one is taken, reserved or too short', async () => {
    for (const local of ['admin', 'x', unique('same')]) {
      const one = await roster.register({ email: `${local}@one.example` });
      const two = await roster.register({ email: `${local}@two.example` });
      assert.notEqual(one.user.username, two.user.username);
      assert.ok(one.user.username.length >= 3 && one.user.username !== 'admin');
    }
  });

  test('may have a name in any script', async () => {
    for (const name of ['Ľubomíra', 'Владимир', 'Ελένη', 'محمد', 'דוד', '田中さくら', '김민준', 'अनन्या', 'สมชาย', 'ກຸ້ງ']) {
      const { user } = await roster.register({ name, username: `${name.replaceAll(' ', '')}_1` });
      assert.equal(user.name, name);
      assert.equal(user.display_name, name);
      const found = await roster.get(`/api/v1/users/${encodeURIComponent(user.username)}`, { status: 200 });
      assert.equal(found.body.data.id, user.id);
    }
  });

  test('keeps preferences that it asks for', async () => {
    const { user } = await roster.register({ preferences: { email: false, push_notifications: true } });
    assert.deepEqual(user.preferences, { email: false, push: true });
  });

  test('may be sent as a form', async () => {
    const { body } = await roster.form('/api/v1/users', fresh({ username: unique('form') }), { status: 201 });
    assert.match(body.data.user.username, /^form/);
  });
});

describe('an e-mail address', () => {
  test('is kept in lower case and without blanks around it', async () => {
    const name = unique('Mixed.Case');
    const { user } = await roster.register({ email: `  ${name}@EXAMPLE.Org ` });
    assert.equal(user.email, `${name.toLowerCase()}@example.org`);
  });

  test('is taken in every spelling of its case', async () => {
    const { user } = await roster.register();
    const { body } = await post(fresh({ email: user.email.toUpperCase() }), 409);
    assert.equal(body.error, 'email_taken');
  });

  test('is the same with an international domain and with its ASCII form', async () => {
    const name = unique();
    const { user } = await roster.register({ email: `${name}@Bücher.example` });
    assert.equal(user.email, `${name}@bücher.example`);
    assert.equal((await post(fresh({ email: `${name}@xn--bcher-kva.example` }), 409)).body.error, 'email_taken');
    assert.equal((await roster.login(`${name}@xn--bcher-kva.example`)).user.id, user.id);
  });

  test('is refused with look-alikes of @ and with invisible characters', async () => {
    for (const email of ['ann＠example.org', 'ann﹫example.org', 'an\u200bn@example.org', 'ann\u202e@example.org', 'a\u00adnn@example.org'])
      await refused(fresh({ email }), 'email');
  });

  test('is refused when it is none', async () => {
    const none = ['ann', 'ann@', '@example.org', 'ann@localhost', 'ann@example..org', 'a b@example.org', 'ann@-x.example', '.a@example.org',
      '"ann"@example.org', 'ann@127.0.0.1', 'ann@exa_mple.org', `${'a'.repeat(65)}@example.org`, `ann@${'b'.repeat(64)}.org`, '', ' '];
    for (const email of none) await refused(fresh({ email }), 'email');
  });

  test('of 255 bytes is too long', async () => {
    const tail = `@${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.example`;
    await refused(fresh({ email: 'a'.repeat(255 - tail.length) + tail }), 'email');
  });

  test('is needed by strangers but not by an administrator', async () => {
    assert.match((await refused({ username: unique('no_mail'), password }, 'email'))[0], /required/);
    const { body } = await post({ username: unique('no_mail') }, 201, { token: roster.admin.access_token });
    assert.equal(body.data.user.email, null);
    assert.equal(body.data.access_token, undefined, 'an administrator does not become the account');
  });
});

describe('a user name', () => {
  test('is taken without regard to case and to how its accents are written', async () => {
    const name = unique('Zoë_');
    await roster.register({ username: name });
    for (const other of [name.toUpperCase(), name.normalize('NFD'), name.replace('Z', 'Ｚ')]) {
      const { body } = await post(fresh({ username: other }), 409);
      assert.equal(body.error, 'username_taken');
    }
  });

  test('is refused when reserved, an identifier, too short, too long or with odd characters', async () => {
    const bad = ['admin', 'me', 'SEARCH', '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1', 'ab', 'x'.repeat(51), 'a b', 'a@b', 'a/b', '...', 'ab\u200bc', 'a\u0000b'];
    for (const username of bad) await refused(fresh({ username }), 'username');
  });

  test('may have 3 and 50 characters', async () => {
    const short = Math.random().toString(36).slice(2, 5);
    for (const username of [short, unique().padEnd(50, 'z')]) assert.equal((await roster.register({ username })).user.username, username);
  });
});

describe('a password', () => {
  test('that is weak is refused with a sentence that helps', async () => {
    for (const weak of ['password', '12345678', 'iloveyou', 'aaaaaaaaaaaa', 'rosterroster']) {
      const [why] = await refused(fresh({ password: weak }), 'password');
      assert.match(why, /too easy to guess; add a few words/);
    }
  });

  test('that is the name or the address is refused', async () => {
    const name = unique('longish-name-');
    await refused({ email: `${name}@example.org`, username: name, password: name }, 'password');
    await refused({ email: `${name}@example.org`, password: `${name}@example.org` }, 'password');
  });

  test('of 8 characters and of 256 is taken, of 7 and of 257 is not', async () => {
    await roster.register({ password: 'kV9#zq1!' });
    const long = 'Aé 7'.repeat(64);
    const { user } = await roster.register({ password: long });
    await roster.login(user.email, long);
    await roster.post('/api/v1/auth/login', { identifier: user.email, password: long.slice(0, -1) }, { status: 401 });
    await refused(fresh({ password: 'kV9#zq1' }), 'password');
    await refused(fresh({ password: `${long}x` }), 'password');
  });

  test('is never in an answer', async () => {
    const { text } = await post(fresh({ password: 'sunken violet 77 anchor' }), 201);
    assert.ok(!text.includes('sunken violet') && !text.includes('argon2'));
  });
});

describe('a wrong request', () => {
  test('is told of all its fields at once', async () => {
    const { body } = await post({ email: 'nobody', username: 'a b', password: 'short', first_name: 'x'.repeat(51), nickname: 'x' }, 422);
    assert.deepEqual(Object.keys(body.details).sort(), ['email', 'first_name', 'nickname', 'password', 'username']);
    assert.match(body.correlation_id, /./);
  });

  test('with an unknown field is refused', async () => {
    const [why] = await refused(fresh({ nickname: 'Annie' }), 'nickname');
    assert.match(why, /not a field/);
  });

  test('cannot make itself an administrator or verified by guessing fields', async () => {
    const guesses = { role: 'admin', email_verified: true, is_active: false, status: 'active', id: '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1',
      credential_version: 9, number: 1, created_at: '2020-01-01T00:00:00Z', is_staff: true, is_superuser: true };
    for (const [name, value] of Object.entries(guesses)) await refused(fresh({ [name]: value }), name);
  });

  test('with wrong types names the fields', async () => {
    const { body } = await post({ email: 7, password: ['x'], username: {}, preferences: 'all' }, 422);
    assert.deepEqual(Object.keys(body.details).sort(), ['email', 'password', 'preferences', 'username']);
  });

  test('with a field inside an object names its path', async () => {
    const { body } = await post(fresh({ preferences: { email: 'yes', sms: true } }), 422);
    assert.deepEqual(Object.keys(body.details).sort(), ['preferences.email', 'preferences.sms']);
  });

  test('that is no JSON is 400, at whatever byte it breaks', async () => {
    const whole = JSON.stringify(fresh());
    for (let n = 1; n < whole.length; n += 3)
      await roster.request('POST', '/api/v1/users', { body: whole.slice(0, n), headers: { 'content-type': 'application/json' }, status: 400 });
  });

  test('with a key twice, bad UTF-8, NUL or deep nesting is refused', async () => {
    const headers = { 'content-type': 'application/json' };
    const bodies = ['{"email":"a@example.org","email":"b@example.org"}', Buffer.from('7b22656d61696c223a22ff227d', 'hex'), '[]', '"x"', 'null',
      `{"preferences":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}`, '{"email":"a\\ud800@example.org"}'];
    for (const body of bodies) await roster.request('POST', '/api/v1/users', { body, headers, status: [400, 422] });
    await refused(fresh({ name: 'a\u0000b' }), 'name');
  });
});

test('of ten registrations of one address at once one succeeds and nine are 409', async () => {
  const email = `${unique('race')}@example.org`;
  const answers = await Promise.all(Array.from({ length: 10 }, () => roster.post('/api/v1/users', { email, password })));
  assert.deepEqual(answers.map((a) => a.status).sort(), [201, ...Array(9).fill(409)]);
});

test('registration can be switched off', async () => {
  const closed = await startWithAdmin({ env: { ROSTER_ACCOUNT_REGISTRATION: 'false' } });
  try {
    await closed.post('/api/v1/users', fresh(), { status: 403 });
    await closed.post('/api/v1/users', fresh(), { status: 201, token: closed.admin.access_token });
  } finally {
    await closed.stop();
  }
});
