// What every row needs: programs, servers, rounds that alternate, medians, and what /proc says about a process.
import { spawn, spawnSync, execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import fs from 'node:fs';

export const BIN = 'build/bench';
export const roster = process.env.ROSTER_BINARY ?? 'build/roster';
delete process.env.ROSTER_BINARY; // the server takes ROSTER_ for settings

// The server logs as by default, a line a request, into memory: on the disk its lines would disturb the fsyncs of the database.
const LOG = `${fs.existsSync('/dev/shm') ? '/dev/shm' : BIN}/roster-bench-${process.pid}.log`;

const running = new Set();
process.on('exit', () => fs.rmSync(LOG, { force: true }));
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const log = (...words) => console.error('  ', ...words);

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const half = sorted.length >> 1;
	return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Every command that a row runs is noted once, with its ports left out, for the page.
export const commands = new Set();
function note(file, args, env = {}) {
	const settings = Object.entries(env)
		.map(([name, value]) => `${name}=${value} `)
		.join('');
	commands.add(
		settings +
			[file, ...args]
				.join(' ')
				.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
				.replace(/--port \d+/g, '--port PORT')
				.replace(/--token \S+/g, '--token TOKEN')
				.replace(/--pid \d+/g, '--pid PID')
				.replace(/--skip \d+/g, '--skip K'),
	);
}

// Runs a program to its end and reads the JSON line it prints. `strict`: an exit status other than 0 stops the run.
export async function run(file, args, { strict = true } = {}) {
	note(file, args);
	const child = spawn(file, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
	running.add(child);
	let out = '';
	child.stdout.on('data', (text) => (out += text));
	const status = await new Promise((done) => child.on('close', done));
	running.delete(child);
	const answer = out.trimStart().startsWith('{') ? JSON.parse(out) : { text: out };
	if (status !== 0 && strict) throw new Error(`${file} ${args.join(' ')}\nended with ${status}: ${out}`);
	return answer;
}

// A client, as a batch process: it shares the cores with the server that it measures, and an answer that arrives for it
// should wait until the server has sent the next ones too, as it would on another machine.
export const client = (file, args, how) => run('chrt', ['-b', 0, file, ...args], how);

// Runs a program that opens n connections, says that they are good, and keeps them until release() is called.
export async function holdOpen(file, args, n) {
	note(file, args);
	const child = spawn(file, args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
	running.add(child);
	const gone = new Promise((done) => child.on('close', done));
	const text = await Promise.race([new Promise((told) => child.stdout.once('data', told)), gone]);
	const release = () => (child.stdin.end(), gone.then(() => running.delete(child)));
	if (JSON.parse(String(text))?.good !== n) throw new Error(`not all of ${n} connections were answered: ${text}`);
	return { release };
}

// The same with connections that each ask once.
export const hold = (server, users, n) =>
	holdOpen(`${BIN}/load`, ['idle', '--port', server.port, '--connections', n, '--users', users, '--seconds', 60], n);

// The same as run(), for work that must be done to the last request.
export async function loadAll(count, mode, server, options) {
	const result = await load(mode, server, options);
	if (result.good !== count)
		throw new Error(`${mode}: ${result.good} of ${count} requests were done: ${JSON.stringify(result)}`);
	return result;
}

export const load = (mode, server, options, how) =>
	client(`${BIN}/load`, [mode, '--port', server.port, ...options], how);

// wrk has no machine-readable report: its text is short and has not changed for years.
export async function wrk(server, users, seconds) {
	const { text } = await client('wrk', [
		'-t2',
		'-c64',
		`-d${seconds}s`,
		'--latency',
		'-s',
		'bench/me.lua',
		`http://127.0.0.1:${server.port}`,
		'--',
		users,
	]);
	const bad = text.match(/Non-2xx or 3xx responses: (\d+)/) ?? text.match(/Socket errors: (.*[1-9].*)/);
	if (bad) throw new Error(`wrk was not answered as it should be: ${bad[0]}`);
	const [, p99, unit] = text.match(/99%\s+([\d.]+)(us|ms|s)/);
	return { rate: Number(text.match(/Requests\/sec:\s+([\d.]+)/)[1]), p99_us: p99 * { us: 1, ms: 1e3, s: 1e6 }[unit] };
}

// Starts a server and waits for the line that tells its port.
export async function serve(file, args, env = {}) {
	note(file, args, env);
	fs.rmSync(LOG, { force: true });
	const logFile = fs.openSync(LOG, 'a');
	const child = spawn(file, args.map(String), {
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', logFile],
	});
	running.add(child);
	fs.closeSync(logFile);
	const gone = new Promise((done) => child.on('close', done));
	let listens = false;
	const port = await new Promise((found, failed) => {
		let text = '';
		child.stdout.on('data', (more) => {
			text += more;
			const at = text.match(/listening on (?:http:\/\/)?127\.0\.0\.1:(\d+)/);
			listens ||= at;
			if (at) found(Number(at[1]));
		});
		gone.then((status) => {
			if (listens) return; // and the log of a long run is too long to be read
			failed(new Error(`${file} ended with ${status}: ${fs.readFileSync(LOG, 'utf8').slice(-2000)}`));
		});
	});
	const stop = async () => {
		child.kill('SIGTERM');
		await Promise.race([gone, sleep(15000).then(() => child.kill('SIGKILL'))]);
		await gone;
		running.delete(child);
	};
	return { port, pid: child.pid, stop };
}

// The limits are lifted and tokens live long; everything else is as by default.
export const benchEnv = { ROSTER_RATE_LIMITS: 'off', JWT_ACCESS_TOKEN_EXPIRE_MINUTES: '600' };
// For making accounts in bulk, and for the size row, where the hash would hide the lookup.
export const cheapHashes = { ROSTER_PASSWORD_MEMORY: '8MiB', ROSTER_PASSWORD_PASSES: '1' };

export const startRoster = (data, env = {}) =>
	serve(roster, ['serve', '--listen', '127.0.0.1:0', '--data', data], { ...benchEnv, ...env });
export const startEpoll = (size) => serve(`${BIN}/epoll`, [0, size.body, size.head]);

export async function freePort() {
	const server = createServer();
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address();
	await new Promise((done) => server.close(done));
	return port;
}

export function residentMiB(pid) {
	return Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
}
export function cpuSeconds(pid) {
	const fields = fs
		.readFileSync(`/proc/${pid}/stat`, 'utf8')
		.replace(/^.*\) /, '')
		.split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

export async function ask(server, path, { method = 'GET', token, body } = {}) {
	const headers = {
		...(token && { authorization: `Bearer ${token}` }),
		...(body && { 'content-type': 'application/json' }),
	};
	const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
		method,
		headers,
		body: body && JSON.stringify(body),
	});
	const text = await answer.text();
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
	return text.startsWith('{') ? JSON.parse(text) : text;
}

// Bytes of head and body of an answer, as they stand on the wire.
export function answerSize(server, path, token) {
	const raw = execFileSync('curl', [
		'-s',
		'-i',
		'-H',
		'Accept:',
		'-H',
		'User-Agent:',
		'-H',
		`Authorization: Bearer ${token}`,
		`http://127.0.0.1:${server.port}${path}`,
	]);
	const head = raw.indexOf('\r\n\r\n') + 4;
	return { head, body: raw.length - head };
}

export function userList(file) {
	return fs
		.readFileSync(file, 'utf8')
		.trimEnd()
		.split('\n')
		.map((line) => {
			const [email, username, name, password, refresh, access] = line.split('\t');
			return { email, username, name, password, refresh, access };
		});
}

function beginning(path, size) {
	const file = fs.openSync(path),
		bytes = Buffer.alloc(size);
	fs.readSync(file, bytes, 0, size, 0);
	fs.closeSync(file);
	return bytes.toString();
}

// The database file in a data folder.
export function databaseOf(data) {
	const files = fs
		.readdirSync(data, { recursive: true })
		.map((name) => `${data}/${name}`)
		.filter((path) => fs.statSync(path).isFile());
	const found = files.filter((path) => beginning(path, 15) === 'SQLite format 3' && !path.includes('.before-'));
	if (found.length !== 1) throw new Error(`${data} should hold one SQLite file, found: ${found}`);
	return found[0];
}
export const sql = (file, text) => execFileSync('sqlite3', [file, text], { encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();

// Mean operations in a commit so far, from the server's own metrics; null when it does not tell.
export async function groupCounters(server) {
	const text = await ask(server, '/metrics');
	const value = (names) => text.match(new RegExp(`^roster_(?:\\w+_)?(?:${names})(?:_total)? ([\\d.e+]+)$`, 'm'))?.[1];
	const groups = value('groups|commits'),
		operations = value('operations|grouped');
	return groups && operations ? { groups: Number(groups), operations: Number(operations) } : null;
}

// Ours, reference, ours, reference ...: a change of the machine's mood meets both.
export async function alternate(rounds, sides) {
	const results = sides.map(() => []);
	for (let i = 0; i < rounds; i++) for (const [k, side] of sides.entries()) results[k].push(await side(i));
	return results;
}

export const versionOf = (command) => {
	const [file, ...args] = command.split(' ');
	const r = spawnSync(file, args, { encoding: 'utf8' });
	return (r.stdout || r.stderr || '').split('\n')[0].trim();
};
