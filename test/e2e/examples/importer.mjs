export default {
  user_import: (world) => {
    const { username, email } = world.nobody();
    return { as: world.admin, query: { format: 'csv' }, text: { type: 'text/csv', body: `username,email,name\n${username},${email},Carol Example\n` } };
  },
  // One of all.
  user_export: (world) => ({ as: world.admin, query: { format: 'json' }, show: (accounts) => accounts.filter(({ username }) => username === 'ann') }),
};
