// The rows over PostgreSQL: two nodes beside one, and requests beside what pgbench gets from the same server.
import fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { BIN, alternate, cheapHashes, load, loadAll, log, run, startRoster } from './lab.mjs';
import { Redis } from '../test/e2e/redis.mjs';
import { atLeast, fixed, rates } from './lines.mjs';
import { PEOPLE } from './people.mjs';

const script = (...args) => execFileSync('test/store/postgres.sh', args, { encoding: 'utf8' }).trim();
const psql = (url, text) => execFileSync('psql', ['-XAtq', '-d', url, '-c', text], { encoding: 'utf8' }).trim();

// A PostgreSQL with 10,000 people, made once, and the copy of it that a row works on. Its folders belong to another user.
const folder = (name) => `${process.cwd()}/${BIN}/${name}`;
const made = { dir: folder('people-postgres'), users: folder('people-postgres.tsv') };
const copy = { dir: folder('run-postgres'), users: folder('run-postgres.tsv') };
const key = folder('people-postgres.key');

async function makeOnce() {
	if (fs.existsSync(made.users)) return;
	log('making 10,000 users on PostgreSQL through the API');
	fs.rmSync(made.dir, { recursive: true, force: true });
	fs.mkdirSync(made.dir, { mode: 0o755 });
	const url = script('start', made.dir, '--fsync');
	try {
		await onNode({ url, env: cheapHashes }, async (server, data) => {
			fs.copyFileSync(`${data}/keys/master`, key);
			await loadAll(PEOPLE, 'create', server, ['--make', PEOPLE, '--seconds', 600, '--connections', 16, '--save', made.users + '.part']);
		});
		psql(url, 'VACUUM ANALYZE');
	} finally {
		script('stop', made.dir);
	}
	fs.renameSync(made.users + '.part', made.users);
}

// It writes to the disk as it should.
async function withPostgres(work) {
	await makeOnce();
	fs.rmSync(copy.dir, { recursive: true, force: true });
	execFileSync('cp', ['-a', made.dir, copy.dir]);
	fs.copyFileSync(made.users, copy.users);
	const url = script('start', copy.dir);
	try {
		return await work(url);
	} finally {
		script('stop', copy.dir, 'immediate');
		fs.rmSync(copy.dir, { recursive: true, force: true });
	}
}

let folders = 0;
async function onNode({ url, env }, work) {
	const data = folder(`run-node-${folders++}`);
	fs.mkdirSync(data, { recursive: true, mode: 0o700 });
	const sealed = fs.existsSync(key) ? { ROSTER_MASTER_KEY_FILE: key } : {};
	const server = await startRoster(data, { DATABASE_URL: url, ...sealed, ...env });
	try {
		return await work(server, data);
	} finally {
		await server.stop();
		fs.rmSync(data, { recursive: true, force: true });
	}
}

const renew = (server) =>
	loadAll(PEOPLE, 'renew', server, ['--users', copy.users, '--save', copy.users, '--seconds', 120]);

export async function shared({ rounds, seconds }) {
	const redis = await new Redis().start();
	const env = { REDIS_URL: redis.url };
	const read = (server, connections, threads, s = seconds) =>
		load('preferences', server, ['--users', copy.users, '--connections', connections, '--threads', threads, '--seconds', s]);
	try {
		return await withPostgres((url) =>
			onNode({ url, env }, (one) =>
				onNode({ url, env }, (two) =>
					onNode({ url }, async (alone) => {
						await renew(alone);
						for (const server of [one, two, alone]) await read(server, 32, 2, 3);
						const both = async () => {
							const results = await Promise.all([one, two].map((server) => read(server, 32, 1)));
							return { rate: results.reduce((sum, r) => sum + r.rate, 0) };
						};
						const [ours, bare] = await alternate(rounds, [both, () => read(alone, 64, 2)]);
						return {
							lines: [atLeast('preferences, read over two nodes with Redis', rates(ours), rates(bare), 0.9, '/s')],
							notes: [
								'32 connections to each of the two, 64 to the one without Redis; PostgreSQL below, all on the same two cores. What is in memory is answered from there: Redis tells the nodes of each other\'s changes and fills their memory.',
							],
						};
					}),
				),
			),
		);
	} finally {
		await redis.stop();
	}
}

// As many clients as the server has connections for its operations.
const CONNECTIONS = 6;

async function pgbench(url, file, text, seconds) {
	fs.writeFileSync(file, text);
	const args = ['-n', '-M', 'prepared', '-c', CONNECTIONS, '-j', 2, '-T', seconds, '-f', file, url];
	const { text: said } = await run('pgbench', args);
	return { rate: Number(said.match(/tps = ([\d.]+)/)[1]) };
}

export async function uncached({ rounds, seconds }) {
	return withPostgres((url) =>
		onNode({ url, env: { ROSTER_SESSION_CACHE: '500', ROSTER_WORKERS: String(CONNECTIONS) } }, async (server) => {
			await renew(server);
			const read = () => load('read', server, ['--users', copy.users, '--seconds', seconds]);
			await read();
			const select = `\\set n random(1, ${PEOPLE})\nSELECT * FROM users WHERE number = :n;\n`;
			const [ours, bare] = await alternate(rounds, [read, () => pgbench(url, `${BIN}/select.sql`, select, seconds)]);
			return {
				lines: [atLeast('`me`, read from PostgreSQL', rates(ours), rates(bare), 0.4, '/s')],
				notes: [
					`${CONNECTIONS} connections on both sides. Memory holds the signatures of all 10,000 people's tokens, but 500 sessions and persons, so that 19 of 20 requests read both; the reference is a prepared select of one person by pgbench.`,
				],
			};
		}),
	);
}

// What a refresh writes: the session's row, and an event as large as ours.
const COMMIT = `\\set n random(1, ${PEOPLE})
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
UPDATE session SET counter = counter, rotated_at = rotated_at + 1, last_used_at = last_used_at + 1, expires_at = expires_at + 1 WHERE id = (SELECT id FROM bench_session WHERE n = :n) AND ended_at IS NULL;
INSERT INTO outbox (seq, event_id, type, at, subject_type, subject_id, actor_kind, actor_id, ip, correlation_id, node, data, person) SELECT -nextval('bench_seq'), event_id, type, at, subject_type, subject_id, actor_kind, actor_id, ip, correlation_id, node, data, person FROM bench_event;
COMMIT;
`;
const PREPARE = `CREATE SEQUENCE bench_seq;
CREATE TABLE bench_session AS SELECT id, row_number() OVER () AS n FROM session WHERE ended_at IS NULL;
CREATE UNIQUE INDEX ON bench_session (n);
CREATE TABLE bench_event AS SELECT * FROM outbox WHERE type = 'session.refreshed' LIMIT 1`;

export async function refreshed({ rounds, seconds }) {
	return withPostgres((url) =>
		onNode({ url, env: { ROSTER_WORKERS: String(CONNECTIONS) } }, async (server) => {
			await renew(server);
			psql(url, PREPARE);
			psql(url, 'VACUUM ANALYZE');
			const args = ['--users', copy.users, '--save', copy.users, '--seconds', seconds];
			const [ours, bare] = await alternate(rounds, [
				() => load('refresh', server, args),
				() => pgbench(url, `${BIN}/commit.sql`, COMMIT, seconds),
			]);
			return {
				lines: [atLeast('refresh on PostgreSQL', rates(ours), rates(bare), 0.6, '/s')],
				notes: [
					`${CONNECTIONS} connections on both sides, transactions read committed, each commit on the disk. The reference changes a session and adds an event; ours also reads session and person, checks and signs tokens, and seals its events, in the same time.`,
				],
			};
		}),
	);
}
