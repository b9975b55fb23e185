// Webhooks to real receivers: signed, in order, again until they are taken; a receiver that is slow, dead or lies delays nobody
// and leads nowhere else.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cheap, eventually, run, sleep, start, startWithAdmin, unique } from './lib.mjs';
import { isSigned, raw, receiver, verify } from './receiver.mjs';
import { certificates } from './smtp.mjs';

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const quick = {
  ...cheap, ROSTER_WEBHOOKS_ALLOW_HTTP: 'on', ROSTER_WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.0/8, ::1', ROSTER_WEBHOOKS_RETRY_FIRST: '200ms',
  ROSTER_WEBHOOKS_TIMEOUT: '2s', ROSTER_WEBHOOKS_BREAKER_OPEN: '300ms',
};

let roster;
let admin;
const opened = []; // receivers, to be stopped
const servers = []; // those that a test starts beside it: what a failed test left running ends with the file
before(async () => {
  roster = await startWithAdmin({ env: quick });
  admin = { token: roster.admin.access_token };
});
after(async () => {
  for (const one of [roster, ...servers]) if (one?.child.exitCode === null && one.child.signalCode === null) await one.stop();
  for (const one of opened) await one.stop();
});
const also = async (starting) => {
  const server = await starting;
  servers.push(server);
  return server;
};
const keep = (one) => {
  opened.push(one);
  return one;
};
const to = async (answer, options) => keep(await receiver(answer, options));
const liar = async (each) => keep(await raw(each));

const create = async (url, more = {}, server = roster) =>
  (await server.post('/api/v1/webhooks', { url, ...more }, { token: server.admin.access_token, status: 201 })).body.data;
const get = async (id, server = roster) => (await server.get(`/api/v1/webhooks/${id}`, { token: server.admin.access_token, status: 200 })).body.data;
const deliveries = async (id, query = '', server = roster) =>
  (await server.get(`/api/v1/webhooks/${id}/deliveries?limit=100${query}`, { token: server.admin.access_token, status: 200 })).body.data;
const remove = (id, server = roster) => server.delete(`/api/v1/webhooks/${id}`, { token: server.admin.access_token, status: 200 });
const note = (token, bio, server = roster) => server.patch('/api/v1/users/me', { bio }, { token, status: 200 });
const changes = async (token, n, server = roster) => {
  for (let i = 0; i < n; i++) await note(token, `note ${i}`, server);
};
const ping = (id, server = roster) => server.post(`/api/v1/webhooks/${id}/ping`, undefined, { token: server.admin.access_token, status: 202 });
const settled = (id, status, n = 1, ms = 15_000, server = roster) =>
  eventually(() => deliveries(id, `&status=${status}`, server), (all) => all.length >= n, ms);
const aboutOne = { types: ['user.updated'] };

describe('what a receiver gets', () => {
  test('the event, signed as Standard Webhooks says, with an identifier that stays', async () => {
    const hook = await to();
    const made = await create(hook.url, { types: ['user.*'], description: 'all of people' });
    assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual([made.origin, made.form, made.enabled], [`http://127.0.0.1:${hook.port}`, 'snake', true]);
    const { user } = await roster.register();
    const [got] = await hook.wait('user.created');
    assert.equal(verify(made.secret, got).subject.id, user.id);
    assert.equal(got.headers['webhook-id'], got.json.event_id);
    assert.equal(got.headers['content-type'], 'application/json');
    assert.match(got.headers['user-agent'], /^Roster\//);
    assert.ok(Math.abs(got.headers['webhook-timestamp'] - Date.now() / 1000) < 5);
    // And by hand, as the page of the manual says.
    const key = Buffer.from(made.secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`${got.headers['webhook-id']}.${got.headers['webhook-timestamp']}.${got.body}`).digest('base64');
    assert.equal(got.headers['webhook-signature'], `v1,${signature}`);
    assert.ok(!isSigned(made.secret, { ...got, body: got.body.replace('user.created', 'user.deleted') }));
    assert.ok(!isSigned(made.secret, { ...got, headers: { ...got.headers, 'webhook-id': 'other' } }));
    const row = (await settled(made.id, 'delivered')).find(({ event_type }) => event_type === 'user.created');
    assert.deepEqual([row.event_id, row.attempts, row.http_status, row.reason], [got.json.event_id, 1, 204, null]);
    assert.ok(hook.requests.every(({ json }) => json.event_type.startsWith('user.')), 'and nothing that it did not ask for');
    assert.ok((await get(made.id)).last_success_at);
    await remove(made.id);
  });

  test('the form that it asked for', async () => {
    const hook = await to();
    const all = await Promise.all(['snake', 'camel', 'cloudevents'].map((form) => create(hook.url, { types: ['user.created'], form })));
    const { user, email } = await roster.register();
    const got = await hook.wait('user.created', 3);
    const camel = got.find(({ json }) => json.eventId);
    assert.deepEqual([camel.json.eventType, camel.json.subject.id, camel.json.data.email], ['user.created', user.id, email]);
    const cloud = got.find(({ json }) => json.specversion);
    assert.equal(cloud.headers['content-type'], 'application/cloudevents+json');
    assert.deepEqual(
      [cloud.json.specversion, cloud.json.id, cloud.json.source, cloud.json.type, cloud.json.subject, cloud.json.datacontenttype, cloud.json.data.email],
      ['1.0', camel.json.eventId, 'user-service', 'user.created', user.id, 'application/json', email],
    );
    assert.ok(Object.keys(cloud.json).every((name) => /^[a-z0-9]{1,20}$/.test(name)), 'names of attributes as CloudEvents wants them');
    assert.ok(Object.values(cloud.json).every((value) => value !== null));
    for (const { id } of all) await remove(id);
  });

  test('a new secret, and for a while the one before beside it', async () => {
    const hook = await to();
    const made = await create(hook.url, aboutOne);
    const { access_token: token } = await roster.register();
    const rotate = async () => (await roster.post(`/api/v1/webhooks/${made.id}/secret`, undefined, { ...admin, status: 200 })).body.data;
    const second = await rotate();
    assert.notEqual(second.secret, made.secret);
    assert.ok(Date.parse(second.old_secret_until) > Date.now() + 86_000_000);
    await note(token, 'both');
    const [both] = await hook.wait('user.updated');
    assert.equal(both.headers['webhook-signature'].split(' ').length, 2);
    assert.ok(isSigned(made.secret, both) && isSigned(second.secret, both));
    const third = await rotate();
    await note(token, 'newer');
    const [, newer] = await hook.wait('user.updated', 2);
    assert.deepEqual([made, second, third].map(({ secret }) => isSigned(secret, newer)), [false, true, true]);
    await roster.sql(`UPDATE webhook SET old_secret_until = 1 WHERE id = '${made.id}'`);
    await note(token, 'newest');
    const [, , newest] = await hook.wait('user.updated', 3);
    assert.deepEqual([made, second, third].map(({ secret }) => isSigned(secret, newest)), [false, false, true]);
    await remove(made.id);
  });

  test('secrets are shown once, sealed in the database, and in no event, list or audit', async () => {
    const hook = await to();
    const made = await create(`${hook.url}?token=word-in-the-address`, { types: ['webhook.*'] });
    await hook.wait('webhook.created');
    const { body: listed, text } = await roster.get('/api/v1/webhooks', { ...admin, status: 200 });
    assert.ok(listed.data.some(({ id }) => id === made.id) && !text.includes('whsec_'));
    assert.equal((await get(made.id)).secret, undefined);
    await roster.post(`/api/v1/webhooks/${made.id}/secret`, undefined, { ...admin, status: 200 });
    await hook.wait('webhook.updated');
    for (const table of ['webhook', 'webhook_queue', 'webhook_delivery', 'outbox', 'audit']) {
      const rows = JSON.stringify(await roster.sql(`SELECT * FROM ${table}`));
      assert.ok(!rows.includes('whsec_') && !rows.includes(made.secret.slice(6)), table);
      if (table !== 'webhook') assert.ok(!rows.includes('word-in-the-address'), `the address holds a secret, too: ${table}`);
    }
    assert.ok(!roster.log.some((line) => line.includes('word-in-the-address') || line.includes('whsec_')));
    const [row] = await roster.sql(`SELECT changes FROM audit WHERE operation = 'webhook_create' AND subject_id = '${made.id}'`);
    assert.match(row.changes, new RegExp(`"origin":"http://127.0.0.1:${hook.port}"`));
    await remove(made.id);
  });

  test('a test event, for it alone', async () => {
    const [hook, other] = [await to(), await to()];
    const [one, all] = [await create(hook.url, aboutOne), await create(other.url)];
    await ping(one.id);
    const [got] = await hook.wait('webhook.ping');
    assert.equal(verify(one.secret, got).subject.id, one.id);
    await other.wait('webhook.created');
    assert.equal(other.of('webhook.ping').length, 0);
    await roster.patch(`/api/v1/webhooks/${one.id}`, { enabled: false }, { ...admin, status: 200 });
    await roster.post(`/api/v1/webhooks/${one.id}/ping`, undefined, { ...admin, status: 409 });
    await remove(one.id);
    await remove(all.id);
  });
});

describe('a receiver that fails', () => {
  test('is tried again, with the same identifier and a new time', async () => {
    const hook = await to((_, n) => (n === 1 ? 500 : n === 2 ? 302 : 200));
    const { id, secret } = await create(hook.url, aboutOne);
    const { access_token: token } = await roster.register();
    await note(token, 'once');
    const [row] = await settled(id, 'delivered');
    assert.deepEqual([row.attempts, row.http_status], [3, 200]);
    assert.deepEqual(hook.requests.map(({ json }) => json.event_id), Array(3).fill(row.event_id));
    assert.ok(hook.requests.every((request) => isSigned(secret, request)));
    const [first, second] = [1, 2].map((i) => hook.requests[i].at - hook.requests[i - 1].at);
    assert.ok(first >= 140 && second >= 290, `waited ${first} and ${second} ms`);
    assert.deepEqual([(await get(id)).failures, (await get(id)).failing_since], [0, null]);
    await remove(id);
  });

  test('holds back later events of the same subject, and no others', async () => {
    let good = false;
    const bad = [];
    const hook = await to(({ json }) => (!good && bad.includes(json.subject.id) ? 500 : 200));
    const { id } = await create(hook.url, aboutOne);
    const [ann, bob] = [await roster.register(), await roster.register()];
    bad.push(ann.user.id);
    await changes(ann.access_token, 5);
    await changes(bob.access_token, 5);
    const of = (person) => hook.requests.filter(({ json }) => json.subject.id === person.user.id);
    await eventually(() => of(bob).length, (n) => n === 5);
    assert.deepEqual([...new Set(of(ann).map(({ json }) => json.data.bio))], ['note 0'], 'nothing passes the one that waits');
    const waiting = await eventually(() => deliveries(id, '&status=queued'), (rows) => rows.length === 5);
    assert.equal(waiting.filter(({ due_at }) => due_at !== null).length, 1);
    good = true;
    await settled(id, 'delivered', 10);
    for (const person of [ann, bob])
      assert.deepEqual(of(person).filter(({ status }) => status === 200).map(({ json }) => json.data.bio), [0, 1, 2, 3, 4].map((i) => `note ${i}`));
    await remove(id);
  });

  test('says when to come back, and is left alone as long', async () => {
    const hook = await to((_, n) => (n === 1 ? { status: 429, headers: { 'retry-after': '2' } } : 200));
    const { id } = await create(hook.url, aboutOne);
    const [ann, bob] = [await roster.register(), await roster.register()];
    await note(ann.access_token, 'first');
    await hook.wait('user.updated');
    await note(bob.access_token, 'second');
    await settled(id, 'delivered', 2);
    const [first, ...rest] = hook.requests;
    assert.ok(rest.every(({ at }) => at - first.at >= 1900), `came back after ${rest.map(({ at }) => at - first.at)} ms`);
    await remove(id);
  });

  test('wants no more (410): it is disabled, and an event says so', async () => {
    const [hook, watch] = [await to(() => 410), await to()];
    const [{ id }, watcher] = [await create(hook.url, aboutOne), await create(watch.url, { types: ['webhook.disabled'] })];
    const { access_token: token } = await roster.register();
    await note(token, 'no');
    const [row] = await settled(id, 'dead');
    assert.deepEqual([row.attempts, row.http_status, row.reason], [1, 410, 'answered 410']);
    const one = await get(id);
    assert.deepEqual([one.enabled, one.disabled_reason], [false, 'it answered 410: it wants no more']);
    const [event] = await watch.wait('webhook.disabled');
    assert.deepEqual([event.json.subject.id, event.json.data.disabled_reason], [id, one.disabled_reason]);
    await note(token, 'not sent');
    await sleep(600);
    assert.equal(hook.requests.length, 1);
    const again = (await roster.patch(`/api/v1/webhooks/${id}`, { enabled: true }, { ...admin, status: 200 })).body.data;
    assert.deepEqual([again.enabled, again.disabled_reason], [true, null]);
    await remove(id);
    await remove(watcher.id);
  });

  test('for its whole time is given up on, disabled, and sent all of it once it is back', async () => {
    let good = false;
    const hook = await to(() => (good ? 200 : 503));
    const made = await create(hook.url, aboutOne);
    const { access_token: token } = await roster.register();
    await changes(token, 3);
    await eventually(() => get(made.id), ({ failures }) => failures > 0);
    const days = 4 * 86_400_000;
    await roster.sql(`UPDATE webhook_queue SET failing_since = failing_since - ${days} WHERE webhook_id = '${made.id}'`);
    await roster.sql(`UPDATE webhook_delivery SET queued_at = queued_at - ${days} WHERE webhook_id = '${made.id}'`);
    await eventually(() => get(made.id), ({ enabled }) => !enabled, 10_000);
    const { disabled_reason: why } = await get(made.id);
    assert.equal(why, 'it took nothing for too long; at last: answered 503');
    const [dead] = await settled(made.id, 'dead');
    assert.equal(dead.reason, 'answered 503');
    good = true;
    hook.requests.length = 0;
    await roster.patch(`/api/v1/webhooks/${made.id}`, { enabled: true }, { ...admin, status: 200 });
    await roster.sql(`UPDATE webhook_delivery SET queued_at = queued_at + ${days} WHERE webhook_id = '${made.id}'`);
    await settled(made.id, 'delivered', 2);
    // The button: all that was given up.
    const { replayed, more } = (await roster.post(`/api/v1/webhooks/${made.id}/replay`, {}, { ...admin, status: 200 })).body.data;
    assert.deepEqual([replayed, more], [1, false]);
    await settled(made.id, 'delivered', 3);
    assert.deepEqual(hook.requests.map(({ json }) => json.data.bio).sort(), ['note 0', 'note 1', 'note 2']);
    await remove(made.id);
  });

  test('is sent one again, by its event', async () => {
    const hook = await to();
    const { id } = await create(hook.url, aboutOne);
    await changes((await roster.register()).access_token, 2);
    const [newest, oldest] = await settled(id, 'delivered', 2);
    assert.ok(newest.sequence > oldest.sequence);
    const again = await roster.post(`/api/v1/webhooks/${id}/deliveries/${oldest.event_id}/replay`, undefined, { ...admin, status: 200 });
    assert.deepEqual([again.body.data.status, again.body.data.attempts], ['queued', 0]);
    await hook.wait('user.updated', 3);
    assert.deepEqual(hook.requests.map(({ json }) => json.event_id), [oldest, newest, oldest].map(({ event_id }) => event_id));
    const page = await roster.get(`/api/v1/webhooks/${id}/deliveries?limit=1`, { ...admin, status: 200 });
    const next = await roster.get(`/api/v1/webhooks/${id}/deliveries?limit=1&cursor=${page.body.meta.next_cursor}`, { ...admin, status: 200 });
    assert.deepEqual([page, next].map(({ body }) => body.data[0].event_id), [newest.event_id, oldest.event_id]);
    await roster.get(`/api/v1/webhooks/${id}/deliveries?cursor=${page.body.meta.next_cursor}x`, { ...admin, status: 400 });
    await roster.post(`/api/v1/webhooks/${id}/deliveries/01a1fdb6-e5bf-711f-ab24-480d9b536e2f/replay`, undefined, { ...admin, status: 404 });
    await remove(id);
  });
});

describe('a receiver that is slow, dead, or lies', () => {
  const refused = async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}/hook`;
  };

  test('delays nobody else', { timeout: 60_000 }, async () => {
    const silent = await Promise.all(Array.from({ length: 6 }, () => to(() => undefined)));
    const urls = [...silent.map(({ url }) => url), await refused(), await refused()];
    const bad = await Promise.all(urls.map((url) => create(url, aboutOne)));
    const good = await to();
    const { id } = await create(good.url, aboutOne);
    const people = await Promise.all(Array.from({ length: 8 }, () => roster.register()));
    const began = Date.now();
    await Promise.all(people.map(({ access_token: token }) => changes(token, 5)));
    await good.wait('user.updated', 40, 5000);
    assert.ok(Date.now() - began < 5000);
    await Promise.all(bad.map((one) => eventually(() => get(one.id), ({ failures }) => failures >= 5, 20_000)));
    // Left alone now: one delivery alone asks, once in a while, and changes of others are not slower for it.
    const tried = async () => (await Promise.all(bad.map((one) => deliveries(one.id, '&status=queued')))).flat().reduce((n, { attempts }) => n + attempts, 0);
    const [before_] = [await tried(), await sleep(1000)];
    assert.ok((await tried()) - before_ <= 4 * bad.length, 'a dead endpoint costs a probe, not its queue');
    const metrics = async () => {
      const { text } = await roster.get('/metrics', { undocumented: true });
      return ['queued', 'sent_total', 'failed_total'].map((name) => Number(new RegExp(`^roster_webhook_${name} (\\d+)$`, 'm').exec(text)[1]));
    };
    // What waits is counted every five seconds.
    await eventually(metrics, ([queued, sent, failed]) => queued > 100 && sent >= 40 && failed >= 40, 10_000);
    const health = await eventually(async () => (await roster.get('/health/services', { status: 200 })).body.services.webhooks, (part) => /^8 of \d+ do not answer$/.test(part?.message), 12_000);
    assert.deepEqual([health.healthy, health.status], [false, 'disconnected']);
    const [row] = await deliveries(bad[6].id, '&status=queued').then((all) => all.filter(({ reason }) => reason));
    assert.match(row.reason, /onnect/);
    for (const one of [...bad, { id }]) await remove(one.id);
    const left = `SELECT COUNT(*) AS n FROM webhook_queue q WHERE NOT EXISTS (SELECT 1 FROM webhook w WHERE w.id = q.webhook_id)`;
    await eventually(async () => Number((await roster.sql(left))[0].n), (n) => n === 0, 20_000);
    assert.deepEqual(await roster.sql(`SELECT * FROM webhook_delivery WHERE webhook_id = '${bad[0].id}'`), []);
  });

  test('that it took it is believed by its status, whatever comes then', async () => {
    const endless = await liar((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => socket.writable && socket.write('x'.repeat(65536), () => setImmediate(more));
      more();
    });
    const cut = await liar((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf', () => socket.resetAndDestroy()));
    const drip = await liar((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 100);
      socket.on('close', () => clearInterval(timer));
    });
    const all = await Promise.all([endless, cut, drip].map(({ url }) => create(url, aboutOne)));
    await note((await roster.register()).access_token, 'believed');
    for (const { id } of all) {
      const [row] = await settled(id, 'delivered');
      assert.deepEqual([row.http_status, row.attempts], [200, 1]);
    }
    for (const { id } of all) await remove(id);
  });

  test('that it did not is said when there is no whole answer', async () => {
    const huge = await liar((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => socket.writable && socket.write(`X-More: ${'x'.repeat(4000)}\r\n`, () => setImmediate(more));
      more();
    });
    const reset = await liar((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-', () => socket.resetAndDestroy()));
    const nonsense = await liar((socket) => socket.end('200 OK, fine\r\n'));
    const all = await Promise.all([huge, reset, nonsense].map(({ url }) => create(url, aboutOne)));
    await note((await roster.register()).access_token, 'not believed');
    const whys = [];
    for (const { id } of all) {
      const [row] = await eventually(() => deliveries(id), ([one]) => one?.reason, 10_000);
      assert.deepEqual([row.http_status, row.status], [null, 'queued']);
      whys.push(row.reason);
    }
    assert.equal(whys[0], 'the head of its answer is too long');
    for (const { id } of all) await remove(id);
  });

  test('advisory_ssrf_a_redirect_is_not_followed', async () => {
    const secret = await to();
    const hooks = [];
    for (const [status, where] of [[301, secret.url], [302, 'http://169.254.169.254/latest/meta-data/'], [307, secret.url], [308, secret.url]]) {
      const hook = await to(() => ({ status, headers: { location: where } }));
      hooks.push([hook, await create(hook.url, aboutOne)]);
    }
    await note((await roster.register()).access_token, 'elsewhere');
    for (const [, { id }] of hooks) {
      const [row] = await eventually(() => deliveries(id), ([one]) => one?.reason);
      assert.match(row.reason, /^answered 30\d; redirects are not followed$/);
    }
    assert.equal(secret.requests.length, 0);
    for (const [, { id }] of hooks) await remove(id);
  });
});

describe('where nothing is sent to', () => {
  let strict;
  before(async () => {
    strict = await also(startWithAdmin({ env: cheap }));
  });
  after(() => strict?.stop());

  test('advisory_ssrf_addresses_of_this_host_and_network_are_refused', async () => {
    const bad = ['https://localhost/', 'https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://0177.0.0.1/', 'https://[::1]/', 'https://[::]/',
      'https://[::ffff:127.0.0.1]/', 'https://[::ffff:a9fe:a9fe]/', 'https://[64:ff9b::7f00:1]/', 'https://[2002:a9fe:a9fe::]/', 'https://[2001:0:808:808::80ff:fffe]/',
      'https://169.254.169.254/latest/', 'https://10.0.0.1/', 'https://192.168.1.1/', 'https://100.64.0.1/', 'https://[fd00::1]/', 'https://[fe80::1]/', 'https://0.0.0.0/',
      'http://example.org/', 'https://user:word@example.org/', 'https://example.org:22/', 'https://example.org/#x', 'ftp://example.org/', 'file:///etc/passwd', 'gopher://example.org/',
      'https://example.org@127.0.0.1/', 'https://127.0.0.1#@example.org/', 'https://127.0.0.1\\@example.org/', 'https://example.org/\r\nX: y'];
    const token = strict.admin.access_token;
    const made = await create('https://hooks.example.org/in', { enabled: false }, strict);
    for (const url of bad) {
      const { body } = await strict.post('/api/v1/webhooks', { url }, { token, status: 422 });
      assert.ok(body.details.url, url);
      await strict.patch(`/api/v1/webhooks/${made.id}`, { url }, { token, status: 422 });
    }
    await remove(made.id, strict);
  });

  // The name is a good one when it is written. What it leads to is in the hosts file of the server under test alone.
  test('advisory_ssrf_dns_rebinding: a name is judged by where it leads when it is connected to', { timeout: 60_000 }, async (t) => {
    const wrap = (file) => ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', file];
    const folder = await mkdtemp(path.join(tmpdir(), 'roster-hosts-'));
    const hosts = path.join(folder, 'hosts');
    const leads = (where) => writeFile(hosts, `${where} hooks.example.org\n`);
    await leads('127.0.0.2');
    if ((await run('unshare', ['-m', ...wrap(hosts).slice(2), 'true'])).code) return t.skip('needs the right to make a mount namespace');
    const outer = await to(() => ({ status: 200, headers: { connection: 'close' } }), { host: '127.0.0.2' });
    const secret = await to(undefined, { host: '127.0.0.1', port: outer.port });
    const server = await also(startWithAdmin({ env: { ...quick, ROSTER_WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.2', ROSTER_WEBHOOKS_RETRY_LONGEST: '500ms' }, wrap: wrap(hosts) }));
    const { id } = await create(`http://hooks.example.org:${outer.port}/hook`, aboutOne, server);
    await note((await server.register()).access_token, 'outside', server);
    await outer.wait('user.updated');
    for (const where of ['127.0.0.1', '::1', '169.254.169.254', '::ffff:10.0.0.1']) {
      await leads(where);
      await sleep(5500); // a name's addresses are kept so long
      await note((await server.register()).access_token, `at ${where}`, server);
      const why = `its name leads to ${where.replace('::ffff:', '')}, which is not public`;
      await eventually(() => deliveries(id, '&status=queued', server), (all) => all.some(({ reason }) => reason?.startsWith(why)), 15_000);
    }
    assert.equal(secret.requests.length, 0);
    await leads('127.0.0.2');
    await settled(id, 'delivered', 5, 30_000, server);
    assert.equal(outer.requests.length, 5);
    await server.stop();
    await rm(folder, { recursive: true });
  });

  test('a proxy of the environment is not asked', async () => {
    const proxy = await to();
    const hook = await to();
    const env = { ...quick, http_proxy: `http://127.0.0.1:${proxy.port}`, all_proxy: `http://127.0.0.1:${proxy.port}` };
    const server = await also(startWithAdmin({ env }));
    const { id } = await create(hook.url, aboutOne, server);
    await note((await server.register()).access_token, 'straight', server);
    await settled(id, 'delivered', 1, 15_000, server);
    assert.deepEqual([hook.requests.length, proxy.requests.length], [1, 0]);
    await server.stop();
  });

  test('settings that change take an address away again', async () => {
    const hook = await to();
    const server = await also(startWithAdmin({ env: quick }));
    const { id } = await create(hook.url, aboutOne, server);
    await server.stop({ keep: true });
    const next = await also(start({ dir: server.dir, database: server.database, env: { ...cheap, ROSTER_WEBHOOKS_ALLOW_HTTP: 'on' } }));
    next.admin = await next.login(server.admin.email);
    await note((await next.register()).access_token, 'no more', next);
    const [row] = await eventually(() => deliveries(id, '', next), ([one]) => one?.reason);
    assert.equal(row.reason, 'its address must not lead to an address that is not public (loopback)');
    assert.equal(hook.requests.length, 0);
    await next.stop();
  });
});

describe('over TLS', () => {
  let papers;
  before(async () => {
    papers = await certificates();
  });
  after(() => papers?.remove());

  test('a certificate must fit its name and be vouched for', async () => {
    const pair = async ({ cert, key }) => ({ cert: await readFile(cert), key: await readFile(key) });
    const good = await to(undefined, { tls: await pair(await papers.of('good', 'DNS:localhost')) });
    const other = await to(undefined, { tls: await pair(await papers.of('other', 'DNS:hooks.example.org')) });
    const strangers = await certificates();
    const unknown = await to(undefined, { tls: await pair(await strangers.of('good', 'DNS:localhost')) });
    const server = await also(startWithAdmin({ env: { ...quick, ROSTER_WEBHOOKS_ALLOW_HTTP: 'off', ROSTER_WEBHOOKS_CA_FILE: papers.ca } }));
    const made = [];
    for (const { url } of [good, other, unknown]) made.push(await create(url, aboutOne, server));
    await note((await server.register()).access_token, 'private', server);
    await settled(made[0].id, 'delivered', 1, 15_000, server);
    assert.ok(isSigned(made[0].secret, good.requests[0]));
    for (const { id } of made.slice(1)) {
      const [row] = await eventually(() => deliveries(id, '', server), ([one]) => one?.reason);
      assert.match(row.reason, /certificate/i);
    }
    assert.deepEqual([other.requests.length, unknown.requests.length], [0, 0]);
    await server.stop();
    await strangers.remove();
  });
});

describe('who may', () => {
  test('advisory_escalation_who_may_not_read_events_cannot_have_them_sent', async () => {
    const role = async (...permissions) => {
      const name = unique('hooks');
      await roster.post('/api/v1/roles', { name, permissions }, { ...admin, status: 201 });
      const person = await roster.register();
      await roster.patch(`/api/v1/users/${person.user.id}`, { role: name }, { ...admin, status: 200 });
      return { token: (await roster.login(person.email)).access_token };
    };
    const made = await create('https://hooks.example.org/in', { enabled: false });
    const [stranger, reader, manager, both] = [{ token: (await roster.register()).access_token }, await role('webhook.read'), await role('webhook.manage'), await role('webhook.manage', 'event.read')];
    const url = 'https://evil.example.org/';
    for (const who of [stranger, reader, manager]) {
      await roster.post('/api/v1/webhooks', { url }, { ...who, status: 403 });
      await roster.patch(`/api/v1/webhooks/${made.id}`, { url }, { ...who, status: 403 });
      await roster.post(`/api/v1/webhooks/${made.id}/secret`, undefined, { ...who, status: 403 });
    }
    for (const who of [stranger, manager]) for (const at of ['', `/${made.id}`, `/${made.id}/deliveries`]) await roster.get(`/api/v1/webhooks${at}`, { ...who, status: 403 });
    await roster.get(`/api/v1/webhooks/${made.id}`, { ...reader, status: 200 });
    await roster.post(`/api/v1/webhooks/${made.id}/ping`, undefined, { ...reader, status: 403 });
    await roster.patch(`/api/v1/webhooks/${made.id}`, { description: 'mine' }, { ...both, status: 200 });
    assert.equal((await get(made.id)).description, 'mine');
    await remove(made.id);
    await roster.get(`/api/v1/webhooks/${made.id}`, { ...admin, status: 404 });
  });

  test('there are as many as the settings allow, in pages, with types that are types', async () => {
    const server = await also(startWithAdmin({ env: { ...cheap, ROSTER_WEBHOOKS_MOST: '3' } }));
    const token = server.admin.access_token;
    const ids = [];
    for (let i = 0; i < 3; i++) ids.unshift((await create('https://hooks.example.org/in', { description: `${i}`, enabled: false }, server)).id);
    const { body } = await server.post('/api/v1/webhooks', { url: 'https://hooks.example.org/' }, { token, status: 409 });
    assert.match(body.message, /3 endpoints already/);
    const first = await server.get('/api/v1/webhooks?limit=2', { token, status: 200 });
    const second = await server.get(`/api/v1/webhooks?limit=2&cursor=${first.body.meta.next_cursor}`, { token, status: 200 });
    assert.deepEqual([...first.body.data, ...second.body.data].map(({ id }) => id), ids);
    for (const types of [['user'], ['user.'], ['.created'], ['*.created'], ['user.*.x'], ['User.created'], ['user.created '], ['a b'], ['%'], [''], ['user.**']])
      assert.ok((await server.patch(`/api/v1/webhooks/${ids[0]}`, { types }, { token, status: 422 })).body.details['types[0]'], types[0]);
    await server.patch(`/api/v1/webhooks/${ids[0]}`, { types: ['user.*', 'session.created', '*'] }, { token, status: 200 });
    await server.stop();
  });

  test('off means off', async () => {
    const server = await also(startWithAdmin({ env: { ...quick, ROSTER_WEBHOOKS_ENABLED: 'off' } }));
    const hook = await to();
    const { id } = await create(hook.url, aboutOne, server);
    await note((await server.register()).access_token, 'quiet', server);
    await sleep(800);
    assert.deepEqual([hook.requests.length, await deliveries(id, '', server)], [0, []]);
    await server.stop();
  });
});

describe('nothing is lost', () => {
  test('of what waits while the server is killed and starts again', { timeout: 60_000 }, async () => {
    let good = false;
    const hook = await to(() => (good ? 200 : undefined));
    const first = await also(startWithAdmin({ env: quick }));
    const { id, secret } = await create(hook.url, aboutOne, first);
    const people = await Promise.all(Array.from({ length: 5 }, () => first.register()));
    await Promise.all(people.map(({ access_token: token }) => changes(token, 4, first)));
    await hook.wait('user.updated', 4);
    await first.kill();
    good = true;
    hook.requests.length = 0;
    const next = await also(start({ dir: first.dir, database: first.database, env: { ...quick } }));
    next.admin = await next.login(first.admin.email);
    // What was in hand lapses when its time is over: brought forward here.
    await next.sql(`UPDATE webhook_delivery SET due_at = 1 WHERE claim IS NOT NULL`);
    await settled(id, 'delivered', 20, 30_000, next);
    for (const { user } of people)
      assert.deepEqual(hook.requests.filter(({ json }) => json.subject.id === user.id).map(({ json }) => json.data.bio), [0, 1, 2, 3].map((i) => `note ${i}`));
    assert.ok(hook.requests.every((request) => isSigned(secret, request)));
    await next.stop();
  });

  test('of what is on its way when the server is stopped', async () => {
    let good = false;
    const hook = await to(() => (good ? 200 : undefined));
    const first = await also(startWithAdmin({ env: { ...quick, ROSTER_WEBHOOKS_TIMEOUT: '30s' } }));
    const { id } = await create(hook.url, aboutOne, first);
    await note((await first.register()).access_token, 'stopped', first);
    await hook.wait('user.updated');
    const began = Date.now();
    await first.stop({ keep: true });
    assert.ok(Date.now() - began < 6000, 'it does not wait for who says nothing');
    good = true;
    const next = await also(start({ dir: first.dir, database: first.database, env: { ...quick } }));
    next.admin = await next.login(first.admin.email);
    const [row] = await settled(id, 'delivered', 1, 10_000, next);
    assert.equal(row.attempts, 1, 'the try that we ended ourselves does not count');
    await next.stop();
  });

  test('and events are sent again from a number on', async () => {
    const hook = await to();
    const { id } = await create(hook.url, aboutOne);
    await changes((await roster.register()).access_token, 3);
    const all = await settled(id, 'delivered', 3);
    const from = Math.min(...all.map(({ sequence }) => sequence));
    const { code, stderr } = await roster.cli(['events', 'replay', '--sink', 'webhooks', '--from', String(from)]);
    assert.equal(code, 0, stderr);
    await hook.wait('user.updated', 6);
    assert.deepEqual(hook.requests.slice(3).map(({ json }) => json.data.bio), ['note 0', 'note 1', 'note 2']);
    await remove(id);
  });

  test('but what was erased is neither sent nor kept', async () => {
    let good = false;
    const hook = await to(() => (good ? 200 : 500));
    const { id } = await create(hook.url, { types: ['user.updated'] });
    const mark = unique('erased');
    const ann = await roster.register({ email: `${mark}@example.org` });
    await note(ann.access_token, `bio ${mark}`);
    await eventually(() => get(id), ({ failures }) => failures > 0);
    await roster.delete(`/api/v1/users/${ann.user.id}`, { ...admin, status: 200 });
    for (const table of ['webhook_delivery', 'webhook', 'webhook_queue']) assert.ok(!JSON.stringify(await roster.sql(`SELECT * FROM ${table}`)).includes(mark), table);
    await sleep(500);
    hook.requests.length = 0;
    good = true;
    await settled(id, 'delivered');
    const got = hook.requests.filter(({ json }) => json.subject.id === ann.user.id);
    assert.ok(got.length > 0);
    assert.ok(got.every(({ body, json }) => !body.includes(mark) && JSON.stringify(json.data) === '{}' && json.actor.ip === ''));
    await remove(id);
  });

  test('and an event that is not kept any more is given up, and holds up nobody', async () => {
    let good = false;
    const hook = await to(() => (good ? 200 : 500));
    const { id } = await create(hook.url, aboutOne);
    const { access_token: token } = await roster.register();
    await changes(token, 2);
    const waiting = await settled(id, 'queued', 2);
    await eventually(() => get(id), ({ failures }) => failures > 0);
    const first = Math.min(...waiting.map(({ sequence }) => sequence));
    await roster.sql(`DELETE FROM outbox WHERE seq = ${first}`);
    good = true;
    await settled(id, 'delivered');
    const [dead] = await deliveries(id, '&status=dead');
    assert.deepEqual([dead.sequence, dead.reason], [first, 'the event is not kept any more (events.keep)']);
    await remove(id);
  });

  test('and two nodes send each once, in order', { skip: !onPostgres && 'one node alone writes to SQLite', timeout: 90_000 }, async () => {
    const hook = await to(() => sleep(20).then(() => 200));
    const few = { ...quick, ROSTER_WEBHOOKS_AT_ONCE: '2' }; // of one endpoint four may be on their way: the nodes share them
    const first = await also(startWithAdmin({ env: few }));
    const second = await also(start({
      database: { url: first.database.url, drop: async () => {} }, env: { ...few, ROSTER_MASTER_KEY_FILE: path.join(first.dir, 'keys', 'master') },
    }));
    const { id, secret } = await create(hook.url, aboutOne, first);
    const people = await Promise.all(Array.from({ length: 6 }, () => first.register()));
    const nodes = [first, second];
    await Promise.all(people.map(async ({ access_token: token }) => {
      for (let i = 0; i < 15; i++) await note(token, `note ${i}`, nodes[i % 2]);
    }));
    await hook.wait('user.updated', 90, 30_000);
    await sleep(500);
    assert.equal(hook.requests.length, 90);
    assert.equal(new Set(hook.requests.map(({ json }) => json.event_id)).size, 90);
    for (const { user } of people)
      assert.deepEqual(hook.requests.filter(({ json }) => json.subject.id === user.id).map(({ json }) => json.data.bio), Array.from({ length: 15 }, (_, i) => `note ${i}`));
    assert.ok(hook.requests.every((request) => isSigned(secret, request)));
    const sent = async (node) => Number(/^roster_webhook_sent_total (\d+)$/m.exec((await node.get('/metrics', { undocumented: true })).text)[1]);
    const [one, two] = [await sent(first), await sent(second)];
    assert.equal(one + two, 90);
    // Who holds the place in the events dies: the other goes on.
    await first.kill();
    await note(people[0].access_token, 'after', second);
    await hook.wait('user.updated', 91, 40_000);
    assert.ok(one > 0 && two > 0, `both sent: ${one} and ${two}`);
    await second.stop();
    await first.database.drop();
    await rm(first.dir, { recursive: true, force: true });
    assert.ok(id);
  });
});
