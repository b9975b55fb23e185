// Shapes of documents 001 to 004: another face of the same operations, so that users, sessions, tokens and revocation are
// shared by all of them. What each documented request is answered is in documented.test.mjs; here is what follows from it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

// The keys of an object, in order of the alphabet.
const keys = (object) => Object.keys(object).sort();
const isTime = (text) => assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('001, /api/...', () => {
  const tokensOf = async (emailOrUsername) =>
    (await roster.post('/api/auth/login', { emailOrUsername, password }, { status: 200 })).body.tokens;
  const make = async (more = {}) => {
    const username = unique('mozi');
    const { body } = await roster.post('/api/auth/register', { email: `${username}@example.org`, username, password, ...more }, { status: 201 });
    return { ...body.user, tokens: await tokensOf(username) };
  };

  test('register gives the user in camelCase, enums in upper case, no tokens', async () => {
    const username = unique('Camel');
    const { body } = await roster.post('/api/auth/register', { email: `${username}@Example.org`, username, password, firstName: 'Ann', lastName: 'Lee' }, { status: 201 });
    assert.deepEqual(keys(body.user), ['createdAt', 'displayName', 'email', 'firstName', 'id', 'isEmailVerified', 'lastName', 'role', 'status', 'username']);
    assert.deepEqual([body.user.role, body.user.status, body.user.isEmailVerified], ['USER', 'ACTIVE', false]);
    assert.deepEqual([body.user.email, body.user.username], [`${username}@example.org`.toLowerCase(), username.toLowerCase()]);
    assert.equal(body.user.displayName, 'Ann Lee');
    isTime(body.user.createdAt);
  });

  test('refresh rotates; a bad token is 400', async () => {
    const { tokens } = await make();
    const { body } = await roster.post('/api/auth/refresh', { refreshToken: tokens.refreshToken }, { status: 200 });
    assert.equal(body.message, 'Token refreshed successfully');
    assert.deepEqual(keys(body.tokens), ['accessToken', 'expiresAt', 'refreshExpiresAt', 'refreshToken']);
    assert.notEqual(body.tokens.refreshToken, tokens.refreshToken);
    const bad = await roster.post('/api/auth/refresh', { refreshToken: 'nonsense' }, { status: 400 });
    assert.equal(bad.body.error, 'Invalid refresh token');
  });

  test('verify, sessions, logout', async () => {
    const ann = await make();
    const token = ann.tokens.accessToken;
    const verified = await roster.post('/api/auth/verify', undefined, { token, status: 200 });
    assert.equal(verified.body.message, 'Token is valid');
    assert.deepEqual(keys(verified.body.user), ['email', 'id', 'role', 'status', 'username']);
    assert.equal((await roster.post('/api/auth/verify', undefined, { status: 401 })).body.error, 'No token provided');
    assert.equal((await roster.post('/api/auth/verify', undefined, { token: 'x.y.z', status: 401 })).body.error, 'Invalid token');
    const sessions = await roster.get('/api/auth/sessions', { token, status: 200 });
    assert.ok(Array.isArray(sessions.body));
    for (const name of ['id', 'deviceInfo', 'ipAddress', 'userAgent', 'createdAt', 'lastUsedAt', 'expiresAt']) assert.ok(name in sessions.body[0], name);
    const out = await roster.post('/api/auth/logout', undefined, { token, status: 200 });
    assert.deepEqual(out.body, { message: 'Logout successful' });
    await roster.get('/api/users/me', { token, status: 401 });
  });

  test('a session is ended by its id, and all of them', async () => {
    const ann = await make();
    const other = await tokensOf(ann.email);
    const token = other.accessToken;
    const { body } = await roster.get('/api/auth/sessions', { token, status: 200 });
    await roster.delete(`/api/auth/sessions/${body.at(-1).id}`, { token, status: 200 });
    const gone = await roster.delete(`/api/auth/sessions/${body.at(-1).id}`, { token, status: 404 });
    assert.equal(gone.body.error, 'Session not found');
    await roster.delete('/api/auth/sessions', { token, status: 200 });
    await roster.get('/api/users/me', { token, status: 401 });
  });

  test('a profile is the User of the document, unwrapped', async () => {
    const ann = await make();
    const user = ['avatarUrl', 'bio', 'coverImageUrl', 'createdAt', 'dateOfBirth', 'displayName', 'email', 'firstName', 'followersCount', 'followingCount',
      'gender', 'id', 'isEmailVerified', 'isPrivate', 'lastActiveAt', 'lastLoginAt', 'lastName', 'location', 'name', 'postsCount', 'role', 'status', 'updatedAt',
      'username', 'visibility', 'website'];
    const { body } = await roster.get('/api/users/me', { token: ann.tokens.accessToken, status: 200 });
    assert.deepEqual(keys(body), user);
    assert.deepEqual([body.role, body.status, body.visibility], ['USER', 'ACTIVE', 'PUBLIC']);
    const seen = await roster.get(`/api/users/${ann.id}`, { status: 200 });
    assert.equal(seen.body.email, undefined, 'strangers do not see the address');
    assert.equal(seen.body.username, ann.username);
    const nobody = await roster.get('/api/users/01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1', { status: 404 });
    assert.equal(nobody.body.error, 'User not found');
    const none = await roster.get('/api/users/me', { status: 401 });
    assert.equal(none.body.error, 'Authentication required');
  });

  test('lists are data and pagination', async () => {
    const ann = await make();
    const { body } = await roster.get(`/api/users/search?q=${ann.username}`, { token: ann.tokens.accessToken, status: 200 });
    assert.deepEqual(body.pagination, { page: 1, limit: 20, total: 1, pages: 1 });
    assert.equal(body.data[0].username, ann.username);
    const all = await roster.get('/api/users?limit=2&page=2', { token: admin, status: 200 });
    assert.equal(all.body.data.length, 2);
    assert.deepEqual([all.body.pagination.page, all.body.pagination.limit], [2, 2]);
    assert.equal((await roster.get('/api/users', { token: ann.tokens.accessToken, status: 403 })).body.success, undefined);
  });
});

describe('002, /auth/...', () => {
  const tokenAnswer = ['access_token', 'expires_in', 'refresh_token', 'token_type'];

  test('signup by multipart answers 200 with tokens alone', async () => {
    const form = new FormData();
    const username = unique('crm');
    for (const [name, value] of Object.entries({ username, email: `${username}@example.org`, password })) form.set(name, value);
    const { body } = await roster.request('POST', '/auth/signup', { body: form, status: 200 });
    assert.deepEqual(keys(body), tokenAnswer);
    const again = await roster.request('POST', '/auth/signup', { body: form, status: 400 });
    assert.match(again.body.detail, /^(Username|Email) already registered$/);
  });

  test('login, refresh by a form, me, logout', async () => {
    const ann = await roster.register();
    for (const login of [ann.email, ann.user.username]) {
      const { body } = await roster.post('/auth/login', { login, password }, { status: 200 });
      assert.deepEqual(keys(body), tokenAnswer);
      assert.equal(body.token_type, 'bearer');
    }
    const { body: first } = await roster.post('/auth/login', { login: ann.email, password }, { status: 200 });
    const { body: second } = await roster.form('/auth/refresh', { refresh_token: first.refresh_token }, { status: 200 });
    assert.deepEqual(keys(second), tokenAnswer);
    const { body: me } = await roster.get('/auth/me', { token: second.access_token, status: 200 });
    assert.deepEqual([me.id, me.username, me.email, me.photo_url], [ann.user.id, ann.user.username, ann.email, null]);
    isTime(me.created_at);
    const out = await roster.post('/auth/logout', undefined, { token: second.access_token, status: 200 });
    assert.deepEqual(out.body, { message: 'Successfully logged out' });
    await roster.me(ann.access_token, { status: 401 });
  });
});

describe('003, /api/v1/.../', () => {
  test('its endpoint table works with the slash and without', async () => {
    for (const slash of ['/', '']) {
      const email = `${unique()}@example.org`;
      const made = await roster.post(`/api/v1/users${slash}`, { name: 'John Doe', email, password, push_token: 'device', preferences: { email: true, push: false } }, { status: 201 });
      assert.deepEqual([made.body.success, made.body.message], [true, 'User registered successfully']);
      const { user } = made.body.data;
      assert.deepEqual([user.name, user.email, user.push_token, user.preferences, user.email_verified], ['John Doe', email, 'device', { email: true, push: false }, false]);
      assert.ok(user.user_id && user.created_at && user.updated_at);

      const login = await roster.post(`/api/v1/auth/login${slash}`, { email, password }, { status: 200 });
      assert.equal(login.body.message, 'Login successful');
      const { tokens, access_token } = login.body.data;
      assert.equal(tokens.access, access_token);

      const refreshed = await roster.post(`/api/v1/auth/refresh${slash}`, { refresh: tokens.refresh }, { status: 200 });
      const token = refreshed.body.data.access_token;
      const profile = await roster.get(`/api/v1/users/profile${slash}`, { token, status: 200 });
      assert.equal(profile.body.message, 'Profile retrieved successfully');
      assert.equal(profile.body.data.user_id, user.user_id);
      const patched = await roster.patch(`/api/v1/users/profile${slash}`, { name: 'Jane', push_token: 'other' }, { token, status: 200 });
      assert.deepEqual([patched.body.message, patched.body.data.name, patched.body.data.push_token], ['Profile updated successfully', 'Jane', 'other']);
      const gone = await roster.delete(`/api/v1/users/profile${slash}`, { token, status: 200 });
      assert.deepEqual([gone.body.message, gone.body.data], ['Account deactivated successfully', null]);
      await roster.get(`/api/v1/health${slash}`, { status: 200 });
    }
  });
});

test('a token of one shape works in all the others, and ends in all of them', async () => {
  const ann = await roster.register();
  const tokens = [
    ann.access_token,
    (await roster.post('/api/auth/login', { emailOrUsername: ann.email, password })).body.tokens.accessToken,
    (await roster.post('/auth/login', { login: ann.email, password })).body.access_token,
    (await roster.form('/auth/token', { username: ann.email, password })).body.access_token,
    (await roster.form('/oauth/token', { grant_type: 'password', username: ann.email, password })).body.access_token,
  ];
  const pages = ['/api/v1/users/me', '/api/v1/users/profile/', '/api/users/me', '/auth/me'];
  for (const token of tokens) for (const page of pages) await roster.get(page, { token, status: 200 });
  await roster.post('/auth/logout', undefined, { token: tokens[1], status: 200 });
  for (const token of tokens) for (const page of pages) await roster.get(page, { token, status: 401 });
});
