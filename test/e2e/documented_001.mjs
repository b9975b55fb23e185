// Document 001: `/api/...`, camelCase, bare answers. Its client sends JSON and expects these statuses and fields.
import { is } from './documented.mjs';

const { id, text, flag, count, number, time, jwt, maybe, list, more, anything } = is;

const person = (more = {}) => async (f) => ({ as: await f.person(), ...more });
const asAdmin = (f) => ({ as: f.admin });
const said = (message) => ({ message });
const failed = (error) => more({ error });
const invalid = (...paths) => more({ error: 'Validation failed', details: list({ type: text, msg: text, path: is.matching(new RegExp(`^(${paths.join('|')})$`)), location: 'body' }) });

const registered = { id, email: text, username: text, displayName: text, firstName: maybe(text), lastName: maybe(text), role: 'USER', status: 'ACTIVE', isEmailVerified: false, createdAt: time };
const loggedIn = { id, email: text, username: text, displayName: text, role: 'USER', status: 'ACTIVE', avatarUrl: null, isEmailVerified: false };
const tokens = { accessToken: jwt, refreshToken: text, expiresAt: time, refreshExpiresAt: time };
const session = more({ id, deviceInfo: anything, ipAddress: text, userAgent: text, createdAt: time, lastUsedAt: time, expiresAt: time });
const user = more({ id, email: text, username: text, displayName: text, firstName: anything, lastName: anything, bio: anything, website: anything, location: anything, gender: anything,
  dateOfBirth: anything, avatarUrl: anything, coverImageUrl: anything, role: 'USER', status: 'ACTIVE', visibility: 'PUBLIC', isPrivate: flag, isEmailVerified: flag, followersCount: count,
  followingCount: count, postsCount: count, createdAt: time, updatedAt: time, lastLoginAt: maybe(time), lastActiveAt: maybe(time) });
const followed = more({ id, username: text, displayName: text, avatarUrl: anything, bio: anything, followersCount: count, followingCount: count });
// Somebody, and another whom he follows.
const pair = (follows = false) => async (f) => {
  const [as, other] = [await f.person(), await f.person()];
  if (follows) await f.follow(as, other);
  return { as, path: { id: other.id } };
};
const seen = more({ id, username: text, displayName: text, avatarUrl: anything, bio: anything, followersCount: count, followingCount: count, postsCount: count });
const pagination = { page: count, limit: count, total: count, pages: count };
const preferences = more({ theme: text, language: text, timezone: text, dateFormat: text, timeFormat: text, emailNotifications: flag, pushNotifications: flag, smsNotifications: flag,
  marketingEmails: flag, profileVisibility: text, activityVisibility: text, showEmail: flag, showLocation: flag, allowDataCollection: flag });

export const rows = [
  ['register', 'POST /api/auth/register', (f) => ({ json: { ...f.free(), password: f.password } }), 201, { message: 'User registered successfully', user: registered }],
  ['register with names', 'POST /api/auth/register', (f) => ({ json: { ...f.free(), password: f.password, firstName: 'John', lastName: 'Doe', displayName: 'Johnny' } }), 201,
    { message: 'User registered successfully', user: { ...registered, displayName: 'Johnny', firstName: 'John', lastName: 'Doe' } }],
  ['the display name is made of both names', 'POST /api/auth/register', (f) => ({ json: { ...f.free(), password: f.password, firstName: 'John', lastName: 'Doe' } }), 201,
    { message: 'User registered successfully', user: { ...registered, displayName: 'John Doe', firstName: 'John', lastName: 'Doe' } }],
  ['register with a taken address', 'POST /api/auth/register', async (f) => ({ json: { ...f.free(), password: f.password, email: (await f.person()).email } }), 400, failed('Email already registered')],
  ['register with a taken name', 'POST /api/auth/register', async (f) => ({ json: { ...f.free(), password: f.password, username: (await f.person()).username } }), 400, failed('Username already taken')],
  ['register with wrong fields', 'POST /api/auth/register', () => ({ json: { email: 'nobody', username: 'x', password: 'short' } }), 400, invalid('email', 'username', 'password')],
  ['login by address', 'POST /api/auth/login', async (f) => ({ json: { emailOrUsername: (await f.person()).email, password: f.password } }), 200, { message: 'Login successful', user: loggedIn, tokens }],
  ['login by name', 'POST /api/auth/login', async (f) => ({ json: { emailOrUsername: (await f.person()).username, password: f.password } }), 200, { message: 'Login successful', user: loggedIn, tokens }],
  ['login in capitals', 'POST /api/auth/login', async (f) => ({ json: { emailOrUsername: (await f.person()).email.toUpperCase(), password: f.password } }), 200,
    { message: 'Login successful', user: loggedIn, tokens }],
  ['login with a wrong password', 'POST /api/auth/login', async (f) => ({ json: { emailOrUsername: (await f.person()).email, password: 'certainly wrong' } }), 400, failed('Invalid credentials')],
  ['login of nobody', 'POST /api/auth/login', (f) => ({ json: { emailOrUsername: f.free().email, password: f.password } }), 400, failed('Invalid credentials')],
  ['login of somebody banned', 'POST /api/auth/login', async (f) => ({ json: { emailOrUsername: (await f.status(await f.person(), 'banned')).email, password: f.password } }), 400,
    failed('Account is not active')],
  ['logout', 'POST /api/auth/logout', person(), 200, said('Logout successful')],
  ['refresh', 'POST /api/auth/refresh', async (f) => ({ json: { refreshToken: (await f.person()).refresh } }), 200, { message: 'Token refreshed successfully', tokens }],
  ['refresh with a bad token', 'POST /api/auth/refresh', () => ({ json: { refreshToken: 'nonsense' } }), 400, failed('Invalid refresh token')],
  ['refresh of somebody suspended', 'POST /api/auth/refresh', async (f) => ({ json: { refreshToken: (await f.status(await f.person(), 'suspended')).refresh } }), 400, failed('Invalid refresh token')],
  ['verify', 'POST /api/auth/verify', person(), 200, { message: 'Token is valid', user: { id, email: text, username: text, role: 'USER', status: 'ACTIVE' } }],
  ['verify without a token', 'POST /api/auth/verify', undefined, 401, failed('No token provided')],
  ['verify a bad token', 'POST /api/auth/verify', () => ({ as: { token: 'x.y.z' } }), 401, failed('Invalid token')],
  ['verify an address', 'POST /api/auth/verify-email/{token}', async (f) => ({ path: { token: await f.verification() } }), 200,
    { message: 'Email verified successfully', user: { id, email: text, username: text, isEmailVerified: true } }],
  ['verify with a bad link', 'POST /api/auth/verify-email/{token}', () => ({ path: { token: 'f'.repeat(64) } }), 400, failed('Invalid or expired verification token')],
  ['forgot password', 'POST /api/auth/forgot-password', async (f) => ({ json: { email: (await f.person()).email } }), 200, more({ message: 'Password reset email sent' })],
  // The original said that there is no such user; that tells strangers who has an account.
  ['forgot password of nobody', 'POST /api/auth/forgot-password', (f) => ({ json: { email: f.free().email } }), 200, more({ message: 'Password reset email sent' })],
  ['reset password', 'POST /api/auth/reset-password', async (f) => ({ json: { token: await f.reset(), password: f.next } }), 200, said('Password reset successfully')],
  ['reset password with a bad token', 'POST /api/auth/reset-password', (f) => ({ json: { token: 'f'.repeat(64), password: f.next } }), 400, failed('Invalid or expired reset token')],
  ['change password', 'POST /api/auth/change-password', async (f) => ({ as: await f.person(), json: { currentPassword: f.password, newPassword: f.next } }), 200, said('Password changed successfully')],
  ['change password with a wrong one', 'POST /api/auth/change-password', async (f) => ({ as: await f.person(), json: { currentPassword: 'certainly wrong', newPassword: f.next } }), 400,
    failed('Invalid current password')],
  ['change password without a token', 'POST /api/auth/change-password', (f) => ({ json: { currentPassword: f.password, newPassword: f.next } }), 401, failed('Authentication required')],
  ['sessions', 'GET /api/auth/sessions', person(), 200, list(session)],
  ['sessions without a token', 'GET /api/auth/sessions', undefined, 401, failed('Authentication required')],
  ['end a session', 'DELETE /api/auth/sessions/{id}', async (f) => {
    const as = await f.person();
    return { as, path: { id: await f.session(as) } };
  }, 200, said('Session revoked successfully')],
  ['end a session that is not there', 'DELETE /api/auth/sessions/{id}', async (f) => ({ as: await f.person(), path: { id: f.unknown } }), 404, failed('Session not found')],
  ['end all sessions', 'DELETE /api/auth/sessions', person(), 200, said('All sessions revoked successfully')],
  ['end all sessions without a token', 'DELETE /api/auth/sessions', undefined, 401, failed('Authentication required')],

  ['users, as an administrator', 'GET /api/users', asAdmin, 200, { data: list(more({ id, username: text, role: text, status: text })), pagination }],
  ['users, by page', 'GET /api/users?page=1&limit=2', asAdmin, 200, { data: list(more({ id })), pagination: { ...pagination, page: 1, limit: 2 } }],
  ['users, by role and status', 'GET /api/users?role=ADMIN&status=ACTIVE', asAdmin, 200, { data: list(more({ role: 'ADMIN', status: 'ACTIVE' })), pagination }],
  ['users, by a text', 'GET /api/users?search=admin@example.org', asAdmin, 200, { data: list(more({ email: 'admin@example.org' })), pagination }],
  ['users, by a page that is none', 'GET /api/users?page=-1&limit=1000', asAdmin, 400, more({ error: 'Validation failed' })],
  ['users, as anybody', 'GET /api/users', person(), 403, more({ error: text, message: text })],
  ['search', 'GET /api/users/search?q={username}', async (f) => {
    const as = await f.person();
    return { as, path: { username: as.username } };
  }, 200, { data: list(seen), pagination: { page: 1, limit: 20, total: 1, pages: 1 } }],
  ['search by page', 'GET /api/users/search?q=doc&page=1&limit=1', person(), 200, { data: list(seen), pagination: { ...pagination, page: 1, limit: 1 } }],
  ['search without a text', 'GET /api/users/search', person(), 400, more({ error: 'Validation failed' })],
  ['own profile', 'GET /api/users/me', person(), 200, user],
  ['own profile without a token', 'GET /api/users/me', undefined, 401, { error: 'Authentication required', message: text, code: text }],
  ['own profile with a bad token', 'GET /api/users/me', () => ({ as: { token: 'x.y.z' } }), 401, { error: 'Invalid token', message: text, code: text }],
  ['a profile', 'GET /api/users/{id}', async (f) => ({ path: { id: (await f.person()).id } }), 200, more({ id, username: text, displayName: text, followersCount: count, createdAt: time })],
  ['a profile that is not there', 'GET /api/users/{id}', (f) => ({ path: { id: f.unknown } }), 404, failed('User not found')],
  ['change a profile', 'PUT /api/users/{id}', async (f) => {
    const as = await f.person();
    const json = { firstName: 'Jane', lastName: 'Roe', displayName: 'Jane R', bio: 'Hello', website: 'https://jane.example.org', location: 'Rome', avatarUrl: 'https://jane.example.org/a.png',
      coverImageUrl: 'https://jane.example.org/c.png', visibility: 'FRIENDS_ONLY', isPrivate: true, allowMessages: false, allowTagging: false, showOnlineStatus: false, gender: 'FEMALE',
      dateOfBirth: '1990-02-03' };
    return { as, path: { id: as.id }, json };
  }, 200, more({ firstName: 'Jane', lastName: 'Roe', displayName: 'Jane R', bio: 'Hello', website: 'https://jane.example.org', location: 'Rome', avatarUrl: 'https://jane.example.org/a.png',
    coverImageUrl: 'https://jane.example.org/c.png', visibility: 'FRIENDS_ONLY', isPrivate: true, gender: 'FEMALE', dateOfBirth: '1990-02-03' })],
  ['change the profile of another', 'PUT /api/users/{id}', async (f) => ({ as: await f.person(), path: { id: (await f.person()).id }, json: { bio: 'x' } }), 403,
    failed('Not authorized to update this user')],
  ['change a profile as an administrator', 'PUT /api/users/{id}', async (f) => ({ as: f.admin, path: { id: (await f.person()).id }, json: { bio: 'x' } }), 200, more({ bio: 'x' })],
  ['change a profile that is not there', 'PUT /api/users/{id}', (f) => ({ as: f.admin, path: { id: f.unknown }, json: { bio: 'x' } }), 404, failed('User not found')],
  ['change a profile wrongly', 'PUT /api/users/{id}', async (f) => {
    const as = await f.person();
    return { as, path: { id: as.id }, json: { website: 'no address', visibility: 'NOBODY' } };
  }, 400, invalid('website', 'visibility')],
  ['follow', 'POST /api/users/{id}/follow', pair(), 200, { message: 'User followed successfully', follow: { id, followerId: id, followingId: id, status: 'ACCEPTED', createdAt: time } }],
  ['follow again', 'POST /api/users/{id}/follow', pair(true), 400, failed('Already following this user')],
  ['follow oneself', 'POST /api/users/{id}/follow', async (f) => {
    const as = await f.person();
    return { as, path: { id: as.id } };
  }, 400, failed('Users cannot follow themselves')],
  ['follow nobody', 'POST /api/users/{id}/follow', async (f) => ({ as: await f.person(), path: { id: f.unknown } }), 400, failed('User not found')],
  ['follow without a token', 'POST /api/users/{id}/follow', async (f) => ({ path: { id: (await f.person()).id } }), 401, failed('Authentication required')],
  ['unfollow', 'POST /api/users/{id}/unfollow', pair(true), 200, said('User unfollowed successfully')],
  ['unfollow a stranger', 'POST /api/users/{id}/unfollow', pair(), 400, failed('Not following this user')],
  ['followers', 'GET /api/users/{id}/followers?page=1&limit=10', pair(true), 200, { data: list(followed), pagination: { page: 1, limit: 10, total: 1, pages: 1 } }],
  ['followed people', 'GET /api/users/{id}/following', pair(true), 200, { data: [], pagination: { page: 1, limit: 20, total: 0, pages: 0 } }],
  ['followers by a page that is none', 'GET /api/users/{id}/followers?page=-1&limit=1000', pair(), 400, more({ error: 'Validation failed' })],
  ['what is between two', 'GET /api/users/{id}/follow-status', pair(true), 200, { isFollowing: true, status: 'ACCEPTED', followType: text }],
  ['what is not', 'GET /api/users/{id}/follow-status', pair(), 200, { isFollowing: false, status: null, followType: null }],
  ['preferences', 'GET /api/users/preferences', person(), 200, preferences],
  ['preferences without a token', 'GET /api/users/preferences', undefined, 401, failed('Authentication required')],
  ['change preferences', 'PUT /api/users/preferences', person({ json: { theme: 'dark', language: 'de', timezone: 'Europe/Berlin', dateFormat: 'DD.MM.YYYY', timeFormat: '24h', emailNotifications: false,
    pushNotifications: false, smsNotifications: true, marketingEmails: true, profileVisibility: 'FRIENDS_ONLY', activityVisibility: 'PRIVATE', showEmail: true, showLocation: false,
    allowDataCollection: false } }), 200, more({ theme: 'dark', language: 'de', timezone: 'Europe/Berlin', dateFormat: 'DD.MM.YYYY', timeFormat: '24h', emailNotifications: false,
    pushNotifications: false, smsNotifications: true, marketingEmails: true, profileVisibility: 'FRIENDS_ONLY', activityVisibility: 'PRIVATE', showEmail: true, showLocation: false,
    allowDataCollection: false })],
  ['change preferences wrongly', 'PUT /api/users/preferences', person({ json: { theme: 'pink' } }), 400, invalid('theme')],

  ['health', 'GET /health', undefined, 200, more({ status: 'healthy', service: 'user-service', timestamp: time, uptime: number, memory: more({ used: number, total: number, percentage: number }),
    database: more({ status: 'connected', responseTime: number, timestamp: time }), system: more({ platform: text, arch: text, cpuCount: count, loadAverage: list(number) }) })],
  ['what it depends on', 'GET /health/services', undefined, 200, more({ status: 'healthy', services: more({ database: more({ status: 'connected', responseTime: number, timestamp: time }) }), timestamp: time })],
  ['metrics', 'GET /health/metrics', undefined, 200, more({ period: '24h', metrics: more({ users: more({ total: count, active: count, verified: count }) }), timestamp: time })],
  ...['1h', '24h', '7d', '30d'].map((period) => [`metrics of ${period}`, `GET /health/metrics?period=${period}`, undefined, 200, more({ period, metrics: anything, timestamp: time })]),
  ['metrics of a period that is none', 'GET /health/metrics?period=1y', undefined, 400, more({ error: text })],
  ['ready', 'GET /health/ready', undefined, 200, { status: 'ready', service: 'user-service', timestamp: time }],
  ['ping', 'GET /health/ping', undefined, 200, { message: 'pong', timestamp: time }],
  ['an address that is not there', 'GET /api/nowhere', () => ({ undocumented: true }), 404, more({ error: text, message: text })],
];
