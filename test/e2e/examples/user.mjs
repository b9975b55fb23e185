const profile = { display_name: 'Carol', bio: 'Reads maps', location: 'Oslo', website: 'https://carol.example.org/', visibility: 'followers' };
const theirs = (more) => async (world) => ({ as: world.admin, path: { id: (await world.somebody()).user.id }, ...more });
const mine = (more) => async (world) => ({ as: await world.somebody(), ...more });

const file = () => undefined; // bytes: the document cannot hold them
export default {
  user_me: (world) => ({ as: world.ann }),
  user_update_me: mine({ json: profile }),
  user_deactivate_me: mine(),
  user_search: { query: { q: 'ann', limit: 2 } },
  user_get: (world) => ({ as: world.bob, path: { id: world.ann.user.id } }),
  user_list: (world) => ({ as: world.admin, query: { page: 1, limit: 1, q: 'ann', sort: 'username' } }),
  user_update: theirs({ json: { name: 'Carol Sample', location: 'Oslo', role: 'moderator' } }),
  user_delete: theirs(),
  user_deactivate: theirs(),
  user_set_status: theirs({ json: { status: 'suspended', reason: 'Sent advertisements', until: '2036-02-01T00:00:00.000Z' } }),
  'PUT /api/users/{id}': async (world) => {
    const carol = await world.somebody();
    return { as: carol, path: { id: carol.user.id }, json: { displayName: 'Carol', bio: 'Reads maps', visibility: 'FRIENDS_ONLY' } };
  },
  user_set_email: theirs({ json: { email: 'carol.new@example.org' } }),
  user_set_password: theirs({ json: { password: 'seven quiet otters' } }),
  user_batch: async (world) => ({ as: world.admin, json: { items: [{ action: 'update', data: { id: (await world.somebody()).user.id, location: 'Oslo' } }] } }),
  user_activity: (world) => ({ as: world.bob, query: { limit: 1 } }),
  user_export_me: mine({ show: file }),
  user_export_person: theirs({ show: file }),
  user_sessions: (world) => ({ as: world.admin, path: { id: world.ann.user.id } }),
  user_sessions_end: theirs(),
  stats_users: (world) => ({ as: world.admin, steady: { total: 3, active: 3, verified: 1, new_today: 3, new_7d: 3, new_30d: 3, by_role: { admin: 1, user: 2 }, by_status: { active: 3 } } }),
};
