const reason = 'Sends advertisements to everybody';

// Dave, whom Carol reported: { as: the administrator, carol, dave, id of the report }.
async function reported(world) {
  const [carol, dave] = [await world.somebody(), await world.somebody()];
  const { body } = await world.roster.post('/api/v1/reports', { user_id: dave.user.id, type: 'spam', reason }, { token: carol.access_token, status: 201 });
  return { as: world.admin, carol, dave, id: body.data.id };
}
const resolve = (world, id, more) => world.roster.post(`/api/v1/moderation/reports/${id}/resolve`, { action: 'warn', reason: 'Advertisements are not for here', ...more }, { token: world.admin.access_token, status: 200 });
const onReport = (json, before) => async (world) => {
  const { as, id } = await reported(world);
  if (before) await world.roster.post(`/api/v1/moderation/reports/${id}/${before}`, undefined, { token: as.access_token, status: 200 });
  return { as, path: { id }, json };
};
// Somebody with a strike: { dave, id of the strike }.
async function struck(world, more) {
  const { dave, id } = await reported(world);
  await resolve(world, id, more);
  const { body } = await world.roster.get(`/api/v1/moderation/users/${dave.user.id}/strikes`, { token: world.admin.access_token, status: 200 });
  return { dave, id: body.data[0].id };
}
async function appealed(world) {
  const { dave, id } = await struck(world);
  await world.roster.post(`/api/v1/users/me/strikes/${id}/appeal`, { text: 'It was about my lost cat' }, { token: dave.access_token, status: 200 });
  return { dave, id };
}

export default {
  report_create: async (world) => ({ as: await world.somebody(), json: { user_id: (await world.somebody()).user.id, type: 'spam', reason, content_type: 'post', content_id: '4711', evidence: { text: 'Buy now!' } } }),
  report_mine: async (world) => ({ as: (await reported(world)).carol }),
  report_queue: async (world) => {
    const { as, dave } = await reported(world);
    return { as, query: { status: 'open', user_id: dave.user.id } };
  },
  report_get: onReport(),
  report_claim: onReport(),
  report_release: onReport(undefined, 'claim'),
  report_resolve: onReport({ action: 'suspend', reason: 'Advertisements are not for here', until: '2036-02-01T00:00:00.000Z', note: 'The third time' }),
  moderation_profile: async (world) => {
    const { dave } = await struck(world);
    return { as: world.admin, path: { id: dave.user.id }, steady: { trust_score: 0.9 } };
  },
  moderation_strikes: async (world) => ({ as: world.admin, path: { id: (await struck(world)).dave.user.id } }),
  strike_mine: async (world) => ({ as: (await struck(world)).dave }),
  strike_appeal: async (world) => {
    const { dave, id } = await struck(world);
    return { as: dave, path: { id }, json: { text: 'It was about my lost cat' } };
  },
  appeal_create: async (world) => {
    const { dave } = await struck(world, { action: 'ban' });
    return { json: { identifier: dave.user.username, password: 'three blue herons', text: 'It was about my lost cat' } };
  },
  appeal_queue: async (world) => {
    await appealed(world);
    return { as: world.admin, query: { limit: 1 } };
  },
  appeal_decide: async (world) => ({ as: world.admin, path: { id: (await appealed(world)).id }, json: { lift: true, note: 'It was about a cat' } }),
};
