// Engine.IO on roster-echo, which sends back every message: the protocol by hand, request by request and frame by frame.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closed, dial as dialUrl, interval, startEcho, timeout } from './echo.mjs';

let echo;
let http;
before(async () => {
  echo = await startEcho();
  http = `${echo.url}/engine.io/`;
});
after(() => echo?.stop());

const polling = '?EIO=4&transport=polling';
const get = (sid) => fetch(`${http}${polling}&sid=${sid}`);
const post = (sid, body) => fetch(`${http}${polling}&sid=${sid}`, { method: 'POST', body });
async function open() {
  const text = await (await fetch(http + polling)).text();
  return JSON.parse(text.slice(1)).sid;
}
const dial = (query) => dialUrl(http + query);
async function dialOpen() {
  const socket = dial('?EIO=4&transport=websocket');
  await socket.next();
  return socket;
}
// The next message, with pings answered that come before it.
async function heard(socket) {
  for (;;) {
    const text = await socket.next();
    if (text !== '2') return text;
    socket.send('3');
  }
}
async function upgraded() {
  const sid = await open();
  const socket = dial(`?EIO=4&transport=websocket&sid=${sid}`);
  await once(socket, 'open');
  socket.send('2probe');
  assert.equal(await socket.next(), '3probe');
  socket.send('5');
  socket.send('4there'); // the answer says that it took the upgrade
  assert.equal(await heard(socket), '4there');
  return { sid, socket };
}

describe('handshake', () => {
  test('by polling', async () => {
    const answer = await fetch(http + polling);
    assert.equal(answer.status, 200);
    const text = await answer.text();
    assert.equal(text[0], '0');
    const value = JSON.parse(text.slice(1));
    assert.deepEqual({ ...value, sid: value.sid.length }, { sid: 20, upgrades: ['websocket'], pingInterval: interval, pingTimeout: timeout, maxPayload: 1_000_000 });
  });

  test('by WebSocket', async () => {
    const socket = dial('?EIO=4&transport=websocket');
    const text = await socket.next();
    assert.deepEqual(JSON.parse(text.slice(1)).upgrades, []);
    socket.close();
  });

  test('what is wrong with it is told', async () => {
    const wrong = [['GET', '?transport=polling', 5], ['GET', '?EIO=abc&transport=polling', 5], ['GET', '?EIO=4', 0], ['GET', '?EIO=4&transport=abc', 0], ['POST', polling, 2], ['PUT', polling, 2], ['GET', `${polling}&sid=unknown`, 1]];
    for (const [method, query, code] of wrong) {
      const answer = await fetch(http + query, { method });
      assert.deepEqual([answer.status, (await answer.json()).code], [400, code], `${method} ${query}`);
    }
    for (const query of ['?transport=websocket', '?EIO=abc&transport=websocket', '?EIO=4', '?EIO=4&transport=abc', '?EIO=4&transport=websocket&sid=unknown'])
      await closed(dial(query));
  });
});

describe('messages', () => {
  test('by polling, one and several, text and bytes', async () => {
    const sid = await open();
    for (const body of ['4hello', '4test1\x1e4test2\x1e4test3', '4hello\x1ebAQIDBA==', '4', `4${'é'.repeat(1000)}`]) {
      const sent = await post(sid, body);
      assert.deepEqual([sent.status, await sent.text()], [200, 'ok']);
      const got = await get(sid);
      assert.deepEqual([got.status, await got.text()], [200, body]);
    }
  });

  test('a poll that waits is answered when something comes', async () => {
    const sid = await open();
    const waits = get(sid);
    await sleep(20);
    await post(sid, '4late');
    assert.equal(await (await waits).text(), '4late');
  });

  test('by WebSocket, text and bytes', async () => {
    const socket = await dialOpen();
    socket.send('4hello');
    assert.equal(await heard(socket), '4hello');
    socket.send(Uint8Array.from([1, 2, 3, 4]));
    assert.deepEqual([...(await socket.next())], [1, 2, 3, 4]);
    socket.close();
  });

  test('what is no packet ends the session', async () => {
    for (const body of ['abc', '', '9', '4a\x1eabc', 'b***', '2', '0', '6']) {
      const sid = await open();
      assert.equal((await post(sid, body)).status, 400, body);
      assert.equal((await get(sid)).status, 400, body);
    }
    const socket = await dialOpen();
    socket.send('abc');
    await once(socket, 'close');
  });

  test('two polls at once end the session', async () => {
    const sid = await open();
    const [first, second] = await Promise.all([get(sid), sleep(5).then(() => get(sid))]);
    assert.deepEqual([first.status, await first.text(), second.status], [200, '1', 400]);
    assert.equal((await get(sid)).status, 400);
  });

  test('advisory_realtime_payload: more than maxPayload ends the session', async () => {
    const sid = await open();
    assert.equal((await post(sid, `4${'x'.repeat(1_000_000)}`)).status, 413);
    assert.equal((await get(sid)).status, 400);
    const socket = await dialOpen();
    socket.send(`4${'x'.repeat(1_000_000)}`);
    assert.equal((await once(socket, 'close'))[0], 1009);
  });
});

describe('heartbeat', () => {
  test('by polling', async () => {
    const sid = await open();
    for (let i = 0; i < 3; i++) {
      assert.equal(await (await get(sid)).text(), '2');
      assert.equal((await post(sid, '3')).status, 200);
    }
  });

  test('by WebSocket', async () => {
    const socket = await dialOpen();
    for (let i = 0; i < 3; i++) {
      assert.equal(await socket.next(), '2');
      socket.send('3');
    }
    socket.close();
  });

  test('without a pong the session ends in time', async () => {
    const sid = await open();
    await sleep(interval + timeout);
    assert.equal((await get(sid)).status, 400);
    const socket = await dialOpen();
    const from = Date.now();
    await once(socket, 'close');
    assert.ok(Math.abs(Date.now() - from - interval - timeout) < 500, `${Date.now() - from} ms`);
  });
});

describe('the end', () => {
  test('by polling: the poll that waits is answered', async () => {
    const sid = await open();
    const [answer] = await Promise.all([get(sid), sleep(interval / 2).then(() => post(sid, '1'))]);
    assert.deepEqual([answer.status, await answer.text()], [200, '6']);
    assert.equal((await get(sid)).status, 400);
  });

  test('by WebSocket', async () => {
    const socket = await dialOpen();
    socket.send('1');
    await once(socket, 'close');
  });
});

describe('upgrade', () => {
  test('from polling to WebSocket, without a loss', async () => {
    const { socket } = await upgraded();
    socket.send('4hello');
    assert.equal(await heard(socket), '4hello');
    socket.close();
  });

  test('a poll that waits is let go, and what waits comes by WebSocket', async () => {
    const sid = await open();
    const socket = dial(`?EIO=4&transport=websocket&sid=${sid}`);
    await once(socket, 'open');
    const waits = get(sid);
    await sleep(interval / 3);
    socket.send('2probe');
    assert.equal(await socket.next(), '3probe');
    assert.equal(await (await waits).text(), '6');
    assert.equal(await (await get(sid)).text(), '6', 'and so is one that comes now');
    await post(sid, '4kept');
    socket.send('5');
    assert.equal(await socket.next(), '4kept');
    socket.close();
  });

  test('after it neither requests nor another WebSocket have the session', async () => {
    const { sid, socket } = await upgraded();
    assert.equal((await get(sid)).status, 400);
    assert.equal((await post(sid, '4x')).status, 400);
    await closed(dial(`?EIO=4&transport=websocket&sid=${sid}`));
    socket.send('4hello');
    assert.equal(await heard(socket), '4hello');
    socket.close();
  });

  test('one that fails leaves the session by polling', async () => {
    const sid = await open();
    const socket = dial(`?EIO=4&transport=websocket&sid=${sid}`);
    await once(socket, 'open');
    socket.send('4not a probe');
    await once(socket, 'close');
    await post(sid, '4hello');
    assert.equal(await (await get(sid)).text(), '4hello');
    const again = dial(`?EIO=4&transport=websocket&sid=${sid}`);
    await once(again, 'open');
    again.send('2probe');
    assert.equal(await again.next(), '3probe');
    again.close();
  });
});

test('many sessions at once', { timeout: 60_000 }, async () => {
  const some = Array.from({ length: 100 }, async (_, i) => {
    const { socket } = await upgraded();
    for (let k = 0; k < 20; k++) {
      socket.send(`4${i} ${k}`);
      assert.equal(await heard(socket), `4${i} ${k}`);
    }
    socket.close();
  });
  await Promise.all(some);
});
