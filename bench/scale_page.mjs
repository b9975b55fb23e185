// doc/scaling-measured.md, from the last run of each size.
import { fixed } from './lines.mjs';
import { BY_ITSELF } from './scale_plans.mjs';

const MB = (bytes) => fixed(bytes / 1e6, bytes < 1e7 ? 1 : 0);
const perRow = (bytes, rows) => (rows ? fixed(bytes / rows) : '');
const code = (text) => '`' + text.replaceAll('|', '\\|') + '`';

const head = `# Sizes and plans, measured

Written by \`script/bench --scale\`; do not edit. What follows from it stands in [scaling.md](scaling.md).

Each size is a PostgreSQL of its own, with the program's own schema, filled by SQL (\`bench/scale_fill.mjs\`) with people of realistic
shape: two log-in names each, 1.3 sessions, every third with preferences, every fifth with a push token; events of a week and entries
of the audit, one for each person and 1,000,000 at most. Some of the people were also registered through the API: the filler must make
the same names, keys and words, or the run ends. Then two nodes answer requests of 200 different people, and PostgreSQL's
\`auto_explain\` notes what the program really sent: the plan that was used, the 8 KiB pages that it touched, its WAL and its time.
Pages, plans and bytes do not depend on what else the machine does; times do. Pages are in memory for the most part, so a time is one of
a database whose working set fits. A statement of which several plans were seen names all their indexes.
`;

function sizes({ size, people }) {
	const total = size.tables.reduce((sum, t) => sum + t.bytes + t.indexes, 0);
	return [
		'| table | rows | table, MB | indexes, MB | bytes a row, with indexes |',
		'|---|---|---|---|---|',
		...size.tables.map((t) => `| ${t.name} | ${fixed(t.rows)} | ${MB(t.bytes)} | ${MB(t.indexes)} | ${perRow(t.bytes + t.indexes, t.rows)} |`),
		`| together | | ${MB(size.tables.reduce((s, t) => s + t.bytes, 0))} | ${MB(size.tables.reduce((s, t) => s + t.indexes, 0))} | ${perRow(total, people)} a person |`,
		'',
		'| index | of | MB | bytes a row |',
		'|---|---|---|---|',
		...size.indexes.filter((i) => i.bytes > 65536).map((i) => `| ${i.name} | ${i.tab} | ${MB(i.bytes)} | ${perRow(i.bytes, size.tables.find((t) => t.name === i.tab).rows)} |`),
	];
}

const wide = (s) => (s.pagesMost > 4 * s.pages && s.pagesMost > 100 ? ` (most ${fixed(s.pagesMost)})` : '');
const time = (us) => (us < 10000 ? `${fixed(us)} µs` : `${fixed(us / 1000)} ms`);
const row = (s) => `| ${code(s.sql)} | ${fixed(s.each, s.each % 1 > 0.05 && s.each < 100 ? 1 : 0)} | ${s.whole ? `**${fixed(s.rowsMost)} rows**: ` : ''}${s.ways.join(', ')} | ${fixed(s.pages)}${wide(s)} | ${fixed(s.wal)} | ${time(s.us)} |`;

function statements(o) {
	const few = o.name === BY_ITSELF ? o.statements.filter((s) => s.pagesMost > 100 || s.whole) : o.statements;
	const rest = o.statements.length - few.length;
	return [
		`### ${o.name[0].toUpperCase()}${o.name.slice(1)}`,
		'',
		...(rest ? [`${rest} more statements touched at most 100 pages each.`, ''] : []),
		...(few.length ? ['| statement | times | by | pages | WAL, bytes | median time |', '|---|---|---|---|---|---|', ...few.map(row)] : ['Answered from memory.']),
		'',
	];
}

export function page(kept) {
	const parts = Object.values(kept).sort((a, b) => a.people - b.people).flatMap((one) => [
		`## ${fixed(one.people)} people`, '', `${one.date}; ${one.machine}; load of the machine: ${one.load}.`, '', ...(one.note ? [one.note, ''] : []),
		...sizes(one), '', `Sealing (numbers of events and the chain of the audit, of each): ${fixed(one.sealed)} a second when many wait.`, '',
		...one.operations.flatMap(statements),
	]);
	return [head, ...parts].join('\n').trimEnd() + '\n';
}

export const wholeTables = (one) => one.operations.flatMap((o) => o.statements.filter((s) => s.whole).map((s) => `${o.name}: ${s.rowsMost} rows: ${s.sql}`));
