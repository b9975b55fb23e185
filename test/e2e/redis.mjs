// A Redis of the test's own: started on a free port in a folder of its own, stopped by its pid, and a client to look into it.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import Client from 'ioredis';
import { eventually } from './lib.mjs';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export const freePort = () =>
  new Promise((resolve, reject) => {
    const s = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

export class Redis {
  // Options: args, more of them for redis-server; port, that of an earlier one.
  constructor({ args = [], port } = {}) {
    this.args = args;
    this.port = port;
  }

  async start() {
    this.dir ??= await mkdtemp('/tmp/roster-redis-');
    this.port ??= await freePort();
    this.url = `redis://127.0.0.1:${this.port}/0`;
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.dir, ...this.args];
    this.child = spawn('redis-server', args, { stdio: 'ignore' });
    running.add(this.child);
    const { child } = this;
    this.ended = new Promise((resolve) => child.once('close', resolve)).finally(() => running.delete(child));
    this.client ??= new Client(this.port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
    this.client.on('error', () => {}); // an outage is what tests make
    await eventually(() => Promise.race([this.client.ping(), new Promise((ok) => setTimeout(ok, 200))]), (answer) => answer === 'PONG', 10_000);
    return this;
  }

  // It hangs, as a machine does whose disk or network is gone; and goes on.
  freeze() {
    this.child.kill('SIGSTOP');
  }

  thaw() {
    this.child.kill('SIGCONT');
  }

  // Gone without a word; start() brings it back, empty, on the same port.
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop() {
    this.client.disconnect();
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }
}

export const redis = (options) => new Redis(options).start();
