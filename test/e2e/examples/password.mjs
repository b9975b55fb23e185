import { password } from '../examples_world.mjs';

const next = 'four grey geese';

export default {
  password_change: async (world) => ({ as: await world.somebody(), json: { current_password: password, new_password: next } }),
  'POST /api/auth/change-password': async (world) => ({ as: await world.somebody(), json: { currentPassword: password, newPassword: next } }),
};
