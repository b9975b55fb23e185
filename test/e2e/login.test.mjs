// Logging in: by which names, what a failure gives away (nothing), and hashes that other programs made.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { eventually, password, startWithAdmin, unique } from './lib.mjs';

const imported = {
  'bcrypt $2b$': '$2b$06$cdvtSCnHqtH2aGQ0nww9hOyjcbxuUEcGNzYoLESl4rcuOLo8agTPi',
  'bcrypt $2a$': '$2a$06$cdvtSCnHqtH2aGQ0nww9hOyjcbxuUEcGNzYoLESl4rcuOLo8agTPi',
  'bcrypt $2y$': '$2y$06$cdvtSCnHqtH2aGQ0nww9hOyjcbxuUEcGNzYoLESl4rcuOLo8agTPi',
  'sha512-crypt': '$6$rounds=5000$Ts5AwXJES.nhD1OY$HHGDWS6S.QKihpBimPcd3O5tm./AJC6qo9QV2Gc4SW7Fp/DL35oooCqeBfGKRPPipCcP3d4FxGbwXSdmRwK9M.',
  'Django PBKDF2': `pbkdf2_sha256$390000$saltSALT${'$'}${pbkdf2Sync('imported Pass phrase 9', 'saltSALT', 390000, 32, 'sha256').toString('base64')}`,
};
const importedPassword = 'imported Pass phrase 9';
const soonest = 395; // ms: 400, and what clocks differ by

let roster;
let ann;
before(async () => {
  roster = await startWithAdmin();
  ann = await roster.register({ username: unique('Ann_') });
});
after(() => roster.stop());

const login = (json, options) => roster.post('/api/v1/auth/login', json, options);

async function timed(run) {
  const start = performance.now();
  const answer = await run();
  return { ...answer, ms: performance.now() - start };
}

describe('who logs in', () => {
  test('may call the identifier by any of its six names', async () => {
    for (const name of ['identifier', 'email', 'username', 'login', 'email_or_username', 'emailOrUsername'])
      for (const value of [ann.email, ann.user.username]) {
        const { body } = await login({ [name]: value, password }, { status: 200 });
        assert.equal(body.data.user.id, ann.user.id, `${name}: ${value}`);
      }
  });

  test('may write address and name in upper case, with blanks around them', async () => {
    for (const value of [ann.email.toUpperCase(), ann.user.username.toUpperCase(), `  ${ann.email} `])
      assert.equal((await roster.login(value)).user.id, ann.user.id);
  });

  test('gets the own user, tokens and their times', async () => {
    const data = await roster.login(ann.email);
    assert.equal(data.user.user_id, ann.user.id);
    assert.equal(data.user.email, ann.email);
    assert.equal(data.expires_in, 900);
    assert.ok(Math.abs(Date.parse(data.expires_at) - Date.now() - 900_000) < 10_000);
    assert.ok(Math.abs(Date.parse(data.refresh_expires_at) - Date.now() - 7 * 86_400_000) < 10_000);
    assert.ok(Math.abs(Date.parse(data.user.last_login_at) - Date.now()) < 10_000);
    assert.deepEqual(data.tokens, { access: data.access_token, refresh: data.refresh_token });
  });

  test('must give both a name and a password', async () => {
    const { body } = await login({}, { status: 422 });
    assert.deepEqual(Object.keys(body.details).sort(), ['identifier', 'password']);
  });

  test('may not send a field that is unknown', async () => {
    const { body } = await login({ identifier: ann.email, password, remember: true }, { status: 422 });
    assert.deepEqual(Object.keys(body.details), ['remember']);
  });
});

describe('a failed log-in', () => {
  test('is 401 no sooner than 400 ms, and the same for accounts that do not exist', async () => {
    const wrong = await timed(() => login({ identifier: ann.email, password: 'certainly not this' }));
    const unknown = await timed(() => login({ identifier: 'nobody@nowhere.example', password: 'certainly not this' }));
    const impossible = await timed(() => login({ identifier: '\u{1F4A9}', password: 'certainly not this' }));
    for (const answer of [wrong, unknown, impossible]) {
      assert.equal(answer.status, 401);
      assert.ok(answer.ms >= soonest, `after ${answer.ms} ms`);
      assert.equal(answer.headers.get('www-authenticate')?.split(' ')[0], 'Bearer');
      assert.deepEqual({ ...answer.body, correlation_id: '' }, { ...wrong.body, correlation_id: '' });
      assert.deepEqual([...answer.headers.keys()].sort(), [...wrong.headers.keys()].sort());
    }
    assert.equal(wrong.body.error, 'bad_credentials');
  });

  test('of an account without a password is the same', async () => {
    const username = unique('nopass');
    await roster.post('/api/v1/users', { username }, { token: roster.admin.access_token, status: 201 });
    const answer = await timed(() => login({ identifier: username, password: 'anything at all' }));
    assert.equal(answer.status, 401);
    assert.ok(answer.ms >= soonest);
  });

  test('is counted and audited although it answers an error', async () => {
    const { user } = await roster.register();
    for (let i = 0; i < 3; i++) await login({ identifier: user.email, password: 'still not right' }, { status: 401 });
    const [row] = await roster.sql(`SELECT count FROM login_failure WHERE user_id = '${user.id}'`);
    assert.equal(Number(row.count), 3);
    const { body } = await roster.get(`/api/v1/audit?subject_id=${user.id}`, { token: roster.admin.access_token });
    const failures = body.data.filter((r) => r.operation === 'session_login' && r.outcome === 'bad_credentials');
    assert.equal(failures.length, 3);
  });

  test('is forgotten by a success', async () => {
    const { user } = await roster.register();
    await login({ identifier: user.email, password: 'still not right' }, { status: 401 });
    await roster.login(user.email);
    assert.deepEqual(await roster.sql(`SELECT count FROM login_failure WHERE user_id = '${user.id}' AND count > 0`), []);
  });

  test('of unknown names is counted under none that could be read', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, i) => login({ identifier: `stranger${i}@example.com`, password: 'whatever it is' })));
    const rows = await roster.sql('SELECT * FROM login_failure');
    assert.ok(rows.filter(({ user_id: id }) => id.startsWith('?')).length >= 5);
    assert.ok(!JSON.stringify(rows).includes('stranger0'));
  });

  test('with a password of 1,025 bytes is 422, of 1,024 is 401', async () => {
    await login({ identifier: ann.email, password: 'x'.repeat(1025) }, { status: 422 });
    await login({ identifier: ann.email, password: 'x'.repeat(1024) }, { status: 401 });
  });

  test('of a banned account tells its owner alone', async () => {
    const { user } = await roster.register();
    await roster.post(`/api/v1/users/${user.id}/status`, { status: 'banned' }, { token: roster.admin.access_token, status: 200 });
    const right = await login({ identifier: user.email, password }, { status: 403 });
    assert.equal(right.body.error, 'account_not_active');
    await login({ identifier: user.email, password: 'a wrong one here' }, { status: 401 });
  });
});

describe('a hash of another program', () => {
  for (const [name, hash] of Object.entries(imported)) {
    test(`${name} lets its owner in and is replaced by Argon2id`, async () => {
      const { user } = await roster.register();
      await roster.sql(`UPDATE password SET hash = '${hash}' WHERE user_id = '${user.id}'`);
      await login({ identifier: user.email, password: 'not the imported one' }, { status: 401 });
      await roster.login(user.email, importedPassword);
      const [row] = await roster.sql(`SELECT hash FROM password WHERE user_id = '${user.id}'`);
      assert.match(row.hash, /^\$argon2id\$v=19\$m=8192,t=1,p=1\$/);
      await roster.login(user.email, importedPassword);
    });
  }

  test('that would cost too much is refused without being computed', async () => {
    const { user } = await roster.register();
    const dear = '$argon2id$v=19$m=4194304,t=20,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    await roster.sql(`UPDATE password SET hash = '${dear}' WHERE user_id = '${user.id}'`);
    const answer = await timed(() => login({ identifier: user.email, password: importedPassword }));
    assert.equal(answer.status, 401);
    assert.ok(answer.ms < 2000);
  });
});

test('a log-in is written to the outbox as an event without a secret', async () => {
  const data = await roster.login(ann.email, password, { device: 'Ann’s phone' });
  const [row] = await eventually(
    () => roster.sql(`SELECT data FROM outbox WHERE type = 'session.created' ORDER BY id DESC LIMIT 1`),
    (rows) => rows.length === 1,
  );
  assert.ok(row.data.includes('Ann’s phone'));
  for (const secret of [password, data.access_token, data.refresh_token]) assert.ok(!row.data.includes(secret));
});
