// roster-echo for tests of its protocols: started on a free port, with the flags of outside suites.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { WebSocket } from 'ws';
import { binary } from './lib.mjs';

export const interval = 300;
export const timeout = 3000; // a client on a busy machine answers late
export const connectTimeout = 1000;

// { url, stop(), pid }
export async function startEcho(more = {}) {
  const program = path.join(path.dirname(binary), 'roster-echo');
  const flags = { '--listen': '127.0.0.1:0', '--ping-interval': interval, '--ping-timeout': timeout, '--max-payload': 1_000_000, '--connect-timeout': connectTimeout, '--idle-ms': 5000, ...more };
  const echo = spawn(program, Object.entries(flags).flat().map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(echo.stdout, 'data');
  const url = `http://${String(line).match(/listening on (\S+)/)[1]}`;
  const stop = async () => {
    echo.kill();
    assert.deepEqual(await once(echo, 'exit'), [0, null], 'it ends well: no leak, no race');
  };
  return { url, stop, pid: echo.pid };
}

// A WebSocket whose messages wait in order: next(), which fails when it is closed and none is left.
export function dial(url, options) {
  const socket = new WebSocket(url.replace('http', 'ws'), options);
  const waiting = [];
  let wanted;
  socket.on('error', () => {});
  socket.on('message', (bytes, isBinary) => {
    waiting.push(isBinary ? bytes : String(bytes));
    wanted?.();
  });
  socket.on('close', () => wanted?.());
  socket.next = async () => {
    while (!waiting.length) {
      assert.notEqual(socket.readyState, WebSocket.CLOSED, 'the WebSocket was closed, and a message was waited for');
      await new Promise((resolve) => (wanted = resolve));
    }
    return waiting.shift();
  };
  return socket;
}
export const closed = (socket) => new Promise((resolve) => socket.on('close', (code) => resolve(code)));
