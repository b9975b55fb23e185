const profile = { display_name: 'Carol', bio: 'Reads maps', location: 'Oslo', website: 'https://carol.example.org/', visibility: 'followers' };
const theirs = (more) => async (world) => ({ as: world.admin, path: { id: (await world.somebody()).user.id }, ...more });
const mine = (more) => async (world) => ({ as: await world.somebody(), ...more });

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
};
