// What one person sees of another, in every face alike: profiles, search and its totals, lists, the older shapes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startWithAdmin, unique } from './lib.mjs';

let roster;
let admin;
let bob;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
  bob = await roster.register();
});
after(() => roster.stop());

const change = (person, json) => roster.patch('/api/v1/users/me', json, { token: person.access_token, status: 200 });
const full = { name: 'Wilma Underhill', first_name: 'Wilma', last_name: 'Underhill', bio: 'Of the hill', website: 'https://wilma.example/', location: 'Rotterdam',
  gender: 'female', date_of_birth: '1990-02-28' };
const person = async (more = {}) => {
  const ann = await roster.register({ display_name: unique('Shown') });
  await change(ann, { ...full, ...more });
  return ann;
};
const strangers = () => [undefined, bob.access_token];

// Every face in which a profile appears to a viewer, as one object each with the names of the canonical shape.
async function faces(ann, token) {
  const snake = (o) => o && Object.fromEntries(Object.entries(o).map(([k, v]) => [k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), v]));
  const q = encodeURIComponent(ann.user.username);
  const out = [];
  for (const id of [ann.user.id, ann.user.username]) {
    out.push((await roster.get(`/api/v1/users/${id}`, { token, status: 200 })).body.data);
    out.push(snake((await roster.get(`/api/users/${id}`, { token, status: 200 })).body));
  }
  out.push(...(await roster.get(`/api/v1/users/search?q=${q}`, { token, status: 200 })).body.data);
  out.push(...(await roster.get(`/api/users/search?q=${q}`, { token, status: 200 })).body.data.map(snake));
  return out;
}

describe('what strangers never see', () => {
  test('of a public profile', async () => {
    const ann = await person({ push_token: unique('seen-by-nobody') });
    for (const token of strangers())
      for (const face of await faces(ann, token))
        for (const field of ['user_id', 'email', 'number', 'email_verified', 'gender', 'date_of_birth', 'push_token', 'preferences', 'last_login_at', 'status_reason', 'show_email', 'allow_messages'])
          assert.ok(!(field in face), field);
  });

  test('and what they do see', async () => {
    const ann = await person();
    const { body } = await roster.get(`/api/v1/users/${ann.user.id}`, { token: bob.access_token, status: 200 });
    for (const field of ['id', 'username', 'name', 'first_name', 'last_name', 'display_name', 'bio', 'website', 'location', 'avatar_url', 'role', 'visibility', 'last_active_at', 'created_at'])
      assert.ok(field in body.data, field);
  });
});

describe('the switches of its owner', () => {
  for (const [name, field, dflt] of [['show_email', 'email', false], ['show_location', 'location', true], ['show_online_status', 'last_active_at', true]])
    test(`${name} shows ${field}, or hides it everywhere`, async () => {
      const ann = await person();
      const shown = async (token) => {
        const seen = (await faces(ann, token)).filter((face) => 'created_at' in face).map((face) => field in face);
        assert.equal(new Set(seen).size, 1);
        return seen[0];
      };
      for (const token of strangers()) assert.equal(await shown(token), dflt);
      for (const value of [!dflt, dflt]) {
        await roster.patch('/api/v1/users/me/preferences', { [name]: value }, { token: ann.access_token, status: 200 });
        for (const token of strangers()) assert.equal(await shown(token), value);
        assert.equal(await shown(admin), true);
        assert.equal(await shown(ann.access_token), true);
      }
    });
});

describe('a limited profile', () => {
  for (const limit of [{ visibility: 'followers' }, { visibility: 'private' }, { is_private: true }])
    test(`${JSON.stringify(limit)} leaves its name alone`, async () => {
      const ann = await person({ ...limit, show_email: true });
      for (const token of strangers()) {
        const seen = await faces(ann, token);
        for (const face of seen)
          for (const field of ['name', 'first_name', 'last_name', 'bio', 'website', 'location', 'email', 'last_active_at', 'followers_count', 'created_at', 'updated_at', 'cover_url'])
            assert.ok(!(field in face), field);
        assert.ok(seen.every((face) => face.username === ann.user.username && face.display_name));
        assert.equal(seen.length, limit.visibility === 'private' ? 4 : 6, 'private: by its very name alone');
      }
      for (const token of [admin, ann.access_token]) assert.equal((await faces(ann, token))[0].bio, full.bio);
    });

  test('opens again at once', async () => {
    const ann = await person({ visibility: 'private' });
    await change(ann, { visibility: 'public' });
    assert.equal((await roster.get(`/api/v1/users/${ann.user.id}`, { token: bob.access_token })).body.data.bio, full.bio);
  });
});

describe('advisory_search_tells_nothing_hidden', () => {
  const total = async (q, token) => {
    const { body } = await roster.get(`/api/v1/users/search?q=${encodeURIComponent(q)}&page=1`, { token, status: 200 });
    assert.equal(body.meta.total, body.data.length);
    return body.meta.total;
  };

  test('a hidden name finds nobody and counts for nothing, by its beginning, its middle or whole', async () => {
    const [first, last] = [unique('Quirin'), unique('Zwiebel')];
    const ann = await person({ name: `${first} ${last}`, first_name: first, last_name: last });
    const texts = [first, last, first.slice(2), last.slice(3), `${first} ${last}`];
    for (const q of texts) for (const token of [...strangers(), admin, ann.access_token]) assert.equal(await total(q, token), 1, q);
    for (const limit of [{ visibility: 'followers' }, { visibility: 'public', is_private: true }, { visibility: 'private', is_private: false }]) {
      await change(ann, limit);
      for (const q of texts) {
        for (const token of strangers()) assert.equal(await total(q, token), 0, q);
        for (const token of [admin, ann.access_token]) assert.equal(await total(q, token), 1, q);
        const older = await roster.get(`/api/users/search?q=${encodeURIComponent(q)}`, { token: bob.access_token, status: 200 });
        assert.deepEqual([older.body.data, older.body.pagination.total], [[], 0]);
      }
    }
    await change(ann, { visibility: 'public' });
    for (const q of texts) assert.equal(await total(q, bob.access_token), 1, q);
  });

  test('an address finds nobody, whether it is shown or not', async () => {
    const ann = await person({ show_email: true });
    for (const token of strangers()) {
      assert.equal(await total(ann.email, token), 0);
      await roster.get(`/api/v1/users/${encodeURIComponent(ann.email)}`, { token, status: 404 });
    }
  });

  test('a place or a text about the person finds nobody', async () => {
    const place = unique('Atlantis');
    await person({ location: place, bio: place });
    for (const token of [...strangers(), admin]) assert.equal(await total(place, token), 0);
  });
});

test('the list of all is for those who may read accounts', async () => {
  for (const target of ['/api/v1/users', '/api/users']) {
    await roster.get(target, { token: bob.access_token, status: 403 });
    await roster.get(target, { status: 401 });
    await roster.get(target, { token: admin, status: 200 });
  }
});

test('who is banned or gone is not there for others', async () => {
  const ann = await person();
  await roster.post(`/api/v1/users/${ann.user.id}/status`, { status: 'banned' }, { token: admin, status: 200 });
  for (const token of strangers()) for (const id of [ann.user.id, ann.user.username]) await roster.get(`/api/v1/users/${id}`, { token, status: 404 });
});

describe('001: PUT /api/users/{id}', () => {
  const put = (id, json, options) => roster.put(`/api/users/${id}`, json, options);

  test('changes every field that its document names, by the person itself', async () => {
    const ann = await roster.register();
    const token = ann.access_token;
    const wanted = { firstName: 'Ann', lastName: 'Lee', displayName: 'Ann Lee', bio: 'Hi\nthere', website: 'https://ann.example/', location: 'Oslo', avatarUrl: 'https://cdn.example/a.png',
      coverImageUrl: 'https://cdn.example/c.png', visibility: 'FRIENDS_ONLY', isPrivate: true, gender: 'PREFER_NOT_TO_SAY', dateOfBirth: '1990-02-28' };
    const { body } = await put(ann.user.id, { ...wanted, allowMessages: false, allowTagging: false, showOnlineStatus: false }, { token, status: 200 });
    for (const [field, value] of Object.entries(wanted)) assert.deepEqual(body[field], value, field);
    const now = (await roster.me(token)).body.data;
    assert.deepEqual([now.visibility, now.gender, now.cover_url, now.avatar_url], ['followers', 'prefer_not_to_say', wanted.coverImageUrl, wanted.avatarUrl]);
    const preferences = (await roster.get('/api/users/preferences', { token, status: 200 })).body;
    assert.deepEqual([preferences.allowMessages, preferences.allowTagging, preferences.showOnlineStatus, preferences.profileVisibility], [false, false, false, 'FRIENDS_ONLY']);
    for (const [theirs, ours] of [['PUBLIC', 'public'], ['PRIVATE', 'private'], ['FRIENDS_ONLY', 'followers']]) {
      assert.equal((await put(ann.user.id, { visibility: theirs }, { token, status: 200 })).body.visibility, theirs);
      assert.equal((await roster.me(token)).body.data.visibility, ours);
    }
    assert.equal((await put(ann.user.id, { gender: 'FEMALE' }, { token, status: 200 })).body.gender, 'FEMALE');
  });

  test('refuses what is wrong in their form', async () => {
    const ann = await roster.register();
    const { body } = await put(ann.user.id, { firstName: 'x'.repeat(51), displayName: 'x'.repeat(101), bio: 'x'.repeat(501), location: 'x'.repeat(101), website: 'javascript:alert(1)', avatarUrl: 'data:text/html,x',
      visibility: 'NOBODY', isPrivate: 'maybe', dateOfBirth: '2999-01-01' }, { token: ann.access_token, status: 400 });
    assert.equal(body.error, 'Validation failed');
    assert.deepEqual(body.details.map((d) => d.path).sort(), ['avatarUrl', 'bio', 'dateOfBirth', 'displayName', 'firstName', 'isPrivate', 'location', 'visibility', 'website']);
  });

  test('advisory_idor: is for the person and administrators, and gives nobody a role', async () => {
    const ann = await roster.register();
    const refused = await put(ann.user.id, { bio: 'x' }, { token: bob.access_token, status: 403 });
    assert.equal(refused.body.error, 'Not authorized to update this user');
    await put(ann.user.id, { bio: 'x' }, { status: 401 });
    await put(ann.user.id, { role: 'ADMIN' }, { token: ann.access_token, status: 403 });
    for (const field of ['status', 'isEmailVerified', 'email', 'followersCount', 'createdAt', 'id']) await put(ann.user.id, { [field]: 'x' }, { token: ann.access_token, status: 400 });
    assert.equal((await put(ann.user.id, { bio: 'by an administrator', role: 'MODERATOR' }, { token: admin, status: 200 })).body.role, 'MODERATOR');
    const { body } = await roster.get('/api/users?role=MODERATOR&status=ACTIVE', { token: admin, status: 200 });
    assert.deepEqual(body.data.map((u) => u.id), [ann.user.id]);
    await put('01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1', { bio: 'x' }, { token: admin, status: 404 });
  });
});

test('advisory_xss: an address that a browser would run is refused, however it is dressed', async () => {
  const ann = await roster.register();
  const bad = ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\tscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:x', 'file:///etc/passwd', 'ftp://x.example',
    '//x.example', 'http://', 'https://', 'http:x', 'https://user:secret@x.example', 'https://x.example/"onmouseover="alert(1)', 'https://x.example/<script>', 'https://x.example\\@y.example', 'https://x y.example', 'https://.example', 'https://x.example:99999', 'blob:https://x.example/y', 'jar:https://x.example!/'];
  for (const field of ['website', 'avatar_url', 'cover_url'])
    for (const value of bad) {
      const { body } = await roster.patch('/api/v1/users/me', { [field]: value }, { token: ann.access_token, status: 422 });
      assert.deepEqual(Object.keys(body.details), [field]);
    }
  for (const value of ['https://x.example', 'http://x.example:8080/a?b=c#d', 'https://bücher.example/ä', 'https://[2001:db8::1]/', 'HTTPS://X.EXAMPLE/'])
    await change(ann, { website: value });
});
