// Mixed load on several nodes by clients that try again elsewhere, and that know what the answers must be.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sleep } from './lib.mjs';
import { fresh, password } from './people.mjs';

export const longest = 2000; // that a node believes its memory without news of the others

// `nodes`: gives the servers; those with `up` are asked.
export class Mixed {
  wrong = []; // what no answer may be
  again = 0;
  stale = 0;
  constructor(nodes) {
    this.nodes = nodes;
  }

  // The answer of some node, tried again at others while there is none; a 5xx that this does not mend fails the test.
  async ask(method, target, json, options = {}) {
    for (let i = 0; ; i++) {
      const alive = this.nodes().filter((node) => node?.up);
      const node = alive[Math.floor(Math.random() * alive.length)];
      try {
        const answer = method === 'get' ? await node.get(target, options) : await node[method](target, json, options);
        // Whoever was killed at it may hold its key for a moment.
        if (answer.status < 500 && answer.body?.error !== 'request_in_progress') return answer;
        if (i > 40) this.wrong.push(`${method} ${target}: ${answer.status} ${i} times`);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // else fetch's: the node is gone
        if (i > 40) this.wrong.push(`${method} ${target}: ${error.cause ?? error}`);
      }
      if (i > 40) return { status: 0, body: {} };
      this.again++;
      await sleep(20 + 30 * i);
    }
  }

  expect(answer, code, what) {
    return answer.status === code || this.wrong.push(`${what}: ${answer.status} ${answer.text?.slice(0, 200)}`);
  }
}

export class Client {
  constructor(mixed) {
    this.mixed = mixed;
  }
  done = 0;
  value = 0;
  posts = 0;
  accounts = [];
  changes = [];
  async begin() {
    const answer = await this.mixed.ask('post', '/api/v1/users', { email: `${fresh()}@example.com`, password }, { headers: { 'idempotency-key': randomUUID() } });
    assert.equal(answer.status, 201, answer.text);
    this.take(answer.body.data);
    this.id = answer.body.data.user.id;
  }
  take({ access_token: token, refresh_token: refresh }) {
    Object.assign(this, { token, refresh });
  }
  async run(end, send) {
    const steps = [this.change, this.read, this.prefer, this.renew, this.join, this.post];
    for (let i = 0; performance.now() < end; i++, this.done++) await steps[i % steps.length].call(this, send);
  }
  async change() {
    const bio = `value ${++this.value}`;
    const value = this.value;
    this.mixed.expect(await this.mixed.ask('patch', '/api/v1/users/me', { bio }, { token: this.token, headers: { 'idempotency-key': randomUUID() } }), 200, 'change');
    this.changes.push({ value, at: performance.now() });
  }
  // Another node knows of a change within about 100 ms, and believes its memory for 2 s at most.
  async read() {
    const known = this.changes.filter(({ at }) => at < performance.now() - longest).at(-1)?.value ?? 0;
    const answer = await this.mixed.ask('get', '/api/v1/users/me', undefined, { token: this.token });
    if (this.mixed.expect(answer, 200, 'read') !== true) return;
    const seen = Number(/^value (\d+)$/.exec(answer.body.data.bio ?? 'value 0')?.[1]);
    if (!(seen <= this.value && seen >= known)) this.mixed.wrong.push(`read ${seen} after ${known}`);
    this.mixed.stale += seen < this.value;
  }
  async prefer() {
    this.mixed.expect(await this.mixed.ask('patch', '/api/v1/users/me/preferences', { language: this.value % 2 ? 'de' : 'en' }, { token: this.token }), 200, 'prefer');
  }
  async renew() {
    const answer = await this.mixed.ask('post', '/api/v1/auth/refresh', { refresh_token: this.refresh });
    if (this.mixed.expect(answer, 200, 'refresh') === true) this.take(answer.body.data);
  }
  async join() {
    const email = `${fresh()}@example.com`;
    const answer = await this.mixed.ask('post', '/api/v1/users', { email, password }, { headers: { 'idempotency-key': randomUUID() } });
    if (this.mixed.expect(answer, 201, 'register') === true) this.accounts.push(email);
  }
  async post(send) {
    this.posts++;
    await send('user-service-exchange', 'social.post.created', { eventId: randomUUID(), eventType: 'social.post.created', timestamp: new Date().toISOString(), data: { userId: this.id } });
  }
}
