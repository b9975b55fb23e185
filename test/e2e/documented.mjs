// How rows of documented requests are written, sent and compared. A row is
//
//   ['login by name', 'POST /api/auth/login', (f) => ({ json: { ... } }), 200, { message: 'Login successful', user: { id, ... } }]
//
// name, address, what is sent (as: whoever calls; path: values of the {…}; json, form, multipart, headers), status, answer. An
// answer's objects have exactly the fields of the pattern; with more() others may stand beside them.
import assert from 'node:assert/strict';
import { cheap, password, startWithAdmin, unique } from './lib.mjs';
import { letter, manyLetters } from './letters.mjs';

// --- patterns -----------------------------------------------------------------------------------------------------------

const more = (fields) => ({ fields });
export const rule = (name, holds) => Object.assign((value) => holds(value), { rule: name });
const matching = (expression) => rule(String(expression), (value) => typeof value === 'string' && expression.test(value));
export const is = {
  more,
  rule,
  matching,
  text: rule('a text', (value) => typeof value === 'string' && value !== ''),
  flag: rule('true or false', (value) => typeof value === 'boolean'),
  count: rule('a whole number', (value) => Number.isInteger(value) && value >= 0),
  number: rule('a number', (value) => typeof value === 'number'),
  time: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  id: matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  jwt: matching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
  anything: rule('anything', () => true),
  maybe: (pattern) => ({ maybe: pattern }), // or null
  list: (pattern) => ({ list: pattern }), // of at least one
};

export function match(value, pattern, at = 'answer') {
  if (typeof pattern === 'function') return assert.ok(pattern(value), `${at} is ${JSON.stringify(value)}, not ${pattern.rule}`);
  if (pattern === null || typeof pattern !== 'object') return assert.equal(value, pattern, at);
  if ('maybe' in pattern) return value === null || match(value, pattern.maybe, at);
  if ('list' in pattern) {
    assert.ok(Array.isArray(value) && value.length > 0, `${at} is ${JSON.stringify(value)}, not a list`);
    return value.forEach((item, i) => match(item, pattern.list, `${at}[${i}]`));
  }
  assert.ok(value && typeof value === 'object', `${at} is ${JSON.stringify(value)}, not an object`);
  const { fields = pattern } = pattern;
  if (!('fields' in pattern)) assert.deepEqual(Object.keys(value).sort(), Object.keys(fields).sort(), `fields of ${at}`);
  for (const [name, inner] of Object.entries(fields)) {
    assert.ok(name in value, `${at} has no ${name}: ${JSON.stringify(value).slice(0, 400)}`);
    match(value[name], inner, `${at}.${name}`);
  }
}

// --- people -------------------------------------------------------------------------------------------------------------

export class Fixtures {
  password = password;
  next = 'violet anchor 77 sunken';
  unknown = '01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1';

  async start() {
    this.roster = await startWithAdmin({ env: { ...cheap, ...manyLetters } });
    this.admin = { token: this.roster.admin.access_token };
    const made = await this.roster.post('/oauth/clients', { name: 'Neighbour', scope: 'contact.read' }, { token: this.admin.token, status: 201 });
    const { id: client_id, secret: client_secret } = made.body.data;
    const { body } = await this.roster.form('/oauth/token', { grant_type: 'client_credentials', client_id, client_secret }, { status: 200 });
    this.service = { token: body.access_token };
    return this;
  }

  // Somebody new, logged in: { id, email, username, token, refresh }.
  async person(fields = {}) {
    const username = unique('doc');
    const made = await this.roster.register({ username, email: `${username}@example.org`, name: 'John Doe', push_token: 'device-token', ...fields });
    return { id: made.user.id, email: made.email, username, token: made.access_token, refresh: made.refresh_token };
  }

  async follow(person, other) {
    await this.roster.post(`/api/v1/users/${other.id}/follow`, undefined, { token: person.token, status: 200 });
  }

  // A name and an address that are free.
  free() {
    const username = unique('free');
    return { username, email: `${username}@example.org` };
  }

  async status(person, status) {
    await this.roster.post(`/api/v1/users/${person.id}/status`, { status }, { token: this.admin.token, status: 200 });
    return person;
  }

  async verification() {
    const person = await this.person();
    return (await letter(this.roster, person.email, 'verify_email')).token;
  }

  async reset() {
    const { email } = await this.person();
    await this.roster.post('/api/v1/auth/password-reset', { email }, { status: 200 });
    return (await letter(this.roster, email, 'reset_password')).token;
  }

  async session(person) {
    const { body } = await this.roster.get('/api/v1/auth/sessions', { token: person.token, status: 200 });
    return body.data[0].id;
  }
}

// --- sending ------------------------------------------------------------------------------------------------------------

function body({ json, form, multipart }) {
  if (json !== undefined) return { json };
  if (form) return { body: new URLSearchParams(form) };
  if (!multipart) return {};
  const data = new FormData();
  for (const [name, value] of Object.entries(multipart)) data.set(name, value, ...(value instanceof Blob ? ['me.png'] : []));
  return { body: data };
}

export async function send(fixtures, [, route, sends, status, pattern, headers = {}]) {
  const { as, path = {}, ...rest } = sends ? await sends(fixtures) : {};
  const [method, target] = route.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name])).split(' ');
  const options = { ...body(rest), headers: rest.headers, token: as?.token, status, undocumented: rest.undocumented };
  const answer = await fixtures.roster.request(method, target, options);
  match(answer.body ?? answer.text, pattern);
  for (const [name, expected] of Object.entries(headers)) assert.match(answer.headers.get(name) ?? '', expected, name);
}
