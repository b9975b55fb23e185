// What the tests of the running program share. Each test file starts servers of its own, on a free port, with a fresh
// folder and (ROSTER_TEST_DB=postgres) a fresh database, and stops them at its end:
//
//   const roster = await start();
//   after(() => roster.stop());
//   const me = await roster.get('/api/v1/users/me', { token });
//
// Every answer got through get(), post() ... is held against the server's own /openapi.json, and no password or token that
// went through them may stand in the server's log.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Contract } from './openapi.mjs';

globalThis.crypto ??= webcrypto; // Debian's Node 18 has it under this name alone, and jose wants it

export const binary = path.resolve(process.env.ROSTER_BIN ?? fileURLToPath(new URL('../../build/roster', import.meta.url)));
const usePostgres = process.env.ROSTER_TEST_DB === 'postgres';
const startMs = 20_000; // generous: the binary may run under a sanitizer on a busy machine
const stopMs = 15_000;

// Settings for tests that make many accounts: hashes that cost little, no limits.
export const cheap = { ROSTER_PASSWORD_MEMORY: '8MiB', ROSTER_PASSWORD_PASSES: '1', ROSTER_RATE_LIMITS: 'off' };
// Tests make more requests in a second than a person does in an hour: where limits are on and not what a test is about, they
// are wide.
const wide = Object.fromEntries(['READ', 'WRITE', 'AUTH', 'SERVICE'].map((name) => [`ROSTER_LIMIT_${name}`, '1000000']));
// A password that nothing objects to.
export const password = 'lantern otter 8041 quartz';

const secretsMost = 500; // of those that are looked for in the log

// Passwords and tokens inside a request or an answer, at any depth. Short ones could stand in a log by chance.
function* secretsIn(value) {
  if (!value || typeof value !== 'object') return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'object') yield* secretsIn(inner);
    else if (/password|token|secret|refresh|access/i.test(name) && String(inner).length >= 12) yield String(inner);
  }
}

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// A database of its own on the server that ROSTER_TEST_POSTGRES names: { url, drop() }.
export async function freshDatabase() {
  const admin = process.env.ROSTER_TEST_POSTGRES;
  assert.ok(admin, 'ROSTER_TEST_POSTGRES must name a PostgreSQL: run the tests by `make e2e-postgres`');
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  const run = async (sql) => {
    const client = new pg.Client({ connectionString: admin });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

// The settings of whoever runs the tests are not the settings of the server under test.
function cleanEnvironment(more) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(ROSTER_|DATABASE_URL$|JWT_|SMTP_|CORS_ORIGIN$)/.test(name));
  return { ...Object.fromEntries(kept), ...more };
}

// Calls `each` for every full line that a stream brings.
function lines(stream, each) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    parts.forEach(each);
  });
}

export class Roster {
  output = []; // lines of standard output: the URL, the set-up link
  log = []; // lines of standard error: a JSON object each
  secrets = new Set(); // what must not be among them

  // Options: args and env for `roster serve`; dir and database of an earlier server, to start again on its data; wrap, a
  // command to run it under (['faketime', '-f', '+1d']); binary.
  constructor(options = {}) {
    this.options = options;
  }

  async start() {
    const { args = [], env = {}, wrap = [] } = this.options;
    this.dir = this.options.dir ?? (await mkdtemp(path.join(tmpdir(), 'roster-e2e-')));
    this.database = this.options.database ?? (usePostgres ? await freshDatabase() : undefined);
    this.env = cleanEnvironment({ ...wide, ...(this.database && { DATABASE_URL: this.database.url }), ...env });
    const command = [...wrap, this.options.binary ?? binary, 'serve', '--listen', '127.0.0.1:0', '--data', this.dir, ...args];
    this.child = spawn(command[0], command.slice(1), { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve({ error }));
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    }).finally(() => running.delete(this.child));
    try {
      this.url = await this.#listening();
    } catch (error) {
      if (!this.options.dir) await this.#clean();
      throw error;
    }
    return this;
  }

  #listening() {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`roster ${why}\n${[...this.output, ...this.log].join('\n')}`));
      const timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        fail(`did not listen within ${startMs} ms`);
      }, startMs);
      this.ended.then((end) => {
        clearTimeout(timer);
        fail(`ended before it listened: ${JSON.stringify(end.error?.message ?? end)}`);
      });
      lines(this.child.stderr, (line) => this.log.push(line));
      lines(this.child.stdout, (line) => {
        this.output.push(line);
        const said = /listening on (https?:\/\/[^\s/]+)/.exec(line);
        if (said) {
          clearTimeout(timer);
          resolve(said[1]);
        }
      });
    });
  }

  // The document's contract, read once.
  async contract() {
    this.#contract ??= fetch(`${this.url}/openapi.json`)
      .then((answer) => answer.json())
      .then((document) => new Contract(document));
    return this.#contract;
  }
  #contract;

  // Sends a request. Options: token (Bearer), headers, json (an object) or body (anything fetch takes), status (what the
  // answer must have; a number or a list), undocumented: true for addresses that the document does not describe.
  // Gives { status, headers, text, body }; body is the parsed JSON, or undefined.
  async request(method, target, options = {}) {
    const { token, json, status, undocumented } = options;
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...options.headers };
    if (json !== undefined) headers['content-type'] ??= 'application/json';
    const answer = await fetch(new URL(target, this.url), {
      method,
      headers,
      body: json !== undefined ? JSON.stringify(json) : options.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeout ?? 30_000),
    });
    const text = await answer.text();
    const type = answer.headers.get('content-type');
    const body = /[/+]json\b/.test(type ?? '') && text !== '' ? JSON.parse(text) : undefined;
    this.#remember(json, options.body instanceof URLSearchParams ? Object.fromEntries(options.body) : undefined, body);
    if (status !== undefined)
      assert.ok([status].flat().includes(answer.status), `${method} ${target} answered ${answer.status}, not ${status}\n${text.slice(0, 600)}`);
    if (!undocumented && method !== 'HEAD' && answer.status !== 304)
      (await this.contract()).check(method, new URL(target, this.url).pathname, answer.status, type, text);
    return { status: answer.status, headers: answer.headers, text, body };
  }

  #remember(...values) {
    if (this.secrets.size < secretsMost) values.forEach((value) => [...secretsIn(value)].forEach((s) => this.secrets.add(s)));
  }

  get(target, options) {
    return this.request('GET', target, options);
  }
  post(target, json, options) {
    return this.request('POST', target, { json, ...options });
  }
  put(target, json, options) {
    return this.request('PUT', target, { json, ...options });
  }
  patch(target, json, options) {
    return this.request('PATCH', target, { json, ...options });
  }
  delete(target, options) {
    return this.request('DELETE', target, options);
  }

  // Sends a form, as OAuth clients do.
  form(target, fields, options) {
    return this.request('POST', target, { body: new URLSearchParams(fields), ...options });
  }

  // A new account: { user, access_token, refresh_token, email, password ... }. What is not given is made up.
  async register(fields = {}, options) {
    const all = { email: `${unique()}@example.org`, password, ...fields };
    const { body } = await this.post('/api/v1/users', all, { status: 201, ...options });
    return { ...all, ...body.data };
  }

  async login(identifier, secret = password, more = {}) {
    return (await this.post('/api/v1/auth/login', { identifier, password: secret, ...more }, { status: 200 })).body.data;
  }

  // The account behind a token: the whole answer, whatever it is.
  me(token, options) {
    return this.get('/api/v1/users/me', { token, ...options });
  }

  // Asks its database behind its back: rows as objects.
  async sql(text) {
    if (this.database) {
      const client = new pg.Client({ connectionString: this.database.url });
      await client.connect();
      return client.query(text).then((result) => result.rows).finally(() => client.end());
    }
    const { code, stdout, stderr } = await run('sqlite3', ['-json', '-cmd', '.timeout 5000', path.join(this.dir, 'roster.db')], {
      input: text,
    });
    assert.equal(code, 0, stderr);
    return stdout.trim() ? JSON.parse(stdout) : [];
  }

  // Runs `roster --data DIR ARGS`, as a person beside the running server would: { code, stdout, stderr }.
  cli(args, { input = '', env = {} } = {}) {
    return run(this.options.binary ?? binary, ['--data', this.dir, ...args], { input, env: { ...this.env, ...env } });
  }

  // Log lines as objects; what is not JSON (a sanitizer's report) is left out.
  logged() {
    return this.log.flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
  }

  // Ends it by SIGTERM, and asserts that it went in order and that no sanitizer had anything to say. With keep: true the
  // data stay, for `start({ dir: roster.dir, database: roster.database })`.
  async stop({ keep = false, signal = 'SIGTERM' } = {}) {
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
    const end = await this.ended;
    clearTimeout(timer);
    if (!keep) await this.#clean();
    const report = this.log.filter((line) => /ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:/.test(line));
    assert.deepEqual(report, [], this.log.join('\n'));
    const log = this.log.join('\n');
    for (const secret of this.secrets) assert.ok(!log.includes(secret), `the log holds a password or token: ${secret}`);
    if (signal !== 'SIGKILL') assert.deepEqual(end, { code: 0, signal: null }, this.log.slice(-20).join('\n'));
  }

  // As a crash does it: no goodbye. The data stay.
  async kill() {
    await this.stop({ keep: true, signal: 'SIGKILL' });
  }

  async #clean() {
    await rm(this.dir, { recursive: true, force: true });
    await this.database?.drop();
  }
}

export function start(options) {
  return new Roster(options).start();
}

// A server with an administrator: roster.admin is { email, password, access_token, user ... }.
export async function startWithAdmin(options = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'roster-e2e-admin-'));
  const file = path.join(folder, 'password');
  const email = 'admin@example.org';
  try {
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    const env = { ROSTER_ADMIN_EMAIL: email, ROSTER_ADMIN_PASSWORD_FILE: file, ...cheap, ...options.env };
    const roster = await start({ ...options, env });
    roster.admin = { email, password, ...(await roster.login(email)) };
    return roster;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// A wall clock that a test moves while a server runs: { env, set('-1h') }. What counts from the start of the machine stays
// true, as it does when somebody sets a clock.
export async function movableClock() {
  const folder = await mkdtemp(path.join(tmpdir(), 'roster-e2e-clock-'));
  const file = path.join(folder, 'offset');
  const set = (offset) => writeFile(file, `${offset}\n`);
  await set('+0');
  const env = {
    // The library alone: the command of that name would stand between the server and its signals.
    LD_PRELOAD: `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_FORCE_MONOTONIC_FIX: '0', // or waiting for a moment of that clock never waits
  };
  return { env, set, remove: () => rm(folder, { recursive: true, force: true }) };
}

let made = 0;
// A name that no other test uses.
export function unique(prefix = 'p') {
  return `${prefix}${process.pid.toString(36)}x${(++made).toString(36)}`;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Asks until the answer satisfies: for what happens soon, but not at once.
export async function eventually(ask, good, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    assert.ok(Date.now() < end, `not within ${ms} ms; last: ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}

// Asks all the time until the answer is good, and gives the ms from now to the question that was answered so.
export async function msUntil(ask, good, most = 6000) {
  const began = performance.now();
  for (;;) {
    const asked = performance.now() - began;
    const answer = await ask();
    if (good(answer)) return asked;
    assert.ok(asked < most, `not within ${most} ms; last: ${answer.status} ${answer.text.slice(0, 200)}`);
    await sleep(1);
  }
}

// Runs a command to its end: { code, signal, stdout, stderr }.
export function run(command, args, { input = '', env = process.env, timeout = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, timeout, killSignal: 'SIGKILL' });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text) => (out[name] += text));
    }
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...out }));
    child.stdin.on('error', () => {}); // it may end without reading what it was given
    child.stdin.end(input);
  });
}
