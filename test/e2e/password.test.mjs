// Changing one's password.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { password, startWithAdmin } from './lib.mjs';

const next = 'violet anchor 77 sunken';
let roster;
before(async () => (roster = await startWithAdmin()));
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
