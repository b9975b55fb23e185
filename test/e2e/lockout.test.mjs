// Guessing passwords: slower, then locked for whoever guesses; what the account's owner notices of it (nothing); proofs of
// work; clocks, crashes and crowds.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Roster, eventually, movableClock, password, start, startWithAdmin, unique } from './lib.mjs';

const quick = {
  ROSTER_PASSWORD_MEMORY: '8MiB',
  ROSTER_PASSWORD_PASSES: '1',
  ROSTER_RATE_LIMITS: 'off',
  ROSTER_TRUSTED_PROXIES: '127.0.0.1', // each test comes from addresses of its own
  ROSTER_LOCKOUT_SLOW: '1ms',
  ROSTER_LOCKOUT_PROOF_BITS: '10',
};
const from = (ip) => ({ 'x-forwarded-for': ip });
const wrong = 'certainly not this one';
const times = async (n, each) => {
  const all = [];
  for (let i = 0; i < n; i++) all.push(await each(i));
  return all;
};
const statuses = (answers) => answers.map(({ status }) => status);
const tally = (answers) => answers.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});

// SHA-256 of "CHALLENGE:T" must begin with `difficulty` zero bits.
function solve({ challenge, difficulty }) {
  for (let i = 0; ; i++) {
    const hash = createHash('sha256').update(`${challenge}:${i}`).digest();
    if (Math.clz32(hash.readUInt32BE(0)) >= difficulty) return `${challenge}:${i}`;
  }
}

let count = 0;
const address = () => `198.51.${(++count / 250) | 0}.${(count % 250) + 1}`;
const login = (roster, identifier, secret, ip, more, options) =>
  roster.post('/api/v1/auth/login', { identifier, password: secret, ...more }, { headers: from(ip), ...options });

describe('guessing', () => {
  let roster;
  before(async () => {
    roster = await startWithAdmin({ env: quick });
  });
  after(() => roster.stop());
  const guess = (identifier, ip, more) => login(roster, identifier, wrong, ip, more);
  const besiege = (identifier) => times(50, (i) => guess(identifier, `203.0.113.${1 + (i >> 2)}`));

  test('five times locks for a quarter of an hour, for whoever knows the password too', async () => {
    const { email } = await roster.register();
    const ip = address();
    assert.deepEqual(statuses(await times(6, () => guess(email, ip))), [401, 401, 401, 401, 401, 423]);
    const right = await login(roster, email, password, ip, {}, { status: 423 });
    assert.equal(right.body.error, 'locked');
    const seconds = Number(right.headers.get('retry-after'));
    assert.ok(seconds > 880 && seconds <= 900, String(seconds));
    const types = await eventually(
      () => roster.sql("SELECT type, subject_id FROM outbox WHERE type = 'login.locked'"),
      (rows) => rows.length >= 1,
    );
    assert.equal(types[0].type, 'login.locked');
  });

  test('takes longer each time', async () => {
    const slow = await start({ env: { ...quick, ROSTER_LOCKOUT_SLOW: '200ms' } });
    try {
      const ms = await times(4, async () => {
        const began = performance.now();
        await login(slow, 'nobody@example.org', wrong, '198.51.200.1', {}, { status: 401 });
        return performance.now() - began;
      });
      [200, 400, 800, 1600].forEach((least, i) => assert.ok(ms[i] >= least - 5, `${i}: ${ms[i]}`));
    } finally {
      await slow.stop();
    }
  });

  test('at 32 at once is judged no more than five times', async () => {
    for (const name of [(await roster.register()).email, `${unique()}@nowhere.example`]) {
      const ip = address();
      const answers = await Promise.all(Array.from({ length: 32 }, () => guess(name, ip)));
      assert.deepEqual(tally(answers), { 401: 5, 423: 27 });
      const lucky = await Promise.all([wrong, password, wrong].map((secret) => login(roster, name, secret, ip)));
      assert.deepEqual(tally(lucky), { 423: 3 });
    }
  });

  test('advisory_lockout: name and e-mail are one account, however they are spelt', async () => {
    const { email, user } = await roster.register({ username: unique('Lock_') });
    const ip = address();
    const names = [email, user.username, email.toUpperCase(), user.username.toUpperCase(), ` ${email} `];
    assert.deepEqual(statuses(await times(5, (i) => guess(names[i], ip))), [401, 401, 401, 401, 401]);
    for (const name of names) assert.equal((await guess(name, ip)).status, 423);
  });

  test('advisory_enumeration: accounts that do not exist answer alike, step by step', async () => {
    const { email } = await roster.register();
    const plain = ({ status, body, headers }) => ({ status, body: { ...body, correlation_id: '' }, names: [...headers.keys()].sort() });
    const ip = address();
    for (let i = 0; i < 7; i++)
      assert.deepEqual(plain(await guess(email, ip)), plain(await guess('nobody@nowhere.example', ip)));
    const rows = JSON.stringify(await roster.sql('SELECT * FROM login_failure UNION ALL SELECT subject, NULL, count, NULL, NULL, stranger FROM login_total'));
    assert.ok(!rows.includes('nowhere'));
  });

  test('advisory_denial_of_service: a stranger locks himself out, not the owner elsewhere', async () => {
    const { email } = await roster.register();
    const ip = address();
    await times(7, () => guess(email, ip));
    await login(roster, email, password, address(), {}, { status: 200 });
  });

  test('advisory_denial_of_service: nor a known device behind the same address', async () => {
    const person = await roster.register();
    const ip = address();
    assert.ok(person.device_token);
    const { body } = await login(roster, person.email, password, ip, {}, { status: 200 });
    await times(6, () => guess(person.email, ip));
    await login(roster, person.email, password, ip, {}, { status: 423 });
    for (const token of [person.device_token, body.data.device_token])
      await login(roster, person.email, password, ip, { device_token: token }, { status: 200 });
    const other = await roster.register();
    await login(roster, person.email, password, ip, { device_token: other.device_token }, { status: 423 });
  });

  test('of more than fifty an hour from anywhere needs work, but not from known places', async () => {
    for (const name of [(await roster.register()).email, `${unique()}@nowhere.example`]) {
      assert.deepEqual(tally(await besiege(name)), { 401: 50 });
      const { body } = await guess(name, address());
      assert.equal(body.error, 'proof_required');
      assert.equal(body.difficulty, 10);
      assert.ok(Date.parse(body.expires_at) > Date.now());
      const proof = solve(body);
      const ip = address();
      assert.equal((await guess(name, ip, { proof })).status, 401);
      assert.equal((await guess(name, ip, { proof })).status, 428); // it was good once
    }
  });

  test('advisory_proof: one proof used 16 times at once is good once', async () => {
    const { email } = await roster.register();
    await besiege(email);
    const proof = solve((await guess(email, address())).body);
    const answers = await Promise.all(Array.from({ length: 16 }, () => login(roster, email, password, address(), { proof })));
    assert.deepEqual(tally(answers), { 200: 1, 428: 15 });
  });

  test('asks older clients and OAuth for the same', async () => {
    const person = await roster.register();
    await besiege(person.email);
    const grant = (more) =>
      roster.form('/oauth/token', { grant_type: 'password', username: person.email, password, ...more }, { headers: from(address()) });
    const asked = await grant({});
    assert.equal(asked.status, 428);
    assert.ok(asked.body.error && asked.body.challenge);
    const done = await grant({ proof: solve(asked.body) });
    assert.equal(done.status, 200);
    assert.ok(done.body.device_token);
    assert.equal((await grant({ device_token: done.body.device_token })).status, 200);
    const older = (more) =>
      roster.post('/api/auth/login', { emailOrUsername: person.email, password, ...more }, { headers: from(address()), undocumented: true });
    const { status, body } = await older({});
    assert.equal(status, 428);
    assert.equal((await older({ proof: solve(body) })).status, 200);
  });

  test('by the password grant counts with the rest', async () => {
    const { email } = await roster.register();
    const ip = address();
    const grant = () => roster.form('/oauth/token', { grant_type: 'password', username: email, password: wrong }, { headers: from(ip) });
    assert.deepEqual(statuses(await times(5, grant)), [400, 400, 400, 400, 400]);
    const answer = await grant();
    assert.equal(answer.status, 423);
    assert.ok(answer.headers.has('retry-after'));
    assert.equal((await guess(email, ip)).status, 423);
  });

  test('advisory_stolen_session: by changing the password ends after five as well, from wherever', async () => {
    const person = await roster.register();
    const change = (current_password) =>
      roster.post('/api/v1/auth/password-change', { current_password, new_password: 'eleven loud kingfishers' }, { token: person.access_token, headers: from(address()) });
    assert.deepEqual(statuses(await times(6, () => change(wrong))), [401, 401, 401, 401, 401, 423]);
    assert.equal((await change(password)).status, 423);
    await login(roster, person.email, password, address(), {}, { status: 200 }); // the owner can still log in
  });

  test('is forgotten when an administrator says so, by HTTP or on the command line', async () => {
    const { email, user, access_token: own } = await roster.register();
    const ip = address();
    const path = `/api/v1/users/${user.id}/unlock`;
    for (const unlock of [
      () => roster.post(path, undefined, { token: roster.admin.access_token, status: 200 }),
      async () => assert.equal((await roster.cli(['user', 'unlock', user.id])).code, 0),
    ]) {
      await times(6, () => guess(email, ip));
      await login(roster, email, password, ip, {}, { status: 423 });
      await roster.post(path, undefined, { token: own, status: 403 });
      await unlock();
      await login(roster, email, password, ip, {}, { status: 200 });
    }
    const types = await roster.sql(`SELECT type FROM outbox WHERE subject_id = '${user.id}' AND type = 'login.unlocked'`);
    assert.equal(types.length, 2);
  });

  test('shows in the metrics', async () => {
    const { text } = await roster.get('/metrics', { undocumented: true });
    for (const name of ['failures', 'locks', 'challenges']) assert.match(text, new RegExp(`^roster_login_${name}_total [1-9]`, 'm'));
  });
});

// Every address at which a password may be tried without being logged in, each in its own words.
const json = (path, fields) => (roster, name, secret, headers) => roster.post(path, fields(name, secret), { headers });
const form = (path, more) => (roster, username, secret, headers) => roster.form(path, { username, password: secret, ...more }, { headers });
const doors = {
  '/api/v1/auth/login': json('/api/v1/auth/login', (identifier, secret) => ({ identifier, password: secret })),
  '/api/v1/auth/reactivate': json('/api/v1/auth/reactivate', (identifier, secret) => ({ identifier, password: secret })),
  '/api/auth/login': json('/api/auth/login', (emailOrUsername, secret) => ({ emailOrUsername, password: secret })),
  '/auth/login': json('/auth/login', (name, secret) => ({ login: name, password: secret })),
  '/auth/token': form('/auth/token', {}),
  '/oauth/token': form('/oauth/token', { grant_type: 'password' }),
  '/api/v1/auth/token': form('/api/v1/auth/token', { grant_type: 'password' }),
};

describe('by every door', () => {
  let roster;
  before(async () => {
    roster = await startWithAdmin({ env: { ...quick, ROSTER_LOCKOUT_SLOW: '0' } });
  });
  after(() => roster.stop());
  const names = Object.keys(doors);

  test('these are all doors that the document has', async () => {
    const ways = ['session_login', 'account_reactivate', 'oauth_token'];
    const operation = (op) => op['x-operation'] ?? op.operationId.replace(/_\d+$/, '').replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
    const all = (await roster.contract()).operations().filter(([, , op]) => ways.includes(operation(op)));
    assert.deepEqual(all.map(([, path]) => path).sort(), [...names].sort());
  });

  test('advisory_lockout: five failures, each at another door and by name or address in turn, lock all of them', async () => {
    for (let first = 0; first < names.length; first++) {
      const { email, user } = await roster.register({ username: unique('Door_') });
      const ip = address();
      const spelt = [email, user.username, email.toUpperCase(), user.username.toUpperCase(), ` ${email}`];
      for (let i = 0; i < 5; i++) {
        const door = names[(first + i) % names.length];
        const { status, text } = await doors[door](roster, spelt[i], wrong, from(ip));
        assert.ok([400, 401].includes(status), `${door}: ${status} ${text}`);
      }
      for (const door of names)
        for (const name of spelt) {
          const { status, headers, text } = await doors[door](roster, name, password, from(ip));
          assert.equal(status, 423, `${door}: ${text}`);
          assert.ok(headers.has('retry-after'), door);
        }
      await login(roster, email, password, address(), {}, { status: 200 });
    }
  });

  test('advisory_lockout: tried at all doors at once no more than five are judged', async () => {
    for (const name of [(await roster.register()).email, `${unique()}@nowhere.example`]) {
      const ip = address();
      const answers = await Promise.all(Array.from({ length: 35 }, (_, i) => doors[names[i % names.length]](roster, name, wrong, from(ip))));
      assert.equal(answers.filter(({ status }) => status !== 423).length, 5, JSON.stringify(tally(answers)));
    }
  });

  test('advisory_lockout: nor does a header open another address while no proxy is trusted', async () => {
    const plain = await startWithAdmin({ env: { ...quick, ROSTER_LOCKOUT_SLOW: '0', ROSTER_TRUSTED_PROXIES: '' } });
    try {
      const { email } = await plain.register();
      let i = 0;
      const lies = () => ({ 'x-forwarded-for': `198.51.100.${++i}`, 'x-real-ip': `198.51.100.${i}`, forwarded: `for=198.51.100.${i}`, 'cf-connecting-ip': `198.51.100.${i}`, 'true-client-ip': `198.51.100.${i}`, 'x-client-ip': `198.51.100.${i}` });
      for (let n = 0; n < 5; n++) await plain.post('/api/v1/auth/login', { identifier: email, password: wrong }, { headers: lies(), status: 401 });
      for (const door of names) assert.equal((await doors[door](plain, email, password, lies())).status, 423, door);
    } finally {
      await plain.stop();
    }
  });

  test('advisory_timing: an account that is not there, or has no password, costs the same hash at each', async () => {
    const slow = await startWithAdmin({ env: { ...quick, ROSTER_LOCKOUT_SLOW: '0', ROSTER_LOCKOUT_ATTEMPTS: '0', ROSTER_LOCKOUT_PROOF_AFTER: '0', ROSTER_PASSWORD_MEMORY: '32MiB', ROSTER_PASSWORD_PASSES: '3' } });
    try {
      const { email } = await slow.register();
      const bare = unique('bare');
      await slow.post('/api/v1/users', { username: bare }, { token: slow.admin.access_token, status: 201 });
      const once = async (door, name) => {
        const began = performance.now();
        await doors[door](slow, name, wrong, from(address()));
        return performance.now() - began;
      };
      // One beside the other, so that both meet the machine as it is; the least of each, since what is more is the machine's.
      const both = async (door, name) => {
        const pairs = await times(6, async () => [await once(door, email), await once(door, name)]);
        return [0, 1].map((i) => Math.min(...pairs.map((pair) => pair[i])));
      };
      for (const door of names) {
        for (const name of [`${unique()}@nowhere.example`, unique('nobody'), 'not an address@@', bare]) {
          let [known, ms] = await both(door, name);
          const alike = () => ms > known / 2 && ms < known * 3;
          for (let tries = 0; !alike() && tries < 3; tries++) [known, ms] = await both(door, name); // what tells them apart does so each time
          assert.ok(known > 15, `${door}: ${known} ms measures no hash`);
          assert.ok(alike(), `${door} ${name}: ${ms} ms, a known one ${known} ms`);
        }
      }
    } finally {
      await slow.stop();
    }
  });
});

test('a crash opens no lock', async () => {
  let roster = await start({ env: quick });
  const { email } = await roster.register();
  await times(5, () => login(roster, email, wrong, '198.51.100.1', {}, { status: 401 }));
  await roster.kill();
  roster = await start({ env: quick, dir: roster.dir, database: roster.database });
  try {
    await login(roster, email, password, '198.51.100.1', {}, { status: 423 });
    await login(roster, email, password, '198.51.100.2', {}, { status: 200 });
  } finally {
    await roster.stop();
  }
});

test('a clock set back an hour neither opens a lock nor keeps it for an hour', async () => {
  const clock = await movableClock();
  const roster = await start({ env: { ...quick, ...clock.env, ROSTER_LOCKOUT_DURATION: '60s' } });
  const ask = () => login(roster, email, password, '198.51.100.1');
  const { email } = await roster.register();
  try {
    await times(5, () => login(roster, email, wrong, '198.51.100.1', {}, { status: 401 }));
    await clock.set('-1h');
    const { status, headers } = await ask();
    assert.equal(status, 423);
    assert.ok(Number(headers.get('retry-after')) <= 60);
    // The job that cleans comes within a minute, and moves what lies in the future to now.
    await eventually(() => roster.sql('SELECT last_at FROM login_failure'), ([row]) => Number(row.last_at) < Date.now() - 3_500_000, 70_000);
    await clock.set('-58m');
    assert.equal((await ask()).status, 200);
  } finally {
    await roster.stop();
    await clock.remove();
  }
});

test('two nodes over one database count together', { skip: process.env.ROSTER_TEST_DB !== 'postgres' && 'a database in a file has one server' }, async () => {
  const a = await start({ env: quick });
  const b = await new Roster({
    database: { url: a.database.url, drop: async () => {} },
    env: { ...quick, ROSTER_MASTER_KEY_FILE: `${a.dir}/keys/master` },
  }).start();
  try {
    const { email, device_token } = await a.register();
    const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => login(i % 2 ? a : b, email, wrong, '198.51.100.1')));
    assert.deepEqual(tally(answers), { 401: 5, 423: 19 });
    for (const node of [a, b]) {
      await login(node, email, password, '198.51.100.1', {}, { status: 423 });
      await login(node, email, password, '198.51.100.1', { device_token }, { status: 200 });
    }
  } finally {
    await b.stop();
    await a.stop();
  }
});
