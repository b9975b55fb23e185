// Ten thousand people with names in many scripts: registered through the API, some logged in, found by the beginning and
// by the middle of their names, and all of them met once in a walk by cursor.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cheap, password, startWithAdmin } from './lib.mjs';
import { crowd } from './crowd.mjs';

const all = [...crowd(10_000, 20_26)];
const clients = 24;
const checked = 50; // every so many answers is held against the document; all of them would take minutes

let roster;
let admin;
before(async () => {
  roster = await startWithAdmin({ env: { ...cheap, ROSTER_PASSWORD_MEMORY: '64KiB', ROSTER_LOG_LEVEL: 'warn' } });
  admin = roster.admin.access_token;
  const post = async (person, i) => {
    const { script, ...json } = person;
    if (i % checked === 0) return roster.register(json);
    const answer = await fetch(`${roster.url}/api/v1/users`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...json, password }) });
    const text = await answer.text();
    assert.equal(answer.status, 201, text);
    return JSON.parse(text).data;
  };
  let next = 0;
  const client = async () => {
    for (let i; (i = next++) < all.length; ) {
      const { user, access_token } = await post(all[i], i);
      Object.assign(all[i], { id: user.id, username: user.username, token: access_token });
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
});
after(() => roster?.stop());

const search = async (q, more = '') => (await roster.get(`/api/v1/users/search?q=${encodeURIComponent(q)}&limit=100${more}`, { status: 200 })).body;
// One of each script, and what a person would type.
const ofEachScript = () => [...new Map(all.map((p) => [p.script, p])).values()];

async function isFound(q, person) {
  for (let cursor = '', pages = 0; pages < 30; pages++) {
    const { data, meta } = await search(q, cursor);
    if (data.some((u) => u.id === person.id)) return;
    if (!meta.next_cursor) break;
    cursor = `&cursor=${encodeURIComponent(meta.next_cursor)}`;
  }
  assert.fail(`"${q}" does not find ${person.name} (${person.script})`);
}

test('all ten thousand have an account, a user name of their own and a session', async () => {
  const [row] = await roster.sql('SELECT COUNT(*) AS users, COUNT(DISTINCT username) AS names FROM users');
  assert.deepEqual([Number(row.users), Number(row.names)], [10_001, 10_001]);
  for (const person of all.filter((_, i) => i % 500 === 0)) {
    const { body } = await roster.me(person.token, { status: 200 });
    assert.deepEqual([body.data.id, body.data.name, body.data.first_name], [person.id, person.name, person.first_name]);
  }
});

test('they log in by address and by name', async () => {
  for (const person of all.filter((_, i) => i % 700 === 0))
    for (const identifier of [person.email, person.username]) assert.equal((await roster.login(identifier)).user.id, person.id);
});

test('each script is found by the beginning of a name', async () => {
  for (const person of ofEachScript()) for (const word of person.name.split(' ')) await isFound([...word].slice(0, 4).join(''), person);
});

test('each script is found by the middle of a name', async () => {
  for (const person of ofEachScript()) {
    const word = [...person.name.split(' ').at(-1)];
    if (word.length > 5) await isFound(word.slice(1, 7).join(''), person);
  }
});

test('short names of China, Japan and Korea are found by one and two characters', async () => {
  for (const script of ['chinese', 'japanese', 'korean']) {
    const person = all.find((p) => p.script === script);
    for (const n of [1, 2]) await isFound([...person.name].slice(0, n).join(''), person);
  }
});

test('capitals, accents and their absence do not matter', async () => {
  for (const [typed, name] of [['RIHANEK', 'Říhánek'], ['grossmann', 'Großmann'], ['guðmunds', 'Guðmundsdóttir'], ['ЩЕРБАКОВ', 'Щербаков'], ['παπαδοπουλος', 'Παπαδόπουλος'], ['nguyen thi', 'Nguyễn Thị']])
    await isFound(typed, all.find((p) => p.name.includes(name)));
});

test('a walk by cursor meets each of them once', async () => {
  const met = new Set();
  let cursor = '';
  do {
    const { body } = await roster.get(`/api/v1/users?sort=username&limit=100${cursor}`, { token: admin, status: 200 });
    for (const user of body.data) {
      assert.ok(!met.has(user.id));
      met.add(user.id);
    }
    cursor = body.meta.next_cursor ? `&cursor=${encodeURIComponent(body.meta.next_cursor)}` : '';
  } while (cursor);
  assert.equal(met.size, 10_001);
});

test('totals are exact to ten thousand, and say when there are more', async () => {
  const { body } = await roster.get('/api/v1/users?page=1', { token: admin, status: 200 });
  assert.deepEqual([body.meta.total, body.meta.total_capped], [10_000, true]);
  await roster.get('/api/v1/users?page=100&limit=100', { token: admin, status: 200 });
  await roster.get('/api/v1/users?page=101&limit=100', { token: admin, status: 422 });
});
