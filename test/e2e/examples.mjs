// Examples of the API, one for every operation of the OpenAPI document: where they are written, how they are run, and in what
// form they are recorded. test/e2e/examples/FEATURE.mjs holds those of a feature:
//
//   export default {
//     user_search: { query: { q: 'ann' } },                                  // an operation, at all its addresses
//     user_update_me: async (world) => ({ as: await world.somebody(), json: { bio: 'Beekeeper' } }),
//     'PUT /api/users/{id}': ...                                             // one address, where names differ
//   };
//
// An example has: as (whoever calls: { access_token }), path and query (parameters), json, form, multipart (fields), file
// { type, bytes } or text { type, body }, status (when it is not the first success of the document), steady (values to
// show for fields that are never the same, by name), show (what is shown of the answer), on (a server of its own), headers.
//
// `make examples` records what was sent and answered into src/features/FEATURE/examples.txt, where the program has it from.
// What differs from run to run (ids, times, tokens) is shown by values that never change.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

// All examples: { 'user_search' or 'PUT /api/users/{id}': { feature, example } }.
export async function written() {
  const files = (await readdir(here('examples'))).filter((name) => name.endsWith('.mjs')).sort();
  const all = new Map();
  for (const file of files) {
    const feature = file.replace('.mjs', '');
    for (const [key, example] of Object.entries((await import(`./examples/${file}`)).default)) {
      assert.ok(!all.has(key), `two examples of ${key}`);
      all.set(key, { feature, example });
    }
  }
  return all;
}

// An operation's name: "userMe_3" is user_me at its third address.
const nameOf = (operation) =>
  operation['x-operation'] ?? operation.operationId.replace(/_\d+$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

// The key of the example that an operation of the document has; that of a name serves older clients too where no body is sent.
export function keyOf(all, method, path, operation) {
  const route = `${method} ${path}`;
  if (all.has(route)) return route;
  const name = nameOf(operation);
  return all.has(name) && !(operation['x-shape'] && operation.requestBody) ? name : undefined;
}

// --- what is shown ------------------------------------------------------------------------------------------------------

const jwt = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMWExZmM4OC0uLi4ifQ.c2lnbmF0dXJl';
const refresh = 'rr2_AaH8iHotfDSUBGCR-HJ3IwAAAAEyMDI2LTAxLTE1VDA5OjMw';
const random = 'q1Vd8nS3x0rT6kL9mB2cW5yZ7aE4uH1jP8gF3oQ6iN0';
const noon = Date.parse('2026-01-15T12:00:00.000Z');
const quarter = 15 * 60_000;
const year = 365 * 86_400_000;

// Fields that are never the same, whosever example it is.
const always = { next_cursor: random, cursor: random, secret: random, device_token: random, deviceToken: random, kid: 'k-2026-01-15', x: random, y: random, version: '1.0.0', user_agent: 'curl/7.88.1', userAgent: 'curl/7.88.1',
  correlation_id: '01a1fc88-7a2d-7c34-9404-6091f8f727ff' };

// Makes values that never change out of those of one run. Ids of the world have a number each; the others of an example follow.
export class Shown {
  #ids = new Map();
  #texts = new Map();
  #next = 16;

  constructor(steady = {}) {
    this.steady = steady;
  }

  // Ids of known things: [ann.id, bob.id ...].
  ids(known) {
    known.forEach((id, i) => this.#ids.set(id, i + 1));
    return this;
  }

  // Texts that stand for others: [['http://127.0.0.1:40001', 'http://127.0.0.1:8080'] ...].
  texts(pairs) {
    pairs.forEach(([from, to]) => this.#texts.set(from, to));
    return this;
  }

  #id(id) {
    if (!this.#ids.has(id)) this.#ids.set(id, this.#next++);
    return `01a1fc88-7a2d-7c34-9404-6091f8f7${this.#ids.get(id).toString(16).padStart(4, '0')}`;
  }

  // Moments of the run are noon; others keep their distance from it, by quarters of an hour. What is years away was chosen.
  #time(text) {
    const away = Math.round((Date.parse(text) - Date.now()) / quarter) * quarter;
    return away > year ? text : new Date(noon + away).toISOString();
  }

  text(value) {
    for (const [from, to] of this.#texts) value = value.replaceAll(from, to);
    return value
      .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, jwt)
      .replace(/rr2_[\w-]+/g, refresh)
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (id) => this.#id(id))
      .replace(/\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => this.#time(time))
      .replace(/\/uploads\/\w+\/[\w-]+-(\d+\.\w+)/g, `/uploads/q1/${random}-$1`)
      .replace(/\bcarol\d+/g, 'carol')
      .replace(/\badmin_\d+/g, 'admin_2');
  }

  value(value, name) {
    if (name in this.steady) return this.steady[name];
    if (name in always && value !== null) return always[name];
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number' && (name === 'id' || name === 'number')) return 7;
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (!value || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [this.text(key), this.value(inner, key)]));
  }
}

// --- running ------------------------------------------------------------------------------------------------------------

function sent({ json, form, multipart, file, text }) {
  if (json !== undefined) return { type: 'application/json', shown: json, options: { json } };
  if (form) return { type: 'application/x-www-form-urlencoded', shown: form, options: { body: new URLSearchParams(form) } };
  if (file) return { type: file.type, options: { body: file.bytes, headers: { 'content-type': file.type } } };
  if (text) return { type: text.type, shown: text.body, options: { body: text.body, headers: { 'content-type': text.type } } };
  if (!multipart) return { options: {} };
  const body = new FormData();
  for (const [name, value] of Object.entries(multipart)) body.set(name, value);
  return { type: 'multipart/form-data', shown: multipart, options: { body } };
}

// Sends an example to an address: { status, parameters, type, body, answerType, answer }, as they are shown.
export async function runExample(world, example, method, path, operation) {
  const e = typeof example === 'function' ? await example(world, { method, path }) : example;
  const server = e.on ?? world.roster;
  const query = new URLSearchParams(e.query).toString();
  const target = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(e.path[name])) + (query && `?${query}`);
  const status = e.status ?? Number(Object.keys(operation.responses).find((code) => /^2/.test(code)));
  const { type, shown, options } = sent(e);
  const headers = { ...options.headers, ...e.headers };
  const answer = await server.request(method, target, { ...options, headers, token: e.as?.access_token, status });
  const show = new Shown(e.steady).ids(world.ids).texts([[server.url, 'http://127.0.0.1:8080'], ...world.texts]);
  const whole = answer.body ?? (answer.text || undefined);
  const seen = whole !== undefined && e.show ? e.show(whole) : whole; // nothing: a file, which the document cannot hold
  return {
    status,
    parameters: show.value({ ...e.path, ...e.query }),
    type,
    body: shown === undefined ? undefined : show.value(shown),
    answerType: seen === undefined ? undefined : (answer.headers.get('content-type') ?? '').split(';')[0],
    answer: seen === undefined ? undefined : show.value(seen),
  };
}

// The same as the document shows it.
export function documented(operation, status) {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {}).find(([, { example }]) => example !== undefined) ?? [];
  const [answerType, answer] = Object.entries(operation.responses[status]?.content ?? {}).find(([, { example }]) => example !== undefined) ?? [];
  const parameters = (operation.parameters ?? []).filter(({ example }) => example !== undefined).map(({ name, example }) => [name, example]);
  return { status, parameters: Object.fromEntries(parameters), type, body: content?.example, answerType, answer: answer?.example };
}

// --- recording ----------------------------------------------------------------------------------------------------------

const lines = ({ status, parameters, type, body, answerType, answer }) => [
  ...Object.entries(parameters).map(([name, value]) => `parameter ${name} ${JSON.stringify(value)}`),
  ...(type ? [body === undefined ? type : `${type} ${JSON.stringify(body)}`] : []),
  [status, ...(answerType && answerType !== 'application/json' ? [answerType] : []), ...(answer === undefined ? [] : [JSON.stringify(answer)])].join(' '),
  '',
];

// Writes what was run, a file a feature: [{ feature, route, ran }]. Addresses at which the same was said stand above one text.
export async function record(all) {
  for (const feature of new Set(all.map((one) => one.feature))) {
    const its = all.filter((one) => one.feature === feature).sort((a, b) => (a.route < b.route ? -1 : 1));
    const routes = new Map();
    for (const { route, ran } of its) {
      const text = lines(ran).join('\n');
      routes.set(text, [...(routes.get(text) ?? []), route]);
    }
    const whole = [...routes].map(([text, at]) => `${at.join('\n')}\n${text}\n`).join('');
    await writeFile(here(`../../src/features/${feature}/examples.txt`), whole);
  }
}
