// Carol and Ann: { carol, ann }, of whom one follows the other, or asked to.
async function pair(world, { isPrivate = false, follows = true } = {}) {
  const [carol, dave] = [await world.somebody(), await world.somebody()];
  if (isPrivate) await world.roster.patch('/api/v1/users/me', { is_private: true }, { token: dave.access_token, status: 200 });
  if (follows) await world.roster.post(`/api/v1/users/${dave.user.id}/follow`, undefined, { token: carol.access_token, status: 200 });
  return { carol, dave };
}
const byCarol = (more) => async (world) => {
  const { carol, dave } = await pair(world, more);
  return { as: carol, path: { id: dave.user.id } };
};
const byDave = (more) => async (world) => {
  const { carol, dave } = await pair(world, more);
  return { as: dave, path: { id: carol.user.id } };
};
const lists = (query) => async (world) => {
  const { carol, dave } = await pair(world);
  return { as: carol, path: { id: query === 'following' ? carol.user.id : dave.user.id } };
};

export default {
  follow_create: byCarol({ follows: false }),
  follow_remove: byCarol(),
  follow_status: byCarol(),
  follow_between: async (world) => {
    const { carol, dave } = await pair(world);
    return { as: carol, path: { from_id: carol.user.id, to_id: dave.user.id } };
  },
  follow_followers: lists('followers'),
  follow_following: lists('following'),
  follow_mutual: lists('mutual'),
  follow_drop: byDave(),
  follow_requests: async (world) => ({ as: (await pair(world, { isPrivate: true })).dave }),
  follow_accept: byDave({ isPrivate: true }),
  follow_reject: byDave({ isPrivate: true }),
  follow_suggest: async (world) => {
    const { carol, dave } = await pair(world);
    const erin = await world.somebody();
    await world.roster.post(`/api/v1/users/${erin.user.id}/follow`, undefined, { token: dave.access_token, status: 200 });
    return { as: carol };
  },
};
