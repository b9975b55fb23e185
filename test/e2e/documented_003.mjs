// Document 003: `/api/v1/.../` with a slash at the end, snake_case in an envelope. Where its statuses differ from those of this
// API (409 and 422 in place of 400), this API's hold.
import { is } from './documented.mjs';

const { id, text, flag, time, jwt, maybe, list, more, anything } = is;

const good = (message, data) => more({ success: true, message, data });
const failed = (error) => more({ success: false, message: text, error });
const invalid = (...names) => more({ success: false, message: text, error: 'invalid', details: Object.fromEntries(names.map((name) => [name, list(text)])) });
const user = more({ user_id: id, name: 'John Doe', email: text, push_token: 'device-token', preferences: { email: flag, push: flag }, email_verified: false, created_at: time, updated_at: time });
const tokens = { access_token: jwt, refresh_token: text, tokens: { access: jwt, refresh: text } };
const person = (more) => async (f) => ({ as: await f.person(), ...more });
const ofPerson = (f) => f.person().then(({ id: whose }) => ({ as: f.service, path: { id: whose } }));

export const rows = [
  ['register', 'POST /api/v1/users/', (f) => ({ json: { name: 'John Doe', email: f.free().email, password: f.password, push_token: 'device-token', preferences: { email: true, push: true } } }), 201,
    good('User registered successfully', more({ user, ...tokens }))],
  ['register with the least', 'POST /api/v1/users/', (f) => ({ json: { name: 'John Doe', email: f.free().email, password: f.password } }), 201,
    good('User registered successfully', more({ user: more({ user_id: id, push_token: null, preferences: { email: true, push: true } }), access_token: jwt }))],
  ['register with a taken address', 'POST /api/v1/users/', async (f) => ({ json: { name: 'John Doe', email: (await f.person()).email, password: f.password } }), 409, failed('email_taken')],
  ['register with wrong fields', 'POST /api/v1/users/', () => ({ json: { name: 'John Doe', email: 'nobody', password: 'short' } }), 422, invalid('email', 'password')],
  ['login', 'POST /api/v1/auth/login/', async (f) => ({ json: { email: (await f.person()).email, password: f.password } }), 200, good('Login successful', more({ user, ...tokens }))],
  ['login with a wrong password', 'POST /api/v1/auth/login/', async (f) => ({ json: { email: (await f.person()).email, password: 'certainly wrong' } }), 401, failed('bad_credentials')],
  ['login without fields', 'POST /api/v1/auth/login/', () => ({ json: {} }), 422, failed('invalid')],
  ['refresh', 'POST /api/v1/auth/refresh/', async (f) => ({ json: { refresh: (await f.person()).refresh } }), 200, good('Token refreshed successfully', more(tokens))],
  ['refresh by the other name', 'POST /api/v1/auth/refresh/', async (f) => ({ json: { refresh_token: (await f.person()).refresh } }), 200, good('Token refreshed successfully', more(tokens))],
  ['refresh with a bad token', 'POST /api/v1/auth/refresh/', () => ({ json: { refresh: 'nonsense' } }), 401, failed('token_invalid')],
  ['verify an address', 'POST /api/v1/auth/verify-email/', async (f) => ({ json: { token: await f.verification() } }), 200, good('Email verified successfully', anything)],
  ['verify with a bad token', 'POST /api/v1/auth/verify-email/', () => ({ json: { token: 'f'.repeat(43) } }), 400, failed(text)],
  ['verify without a token', 'POST /api/v1/auth/verify-email/', () => ({ json: {} }), 422, failed('invalid')],
  ['ask for a new password', 'POST /api/v1/auth/password-reset/', async (f) => ({ json: { email: (await f.person()).email } }), 200, good(text, anything)],
  ['ask for a new password of nobody', 'POST /api/v1/auth/password-reset/', (f) => ({ json: { email: f.free().email } }), 200, good(text, anything)],
  ['ask for a new password of no address', 'POST /api/v1/auth/password-reset/', () => ({ json: { email: 'nobody' } }), 422, invalid('email')],
  ['set a new password', 'POST /api/v1/auth/password-reset/confirm/', async (f) => ({ json: { token: await f.reset(), password: f.next, password_confirm: f.next } }), 200,
    good('Password reset successfully', null)],
  ['set two passwords', 'POST /api/v1/auth/password-reset/confirm/', async (f) => ({ json: { token: await f.reset(), password: f.next, password_confirm: f.password } }), 422, invalid('password_confirm')],
  ['set a new password with a bad token', 'POST /api/v1/auth/password-reset/confirm/', (f) => ({ json: { token: 'f'.repeat(43), password: f.next, password_confirm: f.next } }), 400, failed(text)],
  ['profile', 'GET /api/v1/users/profile/', person(), 200, good('Profile retrieved successfully', user)],
  ['profile without a token', 'GET /api/v1/users/profile/', undefined, 401, failed('unauthenticated'), { 'www-authenticate': /^Bearer/ }],
  ['profile with a bad token', 'GET /api/v1/users/profile/', () => ({ as: { token: 'x.y.z' } }), 401, failed('token_invalid'), { 'www-authenticate': /^Bearer/ }],
  ['change the profile', 'PATCH /api/v1/users/profile/', person({ json: { name: 'Jane Doe', push_token: 'other-token' } }), 200,
    good('Profile updated successfully', more({ name: 'Jane Doe', push_token: 'other-token' }))],
  ['put the profile', 'PUT /api/v1/users/profile/', person({ json: { name: 'Jane Doe' } }), 200, good('Profile updated successfully', more({ name: 'Jane Doe' }))],
  ['change the profile wrongly', 'PATCH /api/v1/users/profile/', person({ json: { name: 'x'.repeat(256) } }), 422, invalid('name')],
  ['leave', 'DELETE /api/v1/users/profile/', person(), 200, good('Account deactivated successfully', null)],
  ['preferences', 'GET /api/v1/users/preferences/', person(), 200, good('Preferences retrieved successfully', more({ email: true, push: true }))],
  ['preferences without a token', 'GET /api/v1/users/preferences/', undefined, 401, failed('unauthenticated')],
  ['change preferences', 'PATCH /api/v1/users/preferences/', person({ json: { email: false, push: true } }), 200, good('Preferences updated successfully', more({ email: false, push: true }))],
  ['change one preference', 'PATCH /api/v1/users/preferences/', person({ json: { push: false } }), 200, good('Preferences updated successfully', more({ email: true, push: false }))],
  ['change preferences wrongly', 'PATCH /api/v1/users/preferences/', person({ json: { push: 'never' } }), 422, invalid('push')],
  ['health', 'GET /api/v1/health/', undefined, 200, good('Health check completed', more({ service: 'user-service', status: 'healthy', timestamp: time, checks: more({ database: text, cache: text }) }))],
  ['a correlation id comes back', 'GET /api/v1/health/', () => ({ headers: { 'x-correlation-id': 'abc-123' } }), 200, more({ success: true }), { 'x-correlation-id': /^abc-123$/ }],
  ['a correlation id is made', 'GET /api/v1/health/', undefined, 200, more({ success: true }), { 'x-correlation-id': /^[0-9a-f-]{36}$/ }],

  // Its neighbours: services with credentials of their own, which end no path with a slash.
  ['preferences, for the services of letters and of push', 'GET /api/v1/users/{id}/preferences', ofPerson, 200, more({ success: true, data: more({ email: true, push: true, email_enabled: true, push_enabled: true }) })],
  ['preferences, with the slash', 'GET /api/v1/users/{id}/preferences/', ofPerson, 200, more({ success: true, data: more({ email: true, push: true }) })],
  ['preferences of nobody', 'GET /api/v1/users/{id}/preferences/', (f) => ({ as: f.service, path: { id: f.unknown } }), 404, failed('not_found')],
  ['push token', 'GET /api/v1/users/{id}/push-token', ofPerson, 200, more({ success: true, data: more({ token: 'device-token', push_token: 'device-token' }) })],
  ['push token of nobody', 'GET /api/v1/users/{id}/push-token', (f) => ({ as: f.service, path: { id: f.unknown } }), 404, failed('not_found')],
  ...['email', 'push'].map((type) => [`contact by ${type}`, `GET /api/v1/users/{id}/contact?type=${type}`, ofPerson, 200,
    more({ success: true, data: { user_id: id, contact: text, notification_type: type, preferences_enabled: true } })]),
  ['a user, for the gateway', 'GET /api/users/{id}', ofPerson, 200, more({ id, name: 'John Doe' })],
  ['preferences, for the gateway', 'GET /api/users/{id}/preferences', ofPerson, 200, more({ email_enabled: true, push_enabled: true, email: text, push_tokens: list('device-token') })],
  ['whose token, for the gateway', 'GET /api/users/validate', person(), 200, { id, email: text, name: maybe(text), preferences: more({ email: true, push: true }) }],
  ...['/swagger/', '/redoc/'].map((page) => [`the page ${page}`, `GET ${page}`, () => ({ undocumented: true }), 200, is.matching(/<html/)]),
];
