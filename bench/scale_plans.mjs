// What auto_explain wrote: for each statement that the program sent, how it was answered.
import { median } from './lab.mjs';

// "SELECT id, username, ... FROM users WHERE id = $1" without the names of columns, which say nothing about how it is answered.
export function shortened(sql) {
	const short = sql
		.replace(/\s+/g, ' ')
		.replace(/SELECT (?:[\w.]+(?: AS \w+)?, ){3,}[\w.]+(?: AS \w+)? FROM/g, 'SELECT … FROM')
		.replace(/\((?:\w+, ){3,}\w+\) (VALUES|SELECT)/g, '(…) $1')
		.replace(/VALUES \((?:\$\d+, ){3,}\$\d+\)/g, 'VALUES (…)')
		.replace(/SET (?:\w+ = \$?[\w+ ]+, ){4,}/g, 'SET …, ')
		.replace(/ AND \(\$3 >= 0 AND .*? < 2\)/g, '');
	return short.length > 200 ? short.slice(0, 199) + '…' : short;
}

function* nodes(plan) {
	yield plan;
	for (const child of plan.Plans ?? []) yield* nodes(child);
}

const LARGE = 20; // a part of all people that no request may read: one in so many

// "users_pkey", or "all of users" where a table is read from end to end.
function way(node) {
	if (node['Node Type'] === 'Seq Scan') return `all of ${node['Relation Name']}`;
	if (!node['Index Name']) return null;
	const kind = { 'Bitmap Index Scan': ' (bitmap)', 'Index Only Scan': ' (alone)' }[node['Node Type']] ?? '';
	return node['Index Name'] + (node['Index Cond'] ? '' : ', in its order') + kind;
}

// Rows that a node looked at in all its rounds, of a table or of an index.
const looked = (node) => (/Scan$/.test(node['Node Type']) ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'] : 0);

function statementOf(record) {
	const found = /^duration: ([\d.]+) ms {2}plan:\s*(\{[\s\S]*\})\s*$/.exec(record.message ?? '');
	if (!found) return null;
	const { Plan: plan, 'Query Text': sql } = JSON.parse(found[2]);
	const all = [...nodes(plan)].filter((node) => node['Actual Loops'] !== 0);
	return {
		sql,
		ms: Number(found[1]),
		pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
		wal: plan['WAL Bytes'] ?? 0,
		ways: [...new Set(all.map(way).filter(Boolean))],
		rows: Math.max(0, ...all.map(looked)),
	};
}

function grouped(records) {
	const by = new Map();
	for (const s of records.map(statementOf).filter(Boolean)) by.set(s.sql, [...(by.get(s.sql) ?? []), s]);
	return by;
}

const most = (list, what) => list.reduce((found, s) => Math.max(found, s[what]), 0);

function summary(sql, list, { asked, people }) {
	return {
		sql: shortened(sql),
		each: list.length / asked,
		ways: [...new Set(list.flatMap((s) => s.ways))],
		pages: median(list.map((s) => s.pages)),
		pagesMost: most(list, 'pages'),
		us: median(list.map((s) => s.ms)) * 1000,
		msMost: most(list, 'ms'),
		wal: median(list.map((s) => s.wal)),
		rowsMost: most(list, 'rows'),
		whole: most(list, 'rows') > people / LARGE,
	};
}

// What a node's own threads (relay, jobs) do meanwhile is known by their connections: `own` holds the records of a time when
// nobody asked. A request's statements are those that come with every second one at least, and any that reads very much.
const FEW = 10; // requests of which nothing is left out
export const BY_ITSELF = 'What the nodes do by themselves';
export function analyse(found, own, people) {
	const threads = new Set(own.map((r) => r.pid));
	const background = own.concat(...found.map((f) => f.records.filter((r) => threads.has(r.pid))));
	const asked = found.map(({ name, asked, records }) => ({
		name,
		asked,
		statements: [...grouped(records.filter((r) => !threads.has(r.pid)))]
			.map(([sql, list]) => summary(sql, list, { asked, people }))
			.filter((s) => asked <= FEW || s.each >= 1 / 2 || s.whole),
	}));
	return [...asked, { name: BY_ITSELF, asked: 1, statements: [...grouped(background)].map(([sql, list]) => summary(sql, list, { asked: 1, people })) }];
}
