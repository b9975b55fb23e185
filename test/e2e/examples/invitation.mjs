import { password } from '../examples_world.mjs';

async function invited(world) {
  const { email } = world.nobody();
  const { body } = await world.roster.post('/api/v1/invitations', { email, name: 'Carol Example' }, { token: world.admin.access_token, status: 201 });
  return body.data;
}

export default {
  invitation_create: (world) => ({ as: world.admin, json: { email: world.nobody().email, name: 'Carol Example', role: 'moderator' } }),
  invitation_list: (world) => ({ as: world.admin, query: { limit: 1 } }),
  invitation_accept: async (world) => {
    const { token } = await world.letter((await invited(world)).email, 'invitation');
    return { json: { token, password, username: world.nobody().username } };
  },
  invitation_revoke: async (world) => ({ as: world.admin, path: { id: (await invited(world)).id } }),
};
