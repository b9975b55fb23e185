// Spectral, the linter of OpenAPI documents, has nothing to say of ours: no error, warning, information or hint.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, start } from './lib.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

let roster;
let document;
let folder;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roster-spectral-'));
  roster = await start();
  document = (await roster.get('/openapi.json', { status: 200, undocumented: true })).body;
});
after(async () => {
  await roster.stop();
  await rm(folder, { recursive: true, force: true });
});

// What it finds, a line each. From a file: of a pipe it may read nothing yet, and fails (EAGAIN).
async function lint(text) {
  const file = path.join(folder, 'openapi.json');
  await writeFile(file, text);
  const args = [here('node_modules/@stoplight/spectral-cli/dist/index.js'), 'lint', '--ruleset', here('spectral.yaml'), '--format', 'json', '--quiet', file];
  const { code, stdout, stderr } = await run(process.execPath, [...args, '--fail-severity', 'hint'], { timeout: 120_000 });
  const findings = (stdout.trim() ? JSON.parse(stdout) : []).map(({ code: rule, message, path }) => `${path.join('.')}: ${message} (${rule})`);
  assert.equal(code, findings.length ? 1 : 0, stderr);
  return findings;
}

test('every rule is content with the document of a running server', async () => {
  assert.deepEqual(await lint(JSON.stringify(document)), []);
});

test('the rules look: what is taken away is missed', async () => {
  const { info, paths, tags } = structuredClone(document);
  const broken = { ...document, info: { ...info, contact: undefined }, tags: tags.map(({ name }) => ({ name })), paths };
  delete paths['/api/v1/auth/login'].post.operationId;
  paths['/api/v1/users'].post.responses = { 201: { description: 'Made', content: { 'application/json': { schema: { type: 'integer' }, example: 'no' } } } };
  const rules = new Set((await lint(JSON.stringify(broken))).map((line) => /\((\S+)\)$/.exec(line)[1]));
  for (const rule of ['info-contact', 'tag-description', 'operation-operationId', 'oas3-valid-media-example']) assert.ok(rules.has(rule), `${rule}, of ${[...rules]}`);
});
