export default {
  role_list: (world) => ({ as: world.admin }),
};
