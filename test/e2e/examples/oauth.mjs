import { password } from '../examples_world.mjs';

export default {
  oauth_token: async (world) => ({ form: { grant_type: 'password', username: (await world.somebody()).email, password } }),
  oauth_introspect: (world) => ({ as: world.service, form: { token: world.ann.access_token }, steady: { exp: 1768479300, iat: 1768478400, nbf: 1768478400 } }),
  oauth_revoke: async (world) => ({ form: { token: (await world.somebody()).refresh_token } }),
};
