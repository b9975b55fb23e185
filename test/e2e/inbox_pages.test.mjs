// `roster sync --from`: people's numbers from a neighbour's pages, asked for at a real HTTP server that is well-behaved, slow,
// busy or lying.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as plainServer } from 'node:http';
import { createServer as tlsServer } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { cheap, startWithAdmin } from './lib.mjs';
import { certificates } from './smtp.mjs';

const token = 'neighbour-token.4711';
let roster;
let admin;
before(async () => {
  roster = await startWithAdmin({ env: { ...cheap } });
  admin = roster.admin.access_token;
});
after(() => roster?.stop());

// A neighbour: answer(query, n) gives what the n-th request (from 1) is answered: an object (JSON), a text, a function that
// gets the response, or { status, headers, body }.
const neighbours = [];
after(() => Promise.all(neighbours.map((n) => n.stop())));
async function neighbour(answer, tls) {
  const it = { requests: [] };
  const on = async (request, response) => {
    const url = new URL(request.url, 'http://x');
    it.requests.push({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers });
    const said = await answer(Object.fromEntries(url.searchParams), it.requests.length, request);
    if (typeof said === 'function') return said(response);
    const whole = said?.status ? said : { status: 200, body: said };
    const body = typeof whole.body === 'string' || Buffer.isBuffer(whole.body) ? whole.body : JSON.stringify(whole.body ?? {});
    return response.writeHead(whole.status, { 'content-type': 'application/json', ...whole.headers }).end(body);
  };
  const server = tls ? tlsServer(tls, on) : plainServer(on);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  it.url = `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${server.address().port}/profiles`;
  it.stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  neighbours.push(it);
  return it;
}

// Runs `roster sync --from ...`: { code, stderr, pages, people, changed ... }.
async function sync(from, url, { env = {}, args = [] } = {}) {
  const settings = { [`ROSTER_INBOX_${from.toUpperCase()}_URL`]: url, [`ROSTER_INBOX_${from.toUpperCase()}_TOKEN`]: token };
  const { code, stdout, stderr } = await roster.cli(['sync', '--from', from, '--format', 'json', ...args], { env: { ...settings, ...env } });
  assert.ok(!(stdout + stderr).includes(token), 'the token is shown');
  return { code, stderr, ...(stdout ? JSON.parse(stdout) : {}) };
}
const counts = ({ pages, people, changed, unknown, older, wrong }) => [pages, people, changed, unknown, older, wrong];
const profile = async (id) => (await roster.get(`/api/v1/users/${id}`, { token: admin, status: 200 })).body.data;
const numbers = async (id) => (await roster.get(`/api/v1/users/${id}/social-profile`, { token: admin, status: 200 })).body.data;
const people = async (n) => {
  const ids = [];
  for (let i = 0; i < n; i++) ids.push((await roster.register()).user.id);
  return ids;
};
const entry = (userId, postsCount, more = {}) => ({ id: 'cl1', userId, bio: 'a "quote" ]}', followersCount: 3, followingCount: 4, postsCount, isVerified: false, ...more });
// Pages by number, as { data, pagination } has them.
const numbered = (all) => ({ page = '1', limit }) => {
  const [from, n] = [(Number(page) - 1) * Number(limit), Number(limit)];
  return { data: all.slice(from, from + n), pagination: { page: Number(page), limit: n, total: all.length, pages: Math.ceil(all.length / n) } };
};
// And by cursor, as this program answers.
const cursored = (all) => ({ cursor = '0', limit }) => {
  const next = Number(Buffer.from(cursor, 'base64').toString() || 0) + Number(limit);
  const has_next = next < all.length;
  return {
    success: true, message: 'Done', data: all.slice(next - Number(limit), next),
    meta: { limit: Number(limit), has_next, has_previous: false, ...(has_next && { next_cursor: Buffer.from(String(next)).toString('base64') }) },
  };
};

describe('profiles of a neighbour', () => {
  for (const [shape, make] of [['page numbers', numbered], ['a cursor', cursored]])
    test(`are taken page by page, by ${shape}; again they change nothing`, async () => {
      const ids = await people(5);
      const all = [...ids.map((id, i) => entry(id, 10 + i)), entry(randomUUID(), 1), entry(ids[0], 99)];
      const there = await neighbour(make(all.slice(0, 6)));
      const env = { ROSTER_INBOX_PAGE_SIZE: '2' };
      const first = await sync('social', there.url, { env });
      assert.equal(first.code, 0, first.stderr);
      assert.deepEqual(counts(first), [3, 5, 5, 1, 0, 0]);
      assert.equal(there.requests.length, 3);
      for (const { method, headers, query, path } of there.requests) {
        assert.deepEqual([method, path, headers.authorization, query.limit], ['GET', '/profiles', `Bearer ${token}`, '2']);
        assert.match(headers['user-agent'], /^Roster\/[\d.]+ \(sync\)$/);
      }
      const p = await profile(ids[3]);
      assert.deepEqual([p.posts_count, p.followers_count, p.following_count], [13, 3, 4]);
      assert.equal((await numbers(ids[3])).posts_count, 13);
      assert.deepEqual(counts(await sync('social', there.url, { env })), [3, 5, 0, 1, 0, 0]);
    });

  test('in a list that tells its total alone, in snake_case, beside it', async () => {
    const ids = await people(5);
    const there = await neighbour(({ page = '1' }) => ({
      items: ids.slice((page - 1) * 2, page * 2).map((user_id) => ({ user_id, posts_count: 6 })), total: 5, page: Number(page), limit: 2,
    }));
    const done = await sync('social', there.url);
    assert.deepEqual([done.code, ...counts(done)], [0, 3, 5, 5, 0, 0, 0], done.stderr);
    assert.deepEqual(there.requests.map(({ query }) => query.page), [undefined, '2', '3']);
  });

  test('of moderation: reports and suspensions, and no status changes', async () => {
    const [id] = await people(1);
    const said = { userId: id, trustScore: 0.25, warningCount: 2, reportsCount: 5, openReports: 2, suspensionCount: 1, postsCount: 50, lastSyncAt: new Date().toISOString() };
    const there = await neighbour(() => ({ data: [said], pagination: { page: 1, limit: 100, total: 1, pages: 1 } }));
    const done = await sync('moderation', there.url);
    assert.deepEqual([done.code, ...counts(done)], [0, 1, 1, 1, 0, 0, 0], done.stderr);
    const n = await numbers(id);
    assert.deepEqual([n.reports_count, n.open_reports, n.suspensions_count, n.posts_count], [5, 2, 1, 0]);
    assert.equal((await profile(id)).status, 'active');
  });

  test('do not take back what a newer event said, nor count an older one again', async () => {
    const [id] = await people(1);
    const say = async (timestamp) => {
      const args = ['--event-id', randomUUID(), '--event-type', 'social.post.created', '--timestamp', timestamp, '--data', JSON.stringify({ userId: id })];
      const { code, stderr } = await roster.cli(['inbox', 'receive', ...args]);
      assert.equal(code, 0, stderr);
    };
    const posts = async () => (await profile(id)).posts_count;
    const there = await neighbour((_, n) => ({ data: [entry(id, 40 + n, { lastSyncAt: ['2024-02-01T00:00:00Z', '2024-01-01T00:00:00Z', '2024-05-01T00:00:00Z'][n - 1] })] }));
    await say('2024-01-01T00:00:00Z');
    await say('2024-03-01T00:00:00Z');
    assert.deepEqual(counts(await sync('social', there.url)), [1, 1, 1, 0, 0, 0]);
    assert.equal(await posts(), 42);
    assert.deepEqual(counts(await sync('social', there.url)), [1, 1, 0, 0, 1, 0]); // older than the last one
    assert.equal(await posts(), 42);
    await say('2024-04-01T00:00:00Z');
    assert.equal(await posts(), 43);
    await sync('social', there.url);
    assert.equal(await posts(), 43);
    await say('2024-06-01T00:00:00Z');
    const { code, stdout } = await roster.cli(['sync', '--format', 'json']);
    assert.deepEqual([code, JSON.parse(stdout).changed], [0, 0]);
    assert.equal(await posts(), 44);
  });

  test('are gone with the person', async () => {
    const [id] = await people(1);
    const there = await neighbour(() => ({ data: [entry(id, 9)] }));
    await sync('social', there.url);
    await roster.delete(`/api/v1/users/${id}`, { token: admin });
    assert.deepEqual(counts(await sync('social', there.url)), [1, 0, 0, 1, 0, 0]);
  });

  test('are put in by an audited operation a page, which nobody can call from outside', async () => {
    const { body } = await roster.get('/api/v1/audit?operation=inbox_put&limit=1', { token: admin, status: 200 });
    assert.deepEqual([body.data[0].actor_kind, body.data[0].subject_type, body.data[0].outcome], ['local', 'inbox', 'ok'], JSON.stringify(body.data[0]));
    const { paths } = (await roster.get('/openapi.json', { undocumented: true })).body;
    assert.ok(!JSON.stringify(paths).includes('inbox_put'));
  });
});

describe('a neighbour that is busy', () => {
  test('is asked again when it says so', async () => {
    const [id] = await people(1);
    const there = await neighbour((query, n) => (n === 1 ? { status: 503, headers: { 'retry-after': '1' } } : n === 2 ? { status: 429 } : numbered([entry(id, 5)])(query)));
    const begun = Date.now();
    const done = await sync('social', there.url);
    assert.deepEqual([done.code, ...counts(done)], [0, 1, 1, 1, 0, 0, 0], done.stderr);
    assert.ok(Date.now() - begun >= 1400, 'it was not left alone');
    assert.equal(there.requests.length, 3);
  });

  test('for too long is told of, and running it again goes on', async () => {
    const ids = await people(4);
    let well = false;
    const all = ids.map((id) => entry(id, 5));
    const there = await neighbour((query) => (query.page === '2' && !well ? { status: 503, headers: { 'retry-after': '3600' } } : numbered(all)(query)));
    const env = { ROSTER_INBOX_PAGE_SIZE: '2' };
    const half = await sync('social', there.url, { env });
    assert.deepEqual([half.code, ...counts(half)], [4, 1, 2, 2, 0, 0, 0]);
    assert.match(half.stderr, /^roster: Page 2 of http:\/\/127\.0\.0\.1:\d+: answered 503, and asks to be left alone for 3600 seconds\. Run it again/);
    well = true;
    assert.deepEqual(counts(await sync('social', there.url, { env })), [2, 4, 2, 0, 0, 0]);
  });

  test('is given up after five times', async () => {
    const there = await neighbour(() => ({ status: 429, headers: { 'retry-after': '0' } }));
    const done = await sync('social', there.url);
    assert.deepEqual([done.code, there.requests.length], [4, 5]);
    assert.match(done.stderr, /Page 1 of .*: answered 429\./);
  });

  test('or slow is waited for as long as inbox.page_timeout says', async () => {
    const drip = await neighbour(() => async (response) => {
      response.writeHead(200).write('{"data":[');
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    });
    const begun = Date.now();
    const done = await sync('social', drip.url, { env: { ROSTER_INBOX_PAGE_TIMEOUT: '1500ms' } });
    assert.equal(done.code, 4);
    assert.match(done.stderr, /did not come whole: .*timed out/);
    assert.ok(Date.now() - begun < 10_000);
    const silent = await neighbour(() => () => {});
    assert.match((await sync('social', silent.url, { env: { ROSTER_INBOX_PAGE_TIMEOUT: '1s' } })).stderr, /Page 1 of .*timed out/);
  });
});

describe('a neighbour that lies', () => {
  const refused = async (answer, why, { env = {}, pages = 0 } = {}) => {
    const there = await neighbour(answer);
    const done = await sync('social', there.url, { env });
    assert.deepEqual([done.code, done.pages], [4, pages], done.stderr);
    assert.match(done.stderr, why);
    assert.ok(!/[^\x20-\x7e\n]/.test(done.stderr), done.stderr);
    return there;
  };

  test('advisory_ssrf_pages: a redirect is not followed, and the token is not sent on', async () => {
    const elsewhere = await neighbour(() => ({ data: [] }));
    await refused(() => ({ status: 302, headers: { location: elsewhere.url } }), /answered 302; redirects are not followed/);
    assert.equal(elsewhere.requests.length, 0);
    const done = await sync('social', 'http://127.0.0.1:9999/', { args: ['--url', elsewhere.url] });
    assert.equal(done.code, 0, done.stderr);
    assert.equal(elsewhere.requests[0].headers.authorization, undefined); // the token is for another server
  });

  test('advisory_endless_pages: there is an end to them', async () => {
    const env = { ROSTER_INBOX_PAGES: '7' };
    const there = await refused((_, n) => ({ data: [], meta: { has_next: true, next_cursor: `c${n}` } }), /Page 7 of .*inbox\.pages/, { env, pages: 7 });
    assert.equal(there.requests.length, 7);
    await refused(({ page = '1' }) => ({ data: [], pagination: { page: Number(page), pages: 1e9 } }), /Page 7 of/, { env, pages: 7 });
  });

  test('advisory_endless_pages: a cursor that comes again ends it', async () => {
    await refused(() => ({ data: [], meta: { has_next: true, next_cursor: 'same' } }), /Page 2 of .*leads back to one that was there before/, { pages: 2 });
    const circle = await refused((_, n) => ({ data: [], meta: { has_next: true, next_cursor: `c${n % 5}` } }), /leads back/, { pages: 13 });
    assert.ok(circle.requests.length < 20);
  });

  test('about the number of a page, or where the next one is', async () => {
    await refused(() => ({ data: [], pagination: { page: 1, pages: 3 } }), /Page 2 of .*another page than was asked for/, { pages: 2 });
    await refused((_, n) => ({ data: [], meta: { has_next: true, next_cursor: n === 1 ? 'a' : null } }), /more follow, and not where/, { pages: 2 });
  });

  test('advisory_page_too_large: is not read to its end', async () => {
    const env = { ROSTER_INBOX_PAGE_BYTES: '64KiB' };
    await refused(() => ({ body: `{"data":[${' '.repeat(70_000)}]}`, status: 200 }), /its answer is longer than 65536 bytes/, { env });
    await refused(() => (response) => {
      const more = () => response.write('x'.repeat(65536), () => response.writable && more());
      response.writeHead(200);
      more();
    }, /its answer is longer than 65536 bytes/, { env });
    const bomb = { status: 200, headers: { 'content-encoding': 'gzip' }, body: Buffer.from('1f8b0800000000000003abae05004abf36a302000000', 'hex') };
    await refused(() => bomb, /is no JSON object with a list/); // nothing is unpacked
  });

  test('with broken JSON in the middle: what came before stays', async () => {
    const ids = await people(2);
    const there = await neighbour(({ page = '1' }) => (page === '1' ? { data: [entry(ids[0], 8)], pagination: { page: 1, pages: 3 } } : `{"data":[${JSON.stringify(entry(ids[1], 8))},`));
    const done = await sync('social', there.url);
    assert.deepEqual([done.code, done.pages, done.people], [4, 1, 1]);
    assert.match(done.stderr, /Page 2 of .*: is no JSON object with a list called data, items or profiles\./);
    assert.deepEqual([(await profile(ids[0])).posts_count, (await profile(ids[1])).posts_count], [8, 0]);
    for (const body of ['', '[]', '<html>', 'null', '{"data":{}}', '{"data":[{}{}]}', '{"data":[]}}', '{"data":[],"meta":{"page":"1"}}', `{"data":[],"x":${'['.repeat(100)}${']'.repeat(100)}}`])
      await refused(() => ({ status: 200, body }), /Page 1 of .*: (is no JSON object|cannot be read)/);
  });

  test('advisory_lying_numbers: who makes no sense is left out and told of, the others are taken', async () => {
    const [id, other] = await people(2);
    const lies = ['-1', '1000000000001', '9223372036854775808', '1e400', '1.5', '"7"', 'true', '{}', '[]', '"\\u0000"'];
    const wrong = [...lies.map((n) => `{"userId":"${other}","postsCount":${n}}`), `{"userId":"${other}","bio":"\\u0000","postsCount":1}`,
      `{"userId":"' OR 1=1 --","postsCount":1}`, `{"userId":"${other}","userId":"${other}"}`, '7', 'null', `{"postsCount":1}`,
      `{"userId":"${other}","lastSyncAt":"soon"}`, `{"userId":"${other}","bio":"${'x'.repeat(70_000)}"}`];
    const there = await neighbour(() => ({ status: 200, body: `{"data":[${wrong.join(',')},${JSON.stringify(entry(id, 6, { role: 'administrator', status: 'banned' }))}],"meta":{"has_next":false}}` }));
    const done = await sync('social', there.url);
    assert.deepEqual([done.code, ...counts(done)], [1, 1, 1, 1, 0, 0, wrong.length], done.stderr);
    assert.match(done.stderr, /^roster: page 1, person 1: posts_?[cC]ount must be 0 or more\n/);
    const [p, q] = [await profile(id), await profile(other)];
    assert.deepEqual([p.posts_count, p.role, p.status, q.posts_count], [6, 'user', 'active', 0]);
  });

  test('about the time: a profile from the future does not silence the events until then', async () => {
    const [id] = await people(1);
    const there = await neighbour(() => ({ data: [entry(id, 6, { lastSyncAt: '2999-01-01T00:00:00Z' })] }));
    await sync('social', there.url);
    const args = ['--event-id', randomUUID(), '--event-type', 'social.post.created', '--data', JSON.stringify({ userId: id })];
    await roster.cli(['inbox', 'receive', ...args]);
    assert.equal((await profile(id)).posts_count, 7);
  });

  test('or is not there, or not reached', async () => {
    const gone = await neighbour(() => ({}));
    await gone.stop();
    assert.match((await sync('social', gone.url)).stderr, /Page 1 of .*onnect/);
    await refused(() => ({ status: 401 }), /Page 1 of .*: answered 401\./);
    await refused(() => (response) => response.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"data":[]}'), /did not come whole/);
  });
});

describe('over TLS', () => {
  let papers;
  let strangers;
  before(async () => {
    [papers, strangers] = await Promise.all([certificates(), certificates()]);
  });
  after(() => Promise.all([papers?.remove(), strangers?.remove()]));
  const pair = async ({ cert, key }) => ({ cert: await readFile(cert), key: await readFile(key) });

  test('a neighbour whose certificate is vouched for is believed', async () => {
    const [id] = await people(1);
    const there = await neighbour(numbered([entry(id, 5)]), await pair(await papers.of('good', 'DNS:localhost')));
    const done = await sync('social', there.url, { env: { ROSTER_INBOX_CA_FILE: papers.ca } });
    assert.deepEqual([done.code, done.changed], [0, 1], done.stderr);
  });

  test('advisory_neighbour_certificate: one of somebody else, or of another name, gets no token', async () => {
    for (const [authority, name] of [[strangers, 'DNS:localhost'], [papers, 'DNS:social.example.org']]) {
      const there = await neighbour(numbered([]), await pair(await authority.of('other', name)));
      const done = await sync('social', there.url, { env: { ROSTER_INBOX_CA_FILE: papers.ca } });
      assert.equal(done.code, 4);
      assert.match(done.stderr, /SSL|certificate/i);
      assert.equal(there.requests.length, 0);
    }
  });
});

describe('the command line and settings', () => {
  test('say what is missing', async () => {
    const none = await roster.cli(['sync', '--from', 'moderation']);
    assert.deepEqual([none.code, none.stdout], [5, '']);
    assert.match(none.stderr, /set inbox\.moderation_url, or give --url/);
    assert.equal((await roster.cli(['sync', '--url', 'http://127.0.0.1:1/'])).code, 2);
    assert.equal((await roster.cli(['sync', '--from', 'elsewhere'])).code, 2);
    assert.equal((await roster.cli(['sync', '--from', 'social', '--url', 'ftp://x/'])).code, 2);
    const text = await roster.cli(['sync', '--from', 'social', '--url', (await neighbour(() => ({ data: [] }))).url]);
    assert.deepEqual([text.code, text.stderr], [0, '']);
    assert.match(text.stdout, /pages +1\n/i);
  });

  test('show no token, and take no address or token that is none', async () => {
    const env = { ROSTER_INBOX_SOCIAL_TOKEN: token };
    const shown = await roster.cli(['config', 'show'], { env });
    assert.ok(!shown.stdout.includes(token) && /inbox\.social_token.*\(set\)/.test(shown.stdout));
    for (const [name, value] of [['SOCIAL_URL', 'file:///etc/passwd'], ['SOCIAL_URL', 'http://user:secret@x/'], ['MODERATION_TOKEN', 'a\nHost: x'], ['PAGE_SIZE', '501'], ['PAGES', '0']]) {
      const { code, stderr } = await roster.cli(['config', 'check'], { env: { [`ROSTER_INBOX_${name}`]: value } });
      assert.equal(code, 5, `${name} ${value}`);
      assert.match(stderr, new RegExp(`ROSTER_INBOX_${name}|inbox\\.${name.toLowerCase()}`));
    }
  });
});

test('without a server the command does it itself', async () => {
  const [id] = await people(1);
  const there = await neighbour(numbered([entry(id, 77)]));
  await roster.stop({ keep: true });
  const done = await sync('social', there.url);
  assert.deepEqual([done.code, ...counts(done)], [0, 1, 1, 1, 0, 0, 0], done.stderr);
  const { dir, database } = roster;
  roster = await startWithAdmin({ dir, database, env: { ...cheap } });
  admin = roster.admin.access_token;
  assert.equal((await profile(id)).posts_count, 77);
});
