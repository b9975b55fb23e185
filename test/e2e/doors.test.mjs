// Every door there is, tried by people who may not go through: tests over the whole document, so that an operation that
// comes later is tried too, and over all faces of one thing. Names that begin with advisory_ are of classes in which other
// identity servers were hurt.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';
import { letter, manyLetters } from './letters.mjs';
import { png } from './picture.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin({ env: { ...manyLetters, ROSTER_LOCKOUT_SLOW: '1ms', ROSTER_LOCKOUT_SLOWEST: '1ms' } });
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const give = (person, role) => roster.patch(`/api/v1/users/${person.user.id}`, { role }, { token: admin, status: 200 });
async function withRole(permissions) {
  const person = await roster.register();
  person.role = unique('role');
  await roster.post('/api/v1/roles', { name: person.role, permissions }, { token: admin, status: 201 });
  await give(person, person.role);
  return person;
}
async function service(scope) {
  const { body } = await roster.post('/oauth/clients', { name: unique('service'), scope }, { token: admin, status: 201 });
  const grant = await roster.form('/oauth/token', { grant_type: 'client_credentials', client_id: body.data.id, client_secret: body.data.secret }, { status: 200 });
  return { ...body.data, access_token: grant.body.access_token };
}

// --- what is somebody else's --------------------------------------------------------------------------------------------

// Somebody with one of everything that has an identifier.
async function victim() {
  const email = `${unique('victim')}@example.org`;
  const ann = await roster.register({ email, push_token: unique('default-push') });
  const token = ann.access_token;
  const push = await roster.post('/api/v1/users/me/push-tokens', { token: unique('push'), platform: 'fcm' }, { token, status: 201 });
  await roster.request('PUT', '/api/v1/users/me/avatar', { token, body: png(30, 30), headers: { 'content-type': 'image/png' }, status: 200 });
  await roster.request('PUT', '/api/v1/users/me/cover', { token, body: png(30, 30), headers: { 'content-type': 'image/png' }, status: 200 });
  const invitation = await roster.post('/api/v1/invitations', { email: `${unique('guest')}@example.org` }, { token: admin, status: 201 });
  const role = await roster.post('/api/v1/roles', { name: unique('held'), permissions: ['user.read'] }, { token: admin, status: 201 });
  const mail = await letter(roster, email, 'verify_email');
  const client = await service('user.read');
  const sessions = await roster.get('/api/v1/auth/sessions', { token, status: 200 });
  const report = await roster.post('/api/v1/reports', { user_id: ann.user.id, type: 'spam' }, { token: (await roster.register()).access_token, status: 201 });
  const notification = await roster.post(`/api/v1/users/${ann.user.id}/notifications`, { type: 'news' }, { token: admin, status: 201 });
  const webhook = await roster.post('/api/v1/webhooks', { url: 'https://hooks.example.org/in', enabled: false }, { token: admin, status: 201 });
  return { ...ann, report: report.body.data.id, notification: notification.body.data.id, push: push.body.data.id, session: sessions.body.data[0].id, invitation: invitation.body.data.id, mail: mail.id, client: client.id, webhook: webhook.body.data.id, roleName: role.body.data.name };
}

// By what stands in front of the identifier, whose it is.
const identifiers = [
  [/\/push-tokens\/$/, (v) => v.push],
  [/\/websocket\/clients\/$/, (v) => v.user.id],
  [/\/notifications\/$/, (v) => v.notification],
  [/\/reports\/$/, (v) => v.report],
  [/\/(strikes|appeals)\/$/, () => '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1'],
  [/\/sessions\/$/, (v) => v.session],
  [/\/invitations\/$/, (v) => v.invitation],
  [/\/mail\/$/, (v) => v.mail],
  [/\/oauth\/clients\/$/, (v) => v.client],
  [/\/roles\/$/, (v) => v.roleName],
  [/\/webhooks\/$/, (v) => v.webhook],
  [/\/deliveries\/$/, () => '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1'],
  [/\/verify-email\/$/, () => 'rf1_nobodys'],
  [/\/(users|followers|follow-requests|follow-status|preferences)\/$/, (v) => v.user.id],
];
const aimedAt = (path, whom) =>
  path.replace(/\{\w+\}/g, (_, at) => {
    const found = identifiers.find(([expression]) => expression.test(path.slice(0, at)));
    assert.ok(found, `${path}: say in this test what its identifier is`);
    return found[1](whom);
  });

// What would do something, if it were let in.
const bodies = { userSetEmail: { email: 'mine@example.org' }, userSetPassword: { password: 'another 5501 thorny lamp' }, userUpdate: { bio: 'mine' }, userUpdate_2: { bio: 'mine' }, putApiUsersId: { bio: 'mine' }, userSetStatus: { status: 'banned' }, reportResolve: { action: 'dismiss' }, notificationSend: { type: 'news' }, strikeAppeal: { text: 'no' }, appealDecide: { lift: true, note: 'no' }, roleUpdate: { permissions: [] }, webhookUpdate: { description: 'mine' } };
const queries = { contactGet: '?type=email' };
function attempt(method, path, operation, whom, token) {
  const target = aimedAt(path, whom) + (queries[operation.operationId] ?? '');
  const picture = operation.requestBody?.content['image/png'] && { body: png(20, 20), headers: { 'content-type': 'image/png' } };
  const json = !picture && operation.requestBody ? (bodies[operation.operationId] ?? {}) : undefined;
  return roster.request(method, target, { token, json, ...picture });
}

// Everything in the database that is of that person or of what was made for the test, but for when it was used last, and for
// how many follow: whom one may.
async function stateOf(v) {
  const rows = [];
  const lasting = ({ last_active_at, last_used_at, used_counter, followers_count, following_count, ...rest }) => rest;
  for (const [table, column, id] of [['users', 'id', v.user.id], ['session', 'user_id', v.user.id], ['push_token', 'user_id', v.user.id], ['notification', 'id', v.notification], ['password', 'user_id', v.user.id], ['preference', 'user_id', v.user.id],
    ['invitation', 'id', v.invitation], ['client', 'id', v.client], ['role', 'name', v.roleName], ['login_failure', 'user_id', v.user.id], ['mail', 'id', v.mail], ['webhook', 'id', v.webhook], ['report', 'id', v.report]])
    rows.push(table, (await roster.sql(`SELECT * FROM ${table} WHERE ${column} = '${id}'`)).map(lasting));
  return rows;
}

describe('advisory_idor: by an identifier of somebody else', () => {
  // For everybody: profiles as strangers see them, who follows whom, and letters.
  const open = ['userGet', 'getApiUsersId', 'postApiAuthVerifyEmailToken', 'followFollowers', 'followFollowing', 'getApiUsersIdFollowers', 'getApiUsersIdFollowing'];
  const amongPeople = /^(follow|block|mute|(get|post)ApiUsersId(Follow|Unfollow))/; // what a person may do with another
  const secret = ['email', 'number', 'push_token', 'pushToken', 'preferences', 'gender', 'date_of_birth', 'dateOfBirth', 'last_login_at', 'status_reason'];
  const attackers = {
    'a person': async () => (await roster.register()).access_token,
    'a stranger': async () => undefined,
    'a service without the scope': async () => (await service('token.check')).access_token,
  };
  for (const [who, make] of Object.entries(attackers))
    test(`${who} reads, changes and ends nothing, in whatever shape`, async () => {
      const whom = await victim();
      const before = await stateOf(whom);
      const token = await make();
      let tried = 0;
      for (const [method, path, operation] of (await roster.contract()).operations()) {
        if (!/\{\w+\}/.test(path)) continue;
        const { status, body, text } = await attempt(method, path, operation, whom, token);
        tried++;
        const may = open.includes(operation.operationId) || (who === 'a person' && amongPeople.test(operation.operationId));
        if (!may) assert.ok([401, 403, 404].includes(status), `${method} ${path}: ${status} ${text}`);
        else if (status === 200 && body.data !== null) for (const field of secret) assert.ok(!(field in (body.data ?? body)), `${path} shows ${field}`);
      }
      assert.ok(tried > 30, `${tried} operations`);
      assert.deepEqual(await stateOf(whom), before);
    });

  test('the same attempts by who may do change something: they are no empty ones', async () => {
    const whom = await victim();
    const last = ['userDelete', 'userDeactivate', 'userSetStatus', 'userSessionsEnd']; // after these there is nobody left
    const all = (await roster.contract()).operations().filter(([, path, op]) => /\{\w+\}/.test(path) && !/me\/push|me\/notifications|me\/strikes|verify-email/.test(path) && !last.includes(op.operationId));
    for (const [method, path, operation] of all) {
      const { status, text } = await attempt(method, path, operation, whom, admin);
      // Removed a moment ago, no server for letters, or followed already (of which older clients are told by 400).
      assert.ok(status < 400 || [404, 409].includes(status) || amongPeople.test(operation.operationId), `${method} ${path}: ${status} ${text}`);
    }
    assert.equal((await roster.sql(`SELECT bio FROM users WHERE id = '${whom.user.id}'`))[0].bio, 'mine');
  });
});

// What the database keeps of secrets: hashes of passwords and tokens, MACs of codes, sealed keys and letters.
async function secrets() {
  const columns = [['password', 'hash'], ['client', 'secret_hash'], ['flow', 'token_hash'], ['flow', 'code_mac'], ['signing_key', 'sealed'], ['mail', 'sealed'], ['webhook', 'sealed'], ['registration', 'password_hash']];
  const found = [];
  for (const [table, column] of columns)
    for (const row of await roster.sql(`SELECT ${column} AS secret FROM ${table} WHERE ${column} IS NOT NULL`)) found.push(row.secret);
  return found;
}

test('advisory_backup_leaks: nothing that an administrator is answered, and no export over HTTP, holds a hash or a key', async () => {
  const whom = await victim();
  const kept = await secrets();
  assert.ok(kept.some((secret) => secret.startsWith('$argon2id$')) && kept.length > 8, `${kept.length} secrets`);
  const pages = (await roster.contract()).operations().filter(([method, path]) => method === 'GET' && !/verify-email/.test(path)).map(([, path, op]) => aimedAt(path, whom) + (queries[op.operationId] ?? ''));
  const exports = ['json', 'csv', 'ndjson'].flatMap((format) => ['', '&with_hashes=true', '&with-hashes=1', '&hashes=true', '&fields=password_hash'].map((more) => `/api/v1/users/export?format=${format}${more}`));
  let read = 0;
  for (const target of [...pages, ...exports]) {
    const { text, status } = await roster.get(target.endsWith('search') ? `${target}?q=victim` : target, { token: admin });
    assert.ok(status < 500, `${target}: ${status}`);
    read += status === 200;
    for (const secret of kept) assert.ok(!text.includes(secret), `${target} shows ${secret}`);
    assert.doesNotMatch(text, /\$argon2|\$2[aby]\$|password_hash|secret_hash|token_hash/, target);
  }
  assert.ok(read > 40, `${read} answers`);
});

// What everybody who is logged in may ask for; all else is refused, also what is built later and forgotten here.
const everybodys = [
  'jwks', /^\/api\/(v1\/)?auth\//, /^\/auth\//, /^\/api\/(v1\/)?users\/(me|profile|preferences|search|validate)\b/, /^\/health\b(?!\/metrics)/, '/api/v1/health', '/api/v1/setup',
  '/api/v1/invitations/accept', '/api/v1/reports', '/oauth/token', '/oauth/revoke', '/graphql',
];
const isEverybodys = (method, path) => everybodys.some((e) => (e.test ? e.test(path) : path.endsWith(e))) || (method === 'POST' && path === '/api/v1/users') || /jwks/.test(path);

test('advisory_escalation: what is not on the list of what everybody may is refused to an ordinary person', async () => {
  let refused = 0;
  const ann = await roster.register();
  for (const [method, path, operation] of (await roster.contract()).operations()) {
    if (/\{\w+\}/.test(path) || isEverybodys(method, path) || /metrics/.test(path)) continue; // metrics are open to this very host
    const { status, text } = await roster.request(method, path, { token: ann.access_token, json: operation.requestBody && {} });
    assert.equal(status, 403, `${method} ${path}: ${text}`);
    refused++;
  }
  assert.ok(refused > 15, `${refused} operations`);
});

// --- what a person may not say of himself -------------------------------------------------------------------------------

const privileged = {
  role: 'admin', Role: 'admin', roles: ['admin'], status: 'banned', is_active: false, isActive: false, is_admin: true, isAdmin: true, is_superuser: true,
  email_verified: true, isEmailVerified: true, emailVerified: true, verified: true, id: '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1', user_id: '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1',
  number: 1, credential_version: 9, password_hash: 'x', passwordHash: 'x', status_own: true, status_reason: 'x', created_at: '2001-01-01T00:00:00Z', createdAt: '2001-01-01T00:00:00Z',
  erase_at: '2001-01-01T00:00:00Z', followers_count: 7, followersCount: 7, permissions: ['key.admin'], perms: 255, '__proto__': { role: 'admin' }, 'user.role': 'admin', 'user[role]': 'admin',
};
const flat = (json) => Object.entries(json).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
const multipart = (json) => flat(json).reduce((form, [name, value]) => (form.set(name, value), form), new FormData());
const encodings = {
  json: (json) => ({ body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }),
  form: (json) => ({ body: new URLSearchParams(flat(json)) }),
  multipart: (json) => ({ body: multipart(json) }),
};

describe('advisory_mass_assignment: at every door', () => {
  const rowOf = async (where) => (await roster.sql(`SELECT * FROM users WHERE ${where}`))[0];
  const isOrdinary = (row, what) => {
    assert.deepEqual([row.role, row.status, row.status_reason, Boolean(row.email_verified), Number(row.followers_count), row.erase_at ?? null], ['user', 'active', null, false, 0, null], what);
    assert.notEqual(row.id, privileged.id);
    assert.ok(Number(row.number) > 1 && Number(row.created_at) > 1.5e12, what);
  };

  for (const door of ['/api/v1/users', '/api/v1/auth/register', '/api/auth/register', '/auth/register', '/auth/signup'])
    test(`${door}: nobody registers as more than a user`, async () => {
      let made = 0;
      for (const [name, encode] of Object.entries(encodings))
        for (const [field, value] of Object.entries(privileged)) {
          const email = `${unique('mass')}@example.org`;
          const { status, text } = await roster.request('POST', door, encode({ email, password, ...Object.fromEntries([[field, value]]) }));
          const what = `${door} ${name} ${field}: ${status} ${text}`;
          assert.ok([200, 201, 400, 422].includes(status), what);
          const row = await rowOf(`email = '${email}'`);
          assert.equal(Boolean(row), status < 300, what);
          if (!row) continue;
          made++;
          isOrdinary(row, what);
        }
      const ignores = ['/auth/register', '/api/v1/auth/register'].includes(door); // what it does not know, as its clients expect
      assert.equal(made > 0, ignores, `${made} accounts`);
    });

  test('no change of the own profile, the own preferences or by the own identifier changes more', async () => {
    const changes = (await roster.contract()).operations().filter(([method, path, op]) => ['PUT', 'PATCH'].includes(method) && op.requestBody && !op.requestBody.content['image/png'] && !/roles/.test(path));
    assert.ok(changes.length >= 11, `${changes.length} doors`);
    for (const [method, path, op] of changes) {
      const ann = await roster.register();
      const before = await rowOf(`id = '${ann.user.id}'`);
      for (const [name, encode] of Object.entries(encodings)) {
        if (name === 'multipart' && !op.requestBody.content['multipart/form-data']) continue;
        for (const [field, value] of Object.entries(privileged)) {
          const { status, text } = await roster.request(method, path.replace('{id}', ann.user.id), { token: ann.access_token, ...encode(Object.fromEntries([[field, value]])) });
          assert.ok([200, 400, 403, 422].includes(status), `${method} ${path} ${name} ${field}: ${status} ${text}`);
        }
      }
      const lasting = ({ updated_at, last_active_at, ...rest }) => rest;
      assert.deepEqual(lasting(await rowOf(`id = '${ann.user.id}'`)), lasting(before), `${method} ${path}`);
    }
  });

  test('no accepting of an invitation makes more than was offered', async () => {
    const email = `${unique('guest')}@example.org`;
    await roster.post('/api/v1/invitations', { email }, { token: admin, status: 201 });
    const { token } = await letter(roster, email, 'invitation');
    for (const encode of [encodings.json, encodings.form])
      for (const [field, value] of Object.entries({ ...privileged, email: 'other@example.org' })) {
        const { status, text } = await roster.request('POST', '/api/v1/invitations/accept', encode({ token, password, ...Object.fromEntries([[field, value]]) }));
        assert.equal(status, 422, `${field}: ${text}`);
      }
    const { body } = await roster.post('/api/v1/invitations/accept', { token, password }, { status: 201 });
    assert.deepEqual([body.data.user.role, body.data.user.email], ['user', email]);
  });
});

// --- climbing -----------------------------------------------------------------------------------------------------------

// Whatever a single permission is good for, with or without that to give roles: nobody, and nothing, may do more afterwards
// than who tried.
describe('advisory_escalation: nobody climbs', () => {
  let all;
  before(async () => (all = (await roster.get('/api/v1/roles/admin', { token: admin, status: 200 })).body.data.permissions));

  const permissionsOf = async (role) => (await roster.get(`/api/v1/roles/${role}`, { token: admin, status: 200 })).body.data.permissions;
  async function tryAll(eve, bob) {
    const token = eve.access_token;
    const wanted = ['admin', 'moderator', roster.strong];
    for (const role of wanted) {
      for (const { user } of [eve, bob])
        for (const [method, path, json] of [['PATCH', `/api/v1/users/${user.id}`, { role }], ['PUT', `/api/v1/users/${user.id}`, { role }], ['PUT', `/api/users/${user.id}`, { role: role.toUpperCase() }]])
          await roster.request(method, path, { token, json });
      await roster.patch('/api/v1/users/me', { role }, { token });
      await roster.post('/api/v1/users', { username: unique('puppet'), password, role }, { token });
      await roster.post('/api/v1/users/batch', { items: [
        { action: 'create', data: { username: unique('puppet'), password, role } },
        ...[eve, bob].map(({ user }) => ({ action: 'update', data: { id: user.id, role } })),
      ] }, { token });
      const records = [{ username: unique('puppet'), password, role }, { id: eve.user.id, role }, { id: bob.user.id, role }, { email: roster.admin.email, password }];
      await roster.request('POST', '/api/v1/users/import?existing=overwrite', { token, body: JSON.stringify(records), headers: { 'content-type': 'application/json' } });
      await roster.post('/api/v1/invitations', { email: `${unique('friend')}@example.org`, role }, { token });
    }
    await roster.patch(`/api/v1/roles/${eve.role}`, { permissions: all }, { token });
    await roster.post('/api/v1/roles', { name: `made-${eve.role}`, permissions: all }, { token });
    await roster.post('/oauth/clients', { name: `made-${eve.role}`, scope: all.join(' ') }, { token });
    for (const scope of all) await roster.post('/api/v1/oauth/clients', { name: `made-${eve.role}`, scope }, { token });
    // Upon who may do more: what would open the account, or shut it.
    const boss = roster.boss.user.id;
    await roster.post(`/api/v1/users/${boss}/status`, { status: 'banned' }, { token });
    await roster.post(`/api/v1/users/${boss}/deactivate`, undefined, { token });
    await roster.post(`/api/v1/users/${boss}/unlock`, undefined, { token });
    await roster.delete(`/api/v1/users/${boss}`, { token });
    await roster.delete(`/api/v1/users/${boss}/sessions`, { token });
    await roster.delete(`/api/v1/auth/sessions/${roster.boss.session}`, { token });
    await roster.patch(`/api/v1/users/${boss}`, { username: unique('mine') }, { token });
    await roster.delete(`/api/v1/users/${boss}/avatar`, { token });
    const { body } = await roster.get(`/api/v1/mail/${roster.boss.letter}`, { token });
    assert.ok(!body?.data?.text && !body?.data?.html, 'the letter that opens an administrator is shown');
  }

  before(async () => {
    roster.strong = unique('strong');
    await roster.post('/api/v1/roles', { name: roster.strong, permissions: all }, { token: admin, status: 201 });
    roster.boss = await roster.register();
    await give(roster.boss, 'admin');
    await roster.post('/api/v1/auth/password-reset', { email: roster.boss.email }, { status: 200 });
    roster.boss.letter = (await letter(roster, roster.boss.email, 'reset_password')).id;
    roster.boss.session = (await roster.get('/api/v1/auth/sessions', { token: roster.boss.access_token, status: 200 })).body.data[0].id;
  });

  const state = async () => ({
    bosses: await roster.sql(`SELECT id, role FROM users WHERE role IN ('admin', 'moderator', '${roster.strong}') ORDER BY id`),
    boss: await roster.sql(`SELECT username, email, role, status, credential_version, avatar_url FROM users WHERE id = '${roster.boss.user.id}'`),
    admin: await roster.sql(`SELECT hash FROM password WHERE user_id = '${roster.admin.user.id}'`),
    sessions: await roster.sql(`SELECT id FROM session WHERE user_id = '${roster.boss.user.id}' AND ended_at IS NULL`),
    invitations: await roster.sql("SELECT id, role FROM invitation WHERE role <> 'user' ORDER BY id"),
  });

  for (const more of [[], ['role.grant'], ['role.grant', 'role.admin'], ['user.write']])
    test(`by one permission${more.length ? ` and ${more.join(' and ')}` : ''}, by whatever door`, async () => {
      const before = await state();
      for (const permission of all) {
        const perms = [...new Set([permission, ...more])];
        const eve = await withRole(perms);
        const bob = await roster.register();
        await tryAll(eve, bob);
        const what = perms.join(' ');
        assert.deepEqual((await permissionsOf(eve.role)).sort(), [...perms].sort(), what);
        assert.deepEqual(await roster.sql(`SELECT role FROM users WHERE id IN ('${eve.user.id}', '${bob.user.id}') ORDER BY role DESC`), [{ role: 'user' }, { role: eve.role }], what);
        assert.deepEqual(await state(), before, what);
        const made = await roster.sql(`SELECT permissions FROM role WHERE name = 'made-${eve.role}' UNION ALL SELECT scope FROM client WHERE name = 'made-${eve.role}'`);
        for (const { permissions } of made) for (const given of permissions.split(' ')) assert.ok(perms.includes(given), `${what} made something that may ${given}`);
      }
    });
});
