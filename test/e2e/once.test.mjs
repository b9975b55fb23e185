// What may be done once, tried by twenty at the same moment, each over a connection of its own that was open before: one
// of them succeeds. So does one of two writers who read the same state.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';
import { letter, manyLetters } from './letters.mjs';
import { answers, open, request } from './raw.mjs';

const crowd = 20;
let roster;
before(async () => (roster = await startWithAdmin({ env: { ...manyLetters, ROSTER_WORKERS: '8', ROSTER_SESSION_GRACE: '10s' } })));
after(() => roster.stop());

// Opens a connection for each request, lets all go in one turn, and gives the answers in order.
async function atOnce(requests) {
  const sockets = requests.map(() => open(roster));
  await Promise.all(sockets.map((socket) => new Promise((ok, bad) => socket.once('connect', ok).once('close', bad))));
  const answered = sockets.map(
    (socket) =>
      new Promise((ok, bad) => {
        let bytes = Buffer.alloc(0);
        const timer = setTimeout(() => bad(new Error('no answer within 20 s')), 20_000);
        socket.on('data', (data) => {
          bytes = Buffer.concat([bytes, data]);
          const [first] = answers(bytes);
          if (!first) return;
          clearTimeout(timer);
          socket.destroy();
          ok({ status: first.status, body: JSON.parse(first.body) });
        });
      }),
  );
  sockets.forEach((socket, i) => socket.write(requests[i]));
  return Promise.all(answered);
}

const post = (target, json, token) => request('POST', target, { body: JSON.stringify(json), token });
const tally = (all) => all.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});
const twenty = (make) => atOnce(Array.from({ length: crowd }, (_, i) => make(i)));
const count = async (sql) => Number((await roster.sql(`SELECT COUNT(*) AS n FROM ${sql}`))[0].n);

test('advisory_token_used_twice: a verification token', { timeout: 60_000 }, async () => {
  const ann = await roster.register();
  const { token } = await letter(roster, ann.email, 'verify_email');
  const all = await twenty(() => post('/api/v1/auth/verify-email', { token }));
  assert.deepEqual(tally(all), { 200: 1, 400: crowd - 1 });
  assert.ok(all.every(({ status, body }) => status === 200 || body.error === 'link_invalid'));
  assert.equal(await count(`outbox WHERE subject_id = '${ann.user.id}' AND type = 'user.email_verified'`), 1);
});

test('advisory_token_used_twice: a reset token, each with a password of its own', { timeout: 60_000 }, async () => {
  const ann = await roster.register();
  await roster.post('/api/v1/auth/password-reset', { email: ann.email }, { status: [200, 202] });
  const { token } = await letter(roster, ann.email, 'reset_password');
  const own = (i) => `harbour kettle ${i} violin 77`;
  const all = await twenty((i) => post('/api/v1/auth/password-reset/confirm', { token, password: own(i) }));
  assert.deepEqual(tally(all), { 200: 1, 400: crowd - 1 });
  const winner = all.findIndex(({ status }) => status === 200);
  await roster.login(ann.email, own(winner));
  for (const other of [password, own((winner + 1) % crowd), own((winner + 7) % crowd)])
    await roster.post('/api/v1/auth/login', { identifier: ann.email, password: other }, { status: 401 });
});

test('advisory_token_used_twice: an invitation', { timeout: 60_000 }, async () => {
  const email = `${unique()}@example.org`;
  await roster.post('/api/v1/invitations', { email, role: 'user' }, { token: roster.admin.access_token, status: 201 });
  const { token } = await letter(roster, email, 'invitation');
  const all = await twenty((i) => post('/api/v1/invitations/accept', { token, password, username: unique(`guest${i}x`) }));
  const { 201: won, ...lost } = tally(all);
  assert.equal(won, 1, JSON.stringify(tally(all)));
  assert.deepEqual(Object.keys(lost).filter((status) => !['400', '409'].includes(status)), []);
  assert.equal(await count(`users WHERE email = '${email}'`), 1);
});

test('a refresh token: all within the grace get the one next token, and the session was rotated once', { timeout: 60_000 }, async () => {
  const ann = await roster.register();
  const all = await twenty(() => post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }));
  assert.deepEqual(tally(all), { 200: crowd });
  assert.equal(new Set(all.map(({ body }) => body.data.refresh_token)).size, 1);
  assert.notEqual(all[0].body.data.refresh_token, ann.refresh_token);
  const { sid } = JSON.parse(Buffer.from(ann.access_token.split('.')[1], 'base64url'));
  assert.equal(await count(`outbox WHERE subject_id = '${sid}' AND type = 'session.refreshed'`), 1);
  const [{ counter }] = await roster.sql(`SELECT counter FROM session WHERE id = '${sid}'`);
  assert.equal(Number(counter), 2);
});

test('a stale If-Match is 412 and changes nothing; of writers with one ETag one wins', { timeout: 60_000 }, async () => {
  const ann = await roster.register();
  const reading = { '/api/v1/users/me': 'bio', '/api/v1/users/me/preferences': 'date_format' };
  const value = (i, round) => `racer ${i} ${round}`;
  for (const [target, field] of Object.entries(reading)) {
    for (let round = 0; round < 3; round++) {
      const read = async () => roster.get(target, { token: ann.access_token, status: 200 });
      const etag = (await read()).headers.get('etag');
      const body = (i) => JSON.stringify({ [field]: value(i, round) });
      const patch = (i) => request('PATCH', target, { token: ann.access_token, headers: { 'If-Match': etag }, body: body(i) });
      const two = await atOnce([patch(0), patch(1)]);
      assert.deepEqual(tally(two), { 200: 1, 412: 1 }, target);
      const winner = two.findIndex(({ status }) => status === 200);
      const now = await read();
      assert.equal(now.body.data[field], value(winner, round));
      const late = await twenty(patch);
      assert.deepEqual(tally(late), { 412: crowd });
      assert.ok(late.every(({ body: said }) => said.error === 'precondition_failed'));
      assert.equal((await read()).headers.get('etag'), now.headers.get('etag'), 'nothing changed');
    }
  }
});
