// Requests that are repeated: nothing is done twice, and the first answer is given again.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Roster, eventually, movableClock, password, start, startWithAdmin, unique } from './lib.mjs';

const quick = { ROSTER_PASSWORD_MEMORY: '8MiB', ROSTER_PASSWORD_PASSES: '1', ROSTER_RATE_LIMITS: 'off' };
const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const key = () => unique('key-');
const withKey = (k) => ({ headers: { 'idempotency-key': k } });
const withId = (id) => ({ headers: { 'x-request-id': id } });
const replayed = ({ headers }) => headers.get('idempotent-replay') === 'true';
const tally = (answers) => answers.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});
const bare = ({ correlation_id: _, ...body }) => body;
const newcomer = (more = {}) => ({ email: `${unique()}@example.org`, password, ...more });
const register = (roster, json, options) => roster.post('/api/v1/users', json, options);
const usersOf = async (roster, email) => Number((await roster.sql(`SELECT COUNT(*) AS n FROM users WHERE email = '${email}'`))[0].n);

describe('a key', () => {
  let roster;
  let admin;
  before(async () => {
    roster = await startWithAdmin({ env: quick });
    admin = roster.admin.access_token;
  });
  after(() => roster.stop());
  const patch = (token, json, options) => roster.patch('/api/v1/users/me', json, { token, ...options });
  const updates = async (id) =>
    Number((await roster.sql(`SELECT COUNT(*) AS n FROM outbox WHERE type = 'user.updated' AND subject_id = '${id}'`))[0].n);

  test('gives the first answer again, and changes nothing', async () => {
    const { access_token: token, user } = await roster.register();
    const k = key();
    const first = await patch(token, { bio: 'one' }, { ...withKey(k), status: 200 });
    await patch(token, { bio: 'two' }, { status: 200 });
    const again = await patch(token, { bio: 'one' }, { ...withKey(k), status: 200 });
    assert.deepEqual([replayed(first), replayed(again)], [false, true]);
    assert.deepEqual(bare(again.body), bare(first.body));
    assert.equal((await roster.me(token)).body.data.bio, 'two');
    assert.equal(await updates(user.id), 2);
  });

  test('with another body is 422, with the same in another order or form a repetition', async () => {
    const { access_token: token } = await roster.register();
    const k = key();
    await patch(token, { bio: 'one', name: 'A B' }, { ...withKey(k), status: 200 });
    const other = await patch(token, { bio: 'two', name: 'A B' }, { ...withKey(k), status: 422 });
    assert.equal(other.body.error, 'idempotency_key_reused');
    assert.ok(replayed(await patch(token, { name: 'A B', bio: 'one' }, { ...withKey(k), status: 200 })));
    const form = await roster.request('PATCH', '/api/v1/users/me/', { token, body: new URLSearchParams({ bio: 'one', name: 'A B' }), ...withKey(k), status: 200 });
    assert.ok(replayed(form));
  });

  test('in X-Request-ID with another body is another request', async () => {
    const { access_token: token } = await roster.register();
    const id = key();
    const first = await patch(token, { bio: 'one' }, { ...withId(id), status: 200 });
    assert.ok(!replayed(await patch(token, { bio: 'two' }, { ...withId(id), status: 200 })));
    const again = await patch(token, { bio: 'one' }, { ...withId(id), status: 200 });
    assert.ok(replayed(again));
    assert.equal(again.body.message, 'Cached response (idempotent request)');
    assert.deepEqual(again.body.data, first.body.data);
    assert.equal((await roster.me(token)).body.data.bio, 'two');
  });

  test('that is none is 400', async () => {
    const { access_token: token, user } = await roster.register();
    for (const bad of ['a b', 'k'.repeat(256), 'ä']) {
      const answer = await patch(token, { bio: 'x' }, { headers: { 'idempotency-key': Buffer.from(bad, 'utf8').toString('latin1') }, status: 400 });
      assert.match(answer.body.message, /255/);
    }
    assert.equal(await updates(user.id), 0);
    await patch(token, { bio: 'x' }, { ...withKey('k'.repeat(255)), status: 200 });
  });

  test('counts for the method and the address', async () => {
    const { access_token: token } = await roster.register();
    const k = key();
    await patch(token, { bio: 'one' }, { ...withKey(k), status: 200 });
    for (const [method, target] of [['PUT', '/api/v1/users/me'], ['PATCH', '/api/v1/users/profile']])
      assert.ok(!replayed(await roster.request(method, target, { token, json: { bio: 'one' }, ...withKey(k), status: 200 })));
  });

  test('repeats 404, 409 and 422 of the operation, also when it would go well now', async () => {
    const taken = newcomer();
    await register(roster, taken, { status: 201 });
    const k = key();
    const first = await register(roster, taken, { ...withKey(k), status: 409 });
    const weak = newcomer({ password: 'password' });
    const k2 = key();
    const second = await register(roster, weak, { ...withKey(k2), status: 422 });
    const missing = '/api/v1/users/01a1fd78-7017-7015-8399-68a7d4f02893';
    const k3 = key();
    const third = await roster.patch(missing, { bio: 'x' }, { token: admin, ...withKey(k3), status: 404 });
    for (const [was, ask] of [
      [first, () => register(roster, taken, withKey(k))],
      [second, () => register(roster, weak, withKey(k2))],
      [third, () => roster.patch(missing, { bio: 'x' }, { token: admin, ...withKey(k3) })],
    ]) {
      const again = await ask();
      assert.equal(again.status, was.status);
      assert.ok(replayed(again) && !replayed(was));
      assert.deepEqual(bare(again.body), bare(was.body));
    }
    const older = await roster.post('/api/auth/register', { ...taken }, { ...withKey(k), undocumented: true });
    assert.equal(older.status, 400); // another address, so another request: its own error
  });

  test('never repeats 401, 403, 412, 423, 429', async () => {
    const { access_token: token } = await roster.register();
    const k = key();
    await patch(undefined, { bio: 'x' }, { ...withKey(k), status: 401 });
    await roster.post('/api/v1/users/01a1fd78-7017-7015-8399-68a7d4f02893/status', { status: 'banned' }, { token, ...withKey(k), status: 403 });
    await patch(token, { bio: 'x' }, { headers: { 'idempotency-key': k, 'if-match': '"other"' }, status: 412 });
    assert.ok(!replayed(await patch(token, { bio: 'x' }, { ...withKey(k), status: 200 })));
    const change = (secret) =>
      roster.post('/api/v1/auth/password-change', { current_password: secret, new_password: 'eleven loud kingfishers' }, { token, ...withKey(k) });
    for (const status of [401, 401, 401, 401, 401, 423]) {
      const answer = await change('not this one');
      assert.equal(answer.status, status);
      assert.ok(!replayed(answer));
    }
  });

  test('means nothing to log-in, tokens and log-out', async () => {
    const person = newcomer();
    await register(roster, person, { status: 201 });
    const k = key();
    const login = () => roster.post('/api/v1/auth/login', { identifier: person.email, password }, { ...withKey(k), status: 200 });
    const [one, two] = [await login(), await login()];
    assert.notEqual(one.body.data.refresh_token, two.body.data.refresh_token);
    const refresh = () => roster.post('/api/v1/auth/refresh', { refresh_token: one.body.data.refresh_token }, withKey(k));
    for (const answer of [await refresh(), await refresh()]) assert.ok(!replayed(answer));
    const grant = () => roster.form('/oauth/token', { grant_type: 'password', username: person.email, password }, { ...withKey(k), status: 200 });
    assert.notEqual((await grant()).body.access_token, (await grant()).body.access_token);
    const token = two.body.data.access_token;
    const logout = () => roster.post('/api/v1/auth/logout', undefined, { token, ...withKey(k), status: 200 });
    assert.ok(!replayed(await logout()) && !replayed(await logout()));
  });

  test('of a registration gives tokens again while its session lives, then the user alone', async () => {
    const json = newcomer({ push_token: 'push-7041' });
    const k = key();
    const first = await register(roster, json, { ...withKey(k), status: 201 });
    const again = await register(roster, json, { ...withKey(k), status: 201 });
    assert.ok(replayed(again));
    assert.equal(again.body.data.user.id, first.body.data.user.id);
    assert.equal(again.body.data.user.push_token, 'push-7041');
    await roster.me(again.body.data.access_token, { status: 200 });
    const { body } = await roster.post('/api/v1/auth/refresh', { refresh_token: again.body.data.refresh_token }, { status: 200 });
    assert.equal((await roster.get('/api/v1/auth/sessions', { token: body.data.access_token })).body.data.length, 1);
    await roster.post('/api/v1/auth/logout', undefined, { token: body.data.access_token, status: 200 });
    const late = await register(roster, json, { ...withKey(k), status: 201 });
    assert.equal(late.body.data.user.id, first.body.data.user.id);
    assert.deepEqual([late.body.data.access_token, late.body.data.tokens], [undefined, undefined]);
    await register(roster, { ...json, password: 'another pass phrase 77' }, { ...withKey(k), status: 422 });
  });

  test('shown 32 times at once makes one account', async () => {
    for (const header of [withKey, withId]) {
      const json = newcomer();
      const options = header(key());
      const answers = await Promise.all(Array.from({ length: 32 }, () => register(roster, json, options)));
      const counts = tally(answers);
      assert.deepEqual(Object.keys(counts).filter((s) => s !== '409'), ['201']);
      for (const busy of answers.filter(({ status }) => status === 409)) {
        assert.equal(busy.body.error, 'request_in_progress');
        assert.equal(busy.headers.get('retry-after'), '1');
      }
      assert.equal(answers.filter((a) => a.status === 201 && !replayed(a)).length, 1);
      assert.equal(await usersOf(roster, json.email), 1);
      assert.ok(replayed(await register(roster, json, { ...options, status: 201 })));
    }
  });

  test('shown 32 times at once changes once, however it is answered', async () => {
    const { access_token: token, user } = await roster.register();
    const options = withKey(key());
    const answers = await Promise.all(Array.from({ length: 32 }, () => patch(token, { bio: 'crowd' }, options)));
    assert.deepEqual(Object.keys(tally(answers)).filter((s) => s !== '409'), ['200']);
    assert.equal(await updates(user.id), 1);
  });

  test('advisory_replay: the key of another caller gives nothing away and is not in his way', async () => {
    const [ann, bob] = [await roster.register(), await roster.register()];
    const k = key();
    await patch(ann.access_token, { bio: 'of ann' }, { ...withKey(k), status: 200 });
    for (const headers of [withKey(k), withId(k)]) {
      const his = await patch(bob.access_token, { bio: 'of ann' }, { ...headers, status: 200 });
      assert.ok(!replayed(his));
      assert.equal(his.body.data.id, bob.user.id);
    }
    const stranger = await roster.request('PATCH', '/api/v1/users/me', { json: { bio: 'of ann' }, ...withKey(k), status: 401 });
    assert.ok(!replayed(stranger));
  });

  test('advisory_replay: is worth nothing once its caller may not act any more', async () => {
    const ann = await roster.register();
    const k = key();
    await patch(ann.access_token, { bio: 'x' }, { ...withKey(k), status: 200 });
    await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'banned' }, { token: admin, status: 200 });
    const answer = await patch(ann.access_token, { bio: 'x' }, withKey(k));
    assert.ok([401, 403].includes(answer.status) && !replayed(answer));
  });

  test('advisory_secrets: leaves none in the record, nor a name', async () => {
    const json = newcomer({ name: 'Zoe Recognisable' });
    await register(roster, json, { ...withKey('a-key-to-be-found'), status: 201 });
    const made = await roster.post('/api/v1/oauth/clients', { name: 'crm', scope: 'token.check' }, { token: admin, ...withKey(key()), status: 201 });
    const rows = JSON.stringify(await roster.sql('SELECT * FROM idempotency'));
    for (const text of [json.email, 'Recognisable', password, made.body.data.secret, 'a-key-to-be-found', '/api/v1'])
      assert.ok(!rows.includes(text), text);
  });

  test('of an action without an answer is repeated too', async () => {
    const ann = await roster.register();
    const path_ = `/api/v1/users/${ann.user.id}`;
    const k = key();
    await roster.delete(path_, { token: admin, ...withKey(k), status: 200 });
    const again = await roster.delete(path_, { token: admin, ...withKey(k), status: 200 });
    assert.ok(replayed(again));
    assert.equal(again.body.data, null);
    await roster.delete(path_, { token: admin, ...withKey(key()), status: 404 });
  });

  test('shows in the metrics', async () => {
    const { text } = await roster.get('/metrics', { undocumented: true });
    for (const name of ['replays', 'busy']) assert.match(text, new RegExp(`^roster_idempotent_${name}_total [1-9]`, 'm'));
  });
});

test('after a crash a key that was answered is known, and one that was not is free', async () => {
  let roster = await start({ env: quick });
  const [done, cut] = [newcomer(), newcomer()];
  const [k1, k2] = [key(), key()];
  const first = await register(roster, done, { ...withKey(k1), status: 201 });
  const unanswered = register(roster, cut, withKey(k2)).catch(() => undefined);
  await roster.kill();
  const was = await unanswered;
  roster = await start({ env: quick, dir: roster.dir, database: roster.database });
  try {
    const again = await register(roster, done, { ...withKey(k1), status: 201 });
    assert.ok(replayed(again));
    assert.equal(again.body.data.user.id, first.body.data.user.id);
    const settled = await eventually(() => register(roster, cut, withKey(k2)), ({ status }) => status !== 409);
    assert.equal(settled.status, 201);
    if (was?.status === 201) assert.ok(replayed(settled)); // what was answered was kept
    assert.equal(await usersOf(roster, cut.email), 1);
  } finally {
    await roster.stop();
  }
});

test('many crashes in the middle of registrations make no account twice', async () => {
  let roster = await start({ env: quick });
  const all = Array.from({ length: 12 }, () => [newcomer(), key()]);
  for (let round = 0; round < 3; round++) {
    const under = all.map(([json, k]) => register(roster, json, withKey(k)).catch(() => undefined));
    await Promise.race(under);
    await roster.kill();
    await Promise.all(under);
    roster = await start({ env: quick, dir: roster.dir, database: roster.database });
  }
  try {
    for (const [json, k] of all) {
      const { status } = await eventually(() => register(roster, json, withKey(k)), (answer) => answer.body.error !== 'request_in_progress');
      assert.equal(status, 201);
      assert.equal(await usersOf(roster, json.email), 1);
    }
  } finally {
    await roster.stop();
  }
});

test('a clock set back an hour gives no key away, one set forward a day frees it', async () => {
  const clock = await movableClock();
  const roster = await start({ env: { ...quick, ...clock.env } });
  const json = newcomer();
  const k = key();
  try {
    await register(roster, json, { ...withKey(k), status: 201 });
    await clock.set('-1h');
    assert.ok(replayed(await register(roster, json, { ...withKey(k), status: 201 })));
    await clock.set('+25h');
    assert.ok(!replayed(await register(roster, json, { ...withKey(k), status: 409 })));
  } finally {
    await roster.stop();
    await clock.remove();
  }
});

test('records that have expired are deleted', async () => {
  const roster = await start({ env: { ...quick, ROSTER_IDEMPOTENCY_KEEP_FOR: '1s' } });
  try {
    const json = newcomer();
    await register(roster, json, { ...withKey(key()), status: 201 });
    await eventually(() => roster.sql('SELECT COUNT(*) AS n FROM idempotency'), ([row]) => Number(row.n) === 0, 15_000);
  } finally {
    await roster.stop();
  }
});

test('two nodes over one database answer a key once', { skip: !onPostgres && 'a database in a file has one server' }, async () => {
  const a = await start({ env: quick });
  const b = await new Roster({
    database: { url: a.database.url, drop: async () => {} },
    env: { ...quick, ROSTER_MASTER_KEY_FILE: path.join(a.dir, 'keys', 'master') },
  }).start();
  try {
    for (let round = 0; round < 5; round++) {
      const json = newcomer();
      const options = withKey(key());
      const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => register(i % 2 ? a : b, json, options)));
      assert.deepEqual(Object.keys(tally(answers)).filter((s) => s !== '409'), ['201'], JSON.stringify(tally(answers)));
      assert.ok(answers.filter(({ status }) => status === 409).every(({ body }) => body.error === 'request_in_progress'));
      assert.equal(answers.filter((x) => x.status === 201 && !replayed(x)).length, 1);
      assert.equal(await usersOf(a, json.email), 1);
      for (const node of [a, b]) assert.ok(replayed(await register(node, json, { ...options, status: 201 })));
      const { access_token: token } = answers.find(({ status }) => status === 201).body.data;
      const same = withKey(key());
      const changes = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? a : b).patch('/api/v1/users/me', { bio: 'x' }, { token, ...same })));
      assert.deepEqual(Object.keys(tally(changes)).filter((s) => s !== '409'), ['200'], JSON.stringify(tally(changes)));
      assert.equal(changes.filter((x) => x.status === 200 && !replayed(x)).length, 1);
    }
  } finally {
    await b.stop();
    await a.stop();
  }
});
