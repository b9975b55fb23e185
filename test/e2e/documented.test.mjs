// Every request that documents 001 to 004 write out, sent as it is written and answered with the statuses and fields that
// their clients expect. How they are told of limits is in limits.test.mjs. What sessions and tokens of the shapes have in common is in shapes.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fixtures, send } from './documented.mjs';
import { rows as of001 } from './documented_001.mjs';
import { rows as of002 } from './documented_002.mjs';
import { rows as of003 } from './documented_003.mjs';
import { rows as of004 } from './documented_004.mjs';
import { rows as more } from './documented_more.mjs';
import { run } from './lib.mjs';

const fixtures = new Fixtures();
before(() => fixtures.start());
after(() => fixtures.roster?.stop());

const documents = { 'document 001': of001, 'document 002': of002, 'document 003': of003, 'document 004': of004, 'the contract': more };
for (const [name, rows] of Object.entries(documents))
  describe(name, () => {
    for (const row of rows) test(`${row[0]}: ${row[1]} is ${row[3]}`, () => send(fixtures, row));
  });

describe('document 001, by curl', () => {
  // As the document prints them; only the address is ours.
  const curl = async (command) => {
    const { stdout, stderr } = await run('bash', ['-c', command.replaceAll('http://localhost:3002', fixtures.roster.url).replace('curl', `curl -sS -w '\\n%{http_code}'`)]);
    const [body, status] = stdout.split(/\n(?=\d+$)/);
    assert.ok(status, stderr);
    return { status: Number(status), body: JSON.parse(body) };
  };

  test('its three examples work as they are written', async () => {
    const made = await curl(`curl -X POST http://localhost:3002/api/auth/register \\
  -H "Content-Type: application/json" \\
  -d '{"email":"user@example.com","username":"johndoe","password":"securepass"}'`);
    assert.equal(made.status, 201);
    const login = await curl(`curl -X POST http://localhost:3002/api/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{"emailOrUsername":"johndoe","password":"securepass"}'`);
    assert.equal(login.status, 200);
    const me = await curl(`curl -X GET http://localhost:3002/api/users/me \\
  -H "Authorization: Bearer ${login.body.tokens.accessToken}"`);
    assert.equal(me.status, 200);
    assert.deepEqual([me.body.email, me.body.username, me.body.id], ['user@example.com', 'johndoe', made.body.user.id]);
  });
});

describe('what the documents promise of every request', () => {
  test('003: X-Request-ID makes a registration safe to repeat', async () => {
    const { email } = fixtures.free();
    const register = () =>
      fixtures.roster.post('/api/v1/users/', { name: 'John Doe', email, password: fixtures.password }, { headers: { 'x-request-id': `request-of-${email}` }, status: 201 });
    const [first, again] = [await register(), await register()];
    assert.equal(again.headers.get('idempotent-replay'), 'true');
    assert.equal(again.body.data.user.user_id, first.body.data.user.user_id);
  });
});
