// What rows are held against that npm has: fetched when the lock has changed.
import fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { log } from './lab.mjs';

export function install() {
	const lock = fs.readFileSync('bench/package-lock.json', 'utf8'),
		fetched = 'bench/node_modules/.fetched';
	if (fs.existsSync(fetched) && fs.readFileSync(fetched, 'utf8') === lock) return;
	log('fetching Apollo Server, graphql-js, Socket.IO and jose');
	execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: 'bench', stdio: ['ignore', 2, 2] });
	fs.writeFileSync(fetched, lock);
}
