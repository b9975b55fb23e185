// The size row: the same question to a server with 1,000 users and to one with 1,000,000, one connection, times that
// alternate. Hashes are cheap in both, so that the log-in shows its lookup.
import fs from 'node:fs';
import { BIN, alternate, ask, cheapHashes, load, log, median, startRoster, userList } from './lab.mjs';
import { adminToken, makeCrowd } from './people.mjs';
import { line } from './lines.mjs';

const SMALL = 1000,
	LARGE = 1000000;

const PAGE = 10;

// Pieces of the Latin names that fill a page already among the few: both sides then answer as many
// people, and what is compared is the size.
function common(users, at) {
	const count = new Map();
	for (const u of users) {
		const words = u.name.toLowerCase().split(' ').filter((word) => /^[a-z]+$/.test(word));
		for (const piece of new Set(words.flatMap(at))) count.set(piece, (count.get(piece) ?? 0) + 1);
	}
	return [...count].filter(([, n]) => n > PAGE).map(([piece]) => piece);
}
const beginnings = (word) => (word.length > 2 ? [word.slice(0, 2)] : []);
const middles = (word) => [...word].slice(1, -2).map((_, i) => word.slice(i + 1, i + 4));

// Pieces that one of the few holds, and of the many a few hundred.
const rare = (users) =>
	users
		.map((u) => u.name.split(' ')[1] ?? '')
		.filter((surname) => surname.length >= 8 && /^\p{Script=Latin}+$/u.test(surname))
		.map((surname) => surname.slice(2, 7));

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
	const few = n === SMALL ? users : userList(`${BIN}/crowd-${SMALL}.tsv`);
	const search = (q) => `/api/v1/users/search?q=${encodeURIComponent(q)}&limit=${PAGE}`;
	const paths = {
		person: users.map((u) => `/api/v1/users/${u.username}`),
		prefix: common(few, beginnings).map(search),
		middle: common(few, middles).map(search),
		rare: rare(users).map(search),
		cursor: [`/api/v1/users?limit=20&cursor=${encodeURIComponent(cursor)}`],
	};
	for (const path of [paths.prefix[0], paths.middle[0]])
		if ((await ask(server, path, { token })).data.length !== PAGE) throw new Error(`${path} does not fill a page`);
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
	rare: 'name search by a rare middle',
	cursor: 'admin page by cursor, in the middle of all',
};

export async function size({ rounds, seconds }) {
	const sides = [];
	try {
		for (const n of [SMALL, LARGE]) sides.unshift(await prepare(n));
		const lines = [],
			notes = [
				'Median times of one connection. All accounts were made through the API; 1,000 of them, spread evenly, ask.',
				'Searches are for pieces of two (prefix) and three (middle) letters that fill a page of 10 on both sides.',
			];
		for (const [what, name] of Object.entries(questions)) {
			for (const side of sides) await ask50(side, what, 1);
			const times = await alternate(
				rounds,
				sides.map((side) => () => ask50(side, what, seconds / 2)),
			);
			const [large, small] = times.map(median);
			log(`${name}: ${large.toFixed(0)} µs, ${small.toFixed(0)} µs`);
			if (what === 'rare') {
				notes.push(
					`By a rarer middle, of five letters: ${large.toFixed(0)} µs where it fills a page of the million, ${small.toFixed(0)} µs where it finds one of 1,000.`,
				);
				continue;
			}
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
		}
		return { lines, notes };
	} finally {
		for (const side of sides) await side.server.stop();
	}
}
