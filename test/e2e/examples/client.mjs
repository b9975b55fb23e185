export default {
  client_create: (world) => ({ as: world.admin, json: { name: 'Newsletter', scope: 'contact.read' } }),
  client_list: (world) => ({ as: world.admin }),
  client_rotate: async (world) => ({ as: world.admin, path: { id: (await world.credentials('contact.read')).id }, json: { overlap: 3600 } }),
  client_revoke: async (world) => ({ as: world.admin, path: { id: (await world.credentials('contact.read')).id } }),
};
