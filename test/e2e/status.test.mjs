// Whether an account may be used: suspension, ban, deactivation, coming back, and what administrators see and do of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, sleep, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const setStatus = (person, json, options) => roster.post(`/api/v1/users/${person.user.id}/status`, json, { token: admin, status: 200, ...options });
const read = async (person) => (await roster.get(`/api/v1/users/${person.user.id}`, { token: admin, status: 200 })).body.data;
const login = (person, status) => roster.post('/api/v1/auth/login', { identifier: person.email, password }, { status });
const reactivate = (person, status = 200, more = {}) => roster.post('/api/v1/auth/reactivate', { identifier: person.email, password, ...more }, { status });
const leave = (person, query = '') => roster.delete(`/api/v1/users/me${query}`, { token: person.access_token, status: 200 });
const refusedEverywhere = async (person) => {
  await roster.me(person.access_token, { status: [401, 403] });
  await roster.patch('/api/v1/users/me', { bio: 'x' }, { token: person.access_token, status: [401, 403] });
  await roster.post('/api/v1/auth/refresh', { refresh_token: person.refresh_token }, { status: [401, 403] });
  const checked = await roster.post('/oauth/introspect', { token: person.access_token }, { token: admin, status: 200 });
  assert.equal(checked.body.active, false);
};

describe('advisory_disabled_users_keep_nothing', () => {
  for (const status of ['suspended', 'banned', 'inactive', 'pending'])
    test(`a ${status} account is refused with every token at once`, async () => {
      const ann = await roster.register();
      const second = { ...ann, ...(await roster.login(ann.email)) };
      await roster.me(ann.access_token, { status: 200 });
      await setStatus(ann, { status });
      await refusedEverywhere(ann);
      await refusedEverywhere(second);
      await login(ann, 403);
      await roster.form('/oauth/token', { grant_type: 'password', username: ann.email, password }, { status: 400 });
    });

  test('so is one whose owner deactivated or deleted it', async () => {
    for (const query of ['', '?purge=true']) {
      const ann = await roster.register();
      await leave(ann, query);
      await refusedEverywhere(ann);
      await login(ann, 403);
    }
  });

  test('a session from before a ban is not good after it', async () => {
    const ann = await roster.register();
    await setStatus(ann, { status: 'banned' });
    await setStatus(ann, { status: 'active' });
    await roster.me(ann.access_token, { status: 401 });
    await login(ann, 200);
  });
});

describe('a suspension', () => {
  test('has a reason and an end, which the person and administrators are told', async () => {
    const ann = await roster.register();
    const until = new Date(Date.now() + 1200).toISOString();
    const { body } = await setStatus(ann, { status: 'suspended', reason: 'cool down', until });
    assert.deepEqual([body.data.status, body.data.status_reason, body.data.status_until, body.data.is_active], ['suspended', 'cool down', until, false]);
    await roster.me(ann.access_token, { status: 403 });
    await sleep(1300);
    await roster.me(ann.access_token, { status: 200 });
  });

  test('alone has an end', async () => {
    const ann = await roster.register();
    const until = new Date(Date.now() + 60_000).toISOString();
    for (const status of ['banned', 'inactive', 'active', 'pending']) await setStatus(ann, { status, until }, { status: 422 });
    await setStatus(ann, { status: 'suspended', until: '2020-01-01T00:00:00Z' }, { status: 422 });
    await setStatus(ann, { status: 'deleted' }, { status: 422 });
  });

  test('is not undone by its object', async () => {
    const ann = await roster.register();
    for (const status of ['suspended', 'banned', 'inactive']) {
      await setStatus(ann, { status });
      assert.equal((await reactivate(ann, 403)).body.error, 'account_not_active');
    }
  });
});

describe('coming back', () => {
  test('after a deactivation: by password, then a log-in', async () => {
    const ann = await roster.register();
    assert.equal((await leave(ann)).body.data, null);
    assert.match((await login(ann, 403)).body.message, /Reactivate it/);
    assert.ok(!('access_token' in ((await reactivate(ann)).body.data ?? {})), 'tokens are what a log-in gives');
    await roster.me(ann.access_token, { status: 401 });
    await login(ann, 200);
  });

  test('after a deletion, until the account is erased', async () => {
    const ann = await roster.register({ name: 'Ann Stays' });
    const { data } = (await leave(ann, '?purge=true')).body;
    const days = (Date.parse(data.erase_at) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days < 30.1);
    await roster.post('/api/v1/users', { email: ann.email, password }, { status: 409 }); // the name is kept
    await reactivate(ann);
    const again = await roster.login(ann.email);
    const me = (await roster.me(again.access_token, { status: 200 })).body.data;
    assert.deepEqual([me.name, me.status, me.erase_at], ['Ann Stays', 'active', undefined]);
  });

  test('is nothing to do for an active account', async () => {
    const ann = await roster.register();
    await reactivate(ann);
    await roster.me(ann.access_token, { status: 200 });
  });

  test('needs the password; a wrong one is answered and counted like a failed log-in', async () => {
    const ann = await roster.register();
    await leave(ann);
    const wrong = await reactivate(ann, 401, { password: 'not this one at all' });
    const nobody = await roster.post('/api/v1/auth/reactivate', { identifier: `${unique()}@example.org`, password }, { status: 401 });
    assert.deepEqual([wrong.body.error, wrong.body.message], [nobody.body.error, nobody.body.message]);
    const [{ count }] = await roster.sql(`SELECT count FROM login_failure WHERE user_id = '${ann.user.id}'`);
    assert.equal(Number(count), 1);
    await login(ann, 403);
    await roster.post('/api/v1/auth/reactivate', { identifier: ann.email }, { status: 422 });
  });

  test('an administrator brings anybody back, also who deleted himself', async () => {
    const ann = await roster.register();
    await leave(ann, '?purge=true');
    assert.equal((await setStatus(ann, { status: 'banned' }, { status: 409 })).body.error, 'conflict');
    await setStatus(ann, { status: 'active' });
    assert.equal((await read(ann)).erase_at, undefined);
    await login(ann, 200);
  });

  test('what an administrator deactivated its owner does not undo', async () => {
    const ann = await roster.register();
    await roster.post(`/api/v1/users/${ann.user.id}/deactivate`, undefined, { token: admin, status: 200 });
    await reactivate(ann, 403);
  });
});

describe('who waits to be erased', () => {
  test('is hidden from others and from lists, but not from who asks for deleted accounts', async () => {
    const [ann, bob] = [await roster.register(), await roster.register()];
    await leave(ann, '?purge=true');
    await roster.get(`/api/v1/users/${ann.user.id}`, { token: bob.access_token, status: 404 });
    const ids = async (query) => (await roster.get(`/api/v1/users?limit=100&${query}`, { token: admin, status: 200 })).body.data.map((u) => u.id);
    assert.ok(!(await ids('')).includes(ann.user.id));
    assert.ok((await ids('status=deleted')).includes(ann.user.id));
    assert.ok((await read(ann)).erase_at);
    await roster.delete(`/api/v1/users/${bob.user.id}`, { token: admin, status: 200 });
    assert.ok(!(await ids('status=deleted')).includes(bob.user.id), 'what is erased is shown to nobody');
  });

  test('the last administrator cannot delete himself', async () => {
    const { body } = await roster.delete('/api/v1/users/me?purge=true', { token: admin, status: 409 });
    assert.equal(body.error, 'last_admin');
  });
});

describe('the list of accounts', () => {
  const list = async (query, status = 200) => (await roster.get(`/api/v1/users?${query}`, { token: admin, status })).body;
  const all = async (query) => {
    const seen = [];
    for (let cursor = ''; cursor !== undefined; ) {
      const { data, meta } = await list(`${query}&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...data);
      cursor = meta.next_cursor;
      assert.ok(seen.length < 200);
    }
    return seen;
  };
  let people;
  let from;
  let to;
  before(async () => {
    await sleep(5);
    from = new Date().toISOString();
    people = [];
    for (let i = 0; i < 7; i++) people.push((await roster.register({ name: `Ranged Person ${i}` })).user.id);
    to = new Date(Date.now() + 1).toISOString();
    await sleep(5);
    await roster.register({ name: 'Ranged Later' });
    await roster.sql(`UPDATE users SET email_verified = TRUE WHERE id IN ('${people[1]}', '${people[4]}')`);
  });

  for (const [sort, order] of [['created_at', (ids) => ids], ['-created_at', (ids) => ids.toReversed?.() ?? [...ids].reverse()]])
    test(`by date of registration, ${sort}, page by page`, async () => {
      const found = await all(`created_from=${from}&created_to=${to}&sort=${sort}`);
      assert.deepEqual(found.map((u) => u.id), order(people));
    });

  test('by date in the order of names', async () => {
    const found = await all(`created_from=${from}&created_to=${to}&sort=username`);
    assert.deepEqual(found.map((u) => u.id).sort(), [...people].sort());
    assert.deepEqual(found.map((u) => u.username), found.map((u) => u.username).sort());
  });

  test('by whether the address was proved, alone and with everything else', async () => {
    const verified = [people[1], people[4]];
    assert.deepEqual((await all(`verified=true&created_from=${from}&sort=created_at`)).map((u) => u.id), verified);
    assert.deepEqual((await all('verified=true&sort=created_at')).map((u) => u.id), verified);
    assert.deepEqual((await all('verified=true&q=ranged&role=user&status=active&sort=created_at')).map((u) => u.id), verified);
    assert.equal((await all(`verified=false&created_from=${from}&created_to=${to}`)).length, 5);
    assert.deepEqual((await all(`q=ranged&created_to=${to}&sort=created_at`)).map((u) => u.id), people);
    assert.deepEqual(await all(`created_from=${from}&role=moderator`), []);
    assert.deepEqual(await all(`created_from=${from}&status=banned`), []);
  });

  test('counts what it filters', async () => {
    assert.equal((await list(`page=1&created_from=${from}&created_to=${to}`)).meta.total, 7);
    assert.equal((await list(`page=1&verified=true`)).meta.total, 2);
    assert.equal((await list(`page=1&q=ranged&created_from=${from}&created_to=${to}&verified=false`)).meta.total, 5);
  });

  test('a cursor of one order is none of another, and what is no date is refused', async () => {
    const { meta } = await list('limit=2');
    await list(`limit=2&created_from=${from}&cursor=${meta.next_cursor}`, 400);
    for (const wrong of ['created_from=yesterday', 'verified=maybe', 'created_to=1']) await list(wrong, 422);
    assert.deepEqual((await list(`created_from=${to}&created_to=${from}`)).data, []);
  });
});

describe("an administrator and others' sessions", () => {
  test('are listed and ended', async () => {
    const ann = await roster.register();
    await roster.login(ann.email);
    const { body } = await roster.get(`/api/v1/users/${ann.user.id}/sessions`, { token: admin, status: 200 });
    assert.equal(body.data.length, 2);
    const ended = await roster.delete(`/api/v1/users/${ann.user.id}/sessions`, { token: admin, status: 200 });
    assert.equal(ended.body.data.ended, 2);
    await roster.me(ann.access_token, { status: 401 });
    await roster.get(`/api/v1/users/01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1/sessions`, { token: admin, status: 404 });
  });

  test('advisory_idor: not by others, and not of those who may do more', async () => {
    const [ann, bob] = [await roster.register(), await roster.register()];
    for (const method of ['GET', 'DELETE']) await roster.request(method, `/api/v1/users/${ann.user.id}/sessions`, { token: bob.access_token, status: 403 });
    const { body } = await roster.post('/api/v1/roles', { name: unique('ender'), permissions: ['session.admin'] }, { token: admin, status: 201 });
    await roster.patch(`/api/v1/users/${bob.user.id}`, { role: body.data.name }, { token: admin, status: 200 });
    const token = bob.access_token;
    await roster.delete(`/api/v1/users/${roster.admin.user.id}/sessions`, { token, status: 403 });
    await roster.get(`/api/v1/users/${roster.admin.user.id}/sessions`, { token, status: 403 });
    const mine = (await roster.get('/api/v1/auth/sessions', { token: admin, status: 200 })).body.data[0].id;
    await roster.delete(`/api/v1/auth/sessions/${mine}`, { token, status: 403 });
    await roster.delete(`/api/v1/users/${ann.user.id}/sessions`, { token, status: 200 });
    await roster.me(ann.access_token, { status: 401 });
  });
});
