import { password } from '../examples_world.mjs';

export default {
  setup_create: async (world) => {
    const { roster, token } = await world.empty();
    return { on: roster, json: { token, email: 'admin@example.org', password } };
  },
};
