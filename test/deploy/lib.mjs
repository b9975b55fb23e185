// What the tests of deploy/ share: the files, read; commands, run; Roster over HTTP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

export const top = fileURLToPath(new URL('../..', import.meta.url));
export const inDeploy = (name) => path.join(top, 'deploy', name);
export const text = (name) => readFile(inDeploy(name), 'utf8');
// As Docker and Kubernetes read it: 0440 is a mode, << takes over.
const dialect = { version: '1.1', merge: true };
export const yaml = async (name) => parse(await text(name), dialect);
export const documents = async (name) => parseAllDocuments(await text(name), dialect).map((d) => d.toJS());

// Runs a command to its end: { code, stdout, stderr }.
export function run(command, args, { env = process.env, input = '', timeout = 180_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, timeout, killSignal: 'SIGKILL' });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (more) => (out[name] += more));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...out }));
    child.stdin.on('error', () => {}); // it may end without reading what it was given
    child.stdin.end(input);
  });
}

// The same for one that must go well: its standard output.
export async function good(command, args, options) {
  const { code, stdout, stderr } = await run(command, args, options);
  assert.equal(code, 0, `${command} ${args.join(' ')}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  return stdout.trim();
}

export const docker = (...args) => good('docker', args);
export const inspect = async (name, what) => JSON.parse(await docker('inspect', '--format', `{{json ${what}}}`, name));
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Asks until the answer satisfies.
export async function eventually(ask, satisfies, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask().catch((error) => error);
    if (!(answer instanceof Error) && satisfies(answer)) return answer;
    if (Date.now() > end) throw new Error(`not within ${ms} ms; last: ${answer instanceof Error ? answer.stack : JSON.stringify(answer)}`);
    await sleep(200);
  }
}

export const healthy = (container, ms = 60_000) => eventually(() => inspect(container, '.State.Health.Status'), (s) => s === 'healthy', ms);

export const password = 'lantern otter 8041 quartz';

// Asks the server at `url`: { status, headers, body }. Options: token, headers, json or body, status (what must be answered).
export async function ask(url, method, target, { token, headers, json, body, status } = {}) {
  const answer = await fetch(new URL(target, url), {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(json && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json ? JSON.stringify(json) : body,
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isJson = /[/+]json\b/.test(answer.headers.get('content-type') ?? '');
  if (status) assert.equal(answer.status, status, `${method} ${target}: ${bytes.toString().slice(0, 500)}`);
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(bytes) : bytes };
}

// Makes the first administrator by the link that a container printed, and gives his token.
export async function setUp(url, container) {
  const lines = await eventually(async () => (await run('docker', ['logs', container])).stdout, (out) => out.includes('/setup#token='));
  const link = new URL(/https?:\S+\/setup#token=\S+/.exec(lines)[0]);
  assert.equal(link.origin, new URL(url).origin, 'the link leads to public_url');
  const token = link.hash.slice('#token='.length);
  await ask(url, 'POST', '/api/v1/setup', { json: { token, email: 'admin@example.org', password }, status: 201 });
  return login(url, 'admin@example.org');
}

export const register = async (url, email) =>
  (await ask(url, 'POST', '/api/v1/users', { json: { email, password }, status: 201 })).body.data;
export const login = async (url, identifier) =>
  (await ask(url, 'POST', '/api/v1/auth/login', { json: { identifier, password }, status: 200 })).body.data.access_token;
export const me = async (url, token, options) =>
  (await ask(url, 'GET', '/api/v1/users/me', { token, status: 200, ...options })).body.data;
