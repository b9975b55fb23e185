const aboutAnn = (more) => (world) => ({ as: world.service, path: { id: world.ann.user.id }, ...more });

export default {
  contact_get: aboutAnn({ query: { type: 'email' } }),
  contact_all: aboutAnn(),
  contact_preferences: aboutAnn(),
  contact_push_token: aboutAnn(),
};
