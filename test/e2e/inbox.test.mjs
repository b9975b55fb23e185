// What other services say of people, by a real RabbitMQ: counters, suspensions, once each, whatever the order.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { cheap, eventually, startWithAdmin } from './lib.mjs';
import { broker } from './rabbit.mjs';

const exchange = 'user-service-exchange';
let rabbit;
let roster;
let admin;
let sender;
let failed;
before(async () => {
  rabbit = await broker();
  roster = await startWithAdmin({ env: { ...cheap, RABBITMQ_URL: rabbit.url, ROSTER_BREAKER_OPEN: '300ms' } });
  admin = roster.admin.access_token;
  sender = await rabbit.sender();
  await eventually(() => rabbit.ctl('list_queues', '-q', 'name', 'consumers'), (text) => /^user-service-queue\s+1$/m.test(text), 20_000);
  failed = await rabbit.drain('user-service-failed');
});
after(async () => {
  await roster?.stop();
  for (const c of [sender, failed]) await c?.close();
  await rabbit?.stop();
});

const event = (type, data, more = {}) => ({ eventId: randomUUID(), eventType: type, timestamp: new Date().toISOString(), source: 'social-service', version: '1.0', data, ...more });
const say = (e, key = e.eventType ?? e.event_type) => sender.send(exchange, key, e);
const profile = async (id) => (await roster.get(`/api/v1/users/${id}`, { token: admin, status: 200 })).body.data;
const numbers = async (id) => (await roster.get(`/api/v1/users/${id}/social-profile`, { token: admin, status: 200 })).body.data;

describe('counters', () => {
  test('of posts, likes and follows are exact, however often and in whatever order events come', async () => {
    const [ann, bob] = [await roster.register(), await roster.register()];
    const [a, b] = [ann.user.id, bob.user.id];
    const events = [
      ...Array.from({ length: 10 }, () => event('social.post.created', { userId: a, postId: randomUUID() })),
      ...Array.from({ length: 3 }, () => event('social.post.removed', { userId: a })),
      ...Array.from({ length: 7 }, () => event('social.like.created', { userId: b, authorId: a })),
      ...Array.from({ length: 2 }, () => event('social.like.removed', { userId: b, authorId: a })),
      event('social.follow.created', { followerId: b, followingId: a }),
    ].reverse();
    await Promise.all([...events, ...events].map((e) => say(e)));
    await eventually(() => numbers(a), (n) => n.posts_count === 7 && n.likes_count === 5 && n.followers_count === 1, 20_000);
    await eventually(() => numbers(b), (n) => n.following_count === 1);
    const [x, y] = [await profile(a), await profile(b)];
    assert.deepEqual([x.posts_count, x.followers_count, y.following_count, y.posts_count], [7, 1, 1, 0]);
    await say(event('social.follow.removed', { followerId: b, followingId: a }));
    await eventually(() => profile(a), (p) => p.followers_count === 0);
  });

  test('in snake_case, under the queue\'s own name as key, count as well', async () => {
    const { user } = await roster.register();
    await say({ event_id: randomUUID(), event_type: 'social.post.created', timestamp: new Date().toISOString(), data: { user_id: user.id } }, 'user-service-queue');
    await eventually(() => profile(user.id), (p) => p.posts_count === 1);
  });

  test('are built again from the kept events by roster sync', async () => {
    const { user } = await roster.register();
    for (let i = 0; i < 3; i++) await say(event('social.post.created', { userId: user.id }));
    await say(event('moderation.report.created', { reportedUserId: user.id }));
    await eventually(() => numbers(user.id), (n) => n.posts_count === 3 && n.open_reports === 1);
    const { code, stdout, stderr } = await roster.cli(['sync', '--format', 'json']);
    assert.equal(code, 0, stderr);
    const { people, changed } = JSON.parse(stdout);
    assert.ok(people >= 1 && changed === 0, stdout);
  });

  test('of an erased person are gone, and events about him are ignored', async () => {
    const { user } = await roster.register();
    await say(event('social.post.created', { userId: user.id }));
    await eventually(() => profile(user.id), (p) => p.posts_count === 1);
    await roster.delete(`/api/v1/users/${user.id}`, { token: admin });
    const last = await roster.register();
    await say(event('social.post.created', { userId: user.id }));
    await say(event('social.post.created', { userId: last.user.id }));
    await eventually(() => profile(last.user.id), (p) => p.posts_count === 1);
    assert.equal((await numbers(user.id)).posts_count, 0);
  });
});

describe('moderation', () => {
  const whole = (id) => roster.get('/api/v1/users/me', { token: id.access_token });
  test('suspends, ends sessions, and lifts the suspension', async () => {
    const ann = await roster.register();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await say(event('moderation.user.suspended', { userId: ann.user.id, reason: 'Sent advertisements', until }));
    await eventually(() => profile(ann.user.id), (p) => p.status === 'suspended');
    const p = await profile(ann.user.id);
    assert.equal(p.status_reason, 'Sent advertisements');
    assert.equal((await whole(ann)).status, 401);
    await roster.post('/api/v1/auth/login', { identifier: ann.user.email, password: ann.password }, { status: 403 });
    await say(event('moderation.user.unsuspended', { userId: ann.user.id }));
    await eventually(() => profile(ann.user.id), (q) => q.status === 'active');
    assert.equal((await whole(ann)).status, 401); // what was ended stays ended
    await roster.login(ann.user.email, ann.password);
    assert.equal((await numbers(ann.user.id)).suspensions_count, 1);
  });

  test('that was said before something newer changes nothing', async () => {
    const { user } = await roster.register();
    await say(event('moderation.user.unsuspended', { userId: user.id }));
    await eventually(() => numbers(user.id), (n) => n.suspended_at !== null);
    await say(event('moderation.user.suspended', { userId: user.id }, { timestamp: '2020-01-01T00:00:00Z' }));
    await eventually(() => numbers(user.id), (n) => n.suspensions_count === 1);
    assert.equal((await profile(user.id)).status, 'active');
  });

  test('does not lift a ban, and does not suspend the last administrator', async () => {
    const { user } = await roster.register();
    await roster.post(`/api/v1/users/${user.id}/status`, { status: 'banned' }, { token: admin, status: 200 });
    await say(event('moderation.user.unsuspended', { userId: user.id }));
    await eventually(() => numbers(user.id), (n) => n.suspended_at !== null);
    assert.equal((await profile(user.id)).status, 'banned');
    const e = event('moderation.user.suspended', { userId: roster.admin.user.id });
    await say(e);
    const [m] = await eventually(() => failed.messages.filter(({ text }) => text.includes(e.eventId)), (l) => l.length === 1);
    assert.equal(m.properties.headers['x-error'], 'last_admin');
    assert.equal((await profile(roster.admin.user.id)).status, 'active');
  });

  test('is audited', async () => {
    const { user } = await roster.register();
    await say(event('moderation.user.suspended', { userId: user.id }));
    await eventually(() => profile(user.id), (p) => p.status === 'suspended');
    const { body } = await roster.get(`/api/v1/audit?subject_id=${user.id}&operation=inbox_receive`, { token: admin, status: 200 });
    assert.equal(body.data.length, 1);
  });
});

describe('what is wrong', () => {
  test('goes to the dead letters with a reason; what is of another kind is passed over', async () => {
    const bad = [
      [event('social.post.created', {}), /data.user_id is required/],
      [event('social.post.created', { userId: 'x' }), /userId|user_id/],
      [event('social.follow.created', { followerId: randomUUID() }), /data.following_id is required/],
      [event('social.post.created', 5), /data must be an object/],
      [{ eventType: 'social.post.created', data: { userId: randomUUID() } }, /event_id/],
    ];
    await say(event('social.story.created', { whatever: true }));
    for (const [e, why] of bad) {
      const mark = randomUUID();
      await say({ ...e, mark });
      const [m] = await eventually(() => failed.messages.filter(({ text }) => text.includes(mark)), (l) => l.length === 1);
      assert.match(m.properties.headers['x-reason'], why);
    }
    assert.equal(failed.messages.filter(({ text }) => text.includes('social.story')).length, 0);
  });
});
