async function withPhone(world) {
  const carol = await world.somebody();
  const phone = { token: 'fcm-token-of-carol', platform: 'fcm', device: 'Phone' };
  const { body } = await world.roster.post('/api/v1/users/me/push-tokens', phone, { token: carol.access_token, status: 201 });
  return { as: carol, id: body.data.id };
}

export default {
  push_list: (world) => ({ as: world.ann }),
  push_register: async (world) => ({ as: await world.somebody(), json: { token: 'fcm-token-of-carol', platform: 'fcm', device: 'Phone' } }),
  push_remove: async (world) => {
    const { as, id } = await withPhone(world);
    return { as, path: { id } };
  },
  push_remove_all: async (world) => ({ as: (await withPhone(world)).as }),
};
