// What the contract of the API has beside what the documents print whole: counts of accounts (which 001 names), roles,
// operations in batches, what a person takes along, sessions of others.
import { is, rule } from './documented.mjs';

const { id, text, flag, count, time, more, list } = is;

const counts = rule('counts by name', (value) => value && Object.values(value).length > 0 && Object.values(value).every(Number.isInteger));
const asAdmin = (f) => ({ as: f.admin });
const good = (data) => more({ success: true, message: text, data });
const role = (name) => more({ name, description: text, permissions: more({}), built_in: flag });
const made = async (f) => {
  const name = f.free().username.slice(0, 32);
  await f.roster.post('/api/v1/roles', { name, description: 'Helps', permissions: ['user.read'] }, { token: f.admin.token, status: 201 });
  return name;
};

export const rows = [
  ['001: counts of accounts', 'GET /api/v1/stats/users', asAdmin, 200, good(more({ total: count, active: count, verified: count, by_role: counts, by_status: counts }))],
  ['001: counts of accounts among the metrics', 'GET /health/metrics?period=24h', asAdmin, 200,
    more({ period: '24h', metrics: more({ users: more({ total: count, active: count, verified: count, byRole: counts, byStatus: counts }) }), timestamp: time })],
  ['counts of accounts, as anybody', 'GET /api/v1/stats/users', async (f) => ({ as: await f.person() }), 403, more({ success: false, error: text })],
  ['what a person takes along', 'GET /api/v1/users/me/export', async (f) => ({ as: await f.person() }), 200, is.matching(/^PK/), { 'content-type': /^application\/zip$/ }],
  ['what a person takes along, without a token', 'GET /api/v1/users/me/export', undefined, 401, more({ success: false, error: 'unauthenticated' })],
  ['a role', 'GET /api/v1/roles/{name}', async (f) => ({ as: f.admin, path: { name: await made(f) } }), 200, good(role(text))],
  ['make a role', 'POST /api/v1/roles', (f) => ({ as: f.admin, json: { name: f.free().username.slice(0, 32), description: 'Helps', permissions: ['user.read'] } }), 201, good(role(text))],
  ['change a role', 'PATCH /api/v1/roles/{name}', async (f) => ({ as: f.admin, path: { name: await made(f) }, json: { description: 'Helps more' } }), 200, good(more({ description: 'Helps more' }))],
  ['drop a role', 'DELETE /api/v1/roles/{name}', async (f) => ({ as: f.admin, path: { name: await made(f) } }), 200, good(null)],
  ['several at once', 'POST /api/v1/users/batch', async (f) => ({ as: f.admin, json: { items: [{ action: 'update', data: { id: (await f.person()).id, bio: 'x' } }, { action: 'update', data: { id: f.unknown } }] } }), 200,
    good(more({ total: 2, succeeded: 1, failed: 1, results: list(more({ index: count, action: 'update', status: count })) }))],
  ['sessions of somebody', 'GET /api/v1/users/{id}/sessions', async (f) => ({ as: f.admin, path: { id: (await f.person()).id } }), 200, good(list(more({ id, created_at: time, expires_at: time })))],
  ['end the sessions of somebody', 'DELETE /api/v1/users/{id}/sessions', async (f) => ({ as: f.admin, path: { id: (await f.person()).id } }), 200, good(more({ ended: 1 }))],
];
