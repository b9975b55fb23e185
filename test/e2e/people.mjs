// Accounts for tests: made in one line, with their tokens.
import assert from 'node:assert/strict';

export const password = 'a long enough pass phrase';

// Settings of servers that hash many passwords: cheap hashes, and no caps on what one address may do.
export const quick = { ROSTER_PASSWORD_MEMORY: '64KiB', ROSTER_PASSWORD_PASSES: '1', ROSTER_RATE_LIMITS: 'off' };

let count = 0;
export const fresh = (name = 'person') => `${name}${process.pid}x${++count}`;

const asPerson = (email, data) => ({
  id: data.user.id,
  email,
  username: data.user.username,
  token: data.access_token,
  refresh: data.refresh_token,
});

export async function register(roster, more = {}) {
  const email = `${fresh()}@example.com`;
  const { body } = await roster.post('/api/v1/users', { email, password, ...more }, { status: 201 });
  return asPerson(more.email ?? email, body.data);
}

// Another session of the same person.
export async function login(roster, person) {
  const json = { identifier: person.email, password };
  const { body } = await roster.post('/api/v1/auth/login', json, { status: 200 });
  return asPerson(person.email, body.data);
}

export async function administrator(roster) {
  const email = `${fresh('admin')}@example.com`;
  const args = ['user', 'create', '--email', email, '--role', 'admin', '--password-stdin'];
  const made = await roster.cli(args, { input: password });
  assert.equal(made.code, 0, made.stderr);
  return login(roster, { email });
}

export const me = (roster, person, options) => roster.get('/api/v1/users/me', { token: person.token, ...options });

export const refresh = (roster, token, options) =>
  roster.post('/api/v1/auth/refresh', { refresh_token: token }, options);
