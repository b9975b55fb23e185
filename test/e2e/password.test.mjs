// Changing one's password, and setting somebody else's.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { letter } from './letters.mjs';
import { password, startWithAdmin } from './lib.mjs';

const next = 'violet anchor 77 sunken';
let roster;
before(async () => (roster = await startWithAdmin({ env: { ROSTER_LOCKOUT_SLOW: '1ms', ROSTER_LOCKOUT_SLOWEST: '2ms' } })));
after(() => roster.stop());

const change = (token, json, status) => roster.post('/api/v1/auth/password-change', json, { token, status });

test('a change ends the other sessions and keeps this one', async () => {
  const ann = await roster.register();
  const other = await roster.login(ann.email);
  await change(ann.access_token, { current_password: password, new_password: next }, 200);
  await roster.me(ann.access_token, { status: 200 });
  await roster.me(other.access_token, { status: 401 });
  await roster.post('/api/v1/auth/refresh', { refresh_token: other.refresh_token }, { status: 401 });
  const { body } = await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 200 });
  await roster.me(body.data.access_token, { status: 200 });
  await roster.post('/api/v1/auth/login', { identifier: ann.email, password }, { status: 401 });
  await roster.login(ann.email, next);
});

test('the wrong current password is 401, is audited and changes nothing', async () => {
  const ann = await roster.register();
  const { body } = await change(ann.access_token, { current_password: 'not the right one', new_password: next }, 401);
  assert.equal(body.error, 'bad_credentials');
  await roster.me(ann.access_token, { status: 200 });
  await roster.login(ann.email);
  const audit = await roster.get(`/api/v1/audit?subject_id=${ann.user.id}`, { token: roster.admin.access_token });
  assert.ok(audit.body.data.some((r) => r.operation === 'password_change' && r.outcome === 'bad_credentials'));
});

test('the new password must be good', async () => {
  const ann = await roster.register();
  for (const weak of ['short', 'password', ann.email, 'long '.repeat(52)])
    assert.ok((await change(ann.access_token, { current_password: password, new_password: weak }, 422)).body.details.new_password);
});

test('both passwords and a token are needed', async () => {
  const ann = await roster.register();
  const { body } = await change(ann.access_token, {}, 422);
  assert.deepEqual(Object.keys(body.details).sort(), ['current_password', 'new_password']);
  await change(undefined, { current_password: password, new_password: next }, 401);
});

test('two changes at once: one wins', async () => {
  const ann = await roster.register();
  const answers = await Promise.all(
    [next, `${next} 2`].map((new_password) => change(ann.access_token, { current_password: password, new_password })),
  );
  const statuses = answers.map((a) => a.status).sort();
  assert.equal(statuses[0], 200);
  assert.ok([200, 401, 409].includes(statuses[1]));
  const logins = await Promise.all(
    [next, `${next} 2`].map((p) => roster.post('/api/v1/auth/login', { identifier: ann.email, password: p })),
  );
  assert.equal(logins.filter((a) => a.status === 200).length, 1);
});

describe('by an administrator', () => {
  const put = (person, json, options) => roster.put(`/api/v1/users/${person.user.id}/password`, json, { token: roster.admin.access_token, ...options });

  test('ends every session, opens locks, tells the person, and is the password from then on', async () => {
    const ann = await roster.register();
    for (let i = 0; i < 6; i++) await roster.post('/api/v1/auth/login', { identifier: ann.email, password: `wrong ${i} guess` }, { status: [401, 423] });
    const { text } = await put(ann, { password: next }, { status: 200 });
    assert.ok(!text.includes(next));
    await roster.me(ann.access_token, { status: 401 });
    await roster.post('/api/v1/auth/refresh', { refresh_token: ann.refresh_token }, { status: 401 });
    await roster.post('/api/v1/auth/login', { identifier: ann.email, password }, { status: 401 });
    await roster.login(ann.email, next);
    assert.ok((await letter(roster, ann.email, 'password_changed')).text);
    const { body } = await roster.get(`/api/v1/audit?subject_id=${ann.user.id}&operation=user_set_password`, { token: roster.admin.access_token, status: 200 });
    assert.deepEqual(body.data.map((r) => [r.actor_id, r.outcome]), [[roster.admin.user.id, 'ok']]);
    assert.ok(!JSON.stringify(body).includes(next));
  });

  test('a person who had none can log in by it', async () => {
    const { body } = await roster.post('/api/v1/users', { username: `none${Date.now()}` }, { token: roster.admin.access_token, status: 201 });
    await put(body.data, { password: next }, { status: 200 });
    await roster.login(body.data.user.username, next);
  });

  test('advisory_password_of_others: nobody else may, and nobody sets that of one who may do more', async () => {
    const [ann, helper] = [await roster.register(), await roster.register()];
    await put(ann, { password: next }, { token: ann.access_token, status: 403 });
    await roster.post('/api/v1/roles', { name: 'desk', description: 'Help desk', permissions: ['user.read', 'user.write'] }, { token: roster.admin.access_token, status: 201 });
    await roster.patch(`/api/v1/users/${helper.user.id}`, { role: 'desk' }, { token: roster.admin.access_token, status: 200 });
    await put(roster.admin, { password: next }, { token: helper.access_token, status: 403 });
    await put(ann, { password: next }, { token: helper.access_token, status: 200 });
    await roster.login(roster.admin.email);
  });

  test('advisory_stolen_session: nobody passes by the question for his own password, nor moves his address to set it', async () => {
    const { body } = await put(roster.admin, { password: next }, { status: 403 });
    assert.match(body.message, /your own account/);
    await roster.put(`/api/v1/users/${roster.admin.user.id}/email`, { email: 'thief@example.org' }, { token: roster.admin.access_token, status: 403 });
    await roster.login(roster.admin.email);
  });

  test('is refused when weak, and for nobody', async () => {
    const ann = await roster.register();
    for (const weak of ['short', 'password', ann.email]) await put(ann, { password: weak }, { status: 422 });
    await put({ user: { id: '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1' } }, { password: next }, { status: 404 });
    await roster.login(ann.email);
  });

  test('by the command line, from a pipe', async () => {
    const ann = await roster.register();
    const { code, stderr } = await roster.cli(['user', 'set-password', ann.user.username, '--password-stdin'], { input: `${next}\n` });
    assert.equal(code, 0, stderr);
    await roster.login(ann.email, next);
  });
});
