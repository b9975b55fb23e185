// The image of deploy/Dockerfile, run by a Docker engine as compose.yaml and Kubernetes run it: nothing but /data and /tmp can
// be written, no capability, a user of its own.
import assert from 'node:assert/strict';
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { png } from '../e2e/picture.mjs';
import { ask, docker, eventually, good, healthy, inspect, login, me, password, register, run, setUp, text, top } from './lib.mjs';

const url = 'http://127.0.0.1:18080';
const strict = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
const wide = ['--env', 'ROSTER_LIMIT_AUTH=1000000', '--health-interval', '1s']; // and no long wait for its health
const name = 'roster-image-test';
const shell = (script) => docker('run', '--rm', '--network', 'none', '--entrypoint', 'sh', 'roster', '-c', script);

async function remove() {
  await run('docker', ['rm', '--force', '--volumes', name]);
  await run('docker', ['volume', 'rm', name]);
}

describe('what is in it', () => {
  // The libraries that the program names are resolved by the loader; those that it loads late stand in the sources.
  async function loadedLate() {
    const sources = (await readdir(path.join(top, 'src'), { recursive: true })).filter((f) => f.endsWith('.c'));
    assert.ok(sources.length > 200);
    const found = await good('grep', ['-rhoE', 'dlopen\\("[^"]+"', path.join(top, 'src')]);
    return found.split('\n').map((line) => line.split('"')[1]);
  }

  test('every library that it is linked with or loads late is there, and no package that it does not need', async () => {
    const ldd = await shell('ldd /usr/local/bin/roster');
    assert.doesNotMatch(ldd, /not found/);
    const late = await loadedLate();
    assert.deepEqual([...late].sort(), ['libcurl.so.4', 'libpq.so.5']);
    const known = await shell('/sbin/ldconfig -p');
    for (const library of late) assert.ok(known.includes(`\t${library} `), `${library} is missing`);

    const wanted = /--no-install-recommends \\\n([^&]+)\\\n\t&&/.exec(await text('Dockerfile'))[1].split(/[\s\\]+/).filter(Boolean);
    const libraries = [...ldd.matchAll(/=> (\S+)/g)].map((m) => path.basename(m[1])).concat(late);
    const owners = await shell(`for l in ${libraries.join(' ')}; do dpkg -S "*/$l"; done`);
    const owned = new Set(owners.split('\n').map((line) => line.split(':')[0]));
    for (const one of wanted) assert.ok(one === 'ca-certificates' || owned.has(one), `${one} is installed, but nothing uses it`);
  });

  test('no compiler, no npm, no sources', async () => {
    assert.equal(await shell('command -v gcc make npm node git curl python3; ls /src 2>/dev/null; echo end'), 'end');
  });

  test('it says who runs it, what it keeps and how it is ended', async () => {
    const { User, Volumes, StopSignal, Healthcheck, ExposedPorts } = await inspect('roster', '.Config');
    assert.deepEqual([User, StopSignal], ['10001:10001', 'SIGTERM']);
    assert.deepEqual([Object.keys(Volumes), Object.keys(ExposedPorts)], [['/data'], ['8080/tcp']]);
    assert.deepEqual(Healthcheck.Test, ['CMD', 'roster', 'health', 'ready']);
  });

  test('its size is told', async (t) => {
    const mb = Math.round(Number(await inspect('roster', '.Size')) / 1e6);
    const base = Math.round(Number(await inspect('debian:12-slim', '.Size')) / 1e6);
    t.diagnostic(`the image has ${mb} MB, of which its base has ${base}`);
    assert.ok(mb - base < 100, `${mb - base} MB on top of the base`);
  });
});

describe('a container', () => {
  let admin, person;
  before(async () => {
    await remove();
    await docker('run', '--detach', '--name', name, ...strict, ...wide, '--memory', '512m', '--pids-limit', '256', '--publish', '127.0.0.1:18080:8080',
      '--volume', `${name}:/data`, '--env', `ROSTER_PUBLIC_URL=${url}`, 'roster');
  });
  after(remove);

  test('becomes healthy', () => healthy(name));

  test('answers nobody but who brings its link, until there is an administrator', () =>
    ask(url, 'POST', '/api/v1/users', { json: { email: 'early@example.org', password }, status: 403 }));

  test('serves: the first administrator by its link, registration, log-in, profile', async () => {
    admin = await setUp(url, name);
    person = await register(url, 'ann@example.org');
    assert.equal((await me(url, await login(url, 'ann@example.org'))).email, 'ann@example.org');
    assert.equal((await me(url, admin)).role, 'admin');
  });

  test('its API pages are in it', async () => {
    assert.match((await ask(url, 'GET', '/openapi.json', { status: 200 })).body.openapi, /^3\./);
    assert.match((await ask(url, 'GET', '/swagger/', { status: 200 })).headers.get('content-type'), /^text\/html/);
  });

  test('the process that decodes photos works inside it', async () => {
    const body = png(64, 64);
    const put = await ask(url, 'PUT', '/api/v1/users/me/avatar', { token: person.access_token, headers: { 'content-type': 'image/png' }, body, status: 200 });
    const photo = new URL(put.body.data.avatar_url, url);
    await ask(url, 'GET', photo.pathname, { status: 200 });
    person.photo = photo.pathname;
  });

  test('its commands reach the running server', async () => {
    const list = JSON.parse(await docker('exec', name, 'roster', 'user', 'list', '--format', 'json'));
    assert.match(JSON.stringify(list), /ann@example\.org/);
  });

  test('it is user 10001, without any capability, and can gain none', async () => {
    assert.equal(await docker('exec', name, 'id', '-u'), '10001');
    const status = await docker('exec', name, 'cat', '/proc/1/status');
    assert.match(status, /^CapEff:\s+0{16}$/m);
    assert.match(status, /^CapBnd:\s+0{16}$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    assert.match(status, /^Seccomp:\s+2$/m);
  });

  test('it can write to /data and /tmp alone', async () => {
    for (const folder of ['/', '/etc', '/usr/local/bin', '/var/lib', '/run'])
      assert.notEqual((await run('docker', ['exec', name, 'touch', path.join(folder, 'x')])).code, 0, folder);
    await docker('exec', name, 'sh', '-c', 'touch /data/x /tmp/x && rm /data/x /tmp/x');
    assert.deepEqual((await docker('diff', name)).split('\n').filter((line) => line && !/^[AC] \/(data|tmp|run|etc|dev)/.test(line)), []);
  });

  test('the master key is in the volume, for its user alone', async () => {
    assert.equal(await docker('exec', name, 'stat', '-c', '%a %u', '/data/keys/master'), '600 10001');
  });

  test('`docker stop` ends it in order, within its time', async () => {
    const began = Date.now();
    await docker('stop', '--time', '20', name);
    assert.equal(await inspect(name, '.State.ExitCode'), 0);
    assert.equal(await inspect(name, '.State.OOMKilled'), false);
    assert.ok(Date.now() - began < 12_000, `${Date.now() - began} ms`);
    assert.match((await run('docker', ['logs', name])).stderr, /"stopping"/);
  });

  test('started again, it has all that it had', async () => {
    await docker('start', name);
    await healthy(name);
    assert.equal((await me(url, await login(url, 'ann@example.org'))).id, person.user.id);
    assert.equal((await me(url, person.access_token)).id, person.user.id, 'the session goes on');
    await ask(url, 'GET', person.photo, { status: 200 });
  });

  test('another container on its volume has it too; a second one beside it is refused', async () => {
    const beside = await run('docker', ['run', '--rm', ...strict, '--network', 'none', '--volume', `${name}:/data`, 'roster']);
    assert.notEqual(beside.code, 0);
    assert.match(beside.stderr, /Another roster runs on the data folder/);
    await docker('rm', '--force', name);
    await docker('run', '--detach', '--name', name, ...strict, ...wide, '--publish', '127.0.0.1:18080:8080', '--volume', `${name}:/data`, 'roster');
    await healthy(name);
    assert.equal((await me(url, await login(url, 'ann@example.org'))).id, person.user.id);
  });

  test('killed, it loses nothing that was answered', async () => {
    const late = await register(url, 'late@example.org');
    await docker('kill', name);
    await docker('start', name);
    await healthy(name);
    assert.equal((await me(url, await login(url, 'late@example.org'))).id, late.user.id);
  });
});

describe('the master key as a secret', () => {
  let folder;
  before(async () => (folder = await mkdtemp('/tmp/roster-key-')));
  after(() => rm(folder, { recursive: true, force: true }));

  // Starts it with a key file of that owner, group and mode: what it says within a moment.
  async function start(uid, gid, mode) {
    const file = path.join(folder, 'key');
    await rm(file, { force: true });
    await writeFile(file, '5a'.repeat(32));
    await chown(file, uid, gid);
    await chmod(file, mode);
    const args = ['run', '--detach', '--name', name, ...strict, '--network', 'none', '--volume', `${file}:/run/secrets/master_key:ro`];
    await docker(...args, '--env', 'ROSTER_MASTER_KEY_FILE=/run/secrets/master_key', 'roster');
    try {
      return await eventually(async () => {
        const { stdout, stderr } = await run('docker', ['logs', name]);
        return stdout + stderr;
      }, (said) => /listening on|master key/.test(said));
    } finally {
      await remove();
    }
  }

  test('of its own user it is taken, as compose.yaml has it', async () => assert.match(await start(10001, 10001, 0o400), /listening on/));
  test('of root, shown to its group, it is taken, as Kubernetes has it', async () => assert.match(await start(0, 10001, 0o440), /listening on/));
  test('advisory_a_secret_that_every_user_may_read_is_refused', async () => {
    assert.match(await start(0, 10001, 0o444), /Others may read the master key/);
    assert.match(await start(10001, 10001, 0o440), /Others may read the master key/);
  });
  test('of somebody else it cannot be read, and it says so', async () => assert.match(await start(4711, 4711, 0o400), /Cannot open the master key/));
});

test('a wrong setting ends it, with a sentence', async () => {
  const { code, stderr } = await run('docker', ['run', '--rm', '--network', 'none', '--env', 'ROSTER_LISTENN=:80', 'roster']);
  assert.notEqual(code, 0);
  assert.match(stderr, /ROSTER_LISTENN: there is no such setting; did you mean ROSTER_LISTEN\?/);
});
