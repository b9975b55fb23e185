// Sessions: the list of one's devices, and that an ended one is refused on the very next request.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

const list = async (token) => (await roster.get('/api/v1/auth/sessions', { token, status: 200 })).body;

async function ended(token) {
  const { body, headers } = await roster.me(token, { status: 401 });
  assert.equal(body.error, 'session_ended');
  assert.match(headers.get('www-authenticate'), /^Bearer .*error="invalid_token"/);
}

describe('the list of sessions', () => {
  test('marks the current one and names devices, address and program', async () => {
    const ann = await roster.register({ device: 'Laptop' });
    const { body } = await roster.post(
      '/api/v1/auth/login',
      { identifier: ann.email, password, device: 'Phone' },
      { status: 200, headers: { 'user-agent': 'AnnApp/1.0' } },
    );
    const { data, meta } = await list(body.data.access_token);
    assert.deepEqual(data.map((s) => [s.device, s.current, s.is_active]), [['Phone', true, true], ['Laptop', false, true]]);
    assert.equal(data[0].user_agent, 'AnnApp/1.0');
    assert.equal(data[0].ip, '127.0.0.1');
    assert.equal(data[0].user_id, ann.user.id);
    assert.equal(meta.has_next, false);
    for (const name of ['created_at', 'last_used_at', 'expires_at', 'ends_at']) assert.match(data[0][name], /^\d{4}-.*\.\d{3}Z$/);
    for (const name of ['counter', 'used_counter', 'credential_version']) assert.equal(data[0][name], undefined);
  });

  test('holds one’s own sessions alone', async () => {
    const ann = await roster.register();
    await roster.register();
    assert.equal((await list(ann.access_token)).data.length, 1);
  });

  test('cuts a long program name at a whole character', async () => {
    const inBytes = (text) => Buffer.from(text).toString('latin1'); // as fetch takes a header
    const ann = await roster.register({}, { headers: { 'user-agent': inBytes(`x${'é'.repeat(200)}`) } });
    const [session] = (await list(ann.access_token)).data;
    assert.match(session.user_agent, /^xé{100,149}$/);
  });

  test('leaves out a program name that is no text', async () => {
    const ann = await roster.register({}, { headers: { 'user-agent': 'App\xe9\xff' } });
    const [session] = (await list(ann.access_token)).data;
    assert.equal(session.user_agent, null);
  });

  test('needs a token', async () => {
    const { headers } = await roster.get('/api/v1/auth/sessions', { status: 401 });
    assert.equal(headers.get('www-authenticate'), 'Bearer realm="roster"');
  });
});

describe('ending', () => {
  test('by log-out takes effect on the very next request', async () => {
    const ann = await roster.register();
    const other = await roster.login(ann.email);
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.access_token, status: 200 });
    await ended(ann.access_token);
    await roster.me(other.access_token, { status: 200 });
  });

  test('twice is no error for the one who logs out', async () => {
    const ann = await roster.register();
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.access_token, status: 200 });
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.access_token, status: 200 });
  });

  test('all of them ends this one too', async () => {
    const ann = await roster.register();
    const other = await roster.login(ann.email);
    const { body } = await roster.post('/api/v1/auth/logout-all', undefined, { token: ann.access_token, status: 200 });
    assert.equal(body.data.ended, 2);
    await ended(ann.access_token);
    await ended(other.access_token);
  });

  test('all others keeps this one', async () => {
    const ann = await roster.register();
    const others = [await roster.login(ann.email), await roster.login(ann.email)];
    const { body } = await roster.delete('/api/v1/auth/sessions', { token: ann.access_token, status: 200 });
    assert.equal(body.data.ended, 2);
    for (const other of others) await ended(other.access_token);
    assert.equal((await list(ann.access_token)).data.length, 1);
  });

  test('one by its id ends that one alone, and once', async () => {
    const ann = await roster.register();
    const other = await roster.login(ann.email);
    const target = (await list(ann.access_token)).data.find((s) => !s.current);
    await roster.delete(`/api/v1/auth/sessions/${target.id}`, { token: ann.access_token, status: 200 });
    await ended(other.access_token);
    await roster.me(ann.access_token, { status: 200 });
    await roster.delete(`/api/v1/auth/sessions/${target.id}`, { token: ann.access_token, status: 404 });
  });

  test('that of somebody else is 404 to a person and works for an administrator', async () => {
    const ann = await roster.register();
    const bob = await roster.register();
    const [session] = (await list(bob.access_token)).data;
    await roster.delete(`/api/v1/auth/sessions/${session.id}`, { token: ann.access_token, status: 404 });
    await roster.me(bob.access_token, { status: 200 });
    await roster.delete(`/api/v1/auth/sessions/${session.id}`, { token: roster.admin.access_token, status: 200 });
    await ended(bob.access_token);
  });

  test('with an id that is none is 422', async () => {
    await roster.delete('/api/v1/auth/sessions/not-an-id', { token: roster.admin.access_token, status: 422 });
  });
});

describe('checking a token', () => {
  test('says whose it is, at both addresses', async () => {
    const ann = await roster.register();
    const answers = [
      await roster.post('/api/v1/auth/verify', undefined, { token: ann.access_token, status: 200 }),
      await roster.get('/api/v1/auth/validate', { token: ann.access_token, status: 200 }),
    ];
    for (const { body } of answers) assert.deepEqual([body.data.valid, body.data.user.id], [true, ann.user.id]);
  });

  test('is 401 for every prefix of a good token and for none', async () => {
    const ann = await roster.register();
    for (let n = 1; n < ann.access_token.length; n += 29) await roster.me(ann.access_token.slice(0, n), { status: 401 });
    await roster.get('/api/v1/auth/validate', { status: 401 });
    await roster.me(ann.access_token, { status: 200 });
  });

  test('does not take a refresh token for an access token', async () => {
    const ann = await roster.register();
    await roster.me(ann.refresh_token, { status: 401 });
  });

  test('refuses "none", another algorithm, an unknown key and a changed claim', async () => {
    const ann = await roster.register();
    const [head, claims, signature] = ann.access_token.split('.');
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const header = JSON.parse(Buffer.from(head, 'base64url'));
    const payload = JSON.parse(Buffer.from(claims, 'base64url'));
    const forged = [
      `${part({ ...header, alg: 'none' })}.${claims}.`,
      `${part({ ...header, alg: 'HS256' })}.${claims}.${signature}`,
      `${part({ ...header, kid: 'foreign' })}.${claims}.${signature}`,
      `${part({ ...header, typ: 'JWT' })}.${claims}.${signature}`,
      `${head}.${part({ ...payload, sub: roster.admin.user.id })}.${signature}`,
      `${head}.${part({ ...payload, exp: payload.exp + 9999 })}.${signature}`,
      `${head}.${claims}.${signature.slice(0, -2)}AA`,
      `${ann.access_token}.`, `${ann.access_token}=`, 'x.y.z', '..',
    ];
    for (const token of forged) await roster.me(token, { status: 401 });
  });

  test('of an account and role reads live state, never the claim', async () => {
    const ann = await roster.register();
    await roster.get('/api/v1/users', { token: ann.access_token, status: 403 });
    await roster.patch(`/api/v1/users/${ann.user.id}`, { role: 'admin' }, { token: roster.admin.access_token, status: 200 });
    await roster.get('/api/v1/users', { token: ann.access_token, status: 200 });
    await roster.patch(`/api/v1/users/${ann.user.id}`, { role: 'user' }, { token: roster.admin.access_token, status: 200 });
    await roster.get('/api/v1/users', { token: ann.access_token, status: 403 });
  });
});
