// Events as they are read: numbers without a hole whoever writes, the order in which things happened, and what is kept.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { binary, cheap, eventually, startWithAdmin } from './lib.mjs';

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin({ env: cheap });
  admin = roster.admin.access_token;
});
after(() => roster.stop());

const status = async () => (await roster.get('/api/v1/events/status', { token: admin, status: 200 })).body.data;
const settled = () => eventually(status, (s) => s.unsealed === 0);
const tail = async (query = '') => (await roster.get(`/api/v1/events/log?${query}`, { token: admin, status: 200 })).body;

// All from a number on, page by page.
async function from(number, more = '') {
  const all = [];
  for (let cursor = number; ; ) {
    const { data, meta } = await tail(`limit=50&after=${cursor}${more}`);
    all.push(...data);
    cursor = meta.next_cursor;
    if (!meta.has_next) return all;
  }
}

test('numbers have no hole while many write, and those of one person stand in the order of the changes', async () => {
  const { newest } = await settled();
  const people = await Promise.all(Array.from({ length: 6 }, () => roster.register()));
  await Promise.all(
    people.map(async ({ access_token: token }) => {
      for (let i = 0; i < 10; i++) await roster.patch('/api/v1/users/me', { bio: `note ${i}` }, { token, status: 200 });
    }),
  );
  await settled();
  const events = await from(newest);
  assert.deepEqual(events.map((e) => e.sequence), events.map((_, i) => Number(newest) + 1 + i));
  assert.equal(new Set(events.map((e) => e.event_id)).size, events.length);
  for (const { user } of people) {
    const own = events.filter((e) => e.subject.id === user.id && e.event_type === 'user.updated');
    assert.deepEqual(own.map((e) => e.data.bio), Array.from({ length: 10 }, (_, i) => `note ${i}`));
    assert.ok(own.every((e) => e.actor.type === 'user' && e.actor.id === user.id && e.actor.ip === '127.0.0.1'));
  }
});

test('the correlation id of the request is in each event that it made', async () => {
  const { newest } = await settled();
  const id = 'that-request-0001';
  await roster.post('/api/v1/users', { email: 'traced@example.com', password: 'a long enough pass phrase' }, { headers: { 'X-Correlation-ID': id }, status: 201 });
  await settled();
  const made = (await from(newest)).filter((e) => e.correlation_id === id).map((e) => e.event_type);
  assert.ok(made.includes('user.created') && made.includes('session.created'), made.join());
});

describe('filters', () => {
  test('by type, by its beginning, by subject', async () => {
    const { user } = await roster.register();
    await settled();
    const only = await tail(`type=user.created&subject_id=${user.id}`);
    assert.deepEqual(only.data.map((e) => [e.event_type, e.subject.id]), [['user.created', user.id]]);
    const sessions = await tail('type=session.&limit=200');
    assert.ok(sessions.data.length > 1 && sessions.data.every((e) => e.event_type.startsWith('session.')));
    assert.deepEqual((await tail('type=user.%25')).data, []);
  });

  test('bad ones are told, and ask for nothing', async () => {
    for (const query of ['after=-1', 'after=x', 'limit=0', 'limit=1001', `type=${'x'.repeat(65)}`])
      await roster.get(`/api/v1/events/log?${query}`, { token: admin, status: 422 });
  });

  test('a number of the future waits for nothing', async () => {
    const { newest } = await settled();
    const { data, meta } = await tail('after=9007199254740991');
    assert.deepEqual([data, meta.next_cursor, meta.has_next], [[], String(newest), false]);
  });
});

test('who may not read events gets none', async () => {
  const { access_token: token } = await roster.register();
  for (const path of ['/api/v1/events/log', '/api/v1/events/status']) {
    await roster.get(path, { token, status: 403 });
    await roster.get(path, { status: 401 });
  }
});

test('the command line reads them too', async () => {
  await settled();
  const { code, stdout } = await roster.cli(['events', 'tail', '--limit', '3', '--format', 'json']);
  assert.equal(code, 0);
  const data = JSON.parse(stdout);
  assert.deepEqual(data.map((e) => e.sequence), [2, 1, 0].map((n) => data[2].sequence - n));
  const { stdout: told } = await roster.cli(['events', 'status', '--format', 'plain']);
  assert.match(told, /newest/);
});

describe('roster events follow', () => {
  // A person who watches: the lines so far, and the end.
  const watch = (...args) => {
    const child = spawn(binary, ['events', 'follow', '--data', roster.dir, ...args], { env: roster.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (more) => (text += more));
    child.stderr.on('data', (more) => (text += more));
    const ended = new Promise((ok) => child.once('close', (code, signal) => ok(signal ?? code)));
    return { child, ended, lines: () => text.split('\n').slice(0, -1) };
  };

  test('shows the last events, and those that come, once each and in order', async () => {
    await roster.register();
    await settled();
    const watcher = watch('--limit', '2');
    await eventually(async () => watcher.lines(), (l) => l.length === 2, 20_000);
    const { user } = await roster.register();
    await settled();
    const { newest } = await status();
    const numbers = () => watcher.lines().map((line) => Number(line.split('  ')[1]));
    await eventually(async () => numbers().at(-1), (n) => n === newest, 20_000);
    assert.deepEqual(numbers(), numbers().map((_, i) => numbers()[0] + i));
    assert.ok(watcher.lines().some((line) => line.includes(`user.created  user ${user.id}`)));
    watcher.child.kill('SIGINT');
    assert.equal(await watcher.ended, 'SIGINT');
  });

  test('as JSON, of one kind, from a number on', async () => {
    const watcher = watch('--after', '0', '--type', 'user.created', '--format', 'json');
    const { user } = await roster.register();
    const events = () => watcher.lines().map((line) => JSON.parse(line));
    await eventually(async () => events().some((e) => e.subject.id === user.id), Boolean, 20_000);
    assert.ok(events().every((e) => e.event_type === 'user.created'));
    assert.ok(events().length > 2);
    watcher.child.kill('SIGTERM');
    await watcher.ended;
  });

  test('ends when its reader goes, and refuses what makes no sense', async () => {
    const watcher = watch();
    await eventually(async () => watcher.lines().length, (n) => n > 0, 20_000);
    watcher.child.stdout.destroy();
    await roster.register();
    assert.ok(['SIGPIPE', 0, 1].includes(await watcher.ended));
    const wrong = watch('--limit', '0');
    assert.equal(await wrong.ended, 2);
    assert.match(wrong.lines().join(' '), /limit/);
  });
});
