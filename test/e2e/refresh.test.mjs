// Refreshing: one row a session, a new token each time, the last one forgiven while its answer may have been lost, and
// anything older taken for theft.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, sleep, start, startWithAdmin } from './lib.mjs';

const grace = 600; // ms; 10 s by default
let roster;
before(async () => (roster = await startWithAdmin({ env: { ROSTER_SESSION_GRACE: '600ms' } })));
after(() => roster.stop());

const refresh = (refresh_token, status, server = roster) => server.post('/api/v1/auth/refresh', { refresh_token }, { status });
const sessions = async (token) => (await roster.get('/api/v1/auth/sessions', { token, status: 200 })).body.data;

describe('a refresh', () => {
  test('gives new tokens that work, with the user', async () => {
    const ann = await roster.register();
    const { body } = await refresh(ann.refresh_token, 200);
    assert.notEqual(body.data.refresh_token, ann.refresh_token);
    assert.notEqual(body.data.access_token, ann.access_token);
    assert.equal(body.data.user.id, ann.user.id);
    await roster.me(body.data.access_token, { status: 200 });
    await refresh(body.data.refresh_token, 200);
  });

  test('takes the token by its three names', async () => {
    const ann = await roster.register();
    for (const name of ['refresh_token', 'refresh', 'refreshToken'])
      await roster.post('/api/v1/auth/refresh', { [name]: ann.refresh_token }, { status: 200 });
  });

  test('leaves the access tokens of the session good', async () => {
    const ann = await roster.register();
    await refresh(ann.refresh_token, 200);
    await roster.me(ann.access_token, { status: 200 });
  });

  test('of the previous token at once gives the current one, uncounted', async () => {
    const ann = await roster.register();
    const { body: first } = await refresh(ann.refresh_token, 200);
    const { body: again } = await refresh(ann.refresh_token, 200);
    assert.equal(again.data.refresh_token, first.data.refresh_token);
    const { body: next } = await refresh(first.data.refresh_token, 200);
    assert.notEqual(next.data.refresh_token, first.data.refresh_token);
  });

  test('of the previous token is good for long while nothing of the current one was used', async () => {
    const ann = await roster.register();
    const { body: lost } = await refresh(ann.refresh_token, 200);
    await sleep(grace + 200);
    const { body: again } = await refresh(ann.refresh_token, 200);
    assert.equal(again.data.refresh_token, lost.data.refresh_token);
  });

  test('by eight tabs at once succeeds in all of them, and there is one session', async () => {
    const ann = await roster.register();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(ann.refresh_token)));
    assert.deepEqual(answers.map((a) => a.status), Array(8).fill(200));
    assert.equal(new Set(answers.map((a) => a.body.data.refresh_token)).size, 1);
    for (const { body } of answers) await roster.me(body.data.access_token, { status: 200 });
    assert.equal((await sessions(answers[0].body.data.access_token)).length, 1);
  });

  test('is 401 with the wrong MAC, at every character, and changes nothing', async () => {
    const ann = await roster.register();
    const token = ann.refresh_token;
    for (let i = token.indexOf('_') + 1; i < token.length; i += 5) {
      const other = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
      const { body } = await refresh(other, 401);
      assert.equal(body.error, 'token_invalid');
    }
    await roster.me(ann.access_token, { status: 200 });
    await refresh(token, 200);
  });

  test('is 401 with every prefix of a good token, with an access token and with nothing like one', async () => {
    const ann = await roster.register();
    for (let n = 1; n < ann.refresh_token.length; n += 4) await refresh(ann.refresh_token.slice(0, n), 401);
    for (const wrong of ['x', 'rr1_', 'rr2_', `${ann.refresh_token}A`]) await refresh(wrong, 401);
    await refresh(ann.access_token.slice(0, 256), 401);
    await refresh(ann.refresh_token, 200);
  });

  test('of an expired session is 401', async () => {
    const ann = await roster.register();
    await roster.sql(`UPDATE session SET expires_at = ${Date.now() - 1000} WHERE user_id = '${ann.user.id}'`);
    assert.equal((await refresh(ann.refresh_token, 401)).body.error, 'token_expired');
  });

  test('never moves the end of the session beyond its 30 days', async () => {
    const ann = await roster.register();
    const end = Date.now() + 3_600_000;
    await roster.sql(`UPDATE session SET ends_at = ${end} WHERE user_id = '${ann.user.id}'`);
    const { body } = await refresh(ann.refresh_token, 200);
    assert.equal(Date.parse(body.data.refresh_expires_at), end);
  });

  test('after log-out is 401', async () => {
    const ann = await roster.register();
    await roster.post('/api/v1/auth/logout', undefined, { token: ann.access_token, status: 200 });
    assert.equal((await refresh(ann.refresh_token, 401)).body.error, 'session_ended');
  });

  test('of a banned account is refused', async () => {
    const ann = await roster.register();
    await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'banned' }, { token: roster.admin.access_token, status: 200 });
    await refresh(ann.refresh_token, [401, 403]);
  });
});

describe('a stolen token', () => {
  async function stays_ended(tokens, access) {
    for (const token of tokens) assert.equal((await refresh(token, 401)).body.error, 'session_ended');
    for (const token of access) await roster.me(token, { status: 401 });
  }

  test('used after its successor was used ends the session, and the current token too', async () => {
    const ann = await roster.register();
    const { body } = await refresh(ann.refresh_token, 200);
    await roster.me(body.data.access_token, { status: 200 });
    await sleep(grace + 200);
    await stays_ended([ann.refresh_token, body.data.refresh_token, ann.refresh_token], [ann.access_token, body.data.access_token]);
  });

  test('two rotations old ends the session at once', async () => {
    const ann = await roster.register();
    const { body: second } = await refresh(ann.refresh_token, 200);
    const { body: third } = await refresh(second.data.refresh_token, 200);
    await stays_ended([ann.refresh_token, third.data.refresh_token, second.data.refresh_token], [third.data.access_token]);
  });

  test('ends its session alone, and is told in an event', async () => {
    const ann = await roster.register();
    const other = await roster.login(ann.email);
    const { body: second } = await refresh(ann.refresh_token, 200);
    await refresh(second.data.refresh_token, 200);
    await refresh(ann.refresh_token, 401);
    await roster.me(other.access_token, { status: 200 });
    const rows = await roster.sql(`SELECT data FROM outbox WHERE type = 'session.reuse_detected'`);
    assert.ok(rows.some((row) => row.data.includes(ann.user.id)));
  });
});

test('tokens live on when the server is started again', async () => {
  const first = await start();
  const ann = await first.register();
  await first.stop({ keep: true });
  const second = await start({ dir: first.dir, database: first.database });
  try {
    await second.me(ann.access_token, { status: 200 });
    await refresh(ann.refresh_token, 200, second);
  } finally {
    await second.stop();
  }
});

test('with refresh.rotate=false a client may use its first token again and again', async () => {
  const old = await start({ env: { ROSTER_REFRESH_ROTATE: 'false' } });
  try {
    const ann = await old.register({ password });
    for (let i = 0; i < 4; i++) {
      const { body } = await refresh(ann.refresh_token, 200, old);
      assert.equal(body.data.refresh_token, ann.refresh_token);
      await old.me(body.data.access_token, { status: 200 });
    }
  } finally {
    await old.stop();
  }
});
