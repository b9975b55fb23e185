// Asking people in by a letter.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';
import { letter, letters, manyLetters } from './letters.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin({ env: { ...manyLetters, ROSTER_ACCOUNT_REGISTRATION: 'off' } }); // by invitation only
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const address = () => `${unique()}@example.org`;
const invite = (json, status = 201, token = admin) => roster.post('/api/v1/invitations', json, { token, status });
const accept = (json, status) => roster.post('/api/v1/invitations/accept', { password, ...json }, { status });
const token = async (email) => (await letter(roster, email, 'invitation')).token;
const times = (n, run) => Promise.all(Array.from({ length: n }, (_, i) => run(i)));
const tally = (all) => all.reduce((n, { status }) => ({ ...n, [status]: (n[status] ?? 0) + 1 }), {});

// Somebody with a role, come in by an invitation: { email, user, access_token ... }.
async function person(role = 'user') {
  const email = address();
  await invite({ email, role });
  return { email, ...(await accept({ token: await token(email) }, 201)).body.data };
}

describe('an invitation', () => {
  test('makes an account that is verified, active and logged in', async () => {
    const email = address();
    const { body } = await invite({ email: email.toUpperCase(), name: 'Ann Example', role: 'moderator' });
    assert.deepEqual([body.data.email, body.data.role, body.data.status, body.data.inviter_id], [email, 'moderator', 'open', roster.admin.user.id]);
    assert.equal(body.data.token, undefined);
    const { text, link } = await letter(roster, email, 'invitation');
    assert.ok(link.startsWith(`${roster.url}/invitation#token=`));
    assert.ok(text.includes('Ann Example') && text.includes('moderator'));
    const made = (await accept({ token: link.split('#token=')[1], username: unique('ann') }, 201)).body.data;
    assert.deepEqual([made.user.email, made.user.email_verified, made.user.status, made.user.role, made.user.name], [email, true, 'active', 'moderator', 'Ann Example']);
    await roster.me(made.access_token, { status: 200 });
    await roster.login(email);
    const { body: list } = await roster.get('/api/v1/invitations', { token: admin, status: 200 });
    const row = list.data.find((i) => i.id === body.data.id);
    assert.deepEqual([row.status, row.user_id], ['accepted', made.user.id]);
    const events = await roster.sql(`SELECT type FROM outbox WHERE subject_id = '${row.id}'`);
    assert.deepEqual(events.map((e) => e.type).sort(), ['invitation.accepted', 'invitation.created']);
  });

  test('is accepted once by 32 at once', async () => {
    const email = address();
    await invite({ email });
    const its = await token(email);
    const all = await times(32, (i) => accept({ token: its, username: unique(`race${i}x`) }));
    assert.equal(tally(all)[201], 1, JSON.stringify(tally(all)));
    assert.ok(all.every(({ status }) => [201, 400, 409].includes(status)), JSON.stringify(tally(all)));
    const [{ n }] = await roster.sql(`SELECT COUNT(*) AS n FROM users WHERE email = '${email}'`);
    assert.equal(Number(n), 1);
  });

  test('that came last for an address is the one that counts', async () => {
    const email = address();
    await invite({ email, role: 'admin' });
    const first = await token(email);
    await invite({ email });
    const second = await token(email);
    await accept({ token: first }, 400);
    assert.equal((await accept({ token: second }, 201)).body.data.user.role, 'user');
  });

  test('sent by eight at once to one address leaves one that is open', async () => {
    const email = address();
    const all = await times(8, () => roster.post('/api/v1/invitations', { email }, { token: admin }));
    assert.ok(all.every(({ status }) => [201, 409, 503].includes(status)), JSON.stringify(tally(all)));
    const [{ n }] = await roster.sql(`SELECT COUNT(*) AS n FROM invitation WHERE email = '${email}' AND revoked_at IS NULL`);
    assert.equal(Number(n), 1);
  });

  test('can be taken back', async () => {
    const email = address();
    const { body } = await invite({ email });
    const its = await token(email);
    await roster.delete(`/api/v1/invitations/${body.data.id}`, { token: admin, status: 200 });
    await roster.delete(`/api/v1/invitations/${body.data.id}`, { token: admin, status: 404 });
    await accept({ token: its }, 400);
  });

  test('is refused when the address was taken meanwhile', async () => {
    const email = address();
    await invite({ email });
    const its = await token(email);
    await roster.post('/api/v1/users', { email, password }, { token: admin, status: 201 });
    assert.equal((await accept({ token: its }, 409)).body.error, 'email_taken');
  });

  test('with a taken name or a weak password stays good', async () => {
    const email = address();
    await invite({ email });
    const its = await token(email);
    const bob = await person();
    assert.equal((await accept({ token: its, username: bob.user.username }, 409)).body.error, 'username_taken');
    assert.ok((await accept({ token: its, password: 'password' }, 422)).body.details.password);
    assert.ok((await accept({ token: its, password: email }, 422)).body.details.password);
    assert.ok((await accept({ token: its, role: 'admin' }, 422)).body.details.role);
    assert.ok((await accept({ token: its, email: address() }, 422)).body.details.email);
    await accept({ token: its }, 201);
  });

  test('advisory_link_scanners: whatever opens the link uses nothing up', async () => {
    const email = address();
    await invite({ email });
    const its = await token(email);
    for (const method of ['GET', 'HEAD']) {
      await roster.request(method, `/invitation?token=${its}`, { status: 200, undocumented: true });
      await roster.request(method, `/api/v1/invitations/accept?token=${its}`, { status: 405, undocumented: true });
    }
    await accept({ token: its.slice(0, -1) }, 400);
    await accept({ token: its }, 201);
  });

  test('is made by the command line too', async () => {
    const email = address();
    const made = await roster.cli(['invitation', 'create', '--email', email, '--role', 'admin']);
    assert.equal(made.code, 0, made.stderr);
    assert.ok(!made.stdout.includes('rf1_'));
    assert.equal((await accept({ token: await token(email) }, 201)).body.data.user.role, 'admin');
  });
});

describe('inviting', () => {
  test('is for who may make accounts', async () => {
    const ann = await person();
    const mod = await person('moderator');
    for (const { access_token } of [ann, mod]) {
      await invite({ email: address() }, 403, access_token);
      await roster.get('/api/v1/invitations', { token: access_token, status: 403 });
    }
    await invite({ email: address() }, 401, null);
  });

  test('an address with an account, or none at all, is refused', async () => {
    const ann = await person();
    assert.equal((await invite({ email: ann.email }, 409)).body.error, 'email_taken');
    await invite({ email: 'nobody' }, 422);
    await invite({ email: address(), role: 'king' }, 422);
    await invite({ email: address(), token: 'x' }, 422);
  });

  test('advisory_escalation: who lost the right to invite leaves no door open', async () => {
    for (const end of [
      (eve) => roster.patch(`/api/v1/users/${eve.user.id}`, { role: 'user' }, { token: admin, status: 200 }),
      (eve) => roster.post(`/api/v1/users/${eve.user.id}/status`, { status: 'banned' }, { token: admin, status: 200 }),
    ]) {
      const eve = await person('admin');
      const [back, friend] = [address(), address()];
      await invite({ email: back, role: 'admin' }, 201, eve.access_token);
      await invite({ email: friend }, 201, eve.access_token);
      await end(eve);
      await accept({ token: await token(back) }, 400);
      await accept({ token: await token(friend) }, 400);
    }
  });

  test('is listed page by page, newest first', async () => {
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift((await invite({ email: address() })).body.data.id);
    const seen = [];
    for (let cursor = ''; seen.length < 5; ) {
      const { body } = await roster.get(`/api/v1/invitations?limit=2${cursor && `&cursor=${cursor}`}`, { token: admin, status: 200 });
      seen.push(...body.data.map((i) => i.id));
      cursor = body.meta.next_cursor;
    }
    assert.deepEqual(seen.slice(0, 5), made);
    await roster.get('/api/v1/invitations?cursor=forged', { token: admin, status: 400 });
  });

  test('leaves no token in answers, events or the audit', async () => {
    const email = address();
    await invite({ email });
    const its = await token(email);
    const rows = JSON.stringify([...(await roster.sql('SELECT * FROM outbox')), ...(await roster.sql('SELECT * FROM audit')), ...(await roster.sql('SELECT * FROM invitation'))]);
    assert.ok(!rows.includes(its.slice(4)));
    assert.equal((await letters(roster, email)).length, 1);
  });
});
