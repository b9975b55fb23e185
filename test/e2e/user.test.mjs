// Other people: what one sees of them, finding them, and what administrators may do.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { password, startWithAdmin, unique } from './lib.mjs';

let roster;
let admin; // token
let ann;
before(async () => {
  roster = await startWithAdmin();
  admin = roster.admin.access_token;
  ann = await roster.register({ name: 'Ann Viewer' });
});
after(() => roster.stop());

const get = async (id, token, status = 200) => (await roster.get(`/api/v1/users/${encodeURIComponent(id)}`, { token, status })).body.data;
const patch = (person, json, status = 200) => roster.patch('/api/v1/users/me', json, { token: person.access_token, status });
const setStatus = (person, json, status = 200) => roster.post(`/api/v1/users/${person.user.id}/status`, json, { token: admin, status });
const ids = (list) => list.map((u) => u.id);

const ofOwner = ['user_id', 'push_token', 'preferences'];
const ofAccount = ['email', 'email_verified', 'number', 'gender', 'date_of_birth', 'last_login_at'];
const ofProfile = ['name', 'first_name', 'last_name', 'bio', 'website', 'location', 'created_at'];
const absent = (object, names) => assert.deepEqual(names.filter((n) => n in object), []);
const present = (object, names) => assert.deepEqual(names.filter((n) => !(n in object)), []);

describe('of another person', () => {
  let bob;
  before(async () => {
    bob = await roster.register({ name: 'Bob Hidden', first_name: 'Bob', push_token: 'secret-device-token' });
    await patch(bob, { bio: 'About Bob', date_of_birth: '1990-01-01', gender: 'male' });
  });

  test('a stranger and another person see the profile, not the account', async () => {
    for (const token of [undefined, ann.access_token]) {
      const seen = await get(bob.user.id, token);
      present(seen, ['id', 'username', 'display_name', 'bio', ...ofProfile]);
      absent(seen, [...ofOwner, ...ofAccount]);
    }
  });

  test('an administrator sees the account, not what is its owner’s alone', async () => {
    const seen = await get(bob.user.id, admin);
    present(seen, [...ofAccount, ...ofProfile]);
    absent(seen, ofOwner);
  });

  test('the owner sees everything', async () => {
    present(await get(bob.user.id, bob.access_token), [...ofOwner, ...ofAccount, ...ofProfile]);
  });

  test('an administrator who changes the account is answered the same as when he reads it', async () => {
    const { body } = await roster.patch(`/api/v1/users/${bob.user.id}`, { location: 'Here' }, { token: admin, status: 200 });
    // When he was last active is written down beside all this, at any moment.
    const still = ({ last_active_at: _, ...seen }) => seen;
    assert.deepEqual(still(body.data), still(await get(bob.user.id, admin)));
    assert.deepEqual(still((await setStatus(bob, { status: 'active' })).body.data), still(await get(bob.user.id, admin)));
  });

  test('a private profile shows its name alone, in the search nothing', async () => {
    const carl = await roster.register({ username: unique('carlprivate'), name: 'Carl Private' });
    await patch(carl, { visibility: 'private', bio: 'nothing' });
    const seen = await get(carl.user.username, ann.access_token);
    present(seen, ['id', 'username', 'display_name']);
    absent(seen, [...ofOwner, ...ofAccount, ...ofProfile]);
    const found = await roster.get('/api/v1/users/search?q=carlprivate', { token: ann.access_token, status: 200 });
    assert.deepEqual(found.body.data, []);
    const byAdmin = await roster.get('/api/v1/users/search?q=carlprivate', { token: admin, status: 200 });
    assert.deepEqual(ids(byAdmin.body.data), [carl.user.id]);
  });

  test('nobody is looked up by an address but by administrators', async () => {
    await get(bob.email, undefined, 404);
    await get(bob.email, ann.access_token, 404);
    assert.equal((await get(bob.email, admin)).id, bob.user.id);
  });

  test('who does not exist, is banned or suspended is not there', async () => {
    const dan = await roster.register();
    await get('01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1', undefined, 404);
    await get('nobody.of.this.name', undefined, 404);
    await setStatus(dan, { status: 'banned', reason: 'spam' });
    await get(dan.user.id, ann.access_token, 404);
    const seen = await get(dan.user.id, admin);
    assert.deepEqual([seen.status, seen.status_reason, seen.is_active], ['banned', 'spam', false]);
  });

  test('a name is found in whatever case', async () => {
    assert.equal((await get(bob.user.username.toUpperCase(), undefined)).id, bob.user.id);
  });
});

describe('the list of all accounts', () => {
  const list = async (query, status = 200, token = admin) => (await roster.get(`/api/v1/users?${query}`, { token, status })).body;
  const people = [];
  before(async () => {
    for (let i = 0; i < 25; i++) people.push(await roster.register({ username: unique(`list${String(i).padStart(2, '0')}_`) }));
  });

  test('is for administrators and moderators alone', async () => {
    await list('', 401, '');
    await list('', 403, ann.access_token);
    const molly = await roster.register();
    await roster.patch(`/api/v1/users/${molly.user.id}`, { role: 'moderator' }, { token: admin, status: 200 });
    await list('', 200, molly.access_token);
  });

  test('comes in pages with totals', async () => {
    const { data, meta } = await list('page=2&limit=10');
    assert.equal(data.length, 10);
    const [row] = await roster.sql(`SELECT COUNT(*) AS n FROM users WHERE status <> 'deleted'`);
    assert.deepEqual(meta, { total: Number(row.n), limit: 10, page: 2, total_pages: Math.ceil(Number(row.n) / 10), has_next: true, has_previous: true, next_cursor: meta.next_cursor });
    const last = await list(`page=${meta.total_pages}&limit=10`);
    assert.equal(last.meta.has_next, false);
    assert.equal(last.data.length, meta.total - 10 * (meta.total_pages - 1));
    const beyond = await list(`page=${meta.total_pages + 1}&limit=10`);
    assert.deepEqual(beyond.data, []);
  });

  for (const sort of ['created_at', '-created_at', 'username', '-username'])
    test(`walks by cursor in the order ${sort} without gaps or doubles, while others register`, async () => {
      const seen = [];
      let cursor = '';
      do {
        const { data, meta } = await list(`sort=${sort}&limit=7${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        seen.push(...data);
        assert.equal(meta.total, undefined);
        cursor = meta.next_cursor;
        await roster.register({ username: unique(sort.startsWith('-') ? 'zzz' : 'aaa') });
      } while (cursor && seen.length < 300);
      assert.equal(new Set(ids(seen)).size, seen.length);
      for (const { user } of people) assert.ok(ids(seen).includes(user.id));
      const key = sort.replace('-', '');
      const values = seen.map((u) => u[key]);
      const sorted = [...values].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(values, sort.startsWith('-') ? sorted.reverse() : sorted);
    });

  test('refuses a cursor that was forged, is of another order or comes with a page', async () => {
    const { meta } = await list('sort=username&limit=2');
    const cursor = meta.next_cursor;
    for (const wrong of ['x', `${cursor}A`, cursor.slice(0, -1), (cursor[0] === 'A' ? 'B' : 'A') + cursor.slice(1), "' OR 1=1 --"])
      await list(`sort=username&cursor=${encodeURIComponent(wrong)}`, 400);
    await list(`sort=created_at&cursor=${encodeURIComponent(cursor)}`, 400);
    await list(`sort=username&page=2&cursor=${encodeURIComponent(cursor)}`, 422);
  });

  test('refuses limits, pages, filters and orders that are wrong', async () => {
    for (const wrong of ['limit=0', 'limit=101', 'limit=x', 'page=-1', 'page=101&limit=100', 'sort=password', 'status=gone', 'role=king'])
      await list(wrong, 422);
  });

  test('filters by role, status, name and address', async () => {
    assert.deepEqual((await list('role=admin')).data.map((u) => u.role), ['admin']);
    const eve = await roster.register();
    await setStatus(eve, { status: 'suspended' });
    assert.ok(ids((await list('status=suspended')).data).includes(eve.user.id));
    assert.ok((await list('status=suspended')).data.every((u) => u.status === 'suspended'));
    assert.deepEqual(ids((await list(`q=${eve.user.username}`)).data), [eve.user.id]);
    assert.deepEqual(ids((await list(`search=${eve.email}`)).data), [eve.user.id]);
    assert.deepEqual(ids((await list(`q=${eve.user.username}&status=active`)).data), []);
    assert.equal((await list(`q=${eve.user.username}&page=1`)).meta.total, 1);
  });

  test('shows of nobody what is his alone', async () => {
    for (const user of (await list('limit=100')).data.filter((u) => u.id !== roster.admin.user.id)) absent(user, ofOwner);
  });
});

describe('the search', () => {
  const search = async (q, more = '', token = ann.access_token) =>
    (await roster.get(`/api/v1/users/search?q=${encodeURIComponent(q)}${more}`, { token, status: 200 })).body;
  const people = {
    latin: 'Zdeněk Říhánek', german: 'Jürgen Großmann', russian: 'Владислав Щербаков', greek: 'Αλέξανδρος Παπαδόπουλος', hebrew: 'יהודית שפירא',
    arabic: 'عبدالرحمن الخطيب', chinese: '欧阳娜娜', japanese: '渡辺さやか', korean: '남궁민수', hindi: 'प्रियंका चौधरी', thai: 'ประภาพรรณ', turkish: 'Işıl Güneş', vietnamese: 'Nguyễn Thị Minh Khai', apostrophe: "Siobhán O'Hanlon-Quirke",
  };
  const made = {};
  before(async () => {
    for (const [key, name] of Object.entries(people)) made[key] = await roster.register({ name });
  });
  const finds = async (q, key) => assert.ok(ids((await search(q)).data).includes(made[key].user.id), `${q} finds ${people[key]}`);

  test('finds by the beginning of any word, in every script', async () => {
    for (const [key, name] of Object.entries(people))
      for (const word of name.split(' ')) await finds([...word].slice(0, 3).join(''), key);
  });

  test('finds by the middle of a word, in every script', async () => {
    for (const [key, name] of Object.entries(people)) {
      const word = [...name.split(' ')[0]];
      if (word.length >= 5) await finds(word.slice(1, 7).join(''), key);
    }
  });

  test('finds by one or two characters of the beginning, Chinese and Korean too', async () => {
    for (const [q, key] of [['欧', 'chinese'], ['欧阳', 'chinese'], ['渡', 'japanese'], ['남궁', 'korean'], ['남', 'korean'], ['Zd', 'latin'], ['Щ', 'russian']])
      await finds(q, key);
  });

  test('does not care for case, accents or how they are composed', async () => {
    for (const [q, key] of [['zdenek', 'latin'], ['RIHANEK', 'latin'], ['jurgen', 'german'], ['JÜRGEN'.normalize('NFD'), 'german'], ['GROSSMANN', 'german'],
      ['ВЛАДИСЛАВ', 'russian'], ['αλεξανδρος', 'greek'], ['nguyen thi', 'vietnamese'], ["o'hanlon", 'apostrophe'], ['Ｚｄｅｎｅｋ', 'latin']])
      await finds(q, key);
  });

  test('puts those that begin with it first', async () => {
    const middle = await roster.register({ name: 'Supermarlow' });
    const start = await roster.register({ name: 'Marlowsky' });
    assert.deepEqual(ids((await search('marlow')).data), [start.user.id, middle.user.id]);
  });

  test('walks beginnings and middles by cursor without gaps or doubles', async () => {
    const all = [];
    for (let i = 0; i < 9; i++) all.push(await roster.register({ name: i % 2 ? `Quibble${i} Quibblesome` : `Unquibble${i}` }));
    const seen = [];
    let more = '';
    do {
      const { data, meta } = await search('quibble', `&limit=2${more}`);
      seen.push(...ids(data));
      more = meta.next_cursor ? `&cursor=${encodeURIComponent(meta.next_cursor)}` : '';
    } while (more && seen.length < 50);
    assert.deepEqual([...seen].sort(), all.map((p) => p.user.id).sort());
    const paged = [];
    for (let page = 1; page <= 5; page++) {
      const { data, meta } = await search('quibble', `&limit=2&page=${page}`);
      assert.deepEqual([meta.total, meta.total_pages, meta.has_next], [9, 5, page < 5]);
      paged.push(...ids(data));
    }
    assert.deepEqual(paged, seen);
  });

  test('takes signs of SQL and of patterns as text', async () => {
    for (const q of ['%', '_', "'", '"', '\\', '*', 'a OR b', '" OR "', "'; DROP TABLE users; --", 'NEAR(a b)', '%%%', '___', '"""', '\\\\\\'])
      assert.deepEqual((await search(q)).data.filter((u) => Object.values(made).some((m) => m.user.id === u.id)), [], q);
  });

  test('needs something to look for', async () => {
    for (const query of ['', '?q=', '?q=%20', `?q=${'x'.repeat(101)}`]) await roster.get(`/api/v1/users/search${query}`, { status: 422 });
  });

  test('no longer finds an old name, and finds the new one at once', async () => {
    const person = await roster.register({ name: 'Oldname Wexford' });
    await patch(person, { name: 'Newname Bexford', display_name: 'Newname' });
    assert.deepEqual((await search('wexford')).data, []);
    assert.deepEqual(ids((await search('bexford')).data), [person.user.id]);
  });

  test('is open to strangers and shows them profiles alone', async () => {
    const { data } = await search('Zdeněk', '', '');
    absent(data[0], [...ofOwner, ...ofAccount]);
  });
});

describe('an administrator', () => {
  test('makes accounts with a role; a moderator cannot', async () => {
    const { body } = await roster.post('/api/v1/users', { username: unique('boss'), role: 'moderator', password }, { token: admin, status: 201 });
    assert.equal(body.data.user.role, 'moderator');
    const molly = await roster.login(body.data.user.username);
    await roster.post('/api/v1/users', { email: `${unique()}@example.org`, password, role: 'admin' }, { token: molly.access_token, status: 422 });
    await roster.patch(`/api/v1/users/${molly.user.id}`, { role: 'admin' }, { token: molly.access_token, status: 403 });
  });

  test('bans: the next request, refresh and log-in are refused', async () => {
    const eve = await roster.register();
    await roster.me(eve.access_token, { status: 200 });
    await setStatus(eve, { status: 'banned', reason: 'abuse' });
    await roster.me(eve.access_token, { status: [401, 403] });
    await roster.post('/api/v1/auth/refresh', { refresh_token: eve.refresh_token }, { status: [401, 403] });
    await roster.post('/api/v1/auth/login', { identifier: eve.email, password }, { status: 403 });
  });

  test('suspends until a time, after which the account works again by itself', async () => {
    const eve = await roster.register();
    const until = new Date(Date.now() + 1500).toISOString();
    const { body } = await setStatus(eve, { status: 'suspended', until, reason: 'cool down' });
    assert.equal(body.data.status_until, until);
    await roster.me(eve.access_token, { status: [401, 403] });
    await new Promise((done) => setTimeout(done, 1600));
    await roster.login(eve.email);
    await get(eve.user.id, ann.access_token, 200);
  });

  test('cannot suspend until a time that has passed, nor set "deleted", nor an unknown status', async () => {
    const eve = await roster.register();
    await setStatus(eve, { status: 'suspended', until: '2020-01-01T00:00:00Z' }, 422);
    await setStatus(eve, { status: 'active', until: '2999-01-01T00:00:00Z' }, 422);
    await setStatus(eve, { status: 'deleted' }, 422);
    await setStatus(eve, { status: 'gone' }, 422);
  });

  test('who is the last one cannot be demoted, suspended, deactivated or erased', async () => {
    const id = roster.admin.user.id;
    for (const run of [
      () => roster.patch(`/api/v1/users/${id}`, { role: 'user' }, { token: admin }),
      () => roster.post(`/api/v1/users/${id}/status`, { status: 'suspended' }, { token: admin }),
      () => roster.post(`/api/v1/users/${id}/deactivate`, undefined, { token: admin }),
      () => roster.delete('/api/v1/users/me', { token: admin }),
      () => roster.delete(`/api/v1/users/${id}`, { token: admin }),
    ]) {
      const { status, body } = await run();
      assert.deepEqual([status, body.error], [409, 'last_admin']);
    }
  });

  test('erases: names become free, nothing personal is left, tokens end', async () => {
    const eve = await roster.register({ name: 'Eve Erased', username: unique('eve') });
    await roster.delete(`/api/v1/users/${eve.user.id}`, { token: ann.access_token, status: 403 });
    await roster.delete(`/api/v1/users/${eve.user.id}`, { token: admin, status: 200 });
    await roster.me(eve.access_token, { status: 401 });
    await roster.delete(`/api/v1/users/${eve.user.id}`, { token: admin, status: 404 });
    await get(eve.user.id, ann.access_token, 404);
    const [row] = await roster.sql(`SELECT * FROM users WHERE id = '${eve.user.id}'`);
    assert.deepEqual([row.email, row.name, row.display_name, row.username], [null, null, null, eve.user.id]);
    for (const table of ['password', 'session', 'login_name'])
      assert.deepEqual(await roster.sql(`SELECT user_id FROM ${table} WHERE user_id = '${eve.user.id}'`), [], table);
    assert.deepEqual((await roster.get(`/api/v1/users/search?q=${eve.user.username}`)).body.data, []);
    await roster.register({ email: eve.email, username: eve.user.username });
  });

  test('changes another account with If-Match on what he read', async () => {
    const eve = await roster.register();
    const { headers } = await roster.get(`/api/v1/users/${eve.user.id}`, { token: admin });
    const match = { token: admin, headers: { 'if-match': headers.get('etag') } };
    await roster.patch(`/api/v1/users/${eve.user.id}`, { bio: 'one' }, { ...match, status: 200 });
    await roster.patch(`/api/v1/users/${eve.user.id}`, { bio: 'two' }, { ...match, status: 412 });
  });

  test('reads the roles and what each may do', async () => {
    const { body } = await roster.get('/api/v1/roles', { token: admin, status: 200 });
    assert.deepEqual(body.data.map((r) => r.name).sort(), ['admin', 'moderator', 'user']);
    await roster.get('/api/v1/roles', { token: ann.access_token, status: 403 });
  });
});

test('a person can neither change nor deactivate somebody else', async () => {
  const bob = await roster.register();
  for (const [method, path, json] of [['PATCH', '', { bio: 'x' }], ['PUT', '', { bio: 'x' }], ['DELETE', ''], ['POST', '/status', { status: 'banned' }], ['POST', '/deactivate']])
    await roster.request(method, `/api/v1/users/${bob.user.id}${path}`, { json, token: ann.access_token, status: 403 });
  await roster.me(bob.access_token, { status: 200 });
});
