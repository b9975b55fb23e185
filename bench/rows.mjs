// The rows of the page: speed beside bare programs, memory, start. Each is one measurement: what was got, what it is compared
// with, and the notes that a reader needs to judge it.
import fs from 'node:fs';
import {
	BIN,
	alternate,
	answerSize,
	ask,
	benchEnv,
	cpuSeconds,
	databaseOf,
	freePort,
	groupCounters,
	hold,
	load,
	log,
	median,
	residentMiB,
	roster,
	run,
	sleep,
	sql,
	startEpoll,
	startRoster,
	userList,
	wrk,
} from './lab.mjs';
import { outbox, push } from './broker.mjs';
import { graphql, graphqlPage, graphqlParse, graphqlRefuse } from './graphql.mjs';
import { atLeast, atMost, fixed, line, rates } from './lines.mjs';
import { refreshed, shared, uncached } from './nodes.mjs';
import { PEOPLE, makeMillion, makePeople, people, renew, withPeople } from './people.mjs';
import { broadcast, connect, idleSockets } from './sockets.mjs';

async function withEpoll(server, work) {
	const size = answerSize(server, '/api/v1/users/me', userList(people.users)[0].access);
	const epoll = await startEpoll(size);
	try {
		return { size, ...(await work(epoll)) };
	} finally {
		await epoll.stop();
	}
}

async function me({ rounds, seconds }) {
	return withPeople(async (server) => {
		const measured = await withEpoll(server, async (epoll) => {
			await wrk(server, people.users, 2); // fills the cache of verified tokens
			const cpu = cpuSeconds(server.pid);
			const byWrk = await alternate(rounds, [
				() => wrk(server, people.users, seconds),
				() => wrk(epoll, people.users, seconds),
			]);
			const spent = cpuSeconds(server.pid) - cpu,
				served = byWrk[0].reduce((n, r) => n + r.rate * seconds, 0);
			const args = ['--users', people.users, '--seconds', seconds];
			const byLoad = await alternate(rounds, [
				() => load('me', server, args),
				() => load('me', epoll, [...args, '--no-check']),
			]);
			return { byWrk, byLoad, each: (spent / served) * 1e6 };
		});
		const [ours, bare] = measured.byWrk,
			[checked, bareChecked] = measured.byLoad;
		const p99 = (list) => median(list.map((r) => r.p99_us)),
			read99 = (list) => median(list.map((r) => r.reads.p99_us));
		const tail = (what, a, b) => line(what, `${fixed(a)} µs`, `${fixed(b)} µs`, a / b, '< 4', a / b < 4);
		return {
			lines: [
				atLeast('`me`, wrk, 64 connections', rates(ours), rates(bare), 0.6, '/s'),
				tail('`me`, wrk, p99', p99(ours), p99(bare)),
				atLeast('`me`, each write looked for by the next read', rates(checked), rates(bareChecked), 0.6, '/s'),
				tail('the same, p99 of the reads', read99(checked), read99(bareChecked)),
			],
			notes: [
				`The answer has ${measured.size.head} bytes of head and ${measured.size.body} of body, on both sides.`,
				`${fixed(checked.reduce((n, r) => n + r.writes.count, 0))} changes were looked for; a read that did not show one would have ended the run.`,
				`The server spent ${measured.each.toFixed(1)} µs of processor time a request.`,
			],
		};
	});
}

async function first({ rounds, seconds }) {
	const file = `${BIN}/tokens`,
		each = PEOPLE * Math.max(1, Math.round(seconds / 2));
	return withPeople(async (server) => {
		fs.rmSync(file, { force: true });
		const size = userList(people.users)[0].access.split('.').slice(0, 2).join('.').length;
		for (let made = 0; made < each * rounds + PEOPLE; made += PEOPLE) await renew(server, file);
		const take = (skip, count) =>
			load('first', server, ['--tokens', file, '--skip', skip, '--count', count, '--seconds', 60]);
		await take(0, PEOPLE); // the people and their sessions come into memory: they are not what this row is about
		const cpu = cpuSeconds(server.pid);
		const [ours, one, two] = await alternate(rounds, [
			(i) => take(PEOPLE + i * each, each),
			() => run(`${BIN}/verify`, [1, seconds / 2, size]),
			() => run(`${BIN}/verify`, [2, seconds / 2, size]),
		]);
		const spent = ((cpuSeconds(server.pid) - cpu) / (each * rounds)) * 1e6;
		return {
			lines: [atLeast('a token seen for the first time', rates(ours), rates(two), 0.7, '/s')],
			notes: [
				`One bare thread verifies ${fixed(rates(one))} a second, two ${fixed(rates(two))}; the client takes its part of the same two cores.`,
				`The server spent ${spent.toFixed(1)} µs of processor time a request, a bare verification ${fixed(2e6 / rates(two), 1)} µs.`,
			],
		};
	});
}

async function login({ rounds, seconds }) {
	return withPeople(async (server) => {
		// The accounts were made with a cheap hash: their first log-in here brings it to the default cost.
		const who = `${BIN}/login.tsv`;
		fs.writeFileSync(who, fs.readFileSync(people.users, 'utf8').split('\n').slice(0, 200).join('\n') + '\n');
		await load('login', server, ['--users', who, '--connections', 8, '--count', 200, '--seconds', 60]);
		const args = ['--users', who, '--connections', 8, '--threads', 1, '--seconds', seconds];
		const [ours, bare] = await alternate(rounds, [
			() => load('login', server, args),
			() => run(`${BIN}/argon`, [2, seconds]),
		]);
		return {
			lines: [atLeast('log in', rates(ours), rates(bare), 0.95, '/s')],
			notes: [
				'Argon2id, 19 MiB, two passes, on both sides; the reference hashes in two threads. A log-in also writes its session to disk.',
			],
		};
	});
}

async function storm({ rounds, seconds }) {
	return withPeople(async (server) => {
		const args = ['--users', people.users, '--connections', 32, '--threads', 1];
		await load('storm', server, [...args, '--seconds', 2]);
		await wrk(server, people.users, 2);
		const refused = [];
		const [calm, busy] = await alternate(rounds, [
			() => wrk(server, people.users, seconds),
			async () => {
				const logins = load('storm', server, [...args, '--seconds', seconds + 1]);
				await sleep(500);
				const reads = await wrk(server, people.users, seconds);
				refused.push(await logins);
				return reads;
			},
		]);
		return {
			lines: [atLeast('`me` while logins come at full load', rates(busy), rates(calm), 0.5, '/s')],
			notes: [
				`Beside the reads ${fixed(median(refused.map((r) => r.rate)), 1)} people a second logged in; the reference is the same server without them.`,
			],
		};
	});
}

// How many rows an operation writes: counted in the server's own file, so that the bare loop writes the same.
async function rowsPerOperation(mode, operations) {
	const count = (file) =>
		sql(file, 'SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM audit)').split('|').map(Number);
	const file = databaseOf(people.data),
		before = count(file);
	const server = await startRoster(people.data);
	await load(mode, server, ['--users', people.users, '--save', people.users, '--count', operations, '--seconds', 60]);
	await server.stop();
	return count(file).map((n, i) => Math.round((n - before[i]) / operations));
}

async function durable(mode, what, { rounds, seconds }, make = makePeople, among = '') {
	await withPeople(async () => {}, make);
	const [outbox, audit] = await rowsPerOperation(mode, 1000);
	const copy = `${BIN}/commit.db`,
		label = { refresh: 'refresh', patch: 'profile PATCH', preference: 'preference PATCH' }[mode];
	for (const end of ['', '-wal', '-shm']) fs.rmSync(copy + end, { force: true });
	fs.copyFileSync(databaseOf(people.data), copy);
	return withPeople(async (server) => {
		const args = ['--users', people.users, '--save', people.users, '--seconds', seconds],
			groups = [];
		let group = 0;
		const [ours, bare] = await alternate(rounds, [
			async () => {
				const before = await groupCounters(server);
				const result = await load(mode, server, args);
				const after = await groupCounters(server);
				group =
					after && after.groups > before.groups
						? (after.operations - before.operations) / (after.groups - before.groups)
						: 64;
				groups.push(group);
				return result;
			},
			() => run(`${BIN}/commit`, [copy, what, Math.max(1, Math.round(group)), seconds, outbox, audit]),
		]);
		return {
			lines: [
				atLeast(`${label}, on disk when answered${among}`, rates(ours), rates(bare), 0.5, '/s'),
			],
			notes: [
				`An operation writes one UPDATE, ${outbox} outbox and ${audit} audit rows, on both sides; ${fixed(median(groups), 1)} operations a commit.`,
				'The reference does not seal its events and audit rows afterwards; the server does, in the same time.',
			],
		};
	}, make);
}

async function replay({ rounds, seconds }, make = makePeople, among = '') {
	return withPeople(async (server) => {
		const few = Math.min(2000, people.known);
		const who = `${BIN}/replay.tsv`;
		fs.writeFileSync(who, fs.readFileSync(people.users, 'utf8').split('\n').slice(0, few).join('\n') + '\n');
		await load('repeat', server, ['--users', who, '--count', few, '--seconds', 60, '--no-check']);
		const args = ['--users', who, '--seconds', seconds];
		await load('read', server, ['--users', who, '--seconds', 1]);
		const [again, plain] = await alternate(rounds, [
			() => load('repeat', server, args),
			() => load('read', server, args),
		]);
		return {
			lines: [atLeast(`a PATCH that is repeated under its key${among}`, rates(again), rates(plain), 0.9, '/s')],
			notes: ['The reference is the plain read of the same profiles, by the same client; both are answered from memory.'],
		};
	}, make);
}

async function million(o) {
	const among = ', among 1,000,000 users',
		changed = await durable('preference', 'preference', o, makeMillion, among),
		repeated = await replay(o, makeMillion, among);
	return {
		lines: [...changed.lines, ...repeated.lines],
		notes: [...changed.notes, ...repeated.notes, 'A third of the people have preferences of their own; 1,000, spread evenly, ask.'],
	};
}

async function limiter({ rounds, seconds }) {
	const of = (...args) => run(`${BIN}/limiter`, args);
	const [one, two, full] = await alternate(rounds, [
		() => of(1, seconds / 2),
		() => of(2, seconds / 2),
		() => of(2, seconds / 2, 10000000),
	]);
	const ns = (list) => median(list.map((r) => r.ns));
	const row = (what, list) => line(what, `${fixed(ns(list))} ns`, '', null, '≤ 1,000 ns', ns(list) <= 1000);
	return {
		lines: [
			row('counting a request, one thread', one),
			row('the same, two threads', two),
			row('the same, 10,000,000 callers: the table is full', full),
		],
		notes: ['The time of one thread for one request: hash of its key, clock, table of 32,768 entries.'],
	};
}

async function memory() {
	await makePeople();
	const server = await startRoster(people.data);
	try {
		await ask(server, '/health');
		await sleep(2000);
		const idle = residentMiB(server.pid);
		await renew(server);
		const held = await holding(server, 10000);
		const grown = await growth(server);
		return {
			lines: [
				atMost('resident, idle', idle, 'MB', 15),
				atMost('resident, 10,000 idle keep-alive connections', held, 'MB', 45),
				line(
					'resident after 1,000,000 mixed requests more',
					`${fixed(grown.at(-1), 1)} MB`,
					`${fixed(grown[0], 1)} MB after the first 1,000,000`,
					grown.at(-1) / grown[0],
					'≤ 1.05',
					grown.at(-1) <= grown[0] * 1.05,
				),
			],
			notes: [
				`Resident size is VmRSS of /proc, in MiB. After the first million, and while the second ran: ${grown.map((v) => fixed(v, 1)).join(', ')}.`,
			],
		};
	} finally {
		await server.stop();
	}
}

async function holding(server, n) {
	const connections = await hold(server, people.users, n);
	await sleep(3000);
	const now = residentMiB(server.pid);
	await connections.release();
	return now;
}

// Caches fill during the first million (verified tokens, the page caches of the workers); what grows after it would not end.
async function growth(server) {
	const sizes = [];
	for (const [i, count] of [1000000, 250000, 250000, 250000, 250000].entries()) {
		await load('mixed', server, ['--users', people.users, '--save', people.users, '--count', count, '--seconds', 300]);
		await sleep(3000); // by then what the allocator kept has gone back (main/trim.h)
		sizes.push(residentMiB(server.pid));
		log(`${1000000 + i * 250000} requests: ${fixed(sizes.at(-1), 1)} MB`);
	}
	return sizes;
}

async function start({ rounds }) {
	await makePeople();
	const port = await freePort();
	for (const [name, value] of Object.entries(benchEnv)) process.env[name] = value;
	const r = await run(`${BIN}/start`, [
		port,
		'/health',
		rounds * 4 + 1,
		roster,
		'serve',
		'--listen',
		`127.0.0.1:${port}`,
		'--data',
		people.data,
	]);
	return {
		lines: [atMost('exec to the first 200', r.median_ms, 'ms', 50)],
		notes: [`${r.times} starts, ${r.least_ms} to ${r.most_ms} ms, over the data of 10,000 users.`],
	};
}

async function photo({ rounds }) {
	const r = await run(`${BIN}/photo`, [roster, rounds * 4 + 1]);
	return {
		lines: [
			atMost('a photo of 12 megapixels to three sizes: processor time', r.avatar_ms, 'ms', 400),
			atMost('the same as a cover', r.cover_ms, 'ms', 400),
		],
		notes: [
			`A JPEG of 4000 by 3000 pixels and ${fixed(r.bytes / 1e6, 1)} MB, the median of ${r.times} runs, the start of the process included.`,
		],
	};
}

export const rows = {
	me: { doc: 'GET /api/v1/users/me beside a raw epoll program', run: me },
	first: { doc: 'tokens never seen before beside bare EVP_DigestVerify', run: first },
	login: { doc: 'log-ins beside libsodium alone', run: login },
	storm: { doc: '`me` while logins come at full load', run: storm },
	refresh: { doc: 'refresh beside a bare SQLite loop', run: (o) => durable('refresh', 'refresh', o) },
	patch: { doc: 'profile PATCH beside a bare SQLite loop', run: (o) => durable('patch', 'profile', o) },
	preference: {
		doc: 'preference PATCH beside a bare SQLite loop',
		run: (o) => durable('preference', 'preference', o),
	},
	replay: { doc: 'a repeated PATCH beside the plain read', run: replay },
	million: { doc: 'preference PATCH and replay among 1,000,000 users', run: million },
	outbox: { doc: 'events to RabbitMQ beside a bare publisher', run: outbox },
	push: { doc: 'requests for push notifications beside a consumer that only acknowledges', run: push },
	shared: { doc: 'preferences read over two nodes with Redis beside one without', run: shared },
	uncached: { doc: '`me` read from PostgreSQL beside pgbench', run: uncached },
	refreshed: { doc: 'refresh on PostgreSQL beside pgbench', run: refreshed },
	graphql: { doc: 'a person by GraphQL beside Apollo Server', run: graphql },
	graphql_page: { doc: 'a page of followers by GraphQL beside REST', run: graphqlPage },
	graphql_parse: { doc: 'a document read and judged beside graphql-js', run: graphqlParse },
	graphql_refuse: { doc: 'the longest time that a document can take to be judged', run: graphqlRefuse },
	broadcast: { doc: 'one message to 500 sockets beside Socket.IO on Node and a bare fan-out', run: broadcast },
	connect: { doc: 'sockets that come, are let in and go beside Socket.IO on Node', run: connect },
	idle_sockets: { doc: 'resident size with 10,000 idle sockets beside Socket.IO on Node', run: idleSockets },
	limiter: { doc: 'what a rate limit costs a request', run: limiter },
	memory: { doc: 'resident size: idle, 10,000 connections, 1,000,000 requests', run: memory },
	start: { doc: 'exec to the first 200', run: start },
	photo: { doc: 'processor time of a 12-megapixel photo', run: photo },
};
