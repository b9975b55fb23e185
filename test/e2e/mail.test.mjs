// Letters on their way: a real SMTP server takes, defers, refuses and hangs; TLS that does not fit; restarts; several nodes.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Roster, cheap, eventually, sleep, start, startWithAdmin, unique } from './lib.mjs';
import { certificates, read, sink } from './smtp.mjs';

const onPostgres = process.env.ROSTER_TEST_DB === 'postgres';
const from = { ROSTER_MAIL_FROM: 'id@example.org', ROSTER_MAIL_FROM_NAME: 'Rösti "R", Roster' };
const settings = (url, more) => ({ ...cheap, ...from, ROSTER_MAIL_SMTP_URL: url, ...more });

// A command's answer as JSON; it must have gone well.
async function command(roster, ...args) {
  const { code, stdout, stderr } = await roster.cli([...args, '--format', 'json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
const queue = (roster, address, ...more) => command(roster, 'mail', 'test-queued', address, ...more);
const show = (roster, id) => command(roster, 'mail', 'show', id);
const settled = (roster, id, status, ms = 20_000) => eventually(() => show(roster, id), (mail) => mail.status === status, ms);
const metric = async (roster, name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec((await roster.get('/metrics', { undocumented: true })).text)[1]);
const everywhere = (n, each) => Promise.all(Array.from({ length: n }, (_, i) => each(i)));

describe('mail', () => {
  let server;
  let roster;
  before(async () => {
    server = await sink();
    roster = await startWithAdmin({ env: settings(server.url, { ROSTER_MAIL_TIMEOUT: '2s' }) });
  });
  after(async () => {
    await roster?.stop();
    await server?.stop();
  });

  test('a letter arrives as it should: headers, text, HTML, in the language asked for', async () => {
    const mail = await queue(roster, 'ann@bücher.example', '--language', 'de-CH');
    assert.equal(mail.status, 'queued');
    const [letter] = await server.wait('ann@xn--bcher-kva.example');
    assert.equal(letter.sender, 'id@example.org');
    const { headers, subject, text, html, defects } = await read(letter);
    assert.deepEqual(defects, []);
    assert.equal(headers.From, '"Rösti \\"R\\", Roster" <id@example.org>');
    assert.equal(headers.To, 'ann@xn--bcher-kva.example');
    assert.equal(subject, 'Testbrief von Roster');
    assert.equal(headers['Message-ID'], `<${mail.id}@example.org>`);
    assert.equal(headers['Auto-Submitted'], 'auto-generated');
    assert.equal(headers['Content-Language'], 'de');
    assert.ok(Math.abs(Date.parse(headers.Date) - Date.now()) < 60_000);
    assert.match(text, /Das ist ein Testbrief/);
    assert.match(html, /<html lang="de">[^]*Das ist ein Testbrief/);
    assert.ok(letter.data.split('\r\n').every((line) => line.length <= 78 && /^[\x20-\x7e]*$/.test(line)), letter.data);
  });

  test('what was delivered leaves no trace of what it said', async () => {
    const { id } = await queue(roster, `gone@${unique()}.example`);
    const mail = await settled(roster, id, 'sent');
    assert.equal(mail.text, undefined);
    assert.ok(mail.done_at);
    assert.equal(mail.reason, null);
    const [row] = await roster.sql(`SELECT sealed, claim, due_at FROM mail WHERE id = '${id}'`);
    assert.deepEqual(row, { sealed: null, claim: null, due_at: null });
  });

  test('what waits is sealed in the database', async () => {
    const { id } = await queue(roster, `defer@${unique()}.example`);
    const [row] = await roster.sql(`SELECT * FROM mail WHERE id = '${id}'`);
    assert.ok(row.sealed.length > 100);
    assert.doesNotMatch(JSON.stringify(row), /can send mail/);
    assert.match((await show(roster, id)).text, /can send mail/, 'the command line of this host may read it');
  });

  test('an address that is refused is dead at once, with the reason, and can be tried again', async () => {
    const { id } = await queue(roster, 'reject1@bad.example');
    const mail = await settled(roster, id, 'dead');
    assert.equal(mail.reason, '550 5.1.1 no such person?[31m here', 'nothing in it steers a terminal');
    assert.equal(mail.attempts, 1);
    assert.ok((await command(roster, 'mail', 'list', '--status', 'dead')).some((one) => one.id === id));
    assert.equal((await command(roster, 'mail', 'retry', id)).status, 'queued');
    await eventually(() => server.tries('reject1@bad.example'), (n) => n === 2, 10_000);
    await settled(roster, id, 'dead');
    const [event] = await roster.sql(`SELECT data FROM outbox WHERE type = 'mail.given_up' AND subject_id = '${id}'`);
    assert.equal(JSON.parse(event.data).text, undefined);
  });

  test('a letter refused after it was heard is dead, too', async () => {
    const mail = await settled(roster, (await queue(roster, 'spam@bad.example')).id, 'dead');
    assert.match(mail.reason, /^554 5\.7\.1/);
  });

  test('a delivered letter cannot be sent again', async () => {
    const { id } = await queue(roster, `one@${unique()}.example`);
    await settled(roster, id, 'sent');
    const { code, stderr } = await roster.cli(['mail', 'retry', id]);
    assert.equal(code, 7);
    assert.match(stderr, /was delivered/);
  });

  test('an address that is deferred is tried again after some seconds', async () => {
    const address = `once@${unique()}.example`;
    const { id } = await queue(roster, address);
    const mail = await eventually(() => show(roster, id), ({ attempts, due_at }) => attempts === 1 && due_at, 5000);
    await eventually(() => show(roster, id), ({ reason }) => reason === '451 4.2.0 try later', 5000);
    assert.equal(mail.status, 'queued');
    const [letter] = await server.wait(address);
    assert.match(letter.data, new RegExp(`Message-ID: <${id}@`));
    assert.equal((await settled(roster, id, 'sent')).attempts, 2);
  });

  test('a letter that was deferred for too long is given up', async () => {
    const { id } = await queue(roster, `defer@${unique()}.example`);
    await eventually(() => show(roster, id), ({ reason }) => reason !== null, 5000);
    await roster.sql(`UPDATE mail SET queued_at = queued_at - 4 * 86400000, due_at = 1 WHERE id = '${id}'`);
    const mail = await settled(roster, id, 'dead');
    assert.equal(mail.reason, '451 4.2.0 try later');
    assert.ok(mail.attempts >= 2);
  });

  test('a domain that never answers holds up nobody else', async () => {
    await everywhere(12, (i) => queue(roster, `p${i}@hang.example`));
    await eventually(() => server.events.filter(({ to }) => /@hang\.example/.test(to)).length, (n) => n >= 1);
    const begin = Date.now();
    const addresses = Array.from({ length: 6 }, () => `quick@${unique()}.example`);
    for (const address of addresses) await queue(roster, address);
    for (const address of addresses) await server.wait(address, 1, 8000);
    assert.ok(Date.now() - begin < 8000);
    const [row] = await eventually(
      () => roster.sql(`SELECT failures, held_until FROM mail_queue WHERE domain = 'hang.example'`),
      ([one]) => Number(one.failures) > 0,
    );
    assert.ok(Number(row.held_until) > Date.now());
    const waiting = (await command(roster, 'mail', 'list', '--status', 'queued', '--limit', '100')).filter((mail) => /hang\.example/.test(mail.recipient));
    assert.equal(waiting.length, 12);
    assert.ok(waiting.some(({ attempts }) => attempts === 0), 'the others of that domain are not tried meanwhile');
  });

  test('a server that does not say good-bye holds up nobody', async () => {
    await everywhere(12, (i) => queue(roster, `mute${i}@${unique()}.example`));
    const address = `next@${unique()}.example`;
    await queue(roster, address);
    await server.wait(address, 1, 5000);
  });

  test('advisory_one_failing_message_does_not_stall_the_queue', async () => {
    // ory/kratos#1598: a letter that can never be delivered was taken first, again and again
    const kinds = ['reject', 'defer', 'drop', 'spam', 'hang'];
    await everywhere(25, (i) => queue(roster, `${kinds[i % kinds.length]}${i}@${unique()}.example`));
    const address = `after@${unique()}.example`;
    await queue(roster, address);
    await server.wait(address, 1, 20_000);
  });

  test('a person without a name of its own in ASCII gets mail, too', async () => {
    await queue(roster, 'jörg@example.net');
    await server.wait('jörg@example.net');
  });

  test('`mail test` shows what was said, and its status what came of it', async () => {
    const good = await roster.cli(['mail', 'test', 'bob@example.net']);
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /> MAIL FROM:<id@example.org>[^]*> RCPT TO:<bob@example.net>[^]*< 250 taken/);
    const bad = await roster.cli(['mail', 'test', 'reject@example.net']);
    assert.equal(bad.code, 4);
    assert.match(bad.stderr, /was not taken: 550 5\.1\.1[^]*> RCPT TO:<reject@example.net>/);
    assert.doesNotMatch(bad.stderr, /\x1b/);
    for (const address of ['', 'x', 'a@b\r\nRCPT TO:<eve@example.org>', 'a b@example.org'])
      assert.equal((await roster.cli(['mail', 'test', address])).code, 2, address);
  });

  test('administrators see the list and the metrics, others nothing; letters in the queue are shown to nobody', async () => {
    const { id } = await queue(roster, `defer@${unique()}.example`);
    const admin = { token: roster.admin.access_token };
    const { body } = await roster.get('/api/v1/mail?status=queued&limit=5', { ...admin, status: 200 });
    assert.equal(body.data[0].id, id);
    const next = await roster.get(`/api/v1/mail?status=queued&limit=5&cursor=${body.meta.next_cursor}`, { ...admin, status: 200 });
    assert.ok(next.body.data.every((mail) => mail.id < body.data[4].id));
    const one = await roster.get(`/api/v1/mail/${id}`, { ...admin, status: 200 });
    assert.equal(one.body.data.text, undefined);
    assert.equal(one.headers.get('cache-control'), 'no-store');
    await roster.post(`/api/v1/mail/${id}/retry`, undefined, { ...admin, status: 200 });
    const eve = await roster.register();
    for (const target of ['/api/v1/mail', `/api/v1/mail/${id}`]) await roster.get(target, { token: eve.access_token, status: 403 });
    await roster.post(`/api/v1/mail/${id}/retry`, undefined, { token: eve.access_token, status: 403 });
    await roster.get('/api/v1/mail/01a1fdb6-e5bf-711f-ab24-480d9b536e2f', { ...admin, status: 404 });
    await roster.get('/api/v1/mail?cursor=abc', { ...admin, status: 400 });
    assert.ok((await metric(roster, 'roster_mail_sent_total')) > 3);
    assert.ok((await metric(roster, 'roster_mail_given_up_total')) > 1);
    await eventually(() => metric(roster, 'roster_mail_queued'), (n) => n > 0, 8000);
    assert.equal(await metric(roster, 'roster_mail_server_up'), 1);
    const { body: health } = await roster.get('/health/services', { status: 200 });
    assert.equal(health.services.mail.status, 'connected');
  });

  test('who read a letter stands in the audit', async () => {
    const { id } = await queue(roster, `defer@${unique()}.example`);
    await roster.get(`/api/v1/mail/${id}`, { token: roster.admin.access_token, status: 200 });
    const rows = () => roster.sql(`SELECT actor_id, outcome FROM audit WHERE operation = 'mail_show' AND subject_id = '${id}' AND actor_kind = 'user'`);
    const [row] = await eventually(rows, (found) => found.length === 1);
    assert.deepEqual(row, { actor_id: roster.admin.user.id, outcome: 'ok' });
  });
});

// --- TLS ------------------------------------------------------------------------------------------------------------

describe('mail over TLS', () => {
  let papers;
  let good;
  let other;
  const started = [];
  const launch = async (url, more) => {
    const roster = await start({ env: settings(url, { ROSTER_MAIL_SMTP_CA_FILE: papers.ca, ...more }) });
    started.push(roster);
    return roster;
  };
  before(async () => {
    papers = await certificates();
    good = await papers.of('good', 'DNS:localhost');
    other = await papers.of('other', 'DNS:mail.example.org');
    await writeFile(path.join(papers.dir, 'password'), 'very secret word\n', { mode: 0o600 });
  });
  after(async () => {
    for (const roster of started) await roster.stop();
    await papers?.remove();
  });
  const tls = ({ cert, key }) => ['--cert', cert, '--key', key];
  const login = () => ({ ROSTER_MAIL_SMTP_USER: 'roster', ROSTER_MAIL_SMTP_PASSWORD_FILE: path.join(papers.dir, 'password') });

  for (const [what, scheme, args, more] of [
    ['STARTTLS', 'smtp', [], { ROSTER_MAIL_STARTTLS: 'always' }],
    ['TLS from the first byte', 'smtps', ['--implicit'], {}],
  ])
    test(`${what} and a log-in by a password from a file, which nobody is shown`, async () => {
      const server = await sink([...tls(good), ...args, '--user', 'roster', '--password', 'very secret word']);
      const roster = await launch(`${scheme}://localhost:${server.port}`, { ...more, ...login() });
      await queue(roster, 'ann@example.org');
      const [letter] = await server.wait('ann@example.org');
      assert.deepEqual([letter.tls, letter.user], [true, 'roster']);
      const { code, stdout, stderr } = await roster.cli(['mail', 'test', 'bob@example.org']);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /> AUTH \w+\n[^]*> \*\*\*/);
      const secrets = ['very secret word', btoa('very secret word'), btoa('\0roster\0very secret word')];
      for (const secret of secrets) assert.ok(![stdout, ...roster.log].some((text) => text.includes(secret)), secret);
      await server.stop();
    });

  for (const [what, paper, env] of [
    ['of another name', () => other, () => ({})],
    ['that nobody vouches for', () => good, () => ({ ROSTER_MAIL_SMTP_CA_FILE: '' })],
  ])
    test(`a certificate ${what} is refused: nothing is said to that server`, async () => {
      const server = await sink([...tls(paper()), '--user', 'roster', '--password', 'very secret word']);
      const roster = await launch(`smtp://localhost:${server.port}`, { ROSTER_MAIL_STARTTLS: 'always', ...login(), ...env() });
      const { id } = await queue(roster, 'ann@example.org');
      const { code, stderr } = await roster.cli(['mail', 'test', 'bob@example.org']);
      assert.equal(code, 4);
      assert.match(stderr, /certificate/i);
      await eventually(() => roster.get('/health/services'), ({ body }) => body.services.mail.status === 'disconnected', 8000);
      assert.equal((await show(roster, id)).status, 'queued');
      assert.deepEqual(server.events.slice(1), []);
      assert.ok(roster.logged().some(({ msg, why }) => /does not take letters/.test(msg) && why));
      await server.stop();
    });

  test('a server that offers no STARTTLS gets nothing when TLS is a must', async () => {
    const server = await sink();
    const roster = await launch(`smtp://localhost:${server.port}`, { ROSTER_MAIL_STARTTLS: 'always' });
    const { code, stderr } = await roster.cli(['mail', 'test', 'bob@example.org']);
    assert.equal(code, 4);
    assert.match(stderr, /STARTTLS/);
    assert.doesNotMatch(stderr, /MAIL FROM/);
    await server.stop();
  });

  test('a wrong password kills no letter: it goes when the server lets us in', async () => {
    const strict = await sink([...tls(good), '--user', 'roster', '--password', 'another word']);
    const roster = await launch(`smtp://localhost:${strict.port}`, { ROSTER_MAIL_STARTTLS: 'always', ...login() });
    const { id } = await queue(roster, 'ann@example.org');
    const mail = await eventually(() => show(roster, id), ({ reason }) => reason !== null || strict.events.length > 2, 10_000);
    assert.equal(mail.status, 'queued');
    await strict.stop();
    const kind = await sink(['--port', String(strict.port), ...tls(good), '--user', 'roster', '--password', 'very secret word']);
    await kind.wait('ann@example.org', 1, 30_000);
    await kind.stop();
  });
});

// --- settings -------------------------------------------------------------------------------------------------------

describe('settings of mail', () => {
  test('names that other programs use: SMTP_HOST, SMTP_PORT, FROM_EMAIL, FROM_NAME', async () => {
    const server = await sink();
    const env = { ...cheap, SMTP_HOST: '127.0.0.1', SMTP_PORT: String(server.port), FROM_EMAIL: 'x@example.org', FROM_NAME: 'X', ROSTER_MAIL_APPLICATION: 'Ümläut & Co' };
    const roster = await start({ env });
    await queue(roster, 'ann@example.org');
    const { headers, html } = await read((await server.wait('ann@example.org'))[0]);
    assert.equal(headers.From, 'X <x@example.org>');
    assert.equal(headers.Subject, 'Test letter from Ümläut & Co');
    assert.match(html, /Ümläut &amp; Co can send mail/);
    await roster.stop();
    await server.stop();
  });

  test('what cannot be right is told at the start, all of it', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'roster-templates-'));
    await writeFile(path.join(dir, 'verify_email.en.txt'), 'Subject: x\n\nHello {{nobody}}\n');
    await writeFile(path.join(dir, 'greeting.en.txt'), 'Subject: x\n\nHello\n');
    await writeFile(path.join(dir, 'reset_password.en.txt'), 'Subject: your code is {{code}}\n\nHello\n');
    const refuses = (more, parts) =>
      assert.rejects(start({ env: settings('smtp://mail.example.org:587', more) }), (error) => {
        for (const part of parts) assert.ok(error.message.includes(part), `${part} in ${error.message}`);
        return true;
      });
    await refuses({ ROSTER_MAIL_FROM: '', ROSTER_MAIL_SMTP_USER: 'x', ROSTER_MAIL_STARTTLS: 'never' }, ['mail.from: set it', 'smtp_password_file', 'plain text']);
    await refuses({ ROSTER_MAIL_TEMPLATES: dir }, ['verify_email.en.txt:3', 'greeting.en.txt: there is no such', 'place in a subject']);
    await assert.rejects(start({ env: settings('http://mail.example.org') }), /smtp:\/\//);
    await assert.rejects(start({ env: settings('smtp://user:word@mail.example.org') }), /without a name/);
    await assert.rejects(start({ env: settings('smtp://127.0.0.1', { ROSTER_MAIL_FROM: 'x@y\u00a0z' }) }), /e-mail address/);
    await rm(dir, { recursive: true });
  });

  test("the operator's templates replace those built in, and bring further languages", async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'roster-templates-'));
    await writeFile(path.join(dir, 'test.en.txt'), 'Subject: Ahoy from {{application}}\n\nAhoy!\n');
    await writeFile(path.join(dir, 'test.fr.txt'), 'Subject: Essai\n\nUn essai de {{application}}.\n');
    const server = await sink();
    const roster = await start({ env: settings(server.url, { ROSTER_MAIL_TEMPLATES: dir }) });
    await queue(roster, 'a@example.org');
    await queue(roster, 'b@example.org', '--language', 'fr-FR');
    await queue(roster, 'c@example.org', '--language', 'de');
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async (name) => read((await server.wait(`${name}@example.org`))[0])));
    assert.deepEqual([a.subject, b.subject, c.subject], ['Ahoy from Roster', 'Essai', 'Testbrief von Roster']);
    assert.match(a.html, /This is a test letter/);
    assert.equal(b.html, null);
    assert.equal(b.headers['Content-Language'], 'fr');
    await roster.stop();
    await server.stop();
    await rm(dir, { recursive: true });
  });
});

// --- the built-in mailbox -------------------------------------------------------------------------------------------

describe('the built-in mailbox', () => {
  test('without a server letters are kept and read here; a server that comes later does not get them unasked', async () => {
    const server = await sink();
    let roster = await startWithAdmin();
    const { id } = await queue(roster, 'ann@example.org');
    assert.equal((await show(roster, id)).status, 'kept');
    const plain = await roster.cli(['mail', 'show', id]);
    assert.match(plain.stdout, /\ntext:\n {2}This is a test letter/);
    const seen = await roster.get(`/api/v1/mail/${id}`, { token: roster.admin.access_token, status: 200 });
    assert.match(seen.body.data.text, /This is a test letter/);
    const { code, stderr } = await roster.cli(['mail', 'retry', id]);
    assert.equal(code, 7);
    assert.match(stderr, /No SMTP server/);
    const { body } = await roster.get('/health/services', { status: 200 });
    assert.equal(body.services.mail, undefined);
    await roster.stop({ keep: true });

    const { admin, dir, database } = roster;
    roster = await start({ dir, database, env: settings(server.url) });
    await queue(roster, 'bob@example.org');
    await server.wait('bob@example.org');
    assert.equal(server.to('ann@example.org').length, 0);
    roster.admin = { ...admin, ...(await roster.login(admin.email)) };
    const hidden = await roster.get(`/api/v1/mail/${id}`, { token: roster.admin.access_token, status: 200 });
    assert.equal(hidden.body.data.text, undefined);
    await roster.post(`/api/v1/mail/${id}/retry`, undefined, { token: roster.admin.access_token, status: 200 });
    await server.wait('ann@example.org');
    await roster.stop();
    await server.stop();
  });
});

// --- bad days -------------------------------------------------------------------------------------------------------

describe('bad days of mail', () => {
  test('a server that is not there when we start, and goes away later: letters wait, nothing is lost', async () => {
    const first = await sink();
    await first.stop();
    const roster = await start({ env: settings(first.url) });
    const { id } = await queue(roster, 'ann@example.org');
    await eventually(() => roster.get('/health/services'), ({ body }) => body.services.mail.status === 'disconnected', 8000);
    await roster.get('/health/ready', { status: 200 });
    const server = await sink(['--port', String(first.port)]);
    await server.wait('ann@example.org', 1, 30_000);
    await settled(roster, id, 'sent');
    await server.stop();
    await queue(roster, 'bob@example.org');
    await sleep(1500);
    const again = await sink(['--port', String(first.port)]);
    await again.wait('bob@example.org', 1, 40_000);
    await roster.stop();
    await again.stop();
  });

  test('a server that takes connections and says nothing holds up no request, no job and no stop', async () => {
    const sockets = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => {})));
    await new Promise((ok) => silent.listen(0, '127.0.0.1', ok));
    const roster = await start({ env: settings(`smtp://127.0.0.1:${silent.address().port}`) });
    await everywhere(4, (i) => queue(roster, `p${i}@x${i}.example`));
    await eventually(() => sockets.length, (n) => n > 0);
    const begin = Date.now();
    await roster.register();
    await roster.get('/health/services', { status: 200 });
    assert.ok(Date.now() - begin < 3000);
    const stopping = Date.now();
    await roster.stop();
    assert.ok(Date.now() - stopping < 5000, `stopping took ${Date.now() - stopping} ms`);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('a server that talks nonsense and cuts us off kills no letter', async () => {
    const lines = ['220 hello\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n', '\0\0\0\0', `220 ${'x'.repeat(100_000)}\r\n`, '554 go away\r\n'];
    let turn = 0;
    const odd = createServer((socket) => {
      socket.on('error', () => {});
      socket.write(lines[turn++ % lines.length]);
      setTimeout(() => socket.destroy(), 100);
    });
    await new Promise((ok) => odd.listen(0, '127.0.0.1', ok));
    const { port } = odd.address();
    const roster = await start({ env: settings(`smtp://127.0.0.1:${port}`) });
    const { id } = await queue(roster, 'ann@example.org');
    await eventually(() => turn, (n) => n >= 3, 20_000);
    assert.equal((await show(roster, id)).status, 'queued');
    await new Promise((ok) => odd.close(ok));
    const server = await sink(['--port', String(port)]);
    await server.wait('ann@example.org', 1, 40_000);
    await roster.stop();
    await server.stop();
  });

  test('a stop in the middle: what is on its way goes back, and is sent after the start', async () => {
    const server = await sink();
    let roster = await start({ env: settings(server.url) });
    const mails = await everywhere(6, (i) => queue(roster, `slow${i}@d${i}.example`));
    const held = await queue(roster, 'hang@q.example');
    await eventually(() => server.tries('hang@q.example'), (n) => n === 1);
    await roster.stop({ keep: true });
    const { dir, database } = roster;
    const rows = await (async () => {
      roster = await start({ dir, database, env: settings(server.url) });
      return show(roster, held.id);
    })();
    assert.equal(rows.status, 'queued');
    for (const { id } of mails) await settled(roster, id, 'sent');
    await eventually(() => server.tries('hang@q.example'), (n) => n >= 2, 10_000);
    await roster.stop();
    await server.stop();
  });

  test('killed in the middle: every letter arrives, at least once, under one Message-ID', async () => {
    const server = await sink();
    const env = settings(server.url, { ROSTER_MAIL_TIMEOUT: '1s' });
    let roster = await start({ env });
    const mails = await everywhere(12, (i) => queue(roster, `slow${i}@d${i}.example`));
    await eventually(() => server.letters.length, (n) => n >= 1);
    await roster.kill();
    const { dir, database } = roster;
    roster = await start({ dir, database, env });
    // the claims of the dead lapse: the time for one letter, and 30 s
    for (const { id } of mails) await settled(roster, id, 'sent', 60_000);
    for (const { id, recipient } of mails) {
      const got = server.to(recipient);
      assert.ok(got.length >= 1 && got.length <= 2, `${recipient}: ${got.length}`);
      for (const letter of got) assert.match(letter.data, new RegExp(`Message-ID: <${id}@`));
    }
    await roster.stop();
    await server.stop();
  });

  test('two nodes over one database send no letter twice', { skip: !onPostgres && 'a database in a file has one server' }, async () => {
    const server = await sink();
    const env = settings(server.url);
    const a = await start({ env });
    const b = await new Roster({
      database: { url: a.database.url, drop: async () => {} },
      env: { ...env, ROSTER_MASTER_KEY_FILE: path.join(a.dir, 'keys', 'master') },
    }).start();
    const mails = [];
    for (let round = 0; round < 8; round++)
      mails.push(...(await everywhere(10, (i) => queue([a, b][i % 2], `p${round}x${i}@d${i % 4}.example`))));
    for (const { recipient } of mails) await server.wait(recipient, 1, 30_000);
    for (const { id } of mails) await settled(a, id, 'sent');
    await sleep(1500);
    const counts = mails.map(({ recipient }) => server.to(recipient).length);
    assert.deepEqual(counts, counts.map(() => 1));
    const sent = await Promise.all([a, b].map((node) => metric(node, 'roster_mail_sent_total')));
    assert.equal(sent[0] + sent[1], mails.length);
    assert.ok(sent[0] > 0 && sent[1] > 0, `both took part: ${sent}`);
    await b.stop();
    await a.stop();
    await server.stop();
  });
});
