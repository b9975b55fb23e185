const mine = async (world) => ({ as: await world.somebody() });

// One of two sessions.
async function other(world) {
  const carol = await world.somebody();
  const { user } = await world.roster.login(carol.email, carol.password);
  const { body } = await world.roster.get('/api/v1/auth/sessions', { token: carol.access_token, status: 200 });
  return { as: carol, user, path: { id: body.data.find(({ current }) => !current).id } };
}

export default {
  session_list: (world) => ({ as: world.ann }),
  session_check: (world) => ({ as: world.ann }),
  session_refresh: async (world) => ({ json: { refresh_token: (await world.somebody()).refresh_token } }),
  session_logout: mine,
  session_logout_all: mine,
  session_revoke: async (world) => other(world),
  session_revoke_others: async (world) => ({ as: (await other(world)).as }),
  'POST /api/auth/refresh': async (world) => ({ json: { refreshToken: (await world.somebody()).refresh_token } }),
  'POST /auth/refresh': async (world) => ({ form: { refresh_token: (await world.somebody()).refresh_token } }),
};
