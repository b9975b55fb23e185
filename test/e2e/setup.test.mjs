// The first administrator: by the link that the server prints, or by its settings.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { cheap, eventually, password, start, startWithAdmin } from './lib.mjs';

const quick = { ROSTER_PASSWORD_MEMORY: cheap.ROSTER_PASSWORD_MEMORY, ROSTER_PASSWORD_PASSES: '1' };

// The token of the link; it may be printed after the line that names the address.
async function link(roster) {
  const line = await eventually(() => roster.output.find((l) => l.includes('/setup#token=')), Boolean);
  return line.split('#token=')[1].trim();
}

async function using(options, run) {
  const roster = await start({ ...options, env: { ...quick, ...options?.env } });
  try {
    await run(roster);
  } finally {
    if (roster.child.exitCode === null) await roster.stop();
  }
}

describe('the one-time link', () => {
  test('leads to a page, and a GET of it uses nothing up', () =>
    using({}, async (roster) => {
      const token = await link(roster);
      for (let i = 0; i < 2; i++) {
        const page = await roster.get('/setup', { status: 200, undocumented: true });
        assert.match(page.headers.get('content-type'), /^text\/html/);
        assert.match(page.headers.get('content-security-policy'), /default-src/);
        assert.ok(!page.text.includes(token), 'the token stays behind the # in the browser');
      }
      await roster.post('/api/v1/setup', { token, email: 'first@example.org', password }, { status: 201 });
    }));

  test('makes one administrator, once', () =>
    using({}, async (roster) => {
      const token = await link(roster);
      const json = { token, email: 'first@example.org', password };
      await roster.post('/api/v1/setup', json, { status: 201 });
      const admin = await roster.login('first@example.org');
      assert.equal(admin.user.role, 'admin');
      const again = await roster.post('/api/v1/setup', { ...json, email: 'second@example.org' }, { status: 409 });
      assert.equal(again.body.error, 'already_set_up');
    }));

  test('used by five at once makes one administrator', () =>
    using({}, async (roster) => {
      const token = await link(roster);
      const answers = await Promise.all(
        Array.from({ length: 5 }, (_, i) => roster.post('/api/v1/setup', { token, email: `a${i}@example.org`, password })),
      );
      assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409, 409, 409, 409]);
    }));

  test('with another token is 401, with bad fields 422, and stays good', () =>
    using({}, async (roster) => {
      const token = await link(roster);
      await roster.post('/api/v1/setup', { token: `${token}x`, email: 'first@example.org', password }, { status: 401 });
      await roster.post('/api/v1/setup', { token: 'x'.repeat(43), email: 'first@example.org', password }, { status: 401 });
      const { body } = await roster.post('/api/v1/setup', { token, email: 'nobody', password: 'short' }, { status: 422 });
      assert.deepEqual(Object.keys(body.details).sort(), ['email', 'password']);
      await roster.post('/api/v1/setup', { token, email: 'first@example.org', password: 'password' }, { status: 422 });
      await roster.post('/api/v1/setup', { token, email: 'first@example.org', password }, { status: 201 });
    }));

  test('is another after a restart, and none when there is an administrator', async () => {
    const first = await start({ env: quick });
    const old = await link(first);
    await first.stop({ keep: true });
    const second = await start({ dir: first.dir, database: first.database, env: quick });
    const token = await link(second);
    assert.notEqual(token, old);
    await second.post('/api/v1/setup', { token: old, email: 'first@example.org', password }, { status: 401 });
    await second.post('/api/v1/setup', { token, email: 'first@example.org', password }, { status: 201 });
    await second.stop({ keep: true });
    await using({ dir: first.dir, database: first.database }, async (third) => {
      await third.login('first@example.org');
      assert.ok(!third.output.some((line) => line.includes('#token=')));
    });
  });

  test('is not in the log', () =>
    using({}, async (roster) => {
      const token = await link(roster);
      assert.ok(!roster.log.join('\n').includes(token));
    }));
});

describe('the settings', () => {
  test('make the administrator at the first start, and not again', async () => {
    const first = await startWithAdmin();
    assert.equal(first.admin.user.role, 'admin');
    assert.ok(!first.output.some((line) => line.includes('#token=')));
    await first.stop({ keep: true });
    const second = await startWithAdmin({ dir: first.dir, database: first.database });
    try {
      const { body } = await second.get('/api/v1/users?role=admin', { token: second.admin.access_token, status: 200 });
      assert.equal(body.data.length, 1);
    } finally {
      await second.stop();
    }
  });

  test('with a weak password stop the start with the reason', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'roster-e2e-weak-'));
    try {
      await writeFile(path.join(folder, 'weak'), 'password\n');
      const env = { ROSTER_ADMIN_EMAIL: 'admin@example.org', ROSTER_ADMIN_PASSWORD_FILE: path.join(folder, 'weak') };
      await assert.rejects(start({ env }), /too easy to guess/);
      await assert.rejects(start({ env: { ...env, ROSTER_ADMIN_PASSWORD_FILE: path.join(folder, 'none') } }), /none/);
      await assert.rejects(start({ env: { ROSTER_ADMIN_EMAIL: 'admin@example.org' } }), /admin_password_file/i);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('on a public address', () => {
  const listen = { args: ['--listen', '0.0.0.0:0'] };
  const local = (roster) => (roster.url = roster.url.replace('0.0.0.0', '127.0.0.1'));

  test('health and the set-up page alone are served until there is an administrator', () =>
    using(listen, async (roster) => {
      local(roster);
      for (const target of ['/health', '/health/ready', '/health/live', '/setup']) await roster.get(target, { status: 200, undocumented: true });
      const closed = [['GET', '/api/v1/users/me'], ['GET', '/api/v1/users/search?q=a'], ['GET', '/openapi.json'], ['GET', '/.well-known/jwks.json'], ['GET', '/metrics'], ['GET', '/'], ['GET', '/swagger/'], ['GET', '/redoc/']];
      for (const [method, target] of closed) await roster.request(method, target, { status: 403, undocumented: true });
      for (const target of ['/api/v1/users', '/api/v1/auth/login', '/api/auth/register', '/auth/token', '/oauth/token']) {
        const { status, text } = await roster.post(target, { email: 'a@example.org', password }, { undocumented: true });
        assert.equal(status, 403, target);
        assert.match(text, /administrator/);
      }
      const token = await link(roster);
      await roster.post('/api/v1/setup', { token, email: 'first@example.org', password }, { status: 201, undocumented: true });
      await roster.login('first@example.org');
      await roster.register();
    }));

  test('everything is served at once when the settings make the administrator', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'roster-e2e-public-'));
    try {
      const file = path.join(folder, 'password');
      await writeFile(file, password);
      await using({ ...listen, env: { ROSTER_ADMIN_EMAIL: 'admin@example.org', ROSTER_ADMIN_PASSWORD_FILE: file } }, async (roster) => {
        local(roster);
        await roster.login('admin@example.org');
        await roster.register();
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('lifting the limits is refused', async () => {
    await assert.rejects(start({ ...listen, env: { ROSTER_RATE_LIMITS: 'off' } }), /rate_limits/i);
  });
});
