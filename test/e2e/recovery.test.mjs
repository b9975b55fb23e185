// A forgotten password: asking for a letter tells nothing of an account; answering it gives the account to who reads its mail.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';
import { letter, letters, manyLetters } from './letters.mjs';

const next = 'violet anchor 77 sunken';
let roster;
before(async () => (roster = await startWithAdmin({ env: manyLetters })));
after(() => roster.stop());

const address = () => `${unique()}@example.org`;
const ask = (email, status = 200, server = roster) => server.post('/api/v1/auth/password-reset', { email }, { status });
const confirm = (json, status, server = roster) => server.post('/api/v1/auth/password-reset/confirm', { password: next, ...json }, { status });
const login = (identifier, secret, status) => roster.post('/api/v1/auth/login', { identifier, password: secret }, { status });
const tally = (all) => all.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});
const times = (n, run) => Promise.all(Array.from({ length: n }, (_, i) => run(i)));
const other = (code) => (code === '000000' ? '111111' : '000000');

// A person and the letter that was asked for: { person..., flow_id, token, code }.
async function forgetful() {
  const person = await roster.register();
  const { body } = await ask(person.email);
  const { token, code, link } = await letter(roster, person.email, 'reset_password');
  return { ...person, flow_id: body.data.flow_id, token, code, link };
}

describe('a letter', () => {
  test('gives a new password, ends every session, and the person is told', async () => {
    const ann = await forgetful();
    const phone = await roster.login(ann.email);
    assert.equal(ann.link, `${roster.url}/reset-password#token=${ann.token}`);
    const { body, headers } = await confirm({ token: ann.token, password_confirm: next }, 200);
    assert.deepEqual([body.message, body.data], ['Password reset successfully', null]);
    assert.equal(headers.get('cache-control'), 'no-store');
    for (const { access_token, refresh_token } of [ann, phone]) {
      await roster.me(access_token, { status: 401 });
      await roster.post('/api/v1/auth/refresh', { refresh_token }, { status: 401 });
    }
    await login(ann.email, password, 401);
    await login(ann.email, next, 200);
    await letter(roster, ann.email, 'password_changed');
    const events = await roster.sql(`SELECT type, actor_kind, ip, correlation_id, data FROM outbox WHERE subject_id = '${ann.user.id}'`);
    const types = events.map((e) => e.type);
    assert.ok(types.includes('password.reset_requested') && types.includes('password.changed') && types.includes('user.email_verified'));
    const requested = events.find((e) => e.type === 'password.reset_requested');
    assert.equal(requested.ip, '127.0.0.1'); // of who asked, although a job wrote it
    assert.ok(requested.correlation_id);
    assert.ok(!JSON.stringify(events).includes(ann.token.slice(4)) && !JSON.stringify(events).includes(ann.code));
  });

  test('is good once, by its token or by its code', async () => {
    const ann = await forgetful();
    await confirm({ flow_id: ann.flow_id, code: ann.code }, 200);
    for (const json of [{ token: ann.token }, { flow_id: ann.flow_id, code: ann.code }])
      assert.equal((await confirm(json, 400)).body.error, 'link_invalid');
  });

  test('used by 32 at once sets one password', async () => {
    const ann = await forgetful();
    const all = await times(32, (i) => confirm({ token: ann.token, password: `${next} ${i}` }));
    assert.deepEqual(tally(all), { 200: 1, 400: 31 });
    await login(ann.email, `${next} ${all.findIndex((a) => a.status === 200)}`, 200);
  });

  test('advisory_codes_accepted_twice: a code typed by 32 at once sets one password', async () => {
    const ann = await forgetful();
    const all = await times(32, (i) => confirm({ flow_id: ann.flow_id, code: ann.code, password: `${next} ${i}` }));
    assert.deepEqual(tally(all), { 200: 1, 400: 31 });
    await login(ann.email, `${next} ${all.findIndex((a) => a.status === 200)}`, 200);
  });

  test('asked for twice is good twice, until one is used', async () => {
    const ann = await forgetful();
    await ask(ann.email);
    const second = await letter(roster, ann.email, 'reset_password');
    await confirm({ token: second.token }, 200);
    await confirm({ token: ann.token }, 400);
  });

  test('is worthless after the password was changed otherwise', async () => {
    const ann = await forgetful();
    await roster.post('/api/v1/auth/password-change', { current_password: password, new_password: next }, { token: ann.access_token, status: 200 });
    await confirm({ token: ann.token, password: `${next} 2` }, 400);
    await letter(roster, ann.email, 'password_changed');
  });

  test('advisory_link_scanners: whatever opens the link uses nothing up', async () => {
    const ann = await forgetful();
    for (const method of ['GET', 'HEAD'])
      for (const target of ['/reset-password', `/reset-password?token=${ann.token}`]) await roster.request(method, target, { status: 200, undocumented: true });
    await roster.request('GET', `/api/v1/auth/password-reset/confirm?token=${ann.token}`, { status: 405, undocumented: true });
    await roster.me(ann.access_token, { status: 200 });
    await confirm({ token: ann.token }, 200);
  });

  test('advisory_truncated_token: no part of it is enough', async () => {
    const ann = await forgetful();
    for (const token of [ann.token.slice(0, -1), ann.token.slice(0, 20), `${ann.token}x`, 'rf1_', ann.token.slice(4)]) await confirm({ token }, 400);
    await confirm({ token: ann.token }, 200);
  });

  test('of another purpose opens nothing here, nor this one there', async () => {
    const ann = await forgetful();
    const verification = await letter(roster, ann.email, 'verify_email');
    await confirm({ token: verification.token }, 400);
    await confirm({ flow_id: ann.flow_id, code: verification.code }, verification.code === ann.code ? 200 : 400);
    await roster.post('/api/v1/auth/verify-email', { token: ann.token }, { status: 400 });
    await roster.post('/api/v1/auth/verify-email', { flow_id: ann.flow_id, code: ann.code }, { status: 400 });
  });
});

describe('a new password', () => {
  test('keeps the rules, and a refused one uses nothing up', async () => {
    const ann = await forgetful();
    for (const weak of ['password', 'short', ann.email]) assert.ok((await confirm({ token: ann.token, password: weak }, 422)).body.details.password);
    const { body } = await confirm({ token: ann.token, password_confirm: `${next}!` }, 422);
    assert.ok(body.details.password_confirm);
    assert.ok((await confirm({ flow_id: ann.flow_id, code: ann.code, password: ann.email }, 422)).body.details.password);
    await confirm({ flow_id: ann.flow_id, code: ann.code }, 200);
  });

  test('needs a proof', async () => {
    for (const json of [{}, { code: '123456' }, { flow_id: '01a1fdb3-16f9-7347-a603-14fb8f085b6e' }]) await confirm(json, 422);
    await confirm({ flow_id: '01a1fdb3-16f9-7347-a603-14fb8f085b6e', code: '123456' }, 400);
  });

  test('forgets failed log-ins', async () => {
    const ann = await forgetful();
    await login(ann.email, 'not the right one', 401);
    await confirm({ token: ann.token }, 200);
    assert.deepEqual(await roster.sql(`SELECT count FROM login_failure WHERE user_id = '${ann.user.id}'`), []);
  });
});

describe('codes', () => {
  test('are dead after five wrong ones, and the link with them', async () => {
    const ann = await forgetful();
    for (let i = 0; i < 5; i++) await confirm({ flow_id: ann.flow_id, code: other(ann.code) }, 400);
    await confirm({ flow_id: ann.flow_id, code: ann.code }, 400);
    await confirm({ token: ann.token }, 400);
    await login(ann.email, password, 200);
  });

  test('of one account are tried fifteen times a day, whoever asked for the letters', async () => {
    const ann = await roster.register();
    for (let letterNumber = 0; letterNumber < 3; letterNumber++) {
      const { body } = await ask(ann.email);
      const { code } = await letter(roster, ann.email, 'reset_password');
      for (let i = 0; i < 5; i++) await confirm({ flow_id: body.data.flow_id, code: other(code) }, 400);
    }
    const { body } = await ask(ann.email);
    const { code, token } = await letter(roster, ann.email, 'reset_password');
    await confirm({ flow_id: body.data.flow_id, code }, 400);
    await confirm({ token }, 200); // a stranger's guesses do not lock the owner out
  });
});

describe('advisory_account_enumeration', () => {
  const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const shape = ({ status, body, headers }) => [status, body.message, body.error, Object.keys(body.data ?? {}), [...headers.keys()]];

  test('asking for a letter is answered the same, and leaves the same rows', async () => {
    const ann = await roster.register();
    const known = await ask(ann.email);
    const nobody = address();
    const unknown = await ask(nobody);
    assert.deepEqual(shape(unknown), shape(known));
    await letter(roster, ann.email, 'reset_password');
    const rows = await roster.sql(`SELECT email, created_at, sent_at, code_expires_at, expires_at, used_at, tries FROM flow WHERE id IN ('${known.body.data.flow_id}', '${unknown.body.data.flow_id}')`);
    const times = rows.map((r) => [r.expires_at - r.created_at, r.code_expires_at - r.created_at, r.sent_at !== null, Number(r.tries)]);
    assert.deepEqual(times[0], times[1]);
    assert.deepEqual(await letters(roster, nobody), []);
  });

  test('neither do wrong codes tell, nor how many there were', async () => {
    const ann = await forgetful();
    const unknown = await ask(address());
    for (let i = 0; i < 7; i++) {
      const a = await confirm({ flow_id: ann.flow_id, code: other(ann.code) }, 400);
      const b = await confirm({ flow_id: unknown.body.data.flow_id, code: other(ann.code) }, 400);
      assert.deepEqual(shape(b), shape(a));
    }
    const own = await confirm({ flow_id: ann.flow_id, code: other(ann.code), password: ann.email }, 400);
    assert.equal(own.body.error, 'link_invalid');
  });

  test('both take the same time', async () => {
    const people = await times(20, () => roster.register());
    const clock = async (email) => {
      const began = performance.now();
      await ask(email);
      return performance.now() - began;
    };
    const known = [];
    const unknown = [];
    for (const { email } of people) {
      known.push(await clock(email));
      unknown.push(await clock(address()));
    }
    const [a, b] = [median(known), median(unknown)];
    assert.ok(a < 3 * b + 5 && b < 3 * a + 5, `known ${a} ms, unknown ${b} ms`);
  });

  test('limits count addresses, whether or not they have an account', async () => {
    const strict = await startWithAdmin();
    try {
      for (const email of ['admin@example.org', address()]) {
        await ask(email, 200, strict);
        const { body, headers } = await ask(email, 429, strict);
        assert.equal(body.error, 'rate_limited');
        assert.ok(Number(headers.get('retry-after')) > 50);
      }
    } finally {
      await strict.stop();
    }
  });

  test('an address that is none is told as such', async () => {
    for (const email of ['nobody', 'a@b', '']) await ask(email, 422);
  });
});

test('advisory_pre_hijack: the first reset throws out who registered with the address before', async () => {
  const eve = await roster.register({ push_token: 'phone-of-eve' });
  const trap = address();
  await roster.post('/api/v1/users/me/email', { email: trap, current_password: password }, { token: eve.access_token, status: 202 });
  await ask(eve.email);
  await confirm({ token: (await letter(roster, eve.email, 'reset_password')).token }, 200);
  await roster.me(eve.access_token, { status: 401 });
  await roster.post('/api/v1/auth/refresh', { refresh_token: eve.refresh_token }, { status: 401 });
  await login(eve.email, password, 401);
  await roster.post('/api/v1/auth/verify-email', { token: (await letter(roster, trap, 'change_email')).token }, { status: 400 });
  const { user } = await roster.login(eve.email, next);
  assert.deepEqual([user.email_verified, user.push_token, user.email], [true, null, eve.email]);
});

test('a banned account gets no letter, and one sent before opens nothing', async () => {
  const ann = await forgetful();
  await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'banned' }, { token: roster.admin.access_token, status: 200 });
  await confirm({ token: ann.token }, 400);
  await ask(ann.email);
  const bob = await forgetful(); // by now the job has been by
  assert.ok(bob.token);
  assert.equal((await letters(roster, ann.email)).filter((l) => l.template === 'reset_password').length, 1);
});

test('a stolen session is told to the person', async () => {
  const ann = await roster.register();
  const first = (await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 200 })).body.data;
  await roster.post('/api/v1/auth/refresh', { refresh_token: first.refresh_token }, { status: 200 });
  await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 401 });
  const { text } = await letter(roster, ann.email, 'session_stolen');
  assert.ok(text.includes('127.0.0.1'));
  assert.ok(!text.includes(ann.refresh_token));
});

describe('older clients', () => {
  test('001 asks and resets in camelCase', async () => {
    const ann = await roster.register();
    const asked = await roster.post('/api/auth/forgot-password', { email: ann.email }, { status: 200 });
    assert.equal(asked.body.message, 'Password reset email sent');
    assert.equal((await roster.post('/api/auth/forgot-password', { email: address() }, { status: 200 })).body.message, asked.body.message);
    const { token } = await letter(roster, ann.email, 'reset_password');
    const { body } = await roster.post('/api/auth/reset-password', { token, password: next }, { status: 200 });
    assert.deepEqual(body, { message: 'Password reset successfully' });
    await login(ann.email, next, 200);
    const again = await roster.post('/api/auth/reset-password', { token, password: next }, { status: 400 });
    assert.equal(again.body.error, 'Invalid or expired reset token');
    await roster.me(ann.access_token, { status: 401 });
  });

  test('003 has a slash at the end and a second password', async () => {
    const ann = await roster.register();
    const { body } = await roster.post('/api/v1/auth/password-reset/', { email: ann.email }, { status: 200 });
    assert.deepEqual([body.success, body.message], [true, 'If the email exists, a reset link has been sent']);
    const { token } = await letter(roster, ann.email, 'reset_password');
    await roster.post('/api/v1/auth/password-reset/confirm/', { token, password: next, password_confirm: password }, { status: 422 });
    const done = await roster.post('/api/v1/auth/password-reset/confirm/', { token, password: next, password_confirm: next }, { status: 200 });
    assert.equal(done.body.message, 'Password reset successfully');
  });

  test('004 says new_password', async () => {
    for (const base of ['/auth', '/api/v1/auth']) {
      const ann = await roster.register();
      await roster.post(`${base}/password-reset/request`, { email: ann.email }, { status: 200 });
      const { token } = await letter(roster, ann.email, 'reset_password');
      await roster.post(`${base}/password-reset/confirm`, { token, new_password: next }, { status: 200 });
      const again = await roster.post(`${base}/password-reset/confirm`, { token, new_password: next }, { status: 400 });
      assert.ok(again.body.detail ?? again.body.error);
    }
  });
});
