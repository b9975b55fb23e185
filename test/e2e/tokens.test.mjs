// Tokens that must not be taken: cut, changed, forged, of another key, another service or another time. Names that begin with
// advisory_ are of classes in which other identity servers were hurt.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { letter, manyLetters } from './letters.mjs';
import { start } from './lib.mjs';
import { administrator, fresh, login, me, password, quick, refresh, register } from './people.mjs';
import { request, sequence } from './raw.mjs';

const secret = randomBytes(32).toString('hex');
let roster; // signs by ES256, with a key that nobody else has
let shared; // signs by HS256 with `secret`, so that a test can sign wrong claims with the right key
let person;
let hers; // a person of `shared`

before(async () => {
  roster = await start({ env: quick });
  shared = await start({ env: { ...quick, JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: secret } });
  person = await register(roster);
  hers = await register(shared);
});
after(async () => {
  await roster?.stop();
  await shared?.stop();
});

const faketime = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const wait = (ms) => new Promise((ok) => setTimeout(ok, ms));

// All of these, as Bearer tokens, are 401 and the server still knows the real one.
async function refused(server, tokens, good) {
  const got = await sequence(server, tokens.map((token) => request('GET', '/api/v1/users/me', { token })));
  got.forEach(({ status, headers }, i) => {
    assert.equal(status, 401, `taken: ${tokens[i]}`);
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer/);
  });
  await me(server, good, { status: 200 });
}

const changed = (text) =>
  Array.from(text, (c, i) => `${text.slice(0, i)}${c === 'A' ? 'B' : 'A'}${text.slice(i + 1)}`).filter((t) => t !== text);
const prefixes = (text) => Array.from({ length: text.length - 1 }, (_, i) => text.slice(0, i + 1));

// --- cut and changed --------------------------------------------------------------------------------------------------

test('advisory_truncated_token: no prefix of an access token is taken', async () => {
  await me(roster, person, { status: 200 }); // the whole one is known, and remembered
  await refused(roster, prefixes(person.token), person);
});

test('an access token with one character changed, added or put elsewhere is not taken', async () => {
  const { token } = person;
  const parts = token.split('.');
  await refused(roster, changed(token), person);
  await refused(roster, [
    `${token}A`, `${token}=`, `${token}==`, `${token}.`, `.${token}`, `${token}.${parts[2]}`, `A${token}`, `${token}%00`,
    parts.slice(0, 2).join('.'), `${parts[0]}..${parts[2]}`, `..`, `.`, `${parts[1]}.${parts[0]}.${parts[2]}`,
    token.toUpperCase(), token.toLowerCase(), `"${token}"`, `${token},${token}`,
  ], person);
});

// The last character of base64 without padding holds bits that belong to no byte: each token must have one spelling.
test('another spelling of the same signature bytes is not taken', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(person.token.at(-1));
  const twins = [1, 2, 3].map((bits) => person.token.slice(0, -1) + alphabet[last ^ bits]);
  const bytes = (t) => Buffer.from(t.split('.')[2], 'base64url').toString('hex');
  assert.ok(twins.every((t) => bytes(t) === bytes(person.token)));
  await refused(roster, twins, person);
});

test('advisory_truncated_token: no prefix and no change of a refresh token is taken, and none ends the session', async () => {
  const own = await register(roster);
  const wrong = [...prefixes(own.refresh), ...changed(own.refresh), `${own.refresh}A`, ` ${own.refresh}`, own.refresh.toLowerCase(),
    own.token, '', 'rr1_', 'x'.repeat(256)];
  const ask = (refresh_token) => request('POST', '/api/v1/auth/refresh', { body: JSON.stringify({ refresh_token }) });
  const got = await sequence(roster, wrong.map(ask));
  got.forEach(({ status, body }, i) => assert.ok([401, 422].includes(status), `${wrong[i]}: ${status} ${body}`));
  assert.ok(got.filter(({ status }) => status === 422).length <= 1, 'only the empty one is a wrong field');
  await me(roster, own, { status: 200 });
  await refresh(roster, own.refresh, { status: 200 });
});

test('a refresh token is no access token, and a token counts only as Authorization: Bearer', async () => {
  const { token, refresh: refreshToken } = person;
  await refused(roster, [refreshToken, '', 'Bearer', `Bearer ${token}`], person);
  const others = [
    request('GET', `/api/v1/users/me?access_token=${token}`),
    request('GET', '/api/v1/users/me', { headers: { Authorization: token } }),
    request('GET', '/api/v1/users/me', { headers: { Authorization: `Basic ${token}` } }),
    request('GET', '/api/v1/users/me', { headers: { Authorization: `Bearer${token}` } }),
    request('GET', '/api/v1/users/me', { headers: { 'X-Access-Token': token } }),
    request('GET', '/api/v1/users/me', { body: JSON.stringify({ access_token: token }) }),
  ];
  for (const { status } of await sequence(roster, others, { atOnce: 1 })) assert.equal(status, 401);
});

test('two Authorization headers are not taken, whichever comes first', async () => {
  const lines = [`Authorization: Bearer ${person.token}`, 'Authorization: Bearer x'];
  for (const pair of [lines, [...lines].reverse(), [lines[0], lines[0]]]) {
    const bytes = Buffer.from(`GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\n${pair.join('\r\n')}\r\n\r\n`);
    const [answer] = await sequence(roster, [bytes]);
    assert.ok([400, 401].includes(answer.status), `answered ${answer.status}`);
  }
});

// --- another algorithm ------------------------------------------------------------------------------------------------

test('advisory_alg_none: a token without a signature is not taken', async () => {
  const [head, claims, signature] = person.token.split('.');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url'));
  const forged = ['none', 'None', 'NONE', 'nOnE', '', null, 0, ['ES256'], {}].flatMap((alg) => {
    const other = encode({ alg, typ: 'at+jwt', kid });
    return [`${other}.${claims}.`, `${other}.${claims}.${signature}`, `${other}.${claims}`];
  });
  const without = encode({ typ: 'at+jwt', kid });
  await refused(roster, [...forged, `${without}.${claims}.`, `${without}.${claims}.${signature}`, `${head}.${claims}.`], person);
});

test('advisory_alg_confusion: HS256 with the public key as its secret is not taken, in whatever form the key is', async () => {
  const { body: set } = await roster.get('/.well-known/jwks.json', { status: 200 });
  const [, claims] = person.token.split('.');
  const forged = set.keys.flatMap((jwk) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const pem = key.export({ type: 'spki', format: 'pem' });
    const der = key.export({ type: 'spki', format: 'der' });
    const point = Buffer.concat([Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')]);
    const secrets = [pem, pem.trim(), der, point, Buffer.concat([Buffer.of(4), point]), JSON.stringify(jwk), jwk.x, jwk.kid, ''];
    return secrets.flatMap((material) =>
      ['HS256', 'HS384', 'HS512'].map((alg) => {
        const signed = `${encode({ alg, typ: 'at+jwt', kid: jwk.kid })}.${claims}`;
        return `${signed}.${createHmac(alg.replace('HS', 'sha'), material).update(signed).digest('base64url')}`;
      }));
  });
  await refused(roster, forged, person);
});

test('advisory_alg_confusion: keys of the attacker are not taken, named by kid or brought in the header', async () => {
  const { kid } = jose.decodeProtectedHeader(person.token);
  const claims = jose.decodeJwt(person.token);
  const forged = [];
  for (const alg of ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA']) {
    const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    const jwk = await jose.exportJWK(publicKey);
    for (const header of [{ kid }, { kid, jwk }, { jwk }, { kid, jku: 'http://127.0.0.1:1/jwks' }, { kid: `${kid}2` }, {}])
      forged.push(await new jose.SignJWT(claims).setProtectedHeader({ alg, typ: 'at+jwt', ...header }).sign(privateKey));
  }
  const [, payload, signature] = person.token.split('.');
  for (const alg of ['RS256', 'EdDSA', 'HS256', 'ES384', 'es256', 'ES256K'])
    forged.push(`${encode({ alg, typ: 'at+jwt', kid })}.${payload}.${signature}`);
  await refused(roster, forged, person);
});

test('a token of another Roster is not taken, access and refresh alike', async () => {
  await refused(roster, [hers.token], person);
  await refused(shared, [person.token], hers);
  await refresh(roster, hers.refresh, { status: 401 });
});

// --- the right key, other claims --------------------------------------------------------------------------------------

const key = new TextEncoder().encode(secret);
const sign = (header, claims) => new jose.SignJWT(claims).setProtectedHeader(header).sign(key);
const rightHeader = () => jose.decodeProtectedHeader(hers.token);
const rightClaims = () => jose.decodeJwt(hers.token);

test('a token that the test signs with the right key and the right claims is taken: the ones below fail for their claims', async () => {
  await me(shared, { token: await sign(rightHeader(), { ...rightClaims(), jti: 'another' }) }, { status: 200 });
});

test('advisory_missing_claims: a token without exp, aud, iss, sub or typ is not taken', async () => {
  const forged = [];
  for (const name of ['exp', 'aud', 'iss', 'sub', 'iat', 'jti']) {
    const { [name]: gone, ...rest } = rightClaims();
    assert.notEqual(gone, undefined);
    forged.push(await sign(rightHeader(), rest), await sign(rightHeader(), { ...rest, [name]: null }));
  }
  const { typ, ...untyped } = rightHeader();
  assert.equal(typ, 'at+jwt');
  forged.push(await sign(untyped, rightClaims()));
  await refused(shared, forged, hers);
});

test('a token with a wrong aud, iss, typ, kid or time is not taken', async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = [
    { aud: 'another' }, { aud: '' }, { aud: ['another'] }, { aud: {} }, { aud: 'roster\0' }, { aud: 'rosterx' }, { aud: 'roste' }, { aud: 'ROSTER' },
    { iss: 'another' }, { iss: '' }, { iss: 'http://roster' }, { iss: 1 },
    { exp: now - 1 }, { exp: 0 }, { exp: -1 }, { exp: `${now + 600}` }, { exp: 1e30 }, { exp: [now + 600] }, { nbf: now + 600 }, { nbf: 'x' },
    { sub: 'nobody' }, { sub: '' }, { sub: '01a1fc6a-ea7c-7e47-bc4a-05bec3c0de8f' }, { sub: hers.email }, { sub: hers.username },
    { sid: '01a1fc6a-ea7c-7e47-bc4a-05bec3c0de8f' }, { sid: "' OR 1=1 --" }, { sid: '' }, { sid: 1 }, { sid: 'x'.repeat(5000) },
  ];
  const headers = [
    { typ: 'JWT' }, { typ: 'jwt' }, { typ: '' }, { typ: 'refresh+jwt' }, { typ: ['at+jwt'] },
    { kid: 'foreign' }, { kid: '' }, { kid: '../../../../dev/null' }, { kid: "' UNION SELECT '" }, { kid: 7 },
  ];
  const forged = await Promise.all([
    ...claims.map((c) => sign(rightHeader(), { ...rightClaims(), ...c })),
    ...headers.map((h) => sign({ ...rightHeader(), ...h }, rightClaims())),
  ]);
  const { kid, ...nameless } = rightHeader();
  forged.push(await sign(nameless, rightClaims()));
  // Extensions that must be understood (RFC 7515 section 4.1.11): jose itself refuses to sign these.
  for (const header of [{ crit: ['exp'] }, { crit: ['b64'], b64: false }, { crit: [] }, { crit: ['x'], x: 1 }]) {
    const signed = `${encode({ ...rightHeader(), ...header })}.${encode(rightClaims())}`;
    forged.push(`${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`);
  }
  // Claims that are no JSON object, or say something twice.
  for (const text of ['', 'null', '[]', '1', '"x"', '{', '{}', `${JSON.stringify(rightClaims()).slice(0, -1)},"sub":"x"}`, '\xff{}']) {
    const signed = `${encode(rightHeader())}.${encode(text)}`;
    forged.push(`${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`);
  }
  await refused(shared, forged, hers);
});

test('advisory_identity_mixed: the session of one person with the id of another is not taken', async () => {
  const other = await register(shared);
  const { sid } = jose.decodeJwt(other.token);
  await refused(shared, [
    await sign(rightHeader(), { ...rightClaims(), sid }),
    await sign(rightHeader(), { ...rightClaims(), sub: other.id }),
  ], hers);
});

test('advisory_role_from_claims: what a token says of its role counts for nothing', async () => {
  const token = await sign(rightHeader(), { ...rightClaims(), role: 'admin', scope: 'user.read user.write', perms: ['user.read'] });
  const own = await me(shared, { token }, { status: 200 });
  assert.equal(own.body.data.role, 'user');
  await shared.get('/api/v1/users', { token, status: 403 });
  await shared.get('/api/v1/audit', { token, status: 403 });
});

// --- time and keys ----------------------------------------------------------------------------------------------------

test('an access token is refused once its lifetime is over, although it was used and remembered until then', async () => {
  const short = await start({ env: { ...quick, ROSTER_TOKEN_LIFETIME: '2s' } });
  const own = await register(short);
  const until = jose.decodeJwt(own.token).exp * 1000;
  while (Date.now() < until - 300) {
    await me(short, own, { status: 200 });
    await wait(50);
  }
  await wait(until - Date.now() + 50);
  const late = await me(short, own, { status: 401 });
  assert.equal(late.body.error, 'token_expired');
  await refresh(short, own.refresh, { status: 200 });
  await short.stop();
});

test('a session that was not refreshed for a week is over', async () => {
  const first = await start({ env: quick });
  const idle = await register(first);
  let busy = await register(first);
  await first.stop({ keep: true });
  const at = async (days, run) => {
    // The library alone: the command of that name would stand between the server and its signals.
    const clock = { LD_PRELOAD: faketime, FAKETIME: `+${days}d` };
    const server = await start({ dir: first.dir, database: first.database, env: { ...quick, ...clock } });
    await run(server);
    await server.stop({ keep: true });
  };
  const go = async (server) => {
    busy.refresh = (await refresh(server, busy.refresh, { status: 200 })).body.data.refresh_token;
  };
  await at(6, go);
  await at(8, async (server) => {
    const late = await refresh(server, idle.refresh, { status: 401 });
    assert.equal(late.body.error, 'token_expired');
    await me(server, idle, { status: 401 });
    await go(server);
  });
  for (const days of [14, 20, 26]) await at(days, go);
  await at(31, (server) => refresh(server, busy.refresh, { status: 401 })); // thirty days in all
  const last = await start({ dir: first.dir, database: first.database, env: quick });
  await last.stop();
  await first.stop();
});

test('after a rotation of the signing key old tokens go on until they expire, and new ones name the new key', async () => {
  const own = await start({ env: quick });
  const admin = await administrator(own);
  const old = await register(own);
  const { body } = await own.post('/api/v1/keys/rotate', undefined, { token: admin.token, status: [200, 201] });
  await me(own, old, { status: 200 });
  const next = await register(own);
  assert.equal(jose.decodeProtectedHeader(next.token).kid, body.data.kid);
  assert.notEqual(jose.decodeProtectedHeader(old.token).kid, body.data.kid);
  const set = jose.createLocalJWKSet((await own.get('/.well-known/jwks.json', { status: 200 })).body);
  for (const { token } of [old, next]) await jose.jwtVerify(token, set, { typ: 'at+jwt', audience: 'roster', issuer: 'roster' });
  await own.kill();
  const again = await start({ dir: own.dir, database: own.database, env: quick });
  await me(again, old, { status: 200 });
  await me(again, next, { status: 200 });
  await again.stop();
});

// Seen here: the 33rd key of a running server had no place in memory, and the next log-in ended the process.
test('a hundred rotations later the server still signs, and knows every token that it signed', async () => {
  const own = await start({ env: quick });
  const admin = await administrator(own);
  const people = [];
  for (let i = 0; i < 100; i++) {
    await own.post('/api/v1/keys/rotate', undefined, { token: admin.token, status: [200, 201] });
    if (i % 10 === 9) people.push(await register(own));
  }
  for (const each of people) await me(own, each, { status: 200 });
  const kids = people.map(({ token }) => jose.decodeProtectedHeader(token).kid);
  assert.equal(new Set(kids).size, people.length);
  await own.stop();
});

// --- the same idea elsewhere ------------------------------------------------------------------------------------------

test('advisory_forged_cursor: a cursor that was cut, changed or made up is 400 and never SQL', async () => {
  const own = await start({ env: quick });
  const admin = await administrator(own);
  for (let i = 0; i < 3; i++) await register(own);
  const { body } = await own.get('/api/v1/users?limit=1&cursor=', { token: admin.token });
  const first = body?.meta?.next_cursor ?? (await own.get('/api/v1/users?limit=1', { token: admin.token })).body.meta.next_cursor;
  assert.ok(first, 'the list has a next page');
  const ask = (cursor, path = '/api/v1/users') =>
    request('GET', `${path}?limit=1&cursor=${encodeURIComponent(cursor)}`, { token: admin.token });
  const [good] = await sequence(own, [ask(first)]);
  assert.equal(good.status, 200);
  const wrong = [...prefixes(first), ...changed(first), `${first}A`, "' OR 1=1 --", '1', '-1', '9e99', '%', '{"id":1}', encode('0,0'), '\0'];
  const got = await sequence(own, [...wrong.map((c) => ask(c)), ask(first, '/api/v1/audit')]);
  got.forEach(({ status, body: text }, i) => assert.equal(status, 400, `${wrong[i]}: ${text}`));
  await own.stop();
});

// Two of everything that stands in a list of the administrator's, or of one other person, who is returned.
async function company(own, admin) {
  const [ann, bob, cat, dan, eve] = await Promise.all(Array.from({ length: 5 }, () => register(own)));
  const judge = await administrator(own);
  const act = (by, path, json, status = [200, 201]) => own.post(path, json, { token: by.token, status });
  const towards = (by, whom, what) => act(by, `/api/v1/users/${whom.id}/${what}`);
  await own.patch('/api/v1/users/me', { is_private: true }, { token: admin.token, status: 200 });
  for (const one of [bob, cat]) {
    await towards(one, ann, 'follow');
    await towards(ann, one, 'follow');
    await towards(admin, one, 'follow');
    await towards(one, admin, 'follow'); // asks
  }
  for (const one of [dan, eve]) {
    await towards(admin, one, 'mute');
    await act(admin, '/api/v1/reports', { user_id: one.id, type: 'spam' });
    await towards(admin, one, 'block');
    const { body } = await act(one, '/api/v1/reports', { user_id: admin.id, type: 'spam' });
    await act(judge, `/api/v1/moderation/reports/${body.data.id}/resolve`, { action: 'warn', reason: 'Sent letters' });
  }
  for (let i = 0; i < 2; i++) await act(admin, `/api/v1/users/${admin.id}/notifications`, { type: 'news' });
  const strikes = await own.get('/api/v1/users/me/strikes', { token: admin.token, status: 200 });
  for (const { id } of strikes.body.data) await act(admin, `/api/v1/users/me/strikes/${id}/appeal`, { text: 'No' });
  return ann;
}

test('advisory_forged_cursor: of every list that takes one, none is taken by another list, and none that is not whole', async (t) => {
  const own = await start({ env: quick });
  t.after(() => own.stop());
  const admin = await administrator(own);
  for (let i = 0; i < 3; i++) {
    await register(own, { username: fresh('cursor') });
    await own.post('/api/v1/invitations', { email: `${fresh()}@example.com` }, { token: admin.token, status: 201 });
    await login(own, admin);
  }
  const ann = await company(own, admin);
  let hook;
  for (let i = 0; i < 2; i++) hook = (await own.post('/api/v1/webhooks', { url: 'https://hooks.example.org/in', enabled: false }, { token: admin.token, status: 201 })).body.data;
  for (const n of [1, 2])
    await own.sql(`INSERT INTO webhook_delivery (webhook_id, sequence, event_id, event_type, subject, status, queued_at) VALUES ('${hook.id}', ${n}, '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd${n}', 'user.created', 'user x', 'delivered', 1)`);
  const all = (await own.contract()).operations().filter(([, , op]) => op.parameters?.some(({ name }) => name === 'cursor'));
  const lists = all.filter(([, , op]) => !op['x-shape']).map(([, path]) => path.replace('/webhooks/{id}', `/webhooks/${hook.id}`).replace('/users/{id}', `/users/${ann.id}`));
  assert.ok(lists.length >= 16, lists.join());
  const query = (path) => `${path}?limit=1${path.endsWith('search') ? '&q=cursor' : ''}`;
  const cursors = {};
  for (const path of lists) {
    const { body } = await own.get(query(path), { token: admin.token, status: 200 });
    assert.ok(body.meta.next_cursor, `${path} has no next page`);
    cursors[path] = body.meta.next_cursor;
  }
  const ask = (path, cursor) => request('GET', `${query(path)}&cursor=${encodeURIComponent(cursor)}`, { token: admin.token });
  for (const path of lists) {
    const good = cursors[path];
    assert.equal((await sequence(own, [ask(path, good)]))[0].status, 200, path);
    const others = lists.filter((other) => other !== path).map((other) => cursors[other]);
    const wrong = [...others, ...prefixes(good), ...changed(good), `${good}A`, `${good}=`, `${good}==`, ` ${good}`, good.toLowerCase(), `${good}.${good}`, "' OR 1=1 --", '0', '-1', `${'9'.repeat(30)}`, '[]', 'A'.repeat(400)];
    (await sequence(own, wrong.map((c) => ask(path, c)))).forEach(({ status, body }, i) => assert.equal(status, 400, `${path} took ${wrong[i]}: ${body}`));
  }
  // Nor does a cursor of one order begin another.
  const orders = ['-created_at', 'created_at', 'username', '-username'];
  for (const sort of orders) {
    const { body } = await own.get(`/api/v1/users?limit=1&sort=${sort}`, { token: admin.token, status: 200 });
    for (const other of orders)
      await own.get(`/api/v1/users?limit=1&sort=${other}&cursor=${encodeURIComponent(body.meta.next_cursor)}`, { token: admin.token, status: other === sort ? 200 : 400 });
  }
  for (const [, path] of all.filter(([, , op]) => op['x-shape'])) // these go by page
    await own.get(`${query(path.replace('/users/{id}', `/users/${ann.id}`))}&cursor=${encodeURIComponent(cursors['/api/v1/users'])}`, { token: admin.token, status: 400 });
});

test('advisory_token_confusion: no token is good for what another is for', async (t) => {
  const own = await start({ env: { ...quick, ...manyLetters } });
  t.after(() => own.stop());
  const admin = await administrator(own);
  const ann = await register(own);
  const { body } = await own.post('/api/v1/auth/login', { identifier: ann.email, password }, { status: 200 });
  const browser = await own.post('/api/v1/auth/login', { identifier: ann.email, password }, { status: 200, headers: { 'x-auth-mode': 'cookie' } });
  await own.post('/api/v1/auth/password-reset', { email: ann.email }, { status: 200 });
  const guest = `${fresh('guest')}@example.com`;
  await own.post('/api/v1/invitations', { email: guest }, { token: admin.token, status: 201 });
  const client = (await own.post('/oauth/clients', { name: 'neighbour' }, { token: admin.token, status: 201 })).body.data;
  const list = await own.get('/api/v1/users?limit=1', { token: admin.token, status: 200 });
  const tokens = {
    access: body.data.access_token, refresh: body.data.refresh_token, device: body.data.device_token, csrf: browser.body.data.csrf_token, client: client.secret, cursor: list.body.meta.next_cursor,
    verify: (await letter(own, ann.email, 'verify_email')).token, reset: (await letter(own, ann.email, 'reset_password')).token, invitation: (await letter(own, guest, 'invitation')).token,
    key: jose.decodeProtectedHeader(body.data.access_token).kid, session: jose.decodeJwt(body.data.access_token).sid,
  };
  const doors = {
    access: (token) => own.get('/api/v1/users/me', { token }),
    refresh: (refresh_token) => own.post('/api/v1/auth/refresh', { refresh_token }),
    csrf: (token) => own.patch('/api/v1/users/me', { bio: 'x' }, { headers: { cookie: browser.headers.getSetCookie().map((c) => c.split(';')[0]).join('; '), 'x-csrf-token': token } }),
    client: (client_secret) => own.form('/oauth/token', { grant_type: 'client_credentials', client_id: client.id, client_secret }),
    cursor: (cursor) => own.get(`/api/v1/users?limit=1&cursor=${encodeURIComponent(cursor)}`, { token: admin.token }),
    verify: (token) => own.post('/api/v1/auth/verify-email', { token }),
    reset: (token) => own.post('/api/v1/auth/password-reset/confirm', { token, password: 'violet anchor 77 sunken' }),
    invitation: (token) => own.post('/api/v1/invitations/accept', { token, password }),
    setup: (token) => own.post('/api/v1/setup', { token, email: `${fresh()}@example.com`, password }),
  };
  for (const [door, open] of Object.entries(doors))
    for (const [name, token] of Object.entries(tokens)) {
      if (name === door) continue;
      assert.ok(token, name);
      const { status, text } = await open(token);
      assert.ok([400, 401, 403, 409, 422].includes(status), `${name} at ${door}: ${status} ${text}`);
    }
  // And each, still whole, opens its own door: the refusals above were no accident.
  for (const door of ['access', 'refresh', 'csrf', 'client', 'cursor', 'verify', 'reset', 'invitation']) {
    const { status, text } = await doors[door](tokens[door]);
    assert.ok(status < 300, `${door}: ${status} ${text}`);
  }
});

test('advisory_idor: with an id of another, a person can neither change nor end anything', async () => {
  const victim = await register(roster);
  const { body } = await roster.get('/api/v1/auth/sessions', { token: victim.token, status: 200 });
  const attempts = [
    roster.patch(`/api/v1/users/${victim.id}`, { display_name: 'mine' }, { token: person.token }),
    roster.delete(`/api/v1/users/${victim.id}`, { token: person.token }),
    roster.post(`/api/v1/users/${victim.id}/deactivate`, undefined, { token: person.token }),
    roster.post(`/api/v1/users/${victim.id}/status`, { status: 'banned' }, { token: person.token }),
    roster.delete(`/api/v1/auth/sessions/${body.data[0].id}`, { token: person.token }),
  ];
  for (const { status, text } of await Promise.all(attempts)) assert.ok([403, 404].includes(status), text);
  const seen = await me(roster, victim, { status: 200 });
  assert.notEqual(seen.body.data.display_name, 'mine');
  assert.equal(seen.body.data.status, 'active');
});

test('advisory_enumeration: a log-in fails alike, and no sooner, whether the account exists or not', async () => {
  const tries = [person.email, person.username, `${fresh('nobody')}@example.com`, fresh('nobody'), 'not an address@@', '\u200b'];
  const got = await Promise.all(tries.map(async (identifier) => {
    const began = performance.now();
    const { status, body } = await roster.post('/api/v1/auth/login', { identifier, password: 'not this one' });
    return { status, error: body.error, message: body.message, early: performance.now() - began < 395 };
  }));
  for (const answer of got) assert.deepEqual(answer, { ...got[0], early: false });
  assert.equal(got[0].status, 401);
});

test('advisory_first_admin_claim: only the link that the server printed makes the first administrator, once', async () => {
  const own = await start({ env: quick });
  const link = own.output.join('\n').match(/#token=([\w-]+)/)[1];
  const ask = (token) => own.post('/api/v1/setup', { token, email: `${fresh()}@example.com`, password });
  for (const wrong of ['', 'x', link.slice(0, -1), `${link}A`, link.toLowerCase(), link.slice(1), 'A'.repeat(link.length)]) {
    const { status } = await ask(wrong);
    assert.ok([401, 422].includes(status), `${wrong}: ${status}`);
  }
  const both = await Promise.all([ask(link), ask(link), ask(link)]);
  assert.equal(both.filter(({ status }) => status === 201).length, 1);
  assert.ok(both.every(({ status }) => status === 201 || status === 409), both.map((b) => b.text).join('\n'));
  const { status } = await ask(link);
  assert.equal(status, 409);
  await own.stop();
});

test('advisory_revoked_service: service credentials that were revoked are refused at once, and so are their tokens', async () => {
  const own = await start({ env: quick });
  const admin = await administrator(own);
  const target = await register(own);
  const { body } = await own.post('/oauth/clients', { name: 'neighbour' }, { token: admin.token, status: 201 });
  const made = body.data ?? body;
  const basic = { authorization: `Basic ${Buffer.from(`${made.id}:${made.secret}`).toString('base64')}` };
  const form = (fields) => ({ body: new URLSearchParams(fields) });
  const grant = () => own.request('POST', '/oauth/token', { ...form({ grant_type: 'client_credentials' }), headers: basic });
  const granted = await grant();
  assert.equal(granted.status, 200, granted.text);
  const token = granted.body.access_token;
  const introspect = () => own.request('POST', '/oauth/introspect', { ...form({ token: target.token }), token });
  assert.equal((await introspect()).body.active, true);
  for (const cut of [made.secret.slice(0, -1), `${made.secret}A`, '', made.secret.slice(0, 1)]) {
    const headers = { authorization: `Basic ${Buffer.from(`${made.id}:${cut}`).toString('base64')}` };
    const { status } = await own.request('POST', '/oauth/token', { ...form({ grant_type: 'client_credentials' }), headers });
    assert.equal(status, 401);
  }
  await own.delete(`/oauth/clients/${made.id}`, { token: admin.token, status: [200, 204] });
  assert.equal((await introspect()).status, 401);
  assert.equal((await grant()).status, 401);
  await own.stop();
});

test('what logs in afterwards is whole: nothing above ended or locked anybody', async () => {
  await me(roster, person, { status: 200 });
  await login(roster, person);
  await login(shared, hers);
});
