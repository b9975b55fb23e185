// script/bench --scale N...: sizes and plans with N people on PostgreSQL, for doc/scaling.md.
//
// A private PostgreSQL gets its schema from our own program, then N people by SQL. Two real servers on it answer real requests
// for some hundred different people, while auto_explain notes in PostgreSQL's log, for every statement that they send, its text,
// the plan that was used, the pages that it touched, its WAL and its time: nothing here holds a copy of the program's SQL.
// It ends with status 1, and names the statement, when one looked at more than a twentieth of all people.
import fs from 'node:fs';
import os from 'node:os';
import { execFileSync } from 'node:child_process';
import { ask, cheapHashes, log, median, run, sleep, startRoster } from './lab.mjs';
import { fixed } from './lines.mjs';
import { admin } from './people.mjs';
import { functions, statements } from './scale_fill.mjs';
import { analyse } from './scale_plans.mjs';

const FOLDER = process.env.ROSTER_SCALE_DIR ?? '/var/tmp/roster-scale';
const PASSWORD = 'lantern otter 8041 quartz';
const SEEDS = 20, ASKED = 200, KEPT = 1000000;

const script = (...args) => execFileSync('test/store/postgres.sh', args, { encoding: 'utf8' }).trim();
const psqlArgs = (url, text) => ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-F', '\t', '-d', url, '-c', text];
const psql = (url, text) => execFileSync('psql', psqlArgs(url, text), { encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();
const rowsOf = (url, text) => JSON.parse(psql(url, `SELECT COALESCE(json_agg(r), '[]') FROM (${text}) AS r`));
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;

// A server for measuring: its log is JSON, and while it is filled it writes as little as it may.
function settings(dir, lines) {
	fs.appendFileSync(`${dir}/data/postgresql.conf`, lines.map((line) => line + '\n').join(''));
	script('stop', dir);
	return script('start', dir);
}
const FILLING = ['logging_collector = on', "log_destination = 'jsonlog'", "log_directory = 'log'", 'shared_buffers = 2GB', 'maintenance_work_mem = 1GB', 'work_mem = 64MB',
	'max_wal_size = 3GB', 'wal_level = minimal', 'max_wal_senders = 0', 'checkpoint_timeout = 30min', 'max_parallel_maintenance_workers = 1', 'jit = off'];
const MEASURING = ['work_mem = 4MB', 'jit = on', 'wal_level = replica', "shared_preload_libraries = 'auto_explain'", 'auto_explain.log_min_duration = 0', 'auto_explain.log_analyze = on',
	'auto_explain.log_buffers = on', 'auto_explain.log_wal = on', 'auto_explain.log_timing = off', 'auto_explain.log_format = json', 'auto_explain.log_nested_statements = on',
	'log_parameter_max_length = 0'];

/* --- filling ------------------------------------------------------------------------------------------------------ */

const CONSTRAINTS = `SELECT conrelid::regclass::text AS tab, conname AS name, contype AS kind, pg_get_constraintdef(oid) AS def FROM pg_constraint
	WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f') ORDER BY contype = 'f', 1, 2`;
const INDEXES = `SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS def FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
	WHERE c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY 1`;

// Some of the people whom the filler makes, made by the program first: to compare with, and for cursors that lead to the
// middle of the list.
async function seed(server, data, url, people) {
	const token = await admin(server, data);
	psql(url, functions(people, Date.now()));
	const numbers = Array.from({ length: SEEDS }, (_, i) => Math.floor(((i + 1) * people) / (SEEDS + 2)));
	for (const n of numbers) {
		const [p] = rowsOf(url, `SELECT filler.username(${n}) AS username, filler.email(${n}) AS email, filler.given(${n}) AS first_name, filler.family(${n}) AS last_name`);
		psql(url, `ALTER TABLE users ALTER COLUMN number RESTART WITH ${n}`);
		await ask(server, '/api/v1/users', { method: 'POST', body: { ...p, name: `${p.first_name} ${p.last_name}`, password: PASSWORD } });
	}
	const cursors = [];
	for (let cursor = '', i = 0; i < SEEDS; i++) {
		const page = await ask(server, `/api/v1/users?sort=created_at&limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { token });
		cursor = page.meta.next_cursor;
		if (i) cursors.push(cursor); // the first of all is the administrator
	}
	const [one] = rowsOf(url, `SELECT id FROM users WHERE number = ${numbers[0]}`);
	await ask(server, `/api/v1/users/${one.id}`, { method: 'PATCH', token, body: { bio: 'Reads a lot.', location: 'Berlin' } });
	return { numbers, cursors, samples: samples(url, one.id) };
}

function samples(url, id) {
	const [event] = rowsOf(url, `SELECT type, data, node FROM outbox WHERE type = 'user.updated' AND subject_id = '${id}'`);
	const [entry] = rowsOf(url, `SELECT operation, changes, salt FROM audit WHERE subject_id = '${id}' AND changes LIKE '%Berlin%'`);
	const [{ hash }] = rowsOf(url, `SELECT hash FROM password WHERE user_id = '${id}'`);
	if (!event || !entry) throw new Error('a change of a profile left no event or no entry of the audit to copy');
	return { hash, event: { ...event, about: id }, entry: { ...entry, about: id } };
}

const names = (url, numbers) => rowsOf(url, `SELECT number, username, email, name, first_name, last_name, display_name, role,
	(SELECT json_agg(key ORDER BY key) FROM login_name WHERE user_id = id) AS keys,
	(SELECT words FROM user_search s WHERE s.number = u.number) AS search,
	(SELECT json_agg(word ORDER BY word) FROM user_word w WHERE w.number = u.number) AS words FROM users u WHERE number IN (${numbers}) ORDER BY number`);

async function fill(url, people, shape) {
	const constraints = rowsOf(url, CONSTRAINTS), indexes = rowsOf(url, INDEXES), made = {};
	const filled = statements({ people, kept: Math.min(people, KEPT), now: Date.now(), ...shape });
	for (const c of constraints.toReversed()) psql(url, `ALTER TABLE ${c.tab} DROP CONSTRAINT ${c.name}`);
	for (const i of indexes) psql(url, `DROP INDEX ${i.name}`);
	for (const { table, sql } of filled) {
		const since = Date.now();
		await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-1', '-d', url, ...(table ? ['-c', `TRUNCATE ${table}`] : []), '-c', sql]);
		if (!table) continue;
		made[table] = Number(psql(url, `SELECT COUNT(*) FROM ${table}`));
		log(`${fixed(made[table])} rows of ${table}: ${seconds(since)}`);
	}
	psql(url, 'DROP TABLE filler.person');
	const since = Date.now();
	for (const c of constraints.filter((c) => c.kind !== 'f')) await run('psql', psqlArgs(url, `ALTER TABLE ${c.tab} ADD CONSTRAINT ${c.name} ${c.def}`));
	for (const i of indexes) await run('psql', psqlArgs(url, i.def));
	log(`indexes: ${seconds(since)}`);
	for (const c of constraints.filter((c) => c.kind === 'f')) await run('psql', psqlArgs(url, `ALTER TABLE ${c.tab} ADD CONSTRAINT ${c.name} ${c.def}`));
	for (const [table, column] of [['users', 'number'], ['outbox', 'id'], ['audit', 'id']])
		psql(url, `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), (SELECT MAX(${column}) FROM ${table}))`);
	if (JSON.stringify([rowsOf(url, CONSTRAINTS), rowsOf(url, INDEXES)]) !== JSON.stringify([constraints, indexes])) throw new Error('the schema is not what it was before it was filled');
	await run('psql', psqlArgs(url, 'VACUUM ANALYZE'));
	log(`foreign keys, VACUUM ANALYZE: ${seconds(since)}`);
	return made;
}

/* --- sizes -------------------------------------------------------------------------------------------------------- */

function sizes(url, made) {
	const tables = Object.keys(made).map((text) => `'${text}'`).join();
	const found = rowsOf(url, `SELECT relname AS name, pg_table_size(oid) AS bytes, pg_indexes_size(oid) AS indexes FROM pg_class WHERE relname IN (${tables}) AND relkind = 'r'`);
	const indexes = rowsOf(url, `SELECT t.relname AS tab, c.relname AS name, pg_relation_size(c.oid) AS bytes FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname IN (${tables}) ORDER BY 3 DESC`);
	return { tables: found.map((t) => ({ ...t, rows: made[t.name] })).sort((a, b) => b.bytes + b.indexes - a.bytes - a.indexes), indexes };
}

/* --- what people ask ---------------------------------------------------------------------------------------------- */

function everybody(url, people) {
	const numbers = Array.from({ length: ASKED * 2 }, () => 1 + Math.floor(Math.random() * people));
	return rowsOf(url, `SELECT id, username, email, first_name, last_name FROM users WHERE number IN (${numbers}) AND status = 'active' AND visibility = 'public' LIMIT ${ASKED}`);
}

// One after another, each for another person; several nodes, so that what one has in memory the other must read.
function questions({ one, two, people, root, cursors }) {
	const api = '/api/v1', q = encodeURIComponent;
	const get = (path) => (p) => ask(two, api + path(p), { token: p.token ?? root });
	const asRoot = (path) => (p, i) => ask(two, api + path(p, i), { token: root });
	const send = (method, path, body, server = one) => (p, i) => ask(server, api + path(p), { method, token: p.token, body: body && body(p, i) });
	const signIn = async (p) => {
		const { data } = await ask(one, `${api}/auth/login`, { method: 'POST', body: { identifier: p.email, password: PASSWORD } });
		Object.assign(p, { token: data.access_token, refresh: data.refresh_token });
	};
	const renew = async (p) => {
		const { data } = await ask(one, `${api}/auth/refresh`, { method: 'POST', body: { refresh_token: p.refresh } });
		Object.assign(p, { token: data.access_token, refresh: data.refresh_token });
	};
	const fresh = (p, i) => ({ email: `new${i}.${p.email}`, username: `new${i}.${p.username}`.slice(0, 50), password: PASSWORD, name: `${p.first_name} ${p.last_name}` });
	return [
		['log in by e-mail', signIn],
		['session and own profile', get(() => '/users/me')],
		['a profile by name', asRoot((p) => `/users/${p.username}`)],
		['a profile by id', asRoot((p) => `/users/${p.id}`)],
		['own preferences', get(() => '/users/me/preferences')],
		['preferences changed', send('PATCH', () => '/users/me/preferences', (p, i) => ({ language: i % 2 ? 'de' : 'fr' }))],
		['refresh', renew],
		['profile changed', send('PATCH', () => '/users/me', (p, i) => ({ bio: `Changed ${i}.` }))],
		['name changed', send('PATCH', () => '/users/me', (p, i) => ({ last_name: `Newname${i}` }))],
		['own sessions', get(() => '/auth/sessions')],
		['own activity', get(() => '/users/me/activity')],
		['push token added', send('POST', () => '/users/me/push-tokens', (p) => ({ token: `token-of-${p.id}-of-bench`, platform: 'fcm' }))],
		['registration', (p, i) => ask(one, `${api}/users`, { method: 'POST', body: fresh(p, i) })],
		['list by cursor, in the middle', asRoot((p, i) => `/users?sort=created_at&limit=20&cursor=${q(cursors[i % cursors.length])}`)],
		['list by name', asRoot(() => '/users?sort=username&limit=20')],
		['list of a role', asRoot(() => '/users?role=moderator&limit=20')],
		['list of a status', asRoot(() => '/users?status=suspended&limit=20')],
		['search: a beginning of 2', asRoot((p) => `/users/search?q=${q(p.last_name.slice(0, 2))}&limit=20`)],
		['search: a beginning of 5', asRoot((p) => `/users/search?q=${q(p.last_name.slice(0, 5))}&limit=20`)],
		['search: a middle of 4', asRoot((p) => `/users/search?q=${q(p.last_name.slice(2, 6))}&limit=20`)],
		['search: a rare middle', asRoot((p) => `/users/search?q=${q(p.username.slice(4, -1))}&limit=20`)],
		['search by a stranger: a beginning of 3', get((p) => `/users/search?q=${q(p.last_name.slice(0, 3))}&limit=20`)],
		['audit of one person', asRoot((p) => `/audit?subject_id=${p.id}&limit=20`)],
		['events of the outbox', asRoot((p, i) => `/events/log?after=${(i + 1) * 5}&limit=20`)],
		['log out', send('POST', () => '/auth/logout')],
		['counts of the dashboard', asRoot(() => '/stats/users'), 3],
		['list with a total', asRoot(() => '/users?page=2&limit=20'), 3],
		['health and metrics', async () => (await ask(two, '/health'), ask(two, '/metrics')), 2],
		['an account erased', (p) => ask(one, `${api}/users/${p.id}`, { method: 'DELETE', token: root }), 10],
	].map(([name, act, most]) => ({ name, act, people: people.slice(0, most ?? people.length) }));
}

// PostgreSQL's log from where it was read to the last time.
function reader(dir) {
	let at = new Map();
	return () => {
		const lines = [];
		for (const name of fs.readdirSync(`${dir}/data/log`).filter((n) => n.endsWith('.json')).sort()) {
			const bytes = fs.readFileSync(`${dir}/data/log/${name}`).subarray(at.get(name) ?? 0);
			const end = bytes.lastIndexOf(10) + 1;
			at.set(name, (at.get(name) ?? 0) + end);
			lines.push(...bytes.subarray(0, end).toString().split('\n').filter(Boolean));
		}
		return lines.map((line) => JSON.parse(line));
	};
}

async function measure(dir, url, data, cursors, people) {
	const read = reader(dir), env = { DATABASE_URL: url, ROSTER_SESSION_CACHE: '100', ...cheapHashes };
	read();
	const other = fs.mkdtempSync(`${os.tmpdir()}/roster-scale-`);
	const one = await startRoster(data, env);
	const two = await startRoster(other, { ...env, ROSTER_MASTER_KEY_FILE: `${data}/keys/master` });
	try {
		await sleep(20000); // nobody asks: what comes is the relay's and the jobs', each of which runs after a start
		const own = read().filter((r) => r.backend_type === 'client backend');
		const root = await admin(one, data);
		read();
		const found = [];
		for (const { name, act, people: who } of questions({ one, two, root, cursors, people: everybody(url, people) })) {
			const since = Date.now();
			for (const [i, p] of who.entries()) await act(p, i);
			await sleep(200);
			found.push({ name, asked: who.length, records: read() });
			log(`${name}: ${who.length} in ${seconds(since)}`);
		}
		return { operations: analyse(found, own, people), sealed: await sealing(url) };
	} finally {
		await two.stop();
		await one.stop();
		fs.rmSync(other, { recursive: true });
	}
}

// How fast events get their numbers and the audit its chain, when many wait.
async function sealing(url) {
	const WAITING = 20000;
	for (const table of ['outbox', 'audit']) {
		const [{ columns }] = rowsOf(url, `SELECT string_agg(attname, ', ') AS columns FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'seq', 'hash')`);
		psql(url, `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${table} WHERE id <= ${WAITING}`);
	}
	const since = Date.now();
	while (psql(url, 'SELECT EXISTS (SELECT 1 FROM outbox WHERE seq IS NULL) OR EXISTS (SELECT 1 FROM audit WHERE seq IS NULL)') === 't') await sleep(20);
	return Math.round((WAITING * 1000) / (Date.now() - since));
}

/* --- one size ----------------------------------------------------------------------------------------------------- */

export async function scale(people) {
	const dir = `${FOLDER}/${people}`, data = `${dir}-node`;
	fs.mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
	fs.mkdirSync(data, { mode: 0o700 });
	let url = script('start', dir, '--fsync');
	try {
		const server = await startRoster(data, { DATABASE_URL: url, ...cheapHashes });
		const { numbers, cursors, samples: shape } = await seed(server, data, url, people).finally(() => server.stop());
		const theirs = names(url, numbers);
		url = settings(dir, FILLING);
		const made = await fill(url, people, shape);
		if (JSON.stringify(names(url, numbers)) !== JSON.stringify(theirs)) throw new Error('the filler makes other names than the program');
		psql(url, 'SET client_min_messages = warning; DROP SCHEMA filler CASCADE');
		const size = sizes(url, made);
		url = settings(dir, MEASURING);
		return { people, size, ...(await measure(dir, url, data, cursors, people)) };
	} finally {
		script('stop', dir, 'immediate');
		fs.rmSync(dir, { recursive: true });
		fs.rmSync(data, { recursive: true });
	}
}
