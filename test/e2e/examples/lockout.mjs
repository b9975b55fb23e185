export default {
  user_unlock: async (world) => ({ as: world.admin, path: { id: (await world.somebody()).user.id } }),
};
