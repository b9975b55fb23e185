// Document 004: register, token, me, at /auth/... and at /api/v1/auth/...; a user is flat and has a number for an id.
import { is } from './documented.mjs';

const { text, flag, count, number, time, jwt, maybe, list, matching, more } = is;

const user = { id: count, email: text, full_name: maybe(text), is_active: true, created_at: time, updated_at: maybe(time) };
const detail = (sentence) => ({ detail: sentence });
const wrong = (...names) => ({ detail: list({ loc: list(matching(new RegExp(`^(body|${names.join('|')})$`))), msg: text, type: text }) });
const named = { 'www-authenticate': /^Bearer/ };
const component = more({ name: text, status: text, healthy: flag, message: text });

export const rows = [
  ...['/auth', '/api/v1/auth'].flatMap((prefix) => [
    [`register at ${prefix}`, `POST ${prefix}/register`, (f) => ({ json: { email: f.free().email, password: f.password, full_name: 'John Doe' } }), 200, { ...user, full_name: 'John Doe' }],
    [`register with the least at ${prefix}`, `POST ${prefix}/register`, (f) => ({ json: { email: f.free().email, password: f.password } }), 200, user],
    [`register with all at ${prefix}`, `POST ${prefix}/register`, (f) => ({ json: { email: f.free().email, full_name: null, is_active: true, password: f.password } }), 200, user],
    [`register with a taken address at ${prefix}`, `POST ${prefix}/register`, async (f) => ({ json: { email: (await f.person()).email, password: f.password } }), 400, detail('Email already registered')],
    [`register with wrong fields at ${prefix}`, `POST ${prefix}/register`, () => ({ json: { email: 'nobody', password: 'short' } }), 422, wrong('email', 'password')],
    [`ask for a new password at ${prefix}`, `POST ${prefix}/password-reset/request`, async (f) => ({ json: { email: (await f.person()).email } }), 200, more({ message: text })],
    [`set a new password at ${prefix}`, `POST ${prefix}/password-reset/confirm`, async (f) => ({ json: { token: await f.reset(), new_password: f.next } }), 200, more({ message: 'Password reset successfully' })],
    [`verify an address at ${prefix}`, `POST ${prefix}/verify-email`, async (f) => ({ json: { token: await f.verification() } }), 200, more({ message: 'Email verified successfully' })],
  ]),
  ['token', 'POST /auth/token', async (f) => ({ form: { username: (await f.person()).email, password: f.password } }), 200, { access_token: jwt, token_type: 'bearer' }],
  ['token as the OAuth form has it', 'POST /auth/token', async (f) => ({ form: { grant_type: 'password', username: (await f.person()).email, password: f.password, scope: '', client_id: '', client_secret: '' } }), 200,
    { access_token: jwt, token_type: 'bearer' }],
  ['token with a wrong password', 'POST /auth/token', async (f) => ({ form: { username: (await f.person()).email, password: 'certainly wrong' } }), 401, detail('Incorrect email or password'), named],
  ['token of nobody', 'POST /auth/token', (f) => ({ form: { username: f.free().email, password: f.password } }), 401, detail('Incorrect email or password'), named],
  ['token of somebody deactivated', 'POST /auth/token', async (f) => ({ form: { username: (await f.status(await f.person(), 'inactive')).email, password: f.password } }), 401, detail('Inactive user')],
  ['token at /api/v1/auth, by the OAuth form', 'POST /api/v1/auth/token', async (f) => ({ form: { grant_type: 'password', username: (await f.person()).email, password: f.password } }), 200,
    more({ access_token: jwt, token_type: matching(/^bearer$/i) })],
  ['me', 'GET /auth/me', async (f) => ({ as: await f.person() }), 200, more({ email: text, full_name: 'John Doe', is_active: true, number: count, created_at: time, updated_at: maybe(time) })],
  ['me with a bad token', 'GET /auth/me', () => ({ as: { token: 'x.y.z' } }), 401, detail(text)],
  ['health', 'GET /health/', undefined, 200, more({ healthy: true, status: 'healthy', components: more({ database: component }), timestamp: time })],
  ['health in detail', 'GET /health/detailed', undefined, 200, more({ healthy: true, status: 'healthy', service: text, version: text, components: more({ database: component }), timestamp: time })],
  ['health for a dashboard', 'GET /health/dashboard', undefined, 200, more({ status: 'healthy', service: text, version: text, dashboard_data: more({ overall_status: { healthy: true, percentage: number, status_text: text },
    components: more({ database: component }), summary: more({}), system_info: more({}), timestamp: time, last_updated: time }) })],
];
