// Who follows, blocks and mutes whom, with many clients at once: the numbers of profiles are those of the rows, lists stay in
// order while people come and go, and who blocks somebody is gone for him whatever he asks.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { start } from './lib.mjs';
import { administrator, quick, register } from './people.mjs';

let roster;
let admin;
before(async () => {
  roster = await start({ env: { ...quick, ROSTER_WORKERS: '8' } });
  admin = await administrator(roster);
});
after(() => roster?.stop());

const users = (id, rest = '') => `/api/v1/users/${id}${rest}`;
const as = (person, status = 200) => ({ token: person?.token, status });
const follow = (by, whom, status = 200) => roster.post(users(whom.id, '/follow'), undefined, as(by, status));
const unfollow = (by, whom, status = 200) => roster.delete(users(whom.id, '/follow'), as(by, status));
const block = (by, whom, status = 200) => roster.post(users(whom.id, '/block'), { reason: 'because' }, as(by, status));
const profile = async (by, whom) => (await roster.get(users(whom.id), as(by))).body.data;
const list = async (by, whom, what, query = '') => (await roster.get(users(whom.id, `/${what}${query}`), as(by))).body;
const ids = ({ data }) => data.map(({ id }) => id);
const people = (n, more) => Promise.all(Array.from({ length: n }, () => register(roster, more)));
const random = (n) => Math.floor(Math.random() * n);

// What the rows say, against what the profiles show.
async function numbersAreRight() {
  const wrong = await roster.sql(`SELECT id, followers_count, following_count,
    (SELECT COUNT(*) FROM relation WHERE to_id = users.id AND kind = 'follow') AS followers,
    (SELECT COUNT(*) FROM relation WHERE from_id = users.id AND kind = 'follow') AS following FROM users`);
  for (const row of wrong) assert.deepEqual([Number(row.followers_count), Number(row.following_count)], [Number(row.followers), Number(row.following)], row.id);
}

describe('numbers', () => {
  test('are those of the rows after 64 clients followed and unfollowed', { timeout: 120_000 }, async () => {
    const crowd = await people(12);
    const seen = {};
    await Promise.all(
      Array.from({ length: 64 }, async (_, client) => {
        for (let step = 0; step < 12; step++) {
          const by = crowd[(client + step) % crowd.length];
          const whom = crowd[random(3)]; // three whom everybody wants
          if (by === whom) continue;
          const { status } = await (random(3) ? follow(by, whom, [200, 404, 409, 503]) : unfollow(by, whom, [200, 404, 409, 503]));
          seen[status] = (seen[status] ?? 0) + 1;
        }
      }),
    );
    assert.ok(seen[200] > 50, JSON.stringify(seen));
    assert.ok(!(seen[503] > 20), JSON.stringify(seen));
    await numbersAreRight();
    for (const whom of crowd.slice(0, 3)) {
      const shown = await profile(crowd[5], whom);
      assert.equal(shown.followers_count, (await list(crowd[5], whom, 'followers', '?page=1')).meta.total);
    }
  });

  test('are right, and nobody follows across a block, when follows and blocks cross', async () => {
    for (let round = 0; round < 12; round++) {
      const [ann, bob] = await people(2);
      await Promise.all([follow(bob, ann, [200, 404]), block(ann, bob, 200), follow(ann, bob, [200, 404]), random(2) ? unfollow(bob, ann, [200, 404]) : undefined]);
      const rows = await roster.sql(`SELECT kind FROM relation WHERE from_id IN ('${ann.id}', '${bob.id}')`);
      assert.deepEqual(rows.map(({ kind }) => kind), ['block']);
    }
    await numbersAreRight();
  });

  test('are right when one of ten that follow the same person at once does so ten times', async () => {
    const [ann, bob] = await people(2);
    const all = await Promise.all(Array.from({ length: 10 }, () => follow(bob, ann, [200, 409])));
    assert.equal(all.filter(({ status }) => status === 200).length, 1);
    assert.equal((await profile(bob, ann)).followers_count, 1);
  });

  test('are right when accounts are erased while others follow them', async () => {
    const [ann, ...others] = await people(8);
    await Promise.all([...others.map((by) => follow(by, ann, [200, 404])), roster.delete(users(ann.id), as(admin)), ...others.map((by) => follow(ann, by, [200, 401]))]);
    const left = await roster.sql(`SELECT kind FROM relation WHERE from_id = '${ann.id}' OR to_id = '${ann.id}'`);
    assert.deepEqual(left, []);
    await numbersAreRight();
  });
});

describe('lists', () => {
  test('give everybody once by cursor while others come and go', async () => {
    const [ann, ...crowd] = await people(26);
    for (const by of crowd.slice(0, 20)) await follow(by, ann);
    const found = [];
    let cursor;
    let page = 0;
    do {
      const body = await list(crowd[0], ann, 'followers', `?limit=3${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      found.push(...ids(body));
      cursor = body.meta.next_cursor;
      if (page < 5) await follow(crowd[20 + page], ann); // new ones stand in front
      if (page === 1) await unfollow(crowd[19], ann); // one that was shown
      page++;
    } while (cursor);
    assert.deepEqual(found, crowd.slice(0, 20).reverse().map(({ id }) => id));
  });

  test('tell the same as older clients are told', async () => {
    const [ann, bob] = await people(2);
    await follow(bob, ann);
    const { body } = await roster.get(`/api/users/${ann.id}/followers`, as(bob));
    assert.deepEqual(body.pagination, { page: 1, limit: 20, total: 1, pages: 1 });
    assert.equal(body.data[0].id, bob.id);
    const { body: state } = await roster.get(`/api/users/${ann.id}/follow-status`, as(bob));
    assert.deepEqual(state, { isFollowing: true, status: 'ACCEPTED', followType: 'public' });
  });

  test('suggest whom the people follow whom one follows', async () => {
    const [ann, bob, cat, dan] = await people(4);
    await follow(ann, bob);
    await follow(bob, cat);
    await follow(cat, dan);
    const { body } = await roster.get('/api/v1/users/me/suggestions', as(ann));
    assert.deepEqual(ids(body), [cat.id]);
  });
});

describe('a private account', () => {
  test('is asked, accepts, and shows its profile to who was accepted', async () => {
    const [ann, bob] = await people(2);
    await roster.patch('/api/v1/users/me', { is_private: true, bio: 'only for some' }, as(ann));
    const { body } = await follow(bob, ann);
    assert.equal(body.data.status, 'pending');
    assert.ok(!('bio' in (await profile(bob, ann))));
    await roster.get(users(ann.id, '/followers'), as(bob, 403));
    assert.deepEqual(ids((await roster.get('/api/v1/users/me/follow-requests', as(ann))).body), [bob.id]);
    await roster.post(`/api/v1/users/me/follow-requests/${bob.id}/accept`, undefined, as(ann));
    assert.equal((await profile(bob, ann)).bio, 'only for some');
    await roster.delete(`/api/v1/users/me/followers/${bob.id}`, as(ann));
    assert.ok(!('bio' in (await profile(bob, ann))));
  });
});

describe('a block', () => {
  test('advisory_block_bypass: every address that tells of people is silent', async () => {
    const [ann, bob, cat] = await people(3);
    await follow(ann, cat);
    await follow(bob, cat);
    await block(ann, bob);
    const name = ann.username;
    const faces = [users(ann.id), users(name), users(ann.id, '/followers'), users(ann.id, '/following'), users(ann.id, '/follow-status'), users(ann.id, '/mutual'), users(cat.id, '/followers'),
      `/api/v1/users/search?q=${name}`, `/api/v1/users/search?q=${name.slice(2)}&page=1`, `/api/users/${ann.id}`, `/api/users/search?q=${name}`, `/api/users/${cat.id}/followers`, '/api/v1/users/me/suggestions', '/api/v1/users/me/blocks'];
    for (const face of faces) {
      const answer = await roster.get(face, { token: bob.token });
      assert.ok([200, 404].includes(answer.status), `${face} ${answer.status}`);
      assert.ok(!JSON.stringify(answer.body).includes(ann.id), face);
    }
    for (const face of [users(bob.id), users(cat.id, '/followers')]) assert.ok(!JSON.stringify((await roster.get(face, { token: ann.token })).body).includes(bob.id), face);
    await roster.get(users(ann.id), as(admin)); // who keeps order sees both
    const { body } = await roster.get('/api/v1/users/me/blocks', as(ann));
    assert.deepEqual(body.data.map(({ user_id, reason }) => [user_id, reason]), [[bob.id, 'because']]);
  });

  test('holds at once, and is over at once', async () => {
    const [ann, bob] = await people(2);
    await profile(bob, ann); // in whatever memory there is
    await block(ann, bob);
    await roster.get(users(ann.id), as(bob, 404));
    await roster.delete(users(bob.id, '/block'), as(ann));
    await profile(bob, ann);
  });
});

test('each change tells of itself once', async () => {
  const [ann, bob] = await people(2);
  await follow(bob, ann);
  await unfollow(bob, ann);
  await block(ann, bob);
  await roster.delete(users(bob.id, '/block'), as(ann));
  const rows = await roster.sql(`SELECT type, data FROM outbox WHERE subject_id IN ('${ann.id}', '${bob.id}') AND type IN ('user.followed', 'user.unfollowed', 'user.blocked', 'user.unblocked') ORDER BY id`);
  assert.deepEqual(rows.map(({ type }) => type), ['user.followed', 'user.unfollowed', 'user.blocked', 'user.unblocked']);
  const [first] = rows.map(({ data }) => JSON.parse(data));
  assert.deepEqual([first.follower_id, first.following_id], [bob.id, ann.id]);
});
