// Rate limits: by address, by account, by class; who is exempt; what an answer says of them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { movableClock, password, sleep, start, startWithAdmin, unique } from './lib.mjs';

const cheap = { ROSTER_PASSWORD_MEMORY: '8MiB', ROSTER_PASSWORD_PASSES: '1' };
const narrow = { ...cheap, ROSTER_LIMIT_AUTH: '5', ROSTER_LIMIT_WRITE: '8', ROSTER_LIMIT_READ: '12', ROSTER_LIMIT_SERVICE: '15' };
// One server for all, behind a proxy that it trusts: each test comes from addresses of its own.
const behindProxy = { ROSTER_TRUSTED_PROXIES: '127.0.0.1' };
const from = (ip) => ({ 'x-forwarded-for': ip });
const times = async (n, each) => {
  const all = [];
  for (let i = 0; i < n; i++) all.push(await each(i));
  return all;
};
const statuses = (answers) => answers.map(({ status }) => status);
const limited = (answers) => answers.filter(({ status }) => status === 429).length;
const numbers = ({ headers }, prefix = 'ratelimit') =>
  ['limit', 'remaining', 'reset'].map((name) => (headers.has(`${prefix}-${name}`) ? Number(headers.get(`${prefix}-${name}`)) : undefined));

async function metric(roster, name) {
  const { text } = await roster.get('/metrics', { undocumented: true });
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
}

describe('rate limits', () => {
  let roster;
  let admin;
  let count = 0;
  const address = () => `203.0.113.${++count}`;
  const search = (ip, options) => roster.get('/api/v1/users/search?q=an', { headers: from(ip), ...options });
  const register = async (ip) =>
    (await roster.post('/api/v1/users', { email: `${unique()}@example.org`, password }, { headers: from(ip), status: 201 })).body.data;
  before(async () => {
    roster = await startWithAdmin({ env: { ...narrow, ...behindProxy, ROSTER_RATE_LIMITS: 'on' } });
    admin = roster.admin.access_token;
  });
  after(() => roster.stop());

  test('a stranger may read as often as a minute gives, then is told when to come again', async () => {
    const ip = address();
    const answers = await times(13, () => search(ip));
    assert.deepEqual(statuses(answers), [...Array(12).fill(200), 429]);
    const last = answers.at(-1);
    assert.equal(last.body.error, 'rate_limited');
    assert.ok(Number(last.headers.get('retry-after')) >= 1 && Number(last.headers.get('retry-after')) <= 5);
    assert.deepEqual(numbers(last).slice(0, 2), [12, 0]);
    assert.equal((await search(address())).status, 200);
  });

  test('every answer says what is left, also an error', async () => {
    const ip = address();
    const answers = [await search(ip), await search(ip, { token: 'nonsense' }), await search(ip)];
    assert.deepEqual(statuses(answers), [200, 401, 200]);
    assert.deepEqual(answers.map((a) => numbers(a)[0]), [12, 12, 12]);
    assert.deepEqual(answers.map((a) => numbers(a)[1]), [11, 10, 9]);
    const reset = numbers(answers[2])[2];
    assert.ok(reset >= 10 && reset <= 15, String(reset));
  });

  test('an IPv6 client counts by its /64', async () => {
    const answers = await times(13, (i) => search(`2001:db8:1:2::${i + 1}`));
    assert.equal(limited(answers), 1);
    assert.equal((await search('2001:db8:1:3::1')).status, 200);
  });

  test('log-ins and registrations have five a minute', async () => {
    const ip = address();
    const answers = await times(6, (i) =>
      roster.post('/api/v1/auth/login', { identifier: `nobody${i}`, password: 'whatever it is' }, { headers: from(ip) }),
    );
    assert.deepEqual(statuses(answers), [401, 401, 401, 401, 401, 429]);
    assert.equal((await search(ip)).status, 200); /* another class */
  });

  test('people count by account, wherever they are, and not as the strangers behind their address', async () => {
    const ip = address();
    const { access_token: token } = await register(ip);
    const answers = await times(13, () => roster.get('/api/v1/users/me', { token, headers: from(address()) }));
    assert.deepEqual([answers.slice(0, 12).every(({ status }) => status === 200), answers[12].status], [true, 429]);
    assert.equal((await search(ip)).status, 200);
    const other = await register(address());
    assert.equal((await roster.get('/api/v1/users/me', { token: other.access_token, headers: from(ip) })).status, 200);
  });

  test('writes are counted apart from reads', async () => {
    const { access_token: token } = await register(address());
    const answers = await times(9, (i) => roster.patch('/api/v1/users/me', { bio: `n${i}` }, { token, headers: from(address()) }));
    assert.deepEqual(statuses(answers), [...Array(8).fill(200), 429]);
    assert.equal((await roster.get('/api/v1/users/me', { token, headers: from(address()) })).status, 200);
  });

  test('a service has a class of its own, for all it does', async () => {
    const made = await roster.post('/api/v1/oauth/clients', { name: 'crm', scope: 'user.read' }, { token: admin, headers: from(address()), status: 201 });
    const { id, secret } = made.body.data;
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const answers = await times(16, () => roster.get('/api/v1/users?limit=1', { headers: { ...from(address()), authorization: basic } }));
    assert.deepEqual([answers.slice(0, 15).every(({ status }) => status === 200), answers[15].status], [true, 429]);
  });

  test('health has no limit', async () => {
    const ip = address();
    const answers = await times(30, () => roster.get('/health', { headers: from(ip) }));
    assert.equal(limited(answers), 0);
    assert.deepEqual(numbers(answers[0]), [undefined, undefined, undefined]);
  });

  test('the command line of this host has none either', async () => {
    const answers = await Promise.all(Array.from({ length: 14 }, () => roster.cli(['user', 'list'])));
    assert.ok(answers.every(({ code }) => code === 0));
  });

  test('clients of /api/ get the body and the headers that they know', async () => {
    const ip = address();
    const answers = await times(13, () => roster.get('/api/users/search?q=an', { headers: from(ip), undocumented: true }));
    assert.deepEqual(numbers(answers[0], 'x-rate-limit').slice(0, 2), [12, 11]);
    const { status, body } = answers[12];
    assert.equal(status, 429);
    assert.equal(body.error, 'Too many requests');
    assert.ok(body.message && body.retryAfter >= 1 && Math.abs(Date.parse(body.timestamp) - Date.now()) < 60_000);
  });

  test('what was refused is a number in the metrics', async () => {
    const answers = await times(13, () => search('203.0.113.200'));
    assert.equal(limited(answers), 1);
    const { text } = await roster.get('/metrics', { undocumented: true });
    assert.equal(text.match(/# TYPE roster_rate_limited_total counter/g).length, 1);
    assert.ok((await metric(roster, 'roster_rate_limited_total{class="read"}')) >= 1);
  });

  test('advisory_a forged token is no way around: what is refused counts', async () => {
    const ip = address();
    const answers = await times(13, (i) => search(ip, { token: `forged.${i}.token` }));
    assert.deepEqual([answers[11].status, answers[12].status], [401, 429]);
    const bad = address();
    const login = await times(6, () => roster.post('/api/v1/auth/login', { identifier: 'x' }, { headers: from(bad) }));
    assert.deepEqual(statuses(login), [422, 422, 422, 422, 422, 429]);
  });

  test('advisory_denied calls cannot fill the audit', async () => {
    const person = await register(address());
    const id = person.user.id;
    const answers = await times(20, () =>
      roster.post(`/api/v1/users/${id}/status`, { status: 'banned' }, { token: person.access_token, headers: from(address()) }),
    );
    assert.equal(answers.filter(({ status }) => status === 403).length, 8);
    const [row] = await roster.sql(`SELECT COUNT(*) AS n FROM audit WHERE actor_id = '${id}' AND outcome = 'denied'`);
    assert.ok(Number(row.n) <= 8);
  });
});

test('advisory_a spoofed X-Forwarded-For of a stranger changes nothing', async () => {
  const roster = await start({ env: { ...narrow, ROSTER_RATE_LIMITS: 'on' } });
  try {
    const answers = await times(13, (i) =>
      roster.get('/api/v1/users/search?q=an', { headers: { 'x-forwarded-for': `198.51.100.${i}`, forwarded: `for=198.51.100.${i}` } }),
    );
    assert.deepEqual([answers[11].status, answers[12].status], [200, 429]);
  } finally {
    await roster.stop();
  }
});

test('advisory_a trusted proxy appends: what the client claims further left does not count', async () => {
  const roster = await start({ env: { ...narrow, ...behindProxy, ROSTER_RATE_LIMITS: 'on' } });
  try {
    const answers = await times(13, (i) => roster.get('/api/v1/users/search?q=an', { headers: from(`198.51.100.${i}, 203.0.113.7`) }));
    assert.deepEqual([answers[11].status, answers[12].status], [200, 429]);
  } finally {
    await roster.stop();
  }
});

test('advisory_many addresses exhaust no memory and reset nobody', async () => {
  const roster = await start({ env: { ...narrow, ...behindProxy, ROSTER_RATE_LIMITS: 'on', ROSTER_LIMIT_ENTRIES: '512', ROSTER_LOG_LEVEL: 'warn' } });
  try {
    const login = (ip) => roster.post('/api/v1/auth/login', { identifier: 'x' }, { headers: from(ip) });
    assert.equal(limited(await times(6, () => login('198.51.100.1'))), 1);
    for (let i = 0; i < 3000; i += 30)
      await Promise.all(Array.from({ length: 30 }, (_, k) => login(`2001:db8:${(i + k).toString(16)}::1`)));
    assert.equal((await login('198.51.100.1')).status, 429);
    assert.ok((await metric(roster, 'roster_rate_crowded_total')) > 0);
    assert.equal((await roster.get('/api/v1/users/search?q=an', { headers: from('198.51.100.2') })).status, 200);
  } finally {
    await roster.stop();
  }
});

test('rate_limits = off lifts all of them, and 0 one', async () => {
  const off = await start({ env: { ...narrow, ROSTER_RATE_LIMITS: 'off' } });
  const zero = await start({ env: { ...narrow, ROSTER_LIMIT_READ: '0' } });
  try {
    for (const roster of [off, zero]) {
      const answers = await times(40, () => roster.get('/api/v1/users/search?q=an'));
      assert.equal(limited(answers), 0);
      assert.equal(answers[0].headers.has('ratelimit-limit'), false);
    }
  } finally {
    await off.stop();
    await zero.stop();
  }
});

test('a clock that is set back or forward moves no limit', async () => {
  const clock = await movableClock();
  const roster = await start({ env: { ...narrow, ...clock.env } });
  const search = () => roster.get('/api/v1/users/search?q=an');
  try {
    const answers = await times(13, search);
    assert.deepEqual([answers[11].status, answers[12].status], [200, 429]);
    for (const offset of ['-1h', '+1h']) {
      await clock.set(offset);
      const { status, headers } = await search();
      assert.equal(status, 429, offset);
      assert.ok(Number(headers.get('retry-after')) <= 5);
    }
    await sleep(5100);
    assert.equal((await search()).status, 200);
  } finally {
    await roster.stop();
    await clock.remove();
  }
});
