const query = 'query GetUser($id: ID!) { user(id: $id) { username displayName followersCount } }';

export default {
  'GET /graphql': (world) => ({ as: world.ann, query: { query, variables: JSON.stringify({ id: world.ann.user.id }) } }),
  'POST /graphql': (world) => ({ as: world.ann, json: { query, variables: { id: world.ann.user.id } } }),
};
