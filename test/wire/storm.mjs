#!/usr/bin/env node
// Clients that hang up in the middle of everything. Usage: test/wire/storm.mjs SERVER [SECONDS]
// SERVER is a build of roster-echo under ASan or TSan: it must live through it, answer afterwards, and end with 0 and
// nothing said. The order of events is random; the seed is printed.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const [server, seconds = '8', ...flags] = process.argv.slice(2)
let seed = Number(process.env.SEED ?? Date.now() % 1000000)
console.log(`seed ${seed}`)
const random = n => (seed = (seed * 1103515245 + 12345) % 2147483648, Math.floor(seed / 65536) % n)
const tls = flags.includes('--tls-cert')

const upload = '--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n' + 'x'.repeat(30000) + '\r\n--b--\r\n'
const handshake = 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
const shapes = [
	'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
	'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(60),
	'POST /probe/later?20 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab',
	'POST /probe/later?3 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab'.repeat(30),
	'POST /probe/held?30 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab'.repeat(3),
	'GET /probe/file HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(8),
	'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n' + 'y'.repeat(300000),
	'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n' + '5\r\nhello\r\n'.repeat(200) + '0\r\n\r\n',
	'POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
	`POST /probe/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${upload.length}\r\n\r\n${upload}`,
	handshake + '\x81\x82\0\0\0\0hi'.repeat(50),
	handshake + '\x82\xfe\xff\xff\0\0\0\0' + 'z'.repeat(65535) + '\x88\x80\0\0\0\0',
	'GET / HTTP/1.1\r\nBroken\r\n\r\n',
	'\x16\x03\x01garbage',
].map(s => Buffer.from(s, 'latin1'))

const child = spawn(server, ['--listen', '127.0.0.1:0', '--probes', join(here, 'file.dat'), '--loops', '2', '--head-ms', '300',
	'--body-ms', '300', '--idle-ms', '300', '--write-ms', '300', '--stop-ms', '3000', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
let said = ''
child.stderr.on('data', d => { said += d })
const port = await new Promise((ok, bad) => {
	child.stdout.on('data', d => { const m = /:(\d+)\n/.exec(d); if (m) ok(Number(m[1])) })
	child.on('exit', c => bad(new Error(`the server ended with ${c}: ${said}`)))
})
child.removeAllListeners('exit')
const exited = new Promise(ok => child.on('exit', (code, signal) => ok(code ?? signal)))
const open = () => (tls && random(8) ? tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect(port, '127.0.0.1'))

let clients = 0
function one() {
	return new Promise(done => {
		const shape = shapes[random(shapes.length)], s = open(), cut = random(3) ? shape.length : random(shape.length)
		clients++
		s.on('error', () => {})
		s.on('close', done)
		if (random(4) === 0) s.pause(); else s.resume() // some never read
		s.write(shape.subarray(0, cut))
		const how = random(5), after = random(4) ? random(40) : random(700)
		setTimeout(() => {
			if (how === 0) s.end()
			else if (how === 1 && !s.encrypted) s.resetAndDestroy()
			else s.destroy()
			setTimeout(() => s.destroy(), 500)
		}, after)
	})
}

const until = Date.now() + Number(seconds) * 1000
const lane = async () => { while (Date.now() < until && child.exitCode === null) await one() }
await Promise.all(Array.from({ length: 60 }, lane))
const answer = await new Promise(ok => {
	const s = tls ? tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect(port, '127.0.0.1')
	let got = ''
	s.on('data', d => { got += d; if (got.endsWith('OK\n')) { ok(got); s.destroy() } })
	s.on('error', e => ok(String(e)))
	s.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
	setTimeout(() => ok(got), 3000)
})
for (let i = 0; i < 20; i++) one() // some are there when it stops
await new Promise(ok => setTimeout(ok, 15))
child.kill('SIGTERM')
const code = await exited
const good = code === 0 && !said && answer.startsWith('HTTP/1.1 200')
console.log(good ? `${clients} clients, ended in order\n1 passed, 0 failed` : `ended with ${code}, last answer ${JSON.stringify(answer.slice(0, 60))}\n${said}\n0 passed, 1 failed`)
process.exit(good ? 0 : 1)
