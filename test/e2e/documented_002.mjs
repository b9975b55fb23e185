// Document 002: `/auth/...`, snake_case, bare answers, failures as {"detail"}. Its client registers by a multipart form.
import { is } from './documented.mjs';
import { png } from './picture.mjs';

const { id, text, count, time, jwt, matching, list, more } = is;

const tokens = { access_token: jwt, refresh_token: text, token_type: 'bearer', expires_in: count };
const detail = (sentence) => ({ detail: sentence });
const missing = (...names) => ({ detail: list({ loc: list(matching(new RegExp(`^(body|${names.join('|')})$`))), msg: text, type: 'missing' }) });
const signup = (more) => async (f) => ({ multipart: { ...f.free(), password: f.password, ...(more && (await more(f))) } });
const photo = () => new Blob([png(64, 64)], { type: 'image/png' });

export const rows = [
  ['signup', 'POST /auth/signup', signup(), 200, tokens],
  ['signup with a photo', 'POST /auth/signup', signup(() => ({ photo: photo() })), 200, tokens],
  ['signup with a taken name', 'POST /auth/signup', signup(async (f) => ({ username: (await f.person()).username })), 400, detail('Username already registered')],
  ['signup with a taken address', 'POST /auth/signup', signup(async (f) => ({ email: (await f.person()).email })), 400, detail('Email already registered')],
  ['signup without fields', 'POST /auth/signup', () => ({ multipart: { username: 'alone' } }), 422, { detail: list({ loc: list(text), msg: text, type: text }) }],
  ['signup with a malformed address', 'POST /auth/signup', signup(() => ({ email: 'nobody' })), 422, { detail: list({ loc: list(matching(/^(body|email)$/)), msg: text, type: 'value_error' }) }],
  ['login by address', 'POST /auth/login', async (f) => ({ json: { login: (await f.person()).email, password: f.password } }), 200, tokens],
  ['login by name', 'POST /auth/login', async (f) => ({ json: { login: (await f.person()).username, password: f.password } }), 200, tokens],
  ['login with a wrong password', 'POST /auth/login', async (f) => ({ json: { login: (await f.person()).email, password: 'certainly wrong' } }), 401, detail('Invalid credentials')],
  ['login of nobody', 'POST /auth/login', (f) => ({ json: { login: f.free().email, password: f.password } }), 401, detail('Invalid credentials')],
  ['login without fields', 'POST /auth/login', () => ({ json: {} }), 422, missing('login', 'password')],
  ['refresh by a form', 'POST /auth/refresh', async (f) => ({ form: { refresh_token: (await f.person()).refresh } }), 200, tokens],
  ['refresh by a multipart form', 'POST /auth/refresh', async (f) => ({ multipart: { refresh_token: (await f.person()).refresh } }), 200, tokens],
  ['refresh with a bad token', 'POST /auth/refresh', () => ({ form: { refresh_token: 'nonsense' } }), 401, detail('Invalid token')],
  ['refresh with an access token', 'POST /auth/refresh', async (f) => ({ form: { refresh_token: (await f.person()).token } }), 401, detail(matching(/^Invalid token/))],
  ['refresh of a session that ended', 'POST /auth/refresh', async (f) => {
    const person = await f.person();
    await f.roster.post('/auth/logout', undefined, { token: person.token, status: 200 });
    return { form: { refresh_token: person.refresh } };
  }, 401, detail('Invalid session')],
  ['refresh without a field', 'POST /auth/refresh', () => ({ form: {} }), 422, missing('refresh_token')],
  ['me', 'GET /auth/me', async (f) => ({ as: await f.person() }), 200, more({ id, username: text, email: text, photo_url: null, created_at: time })],
  ['me with a photo', 'GET /auth/me', async (f) => {
    const { multipart } = await signup(() => ({ photo: photo() }))(f);
    const form = new FormData();
    for (const [name, value] of Object.entries(multipart)) form.set(name, value, ...(value instanceof Blob ? ['me.png'] : []));
    const { body } = await f.roster.request('POST', '/auth/signup', { body: form, status: 200 });
    return { as: { token: body.access_token } };
  }, 200, more({ photo_url: matching(/^(http:\/\/[\w.:]+)?\/uploads\//) })],
  ['me without a token', 'GET /auth/me', undefined, 403, detail('Not authenticated')],
  ['me with a bad token', 'GET /auth/me', () => ({ as: { token: 'x.y.z' } }), 401, detail('Invalid token')],
  ['logout', 'POST /auth/logout', async (f) => ({ as: await f.person() }), 200, { message: 'Successfully logged out' }],
  ['logout without a token', 'POST /auth/logout', undefined, 403, detail('Not authenticated')],
  ['health', 'GET /health', undefined, 200, more({ status: 'healthy' })],
  ['an address that is not there', 'GET /auth/nowhere', () => ({ undocumented: true }), 404, { detail: text }],
];
