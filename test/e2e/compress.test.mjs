// Compressed WebSocket messages (RFC 7692) with real clients: on roster-echo, and on the Socket.IO door of the whole program.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { io } from 'socket.io-client';
import { closed, dial, startEcho } from './echo.mjs';
import { start } from './lib.mjs';
import { quick, register } from './people.mjs';

const agreed = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
const wire = (socket) => (socket._socket ?? socket).bytesRead;

async function opened(url, options = { perMessageDeflate: true }) {
  const socket = dial(url, options);
  const [answer] = await once(socket, 'upgrade');
  socket.answered = answer.headers['sec-websocket-extensions'];
  if (socket.readyState !== 1) await once(socket, 'open');
  return socket;
}

describe('the echo', () => {
  let echo;
  before(async () => (echo = await startEcho({ '--compress': 1, '--ping-interval': 25_000 })));
  after(() => echo?.stop());

  test('long messages come back compressed, others as they are', async () => {
    const socket = await opened(`${echo.url}/ws`);
    assert.equal(socket.answered, agreed);
    const random = randomBytes(100_000);
    for (const [message, most] of [['x'.repeat(100_000), 1000], ['ä€😀'.repeat(20_000), 2000], ['short', 10], ['', 10], ['y'.repeat(1023), 1030], [random, 100_020], [Buffer.alloc(500_000), 3000]]) {
      const from = wire(socket);
      socket.send(message);
      assert.deepEqual(await socket.next(), message);
      assert.ok(wire(socket) - from <= most, `${message.length}: ${wire(socket) - from}`);
    }
    socket.close();
    assert.equal(await closed(socket), 1005);
  });

  test('every setting that a client can ask for', async () => {
    for (const [perMessageDeflate, extensions] of [
      [false, undefined],
      [{ serverMaxWindowBits: 9 }, `${agreed}; server_max_window_bits=9`],
      [{ serverMaxWindowBits: 15, clientMaxWindowBits: 9 }, `${agreed}; server_max_window_bits=15`],
      [{ serverMaxWindowBits: 8 }, undefined],
      [{ clientMaxWindowBits: 10, threshold: 0 }, agreed],
      [{ serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 }, agreed],
    ]) {
      const socket = await opened(`${echo.url}/ws`, { perMessageDeflate });
      assert.equal(socket.answered, extensions);
      for (const message of ['a'.repeat(70_000), randomBytes(5000), 'b', '', 'a'.repeat(2000)]) {
        socket.send(message);
        assert.deepEqual(await socket.next(), message);
      }
      socket.terminate();
    }
  });

  test('a message in many fragments', async () => {
    const socket = await opened(`${echo.url}/ws`, { perMessageDeflate: { threshold: 0 } });
    for (let i = 0; i < 100; i++) socket.send(`part ${i} `, { fin: i === 99 });
    assert.equal(await socket.next(), Array.from({ length: 100 }, (_, i) => `part ${i} `).join(''));
    socket.terminate();
  });

  test('Engine.IO compresses too', async () => {
    const socket = await opened(`${echo.url}/engine.io/?EIO=4&transport=websocket`);
    assert.equal(socket.answered, agreed);
    await socket.next();
    const from = wire(socket);
    socket.send(`4${'z'.repeat(200_000)}`);
    assert.equal((await socket.next()).length, 200_001);
    assert.ok(wire(socket) - from < 2000);
    socket.terminate();
  });

  test('advisory_decompression_bomb: is closed with 1009, and costs no memory', { timeout: 60_000 }, async () => {
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${echo.pid}/status`, 'utf8'))[1]);
    const bomb = async () => {
      const socket = await opened(`${echo.url}/engine.io/?EIO=4&transport=websocket`);
      socket.send(`4${'b'.repeat(10 << 20)}`);
      assert.equal(await closed(socket), 1009);
    };
    await bomb();
    const before = resident();
    for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 10 }, bomb));
    assert.ok(resident() - before < 8 << 10, `${resident() - before} KB`);
  });
});

describe('the Socket.IO door', () => {
  let roster;
  let ann;
  before(async () => {
    roster = await start({ env: quick });
    ann = await register(roster);
    await roster.patch('/api/v1/users/me', { display_name: 'A'.repeat(90), bio: 'long '.repeat(90).trim() }, { token: ann.token, status: 200 });
  });
  after(() => roster?.stop());

  async function connect(url, options) {
    const socket = io(url, { forceNew: true, reconnection: false, auth: { token: ann.token }, ...options });
    await once(socket, 'connect');
    const { engine } = socket.io;
    if (engine.transport.name !== 'websocket') await new Promise((resolve) => engine.once('upgrade', resolve));
    return { socket, ws: engine.transport.ws };
  }

  test('compresses, from the start or after polling', async () => {
    for (const transports of [['websocket'], ['polling', 'websocket']]) {
      const { socket, ws } = await connect(roster.url, { transports });
      assert.equal(ws.extensions, 'permessage-deflate');
      const from = wire(ws);
      const { data } = await socket.timeout(5000).emitWithAck('userMe', {});
      assert.equal(data.displayName, 'A'.repeat(90));
      const length = JSON.stringify(data).length;
      assert.ok(length > 1024 && wire(ws) - from < 0.8 * length, `${length}: ${wire(ws) - from}`);
      socket.disconnect();
    }
  });

  test('a client that does not want it gets it plain', async () => {
    const { socket, ws } = await connect(roster.url, { transports: ['websocket'], perMessageDeflate: false });
    assert.equal(ws.extensions, '');
    assert.equal((await socket.timeout(5000).emitWithAck('userMe', {})).data.id, ann.id);
    socket.disconnect();
  });

  test('what is too long once it is inflated ends the connection', async () => {
    const { socket, ws } = await connect(roster.url, { transports: ['websocket'] });
    const code = closed(ws);
    socket.emit('userMe', { x: 'x'.repeat(2_000_000) });
    assert.equal(await code, 1009);
  });

  test('the setting turns it off', async () => {
    const other = await start({ env: { ...quick, ROSTER_REALTIME_COMPRESS: 'false' } });
    try {
      const bob = await register(other);
      const { socket, ws } = await connect(other.url, { transports: ['websocket'], auth: { token: bob.token } });
      assert.equal(ws.extensions, '');
      socket.disconnect();
    } finally {
      await other.stop();
    }
  });
});
