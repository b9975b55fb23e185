import { once } from 'node:events';
import { io } from 'socket.io-client';

// Somebody is connected, in a room.
async function connected(world, person) {
  const socket = io(world.roster.url, { forceNew: true, reconnection: false, transports: ['websocket'], auth: { token: person.access_token } });
  await once(socket, 'connect');
  await socket.emitWithAck('room:join', { roomId: 'garden' });
  return socket;
}
const own = '01a1fc88-7a2d-7c34-9404-6091f8f70010';
const steady = {
  port: 8080, uptime: 86400, rss: 14, heap_total: 6, heapTotal: 6, heap_used: 4, heapUsed: 4, external: 0, connections_per_second: 0.1, connectionsPerSecond: 0.1,
  connected: 1, total: 1, active: 1, peak: 1, events: { connect: 1, disconnect: 0, message: 1, error: 0 },
};
const read = (more) => (world) => ({ as: world.admin, steady: { ...steady, ...more } });
const listed = (more) => async (world) => {
  await connected(world, world.ann);
  return { as: world.admin, steady: { ...steady, ...more } };
};

export default {
  realtime_info: read({ rooms: 2 }),
  realtime_stats: read(),
  realtime_clients: listed({ clients: [{ id: 'iRBIMH1Xct6ilaccH27s', user_id: own, username: 'ann', transport: 'websocket', connected_at: '2026-11-21T09:00:00.000Z', user_agent: '', ip: '127.0.0.1', rooms: ['garden', `user:${own}`] }] }),
  'GET /api/websocket/clients': listed({ clients: [{ id: 'iRBIMH1Xct6ilaccH27s', userId: own, username: 'ann', transport: 'websocket', connectedAt: '2026-11-21T09:00:00.000Z', userAgent: '', ip: '127.0.0.1', rooms: ['garden', `user:${own}`] }] }),
  realtime_rooms: listed({ rooms: [{ name: 'garden', client_count: 1, clients: ['iRBIMH1Xct6ilaccH27s'], created_at: '2026-11-21T09:00:00.000Z' }] }),
  'GET /api/websocket/rooms': listed({ rooms: [{ name: 'garden', clientCount: 1, clients: ['iRBIMH1Xct6ilaccH27s'], createdAt: '2026-11-21T09:00:00.000Z' }] }),
  realtime_kick: async (world) => {
    const carol = await world.somebody();
    await connected(world, carol);
    return { as: world.admin, path: { id: carol.user.id } };
  },
};
