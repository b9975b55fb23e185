// The rows on sockets: one message to many, coming and going, and being there, beside Socket.IO on Node.
import fs from 'node:fs';
import { BIN, alternate, client, holdOpen, median, residentMiB, serve, sleep, startRoster, userList } from './lab.mjs';
import { atLeast, atMost, fixed, line, rates } from './lines.mjs';
import { install } from './modules.mjs';
import { people, withPeople } from './people.mjs';

const PROGRAM = `${BIN}/sockets`,
	OURS = `${BIN}/sockets-ours`,
	THEIRS = `${BIN}/sockets-theirs`,
	KEY = 'a-key-of-thirty-two-bytes-or-more';
// The client sends more than people do, and all of it is counted.
const lifted = { ROSTER_REALTIME_EVENTS: '0', ROSTER_REALTIME_PER_USER: '0' };

// The same people for both, each with a token of the server's own kind.
async function writeTokens() {
	const { SignJWT } = await import('jose');
	const list = userList(people.users);
	const sign = ({ username }, i) =>
		new SignJWT({ username, sid: `session-${i}`, role: 'user' })
			.setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
			.setSubject(`user-${i}`.padEnd(26, '0'))
			.setIssuedAt()
			.setExpirationTime('10h')
			.sign(new TextEncoder().encode(KEY));
	fs.writeFileSync(OURS, list.map(({ access }) => access + '\n').join(''));
	fs.writeFileSync(THEIRS, (await Promise.all(list.map(sign))).map((token) => token + '\n').join(''));
}

// Both servers as they have just started, each with the file of its tokens; ended whatever happens.
async function withBoth(work) {
	install();
	await withPeople(writeTokens, undefined, lifted);
	const ours = await startRoster(people.data, lifted);
	try {
		const node = await serve('node', ['--expose-gc', 'bench/socketio.mjs', KEY], { NODE_ENV: 'production' });
		try {
			return await work({ ...ours, tokens: OURS }, { ...node, tokens: THEIRS });
		} finally {
			await node.stop();
		}
	} finally {
		await ours.stop();
	}
}

const ask = (mode, server, args) =>
	client(PROGRAM, [mode, '--port', server.port, '--tokens', server.tokens, '--pid', server.pid, ...args]);
const each = (list) => median(list.map((r) => r.us));
const micros = (v) => `${fixed(v, 2)} µs`;

// --- one to many -----------------------------------------------------------------------------------------------------

const LISTENERS = 500,
	BURST = 50;

async function compare(what, burst, ours, node, target, { rounds, seconds }) {
	const args = ['--connections', LISTENERS, '--burst', burst, '--seconds', seconds];
	const { bytes } = await ask('broadcast', ours, ['--connections', LISTENERS, '--seconds', 0.5]);
	const bare = { ...(await serve(`${BIN}/fanout`, [0, bytes])), tokens: OURS };
	try {
		const sides = [ours, node, bare].map((server) => () => ask('broadcast', server, args));
		const [r, n, b] = await alternate(rounds, sides);
		const less = each(n) / each(r);
		return {
			lines: [
				atLeast(`${what}, beside Socket.IO on Node`, rates(r), rates(n), target, '/s'),
				line(`${what}: processor time`, micros(each(r)), micros(each(n)), less, `${target} times less`, less >= target),
				atLeast(`${what}, beside a bare fan-out`, rates(r), rates(b), 0.6, '/s'),
			],
			notes: [
				`${what}: ${fixed(bytes)} bytes each, on Node ${fixed(n[0].bytes)}; the bare fan-out took ${micros(each(b))} of processor time for each that arrived.`,
			],
		};
	} finally {
		await bare.stop();
	}
}

export async function broadcast(o) {
	return withBoth(async (ours, node) => {
		const parts = [
			await compare(`a message to ${LISTENERS}, one at a time`, 1, ours, node, 2, o),
			await compare(`messages to ${LISTENERS}, ${BURST} at once`, BURST, ours, node, 5, o),
		];
		return {
			lines: parts.flatMap((part) => part.lines),
			notes: [
				`${LISTENERS} are in a room, one of them says that he types, and the next is said when the ${LISTENERS - 1} others have heard. Counted is what arrived.`,
				...parts.flatMap((part) => part.notes),
				'Where the client needs a core for itself, the processor time of the server says more. The bare fan-out writes what comes at once in one piece, to each once.',
				'Node has one thread; ours, and the bare fan-out, one for each core, which they share with the client.',
			],
		};
	});
}

// --- coming and going ------------------------------------------------------------------------------------------------

export async function connect({ rounds, seconds }) {
	return withBoth(async (ours, node) => {
		const args = ['--connections', 32, '--seconds', seconds];
		await ask('connect', ours, ['--connections', 32, '--seconds', 1]);
		await ask('connect', node, ['--connections', 32, '--seconds', 1]);
		const [r, n] = await alternate(rounds, [ours, node].map((server) => () => ask('connect', server, args)));
		return {
			lines: [atLeast('coming by WebSocket, let in by a token, and going, 32 at a time', rates(r), rates(n), 5, '/s')],
			notes: [
				'A TCP connection, the upgrade, the token, and the answer to it; then both close. 10,000 people take turns.',
				'Node checks HS256 with jose each time; ours ES256, the session and the person, and keeps what it has checked.',
				`Processor time of the server for each: ${micros(each(r))}, Node ${micros(each(n))}.`,
			],
		};
	});
}

// --- being there -----------------------------------------------------------------------------------------------------

const MOST = 10000;

// With them there, and for Node once more after it has collected its garbage.
async function resident(server) {
	const args = ['idle', '--port', server.port, '--tokens', server.tokens, '--connections', MOST];
	const before = residentMiB(server.pid);
	const { release } = await holdOpen(PROGRAM, args, MOST);
	await sleep(5000);
	const held = residentMiB(server.pid);
	if (server.tokens === THEIRS) process.kill(server.pid, 'SIGUSR2');
	await sleep(2000);
	const least = residentMiB(server.pid);
	await release();
	return { before, held, least };
}

export async function idleSockets() {
	return withBoth(async (ours, node) => {
		const { before, held } = await resident(ours),
			theirs = await resident(node);
		const what = `resident, ${fixed(MOST)} idle sockets`,
			ratio = held / theirs.held;
		return {
			lines: [
				atMost(what, held, 'MB', 150),
				line(`${what}, beside Socket.IO on Node`, `${fixed(held, 1)} MB`, `${fixed(theirs.held, 1)} MB`, ratio, '≤ 0.25', ratio <= 0.25),
			],
			notes: [
				`Each is another person, by WebSocket, let in by a token. Before they came: ${fixed(before, 1)} MB, Node ${fixed(theirs.before, 1)}.`,
				`Node, after it was made to collect its garbage: ${fixed(theirs.least, 1)} MB.`,
			],
		};
	});
}
