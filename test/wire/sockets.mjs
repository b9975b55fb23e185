#!/usr/bin/env node
// What the text cases cannot say: TLS, unix and control sockets, inherited sockets, caps, stalled writers, stopping, the
// sizes of WebSocket messages. Usage: test/wire/sockets.mjs SERVER
import { spawn, execFileSync } from 'node:child_process'
import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const server = process.argv[2]
const dir = mkdtempSync(join(tmpdir(), 'roster-wire-'))
const sleep = ms => new Promise(ok => setTimeout(ok, ms))
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

const running = new Set()
function run(flags, options = {}) {
	const child = spawn(options.command ?? server, [...(options.before ?? []), '--listen', options.listen ?? '127.0.0.1:0', '--probes', join(here, 'file.dat'), ...flags],
		{ stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } })
	child.said = ''
	running.add(child)
	child.on('exit', () => running.delete(child))
	child.stderr.on('data', d => { child.said += d })
	child.exited = new Promise(ok => child.on('exit', (code, signal) => ok(code ?? signal)))
	child.stop = async () => { child.kill('SIGTERM'); assert.equal(await child.exited, 0, child.said); assert.equal(child.said, '') }
	return new Promise((ok, bad) => {
		child.stdout.on('data', d => { child.port = Number(/:(\d+)\n/.exec(d)?.[1]); ok(child) })
		child.exited.then(code => bad(new Error(`ended with ${code}: ${child.said}`)))
	})
}

// Sends, and gives all that comes until `enough` says so or the other side closes.
function talk(socket, bytes, enough = () => false) {
	return new Promise(ok => {
		let got = ''
		socket.on('data', d => { got += d.toString('latin1'); if (enough(got)) { socket.destroy(); ok(got) } })
		socket.on('error', () => {})
		socket.on('close', () => ok(got))
		if (bytes) socket.write(bytes, 'latin1')
		setTimeout(() => { socket.destroy(); ok(got) }, 5000)
	})
}
const okay = got => got.endsWith('OK\n')

function certificate(name) {
	const cert = join(dir, `${name}.crt`), key = join(dir, `${name}.key`)
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' })
	return { cert, key }
}

const tests = {
	async 'TLS chooses the certificate by name, resumes, speaks 1.2 and 1.3 and http/1.1 alone'() {
		const a = certificate('a.test'), b = certificate('b.test'), c = certificate('c.test')
		const s = await run(['--tls-cert', a.cert, '--tls-key', a.key, '--tls-sni', `b.test=${b.cert},${b.key};*.c.test=${c.cert},${c.key}`])
		const see = (name, more = {}) => new Promise((ok, bad) => {
			const t = tlsConnect({ port: s.port, host: '127.0.0.1', servername: name, rejectUnauthorized: false, ...more })
			const seen = { }
			t.on('session', d => { seen.session = d })
			t.on('error', bad)
			t.on('secureConnect', async () => {
				Object.assign(seen, { name: t.getPeerCertificate().subject?.CN, alpn: t.alpnProtocol, protocol: t.getProtocol(), reused: t.isSessionReused() })
				assert(okay(await talk(t, GET, okay)))
				ok(seen)
			})
		})
		assert.equal((await see('b.test')).name, 'b.test')
		assert.equal((await see('x.c.test')).name, 'c.test')
		assert.equal((await see('unknown.test')).name, 'a.test')
		assert.equal((await see('a.test', { ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1')
		await assert.rejects(see('a.test', { ALPNProtocols: ['h2'] }))
		await assert.rejects(see('a.test', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }))
		for (const v of ['TLSv1.2', 'TLSv1.3']) {
			const first = await see('a.test', { minVersion: v, maxVersion: v })
			assert.equal(first.protocol, v)
			assert.equal((await see('a.test', { minVersion: v, maxVersion: v, session: first.session })).reused, true)
		}
		await s.stop()
	},
	async 'TLS certificates are exchanged on SIGHUP, and bad ones are not taken'() {
		const a = certificate('old.test'), b = certificate('new.test')
		const s = await run(['--tls-cert', a.cert, '--tls-key', a.key])
		const name = () => new Promise(ok => {
			const t = tlsConnect({ port: s.port, host: '127.0.0.1', rejectUnauthorized: false }, () => { ok(t.getPeerCertificate().subject.CN); t.destroy() })
			t.on('error', () => {})
		})
		assert.equal(await name(), 'old.test')
		writeFileSync(a.cert, 'no certificate')
		s.kill('SIGHUP')
		await sleep(200)
		assert.equal(await name(), 'old.test')
		assert.match(s.said, /cannot be read as PEM/)
		s.said = ''
		copyFileSync(b.cert, a.cert)
		copyFileSync(b.key, a.key)
		s.kill('SIGHUP')
		await sleep(200)
		assert.equal(await name(), 'new.test')
		await s.stop()
	},
	async 'TLS carries large bodies both ways, pipelines, files and WebSockets'() {
		const a = certificate('big.test')
		const s = await run(['--tls-cert', a.cert, '--tls-key', a.key])
		const open = () => tlsConnect({ port: s.port, host: '127.0.0.1', rejectUnauthorized: false })
		const body = 'abcdefghij'.repeat(200000)
		const got = await talk(open(), `POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
		assert(got.endsWith('\r\n\r\n' + body))
		const file = await talk(open(), 'GET /probe/file HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3) + GET, okay)
		assert.equal(file.split('line 9999 of the file').length, 4)
		const ws = await talk(open(), 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x82\0\0\0\0hi', g => g.endsWith('hi'))
		assert(ws.endsWith('\x81\x02hi'))
		await s.stop()
	},
	async 'plain HTTP sent to a TLS address gets a sentence, and a silent handshake is cut'() {
		const a = certificate('plain.test')
		const s = await run(['--tls-cert', a.cert, '--tls-key', a.key, '--head-ms', '300'])
		const got = await talk(connect(s.port, '127.0.0.1'), GET)
		assert.match(got, /^HTTP\/1\.1 400 [\s\S]*speaks TLS/)
		const begun = Date.now()
		assert.equal(await talk(connect(s.port, '127.0.0.1'), '\x16\x03\x01\x02\x00'), '')
		assert(Date.now() - begun < 1000)
		await s.stop()
	},
	async 'a certificate that does not fit its key stops the start'() {
		const a = certificate('one.test'), b = certificate('two.test')
		await assert.rejects(run(['--tls-cert', a.cert, '--tls-key', b.key]), /does not fit/)
	},
	async 'unix sockets are open to all, the control socket to its owner; both are removed at the end'() {
		const path = join(dir, 'pub.sock'), control = join(dir, 'control.sock')
		const s = await run(['--control', control], { listen: `unix:${path}` })
		assert.equal(statSync(path).mode & 0o777, 0o666)
		assert.equal(statSync(control).mode & 0o777, 0o600)
		const who = p => talk(connect(p), 'GET /probe/who HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n', g => g.endsWith('\n') && g.includes('plain'))
		assert.match(await who(path), /\r\n\r\nunix plain remote -1\n$/)
		assert.match(await who(control), new RegExp(`unix plain local ${process.getuid()}\n$`))
		await s.stop()
		assert(!existsSync(path) && !existsSync(control))
	},
	async 'a trusted proxy on a unix socket is believed'() {
		const path = join(dir, 'proxy.sock')
		const s = await run(['--trusted-proxies', 'unix'], { listen: `unix:${path}` })
		const got = await talk(connect(path), 'GET /probe/who HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n\r\n', g => g.includes('remote'))
		assert.match(got, /9\.9\.9\.9 secure remote/)
		await s.stop()
	},
	async 'sockets inherited from systemd are used instead of the given address'() {
		const listening = createServer()
		await new Promise(ok => listening.listen(0, '127.0.0.1', ok))
		const s = await run([], { command: '/bin/sh', before: ['-c', 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"', server],
			stdio: ['ignore', 'pipe', 'pipe', listening._handle.fd], listen: '127.0.0.1:1' })
		const port = listening.address().port
		assert.equal(s.port, port)
		listening.close()
		for (let i = 0; i < 8; i++) assert(okay(await talk(connect(port, '127.0.0.1'), GET, okay)))
		await s.stop()
	},
	async 'an address may hold so many connections, and gets them back'() {
		const s = await run(['--max-per-address', '3'])
		const held = [1, 2, 3].map(() => connect(s.port, '127.0.0.1'))
		await sleep(100)
		assert.equal(await talk(connect(s.port, '127.0.0.1'), GET, okay), '')
		for (const h of held) h.destroy()
		await sleep(100)
		assert(okay(await talk(connect(s.port, '127.0.0.1'), GET, okay)))
		await s.stop()
	},
	async 'out of descriptors the server waits, and goes on when there are some again'() {
		const s = await run(['--max', '100000'], { command: '/bin/sh', before: ['-c', 'ulimit -n 60; exec "$0" "$@"', server] })
		const held = Array.from({ length: 100 }, () => connect(s.port, '127.0.0.1').on('error', () => {}))
		await sleep(300)
		for (const h of held) h.destroy()
		await sleep(500)
		assert(okay(await talk(connect(s.port, '127.0.0.1'), GET, okay)))
		await s.stop()
	},
	async 'a client that does not read is cut, one that reads slowly is not'() {
		const s = await run(['--write-ms', '400', '--body-max', '16000000'])
		const ask = 'GET /probe/file HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200)
		const deaf = connect(s.port, '127.0.0.1')
		deaf.pause()
		deaf.write(ask)
		const stats = async () => /connections (\d+)/.exec(await talk(connect(s.port, '127.0.0.1'), 'GET /probe/stats HTTP/1.1\r\nHost: x\r\n\r\n', g => g.includes('timeouts')))[1]
		await sleep(100)
		assert.equal(await stats(), '2')
		await sleep(1500)
		assert.equal(await stats(), '1')
		deaf.destroy()
		const slow = connect(s.port, '127.0.0.1')
		let bytes = 0
		slow.on('data', d => { bytes += d.length; slow.pause(); setTimeout(() => slow.resume(), 5) })
		slow.write('GET /probe/file HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(14) + 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
		await new Promise(ok => slow.on('close', ok))
		assert(bytes > 14 * 220000)
		await s.stop()
	},
	async 'stopping finishes what runs, closes what rests, and takes no more'() {
		const s = await run([])
		const again = () => new Promise(ok => { const c = connect(s.port, '127.0.0.1').on('connect', () => { c.destroy(); ok('taken') }).on('error', () => ok('refused')) })
		/* Some on each loop: whoever is sent away first finds that nobody listens any more. */
		const resting = Array.from({ length: 8 }, () => talk(connect(s.port, '127.0.0.1'), GET))
		const running = talk(connect(s.port, '127.0.0.1'), 'POST /probe/later?800 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab')
		await sleep(200)
		s.kill('SIGTERM')
		for (const one of await Promise.all(resting.map(r => r.then(async answer => [answer, await again()])))) {
			assert(okay(one[0]))
			assert.equal(one[1], 'refused')
		}
		assert.match(await running, /Connection: close\r\n[\s\S]*ab$/)
		assert.equal(await s.exited, 0)
	},
	async 'stopping does not wait longer than it may'() {
		const s = await run(['--stop-ms', '300'])
		connect(s.port, '127.0.0.1').on('error', () => {}).write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
		await sleep(100)
		const begun = Date.now()
		await s.stop()
		assert(Date.now() - begun < 1500)
	},
	async 'a second server on the same address is refused with a sentence'() {
		const s = await run([])
		await assert.rejects(run([], { listen: `127.0.0.1:${s.port}` }), /already listens/)
		await s.stop()
	},
	async 'WebSocket messages up to 16 MiB come back; a larger one is refused with 1009'() {
		const s = await run([])
		const handshake = 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
		const send = n => new Promise(ok => {
			const c = connect(s.port, '127.0.0.1'), head = Buffer.alloc(14)
			let got = 0, last
			head[0] = 0x82; head[1] = 0xff; head.writeBigUInt64BE(BigInt(n), 2)
			c.on('data', d => { got += d.length; last = d; if (got >= n) { ok({ got, last }); c.destroy() } })
			c.on('close', () => ok({ got, last })).on('error', () => {})
			c.write(handshake); c.write(head); c.write(Buffer.alloc(n, 97))
		})
		assert((await send(16 << 20)).got > 16 << 20)
		const { got, last } = await send((16 << 20) + 1)
		assert(got < 1000 && last.includes(Buffer.from([0x03, 0xf1])))
		await s.stop()
	},
}

let passed = 0, failed = 0
for (const [name, test] of Object.entries(tests)) {
	try {
		await test()
		passed++
	} catch (e) {
		failed++
		console.log(`FAIL ${name}: ${e.stack}`)
		for (const child of running) child.kill('SIGKILL')
	}
}
rmSync(dir, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
