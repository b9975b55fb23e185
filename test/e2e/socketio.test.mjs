// Socket.IO on roster-echo: the protocol by hand, and its own client over both transports.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { io } from 'socket.io-client';
import { closed, connectTimeout, dial as dialUrl, startEcho } from './echo.mjs';

let echo;
before(async () => {
  echo = await startEcho();
});
after(() => echo?.stop());

const dial = () => dialUrl(`${echo.url}/socket.io/?EIO=4&transport=websocket`);
async function open() {
  const socket = dial();
  await socket.next();
  return socket;
}
async function joined(nsp = '') {
  const socket = await open();
  socket.send(`40${nsp}`);
  await socket.next();
  await socket.next();
  return socket;
}
const bytes = (...list) => Uint8Array.from(list);

describe('joining', () => {
  for (const [what, sent, prefix, auth] of [
    ['the main namespace', '40', '40', '42["auth",{}]'],
    ['with a payload', '40{"token":"123"}', '40', '42["auth",{"token":"123"}]'],
    ['a namespace', '40/custom,', '40/custom,', '42/custom,["auth",{}]'],
    ['a namespace with a payload', '40/custom,{"token":"abc"}', '40/custom,', '42/custom,["auth",{"token":"abc"}]'],
    ['a namespace with a query', '40/custom?token=1,', '40/custom,', '42/custom,["auth",{}]'],
  ])
    test(what, async () => {
      const socket = await open();
      socket.send(sent);
      const text = await socket.next();
      assert.ok(text.startsWith(`${prefix}{`), text);
      assert.deepEqual(Object.keys(JSON.parse(text.slice(prefix.length))), ['sid']);
      assert.equal(await socket.next(), auth);
      socket.close();
    });

  test('advisory_realtime_before_joining: nothing large is read of who is nowhere yet', async () => {
    const large = JSON.stringify({ token: 'x'.repeat(17_000) });
    for (const text of [`40${large}`, `40/nowhere,${large}`, `42["message",${large}]`]) {
      const socket = await open();
      socket.send(text);
      await closed(socket);
    }
    const socket = await joined();
    socket.send(`42["message",${large}]`);
    assert.equal(await socket.next(), `42["message-back",${large}]`);
    socket.close();
  });

  test('a namespace that is not there', async () => {
    const socket = await open();
    socket.send('40/random');
    assert.equal(await socket.next(), '44/random,{"message":"Invalid namespace"}');
    socket.close();
  });

  test('what is no packet ends the connection, and so does silence', async () => {
    for (const text of ['4abc', '40[]', '40"x"', '42["message"]', '4', '44{}', `40/${'x'.repeat(100)},`]) {
      const socket = await open();
      socket.send(text);
      await closed(socket);
    }
    const from = Date.now();
    const silent = await open();
    silent.on('message', () => silent.send('3')); // it is there, but wants nothing
    await closed(silent);
    assert.ok(Math.abs(Date.now() - from - connectTimeout) < 300, `${Date.now() - from} ms`);
  });
});

describe('leaving', () => {
  test('the main namespace', async () => {
    const socket = await joined();
    socket.send('41');
    assert.equal(await socket.next(), '2');
    socket.close();
  });

  test('one namespace of two', async () => {
    const socket = await joined();
    socket.send('40/custom');
    await socket.next();
    await socket.next();
    socket.send('41/custom');
    socket.send('42["message","message to main namespace"]');
    assert.equal(await socket.next(), '42["message-back","message to main namespace"]');
    socket.close();
  });
});

describe('events', () => {
  test('of text', async () => {
    const socket = await joined();
    for (const rest of [',1,"2",{"3":[true]}', '', ',null', ',"é\\"]\\\\"', ',{"b":1,"a":[[],{}]}']) {
      socket.send(`42["message"${rest}]`);
      assert.equal(await socket.next(), `42["message-back"${rest}]`);
    }
    socket.send('42 [ "message" , 1 ]');
    assert.match(await socket.next(), /^42\["message-back", ?1 ?\]$/);
    socket.close();
  });

  test('of bytes', async () => {
    const socket = await joined();
    socket.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    socket.send(bytes(1, 2, 3));
    socket.send(bytes(4, 5, 6));
    assert.equal(await socket.next(), '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    assert.deepEqual([[...(await socket.next())], [...(await socket.next())]], [[1, 2, 3], [4, 5, 6]]);
    socket.close();
  });

  test('with an acknowledgement', async () => {
    const socket = await joined();
    socket.send('42456["message-with-ack",1,"2",{"3":[false]}]');
    assert.equal(await socket.next(), '43456[1,"2",{"3":[false]}]');
    socket.send('452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    socket.send(bytes(1, 2, 3));
    socket.send(bytes(4, 5, 6));
    assert.equal(await socket.next(), '462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    assert.deepEqual([[...(await socket.next())], [...(await socket.next())]], [[1, 2, 3], [4, 5, 6]]);
    socket.close();
  });

  test('advisory_realtime_packets: what is malformed ends the connection', async () => {
    const wrong = ['4abc', 'abc', '42{}', '42abc["message-with-ack",1]', '42[]', '42[1]', '42["connect"]', '42["disconnecting"]', '42["message"', '42["message"]x', '43["no number"]', '45["message"]', '45x-["message"]',
      '4599-["message"]', '451-["message",{"_placeholder":true,"num":1}]', '451-["message",{"_placeholder":true,"num":"0"}]', '451-["message",{"_placeholder":true,"num":-1}]', '42/custom,["message"]', '40', '41{}', '429007199254740993["message-with-ack"]',
      `42["message",${'['.repeat(100_000)}${']'.repeat(100_000)}]`];
    for (const text of wrong) {
      const socket = await joined();
      socket.send(text);
      await closed(socket);
    }
    const early = await joined();
    early.send(bytes(1));
    await closed(early);
    const parted = await joined();
    parted.send('451-["message",{"_placeholder":true,"num":0}]');
    parted.send('42["message"]');
    await closed(parted);
    const large = await joined();
    large.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    for (let i = 0; i < 2; i++) large.send(new Uint8Array(600_000));
    await closed(large);
  });
});

describe('its own client', () => {
  for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']])
    test(`by ${transports.join(', then ')}`, { timeout: 20_000 }, async () => {
      const socket = io(`${echo.url}/custom`, { transports, auth: { token: 'abc' }, forceNew: true, reconnectionDelay: 50 });
      const [auth] = await once(socket, 'auth');
      assert.deepEqual(auth, { token: 'abc' });
      socket.emit('message', 1, { two: ['3'] }, Buffer.from([1, 2]));
      const back = await once(socket, 'message-back');
      assert.deepEqual(back.slice(0, 2), [1, { two: ['3'] }]);
      assert.deepEqual([...back[2]], [1, 2]);
      assert.deepEqual(await socket.timeout(2000).emitWithAck('message-with-ack', { a: 1 }), { a: 1 });
      if (transports.length === 2) {
        while (socket.io.engine.transport.name !== 'websocket') await once(socket.io.engine, 'upgrade');
        assert.deepEqual(await socket.timeout(2000).emitWithAck('message-with-ack', 'after the upgrade'), 'after the upgrade');
      }
      const lots = await Promise.all(Array.from({ length: 200 }, (_, i) => socket.timeout(5000).emitWithAck('message-with-ack', i)));
      assert.deepEqual(lots, Array.from({ length: 200 }, (_, i) => i));
      const first = socket.id;
      socket.io.engine.close();
      await once(socket, 'connect');
      assert.notEqual(socket.id, first);
      socket.disconnect();
    });

  test('is told of a namespace that is not there', async () => {
    const socket = io(`${echo.url}/nowhere`, { forceNew: true, reconnection: false });
    const [error] = await once(socket, 'connect_error').catch((e) => [e]);
    assert.equal(error.message, 'Invalid namespace');
    socket.io.engine.close();
  });
});

test('the client for Python', { timeout: 30_000 }, async () => {
  const script = fileURLToPath(new URL('socketio_client.py', import.meta.url));
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [script, echo.url]);
  const wanted = { auth: { token: 'py' }, back: ['a', { b: 1 }, [1, 2]], ack: 'x', still: true };
  assert.deepEqual(JSON.parse(stdout), [wanted, wanted]);
});
