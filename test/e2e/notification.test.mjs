// Notifications: sent, listed, counted, read and removed, by many at once, and what others cannot do with them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { eventually, sleep, start } from './lib.mjs';
import { administrator, fresh, quick, register } from './people.mjs';

let roster;
let admin;
before(async () => {
  roster = await start({ env: { ...quick, ROSTER_WORKERS: '8' } });
  admin = await administrator(roster);
});
after(() => roster?.stop());

const own = '/api/v1/users/me/notifications';
const as = (person, status = 200) => ({ token: person?.token ?? person?.access_token, status });
const to = (whom) => `/api/v1/users/${whom.id}/notifications`;
const send = async (whom, more = {}, by = admin, status = 201) => {
  await sleep(2); // those of one millisecond have no order
  return (await roster.post(to(whom), { type: 'news', ...more }, as(by, status))).body.data;
};
const list = async (by, query = '') => (await roster.get(own + query, as(by))).body;
const count = async (by) => (await roster.get(`${own}/count`, as(by))).body.data;
const read = async (by, id, status = 200) => (await roster.post(`${own}/${id}/read`, undefined, as(by, status))).body.data;
const events = (whom, type) => roster.sql(`SELECT data, person FROM outbox WHERE subject_id = '${whom.id}' AND type = '${type}' ORDER BY id`);
const follow = (by, whom, status = 200) => roster.post(`/api/v1/users/${whom.id}/follow`, undefined, as(by, status));
const unfollow = (by, whom, status = 200) => roster.delete(`/api/v1/users/${whom.id}/follow`, as(by, status));
async function service(scope) {
  const { body } = await roster.post('/oauth/clients', { name: fresh('service'), scope }, as(admin, 201));
  return (await roster.form('/oauth/token', { grant_type: 'client_credentials', client_id: body.data.id, client_secret: body.data.secret }, { status: 200 })).body;
}

describe('a list', () => {
  test('goes on by cursor, each once and the newest first, while new ones come', async () => {
    const ann = await register(roster);
    for (let i = 0; i < 7; i++) await send(ann, { title: `n${i}` });
    const found = [];
    let cursor;
    do {
      const body = await list(ann, `?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      found.push(...body.data.map(({ title }) => title));
      cursor = body.meta.next_cursor;
      if (found.length < 5) await send(ann, { title: 'later' });
    } while (cursor);
    assert.deepEqual(found, ['n6', 'n5', 'n4', 'n3', 'n2', 'n1', 'n0']);
  });

  test('is filtered by kind and by what was read', async () => {
    const ann = await register(roster);
    const [first] = [await send(ann), await send(ann, { type: 'order.shipped' }), await send(ann)];
    await read(ann, first.id);
    const kinds = async (query) => (await list(ann, query)).data.map(({ type, read_at }) => (read_at ? `${type}!` : type));
    assert.deepEqual(await kinds(''), ['news', 'order.shipped', 'news!']);
    assert.deepEqual(await kinds('?unread=true'), ['news', 'order.shipped']);
    assert.deepEqual(await kinds('?type=news'), ['news', 'news!']);
    assert.deepEqual(await kinds('?type=news&unread=true'), ['news']);
    for (const query of ['?type=No%20Word', '?unread=perhaps', '?limit=0', '?limit=101', '?cursor=x']) assert.ok([400, 422].includes((await roster.get(own + query, { token: ann.token })).status), query);
  });

  test('holds all that was sent, and one is found by its identifier', async () => {
    const ann = await register(roster);
    const given = { type: 'order.shipped', code: 'shipped', title: 'Your order', body: 'It is\non its way', data: { order: 7, nested: { a: [1, null] } }, priority: 8 };
    const sent = await send(ann, given);
    const { id, user_id: whose, actor_id: actor, created_at: at, read_at: seen, ...rest } = (await roster.get(`${own}/${sent.id}`, as(ann))).body.data;
    assert.deepEqual(rest, given);
    assert.deepEqual([id, whose, actor, seen], [sent.id, ann.id, null, null]);
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
    const [event] = await events(ann, 'notification.created');
    const told = JSON.parse(event.data);
    assert.deepEqual({ ...told, created_at: at }, { id, user_id: whose, actor_id: null, created_at: at, ...given });
    assert.equal(event.person, ann.id); // erased with her
  });
});

describe('reading', () => {
  test('16 at once: the numbers are exact after each and at the end', async () => {
    const ann = await register(roster);
    const all = await Promise.all(Array.from({ length: 20 }, () => send(ann)));
    assert.deepEqual(await count(ann), { total: 20, unread: 20 });
    await Promise.all(all.slice(0, 16).map(async ({ id }) => {
      await read(ann, id);
      assert.ok((await count(ann)).unread < 20);
    }));
    assert.deepEqual(await count(ann), { total: 20, unread: 4 });
    assert.equal((await events(ann, 'notification.read')).length, 16);
    assert.deepEqual((await roster.post(`${own}/read`, undefined, as(ann))).body.data, { marked: 4 });
    assert.deepEqual((await roster.post(`${own}/read`, undefined, as(ann))).body.data, { marked: 0 });
    assert.deepEqual(await count(ann), { total: 20, unread: 0 });
    const told = (await events(ann, 'notification.read')).map(({ data }) => JSON.parse(data));
    assert.equal(told.length, 17);
    assert.deepEqual([told[16].id, told[16].user_id], [null, ann.id]);
  });

  test('twice, or eight times at once: the same moment, told once', async () => {
    const ann = await register(roster);
    const { id } = await send(ann);
    const all = await Promise.all(Array.from({ length: 8 }, () => read(ann, id)));
    all.push(await read(ann, id));
    assert.equal(new Set(all.map(({ read_at }) => read_at)).size, 1);
    assert.ok(all[0].read_at);
    assert.equal((await events(ann, 'notification.read')).length, 1);
  });

  test('one that was removed is gone, for list, numbers and reading', async () => {
    const ann = await register(roster);
    const { id } = await send(ann, { body: 'to be forgotten', request_id: 'r-1' });
    await roster.delete(`${own}/${id}`, as(ann));
    await roster.delete(`${own}/${id}`, as(ann, 404));
    await roster.get(`${own}/${id}`, as(ann, 404));
    await read(ann, id, 404);
    assert.deepEqual([(await list(ann)).data, await count(ann)], [[], { total: 0, unread: 0 }]);
    assert.deepEqual(await roster.sql(`SELECT id FROM notification WHERE user_id = '${ann.id}' AND body IS NOT NULL`), []);
    const again = await send(ann, { body: 'to be forgotten', request_id: 'r-1' }, admin, 200);
    assert.deepEqual([again.id, again.body, (await list(ann)).data], [id, null, []]);
  });

  test('advisory_idor: nobody reads, marks or removes those of another', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    const { id } = await send(ann, { title: 'for ann alone' });
    for (const by of [bob, admin]) {
      await roster.get(`${own}/${id}`, as(by, 404));
      await read(by, id, 404);
      await roster.delete(`${own}/${id}`, as(by, 404));
      assert.ok(!JSON.stringify(await list(by, `?user_id=${ann.id}`)).includes(id));
    }
    await roster.get(own, { status: 401 });
    assert.deepEqual(await count(ann), { total: 1, unread: 1 });
  });
});

describe('sending', () => {
  test('is for administrators, and for services with the scope', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    await send(ann, {}, bob, 403);
    await send(ann, {}, ann, 403);
    await send(ann, {}, await service('contact.read'), 403);
    await roster.post(to(ann), { type: 'news' }, { status: 401 });
    const { id } = await send(ann, { type: 'message' }, await service('notification.send'));
    assert.equal((await list(ann)).data[0].id, id);
    await roster.get(own, { token: (await service('notification.send')).access_token, status: 403 }); // it has none of its own
  });

  test('the same request eight times at once is stored and told once', async () => {
    const ann = await register(roster);
    const caller = await service('notification.send');
    const id = randomUUID();
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => roster.post(to(ann), { type: 'news', title: `t${i}`, request_id: id }, { token: caller.access_token })));
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
    assert.equal(new Set(all.map(({ body }) => JSON.stringify(body.data))).size, 1);
    assert.deepEqual(await count(ann), { total: 1, unread: 1 });
    assert.equal((await events(ann, 'notification.created')).length, 1);
    const bob = await register(roster);
    await send(bob, { request_id: id });
  });

  test('to nobody, or to who is erased, is refused and leaves nothing', async () => {
    await send({ id: randomUUID() }, {}, admin, 404);
    const ann = await register(roster);
    await send(ann);
    await Promise.all([
      roster.delete(`/api/v1/users/${ann.id}`, as(admin)),
      ...Array.from({ length: 6 }, () => roster.post(to(ann), { type: 'news' }, { token: admin.token })),
    ]);
    await send(ann, {}, admin, 404);
    assert.deepEqual(await roster.sql(`SELECT id FROM notification WHERE user_id = '${ann.id}'`), []);
    assert.ok((await events(ann, 'notification.created')).every(({ data }) => data === '{}'));
  });

  test('hostile input is refused and named', async () => {
    const ann = await register(roster);
    const deep = (n) => JSON.parse(`${'{"a":'.repeat(n)}1${'}'.repeat(n)}`);
    const wrong = [
      {}, { type: '' }, { type: 7 }, { type: null }, { type: 'News' }, { type: 'a b' }, { type: '1st' }, { type: 'x'.repeat(51) }, { type: 'a\u0000b' }, { type: 'ä' }, { type: ['news'] },
      { title: 'x'.repeat(201) }, { title: { a: 1 } }, { title: 'a\u0007b' }, { body: 'x'.repeat(2001) }, { body: [] }, { code: 'x'.repeat(256) },
      { data: [] }, { data: 'text' }, { data: 7 }, { data: { x: 'y'.repeat(8200) } }, { data: deep(40) },
      { priority: 11 }, { priority: -1 }, { priority: 1.5 }, { priority: 'high' }, { priority: 2 ** 53 },
      { request_id: '' }, { request_id: 'x'.repeat(256) }, { request_id: {} }, { actor_id: ann.id }, { user_id: ann.id }, { created_at: 1 }, { read_at: 1 },
    ];
    for (const one of wrong) {
      const json = 'type' in one || !Object.keys(one).length ? one : { type: 'news', ...one };
      const { status, text } = await roster.post(to(ann), json, { token: admin.token });
      assert.ok([400, 422].includes(status), `${JSON.stringify(one).slice(0, 80)}: ${status} ${text.slice(0, 200)}`);
    }
    await roster.request('POST', to(ann), { token: admin.token, body: `{"type":"news","data":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, headers: { 'content-type': 'application/json' }, status: 400 });
    for (const id of ["x' OR 1=1 --", 'me', '%00', 'x'.repeat(300)]) assert.ok([400, 404, 405, 422].includes((await roster.post(`/api/v1/users/${encodeURIComponent(id)}/notifications`, { type: 'news' }, { token: admin.token })).status), id);
    assert.ok([404, 422].includes((await roster.get(`${own}/x`, { token: ann.token })).status));
    assert.deepEqual(await count(ann), { total: 0, unread: 0 });
    const most = { type: 'x'.repeat(50), title: '<script>alert(1)</script>', body: 'ß'.repeat(2000), data: { x: 'y'.repeat(8184) } };
    await send(ann, most);
    const [kept] = (await list(ann)).data;
    for (const name of Object.keys(most)) assert.deepEqual(kept[name], most[name], name);
  });
});

describe('a follow', () => {
  test('made and ended fifty times leaves one, told once', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    for (let i = 0; i < 50; i++) {
      await follow(bob, ann);
      await unfollow(bob, ann);
    }
    assert.deepEqual(await count(ann), { total: 0, unread: 0 });
    await follow(bob, ann);
    const { data } = await list(ann);
    assert.deepEqual(data.map(({ type, actor_id }) => [type, actor_id]), [['follow', bob.id]]);
    assert.equal((await events(ann, 'notification.created')).length, 1);
    assert.equal((await roster.sql(`SELECT id FROM notification WHERE user_id = '${ann.id}'`)).length, 1);
  });

  test('by many, who come and go at once: one of each that stays', async () => {
    const [ann, ...crowd] = await Promise.all(Array.from({ length: 9 }, () => register(roster)));
    await Promise.all(crowd.map(async (by, i) => {
      for (let n = 0; n < 6; n++) await Promise.all([follow(by, ann, [200, 404, 409]), unfollow(by, ann, [200, 404, 409])]);
      await (i % 2 ? follow : unfollow)(by, ann, [200, 404, 409]);
    }));
    const staying = (await roster.sql(`SELECT from_id FROM relation WHERE to_id = '${ann.id}' AND kind = 'follow'`)).map(({ from_id }) => from_id);
    assert.deepEqual((await list(ann)).data.map(({ actor_id }) => actor_id).sort(), staying.sort());
    assert.equal((await events(ann, 'notification.created')).length, new Set((await roster.sql(`SELECT actor_id FROM notification WHERE user_id = '${ann.id}'`)).map(({ actor_id }) => actor_id)).size);
  });

  test('of a private account: who asks, and that it was granted', async () => {
    const [ann, bob] = [await register(roster), await register(roster)];
    await roster.patch('/api/v1/users/me', { is_private: true }, as(ann));
    await follow(bob, ann);
    assert.deepEqual((await list(ann)).data.map(({ type, actor_id }) => [type, actor_id]), [['follow_request', bob.id]]);
    await roster.post(`/api/v1/users/me/follow-requests/${bob.id}/accept`, undefined, as(ann));
    assert.deepEqual((await list(ann)).data, []);
    assert.deepEqual((await list(bob)).data.map(({ type, actor_id }) => [type, actor_id]), [['follow_accepted', ann.id]]);
  });

  test('of who is muted tells nothing; a block takes what the other caused', async () => {
    const [ann, bob, cat] = [await register(roster), await register(roster), await register(roster)];
    await roster.post(`/api/v1/users/${bob.id}/mute`, undefined, as(ann));
    await follow(bob, ann);
    assert.equal((await list(ann)).data.length, 0);
    await follow(cat, ann);
    await follow(ann, cat);
    await roster.post(`/api/v1/users/${cat.id}/block`, {}, as(ann));
    for (const [by, other] of [[ann, cat], [cat, ann]]) assert.ok(!JSON.stringify(await list(by)).includes(`"actor_id":"${other.id}"`));
  });
});

test('GraphQL has them by natural names, with who caused each', async () => {
  const [ann, bob] = [await register(roster), await register(roster)];
  const ask = async (query, by, variables) => {
    const { body } = await roster.post('/graphql', { query, variables }, as(by));
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };
  await follow(bob, ann);
  const { sendNotification: sent } = await ask('mutation($id: ID!, $input: NotificationInput!) { sendNotification(userId: $id, input: $input) { id data } }', admin, { id: ann.id, input: { type: 'news', data: { n: 1 } } });
  assert.deepEqual(sent.data, { n: 1 });
  const seen = await ask('{ notifications(unread: true) { data { type actorId actor { username } } } notificationCount { total unread } }', ann);
  assert.deepEqual(seen.notifications.data, [{ type: 'news', actorId: null, actor: null }, { type: 'follow', actorId: bob.id, actor: { username: bob.username } }]);
  assert.deepEqual(seen.notificationCount, { total: 2, unread: 2 });
  const { markNotificationRead: marked } = await ask('mutation($id: ID!) { markNotificationRead(id: $id) { readAt } }', ann, { id: sent.id });
  assert.ok(marked.readAt);
  assert.deepEqual(await ask('mutation { markAllNotificationsRead { marked } }', ann), { markAllNotificationsRead: { marked: 1 } });
  assert.deepEqual(await ask('mutation($id: ID!) { deleteNotification(id: $id) }', ann, { id: sent.id }), { deleteNotification: true });
});

test('the own export holds them, without what was removed', async () => {
  const ann = await register(roster);
  await send(ann, { title: 'kept for ann' });
  const { id } = await send(ann, { title: 'removed by ann', request_id: 'r' });
  await roster.delete(`${own}/${id}`, as(ann));
  const answer = await fetch(new URL('/api/v1/users/me/export', roster.url), { headers: { authorization: `Bearer ${ann.token}` } });
  assert.equal(answer.status, 200);
  assert.ok(Buffer.from(await answer.arrayBuffer()).includes('notifications.json'));
  const left = await roster.sql(`SELECT title FROM notification WHERE user_id = '${ann.id}' AND title IS NOT NULL`);
  assert.deepEqual(left, [{ title: 'kept for ann' }]);
});

test('jobs keep so many of each, and none for too long', { timeout: 60_000 }, async (t) => {
  const settings = { env: { ...quick, ROSTER_NOTIFICATION_MOST: '3', ROSTER_NOTIFICATION_KEEP: '1d' } };
  let small = await start(settings);
  t.after(() => small.stop());
  const [ann, bob] = [await register(small), await register(small)];
  const row = (whom, i, more = '') => `('${whom.id}', '${String(i).padStart(12, '0')}', 'news', '${more || 'shown'}', ${Date.now() - (i > 100 ? 2 * 86_400_000 : 0)}, 0, '{}')`;
  const all = [...[1, 2, 3, 4, 5].map((i) => row(ann, i)), row(bob, 1), row(bob, 101), row(bob, 102, 'withdrawn'), row({ id: 'nobody' }, 1)];
  await small.sql(`INSERT INTO notification (user_id, id, type, state, created_at, priority, data) VALUES ${all.join(', ')}`);
  await small.stop({ keep: true });
  small = await start({ ...settings, dir: small.dir, database: small.database }); // jobs run soon after the start
  const left = async () => (await small.sql('SELECT user_id, id FROM notification ORDER BY user_id, id')).map(({ user_id: whose, id }) => `${whose} ${Number(id)}`);
  const wanted = [...[3, 4, 5].map((i) => `${ann.id} ${i}`), `${bob.id} 1`].sort();
  assert.deepEqual(await eventually(left, (rows) => rows.length <= wanted.length, 30_000), wanted);
});
