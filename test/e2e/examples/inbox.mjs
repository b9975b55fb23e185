export default {
  inbox_profile: (world) => ({ as: world.admin, path: { id: world.ann.user.id } }),
};
