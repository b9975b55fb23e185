export default {
  events_tail: (world) => ({ as: world.admin, query: { after: 0, limit: 1 }, steady: { next_cursor: '1', version: '1.0', correlation_id: '' } }),
  events_status: (world) => ({ as: world.admin, steady: { newest: 57, unsealed: 0, unsealed_since: null, position: 57, behind: 0, waiting_since: null } }),
  events_replay: (world) => ({ as: world.admin, json: { sink: 'webhooks', from: 2 }, steady: { behind: 56 } }),
};
