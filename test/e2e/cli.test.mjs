// The command line: formats, names for identifiers, older programs' commands, questions, completions.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, password, run, startWithAdmin } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

const cli = (...args) => roster.cli(args);
async function ok(...args) {
  const r = await cli(...args);
  assert.equal(r.code, 0, `roster ${args.join(' ')}: ${r.stderr}`);
  return r.stdout;
}

test('every format prints the same account', async () => {
  const ann = await roster.register({ name: 'Ann, "the" Reader' });
  const json = JSON.parse(await ok('user', 'get', ann.user.username, '--format', 'json'));
  assert.equal(json.id, ann.user.id);
  assert.ok((await ok('user', 'get', ann.user.username, '--format', 'yaml')).split('\n').includes(`id: "${ann.user.id}"`));
  assert.ok((await ok('user', 'get', ann.user.username, '--format', 'plain')).split('\n').includes(`id\t${ann.user.id}`));
  const csv = await run('python3', ['-c', 'import csv,json,sys; print(json.dumps(list(csv.DictReader(sys.stdin))))'], {
    input: await ok('user', 'list', '--format', 'csv', '--limit', '100'),
  });
  const row = JSON.parse(csv.stdout).find((r) => r.id === ann.user.id);
  assert.equal(row.name, 'Ann, "the" Reader');
  assert.equal(row.email, ann.email);
});

test('advisory_csv: a name is no formula in a spreadsheet', async () => {
  const evil = await roster.register({ name: '=HYPERLINK("http://evil.example")' });
  const line = (await ok('user', 'list', '--format', 'csv', '--limit', '100')).split('\r\n').find((l) => l.startsWith(evil.user.id));
  assert.match(line, /,"'=HYPERLINK\(""http:\/\/evil\.example""\)",/);
});

// What strangers write, and where the command line prints it: names of programs, devices, addresses of invitations, reasons.
test('advisory_csv: no cell of any list that is printed as CSV begins as a formula does', async () => {
  const evil = '=HYPERLINK("http://evil.example")';
  const ann = await roster.register({ name: evil, device: evil }, { headers: { 'user-agent': evil } });
  await roster.post('/api/v1/auth/login', { identifier: ann.email, password: 'wrong one' }, { headers: { 'user-agent': evil, 'x-correlation-id': '-1+1' }, status: 401 });
  await ok('user', 'set-status', ann.user.username, '--status', 'suspended', '--reason', evil);
  await ok('role', 'create', '--name', 'formulas', '--description', evil);
  await ok('invitation', 'create', '--email', '+1@example.org', '--name', evil);
  await ok('client', 'create', '--name', evil);
  const lists = [['user', 'list', '--limit', '100'], ['audit', 'list', '--limit', '100'], ['user', 'sessions', ann.user.id], ['role', 'list'], ['invitation', 'list'], ['client', 'list'], ['mail', 'list'], ['user', 'export']];
  let seen = 0;
  for (const list of lists) {
    const { stdout, code, stderr } = await run('python3', ['-c', 'import csv,json,sys; print(json.dumps(list(csv.reader(sys.stdin))))'], { input: await ok(...list, '--format', 'csv') });
    assert.equal(code, 0, stderr);
    const cells = JSON.parse(stdout).flat();
    assert.ok(cells.length > 5, list.join(' '));
    for (const cell of cells) assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/, list.join(' '));
    seen += cells.filter((cell) => cell.startsWith("'=") || cell.startsWith("'+")).length;
  }
  assert.ok(seen >= 8, `${seen} cells were guarded`);
});

test('a name stands where an identifier is wanted, and an unknown one is told', async () => {
  const bo = await roster.register();
  assert.equal(JSON.parse(await ok('user', 'set-status', bo.user.username, '--status', 'suspended', '--reason', 'a test', '--format', 'json')).status, 'suspended');
  const nobody = await cli('user', 'delete', 'nobody-of-that-name');
  assert.equal(nobody.code, 6);
  assert.match(nobody.stderr, /There is no such thing/);
});

test('the commands of older programs are the same operations', async () => {
  await ok('users', 'create', 'older_carl', '-e', 'older_carl@example.org');
  assert.match(await ok('users', 'show', 'older_carl', '-f', 'yaml'), /^username: older_carl$/m);
  assert.match(await ok('users', 'list', '-s', 'active', '-l', '100', '-f', 'plain'), /\tolder_carl\t/);
  assert.match(await ok('users', 'search', 'older_ca', '--format', 'json'), /"older_carl"/);
  await ok('users', 'update', 'older_carl', '-e', 'carl_again@example.org', '-s', 'inactive');
  assert.match(await ok('users', 'show', 'carl_again@example.org', '-f', 'yaml'), /^status: inactive$/m);
  await ok('users', 'update', 'older_carl', '--email', 'none');
  assert.match(await ok('users', 'show', 'older_carl', '-f', 'yaml'), /^email: null$/m);
  assert.equal((await cli('users', 'update', 'older_carl')).code, 2);
  assert.equal((await cli('users', 'update', 'older_carl', '--email', 'no address')).code, 2);
  await ok('users', 'delete', 'older_carl', '--force');
  assert.equal((await cli('users', 'show', 'older_carl')).code, 6);
  const wrong = await cli('users', 'list', '-x', '1');
  assert.equal(wrong.code, 2);
});

test('test users take the lowest free address, log in, and are listed', async () => {
  const first = await ok('auth', 'create-test-user', '--prefix', 'trial');
  assert.match(first, /^Email: trial@example\.com$/m);
  const secret = first.match(/^Password: (.{12})$/m)[1];
  await roster.login('trial@example.com', secret);
  const several = await ok('auth', 'create-test-users', '--count', '2', '--prefix', 'trial', '--password', password);
  assert.match(several, /^Email: trial1@example\.com$/m);
  assert.match(several, /^Email: trial2@example\.com$/m);
  assert.match(several, /^Name: Test User Trial2$/m);
  await roster.login('trial2@example.com', password);
  await ok('users', 'delete', 'trial1', '--force');
  assert.match(await ok('auth', 'create-test-user', '--prefix', 'trial', '--full-name', 'Ann Lee'), /^Email: trial1@example\.com\n.*\nName: Ann Lee$/m);
  const taken = await cli('auth', 'create-test-user', '--email', 'trial@example.com');
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /already in use/);
  assert.equal((await cli('auth', 'create-test-users', '--count', '0')).code, 1);
  assert.doesNotMatch(await ok('auth', 'create-test-user', '--help'), /person who is logged in/);
  const list = await ok('auth', 'list-users');
  assert.match(list, /^Found \d+ user\(s\):\n\nID: \d+\nEmail: trial1@example\.com\nName: Ann Lee\nCreated: 20/);
});

// `script` gives the command a terminal of its own.
const atTerminal = (line, input) => run('script', ['-qec', `${binary} --data ${roster.dir} ${line}`, '/dev/null'], { input, env: roster.env, timeout: 10_000 });

test('what cannot be undone is asked for at a terminal, and only there', async () => {
  const dora = await roster.register();
  const no = await atTerminal(`user delete ${dora.user.username}`, 'n\n');
  assert.equal(no.code, 1);
  assert.match(no.stdout, /Erase an account for good: .*\? \[y\/N\]/);
  assert.match(no.stdout, /nothing was done/);
  await roster.me(dora.access_token, { status: 200 });
  assert.equal((await atTerminal(`user delete ${dora.user.username}`, 'y\n')).code, 0);
  await roster.me(dora.access_token, { status: 401 });
  const emil = await roster.register();
  await ok('user', 'delete', emil.user.id); // no terminal: a script means what it says
});

test('three shells complete commands and flags', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'complete-'));
  const file = {};
  for (const shell of ['bash', 'zsh', 'fish']) {
    file[shell] = path.join(folder, shell);
    fs.writeFileSync(file[shell], await ok('completion', shell));
  }
  const ask = {
    bash: (words) => `source ${file.bash}; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _roster; printf '%s\\n' "\${COMPREPLY[@]}"`,
    zsh: (words) => `compdef(){ :; }; compadd(){ shift; print -rl -- "$@"; }; source ${file.zsh}; words=(${words}); CURRENT=$#words; _roster`,
    fish: (words) => `source ${file.fish}; complete -C "${words}"`,
  };
  for (const shell of ['bash', 'zsh', 'fish']) {
    const offered = async (words) => {
      const r = await run(shell, [...(shell === 'zsh' ? ['-f'] : []), '-c', ask[shell](words)], { env: { ...process.env, HOME: folder } });
      assert.equal(r.code, 0, `${shell}: ${r.stderr}`);
      return r.stdout.trim().split(/\s+/);
    };
    assert.ok((await offered('roster ser')).includes('serve'), shell);
    assert.ok((await offered('roster user set-')).includes('set-status'), shell);
    assert.ok((await offered('roster --data x user create --ema')).includes('--email'), shell);
    assert.ok((await offered('roster session revoke-others --for')).includes('--format'), shell);
    assert.ok(!(await offered('roster user create --pass')).includes('--password'), `${shell} offers no secret on the command line`);
    assert.ok((await offered('roster user list --format ya')).includes('yaml'), shell);
  }
  fs.rmSync(folder, { recursive: true });
});
