// The size row: the same question to a server with 1,000 users and to one with 1,000,000, one connection, times that
// alternate. Hashes are cheap in both, so that the log-in shows its lookup.
import fs from 'node:fs';
import { BIN, alternate, ask, cheapHashes, load, log, median, startRoster, userList } from './lab.mjs';
import { adminToken, makeCrowd } from './people.mjs';
import { line } from './rows.mjs';

const SMALL = 1000,
	LARGE = 1000000;

// Pieces of Latin surnames: three syllables, so that a piece finds a few hundred of a million, not a tenth of all.
function pieces(users, from, to) {
	const surnames = users
		.map((u) => u.name.split(' ')[1] ?? '')
		.filter((s) => s.length >= 8 && /^[A-Z\p{Script=Latin}]+$/u.test(s));
	return surnames.map((s) => s.slice(from, to));
}

async function deepCursor(server, token, depth) {
	let cursor = '';
	for (let seen = 0; seen < depth; seen += 100) {
		const page = await ask(server, `/api/v1/users?limit=100&cursor=${encodeURIComponent(cursor)}`, { token });
		cursor = page.meta.next_cursor;
		if (!cursor) throw new Error(`the list ended after ${seen + 100} users`);
	}
	return cursor;
}

async function prepare(n) {
	const crowd = await makeCrowd(n);
	const server = await startRoster(crowd.data, cheapHashes);
	await load('login', server, [
		'--users',
		crowd.users,
		'--save',
		crowd.users,
		'--count',
		1000,
		'--connections',
		16,
		'--seconds',
		120,
	]);
	const token = await adminToken(server),
		users = userList(crowd.users);
	log(`walking to the middle of ${n} users`);
	const cursor = await deepCursor(server, token, n / 2);
	const search = (q) => `/api/v1/users/search?q=${encodeURIComponent(q)}&limit=20`;
	const paths = {
		person: users.map((u) => `/api/v1/users/${u.username}`),
		prefix: pieces(users, 0, 6).map(search),
		middle: pieces(users, 2, 7).map(search),
		cursor: [`/api/v1/users?limit=20&cursor=${encodeURIComponent(cursor)}`],
	};
	for (const [name, list] of Object.entries(paths))
		fs.writeFileSync(`${BIN}/paths-${n}-${name}`, list.join('\n') + '\n');
	return { server, crowd, n, token };
}

async function ask50(side, what, seconds) {
	const common = ['--connections', 1, '--threads', 1, '--seconds', seconds];
	if (what === 'me') return (await load('read', side.server, [...common, '--users', side.crowd.users])).reads.p50_us;
	if (what === 'login')
		return (await load('login', side.server, [...common, '--users', side.crowd.users])).writes.p50_us;
	return (
		await load('get', side.server, [...common, '--paths', `${BIN}/paths-${side.n}-${what}`, '--token', side.token])
	).reads.p50_us;
}

const questions = {
	me: '`me`',
	login: 'log in (cheap hash)',
	person: 'a person by user name',
	prefix: 'name search by prefix',
	middle: 'name search by middle',
	cursor: 'admin page by cursor, in the middle of all',
};

export async function size({ rounds, seconds }) {
	const sides = [];
	try {
		for (const n of [LARGE, SMALL]) sides.push(await prepare(n));
		const lines = [];
		for (const [what, name] of Object.entries(questions)) {
			for (const side of sides) await ask50(side, what, 1);
			const times = await alternate(
				rounds,
				sides.map((side) => () => ask50(side, what, seconds / 2)),
			);
			const [large, small] = times.map(median);
			lines.push(
				line(
					`${name}: 1,000,000 users beside 1,000`,
					`${large.toFixed(0)} µs`,
					`${small.toFixed(0)} µs`,
					large / small,
					'≤ 1.5',
					large / small <= 1.5,
				),
			);
			log(`${name}: ${large.toFixed(0)} µs, ${small.toFixed(0)} µs`);
		}
		return {
			lines,
			notes: [
				'Median times of one connection. All accounts were made through the API; 1,000 of them, spread evenly, ask.',
			],
		};
	} finally {
		for (const side of sides) await side.server.stop();
	}
}
