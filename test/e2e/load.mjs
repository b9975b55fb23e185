// Writers that remember what they were answered, so that a test can ask afterwards whether all of it is there.
import assert from 'node:assert/strict';
import { fresh, login, password, register } from './people.mjs';
import { request, sequence } from './raw.mjs';

// Each lane is a person who changes the profile, refreshes and registers others, one request after another.
export class Load {
  answered = 0;
  statuses = new Map();
  registered = []; // ids of accounts whose registration was answered
  #lanes = [];
  #running = [];
  #stopped = false;

  async begin(roster, lanes = 8) {
    while (this.#lanes.length < lanes) {
      const person = await register(roster);
      this.#lanes.push({ ...person, sent: 0, kept: 0 });
    }
    this.go(roster);
  }

  // Goes on with the same people, against the server as it is now.
  go(roster) {
    this.#stopped = false;
    this.#running = this.#lanes.map((lane, i) => this.#work(roster, lane, i));
  }

  // After a kill, whatever was on its way fails: the lanes end.
  async end() {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #work(roster, lane, seed) {
    for (let step = seed; !this.#stopped; step++) {
      try {
        const { status } = await [this.#patch, this.#refresh, this.#patch, this.#register][step % 4].call(this, roster, lane);
        this.answered++;
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
        if (status >= 500) await new Promise((ok) => setTimeout(ok, 20));
      } catch (error) {
        if (!(error instanceof TypeError)) throw new Error(`${error.name}: ${error.message}`); // else fetch's: the server was gone
        await new Promise((ok) => setTimeout(ok, 5));
      }
    }
  }

  async #patch(roster, lane) {
    const value = ++lane.sent;
    const json = { display_name: `value ${value}` };
    const answer = await roster.patch('/api/v1/users/me', json, { token: lane.token });
    if (answer.status === 200) lane.kept = value;
    return answer;
  }

  async #refresh(roster, lane) {
    const answer = await roster.post('/api/v1/auth/refresh', { refresh_token: lane.refresh });
    if (answer.status === 200) {
      lane.refresh = answer.body.data.refresh_token;
      lane.token = answer.body.data.access_token;
    }
    return answer;
  }

  async #register(roster) {
    const answer = await roster.post('/api/v1/users', { email: `${fresh()}@example.com`, password });
    if (answer.status === 201) this.registered.push(answer.body.data.user.id);
    return answer;
  }

  // Every write that was answered is there; what was not answered may be there or not.
  async verify(roster) {
    const got = await sequence(roster, this.registered.map((id) => request('GET', `/api/v1/users/${id}`)), { atOnce: 5 });
    got.forEach(({ status }, i) => assert.equal(status, 200, `an answered registration is gone: ${this.registered[i]}`));
    this.registered = this.registered.slice(-20); // checked; a few are asked for again next time
    for (const lane of this.#lanes) {
      const { body } = await roster.post('/api/v1/auth/refresh', { refresh_token: lane.refresh }, { status: 200 });
      lane.refresh = body.data.refresh_token;
      lane.token = body.data.access_token;
      const mine = await roster.get('/api/v1/users/me', { token: lane.token, status: 200 });
      const value = Number(/^value (\d+)$/.exec(mine.body.data.display_name)?.[1] ?? 0);
      assert.ok(value >= lane.kept && value <= lane.sent, `it shows ${value}; ${lane.kept} was answered, ${lane.sent} was sent`);
    }
    if (this.#lanes.length > 0) await login(roster, this.#lanes[0]);
  }
}

// The audit log's chain of hashes; rows that a crash left unsealed are sealed soon after the start.
export async function auditHolds(roster, admin) {
  for (let i = 0; ; i++) {
    const { body } = await roster.get('/api/v1/audit/verify', { token: admin.token, status: 200 });
    if (body.data.good) return;
    assert.ok(i < 50, JSON.stringify(body.data));
    await new Promise((ok) => setTimeout(ok, 100));
  }
}
