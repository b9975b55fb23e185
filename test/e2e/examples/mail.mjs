const first = async (world) => (await world.roster.get(`/api/v1/mail?user_id=${world.ann.user.id}`, { token: world.admin.access_token, status: 200 })).body.data[0];

export default {
  mail_list: (world) => ({ as: world.admin, query: { user_id: world.ann.user.id, limit: 1 } }),
  mail_show: async (world) => {
    await world.letter('ann@example.org', 'verify_email');
    return { as: world.admin, path: { id: (await first(world)).id } };
  },
  mail_retry: async (world) => {
    const { roster, admin, letter } = await world.waiting();
    return { on: roster, as: admin, path: { id: letter.id }, steady: { attempts: 1, reason: 'connection refused' } };
  },
};
