// Photos and covers: what is taken, what becomes of it, how it is served, and what strangers may not do with it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binary, cheap, eventually, password, run, start, startWithAdmin, unique } from './lib.mjs';
import { animatedGif, bigPng, exif, gif, headOf, jpegWith, png, pngPixels } from './picture.mjs';

const stored = (name) => fs.readFile(fileURLToPath(new URL(`pictures/${name}`, import.meta.url)));

let roster;
let ann;
before(async () => {
  roster = await startWithAdmin({ env: { ...cheap, ROSTER_PHOTO_TIMEOUT: '60s' } }); // the machine may be busy
  ann = await roster.register();
});
after(() => roster?.stop());

const avatar = '/api/v1/users/me/avatar';
const cover = '/api/v1/users/me/cover';

// Sends a picture as the body itself, or (field) in a form.
function send(target, bytes, { type = 'image/png', field, token = ann.access_token, ...options } = {}) {
  if (!field) return roster.request('PUT', target, { token, body: bytes, ...options, headers: { 'content-type': type, ...options.headers } });
  const form = new FormData();
  form.set(field, new Blob([bytes], { type }), options.filename ?? 'me.png');
  return roster.request('PUT', target, { token, body: form, ...options });
}

async function file(url, options) {
  const answer = await fetch(new URL(url, roster.url), options);
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}
const other = (url, width) => url.replace(/-\d+\./, `-${width}.`);
const onDisk = (url, server = roster) => path.join(server.dir, url.replace('/uploads/', 'uploads/'));
const there = (name) => fs.stat(name).then(() => true, () => false);

// The processes that decode for this server, by /proc.
async function workers() {
  const found = [];
  for (const pid of (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [stat, command] = await Promise.all([fs.readFile(`/proc/${pid}/stat`, 'utf8'), fs.readFile(`/proc/${pid}/cmdline`, 'utf8')]).catch(() => ['', '']);
    if (command.includes('photo-worker') && Number(stat.replace(/.*\) /, '').split(' ')[1]) === roster.child.pid) found.push(Number(pid));
  }
  return found;
}

describe('a photo', () => {
  test('is cropped to its middle, in three sizes, and stands in the profile', async () => {
    const { body } = await send(avatar, png(800, 600), { status: 200 });
    const url = body.data.avatar_url;
    assert.match(url, /^\/uploads\/([0-9a-f]{2})\/\1[0-9a-f]{30}-512\.jpg$/);
    for (const size of [512, 128, 48]) {
      const { status, headers, bytes } = await file(other(url, size));
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'image/jpeg');
      assert.deepEqual(headOf(bytes), { format: 'jpeg', width: size, height: size });
    }
    assert.equal((await roster.me(ann.access_token)).body.data.avatar_url, url);
    const shown = await roster.get(`/api/v1/users/${ann.user.id}`, { status: 200 });
    assert.equal(shown.body.data.avatar_url, url);
    const bare = await roster.get('/auth/me', { token: ann.access_token, status: 200 });
    assert.equal(bare.body.photo_url, url);
  });

  test('that is smaller than the sizes is not enlarged', async () => {
    const { body } = await send(avatar, png(100, 60), { status: 200 });
    for (const [size, width] of [[512, 60], [128, 60], [48, 48]]) assert.equal(headOf((await file(other(body.data.avatar_url, size))).bytes).width, width);
  });

  test('comes in a form too, under either name', async () => {
    for (const field of ['file', 'photo']) await send(avatar, png(60, 60), { field, status: 200 });
  });

  test('with transparency stays transparent', async () => {
    const { body } = await send(avatar, png(64, 64, { alpha: () => 0x40 }), { status: 200 });
    assert.match(body.data.avatar_url, /-512\.png$/);
    const pixels = pngPixels((await file(body.data.avatar_url)).bytes);
    assert.equal(pixels.at(10, 10)[3], 0x40);
  });

  test('may be JPEG, PNG, WebP or GIF, whatever it says it is', async () => {
    const jpeg = await file((await send(avatar, png(300, 300), { status: 200 })).body.data.avatar_url);
    const pictures = [jpeg.bytes, png(30, 30), gif(20, 20), animatedGif(20, 20), await stored('lossy.webp'), await stored('lossless.webp'), await stored('animated.webp')];
    for (const bytes of pictures) {
      const { body } = await send(avatar, bytes, { type: 'image/jpeg', status: 200 });
      assert.ok(['jpeg', 'png'].includes(headOf((await file(body.data.avatar_url)).bytes).format));
    }
  });

  test('of an animation is its first frame', async () => {
    const { body } = await send(avatar, animatedGif(20, 20), { type: 'image/gif', status: 200 });
    const { format, width, height } = headOf((await file(body.data.avatar_url)).bytes);
    assert.deepEqual([format, width, height], ['jpeg', 20, 20]);
  });

  test('is turned as its EXIF block says, and the block is gone', async () => {
    const plain = (await file((await send(cover, png(900, 300), { status: 200 })).body.data.cover_url)).bytes;
    assert.deepEqual(headOf(plain), { format: 'jpeg', width: 900, height: 300 });
    const turned = jpegWith(plain, exif(6, 'GPS: 52.5163, 13.3777'));
    const { body } = await send(cover, turned, { type: 'image/jpeg', status: 200 });
    const { bytes } = await file(body.data.cover_url);
    assert.deepEqual(headOf(bytes), { format: 'jpeg', width: 300, height: 100 }); // 300 x 900 now: a third of its width is left
    assert.ok(!bytes.includes('Exif') && !bytes.includes('GPS'));
  });

  test('is removed, and so are its files', async () => {
    const { body } = await send(avatar, png(60, 60), { status: 200 });
    assert.ok(await there(onDisk(body.data.avatar_url)));
    const gone = await roster.delete(avatar, { token: ann.access_token, status: 200 });
    assert.equal(gone.body.data.avatar_url, null);
    await eventually(async () => !(await there(onDisk(body.data.avatar_url))), Boolean);
    for (const size of [512, 128, 48]) assert.equal((await file(other(body.data.avatar_url, size))).status, 404);
    await roster.delete(avatar, { token: ann.access_token, status: 200 });
  });

  test('that replaces another removes its files', async () => {
    const first = (await send(avatar, png(60, 60), { status: 200 })).body.data.avatar_url;
    const second = (await send(avatar, png(60, 60), { status: 200 })).body.data.avatar_url;
    assert.notEqual(first, second);
    await eventually(async () => !(await there(onDisk(first))), Boolean);
    assert.ok(await there(onDisk(second)));
  });

  test('is told as an event of the user, and audited', async () => {
    await send(avatar, png(60, 60), { status: 200, headers: { 'x-correlation-id': 'a-new-photo' } });
    const admin = roster.admin.access_token;
    const { body } = await roster.get('/api/v1/audit?limit=100', { token: admin, status: 200 });
    assert.ok(body.data.some((row) => row.action === 'avatar_set_me' || row.operation === 'avatar_set_me'), JSON.stringify(body.data[0]));
  });
});

describe('a cover', () => {
  test('is three times as wide as high', async () => {
    const { body } = await send(cover, png(2000, 2000), { status: 200 });
    assert.match(body.data.cover_url, /-1500\.jpg$/);
    for (const width of [1500, 600, 300]) assert.deepEqual(headOf((await file(other(body.data.cover_url, width))).bytes), { format: 'jpeg', width, height: width / 3 });
    assert.equal((await roster.delete(cover, { token: ann.access_token, status: 200 })).body.data.cover_url, null);
  });

  test('of a private profile is seen by nobody else, the photo is', async () => {
    const ben = await roster.register();
    await send(avatar, png(30, 30), { token: ben.access_token, status: 200 });
    await send(cover, png(30, 30), { token: ben.access_token, status: 200 });
    await roster.patch('/api/v1/users/me', { visibility: 'private' }, { token: ben.access_token, status: 200 });
    const { body } = await roster.get(`/api/v1/users/${ben.user.id}`, { token: ann.access_token, status: 200 });
    assert.ok(body.data.avatar_url);
    assert.ok(!('cover_url' in body.data));
  });
});

describe('who', () => {
  test('a stranger may not', async () => {
    await roster.request('PUT', avatar, { body: png(9, 9), headers: { 'content-type': 'image/png' }, status: 401 });
    await roster.delete(avatar, { status: 401 });
  });

  test('an administrator may for others, others may not', async () => {
    const target = `/api/v1/users/${ann.user.id}/avatar`;
    const eve = await roster.register();
    await send(target, png(30, 30), { token: eve.access_token, status: 403 });
    await send(target, png(30, 30), { status: 200 }); // her own
    const { body } = await send(target, png(30, 30), { token: roster.admin.access_token, status: 200 });
    assert.ok(body.data.avatar_url);
    await roster.delete(target, { token: roster.admin.access_token, status: 200 });
    await send(`/api/v1/users/${ann.user.id}/cover`, png(30, 30), { token: roster.admin.access_token, status: 200 });
    await send(`/api/v1/users/01a1fc88-7a2d-7c34-9404-6091f8f72737/avatar`, png(30, 30), { token: roster.admin.access_token, status: 404 });
  });

  test('If-Match is held against the profile', async () => {
    await send(avatar, png(30, 30), { headers: { 'if-match': '"not this"' }, status: 412 });
    const { headers } = await roster.me(ann.access_token);
    await send(avatar, png(30, 30), { headers: { 'if-match': headers.get('etag') }, status: 200 });
  });

  test('signs up with a photo', async () => {
    const form = new FormData();
    const fields = { username: `p${unique()}`.slice(0, 30), email: `${unique()}@example.org`, password };
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('photo', new Blob([png(90, 90)], { type: 'image/png' }), 'me.png');
    const { body } = await roster.request('POST', '/auth/signup', { body: form, status: 200 });
    const me = await roster.get('/auth/me', { token: body.access_token, status: 200 });
    assert.match(me.body.photo_url, /^\/uploads\/.*-512\.jpg$/);
    assert.equal((await file(me.body.photo_url)).status, 200);
  });

  test('signs up without one where a form has an empty part for it', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ email: `${unique()}@example.org`, password })) form.set(name, value);
    form.set('photo', new Blob([]), '');
    const { body } = await roster.request('POST', '/auth/signup', { body: form, status: 200 });
    assert.equal((await roster.get('/auth/me', { token: body.access_token, status: 200 })).body.photo_url, null);
  });

  test('signs up with a picture that is none is told so, and has no account', async () => {
    const form = new FormData();
    const email = `${unique()}@example.org`;
    for (const [name, value] of Object.entries({ email, password })) form.set(name, value);
    form.set('photo', new Blob(['<svg/>']), 'me.svg');
    const { body } = await roster.request('POST', '/auth/signup', { body: form, status: 415 });
    assert.match(body.detail, /JPEG, PNG, WebP or GIF/);
    await roster.post('/api/v1/auth/login', { identifier: email, password }, { status: 401 });
  });
});

describe('served', () => {
  let url;
  before(async () => {
    url = (await send(avatar, png(700, 700), { status: 200 })).body.data.avatar_url;
  });

  test('for ever, with a tag, and as nothing but a picture', async () => {
    const { headers, bytes } = await file(url);
    assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy'), /sandbox/);
    assert.equal(headers.get('accept-ranges'), 'bytes');
    const same = await file(url, { headers: { 'if-none-match': headers.get('etag') } });
    assert.deepEqual([same.status, same.bytes.length], [304, 0]);
    const head = await file(url, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length'), head.bytes.length], [200, String(bytes.length), 0]);
  });

  test('in parts', async () => {
    const whole = await file(url);
    const part = await file(url, { headers: { range: 'bytes=10-19' } });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 10-19/${whole.bytes.length}`]);
    assert.deepEqual(part.bytes, whole.bytes.subarray(10, 20));
    assert.equal((await file(url, { headers: { range: 'bytes=99999999-' } })).status, 416);
    const old = await file(url, { headers: { range: 'bytes=0-3', 'if-range': '"another"' } });
    assert.deepEqual([old.status, old.bytes.length], [200, whole.bytes.length]);
  });

  test('also to whoever shows a cookie or a token that has ended', async () => {
    for (const headers of [{ authorization: 'Bearer nonsense' }, { cookie: 'roster_access=nonsense' }]) assert.equal((await file(url, { headers })).status, 200);
  });

  // Glewlwyd CVE-2022-29967: a file server that could be led out of its folder.
  test('advisory_path_traversal: nothing but what the feature wrote', async () => {
    await fs.writeFile(path.join(roster.dir, 'uploads', 'secret.txt'), 'secret');
    const [folder, name] = url.split('/').slice(2);
    const inside = path.join(roster.dir, 'uploads', folder);
    await fs.writeFile(path.join(inside, 'note.jpg'), 'secret');
    const linked = `${folder}${'0'.repeat(30)}-512.jpg`;
    await fs.symlink(path.join(roster.dir, 'uploads', 'secret.txt'), path.join(inside, linked));
    const lost = [...'0123456789abcdef'].map((c) => `${c}${c}`).find((c) => c !== folder);
    await fs.rm(path.join(roster.dir, 'uploads', lost), { recursive: true, force: true });
    await fs.symlink(inside, path.join(roster.dir, 'uploads', lost));
    const targets = [
      '/uploads/', '/uploads/secret.txt', `/uploads/${folder}`, `/uploads/${folder}/`, `/uploads/${folder}/note.jpg`, `/uploads/${folder}/${linked}`,
      `/uploads/${lost}/${lost}${name.slice(2)}`, `/uploads/${lost}/${name}`, '/uploads/../lock', '/uploads/../keys/master', '/uploads/..%2fkeys%2fmaster', '/uploads/%2e%2e/keys/master',
      '/uploads/%2e%2e%2fkeys%2fmaster', '/uploads/..%5ckeys', `/uploads/${folder}/..%2f..%2fkeys%2fmaster`, `/uploads/${folder}/../../keys/master`, '/uploads//etc/passwd', '/uploads/%00', `/uploads/${folder}/${name}%00.html`,
      `/uploads/${folder}/${name.toUpperCase()}`, `/uploads/${folder}/${name}.new`, '/uploads/%252e%252e/keys/master', '/uploads/..;/keys/master', '/uploads/%c0%ae%c0%ae/keys/master',
    ];
    for (const target of targets) {
      const { status, text } = await raw(target);
      assert.ok([400, 404].includes(status), `${target} answered ${status}`);
      assert.ok(!text.includes('secret'), target);
    }
    await fs.rm(path.join(roster.dir, 'uploads', lost));
  });
});

// As it stands, without a client that tidies the path.
function raw(target) {
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(roster.url);
    const request = http.request({ hostname, port, path: target, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part)).on('end', () => done({ status: answer.statusCode, text }));
    });
    request.on('error', fail).end();
  });
}

describe('refused', () => {
  const refused = async (bytes, status, more) => (await send(avatar, bytes, { status, ...more })).body;

  test('is what is no picture, by its bytes and not by its name', async () => {
    for (const bytes of ['hello', Buffer.alloc(100), 'GIF', 'RIFF1234WAVE', '%PDF-1.7', Buffer.from('BM')]) await refused(bytes, 415);
    assert.match((await refused('hello', 415)).message, /JPEG, PNG, WebP or GIF/);
  });

  test('is what has no file, or two, or another content type', async () => {
    await roster.request('PUT', avatar, { token: ann.access_token, status: 422 });
    await send(avatar, png(9, 9), { field: 'other', status: 422 });
    await send(avatar, '', { status: 422 });
    const two = new FormData();
    for (const name of ['file', 'photo']) two.set(name, new Blob([png(9, 9)]), 'a.png');
    await roster.request('PUT', avatar, { token: ann.access_token, body: two, status: 422 });
    await refused(png(9, 9), 415, { type: 'application/pdf' });
    await refused(png(9, 9), 415, { headers: { 'content-encoding': 'gzip' } });
  });

  test('is more than 10 MiB', async () => {
    await refused(Buffer.concat([png(9, 9), Buffer.alloc(10 << 20)]), 413);
    await refused(Buffer.concat([png(9, 9), Buffer.alloc(11 << 20)]), 413);
  });

  test('advisory_svg: a drawing that holds a script is no picture here', async () => {
    const svg = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    await refused(svg, 415, { type: 'image/svg+xml' });
    await refused(svg, 415, { type: 'image/png' });
    await refused(`\xef\xbb\xbf${svg}`, 415, { field: 'file', type: 'image/svg+xml' });
  });

  test('advisory_decompression_bomb: 100,000 by 100,000 pixels in a KB, and 50 million in a few', async () => {
    assert.match((await refused(bigPng(100000, 100000), 422)).message, /12,000/);
    await refused(bigPng(12001, 1), 422);
    await refused(bigPng(7100, 7100), 422);
    await refused(bigPng(11000, 4000), 422); // within the limits, but the pixels never come
    const liar = Buffer.from(gif(20, 20));
    liar.writeUInt16LE(65535, 6 + 7 + 6 + 5); // the frame, beyond the screen
    await refused(liar, 422);
  });

  // Kanidm: a PNG of a few bytes was read past its end, and the server with it.
  test('advisory_short_png: a file that ends anywhere is refused, and the server goes on', async () => {
    const whole = png(20, 20);
    for (const n of [8, 9, 11, 12, 16, 20, 23, 24, 28, 33, 40, whole.length - 30]) await refused(whole.subarray(0, n), 422);
    const jpeg = (await file((await send(avatar, png(64, 64), { status: 200 })).body.data.avatar_url)).bytes;
    for (const n of [3, 4, 20, 100, jpeg.length >> 1, jpeg.length - 40]) await refused(jpeg.subarray(0, n), 422);
    const webp = await stored('lossy.webp');
    for (const n of [12, 20, 30, webp.length >> 1]) await refused(webp.subarray(0, n), 422);
    for (const n of [6, 12, 13, 30]) await refused(gif(20, 20).subarray(0, n), 422);
    await send(avatar, whole, { status: 200 });
  });

  test('advisory_polyglot: what else was in the file is gone', async () => {
    const script = '<script>alert(document.cookie)</script>';
    const zip = Buffer.from('PK\x03\x04 archive PK\x05\x06', 'latin1');
    const jpeg = (await file((await send(avatar, png(64, 64), { status: 200 })).body.data.avatar_url)).bytes;
    const pictures = [Buffer.concat([gif(20, 20), Buffer.from(script)]), Buffer.concat([png(20, 20), Buffer.from(script)]), Buffer.concat([jpeg, zip]), jpegWith(jpeg, Buffer.from(`\xff\xfe\x00\x29${script}`, 'latin1'))];
    for (const bytes of pictures) {
      const { body } = await send(avatar, bytes, { status: 200 });
      for (const size of [512, 128, 48]) {
        const clean = (await file(other(body.data.avatar_url, size))).bytes;
        assert.ok(!clean.includes('script') && !clean.includes('PK\x03\x04') && !clean.includes('PK\x05\x06'));
      }
    }
  });

  test('advisory_ssrf: an address is never fetched, whatever it is kept as', async () => {
    let asked = 0;
    const server = net.createServer(() => asked++).listen(0, '127.0.0.1');
    after(() => server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${server.address().port}/a.png`;
    await roster.patch('/api/v1/users/me', { avatar_url: url }, { token: ann.access_token, status: 200 }); /* where others look; the server does not */
    await roster.put(avatar, { avatar_url: url }, { token: ann.access_token, status: 422 });
    await refused(url, 415);
    const form = new FormData();
    form.set('file', url);
    await roster.request('PUT', avatar, { token: ann.access_token, body: form, status: 422 });
    assert.equal(asked, 0);
  });
});

describe('the process that decodes', () => {
  const slow = () => bigPng(7000, 7000, true);

  test('runs twice at the most; who comes then is told to come again', async () => {
    const bytes = slow();
    let most = 0;
    let done = false;
    const watching = (async () => {
      while (!done) most = Math.max(most, (await workers()).length);
    })();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(avatar, bytes, { status: [200, 503], timeout: 60_000 })));
    done = true;
    await watching;
    const busy = answers.filter((a) => a.status === 503);
    assert.ok(busy.length > 0 && busy.length < 8);
    assert.ok(busy.every((a) => Number(a.headers.get('retry-after')) > 0));
    assert.ok(most >= 1 && most <= 2, `${most} at once`);
  });

  test('advisory_worker_crash: may be killed in the middle', async () => {
    const answer = send(avatar, slow(), { status: 422, timeout: 60_000 });
    const [pid] = await eventually(workers, (list) => list.length > 0);
    process.kill(pid, 'SIGKILL');
    assert.match((await answer).body.message, /could not be read/);
    assert.deepEqual(await workers(), []);
    await send(avatar, png(30, 30), { status: 200 });
  });

  test('can open no file, reach no network and start no program', async () => {
    const answer = send(avatar, slow(), { status: 200, timeout: 60_000 });
    const status = await eventually(
      async () => (await Promise.all((await workers()).map((pid) => fs.readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))))[0] ?? '',
      (text) => /^Seccomp:\s+2$/m.test(text),
    );
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    const [pid] = await workers();
    if (pid) {
      const limits = await fs.readFile(`/proc/${pid}/limits`, 'utf8');
      assert.match(limits, /Max open files\s+0\s+0/);
      assert.match(limits, /Max address space\s+536870912/);
      assert.match(limits, /Max cpu time\s+10\s/);
    }
    await answer;
  });

  test('answers only what it was made for', async () => {
    const { code, stdout } = await run(binary, ['photo-worker', 'avatar'], { input: 'nothing' });
    assert.deepEqual([code, stdout.slice(0, 4), stdout.length], [0, 'RPH1', 56]);
  });
});

test('an upload that dawdles is ended, and what came of it leaves no file', async () => {
  const server = await startWithAdmin({ env: { ...cheap, ROSTER_BODY_TIMEOUT: '500ms' } });
  try {
    const { hostname, port } = new URL(server.url);
    const socket = net.connect(Number(port), hostname);
    let text = '';
    socket.on('data', (part) => (text += part));
    const bytes = png(300, 300);
    socket.write(`PUT ${avatar} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.admin.access_token}\r\nContent-Type: image/png\r\nContent-Length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes.subarray(0, 100));
    await once(socket, 'close');
    assert.match(text, /^HTTP\/1.1 408 /);
    assert.deepEqual(await fs.readdir(path.join(server.dir, 'uploads')), []);
  } finally {
    await server.stop();
  }
});

test('files that no row names are removed when they are an hour old, no others', async () => {
  const first = await startWithAdmin({ env: cheap });
  const folder = path.join(first.dir, 'uploads', '00');
  const name = (n) => `00${String(n).repeat(30)}`;
  const old = new Date(Date.now() - 2 * 3600_000);
  await fs.mkdir(folder, { recursive: true });
  for (const n of [1, 2]) for (const size of [512, 128, 48]) await fs.writeFile(path.join(folder, `${name(n)}-${size}.jpg`), 'x');
  await fs.writeFile(path.join(folder, `${name(3)}-512.jpg.new`), 'x');
  await fs.writeFile(path.join(folder, 'mine.txt'), 'x');
  for (const size of [512, 128, 48]) await fs.utimes(path.join(folder, `${name(1)}-${size}.jpg`), old, old);
  await fs.utimes(path.join(folder, `${name(3)}-512.jpg.new`), old, old);
  await fs.utimes(path.join(folder, 'mine.txt'), old, old);
  const url = await (async () => {
    const answer = await fetch(`${first.url}${avatar}`, { method: 'PUT', body: png(30, 30), headers: { 'content-type': 'image/png', authorization: `Bearer ${first.admin.access_token}` } });
    return (await answer.json()).data.avatar_url;
  })();
  for (const size of [512, 128, 48]) await fs.utimes(onDisk(other(url, size), first), old, old);
  await first.stop({ keep: true });
  const second = await start({ dir: first.dir, database: first.database, env: cheap });
  try {
    await eventually(async () => (await fs.readdir(folder)).includes(`${name(1)}-512.jpg`), (still) => !still);
    const left = await fs.readdir(folder);
    assert.deepEqual(left.filter((f) => !url.includes(f.slice(0, 32))).sort(), [...[128, 48, 512].map((size) => `${name(2)}-${size}.jpg`), 'mine.txt']);
    assert.ok(await there(onDisk(url, second)));
  } finally {
    await second.stop();
  }
});
