// What @socket.io/redis-emitter publishes is what src/realtime/sio_adapter_test.c holds: another version of it that writes other
// bytes is noticed here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Emitter } from '@socket.io/redis-emitter';

const source = readFileSync(new URL('../../src/realtime/sio_adapter_test.c', import.meta.url), 'utf8');
const known = source.replace(/"\s+"/g, '');
const count = (n, fn) => Array.from({ length: n }, (_, i) => fn(i));

test('the bytes of the unit tests are those of the emitter', () => {
  const published = [];
  const emitter = new Emitter({ publish: (channel, bytes) => published.push([channel, bytes]) });
  emitter.emit('hello');
  emitter.emit('hello', 1, 'two', [3, { four: null }], true, false, undefined);
  emitter.to('room1').emit('news', { Umlaut: 'äöü€😀', empty: '', list: [] });
  emitter.to(['a', 'b']).except('c').volatile.compress(true).emit('x', 'y');
  emitter.to(42).emit('n', -1, -33, -129, -32769, -2147483649, 127, 128, 256, 65536, 2 ** 32, Number.MAX_SAFE_INTEGER, 1e19, 0.5, -1.25e300);
  emitter.emit('when', new Date(1767225600000), new Date(1767225600123), new Date(-1));
  emitter.emit('long', 'x'.repeat(40), 'y'.repeat(300), count(20, (i) => i), Object.fromEntries(count(20, (i) => [`k${i}`, i])));
  for (const [, bytes] of published) assert.ok(known.includes(bytes.toString('hex')), bytes.toString('hex'));
  assert.deepEqual(published.map(([channel]) => channel), ['socket.io#/#', 'socket.io#/#', 'socket.io#/#room1#', 'socket.io#/#', 'socket.io#/#42#', 'socket.io#/#', 'socket.io#/#']);

  emitter.of('/admin').emit('bytes', Buffer.from([1, 2, 3]), { inner: [Buffer.alloc(300, 7), new Uint8Array([9])] });
  const [channel, bytes] = published.pop();
  assert.equal(channel, 'socket.io#/admin#');
  assert.ok(known.includes(bytes.toString('hex').replace('07'.repeat(300), '%s')));
});

test('and so are its requests', () => {
  const published = [];
  const emitter = new Emitter({ publish: (channel, text) => published.push([channel, text]) });
  emitter.socketsJoin('r1');
  emitter.in('r0').except(['z']).socketsJoin(['r1', 'r2']);
  emitter.of('x').to(7).socketsLeave(8);
  emitter.disconnectSockets();
  emitter.to('bad').disconnectSockets(true);
  emitter.serverSideEmit('ping', 1, { a: 'b' });
  for (const [, text] of published) assert.ok(known.includes(JSON.stringify(text)), text);
  assert.deepEqual([...new Set(published.map(([channel]) => channel))], ['socket.io-request#/#', 'socket.io-request#/x#']);
});
