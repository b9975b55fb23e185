// Accounts as files: how long a large import takes, and what memory the server needs for a large export.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { BIN, commands, log, residentMiB, startRoster } from './lab.mjs';
import { admin, adminToken, makeCrowd } from './people.mjs';
import { line } from './lines.mjs';

const IMPORTED = 100000,
	EXPORTED = 1000000,
	SECONDS_MOST = 60,
	MIB_MOST = 64;

// A hash that is only stored: what it is the hash of does not matter.
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$70iVjiwf6gjxp9865fqdRg$hmXvjjnezCPVDqEQeBVnUl/evxCYH5hCYSnpLAOT9ls';

function writePeople(file) {
	const rows = ['username,email,name,password_hash'];
	for (let i = 0; i < IMPORTED; i++) rows.push(`import${i},import${i}@example.org,Person Number ${i},"${HASH}"`);
	fs.writeFileSync(file, rows.join('\r\n') + '\r\n');
}

// curl from and to files: this program's memory and time are not to be measured.
function curl(server, token, path, args) {
	commands.add(`curl ${args.join(' ')} http://127.0.0.1:PORT${path}`);
	return execFileSync(
		'curl',
		['-sSf', '-H', `Authorization: Bearer ${token}`, ...args, `http://127.0.0.1:${server.port}${path}`],
		{ encoding: 'utf8', maxBuffer: 16 << 20 },
	);
}

export async function importing() {
	const data = `${BIN}/run-import`,
		file = `${BIN}/import.csv`;
	fs.rmSync(data, { recursive: true, force: true });
	writePeople(file);
	const server = await startRoster(data);
	const token = await admin(server, data);
	const began = performance.now();
	const text = curl(server, token, '/api/v1/users/import', ['-H', 'Content-Type: text/csv', '-T', file, '-X', 'POST']);
	const seconds = (performance.now() - began) / 1000,
		mib = residentMiB(server.pid);
	await server.stop();
	fs.rmSync(data, { recursive: true });
	fs.rmSync(file);
	const { created } = JSON.parse(text).data;
	if (created !== IMPORTED) throw new Error(`${created} of ${IMPORTED} were imported: ${text.slice(0, 300)}`);
	return {
		lines: [
			line(`import of ${IMPORTED} users with hashes`, `${seconds.toFixed(1)} s`, '', null, `≤ ${SECONDS_MOST} s`, seconds <= SECONDS_MOST),
		],
		notes: [`The server held ${mib.toFixed(0)} MiB after it. Each user is an event, each 200 a transaction with a line of the audit.`],
	};
}

export async function exporting() {
	const crowd = await makeCrowd(EXPORTED);
	const server = await startRoster(crowd.data);
	const token = await adminToken(server);
	const before = residentMiB(server.pid);
	let most = before;
	const took = {};
	for (const format of ['json', 'csv']) {
		const file = `${BIN}/export.${format}`,
			began = performance.now();
		const peak = () => Number(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;
		curl(server, token, `/api/v1/users/export?format=${format}`, ['-o', file]);
		most = Math.max(most, peak());
		took[format] = `${((performance.now() - began) / 1000).toFixed(0)} s and ${(fs.statSync(file).size / 2 ** 20).toFixed(0)} MiB as ${format}`;
		log(took[format]);
		fs.rmSync(file);
	}
	await server.stop();
	return {
		lines: [
			line(`memory of an export of ${EXPORTED} users`, `${most.toFixed(0)} MiB at most`, '', null, `≤ ${MIB_MOST} MiB`, most <= MIB_MOST),
		],
		notes: [`It took ${Object.values(took).join(', ')}. Before it the server held ${before.toFixed(0)} MiB.`],
	};
}
