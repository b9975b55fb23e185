export default {
  key_jwks: {},
  key_list: (world) => ({ as: world.admin }),
  key_rotate: (world) => ({ as: world.admin }),
};
