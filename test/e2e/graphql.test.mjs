// GraphQL: judged as the reference implementation does, run as REST does, and by the same rules.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { buildClientSchema, buildSchema, getIntrospectionQuery, isNonNullType, lexicographicSortSchema, parse, printSchema, specifiedRules, validate } from 'graphql';
import { io } from 'socket.io-client';
import { corpus, picked } from './graphql_corpus.mjs';
import { eventually, start } from './lib.mjs';
import { administrator, fresh, login, password, quick, register } from './people.mjs';

let roster;
let admin;
let ann;
let bob;
before(async () => {
  roster = await start({ env: quick });
  admin = await administrator(roster);
  [ann, bob] = await Promise.all([register(roster), register(roster)]);
});
after(() => roster?.stop());

const json = { 'content-type': 'application/json' };
const send = (body, headers = {}, path = '/graphql') => fetch(roster.url + path, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
const bearer = (person) => (person ? { authorization: `Bearer ${person.token}` } : {});
const ask = async (query, { as, variables, ...more } = {}) => (await send({ query, variables, ...more }, bearer(as))).json();
async function data(query, options) {
  const answer = await ask(query, options);
  assert.equal(answer.errors, undefined, JSON.stringify(answer));
  return answer.data;
}
async function code(query, options) {
  const { errors } = await ask(query, options);
  return errors?.[0].extensions.code;
}
const follow = (by, whom) => roster.post(`/api/v1/users/${whom.id}/follow`, undefined, { token: by.token, status: 200 });

describe('the schema', () => {
  let text;
  before(async () => {
    text = (await roster.cli(['schema'])).stdout;
  });

  test('is one that others read, and introspection tells the same', async () => {
    const written = lexicographicSortSchema(buildSchema(text));
    const told = lexicographicSortSchema(buildClientSchema(await data(getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }))));
    assert.equal(printSchema(told), printSchema(written));
  });

  test('has every name of the older service', () => {
    const schema = buildSchema(text);
    const has = (type, names) => names.forEach((name) => assert.ok(schema.getType(type).getFields()[name], `${type}.${name}`));
    has('Query', ['me', 'user', 'userByUsername', 'searchUsers', 'users', 'userFollowers', 'userFollowing', 'followStatus', 'userPreferences', 'userSessions', 'userStats']);
    has('Mutation', ['updateProfile', 'updateUserPreferences', 'followUser', 'unfollowUser', 'revokeSession', 'revokeAllSessions', 'adminUpdateUser', 'adminDeleteUser', 'register', 'login', 'blockUser', 'reportUser']);
    has('User', ['id', 'email', 'username', 'displayName', 'firstName', 'lastName', 'bio', 'website', 'location', 'gender', 'dateOfBirth', 'avatarUrl', 'coverImageUrl', 'role', 'status', 'visibility', 'isPrivate', 'isEmailVerified', 'followersCount', 'followingCount', 'postsCount', 'createdAt', 'updatedAt', 'lastLoginAt', 'lastActiveAt']);
    has('AuthSession', ['id', 'deviceInfo', 'ipAddress', 'userAgent', 'createdAt', 'lastUsedAt', 'expiresAt', 'isActive']);
    has('Follow', ['id', 'followerId', 'followingId', 'status', 'followType', 'createdAt', 'follower', 'following']);
    has('UserSearchResult', ['data', 'pagination']);
    has('UserSessionsResult', ['sessions']);
    has('UserStats', ['total', 'active', 'verified', 'byRole', 'byStatus']);
    has('Pagination', ['page', 'limit', 'total', 'pages']);
    has('UserPreference', ['theme', 'language', 'timezone', 'dateFormat', 'timeFormat', 'emailNotifications', 'showEmail', 'allowDataCollection']);
    has('UpdateUserInput', ['displayName', 'firstName', 'lastName', 'bio', 'website', 'location', 'gender', 'dateOfBirth', 'avatarUrl', 'coverImageUrl', 'visibility', 'isPrivate']);
    has('UserFilters', ['role', 'status', 'visibility', 'isPrivate', 'isEmailVerified', 'gender', 'dateFrom', 'dateTo', 'search']);
    has('PaginationInput', ['page', 'limit', 'sortBy', 'sortOrder']);
    for (const name of ['CreateUserInput', 'UpdateUserPreferencesInput', 'JSONObject', 'UserStatus', 'UserVisibility', 'FollowStatus']) assert.ok(schema.getType(name), name);
    assert.ok(!isNonNullType(schema.getType('User').getFields().email.type), 'privacy may hide an address');
  });

  test('has a field for every operation of the API that speaks JSON', async () => {
    const schema = buildSchema(text);
    const fields = { ...schema.getQueryType().getFields(), ...schema.getMutationType().getFields() };
    const api = await (await fetch(`${roster.url}/openapi.json`)).json();
    const none = /^(oauth|health|graphql|metrics|openapi|welcome|docs|wellKnown|jwks|token|user(Export|Import)|avatarSet|coverSet|photo|setup|realtimeEvents)/i;
    const other = { followStatus: 'followRelation', userSessions: 'sessionsOf' };
    for (const [path, methods] of Object.entries(api.paths))
      for (const { operationId, 'x-shape': shape } of Object.values(methods))
        if (operationId && !shape && path.startsWith('/api/v1') && !none.test(operationId) && !/_\d$/.test(operationId)) assert.ok(fields[other[operationId] ?? operationId], operationId);
  });

  test('judges 2,000 documents as the reference implementation does', { timeout: 120_000 }, async () => {
    const schema = buildSchema(text);
    schema.getType('Word').parseLiteral = (node) => (assert.ok(['EnumValue', 'StringValue'].includes(node.kind), 'is no word'), node.value);
    const seed = Number(process.env.SEED ?? 7);
    const documents = [...picked, ...corpus(schema, 2000, seed)].filter((query) => query);
    const counts = { right: 0, wrong: 0 };
    // An operation that is not there: what is right is not run.
    const operationName = 'NowhereToBeFound';
    for (const query of documents) {
      let right = true;
      try {
        right = validate(schema, parse(query), specifiedRules).length === 0;
      } catch {
        right = false;
      }
      const { errors } = await (await send({ query, operationName })).json();
      const [{ message, extensions }] = errors;
      assert.notEqual(extensions.code, 'too_large', query);
      const ours = message === 'The document has no operation of that name.';
      assert.equal(ours, right, `${right ? 'is right' : 'is wrong'}: ${JSON.stringify(query)}: ${message}`);
      counts[right ? 'right' : 'wrong']++;
    }
    assert.ok(counts.right > 300 && counts.wrong > 400, JSON.stringify(counts));
  });
});

describe('over HTTP', () => {
  test('the snippets of the older service', async () => {
    const { user } = await data('query GetUser($id: ID!) { user(id: $id) { id username displayName avatarUrl followersCount followingCount } }', { as: ann, variables: { id: bob.id } });
    assert.equal(user.username, bob.username);
    const found = await data('query SearchUsers($query: String!) { searchUsers(query: $query, pagination: { limit: 10 }) { data { id username displayName avatarUrl } pagination { total pages } } }', { as: ann, variables: { query: bob.username } });
    assert.deepEqual(found.searchUsers.data.map(({ id }) => id), [bob.id]);
    assert.deepEqual(found.searchUsers.pagination, { total: 1, pages: 1 });
  });

  test('GET for queries, and never for what changes something', async () => {
    const get = (query, headers) => fetch(`${roster.url}/graphql?query=${encodeURIComponent(query)}&variables=${encodeURIComponent('{"id":"' + bob.id + '"}')}`, { headers: { ...bearer(ann), ...headers }, redirect: 'manual' });
    const answer = await get('query($id: ID!) { user(id: $id) { id } }');
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { data: { user: { id: bob.id } } });
    const refused = await get('mutation { logout }');
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get('allow'), 'POST');
    assert.equal((await refused.json()).errors[0].extensions.code, 'method_not_allowed');
    assert.equal((await data('{ me { id } }', { as: ann })).me.id, ann.id);
    const page = await fetch(`${roster.url}/graphql`, { headers: { accept: 'text/html' }, redirect: 'manual' });
    assert.deepEqual([page.status, page.headers.get('location')], [303, '/graphiql/']);
  });

  test('status and media type are what the client asks for', async () => {
    const own = 'application/graphql-response+json';
    const with_ = async (query, accept) => {
      const answer = await send({ query }, accept ? { accept } : {});
      return [answer.status, answer.headers.get('content-type').split(';')[0]];
    };
    assert.deepEqual(await with_('{ __typename }'), [200, 'application/json']);
    assert.deepEqual(await with_('{ __typename }', own), [200, own]);
    assert.deepEqual(await with_('{ __typename }', `${own}, application/json;q=0.9`), [200, own]);
    assert.deepEqual(await with_('{ __typename }', `${own};q=0.5, application/json`), [200, 'application/json']);
    assert.deepEqual(await with_('{ nothing }'), [200, 'application/json']);
    assert.deepEqual(await with_('{ nothing }', own), [400, own]);
    assert.deepEqual(await with_('{ nothing', own), [400, own]);
    assert.deepEqual(await with_('{ me { id } }', own), [200, own]);
    assert.equal((await send({})).status, 200);
    assert.equal((await send({ query: 7 })).status, 400);
    assert.equal((await send({ query: '{ __typename }', variables: [] })).status, 400);
    const broken = await fetch(`${roster.url}/graphql`, { method: 'POST', headers: json, body: '{' });
    assert.equal(broken.status, 400);
    assert.equal((await broken.json()).errors[0].extensions.code, 'malformed');
    assert.equal((await fetch(`${roster.url}/graphql`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{ me }' })).status, 415);
    assert.equal((await fetch(`${roster.url}/graphql`, { method: 'PUT', headers: json, body: '{}' })).status, 405);
  });

  test('a token that is none is 401 for the whole', async () => {
    const answer = await send({ query: '{ __typename }' }, { authorization: 'Bearer nonsense' });
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).errors[0].extensions.code, 'token_invalid');
  });

  test('documents are known by their hash once they were sent', async () => {
    const query = `{ __typename # ${fresh()}\n}`;
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const unknown = await (await send({ extensions })).json();
    assert.deepEqual(unknown.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
    assert.equal(unknown.errors[0].message, 'PersistedQueryNotFound');
    assert.deepEqual(await (await send({ query, extensions })).json(), { data: { __typename: 'Query' } });
    assert.deepEqual(await (await send({ extensions })).json(), { data: { __typename: 'Query' } });
    const get = await fetch(`${roster.url}/graphql?extensions=${encodeURIComponent(JSON.stringify(extensions))}`);
    assert.deepEqual(await get.json(), { data: { __typename: 'Query' } });
    const lie = await (await send({ query: '{ me { id } }', extensions })).json();
    assert.match(lie.errors[0].message, /not that of the document/);
    assert.deepEqual(await (await send({ extensions })).json(), { data: { __typename: 'Query' } });
  });

  test('advisory_csrf_graphql: a cookie alone reads by GET, and changes nothing', async () => {
    const login = await fetch(`${roster.url}/api/v1/auth/login`, { method: 'POST', headers: { ...json, 'x-auth-mode': 'cookie' }, body: JSON.stringify({ identifier: bob.email, password }) });
    const cookie = login.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    const csrf = (await login.json()).data.csrf_token;
    const change = { query: 'mutation { updateProfile(input: {bio: "forged"}) { bio } }' };
    const forged = await send(change, { cookie });
    assert.equal((await forged.json()).errors[0].extensions.code, 'unauthenticated');
    const form = await fetch(`${roster.url}/graphql`, { method: 'POST', headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(change) });
    assert.notEqual((await form.json()).data?.updateProfile?.bio, 'forged');
    const get = await fetch(`${roster.url}/graphql?query=${encodeURIComponent('{ me { bio } }')}`, { headers: { cookie } });
    assert.equal((await get.json()).data.me.bio, null);
    assert.equal((await (await send(change, { cookie, 'x-csrf-token': csrf })).json()).data.updateProfile.bio, 'forged');
  });
});

describe('GraphiQL', () => {
  const get = (path, headers) => fetch(roster.url + path, { headers });

  test('is a page of this server alone', async () => {
    const page = await get('/graphiql/');
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-security-policy'), /script-src 'self';/);
    const files = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    assert.ok(files.length >= 5 && files.every((path) => path.startsWith('/')), files);
    for (const path of files) assert.equal((await get(path)).status, 200, path);
  });

  test('its large script is there compressed alone', async () => {
    const path = '/graphiql/graphiql.min.js';
    assert.ok((await (await get(path)).text()).includes('GraphiQL'));
    const refused = await get(path, { 'accept-encoding': 'identity' });
    assert.equal(refused.status, 406);
    assert.match(await refused.text(), /Accept-Encoding: gzip/);
    const { etag } = Object.fromEntries((await get(path)).headers);
    assert.equal((await get(path, { 'if-none-match': etag })).status, 304);
  });
});

describe('operations', () => {
  test('an account from its beginning to its end', async () => {
    const email = `${fresh()}@example.com`;
    const { register: made } = await data('mutation($i: CreateUserInput!) { register(input: $i) { accessToken user { id email isEmailVerified role status } } }', { variables: { i: { email, password } } });
    assert.deepEqual({ ...made.user, id: 0 }, { id: 0, email, isEmailVerified: false, role: 'USER', status: 'ACTIVE' });
    const { login } = await data('mutation($n: String!, $p: String!) { login(emailOrUsername: $n, password: $p, device: "shell") { accessToken user { id } } }', { variables: { n: email, p: password } });
    const as = { token: login.accessToken, id: login.user.id };
    const { updateProfile } = await data('mutation { updateProfile(input: {displayName: "New", gender: FEMALE, visibility: FOLLOWERS_ONLY}) { displayName } }', { as }).catch(() => ({}));
    assert.equal(updateProfile, undefined, 'there is no such visibility');
    const changed = await data('mutation { updateProfile(input: {displayName: "New", gender: FEMALE, visibility: FRIENDS_ONLY, dateOfBirth: "1990-02-03"}) { displayName gender visibility dateOfBirth } }', { as });
    assert.deepEqual(changed.updateProfile, { displayName: 'New', gender: 'FEMALE', visibility: 'FRIENDS_ONLY', dateOfBirth: '1990-02-03' });
    const preferences = await data('mutation { updateUserPreferences(input: {theme: "dark", custom: {a: [1, 2]}}) { theme custom } }', { as });
    assert.deepEqual(preferences.updateUserPreferences, { theme: 'dark', custom: { a: [1, 2] } });
    assert.equal((await data('query($u: String!) { userPreferences(userId: $u) { theme } }', { as, variables: { u: as.id } })).userPreferences.theme, 'dark');
    const { userSessions } = await data('{ userSessions { sessions { id deviceInfo isActive current } } }', { as });
    assert.deepEqual(userSessions.sessions.map((one) => one.deviceInfo).sort(), ['shell', null].sort());
    const other = userSessions.sessions.find((one) => !one.current);
    assert.deepEqual(await data('mutation($s: ID!) { revokeSession(sessionId: $s) }', { as, variables: { s: other.id } }), { revokeSession: true });
    assert.equal(await code('{ me { id } }', { as: { token: made.accessToken } }), 'session_ended');
    assert.deepEqual(await data('mutation { revokeAllSessions }', { as }), { revokeAllSessions: true });
    assert.equal(await code('{ me { id } }', { as }), 'session_ended');
  });

  test('following, blocking and reporting, with edges', async () => {
    const [cid, dan] = await Promise.all([register(roster), register(roster)]);
    const { followUser } = await data('mutation($u: String!) { followUser(followingId: $u) { id status followType follower { id } following { id username followersCount } } }', { as: cid, variables: { u: dan.id } });
    assert.deepEqual(followUser, { id: followUser.id, status: 'ACCEPTED', followType: 'public', follower: { id: cid.id }, following: { id: dan.id, username: dan.username, followersCount: 1 } });
    assert.equal(await code('mutation($u: String!) { followUser(followingId: $u) { id } }', { as: cid, variables: { u: dan.id } }), 'already_following');
    const lists = await data('query($u: String!) { userFollowers(userId: $u) { data { id } pagination { total } } userFollowing(userId: $u) { data { id } } }', { as: cid, variables: { u: dan.id } });
    assert.deepEqual(lists, { userFollowers: { data: [{ id: cid.id }], pagination: { total: 1 } }, userFollowing: { data: [] } });
    const status = (as, a, b) => ask('query($a: String!, $b: String!) { followStatus(followerId: $a, followingId: $b) }', { as, variables: { a, b } });
    assert.equal((await status(cid, cid.id, dan.id)).data.followStatus.isFollowing, true);
    assert.equal((await status(dan, cid.id, dan.id)).errors[0].extensions.code, 'denied');
    assert.equal((await status(admin, cid.id, dan.id)).data.followStatus.status, 'ACCEPTED');
    await data('mutation($u: String!) { reportUser(userId: $u, input: {type: SPAM, reason: "spam"}) { id } }', { as: cid, variables: { u: dan.id } });
    await data('mutation($u: String!) { blockUser(userId: $u, reason: "enough") { createdAt } }', { as: dan, variables: { u: cid.id } });
    assert.equal(await code('query($u: ID!) { user(id: $u) { id } }', { as: cid, variables: { u: dan.id } }), 'not_found');
    assert.deepEqual(await data('mutation($u: String!) { unblockUser(userId: $u) }', { as: dan, variables: { u: cid.id } }), { unblockUser: true });
    assert.equal(await code('mutation($u: String!) { unfollowUser(followingId: $u) }', { as: cid, variables: { u: dan.id } }), 'not_following');
  });

  test('for administrators', async () => {
    const eve = await register(roster);
    const stats = await data('{ userStats { total active byRole byStatus } }', { as: admin });
    assert.ok(stats.userStats.total >= 3 && stats.userStats.byRole.admin === 1, JSON.stringify(stats));
    const none = await data('{ userStats(dateFrom: "2001-01-01T00:00:00Z", dateTo: "2002-01-01T00:00:00Z") { total active verified byRole newToday } }', { as: admin });
    assert.deepEqual(none.userStats, { total: 0, active: 0, verified: 0, byRole: {}, newToday: 0 });
    const all = await data('{ userStats(dateFrom: "2001-01-01T00:00:00Z") { total newToday } }', { as: admin });
    assert.equal(all.userStats.total, all.userStats.newToday);
    assert.equal(await code('{ userStats { total } }', { as: eve }), 'denied');
    const changed = await data('mutation($u: String!) { adminUpdateUser(userId: $u, input: {role: MODERATOR, isPrivate: true, gender: OTHER}) { role isPrivate } }', { as: admin, variables: { u: eve.id } });
    assert.deepEqual(changed.adminUpdateUser, { role: 'MODERATOR', isPrivate: true });
    const list = (filters, pagination) => data('query($f: UserFilters, $p: PaginationInput) { users(filters: $f, pagination: $p) { data { id username role } pagination { page limit total pages hasNext nextCursor } } }', { as: admin, variables: { f: filters, p: pagination } });
    for (const filters of [{ role: 'MODERATOR' }, { isPrivate: true }, { gender: 'OTHER' }, { role: 'MODERATOR', visibility: 'PUBLIC', status: 'ACTIVE', isEmailVerified: false, isPrivate: true }])
      assert.deepEqual((await list(filters)).users.data.map(({ id }) => id), [eve.id], JSON.stringify(filters));
    assert.deepEqual((await list({ gender: 'MALE' })).users.data, []);
    assert.deepEqual((await list({ visibility: 'FRIENDS_ONLY', gender: 'OTHER' })).users.data, []);
    const names = async (pagination) => (await list(null, pagination)).users.data.map(({ username }) => username);
    const up = await names({ limit: 100, sortBy: 'username', sortOrder: 'ASC' });
    assert.deepEqual(up, [...up].sort());
    assert.deepEqual(await names({ limit: 100, sortBy: 'username', sortOrder: 'DESC' }), [...up].reverse());
    const first = (await list(null, { limit: 2, sortBy: 'createdAt' })).users;
    assert.equal(first.pagination.page, 1);
    assert.equal(await code('{ users(pagination: {sortBy: "password"}) { data { id } } }', { as: admin }), 'invalid');
    assert.deepEqual(await data('mutation($u: String!) { adminDeleteUser(userId: $u) }', { as: admin, variables: { u: eve.id } }), { adminDeleteUser: true });
    assert.equal(await code('mutation { adminDeleteUser(userId: "00000000-0000-4000-8000-000000000000") }', { as: ann }), 'denied');
  });

  test('mutations are done in their order, and one that fails does not undo the others', async () => {
    const who = await register(roster);
    const { data: done, errors } = await ask('mutation { a: updateProfile(input: {bio: "one"}) { bio } b: updateProfile(input: {dateOfBirth: "never"}) { bio } c: userUpdateMe(bio: "three") { bio } }', { as: who });
    assert.equal(done, null, 'updateProfile may not be null, so all of data is');
    assert.deepEqual(errors.map(({ path }) => path), [['b']]);
    assert.deepEqual(Object.keys(errors[0].extensions.details), ['dateOfBirth']);
    assert.equal((await data('{ me { bio } }', { as: who })).me.bio, 'three');
  });

  test('an Idempotency-Key holds for each change of a request by itself', async () => {
    const who = await register(roster);
    const query = 'mutation { a: pushRegister(token: "one-token-aaaaaaaaaaaaaaaaaaaa", platform: "web") { id } b: pushRegister(token: "two-token-aaaaaaaaaaaaaaaaaaaa", platform: "web") { id } }';
    const headers = { ...bearer(who), 'idempotency-key': fresh('key') };
    const once = await (await send({ query }, headers)).json();
    assert.equal(once.errors, undefined, JSON.stringify(once));
    assert.notEqual(once.data.a.id, once.data.b.id);
    assert.deepEqual(await (await send({ query }, headers)).json(), once);
  });

  test('every change is in the audit, as by REST', async () => {
    const who = await register(roster);
    await data('mutation { updateProfile(input: {bio: "seen"}) { id } }', { as: who });
    const { body } = await roster.get(`/api/v1/audit?actor_id=${who.id}&operation=user_update_me`, { token: admin.token });
    assert.equal(body.data.length, 1);
  });
});

describe('what one sees', () => {
  test('is what REST shows, in every list and edge', async () => {
    const [fay, gus, hal] = await Promise.all([register(roster), register(roster), register(roster, {})]);
    await follow(fay, gus);
    await follow(hal, gus);
    await roster.patch('/api/v1/users/me', { is_private: true, location: 'Here' }, { token: hal.token });
    const nested = await data('query($u: ID!) { user(id: $u) { followers(limit: 5) { data { id location email followersCount following { data { id } } } pagination { hasNext } } } }', { as: fay, variables: { u: gus.id } });
    const [first, second] = nested.user.followers.data;
    assert.deepEqual([first.id, second.id], [hal.id, fay.id]);
    assert.deepEqual(first, { id: hal.id, location: null, email: null, followersCount: null, following: null }, 'a limited profile is its name');
    assert.deepEqual(second.following.data, [{ id: gus.id }]);
    await roster.post(`/api/v1/users/${hal.id}/block`, {}, { token: fay.token, status: 200 });
    const now = await data('query($u: ID!) { user(id: $u) { followers { data { id } } } }', { as: fay, variables: { u: gus.id } });
    assert.deepEqual(now.user.followers.data, [{ id: fay.id }]);
    assert.equal((await ask('{ me { id } }')).errors[0].extensions.code, 'unauthenticated');
  });

  test('lists of many, each with a list, are pages of what REST lists', async () => {
    const stars = await Promise.all(Array.from({ length: 4 }, () => register(roster)));
    const fans = await Promise.all(Array.from({ length: 7 }, () => register(roster)));
    for (const fan of fans) for (const star of stars) await follow(fan, star);
    const { user } = await data('query($u: ID!) { user(id: $u) { following { data { id followers(limit: 3) { data { id } pagination { hasNext nextCursor limit } } } } } }', { as: ann, variables: { u: fans[0].id } });
    assert.equal(user.following.data.length, 4);
    for (const star of user.following.data) {
      const { body } = await roster.get(`/api/v1/users/${star.id}/followers?limit=3`, { token: ann.token });
      assert.deepEqual(star.followers.data.map(({ id }) => id), body.data.map(({ id }) => id));
      assert.equal(star.followers.pagination.hasNext, true);
      const { userFollowers } = await data('query($u: String!, $p: PaginationInput) { userFollowers(userId: $u, pagination: $p) { data { id } } }', { as: ann, variables: { u: star.id, p: { limit: 3, cursor: star.followers.pagination.nextCursor } } });
      const { body: next } = await roster.get(`/api/v1/users/${star.id}/followers?limit=3&cursor=${encodeURIComponent(body.meta.next_cursor)}`, { token: ann.token });
      assert.deepEqual(userFollowers.data.map(({ id }) => id), next.data.map(({ id }) => id));
    }
  });
});

describe('edges to people', () => {
  const block = (by, whom) => roster.post(`/api/v1/users/${whom.id}/block`, {}, { token: by.token, status: 200 });
  const people = (n) => Promise.all(Array.from({ length: n }, () => register(roster)));
  // Somebody with these permissions and no others: who may read every account sees everybody.
  async function staff(...permissions) {
    const [person] = await people(1);
    const name = fresh('staff').toLowerCase();
    await roster.post('/api/v1/roles', { name, description: 'Of a test', permissions }, { token: admin.token, status: 201 });
    await roster.patch(`/api/v1/users/${person.id}`, { role: name }, { token: admin.token, status: 200 });
    return { ...person, ...(await login(roster, person)) };
  }
  async function moderator() {
    const [person] = await people(1);
    await roster.patch(`/api/v1/users/${person.id}`, { role: 'moderator' }, { token: admin.token, status: 200 });
    return login(roster, person);
  }
  const report = async (by, whom) => (await roster.post('/api/v1/reports', { user_id: whom.id, type: 'spam', reason: 'x' }, { token: by.token, status: 201 })).body.data.id;
  const who = '{ id username }';
  const named = ({ id, username }) => ({ id, username });

  test('of reports, strikes and what stands against somebody, for a moderator', async () => {
    const mod = await moderator();
    const [cid, dan, eve] = await people(3);
    const first = await report(cid, dan);
    await report(eve, dan);
    const queue = `query($u: ID!) { reportQueue(userId: $u, limit: 10) { data { userId reporterId claimedBy resolvedBy reportedUser ${who} reporter ${who} claimedByUser ${who} resolvedByUser ${who} } } }`;
    const open = (await data(queue, { as: mod, variables: { u: dan.id } })).reportQueue.data;
    assert.deepEqual(open.map((one) => one.reporter), [cid, eve].map(named));
    for (const one of open) assert.deepEqual([one.reportedUser, one.claimedByUser, one.resolvedByUser], [named(dan), null, null]);
    await data('mutation($i: ID!) { reportClaim(id: $i) { id } }', { as: mod, variables: { i: first } });
    const { reportResolve } = await data(`mutation($i: ID!) { reportResolve(id: $i, action: WARN, reason: "No more of that") { claimedByUser ${who} resolvedByUser ${who} reporter { email } } }`, { as: mod, variables: { i: first } });
    assert.deepEqual([reportResolve.resolvedByUser, reportResolve.reporter.email], [named(mod), cid.email], 'a moderator sees every account');
    const both = await data(`query($u: ID!) { moderationStrikes(id: $u) { data { user ${who} givenByUser ${who} decidedByUser ${who} } } moderationProfile(id: $u) { warnings user ${who} } }`, { as: mod, variables: { u: dan.id } });
    assert.deepEqual(both.moderationStrikes.data, [{ user: named(dan), givenByUser: named(mod), decidedByUser: null }]);
    assert.deepEqual(both.moderationProfile, { warnings: 1, user: named(dan) });
    const own = await data(`{ strikeMine { data { user ${who} } } }`, { as: dan });
    assert.deepEqual(own.strikeMine.data, [{ user: named(dan) }]);
    const mine = await data(`{ reportMine { data { reportedUser ${who} } } }`, { as: cid });
    assert.deepEqual(mine.reportMine.data, [{ reportedUser: named(dan) }]);
  });

  test('of blocks and mutes, sessions, and what is between two', async () => {
    const [cid, dan, eve] = await people(3);
    await roster.post(`/api/v1/users/${dan.id}/mute`, undefined, { token: cid.token, status: 200 });
    await block(cid, eve);
    const lists = await data(`query($d: String!) { muteList { data { userId user ${who} } } blockList { data { userId username user ${who} } } sessionList { sessions { userId user ${who} } } followRelation(userId: $d) { isMuted user ${who} } }`, { as: cid, variables: { d: dan.id } });
    assert.deepEqual(lists.muteList.data, [{ userId: dan.id, user: named(dan) }]);
    assert.deepEqual(lists.blockList.data, [{ userId: eve.id, username: eve.username, user: null }], 'they are gone for each other');
    assert.deepEqual(lists.followRelation, { isMuted: true, user: named(dan) });
    assert.deepEqual(lists.sessionList.sessions, [{ userId: cid.id, user: named(cid) }]);
    const { sessionsOf } = await data(`query($u: String!) { sessionsOf(userId: $u) { sessions { userId user ${who} } } }`, { as: admin, variables: { u: cid.id } });
    assert.deepEqual(sessionsOf.sessions, [{ userId: cid.id, user: named(cid) }]);
  });

  test('of the audit, of events, of invitations, of letters, of ways to reach somebody', async () => {
    const [cid] = await people(1);
    await data('mutation { updateProfile(input: {bio: "told"}) { id } }', { as: cid });
    const { auditList } = await data(`query($u: String!) { auditList(actorId: $u, limit: 5) { data { operation actor ${who} subjectUser ${who} } } }`, { as: admin, variables: { u: cid.id } });
    assert.deepEqual(auditList.data.find((row) => row.operation === 'user_update_me'), { operation: 'user_update_me', actor: named(cid), subjectUser: named(cid) });
    const events = () => data(`query($u: String!) { eventsTail(subjectId: $u, type: "user.updated") { data { subject { id user ${who} } actor { type user ${who} } } } }`, { as: admin, variables: { u: cid.id } });
    const { eventsTail } = await eventually(events, (answer) => answer.eventsTail.data.length > 0);
    assert.deepEqual(eventsTail.data[0], { subject: { id: cid.id, user: named(cid) }, actor: { type: 'user', user: named(cid) } });
    const { invitationCreate } = await data(`mutation($e: String!) { invitationCreate(email: $e) { inviterId inviter { id } user { id } } }`, { as: admin, variables: { e: `${fresh()}@example.com` } });
    assert.deepEqual(invitationCreate, { inviterId: admin.id, inviter: { id: admin.id }, user: null });
    const reach = await data(`query($u: ID!) { mailList(userId: $u) { data { user ${who} } } contactGet(id: $u, type: EMAIL) { user ${who} } contactAll(id: $u) { user ${who} } contactPreferences(id: $u) { user ${who} } inboxProfile(id: $u) { user ${who} } }`, { as: admin, variables: { u: cid.id } });
    assert.ok(reach.mailList.data.length > 0);
    for (const one of [...reach.mailList.data, reach.contactGet, reach.contactAll, reach.contactPreferences, reach.inboxProfile]) assert.deepEqual(one.user, named(cid));
  });

  test('of who is connected', async () => {
    const [cid] = await people(1);
    const socket = io(roster.url, { forceNew: true, reconnection: false, transports: ['websocket'], auth: { token: cid.token } });
    try {
      await once(socket, 'connect');
      const { realtimeClients } = await data(`query($u: String!) { realtimeClients(userId: $u) { clients { userId user ${who} } } }`, { as: admin, variables: { u: cid.id } });
      assert.deepEqual(realtimeClients.clients, [{ userId: cid.id, user: named(cid) }]);
    } finally {
      socket.disconnect();
    }
  });

  test('show of a private profile its name alone', async () => {
    const [cid, dan] = await people(2);
    await roster.patch('/api/v1/users/me', { is_private: true, bio: 'Not for you', location: 'Here' }, { token: dan.token, status: 200 });
    await report(cid, dan);
    const { reportMine } = await data('{ reportMine { data { reportedUser { id bio location followersCount } } } }', { as: cid });
    assert.deepEqual(reportMine.data, [{ reportedUser: { id: dan.id, bio: null, location: null, followersCount: null } }]);
  });

  test('advisory_block_bypass: who blocked the caller is null by every edge', async () => {
    const desk = await staff('report.read', 'report.resolve', 'audit.read', 'event.read', 'mail.read', 'contact.read', 'user.write');
    const [cid, dan, other] = await people(3);
    await data('mutation($u: String!) { followUser(followingId: $u) { id } }', { as: cid, variables: { u: desk.id } });
    const ids = [await report(cid, dan), await report(other, dan)];
    await data('mutation { updateProfile(input: {bio: "told"}) { id } }', { as: cid });
    const edge = '{ id }';
    const parts = {
      reportQueue: [`reportQueue(userId: $d) { data { reporter ${edge} reportedUser ${edge} } }`, (list) => list.data.flatMap((one) => [one.reporter, one.reportedUser])],
      reportGet: [`reportGet(id: $r) { reporter ${edge} reportedUser ${edge} }`, (one) => [one.reporter, one.reportedUser]],
      moderationProfile: [`moderationProfile(id: $d) { user ${edge} }`, (one) => [one.user]],
      moderationStrikes: [`moderationStrikes(id: $d) { data { user ${edge} } }`, (list) => list.data.map((one) => one.user)],
      auditList: [`auditList(actorId: $c) { data { actor ${edge} } }`, (list) => list.data.map((one) => one.actor)],
      subjects: [`subjects: auditList(subjectId: $c) { data { subjectUser ${edge} } }`, (list) => list.data.map((one) => one.subjectUser)],
      eventsTail: [`eventsTail(subjectId: $c) { data { subject { user ${edge} } actor { user ${edge} } } }`, (list) => list.data.map((one) => one.subject.user)],
      mailList: [`mailList(userId: $e) { data { user ${edge} } }`, (list) => list.data.map((one) => one.user)],
      notifications: [`notifications { data { actor ${edge} } }`, (list) => list.data.map((one) => one.actor)],
    };
    const query = `query($d: ID!, $r: ID!, $c: String!, $e: ID!) { ${Object.values(parts).map(([text]) => text).join(' ')} }`;
    const seen = async () => {
      const answer = await data(query, { as: desk, variables: { d: dan.id, r: ids[0], c: cid.id, e: cid.id } });
      return Object.fromEntries(Object.entries(parts).map(([name, [, people_]]) => [name, [...new Set(people_(answer[name]).map((one) => one?.id ?? null))].sort()]));
    };
    await data('mutation($i: ID!) { reportResolve(id: $i, action: WARN, reason: "No more") { id } }', { as: desk, variables: { i: ids[1] } });
    const before = await eventually(seen, (all) => all.eventsTail.length > 0 && all.notifications.length > 0);
    assert.deepEqual(before, { reportQueue: [cid.id, other.id, dan.id].sort(), reportGet: [cid.id, dan.id].sort(), moderationProfile: [dan.id], moderationStrikes: [dan.id], auditList: [cid.id], subjects: [cid.id],
      eventsTail: [cid.id], mailList: [cid.id], notifications: [cid.id] });
    await Promise.all([block(cid, desk), block(dan, desk)]);
    const after = await seen();
    for (const [name, ids_] of Object.entries(after)) assert.deepEqual(ids_.filter((id) => id !== null), name === 'reportQueue' ? [other.id] : [], name);
    const [strange, blocked] = [await report(desk, other), await data('{ reportMine { data { reportedUser { id } } } }', { as: desk })];
    assert.ok(strange);
    assert.deepEqual(blocked.reportMine.data, [{ reportedUser: { id: other.id } }]);
    await block(other, desk);
    assert.deepEqual((await data('{ reportMine { data { reportedUser { id } } } }', { as: desk })).reportMine.data, [{ reportedUser: null }]);
    const { muteCreate } = await data('mutation($u: ID!) { muteCreate(id: $u) { user { id } } }', { as: ann, variables: { u: bob.id } });
    assert.deepEqual(muteCreate.user, { id: bob.id });
    await block(bob, ann);
    const mutes = await data('{ muteList { data { user { id } } } }', { as: ann });
    assert.deepEqual(mutes.muteList.data.filter((one) => one.user), []);
    await roster.delete(`/api/v1/users/${ann.id}/block`, { token: bob.token, status: 200 });
    await roster.delete(`/api/v1/users/${bob.id}/mute`, { token: ann.token, status: 200 });
  });
});

describe('limits', () => {
  const tooLarge = async (query, options) => assert.equal(await code(query, { as: ann, ...options }), 'too_large', query.slice(0, 80));
  const many = (n, each, between = ' ') => Array.from({ length: n }, (_, i) => each(i)).join(between);

  test('advisory_graphql_bombs: aliases, fragments, depth, words and cost are refused before anything is run', async () => {
    await tooLarge(`{ ${many(200, (i) => `a${i}: me { id }`)} }`);
    await tooLarge(`{ me { ...F } } ${many(200, (i) => `fragment F${i} on User { id }`)}`);
    await tooLarge(`{ me { ${'id '.repeat(6000)} } }`);
    await tooLarge('{ me { followers { data { followers { data { followers { data { followers { data { followers { data { followers { data { followers { data { followers { data { followers { data { followers { data { id } } } } } } } } } } } } } } } } } } } } } }');
    await tooLarge('{ me { followers(limit: 100) { data { followers(limit: 100) { data { id username } } } } } }');
    await tooLarge('query($n: Int) { me { followers(limit: $n) { data { followers(limit: $n) { data { id } } } } } }', { variables: { n: 100 } });
    await tooLarge('query($p: PaginationInput) { users(pagination: $p) { data { followers(limit: 100) { data { id username } } } } }', { variables: { p: { limit: 100 } } });
    const bomb = `{ ${'...F0 '.repeat(3)} } ${many(12, (i) => `fragment F${i} on Query { ${`...F${i + 1} `.repeat(8)} }`)} fragment F12 on Query { me { id } }`;
    await tooLarge(bomb);
    await tooLarge('{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }');
    await tooLarge(`mutation { ${many(25, (i) => `a${i}: login(emailOrUsername: "x", password: "y") { accessToken }`)} }`);
  });

  test('advisory_graphql_bombs: one variable in a thousand places, or inside deep literals, costs no more than it may', async () => {
    const own = await register(roster);
    const before = await data('{ preferenceGet { theme custom } }', { as: own });
    const save = (type, value, v) => ask(`mutation($v: ${type}) { updateUserPreferences(input: { theme: "dark", custom: ${value} }) { theme } }`, { as: own, variables: { v } });
    const long = 'x'.repeat(900_000);
    const refused = (answer, message) => {
      assert.deepEqual([answer.data, answer.errors[0].extensions.code, answer.errors[0].message], [null, 'too_large', `The input cannot be taken: ${message}.`]);
    };
    const peak = () => Number(readFileSync(`/proc/${roster.child.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) >> 10;
    const least = peak();
    refused(await save('String!', `{ a: [${'$v '.repeat(2000)}] }`, long), 'its texts are longer than 1 MiB together');
    refused(await save('JSONObject!', `{ a: [${'$v '.repeat(2000)}] }`, { a: Array(9000).fill(1) }), 'it holds too many values');
    refused(await save('JSONObject!', `${'{ a: '.repeat(12)}$v${' }'.repeat(12)}`, JSON.parse(`${'{"a":'.repeat(28)}1${'}'.repeat(28)}`)), 'it is nested deeper than 32 levels');
    const aliases = await ask(`query($v: ID!) { ${many(99, (i) => `a${i}: user(id: $v) { id }`)} }`, { variables: { v: long } });
    assert.deepEqual([aliases.errors[0].extensions.code, aliases.errors[0].message], ['too_large', 'The request needs more memory than one may use: ask for less at once.']);
    assert.ok(peak() - least < 200, `${peak() - least} MiB were taken`);
    assert.deepEqual(await data('{ preferenceGet { theme custom } }', { as: own }), before);
  });

  test('advisory_graphql_bombs: an answer that gives one long value thousands of times ends at its bound', async () => {
    const own = await register(roster);
    await data('mutation($v: String!) { preferenceUpdate(custom: { v: $v }) { theme } }', { as: own, variables: { v: 'x'.repeat(16_000) } });
    const answer = await send({ query: `{ ${many(40, (i) => `a${i}: preferenceGet { ...F }`)} } fragment F on UserPreference { ${many(40, (i) => `c${i}: custom`)} }` }, bearer(own));
    assert.equal(answer.status, 413);
    assert.equal((await answer.json()).errors[0].message, 'The answer is longer than 16 MiB: ask for less at once.');
  });

  test('advisory_graphql_bombs: what was changed before memory ended is told, and the rest is not begun', async () => {
    const own = await register(roster);
    const change = (name, input) => `${name}: preferenceUpdate(${input}) { theme }`;
    const { data: done, errors } = await ask(`mutation($v: String!) { ${change('first', 'theme: "dark"')} ${many(80, (i) => change(`a${i}`, 'custom: { v: $v }'))} ${change('last', 'theme: "light"')} }`, { as: own, variables: { v: 'x'.repeat(900_000) } });
    assert.deepEqual([done.first, done.a0, done.last], [{ theme: 'dark' }, null, null]);
    assert.deepEqual([errors[0].extensions.code, errors.length], ['invalid', 50], 'no more errors are told');
    assert.equal((await data('{ preferenceGet { theme } }', { as: own })).preferenceGet.theme, 'dark');
  });

  test('what stands beside the document is bounded as well', async () => {
    const answer = await send({ query: '{ __typename }', extensions: { more: 'x'.repeat(5000) } });
    assert.equal(answer.status, 400);
    assert.deepEqual(Object.keys((await answer.json()).errors[0].extensions.details), ['extensions']);
  });

  test('of what clients ask for in earnest nothing is refused', async () => {
    await data(getIntrospectionQuery({ descriptions: true }));
    await data('{ me { followers(limit: 100) { data { id username displayName avatarUrl followersCount followingCount postsCount bio } pagination { total } } } }', { as: ann });
  });

  test('introspection may be closed', { timeout: 60_000 }, async () => {
    const closed = await start({ env: { ...quick, ROSTER_GRAPHQL_INTROSPECTION: 'false' } });
    try {
      const other = async (query) => (await fetch(`${closed.url}/graphql`, { method: 'POST', headers: json, body: JSON.stringify({ query }) })).json();
      for (const query of ['{ __schema { types { name } } }', '{ __type(name: "User") { name } }', '{ ...F } fragment F on Query { a: __schema { types { name } } }'])
        assert.equal((await other(query)).errors[0].extensions.code, 'denied', query);
      assert.deepEqual(await other('{ __typename }'), { data: { __typename: 'Query' } });
    } finally {
      await closed.stop();
    }
  });

  test('each operation counts for the limit of its class', { timeout: 60_000 }, async () => {
    const strict = await start({ env: { ROSTER_PASSWORD_MEMORY: '64KiB', ROSTER_PASSWORD_PASSES: '1', ROSTER_LIMIT_AUTH: '3', ROSTER_LIMIT_READ: '50' } });
    try {
      const query = `mutation { ${many(5, (i) => `a${i}: sessionLogin(identifier: "nobody", password: "wrong password") { accessToken }`)} }`;
      const answer = await (await fetch(`${strict.url}/graphql`, { method: 'POST', headers: json, body: JSON.stringify({ query }) })).json();
      const codes = answer.errors.map(({ extensions }) => extensions.code);
      assert.deepEqual(codes, ['bad_credentials', 'bad_credentials', 'bad_credentials', 'rate_limited', 'rate_limited']);
      const reads = `{ ${many(60, (i) => `a${i}: userSearch(q: "zzz") { pagination { limit } }`)} }`;
      const { errors } = await (await fetch(`${strict.url}/graphql`, { method: 'POST', headers: json, body: JSON.stringify({ query: reads }) })).json();
      assert.ok(errors.some(({ extensions }) => extensions.code === 'rate_limited'), 'many reads in one request count as many');
    } finally {
      await strict.stop();
    }
  });
});
