// Health and metrics.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startWithAdmin } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

const ok = async (target, options) => (await roster.get(target, { status: 200, ...options })).body;

test('/health and /health/detailed say what everybody wants to know', async () => {
  for (const target of ['/health', '/health/', '/health/detailed']) {
    const body = await ok(target);
    assert.deepEqual([body.status, body.healthy, body.service], ['healthy', true, 'user-service']);
    assert.equal(body.database.status, 'connected');
    assert.equal(typeof body.database.responseTime, 'number');
    assert.ok(body.uptime >= 0 && body.memory.used > 0 && body.memory.total > body.memory.used);
    assert.deepEqual(Object.keys(body.components).sort(), ['cache', 'database', 'events']);
    assert.equal(body.system.platform, 'linux');
  }
});

test('/health/ready, live, ping and services are 200', async () => {
  assert.equal((await ok('/health/ready')).status, 'ready');
  assert.equal((await ok('/health/live')).status, 'alive');
  assert.equal((await ok('/health/ping')).message, 'pong');
  assert.equal((await ok('/health/services')).services.database.status, 'connected');
});

test('/health/dashboard has the keys that dashboards look for', async () => {
  const { status, dashboard_data } = await ok('/health/dashboard');
  assert.equal(status, 'healthy');
  assert.deepEqual(dashboard_data.overall_status, { healthy: true, percentage: 100, status_text: dashboard_data.overall_status.status_text });
  for (const name of ['components', 'summary', 'system_info', 'timestamp', 'last_updated']) assert.ok(dashboard_data[name], name);
});

test('/api/v1/health/ is the envelope of the notification system', async () => {
  const body = await ok('/api/v1/health/');
  assert.deepEqual([body.success, body.message], [true, 'Health check completed']);
  assert.equal(body.data.service, 'user-service');
  assert.deepEqual(body.data.checks, { database: 'healthy', cache: 'healthy' });
});

test('no answer of health is kept by a cache', async () => {
  const { headers } = await roster.get('/health');
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('/health/metrics counts, by period, for loopback and administrators', async () => {
  await roster.register();
  for (const period of ['1h', '24h', '7d', '30d']) {
    const { metrics, period: said } = await ok(`/health/metrics?period=${period}`);
    assert.equal(said, period);
    assert.ok(metrics.users.total >= 2 && metrics.users.active >= 2 && metrics.logins >= 1 && metrics.sessions >= 2);
  }
  await roster.get('/health/metrics?period=1y', { status: [400, 422] });
});

test('metrics are not for strangers behind a proxy', async () => {
  const ann = await roster.register();
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  for (const target of ['/metrics', '/health/metrics']) {
    await roster.get(target, { headers, status: 401 });
    await roster.get(target, { headers, status: 403, token: ann.access_token });
    await roster.get(target, { headers, status: 200, token: roster.admin.access_token, undocumented: true });
  }
});

test('/metrics is Prometheus text: histograms per operation, queues, hashes', async () => {
  const { text, headers } = await roster.get('/metrics', { status: 200, undocumented: true });
  assert.match(headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) roster_\w+ .+|roster_\w+(\{[^}]*\})? -?[0-9.e+-]+(Inf)?)$/, line);
  assert.match(text, /^roster_requests_total\{operation="session_login",status="2xx"\} [1-9]/m);
  assert.match(text, /^roster_request_seconds_bucket\{operation="session_login",le="\+Inf"\} [1-9]/m);
  assert.match(text, /^roster_hash_seconds_count(\{\})? [1-9]/m);
  for (const name of ['roster_worker_queue', 'roster_hash_queue', 'roster_token_cache_hits_total']) assert.match(text, new RegExp(`^${name} \\d+$`, 'm'));
});

test('a request leaves one line in the log, with route, status, user and correlation id', async () => {
  const ann = await roster.register();
  await roster.me(ann.access_token, { headers: { 'x-correlation-id': 'one-line' } });
  const of = () => roster.logged().filter((line) => line.correlation_id === 'one-line');
  const found = await eventually(of, (lines) => lines.length > 0);
  assert.equal(found.length, 1);
  assert.deepEqual([found[0].method, found[0].route, found[0].status, found[0].user], ['GET', 'GET /api/v1/users/me', 200, ann.user.id]);
  assert.ok(found[0].ms >= 0);
});
