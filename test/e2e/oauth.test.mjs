// OAuth 2.0: tokens by three grants, introspection, revocation; tokens are verified by a library of others against the JWKS.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { password, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
let ann;
let service; // { id, secret }
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
  ann = await roster.register();
  service = await client({ name: 'gateway', scope: 'token.check user.read' });
});
after(() => roster.stop());

const client = async (json) => (await roster.post('/oauth/clients', json, { token: admin, status: 201 })).body.data;
const basic = (id, secret) => ({ authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}` });
const token = (fields, status, options) => roster.form('/oauth/token', fields, { status, ...options });
const own = () => ({ headers: basic(service.id, service.secret) });
const introspect = async (value, hint) =>
  (await roster.form('/oauth/introspect', { token: value, ...(hint && { token_type_hint: hint }) }, { status: 200, ...own() })).body;
const refused = async (fields, error, status = 400, options = {}) => {
  const { body, headers } = await token(fields, status, options);
  assert.equal(body.error, error);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(body.success, undefined, 'no envelope');
};

describe('the token endpoint', () => {
  test('gives tokens for a password, at both addresses', async () => {
    for (const path of ['/oauth/token', '/api/v1/auth/token']) {
      const { body, headers } = await roster.form(path, { grant_type: 'password', username: ann.email, password }, { status: 200 });
      assert.deepEqual([body.token_type.toLowerCase(), body.expires_in], ['bearer', 900]);
      assert.equal(headers.get('cache-control'), 'no-store');
      await roster.me(body.access_token, { status: 200 });
    }
  });

  test('gives tokens for a refresh token, once', async () => {
    const { body } = await token({ grant_type: 'password', username: ann.user.username, password }, 200);
    const next = await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token }, 200);
    assert.notEqual(next.body.refresh_token, body.refresh_token);
    const third = await token({ grant_type: 'refresh_token', refresh_token: next.body.refresh_token }, 200);
    await refused({ grant_type: 'refresh_token', refresh_token: body.refresh_token }, 'invalid_grant');
    await refused({ grant_type: 'refresh_token', refresh_token: third.body.refresh_token }, 'invalid_grant');
  });

  test('gives a client a token by Basic and by the body', async () => {
    for (const [fields, options] of [[{}, own()], [{ client_id: service.id, client_secret: service.secret }, {}]]) {
      const { body } = await token({ grant_type: 'client_credentials', ...fields }, 200, options);
      assert.equal(body.refresh_token, undefined);
      assert.deepEqual(body.scope.split(' ').sort(), ['token.check', 'user.read']);
      await roster.get('/api/v1/users?limit=1', { token: body.access_token, status: 200 });
    }
  });

  test('gives a client no more scope than it has, and less when it asks', async () => {
    const { body } = await token({ grant_type: 'client_credentials', scope: 'token.check' }, 200, own());
    assert.equal(body.scope, 'token.check');
    await roster.get('/api/v1/users', { token: body.access_token, status: 403 });
    await refused({ grant_type: 'client_credentials', scope: 'user.write' }, 'invalid_scope', 400, own());
    await refused({ grant_type: 'client_credentials', scope: 'everything' }, 'invalid_scope', 400, own());
  });

  test('refuses by the codes of RFC 6749', async () => {
    await refused({}, 'invalid_request');
    await refused({ grant_type: 'magic' }, 'unsupported_grant_type');
    await refused({ grant_type: 'password', username: ann.email }, 'invalid_request');
    await refused({ grant_type: 'password', username: ann.email, password: 'not the right one' }, 'invalid_grant');
    await refused({ grant_type: 'password', username: 'nobody@nowhere.example', password: 'not the right one' }, 'invalid_grant');
    await refused({ grant_type: 'refresh_token', refresh_token: 'rr1_nonsense' }, 'invalid_grant');
    await refused({ grant_type: 'client_credentials', client_id: service.id, client_secret: 'wrong secret here' }, 'invalid_client', 401);
    await refused({ grant_type: 'client_credentials' }, 'invalid_client', 401, { headers: basic(service.id, 'wrong secret here') });
    await refused({ grant_type: 'client_credentials' }, 'invalid_client', 401);
  });

  test('names the scheme to a client that failed to authenticate', async () => {
    const { headers } = await token({ grant_type: 'client_credentials' }, 401, { headers: basic('x', 'y') });
    assert.match(headers.get('www-authenticate'), /^Basic realm=/);
  });

  test('ignores parameters that it does not know', async () => {
    await token({ grant_type: 'password', username: ann.email, password, audience: 'x', resource: 'y' }, 200);
  });
});

describe('an access token', () => {
  test('verifies against the published keys by an independent library', async () => {
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', roster.url));
    const { payload, protectedHeader } = await jwtVerify(ann.access_token, keys, { issuer: 'roster', audience: 'roster', typ: 'at+jwt', algorithms: ['ES256'] });
    assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ']);
    assert.equal(payload.sub, ann.user.id);
    assert.equal(payload.username, ann.user.username);
    assert.equal(payload.role, 'user');
    for (const name of ['jti', 'sid', 'client_id', 'scope', 'iat', 'nbf', 'exp']) assert.ok(payload[name] !== undefined, name);
    assert.equal(payload.exp - payload.iat, 900);
  });

  test('of a client verifies too and is no person', async () => {
    const { body } = await token({ grant_type: 'client_credentials' }, 200, own());
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', roster.url));
    const { payload } = await jwtVerify(body.access_token, keys, { issuer: 'roster', audience: 'roster' });
    assert.deepEqual([payload.sub, payload.client_id, payload.sid], [service.id, service.id, undefined]);
    await roster.me(body.access_token, { status: 403 });
    await roster.get('/api/v1/auth/sessions', { token: body.access_token, status: 403 });
  });

  test('is signed by the algorithm of the settings', async () => {
    for (const algorithm of ['EdDSA', 'RS256', 'HS256']) {
      const other = await startWithAdmin({ env: { ROSTER_KEY_ALGORITHM: algorithm } });
      try {
        assert.equal(decodeProtectedHeader(other.admin.access_token).alg, algorithm);
        await other.me(other.admin.access_token, { status: 200 });
        await other.me(ann.access_token, { status: 401 });
        const jwks = await other.get('/.well-known/jwks.json', { status: 200 });
        assert.equal(jwks.body.keys.length, algorithm === 'HS256' ? 0 : 1, 'a shared secret is not published');
        if (algorithm !== 'HS256')
          await jwtVerify(other.admin.access_token, createRemoteJWKSet(new URL('/.well-known/jwks.json', other.url)), { algorithms: [algorithm] });
      } finally {
        await other.stop();
      }
    }
  });
});

describe('introspection', () => {
  test('tells of access and refresh tokens whose they are', async () => {
    const data = await roster.login(ann.email);
    const access = await introspect(data.access_token);
    assert.deepEqual([access.active, access.sub, access.username, access.token_type, access.aud], [true, ann.user.id, ann.user.username, 'Bearer', 'roster']);
    for (const hint of [undefined, 'refresh_token', 'access_token', 'nonsense']) {
      const refresh = await introspect(data.refresh_token, hint);
      assert.deepEqual([refresh.active, refresh.sub, refresh.token_type], [true, ann.user.id, 'refresh_token']);
    }
  });

  test('is live: after log-out both are inactive and nothing more is said', async () => {
    const data = await roster.login(ann.email);
    await introspect(data.access_token);
    await roster.post('/api/v1/auth/logout', undefined, { token: data.access_token, status: 200 });
    assert.deepEqual(Object.entries(await introspect(data.access_token)).filter(([, v]) => v !== null), [['active', false]]);
    assert.deepEqual(Object.entries(await introspect(data.refresh_token)).filter(([, v]) => v !== null), [['active', false]]);
  });

  test('of a refresh token that was replaced is inactive and ends nothing', async () => {
    const data = await roster.login(ann.email);
    const { body } = await roster.post('/api/v1/auth/refresh', { refresh_token: data.refresh_token }, { status: 200 });
    assert.equal((await introspect(data.refresh_token)).active, false);
    assert.equal((await introspect(body.data.refresh_token)).active, true);
  });

  test('tells the role as it is now', async () => {
    const bob = await roster.register();
    await roster.patch(`/api/v1/users/${bob.user.id}`, { role: 'moderator' }, { token: admin, status: 200 });
    assert.equal((await introspect(bob.access_token)).role, 'moderator');
  });

  test('of nonsense is inactive', async () => {
    for (const value of ['x', 'a.b.c', `${ann.access_token}x`]) assert.equal((await introspect(value)).active, false);
  });

  test('is for those who may check tokens alone', async () => {
    await roster.form('/oauth/introspect', { token: ann.access_token }, { status: 401 });
    await roster.form('/oauth/introspect', { token: ann.access_token }, { status: 403, token: ann.access_token });
    await roster.form('/oauth/introspect', { token: ann.access_token }, { status: 401, headers: basic(service.id, 'wrong secret here') });
  });
});

describe('revocation', () => {
  test('of either token ends the session at once, and is 200 for anything', async () => {
    for (const which of ['access_token', 'refresh_token']) {
      const data = await roster.login(ann.email);
      await roster.form('/oauth/revoke', { token: data[which] }, { status: 200 });
      await roster.me(data.access_token, { status: 401 });
      await roster.form('/oauth/revoke', { token: data[which] }, { status: 200 });
    }
    await roster.form('/oauth/revoke', { token: 'nonsense' }, { status: 200 });
  });

  test('without a token is invalid_request', async () => {
    const { body } = await roster.form('/oauth/revoke', {}, { status: 400 });
    assert.equal(body.error, 'invalid_request');
  });
});

describe('a client', () => {
  test('may have every permission there is', async () => {
    const { permissions } = (await roster.get('/api/v1/roles', { token: admin, status: 200 })).body.data.find(({ name }) => name === 'admin');
    const all = await client({ name: 'Everything', scope: permissions.join(' ') });
    const { body } = await token({ grant_type: 'client_credentials' }, 200, { headers: basic(all.id, all.secret) });
    assert.deepEqual(body.scope.split(' ').sort(), [...permissions].sort());
    await roster.get('/api/v1/users', { token: body.access_token, status: 200 });
  });

  test('is shown its secret once, and only its hash is kept', async () => {
    const made = await client({ name: unique('client') });
    assert.equal(made.scope, 'token.check');
    assert.ok(made.secret.length >= 43);
    const { body, text } = await roster.get('/oauth/clients', { token: admin, status: 200 });
    assert.ok(body.data.some((c) => c.id === made.id));
    assert.ok(!text.includes(made.secret) && !text.includes('secret_hash'));
    const [row] = await roster.sql(`SELECT * FROM client WHERE id = '${made.id}'`);
    assert.ok(!JSON.stringify(row).includes(made.secret));
  });

  test('that is revoked gets no token, and those that it has end at once', async () => {
    const made = await client({ name: unique('client'), scope: 'user.read' });
    const { body } = await token({ grant_type: 'client_credentials', client_id: made.id, client_secret: made.secret }, 200);
    await roster.get('/api/v1/users?limit=1', { token: body.access_token, status: 200 });
    await roster.delete(`/oauth/clients/${made.id}`, { token: admin, status: 200 });
    await roster.get('/api/v1/users?limit=1', { token: body.access_token, status: 401 });
    await refused({ grant_type: 'client_credentials', client_id: made.id, client_secret: made.secret }, 'invalid_client', 401);
    await roster.delete(`/oauth/clients/${made.id}`, { token: admin, status: [200, 404] });
  });

  test('is registered by administrators alone, with scopes that exist', async () => {
    await roster.post('/oauth/clients', { name: 'x' }, { status: 401 });
    await roster.post('/oauth/clients', { name: 'x' }, { token: ann.access_token, status: 403 });
    await roster.post('/oauth/clients', { name: 'x', scope: 'world.rule' }, { token: admin, status: 422 });
    await roster.post('/oauth/clients', {}, { token: admin, status: 422 });
  });
});

describe('advisory_client_binding', () => {
  test('a client gets no token by the credentials, or in the name, of another', async () => {
    const [one, two] = [await client({ name: unique('one'), scope: 'user.read' }), await client({ name: unique('two'), scope: 'audit.read' })];
    const grant = { grant_type: 'client_credentials' };
    await refused({ ...grant, client_id: one.id, client_secret: two.secret }, 'invalid_client', 401);
    await refused(grant, 'invalid_client', 401, { headers: basic(one.id, two.secret) });
    await refused({ ...grant, client_id: one.id, client_secret: one.secret }, 'invalid_client', 401, { headers: basic(one.id, two.secret) });
    // Two that are right at once: the header counts, and neither gets what the other may.
    const { body } = await token({ ...grant, client_id: two.id, client_secret: two.secret }, 200, { headers: basic(one.id, one.secret) });
    assert.deepEqual([JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url')).sub, body.scope], [one.id, 'user.read']);
  });

  test('wrong credentials of a client spoil the grants of people, and use nothing up', async () => {
    const { body } = await token({ grant_type: 'password', username: ann.email, password }, 200);
    await refused({ grant_type: 'refresh_token', refresh_token: body.refresh_token }, 'invalid_client', 401, { headers: basic(service.id, 'wrong secret here') });
    await refused({ grant_type: 'password', username: ann.email, password }, 'invalid_client', 401, { headers: basic('nobody', 'wrong secret here') });
    await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token }, 200);
  });

  test('the credentials of a client are good for no session, and its token for no refresh', async () => {
    const { body } = await token({ grant_type: 'client_credentials' }, 200, own());
    for (const value of [body.access_token, service.secret]) await refused({ grant_type: 'refresh_token', refresh_token: value }, 'invalid_grant', 400, own());
    await refused({ grant_type: 'password', username: service.id, password: service.secret }, 'invalid_grant');
    await refused({ grant_type: 'authorization_code', code: body.access_token }, 'unsupported_grant_type', 400, own());
  });

  test('a refresh with a wider scope widens nothing', async () => {
    const { body } = await token({ grant_type: 'password', username: ann.email, password }, 200);
    const next = await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token, scope: 'user.write key.admin' }, 200);
    assert.equal(next.body.scope, body.scope);
    for (const path of ['users', 'keys', 'audit']) await roster.get(`/api/v1/${path}`, { token: next.body.access_token, status: 403 });
  });
});
