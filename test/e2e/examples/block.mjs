const against = (what, more) => async (world) => {
  const [carol, dave] = [await world.somebody(), await world.somebody()];
  if (what) await world.roster.post(`/api/v1/users/${dave.user.id}/${what}`, undefined, { token: carol.access_token, status: 200 });
  return { as: carol, path: { id: dave.user.id }, ...more };
};
const list = (what) => async (world) => ({ as: (await against(what)(world)).as });

export default {
  block_create: against(undefined, { json: { reason: 'Sends advertisements' } }),
  block_remove: against('block'),
  block_list: list('block'),
  mute_create: against(),
  mute_remove: against('mute'),
  mute_list: list('mute'),
};
