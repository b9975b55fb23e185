const mine = (json) => async (world) => ({ as: await world.somebody(), json });

export default {
  preference_get: (world) => ({ as: world.ann }),
  preference_show: (world) => ({ as: world.ann, path: { id: world.ann.user.id } }),
  preference_update: mine({ theme: 'dark', push: false }),
  preference_replace: mine({ theme: 'light', language: 'fr', timezone: 'Europe/Paris', time_format: '24h' }),
  'PUT /api/users/preferences': mine({ theme: 'dark', language: 'de', emailNotifications: true, profileVisibility: 'FRIENDS_ONLY' }),
};
