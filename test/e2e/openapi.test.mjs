// The document that describes the API: every other test holds the answers against it; here it is itself examined.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWithAdmin } from './lib.mjs';

let roster;
let document;
before(async () => {
  roster = await startWithAdmin();
  document = (await roster.get('/openapi.json', { status: 200, undocumented: true })).body;
});
after(() => roster.stop());

// Every object of the document with the path to it.
function* objects(value, at = '#') {
  if (!value || typeof value !== 'object') return;
  yield [at, value];
  for (const [name, inner] of Object.entries(value)) yield* objects(inner, `${at}/${name}`);
}

const operations = async () => (await roster.contract()).operations();

test('it is OpenAPI 3.1 with a title, a version and a licence', () => {
  assert.match(document.openapi, /^3\.1\.\d$/);
  assert.ok(document.info.title && document.info.version);
  assert.equal(document.info.license?.identifier ?? document.info.license?.name, 'Apache-2.0');
});

test('every reference leads somewhere', () => {
  for (const [at, { $ref }] of objects(document)) {
    if (!$ref) continue;
    const target = $ref.slice(2).split('/').reduce((value, step) => value?.[step], document);
    assert.ok(target, `${at}: ${$ref}`);
  }
});

test('every schema compiles', async () => {
  const { default: Ajv } = await import('ajv/dist/2020.js');
  const { default: addFormats } = await import('ajv-formats');
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  ajv.addFormat('idn-email', true);
  ajv.addFormat('iri', true);
  ajv.addSchema(document, 'document');
  for (const name of Object.keys(document.components.schemas)) ajv.compile({ $ref: `document#/components/schemas/${name}` });
});

test('every operation has an id of its own, a summary, a tag and answers', async () => {
  const ids = (await operations()).map(([, , op]) => op.operationId).filter(Boolean);
  assert.equal(new Set(ids).size, ids.length);
  for (const [method, path, op] of await operations()) {
    assert.ok(op.summary, `${method} ${path}`);
    assert.equal(op.tags?.length, 1, `${method} ${path}`);
    assert.ok(Object.keys(op.responses).length > 0, `${method} ${path}`);
  }
});

test('every parameter of a path is described, and no other', async () => {
  for (const [method, path, op] of await operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
    const described = (op.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name).sort();
    assert.deepEqual(described, inPath, `${method} ${path}`);
    for (const p of op.parameters ?? []) assert.ok(p.schema, `${method} ${path} ${p.name}`);
  }
});

test('what needs a token says so, and a stranger is refused there: 401', async () => {
  const id = '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1';
  for (const [method, path, op] of await operations()) {
    if (op['x-shape'] || !op.security?.length || op.security.some((s) => Object.keys(s).length === 0)) continue;
    if (/metrics/.test(path)) continue; // open to this very host
    const { status } = await roster.request(method, path.replaceAll(/\{\w+\}/g, id), { json: method === 'GET' ? undefined : {} });
    assert.equal(status, 401, `${method} ${path}`);
  }
});

test('every documented address is served', async () => {
  const id = '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1';
  for (const [method, path] of await operations()) {
    const { status, body } = await roster.request(method, path.replaceAll(/\{\w+\}/g, id), { json: method === 'GET' ? undefined : {} });
    assert.ok(status !== 405 && body?.message !== 'There is nothing at this address. /openapi.json lists what there is.', `${method} ${path}: ${status}`);
    assert.ok(status < 500, `${method} ${path}: ${status}`);
  }
});

test('the addresses of the contract are all there', () => {
  const wanted = ['POST /users', 'POST /auth/login', 'POST /auth/refresh', 'POST /auth/logout', 'POST /auth/logout-all', 'GET /users/me', 'PATCH /users/me',
    'PUT /users/me', 'DELETE /users/me', 'GET /users/profile', 'GET /auth/me', 'GET /auth/sessions', 'DELETE /auth/sessions', 'DELETE /auth/sessions/{id}',
    'POST /auth/password-change', 'POST /auth/verify', 'GET /auth/validate', 'GET /users/search', 'GET /users/{id}', 'GET /users', 'PATCH /users/{id}',
    'DELETE /users/{id}', 'POST /users/{id}/status', 'POST /auth/token', 'GET /health'].map((r) => r.replace(' ', ' /api/v1'));
  wanted.push('POST /oauth/token', 'POST /oauth/introspect', 'POST /oauth/revoke', 'POST /oauth/clients', 'GET /.well-known/jwks.json', 'GET /health',
    'GET /health/services', 'GET /health/ready', 'GET /health/live', 'GET /health/detailed', 'GET /health/dashboard', 'GET /health/metrics', 'GET /metrics');
  for (const route of wanted) {
    const [method, path] = route.split(' ');
    assert.ok(document.paths[path]?.[method.toLowerCase()], route);
  }
});

test('passwords are write-only: no answer has one', () => {
  for (const [at, value] of objects(document.components.schemas))
    if (value.properties && /^#\/(user|session|signed_in|client|audit)/i.test(at)) assert.ok(!('password' in value.properties) || /new|_in|In|New/.test(at), at);
});

test('the pages that show it are served from here alone', async () => {
  for (const target of ['/swagger/', '/redoc/']) {
    const { text, headers } = await roster.get(target, { status: 200, undocumented: true });
    assert.match(headers.get('content-type'), /^text\/html/);
    assert.doesNotMatch(text, /(src|href)="https?:/);
  }
  const { headers } = await roster.get('/docs', { status: 302, undocumented: true });
  assert.equal(headers.get('location'), '/swagger/');
});
