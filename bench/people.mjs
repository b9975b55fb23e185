// The accounts that the rows use: made once through the API and kept in build/bench/, as a data folder and a file of users
// with their tokens.
import fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { BIN, ask, benchEnv, cheapHashes, databaseOf, loadAll, log, roster, sql, startRoster } from './lab.mjs';

const ADMIN = { email: 'bench-admin@example.org', password: 'quartz-lantern-8041-otter' };

export const PEOPLE = 10000;
const made = { data: `${BIN}/people`, users: `${BIN}/people.tsv` };
// The copy that a row works on: what an earlier run wrote would make a later one slower.
export const people = { data: `${BIN}/run`, users: `${BIN}/run.tsv`, known: PEOPLE };

// An administrator, made beside the running server by its own command, and a token of his.
export async function admin(server, data) {
	execFileSync(
		roster,
		['--data', data, 'user', 'create', '--email', ADMIN.email, '--password-stdin', '--role', 'admin'],
		{ input: ADMIN.password + '\n', env: { ...process.env, ...benchEnv } },
	);
	return adminToken(server);
}
export async function adminToken(server) {
	const body = { identifier: ADMIN.email, password: ADMIN.password };
	return (await ask(server, '/api/v1/auth/login', { method: 'POST', body })).data.access_token;
}

function clear(where) {
	fs.rmSync(where.data, { recursive: true, force: true });
	fs.rmSync(where.users, { force: true });
	fs.mkdirSync(where.data, { recursive: true, mode: 0o700 });
}

export function forget() {
	for (const name of fs.readdirSync(BIN))
		if (/^(people|run|crowd)/.test(name)) fs.rmSync(`${BIN}/${name}`, { recursive: true });
}

// Seven days of sliding life: an older folder is made anew.
const fresh = (where) => fs.existsSync(where.users) && Date.now() - fs.statSync(where.users).mtimeMs < 6 * 86400e3;

// 10,000 people with passwords and a session each.
async function makeOnce() {
	if (fresh(made)) return;
	log('making 10,000 users through the API');
	clear(made);
	const server = await startRoster(made.data, cheapHashes);
	const { good, rate } = await loadAll(PEOPLE, 'create', server, [
		'--make',
		PEOPLE,
		'--seconds',
		600,
		'--connections',
		32,
		'--save',
		made.users + '.part',
	]);
	log(`${good} accounts, ${rate.toFixed(0)} a second`);
	await server.stop();
	fs.renameSync(made.users + '.part', made.users);
}

function copyOf(from, known) {
	fs.cpSync(from.data, people.data, { recursive: true });
	fs.copyFileSync(from.users, people.users);
	people.known = known;
}

// The people as they were made, as a copy to be worked on.
export async function makePeople() {
	await makeOnce();
	clear(people);
	copyOf(made, PEOPLE);
}

// New tokens for everybody: those in the file may have ended, or were signed with another key.
export async function renew(server, tokens) {
	await loadAll(people.known, 'renew', server, [
		'--users',
		people.users,
		'--save',
		people.users,
		'--seconds',
		120,
		...(tokens ? ['--save-tokens', tokens] : []),
	]);
}

// A running server over the people's data, with tokens that are valid; ended whatever happens.
export async function withPeople(work, make = makePeople, env = {}) {
	await make();
	const server = await startRoster(people.data, env);
	try {
		await renew(server);
		return await work(server);
	} finally {
		await server.stop();
	}
}

// Whether an administrator may make accounts without a password; if not, the cheap hash is computed for each.
async function mayOmitPassword(server, token) {
	const body = { email: 'bench-probe@example.org', name: 'Probe' };
	return ask(server, '/api/v1/users', { method: 'POST', token, body }).then(
		() => ['--no-password'],
		() => [],
	);
}

// n people of whom 1,000, spread evenly, have a password and are in the file of users.
export async function makeCrowd(n) {
	const crowd = { data: `${BIN}/crowd-${n}`, users: `${BIN}/crowd-${n}.tsv`, n };
	if (fresh(crowd)) return crowd;
	log(`making ${n} users through the API`);
	clear(crowd);
	const server = await startRoster(crowd.data, cheapHashes);
	const token = await admin(server, crowd.data),
		quietly = await mayOmitPassword(server, token);
	const parts = Math.min(10, n / 100),
		known = 1000 / parts,
		quiet = n / parts - known,
		part = `${BIN}/crowd.part`;
	let users = '';
	for (let i = 0; i < parts; i++) {
		const from = (i * n) / parts;
		await loadAll(known, 'create', server, ['--make', known, '--skip', from, '--seconds', 600, '--save', part]);
		users += fs.readFileSync(part, 'utf8');
		if (quiet > 0)
			await loadAll(quiet, 'create', server, [
				'--make',
				quiet,
				'--skip',
				from + known,
				'--seconds',
				900,
				...quietly,
				'--token',
				token,
			]);
		log(`${((i + 1) * n) / parts}`);
	}
	await server.stop();
	fs.rmSync(part);
	fs.writeFileSync(crowd.users, users);
	return crowd;
}

// Every third has preferences of his own.
const PREFERENCES = `INSERT INTO preference (user_id, theme, language, timezone, date_format, time_format, sms_notifications,
	marketing_emails, activity_visibility, allow_data_collection, custom, updated_at)
	SELECT id, CASE number % 2 WHEN 0 THEN 'dark' ELSE 'light' END, CASE number % 5 WHEN 0 THEN 'de' WHEN 1 THEN 'pt-BR' ELSE 'en' END,
	CASE number % 4 WHEN 0 THEN 'Europe/Berlin' WHEN 1 THEN 'America/Sao_Paulo' ELSE 'UTC' END, 'YYYY-MM-DD',
	CASE number % 7 WHEN 0 THEN '12h' ELSE '24h' END, number % 11 = 0, number % 6 = 0, 'public', number % 9 <> 0,
	'{"sidebar":"left","density":' || number % 3 || ',"pinned":["a' || number % 100 || '","b"]}', created_at
	FROM users WHERE number % 3 = 0`;

// A copy of the million to be worked on, for rows that want it: 1,000 people, spread evenly, ask.
export async function makeMillion() {
	const crowd = await makeCrowd(1000000);
	const file = databaseOf(crowd.data);
	if (sql(file, 'SELECT COUNT(*) FROM preference') === '0') sql(file, PREFERENCES);
	clear(people);
	copyOf(crowd, 1000);
}
