// What happens when several clients do the same thing at the same moment; and tokens used twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './lib.mjs';
import { administrator, fresh, login, me, password, quick, refresh, register } from './people.mjs';

let roster;
let admin;
before(async () => {
  roster = await start({ env: { ...quick, ROSTER_WORKERS: '8' } });
  admin = await administrator(roster);
});
after(() => roster?.stop());

const times = (n, run) => Promise.all(Array.from({ length: n }, (_, i) => run(i)));
const tally = (all) => all.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});
const rounds = process.env.CI ? 12 : 5;

test('one of ten that register the same address at once gets it, the others are told 409', async () => {
  for (let round = 0; round < rounds; round++) {
    const name = fresh('race');
    const spellings = [`${name}@example.com`, `${name.toUpperCase()}@Example.COM`];
    const all = await times(10, (i) => roster.post('/api/v1/users', { email: spellings[i % 2], password }));
    assert.deepEqual(tally(all), { 201: 1, 409: 9 });
    const losers = all.filter((a) => a.status === 409).map((a) => a.body.error);
    assert.deepEqual([...new Set(losers)], ['email_taken']);
    await login(roster, { email: spellings[0] });
  }
});

test('one of ten that register the same user name at once gets it', async () => {
  for (let round = 0; round < rounds; round++) {
    const username = fresh('name');
    const all = await times(10, () => roster.post('/api/v1/users', { email: `${fresh()}@example.com`, username, password }));
    assert.deepEqual(tally(all), { 201: 1, 409: 9 });
    assert.ok(all.every((a) => a.status === 201 || a.body.error === 'username_taken'));
  }
});

test('people whose names derive from the same local part all get in', async () => {
  const local = fresh('same');
  const all = await times(8, (i) => roster.post('/api/v1/users', { email: `${local}@example${i}.com`, password }));
  assert.deepEqual(tally(all), { 201: 8 });
  assert.equal(new Set(all.map((a) => a.body.data.user.username)).size, 8);
});

test('one of ten that take the same new name gets it', async () => {
  const people = await times(10, () => register(roster));
  const username = fresh('wanted');
  const all = await Promise.all(people.map((p) => roster.patch('/api/v1/users/me', { username }, { token: p.token })));
  assert.deepEqual(tally(all), { 200: 1, 409: 9 });
});

test('eight tabs that refresh at once all go on, in one session', async () => {
  for (let round = 0; round < rounds; round++) {
    const person = await register(roster);
    const tabs = await times(8, () => refresh(roster, person.refresh, { status: 200 }));
    const sessions = await roster.get('/api/v1/auth/sessions', { token: tabs[0].body.data.access_token, status: 200 });
    assert.equal(sessions.body.data.length, 1);
    assert.equal(new Set(tabs.map((t) => t.body.data.refresh_token)).size, 1, 'all tabs hold the same current token');
    const again = await times(8, (i) => refresh(roster, tabs[i].body.data.refresh_token, { status: 200 }));
    for (const tab of [...tabs, ...again]) await me(roster, { token: tab.body.data.access_token }, { status: 200 });
  }
});

// The thief used the token first, or the owner did: either way somebody shows an old one.
test('advisory_refresh_replay: an old refresh token ends the session for thief and owner, and it stays ended', async () => {
  const person = await register(roster);
  let current = person;
  for (let i = 0; i < 3; i++) {
    const { body } = await refresh(roster, current.refresh, { status: 200 });
    current = { token: body.data.access_token, refresh: body.data.refresh_token };
    await me(roster, current, { status: 200 });
  }
  const replay = await refresh(roster, person.refresh, { status: 401 });
  assert.equal(replay.body.error, 'session_ended');
  await me(roster, current, { status: 401 });
  await me(roster, person, { status: 401 });
  for (let i = 0; i < 3; i++) {
    await refresh(roster, current.refresh, { status: 401 });
    await refresh(roster, person.refresh, { status: 401 });
  }
  await login(roster, person); // the account itself is whole
});

test('the session that a replay ended is still ended after a restart', async () => {
  const own = await start({ env: quick });
  const person = await register(own);
  const first = (await refresh(own, person.refresh, { status: 200 })).body.data;
  const second = (await refresh(own, first.refresh_token, { status: 200 })).body.data;
  await refresh(own, person.refresh, { status: 401 });
  await own.kill();
  const next = await start({ dir: own.dir, database: own.database, env: quick });
  await refresh(next, second.refresh_token, { status: 401 });
  await me(next, { token: second.access_token }, { status: 401 });
  await next.stop();
});

test('the previous token is an old one once the grace is over and the current one was used', async () => {
  const own = await start({ env: { ...quick, ROSTER_SESSION_GRACE: '1ms' } });
  const person = await register(own);
  const { body } = await refresh(own, person.refresh, { status: 200 });
  await new Promise((ok) => setTimeout(ok, 20));
  const lost = await refresh(own, person.refresh, { status: 200 }); // nobody used the new one: the answer was lost
  assert.equal(lost.body.data.refresh_token, body.data.refresh_token);
  await me(own, { token: body.data.access_token }, { status: 200 });
  await refresh(own, person.refresh, { status: 401 });
  await refresh(own, body.data.refresh_token, { status: 401 });
  await me(own, { token: body.data.access_token }, { status: 401 });
  await own.stop();
});

test('an old token shown by many at once ends the session once, and for all', async () => {
  const person = await register(roster);
  const one = (await refresh(roster, person.refresh, { status: 200 })).body.data;
  const two = (await refresh(roster, one.refresh_token, { status: 200 })).body.data;
  const all = await times(10, (i) => refresh(roster, i % 2 ? person.refresh : two.refresh_token));
  assert.ok(all.every(({ status }) => status === 200 || status === 401), JSON.stringify(tally(all)));
  assert.ok(all.filter((_, i) => i % 2).every(({ status }) => status === 401), 'the old token never works');
  await refresh(roster, two.refresh_token, { status: 401 });
  await me(roster, { token: two.access_token }, { status: 401 });
  for (const type of ['session.reuse_detected', 'session.revoked']) {
    const rows = await roster.sql(`SELECT data FROM outbox WHERE type = '${type}'`);
    assert.equal(rows.filter(({ data }) => data.includes(person.id)).length, 1, `${type} is told once`);
  }
});

test('a wrong password is counted although it is an error', async () => {
  const person = await register(roster);
  const wrong = () => roster.post('/api/v1/auth/login', { identifier: person.email, password: 'not this one' }, { status: 401 });
  await times(4, wrong);
  await wrong();
  const events = await roster.get(`/api/v1/audit?subject_id=${person.id}`, { token: admin.token, status: 200 });
  const failures = events.body.data.filter((row) => row.operation === 'session_login' && row.outcome === 'bad_credentials');
  assert.equal(failures.length, 5);
});

test('advisory_last_admin_race: of two administrators who remove each other exactly one stays', async () => {
  const ways = [
    (by, whom) => roster.post(`/api/v1/users/${whom.id}/status`, { status: 'banned' }, { token: by.token }),
    (by, whom) => roster.patch(`/api/v1/users/${whom.id}`, { role: 'user' }, { token: by.token }),
    (by, whom) => roster.delete(`/api/v1/users/${whom.id}`, { token: by.token }),
    (by) => roster.delete('/api/v1/users/me', { token: by.token }),
  ];
  let left = await administrator(roster);
  const others = await roster.get('/api/v1/users?role=admin&status=active&limit=100', { token: left.token, status: 200 });
  for (const user of others.body.data)
    if (user.id !== left.id) await roster.delete(`/api/v1/users/${user.id}`, { token: left.token, status: [200, 204] });

  for (let round = 0; round < rounds * ways.length; round++) {
    const remove = ways[round % ways.length];
    const other = await administrator(roster);
    const done = await Promise.all([remove(left, other), remove(other, left)]);
    const won = done.filter(({ status }) => status < 300).length;
    assert.equal(won, 1, `${remove}: ${done.map((d) => `${d.status} ${d.text}`)}`);
    const lost = done.find(({ status }) => status >= 300);
    assert.ok([401, 403, 409].includes(lost.status), lost.text);
    const alive = await Promise.all([me(roster, left), me(roster, other)]);
    left = alive[0].status === 200 && alive[0].body.data.role === 'admin' ? left : other;
    const admins = await roster.get('/api/v1/users?role=admin&status=active', { token: left.token, status: 200 });
    assert.deepEqual(admins.body.data.map((u) => u.id), [left.id]);
  }
  admin = left;
});

test('the last administrator cannot go alone either', async () => {
  for (const gone of [
    await roster.delete('/api/v1/users/me', { token: admin.token }),
    await roster.patch(`/api/v1/users/${admin.id}`, { role: 'moderator' }, { token: admin.token }),
    await roster.post(`/api/v1/users/${admin.id}/status`, { status: 'inactive' }, { token: admin.token }),
  ]) {
    assert.equal(gone.status, 409, gone.text);
    assert.equal(gone.body.error, 'last_admin');
  }
});

const endings = {
  'log out': (p) => roster.post('/api/v1/auth/logout', undefined, { token: p.token }),
  'log out everywhere': (p) => roster.post('/api/v1/auth/logout-all', undefined, { token: p.token }),
  'change the password': (p, other) =>
    roster.post('/api/v1/auth/password-change', { current_password: password, new_password: 'quite another phrase' }, { token: other.token }),
  'a ban': (p) => roster.post(`/api/v1/users/${p.id}/status`, { status: 'banned' }, { token: admin.token }),
  'a revocation': async (p, other) => {
    const { body } = await roster.get('/api/v1/auth/sessions', { token: p.token });
    const current = body.data.find((s) => s.current);
    return roster.delete(`/api/v1/auth/sessions/${current.id}`, { token: other.token });
  },
  'erasing the account': (p) => roster.delete(`/api/v1/users/${p.id}`, { token: admin.token }),
};

// advisory: logout that does not log out, disabled users with full access.
for (const [what, end] of Object.entries(endings))
  test(`advisory_token_after_end: ${what} makes the very next request 401, however many are on their way`, async () => {
    for (let round = 0; round < rounds; round++) {
      const person = await register(roster);
      const other = await login(roster, person);
      let over = false;
      let wrong = 0;
      // Readers go on all the time: what they leave in memory must not outlive the end.
      const readers = times(12, async () => {
        for (let i = 0; i < 400; i++) {
          const late = over;
          const { status } = await me(roster, person);
          if (late && status !== 401 && status !== 403) wrong++;
          if (late) return;
        }
      });
      const { status } = await end(person, other);
      over = true;
      assert.ok(status < 300, `${status}`);
      const next = await me(roster, person);
      assert.ok(next.status === 401 || next.status === 403, `the next request was answered ${next.status}`);
      await readers;
      assert.equal(wrong, 0);
      await refresh(roster, person.refresh, { status: [401, 403] });
    }
  });
