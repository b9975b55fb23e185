// Signing keys: rotated while old tokens go on, sealed on disk.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { start, startWithAdmin } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const jwks = async (server = roster) => (await server.get('/.well-known/jwks.json', { status: 200 })).body;
const kid = (token) => decodeProtectedHeader(token).kid;

test('the key set is public, holds no private part and is cacheable', async () => {
  const { keys } = await jwks();
  assert.equal(keys.length, 1);
  assert.deepEqual([keys[0].kty, keys[0].crv, keys[0].alg, keys[0].use, keys[0].kid], ['EC', 'P-256', 'ES256', 'sig', kid(admin)]);
  for (const name of ['d', 'p', 'q', 'k']) assert.equal(keys[0][name], undefined);
});

test('after a rotation new tokens have a new key, and old ones go on', async () => {
  const ann = await roster.register();
  const { body } = await roster.post('/api/v1/keys/rotate', undefined, { token: admin, status: 200 });
  const bob = await roster.register();
  assert.equal(kid(bob.access_token), body.data.kid);
  assert.notEqual(kid(ann.access_token), kid(bob.access_token));
  await roster.me(ann.access_token, { status: 200 });
  await roster.me(bob.access_token, { status: 200 });
  const set = await jwks();
  assert.equal(set.keys.length, 2);
  for (const token of [ann.access_token, bob.access_token]) await jwtVerify(token, createLocalJWKSet(set), { audience: 'roster' });
  const refreshed = await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 200 });
  assert.equal(kid(refreshed.body.data.access_token), body.data.kid);
});

test('the list of keys says which one signs', async () => {
  const { body } = await roster.get('/api/v1/keys', { token: admin, status: 200 });
  assert.equal(body.data.filter((k) => k.signs).length, 1);
  assert.equal(body.data[0].signs, true);
  assert.ok(body.data.slice(1).every((k) => k.retired_at));
});

test('keys are not for everybody to list or rotate', async () => {
  const ann = await roster.register();
  await roster.get('/api/v1/keys', { token: ann.access_token, status: 403 });
  await roster.post('/api/v1/keys/rotate', undefined, { token: ann.access_token, status: 403 });
  await roster.post('/api/v1/keys/rotate', undefined, { status: 401 });
});

test('private keys stand in the database sealed', async () => {
  for (const { sealed } of await roster.sql('SELECT sealed FROM signing_key')) assert.doesNotMatch(sealed, /PRIVATE KEY|"d"/);
});

test('keys live on when the server is started again; another algorithm makes a new one and keeps the old', async () => {
  const first = await startWithAdmin();
  const token = first.admin.access_token;
  await first.stop({ keep: true });
  const second = await start({ dir: first.dir, database: first.database, env: { JWT_ALGORITHM: 'EdDSA' } });
  try {
    await second.me(token, { status: 200 });
    const ann = await second.register();
    assert.equal(decodeProtectedHeader(ann.access_token).alg, 'EdDSA');
    assert.equal((await jwks(second)).keys.length, 2);
  } finally {
    await second.stop();
  }
});

describe('advisory_shared_default_secret', () => {
  test('two servers have nothing in common: neither master key nor signing key, nor the secret of HS256', async () => {
    for (const env of [{}, { JWT_ALGORITHM: 'HS256' }, { JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: '' }]) {
      const [one, two] = [await startWithAdmin({ env }), await startWithAdmin({ env })];
      try {
        const masters = await Promise.all([one, two].map(({ dir }) => readFile(path.join(dir, 'keys', 'master'))));
        assert.ok(!masters[0].equals(masters[1]) && masters[0].length >= 32);
        assert.notEqual(kid(one.admin.access_token), kid(two.admin.access_token));
        await two.me(one.admin.access_token, { status: 401 });
        await two.post('/api/v1/auth/refresh', { refresh_token: one.admin.refresh_token }, { status: 401 });
      } finally {
        await one.stop();
        await two.stop();
      }
    }
  });

  test('a secret that a sample has, or anybody guesses, stops the start', async () => {
    for (const JWT_SECRET_KEY of ['secret', 'changeme', 'your-secret-key', 'your-256-bit-secret', 'x'.repeat(31)])
      await assert.rejects(start({ env: { JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY } }), /at least 32 bytes/);
  });

  test('keys and data are for their owner alone', async () => {
    for (const name of ['', 'keys', 'keys/master', 'uploads', 'backups', 'lock', 'control.sock', ...(roster.database ? [] : ['roster.db', 'roster.db-wal'])]) {
      const { mode } = await stat(path.join(roster.dir, name));
      assert.equal(mode & 0o077, 0, `${name}: ${(mode & 0o777).toString(8)}`);
    }
  });
});
