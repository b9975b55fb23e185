/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "api/shape.h"
#include "features/features.h"
#include "features/session/session.h"
#include "features/session/session_store.h"
#include "features/user/user.h"

TYPE(session, FIELD(session, id, UUID | REQUIRED, "Identifier"), FIELD(session, user_id, UUID, "Whose"),
	FIELD(session, device, 0, "Name that the client gave its device"),
	FIELD(session, ip, 0, "Address of the log-in"), FIELD(session, user_agent, 0, "Program of the log-in"),
	FIELD(session, created_at, TIME | REQUIRED, "When somebody logged in"),
	FIELD(session, last_used_at, TIME, "When it was last used, to the minute"),
	FIELD(session, expires_at, TIME | REQUIRED, "When it ends unless it is refreshed"),
	FIELD(session, ends_at, TIME, "When it ends at the latest"),
	FIELD(session, ended_at, TIME | OMIT_NULL, "When it ended"),
	FIELD(session, end_reason, OMIT_NULL, "Why it ended"),
	FIELD(session, current, REQUIRED, "Whether it is the one that asks"),
	FIELD(session, is_active, REQUIRED, "Whether it has not ended"),
	FIELD(session, counter, HIDDEN, "Number of the refresh token that is good now"),
	FIELD(session, used_counter, HIDDEN, "Highest number whose access token was seen in use"),
	FIELD(session, credential_version, HIDDEN, "Version of the credentials that opened it"),
	FIELD(session, rotated_at, TIME | HIDDEN, "When the refresh token was last replaced"),
	FIELD(session, owner_version, HIDDEN, "Version of its owner's credentials"),
	FIELD_ENUM(session, owner_status, user_status_names, HIDDEN, "Status of its owner"),
	FIELD(session, owner_until, TIME | HIDDEN, "Until when"));
TYPE(session_now, FIELD(session_now, ended_at, TIME, ""), FIELD(session_now, expires_at, TIME, ""),
	FIELD(session_now, version, 0, ""), FIELD(session_now, user_version, 0, ""),
	FIELD_ENUM(session_now, status, user_status_names, 0, ""), FIELD(session_now, status_until, TIME, ""),
	FIELD(session_now, role, 0, ""));
TYPE(token_pair, FIELD(token_pair, access, SENSITIVE | REQUIRED, "Access token"),
	FIELD(token_pair, refresh, SENSITIVE | REQUIRED, "Refresh token"));
TYPE(signed_in, FIELD_OBJECT(signed_in, user, user, REQUIRED, "Whose"),
	FIELD(signed_in, access_token, SENSITIVE | OMIT_NULL, "Send it as `Authorization: Bearer ...`"),
	FIELD(signed_in, refresh_token, SENSITIVE | OMIT_NULL, "Gives new tokens, once"),
	FIELD(signed_in, token_type, OMIT_NULL, "bearer"),
	FIELD(signed_in, expires_in, 0, "Seconds that the access token lives"),
	FIELD(signed_in, expires_at, TIME | OMIT_NULL, "When the access token expires"),
	FIELD(signed_in, refresh_expires_at, TIME | OMIT_NULL, "When the refresh token expires"),
	FIELD_OBJECT(signed_in, tokens, token_pair, OMIT_NULL, "Both once more, for clients that look here"),
	FIELD(signed_in, session_id, HIDDEN, "Its session"),
	FIELD(signed_in, device_token, SENSITIVE | OMIT_NULL, "Keep it, and send it with the next log-in on this device"),
	FIELD(signed_in, csrf_token, SENSITIVE | OMIT_NULL, "In cookie mode: send it as `X-CSRF-Token` with what writes"));
TYPE(session_list, FIELD_LIST(session_list, items, session, REQUIRED, "Sessions, newest first"),
	FIELD_OBJECT(session_list, page, page, REQUIRED, "Place in the list"));
TYPE(session_ref, FIELD(session_ref, id, UUID | REQUIRED | IN_PATH, "Which session"));
TYPE(session_refresh_in, FIELD(session_refresh_in, refresh_token, REQUIRED | SENSITIVE, "The refresh token; in cookie mode the cookie stands for it", .max = 8192,
				 .alias = "refresh|refreshToken", .cookie = "refresh"));
TYPE(session_count, FIELD(session_count, ended, REQUIRED, "How many sessions were ended"));
TYPE(token_status, FIELD(token_status, valid, REQUIRED, "True: a token that is not good is answered by 401"),
	FIELD_OBJECT(token_status, user, user, OMIT_NULL, "Whose it is"));

const struct event session_created = EVENT("session.created", "session", &session_type, "Somebody logged in",
	.harmless = true);
/* The commonest event by far: that the session goes on, and no more. What it came from stands in the session. */
TYPE_AS(session_mark, session,
	FIELD(session, id, UUID | REQUIRED, "Which session"),
	FIELD(session, user_id, UUID | REQUIRED, "Whose"),
	FIELD(session, expires_at, TIME | REQUIRED, "When it ends, unless it is refreshed again"));
const struct event session_refreshed = EVENT("session.refreshed", "session", &session_mark_type, "A session was prolonged",
	.ids_alone = true, .harmless = true);
const struct event session_kept = EVENT("session.kept", "session", &session_type,
	"A session goes on although the credentials that opened it were changed", .harmless = true);
const struct event session_revoked = EVENT("session.revoked", "session", &session_type, "A session ended");
const struct event session_reuse_detected = EVENT("session.reuse_detected", "session", &session_type,
	"A refresh token was used twice: somebody stole it, and the session was ended");

OP_BIND_WORK(session_refresh, session_refresh_in, session_work, signed_in);
OP_BIND(session_logout, none, none);
OP_BIND(session_logout_all, none, session_count);
OP_BIND(session_list, none, session_list);
OP_BIND(user_sessions, user_removal, session_list);
OP_BIND(user_sessions_end, user_removal, session_count);
OP_BIND(session_revoke, session_ref, none);
OP_BIND(session_revoke_others, none, session_count);
OP_BIND(session_check, none, token_status);

CONF_GROUP(session, "session",
	CONF(session, sliding, CONF_DURATION | CONF_RELOAD, "7d",
		"A session ends when it was not refreshed for so long"),
	CONF(session, longest, CONF_DURATION | CONF_RELOAD, "30d", "A session ends after so long in any case"),
	CONF(session, grace, CONF_DURATION | CONF_RELOAD, "10s",
		"How long the previous refresh token is still answered"),
	CONF(session, cache, CONF_PLAIN, "20000", "How many sessions and users are kept in memory", .min = 100, .max = 10000000),
	CONF(session, tokens, CONF_PLAIN, "20000", "How many verified access tokens are kept in memory", .min = 100,
		.max = 10000000),
	CONF(session, rotate, CONF_RELOAD, "true", "Whether each refresh replaces the refresh token",
		.env = "ROSTER_REFRESH_ROTATE"));

const struct feature session_feature = {
	.name = "session",
	.doc = "Log-in, tokens and sessions",
	.ops =
		(const struct op[]){
			{ OP(session_refresh), .rest = "POST /auth/refresh",
				.flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_ANYONE | OP_NO_AUDIT | OP_NO_STORE | OP_LIGHT | OP_COOKIES |
					OP_ONE, /* the statement that advances the counter holds it against the row itself */
				.rate = RATE_WRITE, /* its token is no password: nobody guesses it */
				.doc = "Get new tokens for a refresh token",
				.message = "Token refreshed successfully" },
			{ OP(session_logout), .rest = "POST /auth/logout", .flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_STALE_OK,
				.rate = RATE_WRITE, .doc = "End this session", .message = "Logout successful" },
			{ OP(session_logout_all), .rest = "POST /auth/logout-all", .flags = OP_NO_IDEMPOTENCY | OP_WRITE,
				.rate = RATE_WRITE, .doc = "End all your sessions", .message = "All sessions ended" },
			{ OP(session_list), .rest = "GET /auth/sessions", .doc = "List your sessions" },
			{ OP(session_revoke_others), .rest = "DELETE /auth/sessions", .flags = OP_WRITE,
				.rate = RATE_WRITE, .doc = "End all your other sessions",
				.message = "All other sessions ended" },
			{ OP(session_revoke), .rest = "DELETE /auth/sessions/{id}", .flags = OP_WRITE | OP_SERVICE,
				.rate = RATE_WRITE, .doc = "End one session",
				.message = "Session revoked successfully" },
			{ OP(user_sessions), .rest = "GET /users/{id}/sessions", .need = PERM_SESSION_ADMIN,
				.own = "id", .doc = "List the sessions of an account" },
			{ OP(user_sessions_end), .rest = "DELETE /users/{id}/sessions", .need = PERM_SESSION_ADMIN,
				.own = "id", .flags = OP_WRITE | OP_SERVICE, .rate = RATE_WRITE,
				.doc = "End all sessions of an account", .message = "All sessions ended" },
			{ OP(session_check), .rest = "POST /auth/verify, GET /auth/validate",
				.flags = OP_FAST | OP_SERVICE,
				.doc = "Check the access token that comes with the request",
				.message = "Token is valid" },
			{ 0 },
		},
	.graph_types =
		(const struct graph_type[]){ { &session_type, "AuthSession", "deviceInfo=device, ipAddress=ip" },
			{ &session_list_type, "UserSessionsResult", "sessions=items" }, { 0 } },
	.graph =
		(const struct graph_field[]){
			{ .field = "query userSessions: UserSessionsResult!", .op = "session_list" },
			{ .field = "query sessionsOf(userId: String!): UserSessionsResult!", .op = "user_sessions",
				.in = "userId=id" },
			{ .field = "mutation revokeSession(sessionId: ID!): Boolean!", .op = "session_revoke", .in = "sessionId=id" },
			{ .field = "mutation revokeAllSessions: Boolean!", .op = "session_logout_all" },
			{ .field = "mutation logout: Boolean!", .op = "session_logout" },
			{ 0 },
		},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(session, "user_id", "user", "Whose"),
		{ 0 },
	},
	.shapes =
		(const struct shape_row[]){
			{ .shape = &shape_camel,
				.route = "POST /api/auth/refresh",
				.op = "session_refresh",
				.message = "Token refreshed successfully",
				.out = "message, " SESSION_CAMEL_TOKENS,
				.errors =
					"token_invalid=400:Invalid refresh token, session_ended=400:Invalid refresh token,"
					" token_expired=400:Invalid refresh token, account_not_active=400:Invalid refresh token" },
			{ .shape = &shape_camel,
				.route = "POST /api/auth/logout",
				.op = "session_logout",
				.message = "Logout successful",
				.out = "message" },
			{ .shape = &shape_camel,
				.route = "POST /api/auth/verify",
				.op = "session_check",
				.message = "Token is valid",
				.out = "message, user{id, email, username, role, status}",
				.errors = "unauthenticated=401:No token provided, session_ended=401:Invalid token" },
			{ .shape = &shape_camel,
				.route = "GET /api/auth/sessions",
				.op = "session_list",
				.out = "@items{id, deviceInfo=device, ipAddress=ip, userAgent=user_agent, createdAt, lastUsedAt, expiresAt, isActive}" },
			{ .shape = &shape_camel,
				.route = "DELETE /api/auth/sessions/{id}",
				.op = "session_revoke",
				.message = "Session revoked successfully",
				.out = "message",
				.errors = "not_found=404:Session not found" },
			{ .shape = &shape_camel,
				.route = "DELETE /api/auth/sessions",
				.op = "session_logout_all",
				.message = "All sessions revoked successfully",
				.out = "message" },
			{ .shape = &shape_bare,
				.route = "POST /auth/refresh",
				.op = "session_refresh",
				.out = "access_token, refresh_token, token_type, expires_in",
				.errors = "session_ended=401:Invalid session" },
			{ .shape = &shape_bare,
				.route = "POST /auth/logout",
				.op = "session_logout_all",
				.message = "Successfully logged out",
				.out = "message" },
			{ 0 },
		},
	.events = (const struct event *const[]){ &session_created, &session_refreshed, &session_kept, &session_revoked,
		&session_reuse_detected, NULL },
	/* Flushed soon: other nodes know by it alone that a refresh token has been followed by another in use. */
	.jobs = (const struct feature_job[]){ { "session_flush", 1000, session_flush, JOB_EACH },
		{ "session_clean", 600000, session_clean, JOB_WRITE }, { 0 } },
	.conf = &session_conf_group,
	.erase = session_erase,
	.parts = (const struct personal_part[]){
		{ "sessions.json", "Your sessions of the last weeks, with device and address", &session_type, session_part }, { 0 } },
	.metrics =
		(const struct metric[]){
			{ "roster_token_cache_hits_total", "Tokens that memory knew", true, session_token_hits },
			{ "roster_token_cache_misses_total", "Tokens whose signature was checked", true,
				session_token_misses },
			{ "roster_session_cache_hits_total", "Sessions that memory knew", true, session_live_hits },
			{ "roster_session_cache_misses_total", "Sessions that were read", true, session_live_misses },
			{ 0 },
		},
};
