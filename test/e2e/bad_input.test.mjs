// Input that is broken, hostile or too much of everything. The server answers 4xx, in its own form, and goes on.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { start } from './lib.mjs';
import { administrator, fresh, me, password, quick, register } from './people.mjs';
import { exchange, request, sequence } from './raw.mjs';

const kept = { display_name: 'Ännchen "Ann" \\ 日本 😀', bio: 'two\nlines', is_private: true, preferences: { email: false, push: true } };
let roster;
let person;
let admin;
let contract;

before(async () => {
  // One worker: many changes of one row at once would be 503 on PostgreSQL, and that is not the question here.
  roster = await start({ env: { ...quick, ROSTER_WORKERS: '1' } });
  person = await register(roster);
  admin = await administrator(roster);
  contract = await (await fetch(`${roster.url}/openapi.json`)).json();
});
after(() => roster?.stop());
// Nothing in here may be our own mistake, however it was answered.
afterEach(() => {
  const failed = roster.logged().filter((line) => (line.status >= 500 && line.status !== 501) || line.level === 'error');
  assert.deepEqual(failed, []);
});

const profile = (body, more = {}) => request('PATCH', '/api/v1/users/me', { token: person.token, body, ...more });
const registration = (body) => request('POST', '/api/v1/users', { body });
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const parsed = (bytes) => {
  try {
    return JSON.parse(strict.decode(bytes));
  } catch {
    return undefined;
  }
};
const isError = ({ status, body }, expected) => {
  assert.ok([expected].flat().includes(status), `answered ${status}: ${body}`);
  const { success, error, message, correlation_id: id } = JSON.parse(body);
  assert.equal(success, false);
  assert.ok(error && message && id, body);
};

// --- JSON -------------------------------------------------------------------------------------------------------------

// 422 is for bytes that are JSON but no UTF-8: a cut in the middle of a character.
test('JSON that ends at any byte is refused, and registers nobody', async () => {
  const email = `${fresh('cut')}@example.com`;
  const whole = Buffer.from(JSON.stringify({ email, password, first_name: 'Ænn 😀', preferences: { email: true } }));
  const cuts = Array.from({ length: whole.length - 1 }, (_, i) => whole.subarray(0, i + 1));
  const got = await sequence(roster, cuts.map(registration));
  got.forEach((answer) => isError(answer, [400, 422]));
  assert.ok(got.filter(({ status }) => status === 422).length <= 4);
  await roster.post('/api/v1/auth/login', { identifier: email, password }, { status: 401 });
});

test('JSON with any bit flipped is answered as the JSON that it then is, or is 400 or 422', async () => {
  const whole = Buffer.from(JSON.stringify(kept));
  const flips = Array.from(whole).flatMap((byte, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => {
      const other = Buffer.from(whole);
      other[i] = byte ^ (1 << bit);
      return other;
    }));
  const got = await sequence(roster, flips.map((body) => profile(body)));
  got.forEach((answer, i) => {
    const value = parsed(flips[i]);
    const shown = `${flips[i]} was answered ${answer.status} ${answer.body}`;
    assert.ok([200, 400, 422].includes(answer.status), shown);
    if (value === undefined) assert.notEqual(answer.status, 200, shown);
    else assert.notEqual(answer.status, 400, shown);
    if (answer.status !== 200) return;
    const { data } = JSON.parse(answer.body);
    for (const name of ['display_name', 'bio', 'is_private'])
      if (name in value) assert.deepEqual(data[name] ?? null, value[name], shown);
  });
});

test('what is nearly JSON is 400', async () => {
  const nearly = ['', ' ', '[', '{', '}', '{}}', '{}{}', '{} x', '\0', '{}\0', '\ufeff{}', "{'bio':'x'}", '{bio:"x"}', '{"bio":"x",}', '{"bio":"x" "name":"y"}',
    '{"bio":undefined}', '{"bio":NaN}', '{"bio":Infinity}', '{"is_private":TRUE}', '{"is_private":+1}', '{"is_private":01}', '{"is_private":1.}',
    '{"is_private":.5}', '{"is_private":0x1}', '{"bio":"\t"}', '{"bio":"\n"}', '{"bio":"\\x41"}', '{"bio":"\\u12"}', '{"bio":"\\u{41}"}', '{"bio":"x"} // y',
    '/* x */ {}', '{"bio":"\\ud800"}', '{"bio":"\\udc00\\ud800"}', '{"bio":"\\ud800x"}', 'nul', '"bio', 'bio=x'].filter((text) => text !== '');
  for (const answer of await sequence(roster, nearly.map((body) => profile(body)))) isError(answer, 400);
});

test('JSON that is no object is refused', async () => {
  for (const answer of await sequence(roster, ['[]', 'null', '1', '"x"', 'true', '[{"bio":"x"}]'].map((body) => profile(body)))) isError(answer, [400, 422]);
});

test('a name that comes twice is refused, wherever it stands', async () => {
  const twice = ['{"bio":"a","bio":"b"}', '{"bio":"a","bio":"a"}', '{"bio":"a","\\u0062io":"b"}', '{"preferences":{"email":true,"email":false}}',
    '{"zz":1,"zz":2}', '{"preferences":{"email":true},"preferences":{"push":true}}'];
  for (const answer of await sequence(roster, twice.map((body) => profile(body)))) isError(answer, [400, 422]);
  await me(roster, person, { status: 200 });
});

test('advisory_parser_recursion: nesting and numbers without end are refused at once', async () => {
  const deep = (open, close, n) => open.repeat(n) + close.repeat(n);
  const bodies = [33, 1000, 100_000].flatMap((n) => [
    deep('[', ']', n), `{"bio":${deep('[', ']', n)}}`, `{"zz":${deep('[', ']', n)}}`, '{"a":'.repeat(n) + '1' + '}'.repeat(n), '['.repeat(n), '{"a":'.repeat(n),
  ]);
  bodies.push(`{"bio":${'9'.repeat(500_000)}}`, `{"bio":1e${'9'.repeat(10_000)}}`, `{"bio":0.${'0'.repeat(500_000)}1}`, `{"bio":-${'1'.repeat(400)}}`);
  const began = performance.now();
  for (const body of bodies) {
    const { answers: [answer] } = await exchange(roster, profile(body));
    isError(answer, [400, 413, 422]);
  }
  assert.ok(performance.now() - began < 5000);
});

test('advisory_parser_recursion: everything that a stranger may send has a bound, in depth and in number', async () => {
  const n = 100_000;
  const deep = '['.repeat(n) + ']'.repeat(n);
  const part = (i) => `--b\r\nContent-Disposition: form-data; name="f${i}"\r\n\r\nx\r\n`;
  const nested = (i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`;
  const jwt = (head, claims) => `${encode(head)}.${encode(claims)}.${'A'.repeat(86)}`;
  const encode = (text) => Buffer.from(text).toString('base64url');
  const post = (type, body) => request('POST', '/api/v1/users', { type, body });
  const get = (headers, target = '/api/v1/users/me') => request('GET', target, { headers });
  const few = 1000; // what fits into a head
  const many = {
    'JSON of a log-in': request('POST', '/api/v1/auth/login', { body: deep }),
    'JSON of a token, in its head': get({ Authorization: `Bearer ${jwt('['.repeat(few) + ']'.repeat(few), '{}')}` }),
    'JSON of a token, in its claims': get({ Authorization: `Bearer ${jwt('{"alg":"ES256","typ":"at+jwt","kid":"x"}', `{"a":${'['.repeat(few)}${']'.repeat(few)}}`)}` }),
    'points of a token': get({ Authorization: `Bearer ${'.'.repeat(4000)}` }),
    'pairs of a form': post('application/x-www-form-urlencoded', Array.from({ length: n }, (_, i) => `a${i}=1`).join('&')),
    'brackets of a name in a form': post('application/x-www-form-urlencoded', `a${'[b]'.repeat(n)}=1`),
    'parts of a form': post('multipart/form-data; boundary=b', `${Array.from({ length: 10_000 }, (_, i) => part(i)).join('')}--b--\r\n`),
    'forms within forms': post('multipart/form-data; boundary=b0', Array.from({ length: 5000 }, (_, i) => nested(i)).join('')),
    'borders that nearly are': post('multipart/form-data; boundary=b', '\r\n--'.repeat(n)),
    'pairs of a query': get({}, `/api/v1/users/search?${Array.from({ length: 1000 }, () => 'q=a').join('&')}`),
    'escapes of a query': get({}, `/api/v1/users/search?q=${'%61'.repeat(2000)}`),
    'segments of a path': get({}, `/${'a/'.repeat(3000)}`),
    'ranges': get({ Range: `bytes=${Array.from({ length: few }, (_, i) => `${i}-`).join()}` }, '/openapi.json'),
    'tags': get({ 'If-None-Match': Array.from({ length: few }, (_, i) => `"${i}"`).join() }, '/openapi.json'),
    'cookies': get({ Cookie: Array.from({ length: few }, (_, i) => `c${i}=1`).join('; ') }),
    'codings': get({ 'Accept-Encoding': Array.from({ length: few }, (_, i) => `x${i};q=0.1`).join() }, '/openapi.json'),
    'types': get({ Accept: Array.from({ length: 500 }, (_, i) => `a/b${i};q=0.1`).join() }, '/openapi.json'),
    'proxies': get({ 'X-Forwarded-For': Array.from({ length: few }, () => '::1').join(), Forwarded: Array.from({ length: 500 }, () => 'for=x').join() }),
    'challenges solved': request('POST', '/api/v1/auth/login', { body: JSON.stringify({ identifier: 'x@example.org', password, proof: ':'.repeat(n) }) }),
    'marks upon a letter': request('POST', '/api/v1/auth/login', { body: JSON.stringify({ identifier: `a${'\u0301'.repeat(20_000)}@example.org`, password }) }),
    'a name that folds to more': request('GET', `/api/v1/users/search?q=${encodeURIComponent('ﷺ'.repeat(500))}`),
  };
  for (const [what, bytes] of Object.entries(many)) {
    const began = performance.now();
    const { answers: [answer] } = await exchange(roster, bytes, { timeout: 5000 });
    assert.ok(answer && answer.status < 500, `${what}: ${answer?.status} ${answer?.body.slice(0, 200)}`);
    assert.ok(answer.body.length < 2_000_000 && performance.now() - began < 2000, `${what}: ${performance.now() - began} ms`);
  }
  await me(roster, person, { status: 200 });
});

test('a hundred thousand unknown fields are refused at once, with an answer of a sensible size', async () => {
  const many = `{${Array.from({ length: 60_000 }, (_, i) => `"z${i}":1`).join()}}`;
  const began = performance.now();
  const { answers: [answer] } = await exchange(roster, profile(many));
  isError(answer, [400, 413, 422]);
  assert.ok(answer.body.length < 256 * 1024, `${answer.body.length} bytes`);
  assert.ok(performance.now() - began < 3000);
});

// --- types, from the document -----------------------------------------------------------------------------------------

const ajv = new Ajv2020({ strict: false, validateSchema: false });
addFormats(ajv);

const resolve = (schema) =>
  schema?.$ref ? resolve(schema.$ref.slice(2).split('/').reduce((at, step) => at[step], contract)) : schema;

// Every documented operation with a body that a schema describes (a file is of its own kind): [METHOD, path with ids in it, schema, whether errors are OAuth's].
function bodies() {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const schema = operation.requestBody?.content?.['application/json']?.schema;
      const form = operation['x-shape'] ?? (/\/oauth\/(token|introspect|revoke)$|\/auth\/token$/.test(path) ? 'oauth' : path === '/graphql' ? 'graphql' : 'own');
      return schema && Object.keys(schema).length ? [[method.toUpperCase(), path.replace('{id}', person.id), resolve(schema), form]] : [];
    }));
}

// The fields that an answer calls wrong, in each form of errors; undefined when it is no such answer.
const wrongIn = {
  own: (status, answer) => (status === 422 ? Object.keys(answer.details ?? {}) : undefined),
  camel: (status, answer) => (status === 400 ? answer.details?.map(({ path }) => path) : undefined),
  graphql: (status, answer) => (status === 400 ? Object.keys(answer.errors[0].extensions.details ?? {}) : undefined),
  bare: (status, answer) => (status === 422 ? answer.detail.map(({ loc }) => loc.at(-1)) : undefined),
};
const names = (form, status, body, name) =>
  form === 'oauth' ? status === 400 && JSON.parse(body).error === 'invalid_request' : wrongIn[form](status, JSON.parse(body))?.some((key) => key === name || key.startsWith(`${name}.`) || key.startsWith(`${name}[`));

// The fields of a schema and of the objects in it: [path, schema, (value) => body].
function* fields(schema, path = [], wrap = (value) => value) {
  for (const [name, property] of Object.entries(resolve(schema).properties ?? {})) {
    const inner = (value) => wrap({ [name]: value });
    yield [[...path, name].join('.'), property, inner];
    const object = [property, ...(property.anyOf ?? []), ...(property.oneOf ?? [])].map(resolve).find((s) => s.properties);
    if (object) yield* fields(object, [...path, name], inner);
  }
}

const strangers = [true, false, 0, 1, -1, 1.5, 1e300, 2 ** 53, 'x', '', '1', 'true', null, [], [1], ['x'], {}, { x: 1 }, [[]], 'x\u0000y', '\ud800'];

test('a value of a wrong type is 422 and names its field, for every field of every operation', async () => {
  const asked = [];
  for (const [method, path, schema, form] of bodies())
    for (const [name, property, wrap] of fields(schema)) {
      const fits = ajv.compile({ ...property, components: contract.components, $defs: {} });
      for (const value of strangers.filter((v) => typeof v !== 'string'))
        if (!fits(value)) asked.push([method, path, name, wrap(value), form]);
    }
  assert.ok(asked.length > 400, `only ${asked.length} cases were found in the document`);
  const got = await sequence(roster, asked.map(([method, path, , body]) =>
    request(method, path, { token: admin.token, body: JSON.stringify(body) })));
  const wrong = got.flatMap(({ status, body }, i) => {
    const [method, path, name, sent, form] = asked[i];
    return names(form, status, body, name) ? [] : [`${method} ${path} ${JSON.stringify(sent)}: ${status} ${body.slice(0, 300)}`];
  });
  assert.deepEqual(wrong, []);
  await me(roster, admin, { status: 200 });
});

test('a text that is too long is 422 and names its field, for every field of every operation', async () => {
  const asked = bodies().flatMap(([method, path, schema, form]) =>
    [...fields(schema)].flatMap(([name, property, wrap]) =>
      property.maxLength ? [[method, path, name, wrap('x'.repeat(property.maxLength + 1)), form], [method, path, name, wrap('é'.repeat(300_000)), form]] : []));
  assert.ok(asked.length > 60);
  const got = await sequence(roster, asked.map(([method, path, , body]) =>
    request(method, path, { token: admin.token, body: JSON.stringify(body) })), { atOnce: 1 });
  got.forEach(({ status, body }, i) => {
    const [method, path, name, , form] = asked[i];
    assert.ok(names(form, status, body, name), `${method} ${path} ${name}: ${status} ${body.slice(0, 300)}`);
  });
});

test('a field that nobody knows is 422 unknown, for every write; the standards of OAuth and GraphQL ignore it', async () => {
  const asked = bodies().filter(([, , { additionalProperties }, form]) => form === 'oauth' || (form !== 'graphql' && additionalProperties === false));
  const got = await sequence(roster, asked.map(([method, path]) =>
    request(method, path, { token: admin.token, body: '{"zz_unknown":1,"preferences":{"zz":2}}' })));
  got.forEach(({ status, body }, i) => {
    const [method, path, , form] = asked[i];
    assert.ok(names(form, status, body, 'zz_unknown'), `${method} ${path}: ${status} ${body}`);
  });
});

test('advisory_mass_assignment: nobody sets what is not his to set, by any spelling, at registration or later', async () => {
  const claims = { email_verified: true, emailVerified: true, is_verified: true, role: 'admin', roles: ['admin'], is_admin: true, status: 'active',
    id: '00000000-0000-7000-8000-000000000000', user_id: 'x', number: 1, credential_version: 9, created_at: '2020-01-01T00:00:00Z', deleted_at: null,
    followers_count: 9, is_active: true, last_login_at: null, perms: 255, password_hash: 'x', hash: 'x', email: 'other@example.com', __proto__x: 1 };
  const before = await me(roster, person, { status: 200 });
  for (const [name, value] of Object.entries(claims)) {
    const change = await roster.patch('/api/v1/users/me', { [name]: value, bio: 'changed' }, { token: person.token });
    assert.equal(change.status, 422, `${name}: ${change.text}`);
    assert.ok(change.body.details[name], change.text);
    if (name === 'email') continue;
    const email = `${fresh()}@example.com`;
    const { status, body, text } = await roster.post('/api/v1/users', { email, password, [name]: value });
    assert.equal(status, 422, `${name}: ${text}`);
    assert.ok(body.details[name], text);
  }
  const seen = await me(roster, person, { status: 200 });
  assert.deepEqual(seen.body.data, before.body.data);
});

// --- too long ---------------------------------------------------------------------------------------------------------

test('URLs, headers and bodies that are too long are refused before they cost anything', async () => {
  const big = 'x'.repeat(2 << 20);
  const cases = [
    [request('GET', `/${'a'.repeat(9000)}`), [414]],
    [request('GET', `/api/v1/users/search?q=${'a'.repeat(9000)}`), [414]],
    [request('GET', `/api/v1/users/search?q=${'a'.repeat(101)}`), [422]],
    [request('GET', `/api/v1/users/${'a'.repeat(65)}`), [404, 422]],
    [request('GET', `/api/v1/users/search?${'q=a&'.repeat(1900)}`), [400, 413, 422]],
    [request('GET', '/', { headers: { 'X-Long': 'a'.repeat(17_000) } }), [431]],
    [request('GET', '/', { headers: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`X-${i}`, '1'])) }), [431]],
    [request('GET', '/api/v1/users/me', { token: 'a'.repeat(15_000) }), [401]],
    [request('GET', '/api/v1/users/me', { headers: { Cookie: `roster_access=${'a'.repeat(15_000)}` } }), [401]],
    [request('GET', '/health/live', { headers: { 'X-Correlation-ID': 'a'.repeat(10_000) } }), [200]],
    [request('GET', '/health/live', { headers: { Traceparent: '0'.repeat(10_000) } }), [200]],
    [request('GET', '/health/live', { headers: { 'If-None-Match': '"x", '.repeat(2000) } }), [200]],
    [request('GET', '/health/live', { headers: { 'Accept-Encoding': 'gzip;q=0.001, '.repeat(800) } }), [200, 400]],
    [profile(big), [413]],
    [Buffer.from(`PATCH /api/v1/users/me HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n`), [401, 413]],
    [Buffer.from(`PATCH /api/v1/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${person.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n${big}\r\n0\r\n\r\n`), [413]],
  ];
  for (const [bytes, expected] of cases) {
    const { answers: [answer] } = await exchange(roster, bytes);
    assert.ok(answer && expected.includes(answer.status), `${bytes.toString('latin1', 0, 60)}: ${answer?.status} ${answer?.body.slice(0, 200)}`);
    assert.ok(!(answer.headers.get('x-correlation-id')?.length > 200), 'a long id is not sent back');
  }
  await me(roster, person, { status: 200 });
});

// --- NUL and bad UTF-8 ------------------------------------------------------------------------------------------------

const notUtf8 = [[0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf],
  [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff]].map(Buffer.from);
const around = (bytes) => Buffer.concat([Buffer.from('{"bio":"a'), bytes, Buffer.from('b"}')]);
const escaped = (bytes) => Array.from(bytes, (b) => `%${b.toString(16).padStart(2, '0')}`).join('');

test('bytes that are no UTF-8 are 400 in a body, a form, a query and a path', async () => {
  const form = { type: 'application/x-www-form-urlencoded' };
  const asked = notUtf8.flatMap((bytes) => [
    profile(around(bytes)),
    profile(Buffer.concat([Buffer.from('{"a'), bytes, Buffer.from('":1}')])),
    profile(`bio=${escaped(bytes)}`, form),
    profile(Buffer.concat([Buffer.from('bio=a'), bytes]), form),
    request('GET', `/api/v1/users/search?q=${escaped(bytes)}`, { token: person.token }),
    request('GET', `/api/v1/users/${escaped(bytes)}`, { token: person.token }),
  ]);
  const got = await sequence(roster, asked, { atOnce: 1 });
  got.forEach((answer, i) => assert.ok([400, 422].includes(answer.status), `${asked[i].toString('latin1').split('\r\n')[0]}: ${answer.status} ${answer.body}`));
  const raw = Buffer.concat([Buffer.from('GET /api/v1/users/search?q='), notUtf8[0], Buffer.from(' HTTP/1.1\r\nHost: x\r\n\r\n')]);
  const { answers: [answer] } = await exchange(roster, raw);
  assert.equal(answer.status, 400);
});

test('NUL is refused wherever a text may stand', async () => {
  const asked = bodies().flatMap(([method, path, schema]) =>
    [...fields(schema)].flatMap(([name, property, wrap]) =>
      [property.type].flat().includes('string') ? [[name, request(method, path, { token: admin.token, body: JSON.stringify(wrap('long enough\0tail')) })]] : []));
  assert.ok(asked.length > 60);
  const got = await sequence(roster, asked.map(([, bytes]) => bytes));
  got.forEach(({ status, body }, i) => assert.ok([400, 422].includes(status), `${asked[i][0]}: ${status} ${body}`));
  const others = [
    profile('bio=a%00b', { type: 'application/x-www-form-urlencoded' }),
    profile('{"bio\\u0000":"x"}'),
    profile('{"bio":"x\0"}'),
    request('GET', '/api/v1/users/search?q=a%00b', { token: person.token }),
    request('GET', '/api/v1/users/a%00b', { token: person.token }),
    request('GET', '/health/live%00', {}),
    Buffer.from('GET /health/live HTTP/1.1\r\nHost: x\r\nX-Nul: a\0b\r\n\r\n'),
  ];
  for (const { status } of await sequence(roster, others, { atOnce: 1 })) assert.ok([400, 422].includes(status), `answered ${status}`);
});

// --- names that look alike --------------------------------------------------------------------------------------------

test('advisory_lookalike_email: another spelling of an address is taken for the same, or refused', async () => {
  const name = fresh('look');
  await register(roster, { email: `${name}@example.com` });
  const same = [`${name.toUpperCase()}@example.com`, `${name}@EXAMPLE.com`, ` ${name}@example.com `, `${name}@ｅxample.com`, `${name}@example。com`];
  for (const email of same) {
    const { status, text } = await roster.post('/api/v1/users', { email, password });
    assert.ok([409, 422].includes(status), `${JSON.stringify(email)}: ${status} ${text}`);
  }
  const refused = [`${name}＠example.com`, `${name}﹫example.com`, `${name}@@example.com`, `${name}\u200b@example.com`, `${name}\u200d@example.com`, `${name}\u00ad@example.com`,
    `${name}\ufeff@example.com`, `${name}\u2060@example.com`, `${name}\u202e@example.com`, `${name}\u2066@example.com`, `${name}\u180e@example.com`, `${name}\u034f@example.com`,
    `${name}\ufe0f@example.com`, `${name}@exa\u200bmple.com`, `${name}@example.com\u200b`, `${name}@example.com.`, `${name}@example..com`, `${name}@.example.com`,
    `${name}@-example.com`, `${name}@example.com\n`.replace('\n', '\r\nBcc: x@y.z'), `${name}\t@example.com`, `${name} x@example.com`, `"${name}"@example.com\0`,
    `${name}@[127.0.0.1]`, `${name}@exam_ple.com`, `<${name}@example.com>`, `${name}@example.com,x@example.com`, '@example.com', `${name}@`, name, `${'a'.repeat(65)}@example.com`,
    `${name}@${'a'.repeat(64)}.com`, `${name}@xn--a.com`, `a@${'b.'.repeat(130)}com`];
  for (const email of refused) {
    const { status, body, text } = await roster.post('/api/v1/users', { email, password });
    assert.equal(status, 422, `${JSON.stringify(email)}: ${status} ${text}`);
    assert.ok(body.details.email, text);
  }
});

test('advisory_lookalike_email: an international domain is one domain in every spelling', async () => {
  const name = fresh('intl');
  await register(roster, { email: `${name}@bücher.example` });
  for (const domain of ['xn--bcher-kva.example', 'BÜCHER.example', 'bu\u0308cher.example', 'XN--BCHER-KVA.EXAMPLE']) {
    await roster.post('/api/v1/users', { email: `${name}@${domain}`, password }, { status: 409 });
    await roster.post('/api/v1/auth/login', { identifier: `${name}@${domain}`, password }, { status: 200 });
  }
});

// Databases compare as they were told to; a reset for one of these must never be one for another.
test('advisory_lookalike_email: accents and letters of other alphabets tell accounts apart', async () => {
  const name = fresh('jose');
  const spelt = [name, name.replace('o', 'ö'), name.replace('e', 'é'), name.replace('o', '\u043e'), name.replace('s', 'ß'), name.replace('j', '\u0131')];
  const made = [];
  for (const local of spelt) {
    const { status, body } = await roster.post('/api/v1/users', { email: `${local}@example.com`, password });
    assert.ok([201, 422].includes(status), `${local}: ${status}`);
    if (status === 201) made.push([local, body.data.user.id]);
  }
  assert.equal(new Set(made.map(([, id]) => id)).size, made.length);
  for (const [local, id] of made) assert.equal((await roster.post('/api/v1/auth/login', { identifier: `${local}@example.com`, password }, { status: 200 })).body.data.user.id, id);
  for (const local of spelt.filter((l) => !made.some(([m]) => m === l))) await roster.post('/api/v1/auth/login', { identifier: `${local}@example.com`, password }, { status: [401, 422, 423] });
});

test('advisory_lookalike_name: another spelling of a user name is taken for the same, or refused', async () => {
  const name = fresh('Name');
  await register(roster, { username: name });
  const wide = Array.from(name, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('');
  for (const username of [name.toLowerCase(), name.toUpperCase(), ` ${name} `, wide, `${name}\u200b`, `${name}\u00ad`, `\u202e${name}`, `${name}\ufe0f`, `${name}\u0000`]) {
    const { status, text } = await roster.post('/api/v1/users', { email: `${fresh()}@example.com`, username, password });
    assert.ok([409, 422].includes(status), `${JSON.stringify(username)}: ${status} ${text}`);
  }
  for (const username of ['me', 'search', 'profile', 'admin/..', '..', '.', 'a b', 'a/b', 'a@b', '<b>', "x' OR '1", '01a1fc6a-ea7c-7e47-bc4a-05bec3c0de8f', 'ab', 'x'.repeat(51)]) {
    const { status, text } = await roster.post('/api/v1/users', { email: `${fresh()}@example.com`, username, password });
    assert.equal(status, 422, `${username}: ${text}`);
  }
});

test('advisory_injection: what would be SQL, HTML or a header elsewhere is only text', async () => {
  const hostile = ["'; DROP TABLE users; --", '" OR ""="', '%', '_', '\\', '*', 'NEAR(a b)', '"a" OR "b', '<script>alert(1)</script>', '${7*7}', '{{7*7}}', '$1', '%s%n%x', 'a\u2028b', 'x\r\nSet-Cookie: y=1'];
  for (const text of hostile) {
    const q = encodeURIComponent(text);
    for (const target of [`/api/v1/users/search?q=${q}`, `/api/v1/users?q=${q}`, `/api/v1/users?role=${q}`, `/api/v1/users?sort=${q}`, `/api/v1/audit?subject_id=${q}`]) {
      const { status, text: answer } = await roster.get(target, { token: admin.token });
      assert.ok([200, 400, 422].includes(status), `${target}: ${answer}`);
    }
    const kept = await roster.patch('/api/v1/users/me', { bio: text }, { token: person.token });
    assert.ok([200, 422].includes(kept.status), kept.text);
    if (kept.status === 200) assert.equal((await me(roster, person)).body.data.bio, text.replaceAll('\r\n', kept.body.data.bio.includes('\r\n') ? '\r\n' : '\n'));
  }
});

// --- the wire ---------------------------------------------------------------------------------------------------------

test('a client that stops at any byte of a request has asked for nothing', async () => {
  const email = `${fresh('gone')}@example.com`;
  const whole = registration(JSON.stringify({ email, password }));
  const cuts = Array.from({ length: whole.length - 1 }, (_, i) => i + 1);
  for (let i = 0; i < cuts.length; i += 50) {
    const got = await Promise.all(cuts.slice(i, i + 50).map((n) => exchange(roster, whole.subarray(0, n), { hangUp: true, timeout: 3000 })));
    for (const { answers: all, closed } of got) {
      assert.ok(closed, 'the server closes its side');
      assert.ok(all.every(({ status }) => status === 400 || status === 408), JSON.stringify(all));
    }
  }
  await roster.post('/api/v1/auth/login', { identifier: email, password }, { status: 401 });
});

test('advisory_request_smuggling: no request hides inside another', async () => {
  const inner = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
  const post = (lines, body) => `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`;
  const shapes = {
    'Content-Length and Transfer-Encoding': post('Content-Length: 5\r\nTransfer-Encoding: chunked', `0\r\n\r\n${inner}`),
    'Transfer-Encoding and Content-Length': post('Transfer-Encoding: chunked\r\nContent-Length: 5', `0\r\n\r\n${inner}`),
    'two lengths': post(`Content-Length: 0\r\nContent-Length: ${inner.length}`, inner),
    'two equal lengths': post('Content-Length: 0\r\nContent-Length: 0', inner),
    'a list of lengths': post(`Content-Length: 0, ${inner.length}`, inner),
    'a signed length': post('Content-Length: +0', inner),
    'a negative length': post('Content-Length: -1', inner),
    'a length in hexadecimal': post('Content-Length: 0x0', inner),
    'a length that overflows': post('Content-Length: 18446744073709551616', inner),
    'a folded line': post('X: a\r\n Content-Length: 5', inner),
    'a folded coding': post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${inner}`),
    'a bare LF after a header': `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nX: y\nContent-Length: 0\r\n\r\n${inner}`,
    'a bare LF after the request line': `POST /api/v1/auth/login HTTP/1.1\nHost: x\r\nContent-Length: 0\r\n\r\n${inner}`,
    'bare LFs': `POST /api/v1/auth/login HTTP/1.1\nHost: x\nContent-Length: 0\n\n${inner}`,
    'a bare CR': post('X: a\rContent-Length: 5', inner),
    'a space before the colon': post('Content-Length : 0', inner),
    'a tab before the colon': post('Transfer-Encoding\t: chunked', `0\r\n\r\n${inner}`),
    'NUL in a name': post('Content-\0Length: 0', inner),
    'NUL in a value': post('Content-Length: 0\0', inner),
    'an unknown coding': post('Transfer-Encoding: xchunked', `0\r\n\r\n${inner}`),
    'chunked twice': post('Transfer-Encoding: chunked, chunked', `0\r\n\r\n${inner}`),
    'chunked, then identity': post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${inner}`),
    'two codings': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', `0\r\n\r\n${inner}`),
    'a coding with a vertical tab': post('Transfer-Encoding: \x0bchunked', `0\r\n\r\n${inner}`),
    'a chunk size that is none': post('Transfer-Encoding: chunked', `0x0\r\n\r\n${inner}`),
    'a chunk size that wraps': post('Transfer-Encoding: chunked', `10000000000000000\r\n\r\n${inner}`),
    'a chunk ended by LF': post('Transfer-Encoding: chunked', `0\n\n${inner}`),
    'two hosts': `GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${inner}`,
    'no host': `GET /health/live HTTP/1.1\r\n\r\n${inner}`,
    'a header before the request line': ` X: y\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n${inner}`,
  };
  for (const [what, text] of Object.entries(shapes)) {
    const { answers: all, closed } = await exchange(roster, Buffer.from(text, 'latin1'), { wanted: 2, timeout: 3000 });
    assert.equal(all.length, 1, `${what}: ${all.length} answers`);
    assert.ok([400, 501].includes(all[0].status), `${what}: ${all[0].status}`);
    assert.ok(closed, `${what}: the connection stays open`);
  }
});

test('a GET with a body, and what stands behind a body, are told apart', async () => {
  const inner = 'GET /health/ping HTTP/1.1\r\nHost: x\r\n\r\n';
  const bytes = `GET /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}${inner}`;
  const { answers: all } = await exchange(roster, Buffer.from(bytes), { wanted: 2, quiet: 200 });
  assert.equal(all.length, 2);
});

test('a body of a type that the address does not take is 415', async () => {
  for (const type of ['text/plain', 'application/xml', 'text/json', '', 'x']) {
    const { status } = await roster.request('PATCH', '/api/v1/users/me', { token: person.token, body: '{"bio":"x"}', headers: { 'content-type': type } });
    assert.ok([400, 415].includes(status), `"${type}" was answered ${status}`);
  }
});
