const steady = { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', sequence: 58 };

export default {
  webhook_create: (world) => ({
    as: world.admin,
    json: { url: world.hook.url, types: ['user.*', 'session.revoked'], description: 'Newsletter', form: 'cloudevents' },
    steady,
  }),
  webhook_list: async (world) => {
    await world.delivery();
    return { as: world.admin, query: { limit: 1 }, steady: { has_next: true, next_cursor: 'AZ8yQ0x3Zk3vT0w1Jq8sXn5bC7mR2yL4' } };
  },
  webhook_get: async (world) => ({ as: world.admin, path: { id: (await world.delivery()).id } }),
  webhook_update: async (world) => ({ as: world.admin, path: { id: (await world.webhook()).id }, json: { types: ['*'], enabled: false } }),
  webhook_delete: async (world) => ({ as: world.admin, path: { id: (await world.webhook()).id } }),
  webhook_rotate_secret: async (world) => ({ as: world.admin, path: { id: (await world.webhook()).id }, steady }),
  webhook_ping: async (world) => ({ as: world.admin, path: { id: (await world.webhook()).id } }),
  webhook_deliveries: async (world) => ({ as: world.admin, path: { id: (await world.delivery()).id }, steady }),
  webhook_replay: async (world) => ({ as: world.admin, path: await world.delivery(), steady }),
  webhook_replay_dead: async (world) => ({
    as: world.admin, path: { id: (await world.webhook()).id }, json: { since: new Date(Date.now() - 3_600_000).toISOString() }, steady: { replayed: 3 },
  }),
};
