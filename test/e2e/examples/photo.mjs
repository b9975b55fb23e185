import { png } from '../picture.mjs';

const file = { type: 'image/png', bytes: png(64, 64) };
const mine = (more) => async (world) => ({ as: await world.somebody(), ...more });
const theirs = (more) => async (world) => ({ as: world.admin, path: { id: (await world.somebody()).user.id }, ...more });

export default {
  avatar_set_me: mine({ file }),
  avatar_clear_me: mine(),
  cover_set_me: mine({ file }),
  cover_clear_me: mine(),
  avatar_set: theirs({ file }),
  avatar_clear: theirs(),
  cover_set: theirs({ file }),
  cover_clear: theirs(),
};
