#!/usr/bin/env node
// Wire tests: bytes in, bytes out, one case a file. Usage: test/wire/run.mjs [-v] [server [case.txt ...]]
//
//   # comment                  first: what the case says
//   server: --head-ms 400      further flags of build/roster-echo
//   > GET / HTTP/1.1           sends the text and CRLF; lines that follow each other are one write
//   >| text                    sends the text alone; \r \n \t \0 \\ \xNN are escapes in both
//   >* 20000 a                 sends "a" 20,000 times
//   pause 300                  waits so many ms
//   shut                       closes our side of the connection
//   < 200                      the next answer has this status; "< 200 head" for the answer to HEAD
//   <h ETag: "x"               it has this header; <h ETag for any value; <!h ETag: it has not
//   <b text                    its body is this; <~ text: its body contains this
//   <| bytes                   exactly these bytes come next, whatever they are
//   close                      now the server closes the connection, without another byte
//   open                       the connection still works: GET / is answered 200
//   after 300                  the last thing took at least so many ms;  before 900: at most
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join, basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const args = process.argv.slice(2)
const verbose = args[0] === '-v' && args.shift()
const server = args.shift() ?? join(here, '../../build/roster-echo')
const files = args.length ? args : readdirSync(here).filter(f => f.endsWith('.txt')).sort().map(f => join(here, f))
const PATIENCE = 5000

const unescape = s => Buffer.from(
	s.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, e) =>
		({ r: '\r', n: '\n', t: '\t', 0: '\0', '\\': '\\' })[e] ?? (e[0] === 'x' ? String.fromCharCode(parseInt(e.slice(1), 16)) : e)),
	'latin1')

class Peer {
	constructor(port) {
		this.got = Buffer.alloc(0)
		this.ended = false
		this.wake = () => {}
		this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
		this.socket.on('data', d => { this.got = Buffer.concat([this.got, d]); this.wake() })
		this.socket.on('end', () => { this.ended = true; this.wake() })
		this.socket.on('close', () => { this.ended = true; this.wake() })
		this.socket.on('error', () => {})
	}
	async until(test, what) {
		const deadline = Date.now() + PATIENCE
		for (let r; ;) {
			if ((r = test()) !== undefined) return r
			if (this.ended) throw new Error(`${what}, but the server closed; left: ${JSON.stringify(this.got.toString('latin1').slice(0, 300))}`)
			if (Date.now() > deadline) throw new Error(`${what}, but nothing came; left: ${JSON.stringify(this.got.toString('latin1').slice(0, 300))}`)
			await new Promise(ok => { this.wake = ok; setTimeout(ok, 50) })
		}
	}
	take(n) {
		const b = this.got.subarray(0, n)
		this.got = this.got.subarray(n)
		return b
	}
	async answer(status, head) {
		const end = await this.until(() => { const i = this.got.indexOf('\r\n\r\n'); return i < 0 ? undefined : i }, `expected ${status}`)
		const lines = this.take(end + 4).toString('latin1').split('\r\n').slice(0, -2)
		const a = { status: lines[0].split(' ')[1], headers: new Map(), body: Buffer.alloc(0) }
		for (const l of lines.slice(1)) a.headers.set(l.split(':')[0].toLowerCase(), l.slice(l.indexOf(':') + 1).trim())
		const n = Number(a.headers.get('content-length') ?? 0)
		if (!head && n && !['100', '101', '204', '304'].includes(a.status)) {
			await this.until(() => this.got.length >= n || undefined, `expected a body of ${n} bytes`)
			a.body = this.take(n)
		}
		if (a.status !== status) throw new Error(`expected ${status}, got ${lines[0]}: ${a.body.toString().trim()}`)
		return a
	}
}

const wanted = (ok, message) => { if (!ok) throw new Error(message) }

async function checkHeader(a, text, present) {
	const [name, value] = text.includes(':') ? [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1).trim()] : [text]
	const got = a.headers.get(name.trim().toLowerCase())
	if (!present) wanted(got === undefined, `header ${name} is there: ${got}`)
	else wanted(got !== undefined && (value === undefined || got === value), `header ${name} is ${got}, not ${value}`)
}

async function expectClose(peer) {
	await peer.until(() => (peer.got.length ? undefined : peer.ended || undefined), 'expected the connection to be closed')
	wanted(!peer.got.length, 'expected no more bytes')
}

async function play(lines, port) {
	const peer = new Peer(port)
	let out = [], answer, last = Date.now()
	const flush = () => { if (out.length) peer.socket.write(Buffer.concat(out)); out = [] }
	const open = async () => {
		peer.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
		await peer.answer('200')
	}
	try {
		for (const line of lines) {
			const [word] = line.split(' '), text = line.slice(word.length + 1)
			if (word === '>') { out.push(unescape(text), Buffer.from('\r\n')); continue }
			if (word === '>|') { out.push(unescape(text)); continue }
			if (word === '>*') { const [n, s] = text.split(' '); out.push(Buffer.from(unescape(s).toString('latin1').repeat(Number(n)), 'latin1')); continue }
			const begun = Date.now()
			flush()
			if (word === 'pause') await new Promise(ok => setTimeout(ok, Number(text)))
			else if (word === 'shut') peer.socket.end()
			else if (word === '<') answer = await peer.answer(text.split(' ')[0], text.endsWith(' head'))
			else if (word === '<h') await checkHeader(answer, text, true)
			else if (word === '<!h') await checkHeader(answer, text, false)
			else if (word === '<b') wanted(answer.body.equals(unescape(text)), `body is ${JSON.stringify(answer.body.toString('latin1').slice(0, 200))}`)
			else if (word === '<~') wanted(answer.body.includes(unescape(text)), `body is ${JSON.stringify(answer.body.toString('latin1').slice(0, 200))}`)
			else if (word === '<|') {
				const want = unescape(text)
				await peer.until(() => peer.got.length >= want.length || undefined, `expected ${want.length} bytes`)
				const got = peer.take(want.length)
				wanted(got.equals(want), `got ${got.toString('hex')}, not ${want.toString('hex')}`)
			} else if (word === 'close') await expectClose(peer)
			else if (word === 'open') await open()
			else if (word === 'after') wanted(last >= Number(text), `took ${last} ms only`)
			else if (word === 'before') wanted(last <= Number(text), `took ${last} ms`)
			else throw new Error(`no such step: ${line}`)
			if (!['after', 'before'].includes(word)) last = Date.now() - begun
		}
	} finally {
		peer.socket.destroy()
	}
}

function start(flags) {
	const child = spawn(server, ['--listen', '127.0.0.1:0', '--probes', join(here, 'file.dat'), ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
	child.errors = ''
	child.stderr.on('data', d => { child.errors += d })
	return new Promise((ok, bad) => {
		child.stdout.on('data', d => { const m = /:(\d+)\n/.exec(d); if (m) ok([child, Number(m[1])]) })
		child.on('exit', code => bad(new Error(`the server ended with ${code}: ${child.errors}`)))
	})
}

const cases = files.map(f => {
	const lines = readFileSync(f, 'utf8').split('\n').filter(l => l && !l.startsWith('#'))
	const flags = lines.filter(l => l.startsWith('server: ')).map(l => l.slice(8)).join(' ')
	return { name: basename(f, '.txt'), flags, lines: lines.filter(l => !l.startsWith('server: ')) }
})
let passed = 0, failed = 0
for (const flags of new Set(cases.map(c => c.flags))) {
	const [child, port] = await start(flags.split(' ').filter(Boolean))
	for (const c of cases.filter(c => c.flags === flags)) {
		try {
			await play(c.lines, port)
			passed++
			if (verbose) console.log(`ok ${c.name}`)
		} catch (e) {
			failed++
			console.log(`FAIL ${c.name}: ${e.message}`)
		}
	}
	const code = await new Promise(ok => { child.removeAllListeners('exit'); child.on('exit', ok); child.kill('SIGTERM') })
	if (code !== 0 || child.errors) {
		failed++
		console.log(`FAIL the server ended with ${code}\n${child.errors}`)
	}
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
