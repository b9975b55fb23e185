export default {
  audit_list: (world) => ({ as: world.admin, query: { subject_id: world.bob.user.id, limit: 1 }, steady: { seq: 42, hash: 'q1Vd8nS3x0rT6kL9mB2cW5yZ7aE4uH1jP8gF3oQ6iN0' } }),
  audit_verify: (world) => ({ as: world.admin, steady: { checked: 42 } }),
};
