// Cookie mode: a page in a browser has its tokens as cookies that no script sees, and proves what it writes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, start, cheap } from './lib.mjs';

// What a browser keeps of Set-Cookie, as far as names and values go.
class Browser {
  jar = new Map();
  said = new Map(); // attributes of each, as they were set last

  constructor(roster) {
    this.roster = roster;
  }

  async request(method, path, { csrf, mode, headers, ...options } = {}) {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.roster.request(method, path, {
      ...options,
      headers: { ...(cookie && { cookie }), ...(mode && { 'x-auth-mode': mode }), ...(csrf && { 'x-csrf-token': csrf }), ...headers },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line);
      this.said.set(name, rest);
      if (/Max-Age=0/.test(rest)) this.jar.delete(name);
      else this.jar.set(name, value);
      if (value) this.roster.secrets.add(value);
    }
    return answer;
  }

  async login(person, options) {
    const { body } = await this.request('POST', '/api/v1/auth/login', { json: { identifier: person.email, password }, mode: 'cookie', status: 200, ...options });
    this.csrf = body.data.csrf_token;
    return body.data;
  }

  refresh(options) {
    return this.request('POST', '/api/v1/auth/refresh', { mode: 'cookie', csrf: this.csrf, ...options });
  }

  me(options) {
    return this.request('GET', '/api/v1/users/me', options);
  }

  write(options) {
    return this.request('PATCH', '/api/v1/users/me', { json: { bio: 'hello' }, ...options });
  }
}

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

async function loggedIn() {
  const browser = new Browser(roster);
  const person = await roster.register();
  await browser.login(person);
  return { browser, person };
}

describe('logging in', () => {
  test('gives cookies, and no token to scripts', async () => {
    const browser = new Browser(roster);
    const person = await roster.register();
    const data = await browser.login(person);
    for (const name of ['access_token', 'refresh_token', 'tokens', 'token_type', 'device_token']) assert.equal(data[name], undefined, name);
    assert.equal(data.user.id, person.user.id);
    assert.deepEqual([...browser.jar.keys()].sort(), ['roster_access', 'roster_csrf', 'roster_device', 'roster_refresh']);
    assert.equal(browser.jar.get('roster_csrf'), data.csrf_token);
    assert.match(browser.said.get('roster_access'), /^; Path=\/; Max-Age=900; HttpOnly; SameSite=Lax$/);
    assert.match(browser.said.get('roster_refresh'), /^; Path=\/; Max-Age=60\d{4}; HttpOnly; SameSite=Strict$/);
    assert.match(browser.said.get('roster_csrf'), /^; Path=\/; Max-Age=60\d{4}; SameSite=Strict$/);
    assert.equal((await browser.me({ status: 200 })).body.data.id, person.user.id);
  });

  test('registering does the same', async () => {
    const browser = new Browser(roster);
    const { body } = await browser.request('POST', '/api/v1/users', { mode: 'cookie', json: { email: `c${Date.now()}@example.org`, password }, status: 201 });
    assert.equal(body.data.access_token, undefined);
    assert.equal((await browser.me({ status: 200 })).body.data.id, body.data.user.id);
    await browser.write({ csrf: body.data.csrf_token, status: 200 });
  });

  test('without the header, or with another word in it, tokens come as ever and no cookie does', async () => {
    const person = await roster.register();
    for (const mode of [undefined, 'token', '', 'Cookie, cookie']) {
      const { body, headers } = await new Browser(roster).request('POST', '/api/v1/auth/login', { mode, json: { identifier: person.email, password }, status: 200 });
      assert.ok(body.data.access_token && body.data.refresh_token);
      assert.deepEqual([body.data.csrf_token, headers.getSetCookie()], [undefined, []]);
    }
  });

  test('older clients are answered as ever', async () => {
    const person = await roster.register();
    const { body, headers } = await roster.post('/api/auth/login', { emailOrUsername: person.email, password }, { status: 200, headers: { 'x-auth-mode': 'cookie' } });
    assert.ok(body.tokens.accessToken);
    assert.deepEqual(headers.getSetCookie(), []);
  });

  test('again, while the cookies of an earlier log-in are there, needs nothing more', async () => {
    const { browser } = await loggedIn();
    const bob = await roster.register();
    assert.equal((await browser.login(bob)).user.id, bob.user.id);
    assert.equal((await browser.me({ status: 200 })).body.data.id, bob.user.id);
  });

  test('a wrong password sets nothing', async () => {
    const person = await roster.register();
    const { headers } = await new Browser(roster).request('POST', '/api/v1/auth/login', { mode: 'cookie', json: { identifier: person.email, password: 'certainly wrong' }, status: 401 });
    assert.deepEqual(headers.getSetCookie(), []);
  });
});

describe('writing', () => {
  test('needs the token of this session', async () => {
    const { browser } = await loggedIn();
    const { browser: other } = await loggedIn();
    for (const csrf of [undefined, '', 'x', other.csrf, browser.csrf.slice(0, -1), `${browser.csrf}x`]) {
      const { body } = await browser.write({ csrf, status: 403 });
      assert.equal(body.error, 'csrf_failed');
    }
    await browser.write({ csrf: browser.csrf, status: 200 });
  });

  test('the token stays the same when the session is refreshed', async () => {
    const { browser } = await loggedIn();
    const { body } = await browser.refresh({ status: 200 });
    assert.equal(body.data.csrf_token, browser.csrf);
    await browser.write({ csrf: browser.csrf, status: 200 });
  });

  test('advisory_csrf_get: nor does a link that another site leads to, where reading is written down', async () => {
    const { browser } = await loggedIn();
    const get = (options) => browser.request('GET', '/api/v1/users/me/export', options);
    assert.equal((await get({ status: 403 })).body.error, 'csrf_failed');
    await get({ csrf: browser.csrf, status: 200 });
  });

  test('advisory_csrf_form: what a form of another site can send changes nothing', async () => {
    const { browser } = await loggedIn();
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])
      await browser.request('PATCH', '/api/v1/users/me', { body: 'bio=stolen', headers: { 'content-type': type, origin: 'https://evil.example' }, status: 403 });
    assert.equal((await browser.me({ status: 200 })).body.data.bio, null);
  });

  test('advisory_login_csrf: a form of another site logs nobody in as somebody else', async () => {
    const mallory = await roster.register();
    const { headers } = await new Browser(roster).request('POST', '/api/v1/auth/login', {
      body: new URLSearchParams({ identifier: mallory.email, password }),
      headers: { origin: 'https://evil.example' },
    });
    assert.deepEqual(headers.getSetCookie(), []);
  });
});

describe('refreshing', () => {
  test('takes the cookie, and gives new ones', async () => {
    const { browser } = await loggedIn();
    const before = new Map(browser.jar);
    const { body } = await browser.refresh({ status: 200 });
    assert.equal(body.data.refresh_token, undefined);
    assert.notEqual(browser.jar.get('roster_refresh'), before.get('roster_refresh'));
    await browser.me({ status: 200 });
  });

  test('works when the access cookie has gone, as it does after 15 minutes', async () => {
    const { browser } = await loggedIn();
    browser.jar.delete('roster_access');
    await browser.me({ status: 401 });
    await browser.refresh({ status: 200 });
    await browser.me({ status: 200 });
  });

  test('needs the token against forged writes, and the header', async () => {
    const { browser } = await loggedIn();
    assert.equal((await browser.refresh({ csrf: undefined, status: 403 })).body.error, 'csrf_failed');
    assert.deepEqual((await browser.refresh({ mode: undefined, status: 422 })).body.details, { refresh_token: ['is required'] });
    await browser.refresh({ status: 200 });
  });

  test('a client with tokens may go over to cookies', async () => {
    const person = await roster.register();
    const browser = new Browser(roster);
    const { body } = await browser.refresh({ json: { refresh_token: person.refresh_token }, status: 200 });
    assert.equal(body.data.access_token, undefined);
    await browser.me({ status: 200 });
  });

  test('two tabs at once both go on', async () => {
    const { browser } = await loggedIn();
    const other = new Browser(roster);
    other.jar = new Map(browser.jar);
    const answers = await Promise.all([browser.refresh({ csrf: browser.csrf }), other.refresh({ csrf: browser.csrf })]);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
    await browser.me({ status: 200 });
    await other.me({ status: 200 });
  });
});

describe('ending', () => {
  const ways = {
    'logging out': ['POST', '/api/v1/auth/logout'],
    'logging out everywhere': ['POST', '/api/v1/auth/logout-all'],
  };
  for (const [name, [method, path]] of Object.entries(ways))
    test(`${name} takes the cookies away, and they are worth nothing`, async () => {
      const { browser } = await loggedIn();
      const kept = new Map(browser.jar);
      await browser.request(method, path, { status: 403 });
      await browser.request(method, path, { csrf: browser.csrf, status: 200 });
      assert.deepEqual([...browser.jar.keys()], ['roster_device']);
      browser.jar = kept;
      await browser.me({ status: 401 });
      await browser.refresh({ status: [401, 403] });
    });

  test('deactivating the account makes the cookies worthless', async () => {
    const { browser } = await loggedIn();
    await browser.request('DELETE', '/api/v1/users/me', { status: 403 });
    await browser.request('DELETE', '/api/v1/users/me', { csrf: browser.csrf, status: 200 });
    await browser.me({ status: 401 });
    await browser.refresh({ status: [401, 403] });
  });

  test('ending another session leaves the cookies', async () => {
    const { browser, person } = await loggedIn();
    const { body } = await browser.request('GET', '/api/v1/auth/sessions', { status: 200 });
    const { id } = body.data.find(({ current }) => !current);
    const { headers } = await browser.request('DELETE', `/api/v1/auth/sessions/${id}`, { csrf: browser.csrf, status: 200 });
    assert.deepEqual(headers.getSetCookie(), []);
    await roster.me(person.access_token, { status: 401 });
    await browser.me({ status: 200 });
  });

  test('by token sets no cookie', async () => {
    const person = await roster.register();
    const { headers } = await roster.post('/api/v1/auth/logout', undefined, { token: person.access_token, status: 200 });
    assert.deepEqual(headers.getSetCookie(), []);
  });
});

describe('over https', () => {
  // As a proxy that ends TLS tells it, or as the public URL has it.
  const ways = {
    'that a trusted proxy ended': [{ ROSTER_TRUSTED_PROXIES: '127.0.0.1' }, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.7' }],
    'as the public URL has it': [{ ROSTER_PUBLIC_URL: 'https://id.example.org' }, {}],
  };
  for (const [name, [env, headers]] of Object.entries(ways))
    test(`advisory_cookie_tossing, ${name}: names that no neighbouring host can set, sent over https alone`, async () => {
      const server = await startWithAdmin({ env });
      try {
        const browser = new Browser(server);
        const person = await server.register();
        await browser.login(person, { headers });
        assert.deepEqual([...browser.jar.keys()].sort(), ['access', 'csrf', 'device', 'refresh'].map((n) => `__Host-roster_${n}`));
        for (const attributes of browser.said.values()) assert.match(attributes, /; Secure/);
        await browser.me({ headers, status: 200 });
        await browser.refresh({ headers, status: 200 });

        // What another host of the same domain may plant means nothing.
        const planted = new Browser(server);
        for (const [n, value] of browser.jar) planted.jar.set(n.replace('__Host-', ''), value);
        await planted.me({ headers, status: 401 });
        await planted.refresh({ headers, csrf: browser.csrf, status: 422 });
      } finally {
        await server.stop();
      }
    });
});

test('a device that logged in before is known by its cookie: failures of others do not lock it out', async () => {
  const server = await start({ env: { ...cheap, ROSTER_LOCKOUT_SLOW: '1ms', ROSTER_LOCKOUT_SLOWEST: '2ms', ROSTER_LOCKOUT_ATTEMPTS: '3' } });
  try {
    const person = await server.register();
    const browser = new Browser(server);
    await browser.login(person);
    for (let i = 0; i < 4; i++) await server.post('/api/v1/auth/login', { identifier: person.email, password: 'certainly wrong' }, { status: [401, 423] });
    await server.post('/api/v1/auth/login', { identifier: person.email, password }, { status: 423 });
    await browser.login(person);
  } finally {
    await server.stop();
  }
});
