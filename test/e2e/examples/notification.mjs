const shipped = { type: 'order.shipped', code: 'order_shipped', title: 'Your order is on its way', body: 'It arrives on Friday.', data: { order: 4711 }, priority: 5, request_id: 'order-4711-shipped' };

// Somebody with a notification: { as, id }.
async function told(world) {
  const carol = await world.somebody();
  const { body } = await world.roster.post(`/api/v1/users/${carol.user.id}/notifications`, shipped, { token: world.admin.access_token, status: 201 });
  return { as: carol, id: body.data.id };
}
const ofOwn = async (world) => ({ as: (await told(world)).as });
const ofOne = async (world) => {
  const { as, id } = await told(world);
  return { as, path: { id } };
};

export default {
  notification_list: ofOwn,
  notification_count: ofOwn,
  notification_get: ofOne,
  notification_read: ofOne,
  notification_read_all: ofOwn,
  notification_delete: ofOne,
  notification_send: async (world) => ({ as: await world.credentials('notification.send'), path: { id: (await world.somebody()).user.id }, json: shipped, status: 201 }),
};
