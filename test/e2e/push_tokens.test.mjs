// Push tokens: where a notification reaches a person, whose it is, and when it goes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

const page = '/api/v1/users/me/push-tokens';
const list = async ({ access_token: token }) => (await roster.get(page, { token, status: 200 })).body.data;
const tokens = async (person) => (await list(person)).map((t) => t.token);
const add = async ({ access_token: token }, json) => (await roster.post(page, json, { token, status: 201 })).body.data;
const profile = async ({ access_token }) => (await roster.me(access_token, { status: 200 })).body.data;
const name = (person, push_token) => roster.patch('/api/v1/users/me', { push_token }, { token: person.access_token, status: 200 });
const again = async (person) => ({ ...person, ...(await roster.login(person.email)) });

describe('registering', () => {
  test('gives it back to its owner, and once more is the same', async () => {
    const ann = await roster.register();
    const token = unique('device-token');
    const made = await add(ann, { token, platform: 'apns', device: 'Phone' });
    assert.deepEqual([made.token, made.platform, made.device, made.is_default], [token, 'apns', 'Phone', false]);
    const renewed = await add(ann, { token, platform: 'fcm' });
    assert.deepEqual([renewed.id, renewed.platform, renewed.created_at], [made.id, 'fcm', made.created_at]);
    assert.deepEqual(await tokens(ann), [token]);
  });

  test('takes the name that older clients give it, and platforms that are known', async () => {
    const ann = await roster.register();
    assert.equal((await add(ann, { push_token: unique('older-token') })).platform, 'other');
    for (const json of [{}, { token: '' }, { token: 'x', platform: 'pigeon' }, { token: 'x\u0000y' }, { token: 'x\ny' }, { token: 'x'.repeat(4097) }, { token: 'x', user_id: 'y' }, { token: 5 }])
      await roster.post(page, json, { token: ann.access_token, status: 422 });
    const long = unique('x').padEnd(4096, 'y');
    await add(ann, { token: long });
    assert.ok((await tokens(ann)).includes(long));
  });

  test('moves a token that another account had, also out of its profile', async () => {
    const [ann, bob] = [await roster.register(), await roster.register()];
    const token = unique('shared-device');
    await name(ann, token);
    assert.equal((await profile(ann)).push_token, token);
    await add(bob, { token });
    assert.deepEqual([await tokens(ann), (await profile(ann)).push_token, await tokens(bob)], [[], null, [token]]);
    await name(ann, token);
    assert.deepEqual([(await profile(ann)).push_token, await tokens(bob)], [token, []]);
  });

  test('keeps twenty a person: the one that was not registered for the longest goes, the default stays', async () => {
    const ann = await roster.register();
    const prefix = unique('many-tokens');
    await name(ann, `${prefix}-default`);
    for (let i = 0; i < 22; i++) await add(ann, { token: `${prefix}-${i}` });
    const all = await tokens(ann);
    assert.equal(all.length, 20);
    assert.ok(all.includes(`${prefix}-default`) && all.includes(`${prefix}-21`) && !all.includes(`${prefix}-0`));
  });

  test('by many devices at once loses none, and one token ends with one owner', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => roster.register()));
    const token = unique('contested-token');
    await Promise.all([...people, ...people].map((p) => add(p, { token })));
    const owners = (await Promise.all(people.map(tokens))).flat();
    assert.deepEqual(owners, [token]);
    await Promise.all(Array.from({ length: 10 }, (_, i) => add(people[0], { token: `${token}-${i}` })));
    assert.ok((await tokens(people[0])).length >= 10);
  });
});

describe('removing', () => {
  test('by id, by token, and all', async () => {
    const ann = await roster.register();
    const token = ann.access_token;
    const [a, b, c, d] = Array.from({ length: 4 }, () => unique('to-be-removed'));
    const { id } = await add(ann, { token: a });
    for (const t of [b, c, d]) await add(ann, { token: t });
    await roster.delete(`${page}/${id}`, { token, status: 200 });
    await roster.delete(`${page}/${id}`, { token, status: 404 });
    assert.equal((await roster.delete(`${page}?token=${b}`, { token, status: 200 })).body.data.removed, 1);
    assert.equal((await roster.delete(`${page}?token=${b}`, { token, status: 200 })).body.data.removed, 0);
    assert.deepEqual((await tokens(ann)).sort(), [c, d].sort());
    assert.equal((await roster.delete(page, { token, status: 200 })).body.data.removed, 2);
    assert.deepEqual(await tokens(ann), []);
  });

  test('empties the profile when it was the default', async () => {
    const ann = await roster.register({ push_token: unique('first-token') });
    assert.equal((await list(ann))[0].is_default, true);
    await roster.delete(page, { token: ann.access_token, status: 200 });
    assert.equal((await profile(ann)).push_token, null);
  });

  test('happens to what a session registered when it ends, by whatever way', async () => {
    const ways = {
      logout: (old) => roster.post('/api/v1/auth/logout', undefined, { token: old.access_token, status: 200 }),
      'from another session': (old, now) => roster.delete('/api/v1/auth/sessions', { token: now.access_token, status: 200 }),
      'a password change': (old, now) => roster.post('/api/v1/auth/password-change', { current_password: password, new_password: 'violet anchor 77 sunken' }, { token: now.access_token, status: 200 }),
    };
    for (const [way, end] of Object.entries(ways)) {
      const old = await roster.register();
      const now = await again(old);
      const [gone, kept] = [unique('gone-token'), unique('kept-token')];
      await add(old, { token: gone });
      await add(now, { token: kept });
      await name(old, gone);
      await end(old, now);
      assert.deepEqual([await tokens(now), (await profile(now)).push_token], [[kept], null], way);
    }
  });

  test('happens to all that sessions registered when the account is banned', async () => {
    const ann = await roster.register();
    await add(ann, { token: unique('banned-token') });
    await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'banned' }, { token: roster.admin.access_token, status: 200 });
    const [{ n }] = await roster.sql(`SELECT COUNT(*) AS n FROM push_token WHERE user_id = '${ann.user.id}'`);
    assert.equal(Number(n), 0);
  });
});

test('the profile names the default: one that it alone knew goes when it names another', async () => {
  const ann = await roster.register();
  const [phone, old, now] = [unique('phone-token'), unique('old-token'), unique('now-token')];
  await add(ann, { token: phone });
  await name(ann, old);
  await name(ann, now);
  assert.deepEqual((await tokens(ann)).sort(), [now, phone].sort());
  await name(ann, phone);
  assert.deepEqual((await list(ann)).map((t) => [t.token, t.is_default]), [[phone, true]]);
  await name(ann, null);
  assert.deepEqual((await list(ann)).map((t) => [t.token, t.is_default]), [[phone, false]]);
});

test('every change is an event without the token, and neither the audit nor the log holds one', async () => {
  const ann = await roster.register();
  const token = unique('never-to-be-told');
  const { id } = await add(ann, { token, platform: 'web' });
  await roster.delete(`${page}/${id}`, { token: ann.access_token, status: 200 });
  await name(ann, token);
  const events = await roster.sql(`SELECT data FROM outbox WHERE type = 'push_token.changed' AND subject_id = '${ann.user.id}' ORDER BY id`);
  assert.deepEqual(events.map((e) => JSON.parse(e.data).action), ['registered', 'removed', 'default']);
  assert.deepEqual(JSON.parse(events[0].data), { user_id: ann.user.id, action: 'registered', platform: 'web' });
  const [{ n }] = await roster.sql(`SELECT (SELECT COUNT(*) FROM outbox WHERE data LIKE '%${token}%') + (SELECT COUNT(*) FROM audit WHERE changes LIKE '%${token}%') AS n`);
  assert.equal(Number(n), 0);
  assert.ok(!roster.log.join('\n').includes(token));
});

test('advisory_idor: the token of somebody else is not there', async () => {
  const [ann, bob] = [await roster.register(), await roster.register()];
  const token = unique('private-token');
  const { id } = await add(ann, { token });
  await roster.delete(`${page}/${id}`, { token: bob.access_token, status: 404 });
  assert.equal((await roster.delete(`${page}?token=${token}`, { token: bob.access_token, status: 200 })).body.data.removed, 0);
  assert.deepEqual([await tokens(bob), await tokens(ann)], [[], [token]]);
  for (const viewer of [bob.access_token, roster.admin.access_token, undefined]) {
    const { text } = await roster.get(`/api/v1/users/${ann.user.id}`, { token: viewer, status: 200 });
    assert.ok(!text.includes(token));
  }
  await roster.get(page, { status: 401 });
});
