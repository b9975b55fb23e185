#!/usr/bin/env node
// 10,000 idle keep-alive connections: what they cost. Usage: test/wire/idle.mjs SERVER [CONNECTIONS]
// Every connection has had one request answered. The server's resident memory may grow by 30 MB at most.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [server, count = '9500'] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const LIMIT_KB = 30 * 1024
const child = spawn(server, ['--listen', '127.0.0.1:0', '--probes', join(here, 'file.dat')], { stdio: ['ignore', 'pipe', 'inherit'] })
const port = await new Promise(ok => child.stdout.on('data', d => { const m = /:(\d+)\n/.exec(d); if (m) ok(Number(m[1])) }))
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1])
const sockets = []
const one = () => new Promise((ok, bad) => {
	const s = connect(port, '127.0.0.1')
	s.on('error', bad)
	s.once('data', () => ok(sockets.push(s)))
	s.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
})
await one()
const before = resident()
let failure = ''
try {
	for (let i = 1; i < Number(count); i += 100) await Promise.all(Array.from({ length: Math.min(100, Number(count) - i) }, one))
} catch (e) {
	failure = String(e)
}
await new Promise(ok => setTimeout(ok, 300))
const grown = resident() - before
const good = !failure && sockets.length === Number(count) && grown <= LIMIT_KB
console.log(`${sockets.length} idle connections: ${grown} KB more than ${before} KB, ${Math.round(grown * 1024 / sockets.length)} bytes each ${failure}`)
const ended = new Promise(ok => child.on('exit', ok))
child.kill('SIGTERM')
const code = await ended
for (const s of sockets) s.destroy()
console.log(good && code === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed')
process.exit(good && code === 0 ? 0 : 1)
