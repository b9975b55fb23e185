const next = 'four grey geese';

async function forgot(world) {
  const { email } = await world.somebody();
  await world.roster.post('/api/v1/auth/password-reset', { email }, { status: 200 });
  return (await world.letter(email, 'reset_password')).token;
}
const asked = async (world) => ({ json: { email: (await world.somebody()).email } });
const again = async (world) => ({ json: { token: await forgot(world), password: next, password_confirm: next } });

export default {
  recovery_begin: asked,
  recovery_confirm: again,
  'POST /api/auth/forgot-password': asked,
  'POST /api/auth/reset-password': async (world) => ({ json: { token: await forgot(world), password: next } }),
  'POST /auth/password-reset/request': asked,
  'POST /api/v1/auth/password-reset/request': asked,
  'POST /auth/password-reset/confirm': async (world) => ({ json: { token: await forgot(world), new_password: next } }),
};
