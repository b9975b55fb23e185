// Proving an e-mail address: by the link or the code of a letter, before or after there is an account; and getting another.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, password, startWithAdmin, unique } from './lib.mjs';
import { letter, letters, manyLetters } from './letters.mjs';
import { exchange, request } from './raw.mjs';

const publicUrl = 'https://id.example.org';
let roster;
before(async () => (roster = await startWithAdmin({ env: { ...manyLetters, ROSTER_PUBLIC_URL: publicUrl } })));
after(() => roster.stop());

const confirm = (json, status, server = roster) => server.post('/api/v1/auth/verify-email', json, { status });
const address = () => `${unique()}@example.org`;
const tally = (all) => all.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});
const times = (n, run) => Promise.all(Array.from({ length: n }, (_, i) => run(i)));
const other = (code) => (code === '000000' ? '111111' : '000000');

async function using(env, run) {
  const server = await startWithAdmin({ env: { ...manyLetters, ...env } });
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

describe('who registers', () => {
  test('gets a letter whose token proves the address, once', async () => {
    const ann = await roster.register();
    const { token, link } = await letter(roster, ann.email, 'verify_email');
    assert.equal(link, `${publicUrl}/verify-email#token=${token}`);
    const { body, headers } = await confirm({ token }, 200);
    assert.deepEqual(body.data, { id: ann.user.id, username: ann.user.username, email: ann.email, email_verified: true, has_password: true, status: 'active' });
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal((await roster.me(ann.access_token, { status: 200 })).body.data.email_verified, true);
    const again = await confirm({ token }, 400);
    assert.equal(again.body.error, 'link_invalid');
    const events = await roster.sql(`SELECT type FROM outbox WHERE subject_id = '${ann.user.id}' AND type = 'user.email_verified'`);
    assert.equal(events.length, 1);
  });

  test('may type the code instead, with the flow of the answer or with the address', async () => {
    const ann = await roster.register();
    const bob = await roster.register();
    const { code } = await letter(roster, ann.email, 'verify_email');
    await confirm({ flow_id: ann.flow_id, code: other(code) }, 400);
    await confirm({ flow_id: bob.flow_id, code }, 400); // bound to its own flow
    await confirm({ flow_id: ann.flow_id, code: `${code.slice(0, 3)} ${code.slice(3)}` }, 200);
    await confirm({ email: bob.email.toUpperCase(), code: (await letter(roster, bob.email, 'verify_email')).code }, 200);
    for (const { access_token } of [ann, bob]) assert.equal((await roster.me(access_token)).body.data.email_verified, true);
  });

  test('may ask for another letter; both are good', async () => {
    const ann = await roster.register();
    const first = await letter(roster, ann.email, 'verify_email');
    const { body } = await roster.post('/api/v1/auth/verify-email/resend', undefined, { token: ann.access_token, status: 200 });
    const second = await letter(roster, ann.email, 'verify_email');
    await confirm({ flow_id: body.data.flow_id, code: second.code }, 200);
    await confirm({ token: first.token }, 200);
    await roster.post('/api/v1/auth/verify-email/resend', undefined, { token: ann.access_token, status: 409 });
  });

  test('gets no letter where that is switched off', () =>
    using({ ROSTER_REGISTRATION_LETTER: 'off' }, async (server) => {
      const ann = await server.register();
      assert.equal(ann.flow_id, undefined);
      assert.deepEqual(await letters(server, ann.email), []);
      await server.post('/api/v1/auth/verify-email/resend', { email: ann.email }, { status: 200 });
      await confirm({ token: (await letter(server, ann.email, 'verify_email')).token }, 200, server);
    }));

  test('is told what is missing', async () => {
    for (const json of [{}, { code: '123456' }, { email: 'a@example.org', code: '12345' }, { flow_id: 'x', code: '123456' }]) await confirm(json, 422);
    await roster.post('/api/v1/auth/verify-email/resend', {}, { status: 422 });
    await roster.post('/api/v1/auth/verify-email/resend', { email: 'nobody' }, { status: 422 });
  });
});

describe('a token', () => {
  test('used by 32 at once is taken once', async () => {
    const ann = await roster.register();
    const { token } = await letter(roster, ann.email, 'verify_email');
    assert.deepEqual(tally(await times(32, () => confirm({ token }))), { 200: 1, 400: 31 });
  });

  test('advisory_truncated_token: no part of it is enough, nor more than it', async () => {
    const ann = await roster.register();
    const { token } = await letter(roster, ann.email, 'verify_email');
    for (const n of [1, 4, 8, 20, 32, token.length - 1]) await confirm({ token: token.slice(0, n) }, 400);
    await confirm({ token: `${token}A` }, 400);
    await confirm({ token: token.toUpperCase() }, 400);
    await confirm({ token }, 200);
  });

  test('advisory_link_scanners: whatever opens the link uses nothing up', async () => {
    const ann = await roster.register();
    const { token } = await letter(roster, ann.email, 'verify_email');
    const scanners = [{}, { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' }, { 'user-agent': 'Mozilla/5.0 (compatible; BarracudaCentral)' }];
    for (const headers of scanners)
      for (const method of ['GET', 'HEAD'])
        for (const target of ['/verify-email', `/verify-email?token=${token}`]) await roster.request(method, target, { headers, status: 200, undocumented: true });
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      await roster.request(method, `/api/v1/auth/verify-email?token=${token}`, { status: [204, 405], undocumented: true });
    await roster.request('GET', `/api/auth/verify-email/${token}`, { status: 405, undocumented: true });
    assert.equal((await roster.me(ann.access_token)).body.data.email_verified, false);
    await confirm({ token }, 200);
  });

  test('stands neither in the database nor in events, the audit or the log', async () => {
    const ann = await roster.register();
    const { token, code } = await letter(roster, ann.email, 'verify_email');
    await confirm({ token }, 200);
    const rows = JSON.stringify([...(await roster.sql('SELECT * FROM flow')), ...(await roster.sql('SELECT * FROM outbox')), ...(await roster.sql('SELECT * FROM audit'))]);
    assert.ok(!rows.includes(token) && !rows.includes(token.slice(4)) && !rows.includes(`"${code}"`));
    assert.ok(!roster.log.join('\n').includes(token));
  });
});

describe('a code', () => {
  test('advisory_codes_accepted_twice: typed by 32 at once it is taken once', async () => {
    const ann = await roster.register();
    const { code } = await letter(roster, ann.email, 'verify_email');
    assert.deepEqual(tally(await times(32, () => confirm({ flow_id: ann.flow_id, code }))), { 200: 1, 400: 31 });
  });

  test('is dead after five wrong ones, and the link with it', async () => {
    const ann = await roster.register();
    const { code, token } = await letter(roster, ann.email, 'verify_email');
    for (let i = 0; i < 5; i++) await confirm({ flow_id: ann.flow_id, code: other(code) }, 400);
    await confirm({ flow_id: ann.flow_id, code }, 400);
    await confirm({ token }, 400);
  });

  test('of 32 wrong ones at once five are counted, and no more are looked at', async () => {
    const ann = await roster.register();
    const { code } = await letter(roster, ann.email, 'verify_email');
    assert.deepEqual(tally(await times(32, () => confirm({ flow_id: ann.flow_id, code: other(code) }))), { 400: 32 });
    const [{ tries }] = await roster.sql(`SELECT tries FROM flow WHERE id = '${ann.flow_id}'`);
    assert.equal(Number(tries), 5);
  });
});

test('advisory_host_header: links are made of public_url, whatever a request says of its host', async () => {
  const bob = await roster.register({ email: address() });
  const body = JSON.stringify({ email: bob.email });
  for (const host of ['evil.example', 'id.example.org@evil.example']) {
    const lies = ['X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: ftp', 'X-Forwarded-Server: evil.example', 'Forwarded: host=evil.example', 'X-Original-URL: https://evil.example/', 'Origin: https://evil.example', 'Referer: https://evil.example/'];
    const request = ['POST /api/v1/auth/password-reset HTTP/1.1', `Host: ${host}`, ...lies, 'Content-Type: application/json', `Content-Length: ${body.length}`, '', body];
    const { answers } = await exchange(roster, [request.join('\r\n')]);
    assert.ok([200, 400].includes(answers[0].status), `${answers[0].status}`);
  }
  const { text, html, link } = await letter(roster, bob.email, 'reset_password');
  assert.ok(link.startsWith(`${publicUrl}/reset-password#token=`));
  assert.ok(!text.includes('evil') && !html.includes('evil'));
});

// Also behind a proxy that is trusted: what it says of the host is for the log, never for a link.
test('advisory_host_header: no letter of any kind has a word of what requests say of their host', () =>
  using({ ROSTER_PUBLIC_URL: publicUrl, ROSTER_TRUSTED_PROXIES: '127.0.0.1' }, async (server) => {
    const lies = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '6666', 'X-Forwarded-Prefix': '/evil', 'X-Forwarded-Server': 'evil.example',
      'X-Host': 'evil.example', 'X-Original-Host': 'evil.example', 'X-Rewrite-URL': '//evil.example/', 'X-Original-URL': '//evil.example/', Forwarded: 'host=evil.example;proto=https', Origin: 'https://evil.example', Referer: 'https://evil.example/' };
    const send = async (method, target, json, token) => {
      const { answers } = await exchange(server, [request(method, target, { token, headers: lies, body: json && JSON.stringify(json) })]);
      assert.ok(answers[0].status < 300, `${target}: ${answers[0].status} ${answers[0].body}`);
      assert.ok(!answers[0].body.includes('evil') && ![...answers[0].headers.values()].join().includes('evil'), `${target}: ${answers[0].body}`);
      return answers[0].body && JSON.parse(answers[0].body);
    };
    const admin = server.admin.access_token;
    const mail = [];
    const registered = async (path) => {
      const email = address();
      await send('POST', path, { email, password });
      mail.push([email, 'verify_email']);
      return email;
    };
    for (const path of ['/api/v1/users', '/api/v1/auth/register', '/api/auth/register', '/auth/register', '/auth/signup']) await registered(path);
    for (const path of ['/api/v1/auth/password-reset', '/api/v1/auth/password-reset/request', '/api/auth/forgot-password', '/auth/password-reset/request']) {
      const email = await registered('/api/v1/users');
      await send('POST', path, { email });
      mail.push([email, 'reset_password']);
    }
    const again = await registered('/api/v1/users');
    await send('POST', '/api/v1/auth/verify-email/resend', { email: again });
    mail.push([again, 'verify_email']);
    const ann = await server.register();
    const next = address();
    await send('POST', '/api/v1/users/me/email', { email: next, current_password: password }, ann.access_token);
    mail.push([next, 'change_email']);
    const { token } = await letter(server, next, 'change_email');
    await send('POST', '/api/v1/auth/verify-email', { token });
    mail.push([ann.email, 'email_changed']);
    await send('POST', '/api/v1/auth/password-change', { current_password: password, new_password: 'violet anchor 77 sunken' }, ann.access_token);
    mail.push([next, 'password_changed']);
    const guest = address();
    await send('POST', '/api/v1/invitations', { email: guest }, admin);
    mail.push([guest, 'invitation']);
    const bob = await server.register();
    const first = (await server.post('/api/v1/auth/refresh', { refresh_token: bob.refresh_token }, { status: 200 })).body.data;
    await server.post('/api/v1/auth/refresh', { refresh_token: first.refresh_token }, { status: 200 });
    await exchange(server, [request('POST', '/api/v1/auth/refresh', { headers: lies, body: JSON.stringify({ refresh_token: bob.refresh_token }) })]);
    mail.push([bob.email, 'session_stolen']);

    for (const [to, template] of mail) await eventually(() => letters(server, to), (all) => all.some((l) => l.template === template), 10_000);
    const kept = JSON.parse((await server.cli(['mail', 'list', '--limit', '100', '--format', 'json'])).stdout);
    assert.ok(kept.length >= mail.length, `${kept.length} letters`);
    for (const { id, template } of kept) {
      const { text, html, subject } = JSON.parse((await server.cli(['mail', 'show', id, '--format', 'json'])).stdout);
      assert.doesNotMatch(`${text}${html}${subject}`, /evil|6666/, template);
      for (const [url] of `${text} ${html}`.matchAll(/https?:\/\/[^\s"<]+/g)) assert.ok(url.startsWith(`${publicUrl}/`), `${template}: ${url}`);
    }
  }));

test('advisory_host_header: nor the letter to who is registered already', () =>
  using({ ROSTER_PUBLIC_URL: publicUrl, ROSTER_TRUSTED_PROXIES: '127.0.0.1', ROSTER_REGISTRATION_VERIFY_FIRST: 'on' }, async (server) => {
    for (const email of ['admin@example.org', address()]) {
      const lies = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
      const { answers } = await exchange(server, [request('POST', '/api/v1/users', { headers: lies, body: JSON.stringify({ email, password }) })]);
      assert.equal(answers[0].status, 202);
      const { text, html } = await letter(server, email, email.startsWith('admin') ? 'already_registered' : 'verify_email');
      assert.doesNotMatch(text + html, /evil/);
    }
  }));

test('without public_url links lead to the address that is listened on', () =>
  using({}, async (server) => {
    const ann = await server.register();
    const { link, token } = await letter(server, ann.email, 'verify_email');
    assert.equal(link, `${server.url}/verify-email#token=${token}`);
  }));

test('advisory_mass_assignment: nobody makes himself verified by guessing fields', async () => {
  const ann = await roster.register();
  const tries = [
    ['POST', '/api/v1/users', { email: address(), password, email_verified: true }, {}],
    ['PATCH', '/api/v1/users/me', { email_verified: true }, { token: ann.access_token }],
    ['PATCH', '/api/v1/users/me', { email: address() }, { token: ann.access_token }],
    ['PUT', '/api/v1/users/me', { isEmailVerified: true }, { token: ann.access_token }],
    ['POST', '/api/v1/users/me/email', { email: address(), current_password: password, verified: true }, { token: ann.access_token }],
    ['PATCH', `/api/v1/users/${ann.user.id}`, { email_verified: true }, { token: roster.admin.access_token }],
  ];
  for (const [method, target, json, options] of tries) {
    const { body } = await roster.request(method, target, { json, status: 422, ...options });
    assert.match(JSON.stringify(body.details), /not a field/);
  }
  assert.equal((await roster.me(ann.access_token)).body.data.email_verified, false);
});

describe('where the address must be proved before logging in', () => {
  const env = { ROSTER_REGISTRATION_VERIFY_BEFORE_LOGIN: 'on' };

  test('an account is pending until then, and gives no tokens', () =>
    using(env, async (server) => {
      const email = address();
      const { body } = await server.post('/api/v1/users', { email, password }, { status: 201 });
      assert.equal(body.data.user.status, 'pending');
      assert.equal(body.data.access_token, undefined);
      const login = (status) => server.post('/api/v1/auth/login', { identifier: email, password }, { status });
      assert.equal((await login(403)).body.error, 'email_not_verified');
      await server.post('/api/v1/auth/login', { identifier: email, password: 'not the right one' }, { status: 401 });
      const oauth = await server.form('/oauth/token', { grant_type: 'password', username: email, password }, { status: 400 });
      assert.equal(oauth.body.error, 'invalid_grant');
      await server.post('/api/auth/login', { emailOrUsername: email, password }, { status: 400, undocumented: true });
      await confirm({ flow_id: body.data.flow_id, code: (await letter(server, email, 'verify_email')).code }, 200, server);
      assert.equal((await login(200)).body.data.user.status, 'active');
    }));

  test('a reset proves the address as well', () =>
    using(env, async (server) => {
      const email = address();
      await server.post('/api/v1/users', { email, password }, { status: 201 });
      await server.post('/api/v1/auth/password-reset', { email }, { status: 200 });
      const { token } = await letter(server, email, 'reset_password');
      await server.post('/api/v1/auth/password-reset/confirm', { token, password: 'violet anchor 77 sunken' }, { status: 200 });
      assert.equal((await server.login(email, 'violet anchor 77 sunken')).user.email_verified, true);
    }));
});

describe('where the address must be proved first of all', () => {
  const env = { ROSTER_REGISTRATION_VERIFY_FIRST: 'on' };
  const register = (server, json) => server.post('/api/v1/users', { password, ...json }, { status: 202 });

  test('advisory_account_enumeration: a taken address is answered like a free one, and its owner is told', () =>
    using(env, async (server) => {
      const answers = [];
      for (const email of ['admin@example.org', address(), 'ADMIN@example.org', address()]) answers.push(await register(server, { email }));
      const shape = ({ status, body, headers }) => [status, body.message, Object.keys(body.data), [...headers.keys()]];
      for (const answer of answers) assert.deepEqual(shape(answer), shape(answers[0]));
      await letter(server, 'admin@example.org', 'already_registered');
      assert.ok((await letters(server, 'admin@example.org')).every((l) => l.template === 'already_registered'));
      const [{ n }] = await server.sql('SELECT COUNT(*) AS n FROM users');
      assert.equal(Number(n), 1);
      /* Nor does a name tell: it is held by nobody before the proof. */
      const username = unique('probe');
      for (const email of ['admin@example.org', address(), address()]) await register(server, { email, username });
    }));

  test('the account is made by the proof', () =>
    using(env, async (server) => {
      const email = address();
      const { body } = await register(server, { email, username: unique('first'), name: 'First Last' });
      assert.equal(body.data.user, null);
      await server.post('/api/v1/auth/login', { identifier: email, password }, { status: 401 });
      const { code } = await letter(server, email, 'verify_email');
      const made = await confirm({ flow_id: body.data.flow_id, code }, 200, server);
      assert.equal(made.body.data.status, 'active');
      const { user } = await server.login(email);
      assert.deepEqual([user.id, user.name, user.email_verified], [made.body.data.id, 'First Last', true]);
    }));

  test('of 16 proofs of one address at once one makes the account', () =>
    using(env, async (server) => {
      const email = address();
      const tokens = [];
      for (let i = 0; i < 4; i++) {
        await register(server, { email });
        tokens.push((await letter(server, email, 'verify_email')).token);
      }
      const all = await times(16, (i) => confirm({ token: tokens[i % 4] }, undefined, server));
      assert.equal(tally(all)[200], 1, JSON.stringify(tally(all)));
      assert.ok(all.every(({ status }) => [200, 400, 409].includes(status)), JSON.stringify(tally(all)));
    }));

  describe('advisory_pre_hijack: who registers with the address of somebody else gets nothing of his account', () => {
    const stolen = 'violet anchor 77 sunken';
    const trap = (email) => ({ email, password: stolen, name: 'Mallory', username: unique('trap'), push_token: unique('device-of-mallory') });

    async function refused(server, email) {
      for (const secret of [stolen, password]) await server.post('/api/v1/auth/login', { identifier: email, password: secret }, { status: 401 });
    }
    async function reset(server, email) {
      await server.post('/api/v1/auth/password-reset', { email }, { status: 200 });
      const { token } = await letter(server, email, 'reset_password');
      await server.post('/api/v1/auth/password-reset/confirm', { token, password: 'another 5501 thorny lamp' }, { status: 200 });
      return server.login(email, 'another 5501 thorny lamp');
    }

    for (const [name, which] of [['the first letter', 0], ['the second letter', 1]])
      test(`whichever link is opened, ${name}`, () =>
        using(env, async (server) => {
          const email = address();
          await register(server, trap(email));
          const first = await letter(server, email, 'verify_email');
          await register(server, { email, name: 'Ann' });
          const { token } = [first, await letter(server, email, 'verify_email')][which];
          const { body } = await confirm({ token }, 200, server);
          assert.equal(body.data.has_password, false);
          await refused(server, email);
          const { user } = await reset(server, email);
          assert.deepEqual([user.name, user.push_token], [null, null]);
        }));

    test('nor by the letter that is asked for once more, or by the address with a code', () =>
      using(env, async (server) => {
        const email = address();
        await register(server, { email });
        await letter(server, email, 'verify_email');
        await register(server, trap(email));
        await letter(server, email, 'verify_email');
        await server.post('/api/v1/auth/verify-email/resend', { email }, { status: 200 });
        const { code } = await letter(server, email, 'verify_email');
        assert.equal((await confirm({ email, code }, 200, server)).body.data.has_password, false);
        await refused(server, email);
        await reset(server, email);
      }));

    test('who types the code where he registered keeps what he gave', () =>
      using(env, async (server) => {
        const email = address();
        await register(server, trap(email));
        await letter(server, email, 'verify_email');
        const { body } = await register(server, { email, name: 'Ann' });
        const { code } = await letter(server, email, 'verify_email');
        assert.equal((await confirm({ flow_id: body.data.flow_id, code }, 200, server)).body.data.has_password, true);
        assert.equal((await server.login(email)).user.name, 'Ann');
        await server.post('/api/v1/auth/login', { identifier: email, password: stolen }, { status: 401 });
      }));
  });

  test('older clients are answered in their shapes', () =>
    using(env, async (server) => {
      const camel = await server.post('/api/auth/register', { email: address(), username: unique('mozi'), password }, { status: 202, undocumented: true });
      assert.equal(camel.body.user, null);
      await server.post('/auth/register', { email: address(), password }, { status: 202, undocumented: true });
    }));
});

describe('another address', () => {
  const change = (person, email, status = 202, current_password = password) =>
    roster.post('/api/v1/users/me/email', { email, current_password }, { token: person.access_token, status });

  test('takes the place of the old one when it is proved, and the old one is told', async () => {
    const ann = await roster.register();
    const next = address();
    await change(ann, next);
    const { token, link } = await letter(roster, next, 'change_email');
    assert.equal(link, `${publicUrl}/confirm-email#token=${token}`);
    assert.equal((await roster.me(ann.access_token)).body.data.email, ann.email);
    await roster.login(ann.email);
    await confirm({ token }, 200);
    const me = (await roster.me(ann.access_token, { status: 200 })).body.data;
    assert.deepEqual([me.email, me.email_verified], [next, true]);
    await roster.login(next);
    await roster.post('/api/v1/auth/login', { identifier: ann.email, password }, { status: 401 });
    assert.ok((await letter(roster, ann.email, 'email_changed')).text.includes(next));
    await roster.register({ email: ann.email }); // free again
  });

  test('needs the password, and one that nobody has', async () => {
    const ann = await roster.register();
    const bob = await roster.register();
    assert.equal((await change(ann, address(), 401, 'not the right one')).body.error, 'bad_credentials');
    assert.equal((await change(ann, bob.email, 409)).body.error, 'email_taken');
    await change(ann, ann.email.toUpperCase(), 422);
    await change(ann, 'ann＠example.org', 422);
    await roster.post('/api/v1/users/me/email', { email: address(), current_password: password }, { status: 401 });
  });

  test('wanted by eight at once goes to one', async () => {
    const people = await times(8, () => roster.register());
    const wanted = address();
    for (const person of people) await change(person, wanted);
    const tokens = [];
    for (let i = 0; i < people.length; i++) tokens.push((await letter(roster, wanted, 'change_email')).token);
    const all = await Promise.all(tokens.map((token) => confirm({ token })));
    assert.deepEqual(tally(all), { 200: 1, 409: 7 });
    await roster.login(wanted);
  });

  test('asked for before a new password opens nothing after it', async () => {
    const ann = await roster.register();
    const next = address();
    await change(ann, next);
    const { token } = await letter(roster, next, 'change_email');
    await roster.post('/api/v1/auth/password-change', { current_password: password, new_password: 'violet anchor 77 sunken' }, { token: ann.access_token, status: 200 });
    await confirm({ token }, 400);
  });
});

describe('an address by an administrator', () => {
  const put = (person, email, options) => roster.put(`/api/v1/users/${person.user.id}/email`, { email }, { token: roster.admin.access_token, status: 200, ...options });

  test('counts at once, is still to be proved, and both addresses are told', async () => {
    const ann = await roster.register();
    const next = address();
    const { body } = await put(ann, next.toUpperCase());
    assert.deepEqual([body.data.email, body.data.email_verified], [next, false]);
    await roster.login(next);
    await roster.post('/api/v1/auth/login', { identifier: ann.email, password }, { status: 401 });
    assert.ok((await letter(roster, ann.email, 'email_changed')).text.includes(next));
    const { token } = await letter(roster, next, 'verify_email');
    await roster.post('/api/v1/auth/verify-email', { token }, { status: 200 });
    assert.equal((await roster.me(ann.access_token)).body.data.email_verified, true);
  });

  test('null takes it away: the name alone logs in then, and the address is free', async () => {
    const ann = await roster.register();
    const { body } = await put(ann, null);
    assert.deepEqual([body.data.email, body.data.email_verified], [null, false]);
    await roster.login(ann.user.username);
    await roster.register({ email: ann.email });
    assert.equal((await put(ann, null)).body.data.email, null);
    await put(ann, ann.email, { status: 409 });
  });

  test('what was sent to the old address opens nothing any more', async () => {
    const ann = await roster.register();
    await roster.post('/api/v1/auth/password-reset', { email: ann.email }, { status: 200 });
    const { token } = await letter(roster, ann.email, 'reset_password');
    await put(ann, address());
    await roster.post('/api/v1/auth/password-reset/confirm', { token, password: 'another 5501 thorny lamp' }, { status: 400 });
  });

  test('is for administrators, and refused when taken, wrong or missing', async () => {
    const [ann, bob] = [await roster.register(), await roster.register()];
    await put(ann, address(), { token: ann.access_token, status: 403 });
    await put(ann, address(), { token: bob.access_token, status: 403 });
    await put(ann, bob.email, { status: 409 });
    await put(ann, 'no address', { status: 422 });
    await roster.put(`/api/v1/users/${ann.user.id}/email`, {}, { token: roster.admin.access_token, status: 422 });
    await put({ user: { id: '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1' } }, address(), { status: 404 });
    assert.equal((await roster.me(ann.access_token)).body.data.email, ann.email);
  });
});

describe('asking for letters', () => {
  test('is bounded: one a minute, and no more than an hour allows', async () => {
    const strict = await startWithAdmin({ env: { ROSTER_FLOW_HOURLY_FROM: '4' } });
    try {
      const resend = (email) => strict.post('/api/v1/auth/verify-email/resend', { email });
      const ann = await strict.register();
      const early = await resend(ann.email);
      assert.equal(early.status, 429);
      assert.ok(Number(early.headers.get('retry-after')) <= 60 && Number(early.headers.get('retry-after')) > 50);
      for (let i = 0; i < 4; i++) assert.equal((await resend(address())).status, 200);
      const more = await resend(address());
      assert.equal(more.status, 429);
      assert.ok(Number(more.headers.get('retry-after')) > 3000);
    } finally {
      await strict.stop();
    }
  });

  test('for an address without an account is answered the same, and sends nothing', async () => {
    const nobody = address();
    const ann = await roster.register();
    await letter(roster, ann.email, 'verify_email');
    const answers = [];
    for (const email of [nobody, ann.email, 'admin@example.org']) answers.push(await roster.post('/api/v1/auth/verify-email/resend', { email }, { status: 200 }));
    assert.deepEqual(new Set(answers.map(({ body }) => JSON.stringify([body.message, Object.keys(body.data)]))).size, 1);
    await letter(roster, ann.email, 'verify_email');
    assert.deepEqual(await letters(roster, nobody), []);
  });
});

describe('the pages that letters lead to', () => {
  const pages = ['/verify-email', '/confirm-email', '/reset-password', '/invitation'];
  const page = (target) => roster.get(target, { status: 200, undocumented: true });

  test('are plain, with scripts of this server alone, and never framed', async () => {
    for (const target of pages) {
      const { text, headers } = await page(target);
      assert.match(headers.get('content-type'), /^text\/html/);
      assert.match(headers.get('content-security-policy'), /script-src 'self';/);
      assert.match(headers.get('content-security-policy'), /frame-ancestors 'none'/);
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.match(text, /<button /);
      assert.doesNotMatch(text, /https?:\/\/|<script>|\son\w+=|style=/);
      for (const [, source] of text.matchAll(/(?:src|href)="([^"]+)"/g)) await page(source);
    }
  });

  test('speak English and German, each text of each page', async () => {
    const { text: script } = await page('/pages/letter.js');
    assert.doesNotMatch(script, /innerHTML|eval\(|https?:\/\//);
    for (const target of pages) {
      const { text } = await page(target);
      const name = /data-page="([^"]+)"/.exec(text)[1];
      assert.equal(`/${name}`, target);
      const german = new RegExp(`'?${name}'?: \\{([^}]+)\\}`).exec(script)[1];
      const common = /all: \{([^}]+)\}/.exec(script)[1];
      for (const [, key] of text.matchAll(/data-text="([^"]+)"/g)) assert.ok(`${german}${common}`.includes(`${key}: '`), `${name}: ${key}`);
    }
  });
});

describe('older clients', () => {
  test('001 gives the token in the path', async () => {
    const ann = await roster.register();
    const { token } = await letter(roster, ann.email, 'verify_email');
    const { body } = await roster.post(`/api/auth/verify-email/${token}`, undefined, { status: 200 });
    assert.deepEqual(body, {
      message: 'Email verified successfully',
      user: { id: ann.user.id, email: ann.email, username: ann.user.username, isEmailVerified: true },
    });
    const again = await roster.post(`/api/auth/verify-email/${token}`, undefined, { status: 400 });
    assert.equal(again.body.error, 'Invalid or expired verification token');
  });

  test('003 has a slash at the end, 004 another address', async () => {
    const ann = await roster.register();
    const bob = await roster.register();
    const django = await roster.post('/api/v1/auth/verify-email/', { token: (await letter(roster, ann.email, 'verify_email')).token }, { status: 200 });
    assert.deepEqual([django.body.success, django.body.message], [true, 'Email verified successfully']);
    await roster.post('/api/v1/auth/verify-email/', { token: 'nothing' }, { status: 400 });
    const { token } = await letter(roster, bob.email, 'verify_email');
    await roster.post('/auth/verify-email', { token }, { status: 200 });
    assert.ok((await roster.post('/auth/verify-email', { token }, { status: 400 })).body.detail);
  });
});

test('an erased account leaves nothing of its address behind', async () => {
  const ann = await roster.register();
  await letter(roster, ann.email, 'verify_email');
  await roster.post('/api/v1/auth/password-reset', { email: ann.email }, { status: 200 });
  await letter(roster, ann.email, 'reset_password');
  await roster.delete(`/api/v1/users/${ann.user.id}`, { token: roster.admin.access_token, status: [200, 204] });
  await eventually(
    () => roster.sql(`SELECT id FROM flow WHERE email = '${ann.email}' OR subject_id = '${ann.user.id}'`),
    (rows) => rows.length === 0,
  );
});
