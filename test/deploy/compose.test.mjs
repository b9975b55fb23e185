// compose.yaml, brought up: two nodes behind nginx, over PostgreSQL, Redis and RabbitMQ. The images of those come from
// stand-in/, as no hub is asked; Roster's is that of deploy/Dockerfile.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { png } from '../e2e/picture.mjs';
import { ask, docker, eventually, good, healthy, inDeploy, inspect, login, me, register, run, setUp, sleep } from './lib.mjs';

const url = 'http://127.0.0.1:8080';
const nodes = ['http://172.30.77.11:8080', 'http://172.30.77.12:8080'];
const project = 'roster-compose-test';
const container = (service) => `${project}_${service}_1`;
let folder, files, admin, ann;

const compose = (...args) => good('docker-compose', ['--project-name', project, ...files.flatMap((f) => ['--file', f]), ...args]);

before(async () => {
  folder = await mkdtemp('/tmp/roster-compose-');
  await cp(inDeploy('.'), path.join(folder, 'deploy'), { recursive: true, filter: (source) => !source.endsWith('/secret') });
  await good(path.join(folder, 'deploy', 'make-secrets'), []);
  // Tests come from one address, log in more often than a person may, and wait for nothing that they need not.
  const limits = { ROSTER_LIMIT_AUTH: '1000000', ROSTER_LIMIT_READ: '1000000', ROSTER_LIMIT_WRITE: '1000000' };
  const often = { interval: '1s' };
  const node = { environment: { ...limits, ROSTER_BREAKER_OPEN: '2s' }, healthcheck: often };
  const changes = { 'roster-1': node, 'roster-2': node, nginx: { healthcheck: often }, rabbitmq: { healthcheck: { interval: '5s' } } };
  await writeFile(path.join(folder, 'deploy', 'test.yaml'), JSON.stringify({ services: changes }));
  files = ['compose.yaml', 'test.yaml'].map((name) => path.join(folder, 'deploy', name));
  await compose('down', '--volumes', '--timeout', '5');
  await compose('up', '--detach', '--no-build');
});
after(async () => {
  await compose('down', '--volumes', '--timeout', '10');
  await rm(folder, { recursive: true, force: true });
});

const services = ['roster-1', 'roster-2', 'nginx', 'postgres', 'redis', 'rabbitmq'];

test('every container becomes healthy', async () => {
  for (const service of services) await healthy(container(service), 90_000);
});

test('the link of the first node makes the first administrator, through nginx', async () => {
  admin = await setUp(url, container('roster-1'));
  for (const node of nodes) await eventually(() => ask(node, 'GET', '/api/v1/users/me', { token: admin }), ({ status }) => status === 200);
});

test('who registers at one node is known to the other', async () => {
  ann = await register(url, 'ann@example.org');
  const token = await login(url, 'ann@example.org');
  for (const node of nodes) assert.equal((await me(node, token)).id, ann.user.id);
  for (let i = 0; i < 10; i++) assert.equal((await me(url, token)).id, ann.user.id);
});

test('both nodes serve: nginx asks one after the other', async () => {
  const before = await Promise.all(nodes.map(requests));
  for (let i = 0; i < 20; i++) await me(url, admin);
  const more = (await Promise.all(nodes.map(requests))).map((n, i) => n - before[i]);
  for (const n of more) assert.ok(n >= 5, `${more}`);
});

// The requests that a node has served, by its own count.
async function requests(node) {
  const { body } = await ask(node, 'GET', '/metrics', { token: admin, status: 200 });
  return [...body.toString().matchAll(/^roster_request_seconds_count\{[^}]*\} (\d+)/gm)].reduce((n, m) => n + Number(m[1]), 0);
}

const parts = async (node) => (await ask(node, 'GET', '/health/services', { token: admin, status: 200 })).body.services;

test('both lean on PostgreSQL, Redis and RabbitMQ', async () => {
  const brokers = [];
  for (const node of nodes) {
    const all = await eventually(() => parts(node), (p) => Object.values(p).every((part) => part.healthy), 60_000);
    for (const name of ['database', 'redis']) assert.equal(all[name].status, 'connected', name);
    brokers.push(all.rabbitmq.status);
  }
  assert.ok(brokers.includes('connected'), `one node at a time gives events to it: ${brokers}`);
});

test('what a node takes of PostgreSQL leaves room for others', async (t) => {
  const sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'roster' AND client_addr IS NOT NULL";
  const n = Number(await docker('exec', container('postgres'), 'psql', '-U', 'roster', '-Atc', sql));
  t.diagnostic(`two nodes hold ${n} connections`);
  assert.ok(n > 0 && n < 60);
});

test('the events of both went to RabbitMQ, also those of before it was there', async () => {
  const list = await docker('exec', container('rabbitmq'), 'rabbitmqctl', '--quiet', 'list_exchanges', 'name');
  assert.ok(list.split('\n').includes('user-service-exchange'), list);
  await eventually(() => parts(nodes[0]), ({ rabbitmq }) => rabbitmq.depth === 0);
});

describe('from outside', () => {
  test('a client has his own address, whatever he claims', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-forwarded-proto': 'https' };
    const json = { identifier: 'ann@example.org', password: 'lantern otter 8041 quartz' };
    const { body } = await ask(url, 'POST', '/api/v1/auth/login', { headers, json, status: 200 });
    const { body: list } = await ask(url, 'GET', '/api/v1/auth/sessions', { token: body.data.access_token, status: 200 });
    const addresses = new Set((list.data.items ?? list.data).map((s) => s.ip));
    assert.deepEqual([...addresses], ['172.30.77.1'], 'this host, as nginx sees it; neither nginx nor what was claimed');
  });

  test('the numbers of the inside are not shown', async () => {
    await ask(url, 'GET', '/metrics', { token: admin, status: 404 });
    await ask(url, 'GET', '/health/metrics', { token: admin, status: 404 });
    for (const node of nodes) assert.notEqual((await ask(node, 'GET', '/metrics')).status, 200, 'nor to who reaches a node itself');
  });

  test('only nginx is published, and the network of the data leads nowhere', async () => {
    for (const service of services) {
      const ports = await inspect(container(service), '.NetworkSettings.Ports');
      const published = Object.values(ports ?? {}).flat().filter(Boolean);
      assert.deepEqual(published, service === 'nginx' ? [{ HostIp: '127.0.0.1', HostPort: '8080' }] : [], service);
    }
    assert.equal(await inspect(`${project}_back`, '.Internal'), true);
  });

  test('a photo is let through, something larger is not', async () => {
    const put = (body) => ask(url, 'PUT', '/api/v1/users/me/avatar', { token: ann.access_token, headers: { 'content-type': 'image/png' }, body });
    const { status, body } = await put(Buffer.concat([png(64, 64), Buffer.alloc(5_000_000)]));
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((await put(Buffer.alloc(12 << 20))).status, 413);
    ann.photo = new URL(body.data.avatar_url, url).pathname;
    for (const node of nodes) await ask(node, 'GET', ann.photo, { status: 200 });
  });
});

test('a log-out at one node holds at the other', async () => {
  const token = await login(url, 'ann@example.org');
  for (const node of nodes) await me(node, token);
  await ask(nodes[0], 'POST', '/api/v1/auth/logout', { token, status: 200 });
  await sleep(300);
  for (const node of nodes) await ask(node, 'GET', '/api/v1/users/me', { token, status: 401 });
});

// Asks all the time, as several clients do, while something happens: the answers, counted by status.
async function during(happens) {
  const tally = {};
  let on = true, made = 0;
  const count = (status) => (tally[status] = (tally[status] ?? 0) + 1);
  const readers = Array.from({ length: 4 }, async () => {
    for (; on; await sleep(5)) count((await ask(url, 'GET', '/api/v1/users/me', { token: ann.access_token })).status);
  });
  const writer = (async () => {
    for (; on; await sleep(200)) {
      const json = { email: `p${made++}-${Date.now()}@example.org`, password: 'lantern otter 8041 quartz' };
      count((await ask(url, 'POST', '/api/v1/users', { json })).status);
    }
  })();
  await happens().finally(() => (on = false));
  await Promise.all([...readers, writer]);
  return tally;
}

const onlyGood = (tally, least) => {
  assert.deepEqual(Object.keys(tally).sort(), ['200', '201'], JSON.stringify(tally));
  assert.ok(tally[200] >= least && tally[201] > 0, JSON.stringify(tally));
};

test('one node is stopped: everybody is served, nobody notices', async (t) => {
  const tally = await during(async () => {
    await sleep(500);
    await compose('stop', 'roster-1');
    assert.equal(await inspect(container('roster-1'), '.State.ExitCode'), 0);
    await sleep(2000);
  });
  t.diagnostic(JSON.stringify(tally));
  onlyGood(tally, 50);
  const token = await login(url, 'ann@example.org');
  assert.equal((await me(url, token)).id, ann.user.id);
  await ask(url, 'GET', ann.photo, { status: 200 });
});

test('nginx starts anew while that node is down', async () => {
  await compose('restart', 'nginx');
  await healthy(container('nginx'));
  assert.equal((await me(url, ann.access_token)).id, ann.user.id);
});

test('the node comes back, knows what happened meanwhile, and is asked again', async () => {
  const bob = await register(url, 'bob@example.org');
  await compose('start', 'roster-1');
  await healthy(container('roster-1'));
  assert.equal((await me(nodes[0], bob.access_token)).id, bob.user.id);
  const before = await requests(nodes[0]);
  await eventually(async () => {
    await me(url, bob.access_token);
    return (await requests(nodes[0])) - before;
  }, (n) => n >= 5);
});

test('a rolling restart, a node at a time: no request fails', async (t) => {
  const tally = await during(async () => {
    for (const service of ['roster-1', 'roster-2']) {
      await compose('restart', '--timeout', '20', service);
      await healthy(container(service));
      await sleep(500);
    }
  });
  t.diagnostic(JSON.stringify(tally));
  onlyGood(tally, 50);
});

test('a node that is killed is noticed by nobody who reads', async (t) => {
  const tally = await during(async () => {
    await docker('kill', container('roster-2'));
    await sleep(2000);
  });
  t.diagnostic(JSON.stringify(tally));
  await compose('start', 'roster-2');
  await healthy(container('roster-2'));
  // A registration that it was just working on may be lost with it: nginx does not send that again.
  const lost = Object.entries(tally).reduce((n, [status, times]) => n + (['200', '201'].includes(status) ? 0 : times), 0);
  // How many are served in the two seconds says how busy the machine is; who waits for the dead node is passed on soon.
  assert.ok(lost <= 1 && tally[200] >= 20 && tally[201] > 0, JSON.stringify(tally));
});

test('without Redis and RabbitMQ everybody is served; when they are back they are used', async () => {
  await compose('stop', '--timeout', '5', 'redis', 'rabbitmq');
  const carol = await register(url, 'carol@example.org');
  for (const node of nodes) assert.equal((await me(node, carol.access_token)).id, carol.user.id);
  await ask(url, 'GET', '/health/ready', { status: 200 });
  await compose('start', 'redis', 'rabbitmq');
  for (const node of nodes) await eventually(() => parts(node), ({ redis, rabbitmq }) => redis.healthy && rabbitmq.healthy && rabbitmq.depth === 0, 90_000);
});

test('all is stopped and started again: the data are there', async () => {
  await compose('stop', '--timeout', '20');
  for (const service of ['roster-1', 'roster-2']) assert.equal(await inspect(container(service), '.State.ExitCode'), 0, service);
  await compose('up', '--detach', '--no-build');
  for (const service of services) await healthy(container(service), 90_000);
  assert.equal((await me(url, await login(url, 'carol@example.org'))).email, 'carol@example.org');
  await ask(url, 'GET', ann.photo, { status: 200 });
});

test('with compose.tls.yaml nginx speaks TLS', async () => {
  const secret = path.join(folder, 'deploy', 'secret');
  await good('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=accounts.example.org',
    '-addext', 'subjectAltName=DNS:accounts.example.org', '-keyout', path.join(secret, 'tls_key'), '-out', path.join(secret, 'tls_certificate')]);
  await good('chown', ['101', path.join(secret, 'tls_key'), path.join(secret, 'tls_certificate')]);
  files.push(path.join(folder, 'deploy', 'compose.tls.yaml'));
  await compose('up', '--detach', '--no-build', '--no-deps', 'nginx');
  const curl = ['--silent', '--show-error', '--cacert', path.join(secret, 'tls_certificate'), '--resolve', 'accounts.example.org:443:127.0.0.1'];
  const said = await eventually(() => run('curl', [...curl, '--include', 'https://accounts.example.org/health/live']), ({ code }) => code === 0);
  assert.match(said.stdout, /^HTTP\/2 200/);
  assert.match(said.stdout, /strict-transport-security: max-age=31536000/i);
});

test('nginx takes nginx.conf, the example for a host', async () => {
  const main = path.join(folder, 'main.conf');
  await writeFile(main, 'pid /tmp/pid; events {} http { access_log off; include /site.conf; }');
  const secret = path.join(folder, 'deploy', 'secret');
  const mounts = {
    [main]: '/etc/nginx/nginx.conf',
    [path.join(folder, 'deploy', 'nginx.conf')]: '/site.conf',
    [path.join(secret, 'tls_certificate')]: '/etc/letsencrypt/live/accounts.example.org/fullchain.pem',
    [path.join(secret, 'tls_key')]: '/etc/letsencrypt/live/accounts.example.org/privkey.pem',
  };
  const volumes = Object.entries(mounts).flatMap(([from, to]) => ['--volume', `${from}:${to}:ro`]);
  const { code, stderr } = await run('docker', ['run', '--rm', '--network', 'none', ...volumes, 'nginx:1.28', 'nginx', '-t']);
  assert.equal(code, 0, stderr);
});
