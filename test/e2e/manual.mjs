// Reads the code blocks of a chapter of the manual and runs them in order, as somebody who follows it would: in one shell, in a
// folder that looks like the tree. A block is run when its info string has a name:
//
//	```sh login            run in the shell
//	```js verify.mjs       written to that file, and run by node; python by python3, php by php
//	```ini roster.conf     written to that file in the data folder
//	```text                what the block before it prints; "..." stands for anything, line ends and blanks do not count
//
// Addresses are those of free ports; pages show 8080, and 8081 for a program of the reader's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary } from './lib.mjs';

const tree = fileURLToPath(new URL('../../', import.meta.url));
const blockMs = 30_000;

export async function chapter(name) {
  const text = await readFile(path.join(tree, 'doc/manual', name), 'utf8');
  const blocks = [];
  for (const [, lang, title, body] of text.matchAll(/^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$/gms)) {
    if (lang === 'text') {
      assert.ok(blocks.length > 0 && !blocks.at(-1).prints, `${name}: a text that no block prints`);
      blocks.at(-1).prints = body;
    } else {
      assert.ok(title, `${name}: a block without a name is not run:\n${body}`);
      blocks.push({ lang, title, body });
    }
  }
  return blocks;
}

const freePort = () =>
  new Promise((ok) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => ok(port));
    });
  });

// Its environment: no settings of whoever runs the tests. No limits: what a person types in half an hour comes in two seconds.
const environment = (more) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ROSTER_|DATABASE_URL$|JWT_|SMTP_|CORS_ORIGIN)/.test(name))),
  PATH: `/usr/bin:/bin:${path.dirname(process.execPath)}`,
  ROSTER_RATE_LIMITS: 'off',
  ...more,
});

export class Reader {
  #wanted = '';
  #output = '';

  async open() {
    this.dir = await mkdtemp(path.join(tmpdir(), 'roster-manual-'));
    this.port = await freePort();
    this.readersPort = await freePort();
    for (const folder of ['build', 'script', 'data']) await mkdir(path.join(this.dir, folder), { mode: 0o700 });
    await symlink(binary, path.join(this.dir, 'build/roster'));
    await symlink(path.join(tree, 'test/e2e/node_modules'), path.join(this.dir, 'node_modules'));
    // The real script; there is nothing to install or to build here.
    await copyFile(path.join(tree, 'script/server'), path.join(this.dir, 'script/server'));
    await writeFile(path.join(this.dir, 'script/bootstrap'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(path.join(this.dir, 'Makefile'), '.PHONY: all\nall:\n\t@:\n');
    const env = environment({ ROSTER_LISTEN: `127.0.0.1:${this.port}`, ROSTER_PASSWORD_MEMORY: '8MiB' });
    this.shell = spawn('bash', ['--norc'], { cwd: this.dir, env, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.shell.stdout, this.shell.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => (this.#output += text));
    }
    return this;
  }

  async close() {
    await this.stopServer();
    this.shell.kill('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }

  async stopServer() {
    if (!this.server) return;
    const ended = new Promise((ok) => this.server.once('exit', ok));
    this.server.kill('SIGTERM');
    assert.equal(await ended, 0);
    this.server = undefined;
  }

  #here = (text) => text.replaceAll('127.0.0.1:8080', `127.0.0.1:${this.port}`).replace(/\b8081\b/g, this.readersPort);

  // `script/server` in a terminal of its own; gives what it printed up to the link of the set-up.
  async startServer() {
    const env = environment({ ROSTER_LISTEN: `127.0.0.1:${this.port}`, ROSTER_PASSWORD_MEMORY: '8MiB' });
    this.server = spawn('bash', ['script/server'], { cwd: this.dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    this.server.stderr.on('data', (text) => (said += text));
    let printed = '';
    for await (const text of this.server.stdout.iterator({ destroyOnReturn: false })) {
      printed += text;
      if (/setup#token=\S+\s/.test(printed)) break;
    }
    this.server.stdout.resume();
    assert.match(printed, /listening/, said);
    return printed;
  }

  async #type(text) {
    const mark = `end of block ${Math.random()}`;
    this.#output = '';
    // Blocks leave as many line ends as they like; the mark stands on a line of its own.
    this.shell.stdin.write(`${text}\nprintf '\\n%s\\n' '${mark}'\n`);
    for (const end = Date.now() + blockMs; !this.#output.includes(`\n${mark}\n`); ) {
      assert.ok(Date.now() < end, `not done within ${blockMs} ms:\n${text}\n${this.#output}`);
      await new Promise((ok) => setTimeout(ok, 5));
    }
    return this.#output.split(`\n${mark}\n`)[0];
  }

  // Runs one block and holds what it prints against the page.
  async run({ lang, title, body, prints }) {
    const text = this.#here(body);
    const how = { js: 'node', python: '/usr/bin/python3', php: 'php' }[lang];
    let printed;
    if (lang === 'ini') {
      await writeFile(path.join(this.dir, 'data', title), text);
    } else if (how) {
      await writeFile(path.join(this.dir, title), text);
      printed = await this.#type(`${how} ${title}`);
    } else if (text.trim() === 'script/server') {
      printed = await this.startServer();
    } else {
      assert.equal(lang, 'sh', `${title}: nobody knows how to run ${lang}`);
      printed = await this.#type(text);
    }
    if (prints !== undefined) assert.ok(pattern(this.#here(prints)).test(bare(printed)), `${title} printed:\n${printed}\nthe page shows:\n${prints}`);
  }
}

const bare = (text) => text.replace(/\s+/g, '');
const pattern = (text) => new RegExp(`^${bare(text).split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*?')}$`, 's');
