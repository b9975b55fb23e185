// HTTP itself, as the running program speaks it: methods, headers, CORS, compression, sockets, proxies.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, password, start, startWithAdmin, unique } from './lib.mjs';
import { exchange } from './raw.mjs';

const origin = 'https://app.example.org';
let roster;
let ann;
let socketFolder;
let socketPath;
before(async () => {
  socketFolder = await mkdtemp(path.join(tmpdir(), 'roster-e2e-socket-'));
  socketPath = path.join(socketFolder, 'roster.sock');
  roster = await startWithAdmin({ env: { CORS_ORIGIN: `${origin}, http://localhost:5173`, ROSTER_LISTEN: `127.0.0.1:0,unix:${socketPath}` } });
  ann = await roster.register();
});
after(async () => {
  await roster?.stop();
  await rm(socketFolder, { recursive: true, force: true });
});

const raw = (method, target, options) => roster.request(method, target, { undocumented: true, ...options });

describe('methods', () => {
  test('HEAD is GET without the body', async () => {
    const get = await roster.me(ann.access_token, { status: 200, headers: { 'accept-encoding': 'identity' } });
    const head = await raw('HEAD', '/api/v1/users/me', { token: ann.access_token, status: 200, headers: { 'accept-encoding': 'identity' } });
    assert.equal(head.text, '');
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control']) assert.equal(head.headers.get(name), get.headers.get(name), name);
  });

  test('OPTIONS lists what there is', async () => {
    const { headers } = await raw('OPTIONS', '/api/v1/users/me', { status: 204 });
    assert.deepEqual(headers.get('allow').split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT']);
  });

  test('a method that is not served is 405 with Allow', async () => {
    for (const [method, target] of [['DELETE', '/api/v1/auth/login'], ['GET', '/api/v1/auth/login'], ['POST', '/health'], ['PUT', '/oauth/token']]) {
      const { headers, body } = await raw(method, target, { status: 405 });
      assert.match(headers.get('allow'), /[A-Z]+, /);
      assert.equal(body.error, 'method_not_allowed');
    }
  });

  test('an address that is not there is 404 as JSON', async () => {
    for (const target of ['/nowhere', '/api/v1/nowhere', '/api/v1/users/me/nowhere', '/api/v1//users/me', '/.git/config', '/api/v1/users/..%2f..%2fetc']) {
      const { body } = await raw('GET', target, { status: target.includes('%2f') ? [400, 404] : 404 });
      assert.equal(body.success, false);
    }
  });
});

describe('bodies', () => {
  const send = (body, type, status, headers) => roster.request('POST', '/api/v1/users', { body, headers: { 'content-type': type, ...headers }, status });

  test('of another type are 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/json-seq', 'image/png']) await send('{}', type, 415);
  });

  test('that are compressed are 415', async () => {
    await send('{}', 'application/json', 415, { 'content-encoding': 'gzip' });
  });

  test('larger than 1 MiB are 413, the largest are read', async () => {
    await send(JSON.stringify({ email: 'x'.repeat(1 << 20) }), 'application/json', 413);
    await send(JSON.stringify({ email: 'x'.repeat((1 << 20) - 100) }), 'application/json', 422);
  });

  test('that are chunked are read', async () => {
    const text = JSON.stringify({ email: `${unique()}@example.org`, password });
    const body = new ReadableStream({
      start(out) {
        for (const part of text.match(/.{1,10}/g)) out.enqueue(new TextEncoder().encode(part));
        out.close();
      },
    });
    const answer = await fetch(`${roster.url}/api/v1/users`, { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } });
    assert.equal(answer.status, 201);
  });

  test('by multipart are read, and a file in one that the operation has no use for is passed over', async () => {
    const form = new FormData();
    form.set('email', `${unique()}@example.org`);
    form.set('password', password);
    form.set('letter', new Blob([new Uint8Array(5000)]), 'me.pdf');
    await roster.request('POST', '/api/v1/users', { body: form, status: 201 });
  });
});

describe('headers', () => {
  test('of security stand on every answer', async () => {
    for (const [method, target] of [['GET', '/health'], ['GET', '/api/v1/users/me'], ['GET', '/nowhere'], ['GET', '/openapi.json'], ['GET', '/metrics'], ['POST', '/api/v1/auth/login'], ['OPTIONS', '/health'], ['GET', '/swagger/'], ['GET', '/']]) {
      const { headers } = await raw(method, target);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', `${method} ${target}`);
      assert.equal(headers.get('x-frame-options'), 'DENY', `${method} ${target}`);
      assert.ok(headers.get('referrer-policy'), `${method} ${target}`);
      assert.match(headers.get('content-security-policy') ?? '', /default-src/, `${method} ${target}`);
      assert.equal(headers.get('server'), null);
    }
  });

  test('a correlation id is taken over when it is plain, and made when it is not', async () => {
    const taken = await roster.get('/api/v1/users/me', { headers: { 'x-correlation-id': 'abc-123_x.y:z' }, status: 401 });
    assert.equal(taken.headers.get('x-correlation-id'), 'abc-123_x.y:z');
    assert.equal(taken.body.correlation_id, 'abc-123_x.y:z');
    for (const bad of ['a b', '{"x":1}', 'x'.repeat(129), '']) {
      const made = await roster.get('/health', { headers: { 'x-correlation-id': bad } });
      assert.match(made.headers.get('x-correlation-id'), /^[0-9a-f-]{36}$/);
    }
  });

  test('the trace id of a traceparent stands in the log', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    await roster.get('/health', { headers: { traceparent: `00-${trace}-b7ad6b7169203331-01`, 'x-correlation-id': 'traced' } });
    await roster.get('/health', { headers: { traceparent: 'nonsense', 'x-correlation-id': 'untraced' } });
    const line = (id) => eventually(() => roster.logged().find((l) => l.correlation_id === id), Boolean);
    assert.equal((await line('traced')).trace_id, trace);
    assert.ok(!(await line('untraced')).trace_id);
  });

  test('an answer is compressed where it pays and is not secret', async () => {
    const get = (target, headers) =>
      new Promise((done, fail) => http.get(`${roster.url}${target}`, { headers }, (answer) => (answer.resume(), done(answer.headers))).on('error', fail));
    const big = await get('/openapi.json', { 'accept-encoding': 'gzip' });
    assert.equal(big['content-encoding'], 'gzip');
    assert.match(big.vary, /accept-encoding/i);
    assert.equal((await get('/openapi.json', { 'accept-encoding': 'gzip;q=0' }))['content-encoding'], undefined);
    assert.equal((await get('/health/ping', { 'accept-encoding': 'gzip' }))['content-encoding'], undefined);
    const login = await fetch(`${roster.url}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ identifier: ann.email, password }) });
    assert.equal(login.headers.get('content-encoding'), null, 'a compressed secret can be guessed by its length');
  });
});

describe('CORS', () => {
  test('lets the listed origins in, with credentials', async () => {
    const { headers } = await roster.get('/health', { headers: { origin } });
    assert.equal(headers.get('access-control-allow-origin'), origin);
    assert.equal(headers.get('access-control-allow-credentials'), 'true');
    assert.match(headers.get('vary'), /Origin/i);
    assert.match(headers.get('access-control-expose-headers'), /ETag/);
  });

  test('answers a preflight', async () => {
    const { headers } = await raw('OPTIONS', '/api/v1/users/me', { status: 204, headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization,content-type' } });
    assert.match(headers.get('access-control-allow-methods'), /PATCH/);
    assert.match(headers.get('access-control-allow-headers'), /Authorization/i);
  });

  test('says nothing to another origin, though it is alike', async () => {
    for (const other of ['https://evil.example', `${origin}.evil.example`, 'http://app.example.org', 'null', `${origin}:8443`]) {
      const { headers } = await roster.get('/health', { headers: { origin: other } });
      assert.equal(headers.get('access-control-allow-origin'), null, other);
    }
    const { headers } = await raw('OPTIONS', '/api/v1/users/me', { headers: { origin: 'https://evil.example', 'access-control-request-method': 'PATCH' } });
    assert.equal(headers.get('access-control-allow-methods'), null);
  });

  test('headers stand on errors too', async () => {
    const { headers } = await roster.get('/api/v1/users/me', { headers: { origin }, status: 401 });
    assert.equal(headers.get('access-control-allow-origin'), origin);
  });
});

describe('who the client is', () => {
  const ipOf = async (server, headers) => {
    const person = await server.register({}, { headers });
    const { body } = await server.get('/api/v1/auth/sessions', { token: person.access_token, status: 200 });
    return body.data[0].ip;
  };

  test('X-Forwarded-For of a stranger does not count', async () => {
    assert.equal(await ipOf(roster, { 'x-forwarded-for': '203.0.113.7' }), '127.0.0.1');
  });

  test('X-Forwarded-For of a trusted proxy does, from the right', async () => {
    const behind = await start({ env: { ROSTER_TRUSTED_PROXIES: '127.0.0.1' } });
    try {
      assert.equal(await ipOf(behind, { 'x-forwarded-for': '198.51.100.9, 203.0.113.7' }), '203.0.113.7');
      assert.equal(await ipOf(behind, { 'x-forwarded-for': '2001:db8::7' }), '2001:db8::7');
      assert.equal(await ipOf(behind, {}), '127.0.0.1');
      const secure = await behind.get('/health', { headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' } });
      assert.match(secure.headers.get('strict-transport-security') ?? '', /max-age/);
    } finally {
      await behind.stop();
    }
  });

  test('advisory_ip_block: wrong passwords from all over an IPv6 block are counted as those of one client', async () => {
    const behind = await start({ env: { ROSTER_TRUSTED_PROXIES: '127.0.0.1' } });
    try {
      const { email } = await behind.register();
      for (const ip of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1', '203.0.113.7', '203.0.113.8', '::ffff:203.0.113.8'])
        await behind.post('/api/v1/auth/login', { identifier: email, password: 'not the password' }, { headers: { 'x-forwarded-for': ip }, status: 401 });
      const rows = await behind.sql('SELECT address, count FROM login_failure ORDER BY address');
      assert.deepEqual(
        rows.map((row) => [row.address, Number(row.count)]),
        [['2001:db8:1:2::/64', 2], ['2001:db8:1:3::/64', 1], ['203.0.113.7', 1], ['203.0.113.8', 2]],
      );
    } finally {
      await behind.stop();
    }
  });

  test('HSTS is not said over plain HTTP', async () => {
    const { headers } = await roster.get('/health', { headers: { 'x-forwarded-proto': 'https' } });
    assert.equal(headers.get('strict-transport-security'), null);
  });
});

test('it is served on a unix socket as well', async () => {
  const listens = roster.options.env.ROSTER_LISTEN;
  const server = await start({ args: ['--listen', listens.replace(socketPath, `${socketPath}.2`)] });
  try {
    const text = await new Promise((done, fail) =>
      http.get({ socketPath: `${socketPath}.2`, path: '/health/ping' }, (answer) => {
        let all = '';
        answer.setEncoding('utf8').on('data', (part) => (all += part)).on('end', () => done(all));
      }).on('error', fail),
    );
    assert.equal(JSON.parse(text).message, 'pong');
  } finally {
    await server.stop();
  }
});

describe('advisory_open_redirect', () => {
  const pages = ['/', '/docs', '/docs/', '/swagger/', '/redoc/', '/setup', '/verify-email', '/confirm-email', '/reset-password', '/invitation', '/openapi.json'];
  const elsewhere = ['https://evil.example/', '//evil.example', '/\\\\evil.example', 'javascript:alert(1)'];

  test('no page leads anywhere else, whatever is asked of it', async () => {
    for (const page of pages)
      for (const name of ['next', 'redirect', 'redirect_uri', 'redirect_url', 'return_to', 'returnTo', 'url', 'continue', 'back', 'callback'])
        for (const to of elsewhere) {
          const query = `?${name}=${encodeURIComponent(to)}&${name}=${encodeURIComponent(to)}`; // twice: two readers may take two of them
          const { headers, text } = await roster.get(page + query, { undocumented: true });
          assert.ok([null, '/swagger/'].includes(headers.get('location')), `${page}: ${headers.get('location')}`);
          assert.equal(headers.get('refresh'), null);
          assert.ok(!text.includes('evil.example') && !text.includes('alert(1)'), page);
        }
  });

  test('nor does an address that looks like a host, or a header that names one', async () => {
    for (const target of ['//evil.example/docs', '//evil.example/%2e%2e', '/docs//evil.example', '/.//evil.example', '/docs/..//evil.example', 'http://evil.example/docs', '/docs;@evil.example']) {
      const bytes = `GET ${target} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Prefix: //evil.example\r\nConnection: close\r\n\r\n`;
      const { answers } = await exchange(roster, [bytes]);
      assert.ok([undefined, '/swagger/'].includes(answers[0].headers.get('location')), `${target}: ${answers[0].headers.get('location')}`);
    }
  });
});

test('advisory_xss: what a request says is never part of a page', async () => {
  const evil = '<script>alert(1)</script>';
  const escaped = encodeURIComponent(evil);
  for (const target of [`/${escaped}`, `/verify-email?token=${escaped}`, `/invitation?x=${escaped}`, `/swagger/?url=${escaped}`, `/api/v1/users/${escaped}`, `/api/v1/users/search?q=${escaped}`, `/uploads/${escaped}`, `/health?x=${escaped}`]) {
    const { headers, text } = await roster.get(target, { headers: { accept: 'text/html', 'user-agent': evil, 'x-correlation-id': evil, referer: evil }, undocumented: true });
    assert.equal(headers.get('x-content-type-options'), 'nosniff', target);
    if (/html/.test(headers.get('content-type'))) assert.ok(!text.includes('alert(1)'), target);
    for (const value of headers.values()) assert.ok(!value.includes('<script'), target);
  }
});
