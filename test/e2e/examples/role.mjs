let made = 0;
// A role that may be spoilt, shown as "helper".
async function role(world) {
  const name = `helper${++made}`;
  world.texts.push([name, 'helper']);
  await world.roster.post('/api/v1/roles', { name, description: 'Helps', permissions: ['user.read'] }, { token: world.admin.access_token, status: 201 });
  return { as: world.admin, path: { name } };
}

export default {
  role_list: (world) => ({ as: world.admin }),
  role_get: (world) => ({ as: world.admin, path: { name: 'moderator' } }),
  role_create: (world) => ({ as: world.admin, json: { name: 'supporter', description: 'Answers questions', permissions: ['user.read'] } }),
  role_update: async (world) => ({ ...(await role(world)), json: { description: 'Helps more' } }),
  role_delete: role,
};
