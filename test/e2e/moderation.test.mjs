// From a report to its end, by several moderators at once, and back by an appeal: with letters, sessions that end, numbers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { letter, manyLetters } from './letters.mjs';
import { cheap, password, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin({ env: { ...cheap, ...manyLetters } });
  admin = roster.admin.access_token;
});
after(() => roster?.stop());

async function moderator() {
  const made = await roster.register();
  await roster.patch(`/api/v1/users/${made.user.id}`, { role: 'moderator' }, { token: admin, status: 200 });
  return roster.login(made.email);
}
const reported = async (by, whom, more) => (await roster.post('/api/v1/reports', { user_id: whom.user.id, type: 'spam', reason: 'ads', ...more }, { token: by.access_token, status: 201 })).body.data;
const act = (by, id, what, json, status = 200) => roster.post(`/api/v1/moderation/reports/${id}/${what}`, json, { token: by.access_token, status });
const ban = { action: 'ban', reason: 'Only advertisements' };

test('a report leads to a ban, the ban to an appeal, and that back into the account', async () => {
  const [ann, bob, mod] = [await roster.register(), await roster.register(), await moderator()];
  const { id, status, snapshot } = await reported(ann, bob);
  assert.deepEqual([status, snapshot], ['open', undefined]);
  await act(mod, id, 'claim');
  await act(mod, id, 'resolve', ban);
  await roster.get('/api/v1/users/me', { token: bob.access_token, status: 401 }); // at once
  await roster.post('/api/v1/auth/login', { identifier: bob.email, password }, { status: 403 });
  assert.match((await letter(roster, bob.email, 'moderation')).text, /Only advertisements/);
  assert.equal((await roster.get('/api/v1/reports', { token: ann.access_token, status: 200 })).body.data[0].resolution, 'ban');

  await roster.post('/api/v1/auth/appeal', { identifier: bob.email, password: 'not this', text: 'No' }, { status: 401 });
  await roster.post('/api/v1/auth/appeal', { identifier: bob.email, password, text: 'My cat was lost' }, { status: 200 });
  const [strike] = (await roster.get('/api/v1/moderation/appeals', { token: mod.access_token, status: 200 })).body.data.filter(({ user_id }) => user_id === bob.user.id);
  assert.equal(strike.appeal, 'My cat was lost');
  await roster.post(`/api/v1/moderation/appeals/${strike.id}/decide`, { lift: true, note: 'It was a cat' }, { token: mod.access_token, status: 200 });
  const back = await roster.login(bob.email);
  const mine = await roster.get('/api/v1/users/me/strikes', { token: back.access_token, status: 200 });
  assert.deepEqual(mine.body.data.map(({ kind, status, decision, given_by }) => [kind, status, decision, given_by]), [['ban', 'lifted', 'It was a cat', undefined]]);
});

test('of ten moderators who claim the same report at once one has it', async () => {
  const [ann, bob] = [await roster.register(), await roster.register()];
  const crowd = await Promise.all(Array.from({ length: 10 }, moderator));
  const { id } = await reported(ann, bob);
  const all = await Promise.all(crowd.map((by) => act(by, id, 'claim', undefined, [200, 409])));
  assert.equal(all.filter(({ status }) => status === 200).length, 1);
});

test('of ten who resolve the same report at once one gives a strike', async () => {
  const [ann, bob, mod] = [await roster.register(), await roster.register(), await moderator()];
  const { id } = await reported(ann, bob);
  const all = await Promise.all(Array.from({ length: 10 }, () => act(mod, id, 'resolve', { ...ban, action: 'warn' }, [200, 409])));
  assert.equal(all.filter(({ status }) => status === 200).length, 1);
  const profile = await roster.get(`/api/v1/moderation/users/${bob.user.id}`, { token: mod.access_token, status: 200 });
  assert.equal(profile.body.data.warnings, 1);
  assert.ok(Math.abs(profile.body.data.trust_score - 0.9) < 0.001);
});

test('of ten who report the same thing at once as the same person one is kept', async () => {
  const [ann, bob] = [await roster.register(), await roster.register()];
  const content_id = unique('post');
  const again = () => roster.post('/api/v1/reports', { user_id: bob.user.id, type: 'fraud', content_type: 'post', content_id }, { token: ann.access_token, status: [201, 409] });
  const all = await Promise.all(Array.from({ length: 10 }, again));
  assert.equal(all.filter(({ status }) => status === 201).length, 1);
  assert.equal(all.find(({ status }) => status === 409).body.error, 'already_reported');
});

test('what is no report is told why', async () => {
  const [ann, bob] = [await roster.register(), await roster.register()];
  const send = (json, status) => roster.post('/api/v1/reports', json, { token: ann.access_token, status });
  const { body } = await send({ user_id: bob.user.id, type: 'boring', evidence: [1], content_id: '7' }, 422);
  assert.deepEqual(Object.keys(body.details).sort(), ['evidence', 'type']);
  await send({ user_id: bob.user.id, type: 'spam', evidence: { x: 'y'.repeat(17_000) } }, 422);
  await send({ user_id: bob.user.id, type: 'spam', reporter_id: bob.user.id }, 422);
  await send({ reportedUserId: bob.user.username, type: 'spam' }, 201); // the name that older clients have for it, and a user name
  await roster.post('/api/v1/reports', { user_id: bob.user.id, type: 'spam' }, { status: 401 });
});
