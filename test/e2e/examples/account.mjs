import { password } from '../examples_world.mjs';

const device = 'Phone';
const newcomer = (more) => (world) => ({ json: { ...world.nobody(), password, ...more } });

export default {
  user_create: newcomer({ name: 'Carol Example', preferences: { email: true, push: false } }),
  session_login: async (world) => ({ json: { identifier: (await world.somebody()).email, password, device } }),
  'POST /api/auth/register': newcomer({ firstName: 'Carol', lastName: 'Example' }),
  'POST /api/auth/login': async (world) => ({ json: { emailOrUsername: (await world.somebody()).user.username, password } }),
  'POST /auth/signup': (world) => ({ multipart: { ...world.nobody(), password } }),
  'POST /auth/login': async (world) => ({ json: { login: (await world.somebody()).email, password } }),
  'POST /auth/register': (world) => ({ json: { email: world.nobody().email, password, full_name: 'Carol Example' } }),
  'POST /api/v1/auth/register': (world) => ({ json: { email: world.nobody().email, password, full_name: 'Carol Example' } }),
  'POST /auth/token': async (world) => ({ form: { username: (await world.somebody()).email, password } }),
  account_reactivate: async (world) => {
    const carol = await world.somebody();
    await world.roster.delete('/api/v1/users/me', { token: carol.access_token, status: 200 });
    return { json: { identifier: carol.email, password } };
  },
};
