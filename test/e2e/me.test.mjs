// The own account: reading, changing with absent, null and set told apart, ETags, deactivation.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cheap, password, startWithAdmin, unique } from './lib.mjs';

let roster;
let ann;
before(async () => {
  roster = await startWithAdmin();
  ann = await roster.register({ name: 'Ann Example', push_token: 'device-1' });
});
after(() => roster.stop());

const patch = (json, options, target = '/api/v1/users/me') => roster.patch(target, json, { token: ann.access_token, ...options });
const read = async () => (await roster.me(ann.access_token, { status: 200 })).body.data;

describe('reading', () => {
  test('gives every field of the own account at all its addresses', async () => {
    for (const target of ['/api/v1/users/me', '/api/v1/users/profile', '/api/v1/auth/me', '/api/v1/users/me/']) {
      const { body } = await roster.get(target, { token: ann.access_token, status: 200 });
      assert.deepEqual(body.data, await read());
    }
    assert.deepEqual(Object.keys(await read()).sort(), ['avatar_url', 'bio', 'cover_url', 'created_at', 'date_of_birth', 'display_name', 'email',
      'email_verified', 'first_name', 'followers_count', 'following_count', 'gender', 'id', 'is_active', 'is_private', 'last_active_at',
      'last_login_at', 'last_name', 'location', 'name', 'number', 'posts_count', 'preferences', 'push_token', 'role', 'status', 'updated_at',
      'user_id', 'username', 'visibility', 'website']);
  });

  test('without a token is 401 and says which scheme', async () => {
    const { headers, body } = await roster.me(undefined, { status: 401 });
    assert.match(headers.get('www-authenticate'), /^Bearer/);
    assert.equal(body.error, 'unauthenticated');
  });

  test('again with the ETag is 304 without a body, until the profile changes', async () => {
    const { headers } = await roster.me(ann.access_token, { status: 200 });
    const etag = headers.get('etag');
    assert.match(etag, /^"[^"]+"$/);
    assert.match(headers.get('cache-control'), /private/);
    for (const value of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await roster.me(ann.access_token, { headers: { 'if-none-match': value }, status: 304 });
      assert.equal(again.text, '');
      assert.equal(again.headers.get('etag'), etag);
    }
    await patch({ bio: unique() }, { status: 200 });
    const changed = await roster.me(ann.access_token, { headers: { 'if-none-match': etag }, status: 200 });
    assert.notEqual(changed.headers.get('etag'), etag);
  });
});

describe('changing', () => {
  test('sets what is given and leaves what is absent', async () => {
    const before = await read();
    const wanted = { bio: 'Two\nlines', location: 'Łódź', website: 'https://ann.example/x', gender: 'other', date_of_birth: '1990-02-28' };
    const { body } = await patch(wanted, { status: 200 });
    const now = await read();
    assert.deepEqual(now, { ...before, ...wanted, updated_at: now.updated_at, last_active_at: now.last_active_at });
    assert.ok(now.updated_at > before.updated_at);
    assert.deepEqual(body.data, now);
  });

  test('to null or to nothing clears', async () => {
    await patch({ bio: 'x', location: 'y', push_token: 'z' }, { status: 200 });
    await patch({ bio: null, location: '', push_token: null }, { status: 200 });
    const now = await read();
    assert.deepEqual([now.bio, now.push_token], [null, null]);
    assert.ok(!now.location);
  });

  test('of a preference leaves the other', async () => {
    await patch({ preferences: { email: false } }, { status: 200 });
    assert.deepEqual((await read()).preferences, { email: false, push: true });
    await patch({ preferences: { push_notifications: false } }, { status: 200 });
    assert.deepEqual((await read()).preferences, { email: false, push: false });
  });

  test('is seen by the very next read, fifty times', async () => {
    for (let i = 0; i < 50; i++) {
      await patch({ display_name: `Ann ${i}` }, { status: 200 });
      assert.equal((await read()).display_name, `Ann ${i}`);
    }
  });

  test('works by PUT and at the other address too', async () => {
    await roster.put('/api/v1/users/me', { first_name: 'Put' }, { token: ann.access_token, status: 200 });
    await roster.put('/api/v1/users/profile', { last_name: 'Profile' }, { token: ann.access_token, status: 200 });
    await patch({ name: 'Patched' }, { status: 200 }, '/api/v1/users/profile/');
    const { first_name, last_name, name } = await read();
    assert.deepEqual([first_name, last_name, name], ['Put', 'Profile', 'Patched']);
  });

  test('refuses role, status and what only the server writes', async () => {
    for (const field of ['role', 'status', 'email_verified', 'email', 'id', 'number', 'is_active', 'created_at', 'followers_count', 'password']) {
      const { body } = await patch({ [field]: 'admin' }, { status: 422 });
      assert.deepEqual(Object.keys(body.details), [field]);
    }
    assert.equal((await read()).role, 'user');
  });

  test('refuses values that are wrong, all at once', async () => {
    const { body } = await patch({ username: 'a b', website: 'javascript:alert(1)', gender: 'x', date_of_birth: '1990-02-30', visibility: 'all',
      is_private: 'yes', bio: 'x'.repeat(501), first_name: 'a\u0007b', name: 5 }, { status: 422 });
    assert.deepEqual(Object.keys(body.details).sort(), ['bio', 'date_of_birth', 'first_name', 'gender', 'is_private', 'name', 'username', 'visibility', 'website']);
  });

  test('of the user name moves it: the old one is free, the new one logs in', async () => {
    const bob = await roster.register();
    const renamed = unique('renamed');
    await roster.patch('/api/v1/users/me', { username: renamed }, { token: bob.access_token, status: 200 });
    assert.equal((await roster.login(renamed)).user.id, bob.user.id);
    await roster.post('/api/v1/auth/login', { identifier: bob.user.username, password }, { status: 401 });
    await roster.register({ username: bob.user.username });
    await roster.patch('/api/v1/users/me', { username: ann.user.username }, { token: bob.access_token, status: 409 });
    await roster.patch('/api/v1/users/me', { username: renamed.toUpperCase() }, { token: bob.access_token, status: 200 });
  });

  test('with If-Match is 412 when somebody was faster, and does nothing', async () => {
    const etag = (await roster.me(ann.access_token)).headers.get('etag');
    await patch({ bio: 'first' }, { headers: { 'if-match': etag }, status: 200 });
    const { body } = await patch({ bio: 'second' }, { headers: { 'if-match': etag }, status: 412 });
    assert.equal(body.error, 'precondition_failed');
    assert.equal((await read()).bio, 'first');
    await patch({ bio: 'third' }, { headers: { 'if-match': '*' }, status: 200 });
  });

  test('by ten at once with one ETag lets one of them win', async () => {
    const etag = (await roster.me(ann.access_token)).headers.get('etag');
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => patch({ bio: `racer ${i}` }, { headers: { 'if-match': etag } })));
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, ...Array(9).fill(412)]);
  });

  test('needs a token', async () => {
    await roster.patch('/api/v1/users/me', { bio: 'x' }, { status: 401 });
  });
});

test('deactivation ends the account for its tokens, for log-in and for others, until an administrator reactivates it', async () => {
  const bob = await roster.register();
  const { body } = await roster.delete('/api/v1/users/me', { token: bob.access_token, status: 200 });
  assert.equal(body.message, 'Account deactivated successfully');
  await roster.me(bob.access_token, { status: [401, 403] });
  await roster.post('/api/v1/auth/refresh', { refresh_token: bob.refresh_token }, { status: [401, 403] });
  await roster.post('/api/v1/auth/login', { identifier: bob.email, password }, { status: 403 });
  await roster.get(`/api/v1/users/${bob.user.id}`, { status: 404 });
  await roster.post('/api/v1/users', { email: bob.email, password }, { status: 409 });
  await roster.post(`/api/v1/users/${bob.user.id}/status`, { status: 'active' }, { token: roster.admin.access_token, status: 200 });
  await roster.login(bob.email);
});

// More people than memory holds: those who ask at once wait for a worker together, and are read together.
describe('a crowd that memory does not hold', () => {
  const many = 200;
  let server;
  let crowd;
  before(async () => {
    server = await startWithAdmin({ env: { ...cheap, ROSTER_SESSION_CACHE: '100', ROSTER_HASH_QUEUE: '1000', ROSTER_WORKERS: '2' } });
    crowd = [];
    for (let i = 0; i < many; i += 20)
      crowd.push(...(await Promise.all(Array.from({ length: 20 }, (_, k) => server.register({ name: `Person ${i + k}` })))));
  });
  after(() => server?.stop());
  const everybody = (people) => Promise.all(people.map((person) => server.me(person.access_token)));

  test('each is told of himself', async () => {
    for (let round = 0; round < 3; round++) {
      const answers = await everybody(crowd);
      answers.forEach(({ status, body }, i) => assert.deepEqual([status, body.data?.id, body.data?.name], [200, crowd[i].user.id, `Person ${i}`]));
    }
    const { text } = await server.get('/metrics', { undocumented: true });
    assert.ok(Number(text.match(/^roster_session_cache_misses_total (\d+)$/m)[1]) > many, 'memory held them after all');
  });

  test('advisory_stale_session: who logs out amid the crowd is nobody to the next request', async () => {
    const leaving = crowd.filter((_, i) => i % 10 === 3);
    let running = true;
    const noise = (async () => {
      while (running) await everybody(crowd.filter((person) => !leaving.includes(person)));
    })();
    for (const person of leaving) {
      const before = everybody(Array(5).fill(person)); // some of these are read before it, some after
      await server.post('/api/v1/auth/logout', undefined, { token: person.access_token, status: 200 });
      for (const { status } of await everybody(Array(5).fill(person))) assert.equal(status, 401);
      for (const { status } of await before) assert.ok([200, 401].includes(status));
      await server.me(person.access_token, { status: 401 });
    }
    running = false;
    await noise;
  });

  test('a change is seen by the next request, whoever is read beside it', async () => {
    const people = crowd.filter((_, i) => i % 10 === 4);
    for (const [i, person] of people.entries()) {
      const others = everybody(crowd.slice(0, 60));
      await server.patch('/api/v1/users/me', { bio: `bio ${i}` }, { token: person.access_token, status: 200 });
      assert.equal((await server.me(person.access_token, { status: 200 })).body.data.bio, `bio ${i}`);
      await others;
    }
  });
});
