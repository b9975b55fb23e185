// SMTP servers for tests: a real one (smtp_sink.py), what it was given, and certificates for it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, run } from './lib.mjs';

const script = fileURLToPath(new URL('./smtp_sink.py', import.meta.url));
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

export class Sink {
  events = [];

  // args: those of smtp_sink.py.
  async start(args = []) {
    this.child = spawn('/usr/bin/python3', [script, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.add(this.child);
    this.child.once('close', () => children.delete(this.child));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.events.push(JSON.parse(line)));
    [{ port: this.port }] = await eventually(() => this.events, (events) => events.length > 0, 20_000);
    this.url = `smtp://127.0.0.1:${this.port}`;
    return this;
  }

  get letters() {
    return this.events.filter(({ event }) => event === 'letter');
  }

  to(address) {
    return this.letters.filter((letter) => letter.to.includes(address));
  }

  tries(address) {
    return this.events.filter(({ event, to }) => event === 'rcpt' && to === address).length;
  }

  // The letters to an address once there are so many.
  async wait(address, n = 1, ms = 15_000) {
    await eventually(() => this.to(address).length, (count) => count >= n, ms);
    return this.to(address);
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

export const sink = (args) => new Sink().start(args);

// A folder with a CA and certificates of it: { ca, dir, of(name) -> { cert, key }, remove() }.
export async function certificates() {
  const dir = await mkdtemp(path.join(tmpdir(), 'roster-smtp-'));
  const file = (name) => path.join(dir, name);
  const openssl = async (...args) => {
    const { code, stderr } = await run('openssl', args);
    assert.equal(code, 0, stderr);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  await openssl('req', '-x509', ...key, '-subj', '/CN=Test CA', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  const of = async (name, alt) => {
    const out = { cert: file(`${name}.pem`), key: file(`${name}.key`) };
    const ca = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')];
    await openssl('req', '-x509', ...ca, ...key, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${alt}`, '-keyout', out.key, '-out', out.cert);
    return out;
  };
  return { dir, ca: file('ca.pem'), of, remove: () => rm(dir, { recursive: true, force: true }) };
}

// The parts of a letter as a reader sees them: { headers, subject, text, html }.
export async function read(letter) {
  const program = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
part = lambda kind: (m.get_body((kind,)) or None) and m.get_body((kind,)).get_content()
print(json.dumps({'headers': [[k, str(v)] for k, v in m.items()], 'subject': m['subject'], 'text': part('plain'), 'html': part('html'),
  'defects': [str(d) for d in m.defects]}))`;
  const { code, stdout, stderr } = await run('/usr/bin/python3', ['-c', program], { input: letter.data });
  assert.equal(code, 0, stderr);
  const parsed = JSON.parse(stdout);
  return { ...parsed, headers: Object.fromEntries(parsed.headers) };
}
