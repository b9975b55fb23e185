import { password } from '../examples_world.mjs';

async function token(world) {
  const { email } = await world.somebody();
  return (await world.letter(email, 'verify_email')).token;
}
const confirmed = async (world) => ({ json: { token: await token(world) } });

export default {
  verification_confirm: confirmed,
  verification_resend: async (world) => ({ json: { email: (await world.somebody()).email } }),
  verification_change: async (world) => ({ as: await world.somebody(), json: { email: world.nobody().email, current_password: password } }),
  'POST /api/auth/verify-email/{token}': async (world) => ({ path: { token: await token(world) } }),
  'POST /auth/verify-email': confirmed,
};
