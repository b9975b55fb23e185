// script/bench: runs rows, prints their lines, and writes doc/benchmarks.md from the last run of every row.
import fs from 'node:fs';
import os from 'node:os';
import { BIN, commands, versionOf } from './lab.mjs';
import { exporting, importing } from './files.mjs';
import { forget } from './people.mjs';
import { rows as speed } from './rows.mjs';
import { scale } from './scale.mjs';
import { page as scalePage, wholeTables } from './scale_page.mjs';
import { size } from './size.mjs';

const rows = {
	...speed,
	size: { doc: '1,000,000 users beside 1,000', run: size },
	import: { doc: '100,000 users with hashes from a CSV file', run: importing },
	export: { doc: 'memory while 1,000,000 users are taken out', run: exporting },
};
const KEPT = `${BIN}/results.json`,
	PAGE = 'doc/benchmarks.md';

function options(argv) {
	const o = { rounds: 5, seconds: 4, names: [] };
	for (let i = 0; i < argv.length; i++) {
		const name = argv[i];
		if (name === '--list' || name === '--page' || name === '--fresh') o[name.slice(2)] = true;
		else if (name === '--rounds' || name === '--seconds') o[name.slice(2)] = Number(argv[++i]);
		else if (name === '--scale') o.scale = argv.splice(i + 1).map(Number);
		else if (rows[name]) o.names.push(name);
		else stop(`there is no row ${name}; script/bench --list shows them`);
	}
	if (o.scale && !(o.scale.length && o.scale.every((n) => n >= 10000))) stop('--scale wants numbers of people, 10000 at least');
	if (!(o.rounds >= 1 && o.seconds >= 2)) stop('at least 1 round and 2 seconds');
	return o;
}

function stop(why) {
	console.error(`bench: ${why}`);
	process.exit(2);
}

function machine() {
	const cpus = os.cpus();
	return `${cpus.length} x ${cpus[0].model.trim()}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${os.release()}`;
}

function versions() {
	const of = (name, command, pattern) => `${name} ${versionOf(command).match(pattern)?.[0] ?? 'unknown'}`;
	return [
		of('gcc', 'gcc --version', /\d+\.\d+\.\d+/),
		of('OpenSSL', 'openssl version', /\d\S+/),
		of('SQLite', 'sqlite3 --version', /\d\S+/),
		of('libsodium', 'pkg-config --modversion libsodium', /\S+/),
		of('libuv', 'pkg-config --modversion libuv', /\S+/),
		of('wrk', 'wrk -v', /\d\.\d\.\d/),
		of('Node', 'node --version', /\d\S+/),
	].join(', ');
}

const mark = (line) => (line.met ? 'yes' : '**no**');
const tableLine = (l) => `| ${l.what} | ${l.ours} | ${l.reference} | ${l.ratio} | ${l.target} | ${mark(l)} |`;

function section(name, kept) {
	return [
		`### ${name}`,
		'',
		`${kept.date}; ${kept.rounds} rounds of ${kept.seconds} s; load of the machine before: ${kept.load}.`,
		'',
		...kept.notes,
		'',
		'```',
		...kept.commands,
		'```',
		'',
	];
}

const intro = `# Benchmarks

Written by \`script/bench\`; do not edit.

Each row compares the server with a program that does the bare work and nothing else, in one run on one machine: ours, the
reference, ours, the reference, and so on; the numbers are medians of these rounds. Absolute numbers say something about the
machine, ratios about the code. Client and server share the cores, so the same client asks both sides; it is never pinned, but runs as
a batch process (\`chrt -b 0\`), so that an answer does not take the core from the server that is sending the next one. The
references are short programs in \`bench/\` to be read in a few minutes: \`epoll.c\`, \`verify.c\`, \`argon.c\`, \`commit.c\`,
\`apollo.mjs\`, \`judge.mjs\`, \`fanout.c\`, \`socketio.mjs\`.

- The server is the release build, with its defaults, but for the settings shown with its commands: rate limits lifted, longer
  access tokens, and in the size row cheap password hashes.
- 10,000 users from a seeded generator, made through the API; ES256 tokens in random order.
- The server logs a line a request, as by default, to a file in memory.
- Writes are answered when they are on disk (SQLite, WAL, \`synchronous=FULL\`).
- An answer that is not the expected one ends the run: there are no numbers with errors in them.
`;

function page(kept) {
	const done = Object.keys(rows).filter((name) => kept[name]);
	const lines = Object.keys(rows).flatMap((name) =>
		kept[name] ? kept[name].lines.map(tableLine) : [`| ${name}: ${rows[name].doc} | | | | | not measured |`],
	);
	const text = [
		intro,
		`Machine: ${machine()}.`,
		`Versions: ${versions()}.`,
		'',
		'| what | Roster | reference | ratio | target | met |',
		'|---|---|---|---|---|---|',
		...lines,
		'',
		'## How each was obtained',
		'',
		'`script/bench ROW` runs one again. The commands below are what it ran; ports and tokens are left out.',
		'',
		...done.flatMap((name) => section(name, kept[name])),
	];
	fs.writeFileSync(PAGE, text.join('\n').trimEnd() + '\n');
}

async function measure(name, o, kept) {
	console.error(`${name}: ${rows[name].doc}`);
	commands.clear();
	const load = os.loadavg()[0].toFixed(2);
	const result = await rows[name].run(o);
	for (const l of result.lines) console.log(tableLine(l));
	const date = new Date().toISOString().slice(0, 16).replace('T', ' ');
	kept[name] = { ...result, commands: [...commands].map((command) => command.replaceAll(`${process.cwd()}/`, '')), date, rounds: o.rounds, seconds: o.seconds, load };
	fs.writeFileSync(KEPT, JSON.stringify(kept, null, '\t'));
}

// Sizes and plans: not a row, since nothing is compared; the page of its own is read by doc/scaling.md.
async function measureScale(sizes) {
	const file = `${BIN}/scale.json`;
	let whole = 0;
	for (const people of sizes) {
		const load = os.loadavg()[0].toFixed(2);
		console.error(`${people} people`);
		const one = await scale(people);
		const measured = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
		measured[people] = { ...one, load, machine: machine(), date: new Date().toISOString().slice(0, 10) };
		fs.writeFileSync(file, JSON.stringify(measured, null, '\t'));
		fs.writeFileSync('doc/scaling-measured.md', scalePage(measured));
		for (const line of wholeTables(one)) whole++, console.log(line);
	}
	return whole;
}

const o = options(process.argv.slice(2));
if (o.scale) {
	process.exit((await measureScale(o.scale)) ? 1 : 0);
}
if (o.list) {
	for (const [name, row] of Object.entries(rows)) console.log(name.padEnd(15) + row.doc);
	process.exit(0);
}
const kept = fs.existsSync(KEPT) ? JSON.parse(fs.readFileSync(KEPT, 'utf8')) : {};
if (o.fresh) forget();
let failed = 0;
for (const name of o.page ? [] : o.names.length ? o.names : Object.keys(rows)) {
	try {
		await measure(name, o, kept);
	} catch (e) {
		failed++;
		console.error(`${name}: ${e.message}`);
	}
}
page(kept);
process.exit(failed ? 1 : 0);
