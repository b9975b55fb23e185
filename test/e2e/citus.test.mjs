// The schema as deploy/citus.sql leaves it. Citus itself is not there: functions of its names hold each table against its rules
// (citus_rules.sql), so a migration that Citus would refuse fails here; then the server works on that schema.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { Roster, eventually, password, unique } from './lib.mjs';
import { administrator, quick } from './people.mjs';

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const file = (name) => readFile(new URL(name, import.meta.url), 'utf8');

describe('the schema of a Citus cluster', { skip: !onPostgres && 'SQLite is one file' }, () => {
  let roster, db, admin;
  const rows = async (text, values) => (await db.query(text, values)).rows;
  before(async () => {
    roster = await new Roster({ env: quick }).start();
    await roster.stop({ keep: true });
    db = new pg.Client({ connectionString: roster.database.url });
    db.on('error', () => {}); // the database is dropped at the end
    await db.connect();
    await db.query(await file('citus_rules.sql'));
    await db.query(await file('../../deploy/citus.sql'));
    roster = await new Roster({ env: quick, dir: roster.dir, database: roster.database }).start();
    admin = (await administrator(roster)).token;
  });
  after(async () => {
    await db?.end();
    await roster?.stop();
  });

  // A change that is taken back.
  const attempt = async (...statements) => {
    await db.query('BEGIN');
    try {
      for (const statement of statements) await db.query(statement);
    } finally {
      await db.query('ROLLBACK');
    }
  };
  const refused = (why, ...statements) => assert.rejects(attempt(...statements), (error) => error.message.startsWith('Citus would refuse') && why.test(error.message), statements.join('; '));
  const check = 'SELECT citus_rules.check_now(TRUE)';
  const add = (column, beside = 'users') => `SELECT create_distributed_table('extra', '${column}', colocate_with => '${beside}')`;

  test('holds what Citus demands', async () => {
    assert.deepEqual(await rows('SELECT citus_rules.problems(TRUE)'), []);
  });

  test('has a place for every table', async () => {
    const text = await file('../../deploy/citus.sql');
    const stay = [...text.matchAll(/^-- local: ([\w, ]+)\(/gm)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
    const placed = (await rows('SELECT tab::text AS name FROM citus_rules.placed')).map((row) => row.name);
    const all = (await rows("SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")).map((row) => row.name);
    assert.deepEqual([...stay, ...placed].sort(), all.sort());
  });

  test('the check knows what Citus refuses', async () => {
    await refused(/unique/, 'CREATE UNIQUE INDEX one ON session (device)', check);
    await refused(/unique/, 'CREATE TABLE extra (id TEXT PRIMARY KEY, user_id TEXT NOT NULL)', add('user_id'));
    await refused(/co-located/, 'ALTER TABLE login_name ADD FOREIGN KEY (user_id) REFERENCES users (id)', check);
    await refused(/co-located/, 'CREATE TABLE extra (user_id TEXT PRIMARY KEY, other TEXT REFERENCES users (id))', add('user_id'));
    await refused(/from mail to the distributed/, 'ALTER TABLE mail ADD FOREIGN KEY (user_id) REFERENCES users (id)', check);
    await refused(/must be distributed or a reference/, 'CREATE TABLE extra (user_id TEXT PRIMARY KEY, role TEXT REFERENCES role (name))', add('user_id'));
    await refused(/trigger/, 'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$', 'CREATE TRIGGER t AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()', check);
    await refused(/identity/, 'ALTER TABLE session ADD COLUMN n INT GENERATED ALWAYS AS IDENTITY', check);
    await refused(/may be empty/, 'CREATE TABLE extra (user_id TEXT, at BIGINT)', add('user_id'));
    await refused(/cannot be co-located/, 'CREATE TABLE extra (user_id BIGINT PRIMARY KEY)', add('user_id'));
    await refused(/names the distribution column/, 'UPDATE session SET user_id = user_id');
    await attempt('CREATE TABLE extra (user_id TEXT REFERENCES users (id) ON DELETE CASCADE, at BIGINT, PRIMARY KEY (user_id, at))', add('user_id'));
  });

  test('everything works on it', async () => {
    const username = unique('citus');
    const one = await roster.register({ username, first_name: 'Lindqvist', last_name: 'Oberon' });
    const two = await roster.register();
    assert.equal((await roster.post('/api/v1/users', { email: one.email, password }, {})).status, 409);
    const signed = await roster.login(one.email);
    const token = signed.access_token;
    const renewed = (await roster.post('/api/v1/auth/refresh', { refresh_token: signed.refresh_token }, { status: 200 })).body.data;
    const find = async (q) => (await roster.get(`/api/v1/users/search?q=${q}`, { token, status: 200 })).body.data.map((u) => u.username);
    assert.deepEqual(await find('oberon'), [username]);
    await roster.patch('/api/v1/users/me', { name: 'Marchetti Oberon', display_name: 'Marchetti Oberon', first_name: 'Marchetti' }, { token, status: 200 });
    assert.deepEqual(await find('lindqvist'), []);
    assert.deepEqual(await find('rchett'), [username]); // in the middle
    await roster.patch('/api/v1/users/me/preferences', { theme: 'dark' }, { token, status: 200 });
    for (const [by, whom] of [[token, two], [two.access_token, one]]) await roster.post(`/api/v1/users/${whom.user.id}/follow`, undefined, { token: by, status: 200 });
    assert.deepEqual((await roster.get(`/api/v1/users/${two.user.id}/following`, { token, status: 200 })).body.data.map((u) => u.username), [username]);
    // A device that changes hands.
    const device = { token: unique('device-token-'), platform: 'fcm' };
    await roster.post('/api/v1/users/me/push-tokens', device, { token: two.access_token, status: 201 });
    const again = await roster.post('/api/v1/users/me/push-tokens', device, { token });
    assert.ok(again.status < 300, again.text);
    await roster.post('/api/v1/users/me/push-tokens', device, { token }); // and is shown again
    assert.deepEqual(await rows('SELECT user_id FROM push_token WHERE token = $1', [device.token]), [{ user_id: one.user.id }]);
    await roster.post('/api/v1/auth/password-change', { current_password: password, new_password: `${password} new` }, { token: renewed.access_token, status: 200 });
    assert.equal((await roster.get('/api/v1/auth/sessions', { token: renewed.access_token, status: 200 })).body.data.length, 1);
    assert.equal((await roster.get('/api/v1/users?sort=created_at&limit=2', { token: admin, status: 200 })).body.data.length, 2);
    assert.ok((await roster.get(`/api/v1/audit?subject_id=${one.user.id}`, { token: admin, status: 200 })).body.data.length > 0);
    await roster.post('/api/v1/auth/logout', {}, { token: two.access_token, status: 200 });

    await roster.delete(`/api/v1/users/${one.user.id}`, { token: admin, status: [200, 204] });
    await roster.post('/api/v1/auth/login', { identifier: one.email, password: `${password} new` }, { status: 401 });
    await gone(one.user.id);
    // Whose name is free again.
    await roster.register({ username, email: one.email });
  });

  // What foreign keys and their cascades would have seen to: no row of his is left in any distributed table, but that of his number.
  async function gone(id) {
    const [{ number, status }] = await rows('SELECT number, status FROM users WHERE id = $1', [id]);
    assert.equal(status, 'deleted');
    const held = "SELECT tab::text AS tab, CASE WHEN col IS NULL THEN 'number' WHEN col IN ('subject', 'from_id') THEN col ELSE 'user_id' END AS col FROM citus_rules.placed WHERE tab <> 'users'::regclass";
    const tables = await rows(held);
    assert.ok(tables.length >= 12, JSON.stringify(tables));
    assert.deepEqual(await rows('SELECT * FROM relation WHERE to_id = $1', [id]), []);
    for (const { tab, col } of tables) assert.deepEqual(await rows(`SELECT * FROM ${tab} WHERE ${col} = $1`, [col === 'number' ? number : id]), [], tab);
  }

  test('the outbox on the coordinator has its numbers without holes', async () => {
    const [{ n, last, open }] = await eventually(() => rows('SELECT COUNT(seq) AS n, MAX(seq) AS last, COUNT(*) - COUNT(seq) AS open FROM outbox'), ([row]) => row.open === '0');
    assert.ok(Number(n) > 5 && open === '0');
    assert.equal(n, last);
  });
});
