/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "api/shape.h"
#include "features/account/account.h"
#include "features/features.h"
#include "features/photo/photo.h"
#include "features/role/role.h"
#include "features/user/user_name.h"

TYPE(user_new,
	FIELD(user_new, email, TRIM, "E-mail address; optional when an administrator makes the account", .max = 254,
		.check = email_check),
	FIELD(user_new, username, TRIM, "Unique name; made from the address when absent", .min = 3, .max = 50,
		.check = username_check),
	FIELD(user_new, password, 0, "8 to 256 characters that are hard to guess", .min = 8, .max = 256),
	FIELD(user_new, name, TRIM, "Full name", .max = 255, .alias = "full_name"),
	FIELD(user_new, first_name, TRIM, "Given name", .max = 50),
	FIELD(user_new, last_name, TRIM, "Family name", .max = 50),
	FIELD(user_new, display_name, TRIM, "Name to show", .max = 100),
	FIELD(user_new, push_token, SENSITIVE, "Default token for push notifications", .max = 512),
	FIELD_OBJECT(user_new, preferences, user_channels_change, 0, "Wanted notifications"),
	FIELD(user_new, role, 0, "Role; for administrators", .check = role_check),
	FIELD(user_new, device, TRIM, "Name of the device, for the list of sessions", .max = 100));
TYPE(login_in,
	FIELD(login_in, identifier, REQUIRED | TRIM, "E-mail address or user name", .min = 1, .max = 254,
		.alias = "email|username|login|email_or_username|emailOrUsername"),
	FIELD(login_in, password, REQUIRED, "Password", .min = 1, .max = 1024),
	FIELD(login_in, device, TRIM, "Name of the device, for the list of sessions", .max = 100),
	FIELD(login_in, device_token, SENSITIVE, "From an earlier log-in on this device: failures of others do not count here",
		.max = 400, .cookie = "device"),
	FIELD(login_in, proof, 0, "Answer to a challenge, see the error proof_required", .max = 400));

TYPE(reactivation,
	FIELD(reactivation, identifier, REQUIRED | TRIM, "E-mail address or user name", .min = 1, .max = 254,
		.alias = "email|username|login|email_or_username|emailOrUsername"),
	FIELD(reactivation, password, REQUIRED, "Password", .min = 1, .max = 1024),
	FIELD(reactivation, device_token, SENSITIVE, "From an earlier log-in on this device, see logging in", .max = 400,
		.cookie = "device"),
	FIELD(reactivation, proof, 0, "Answer to a challenge, see the error proof_required", .max = 400));
TYPE(batch_item,
	FIELD(batch_item, action, REQUIRED, "create, update, delete or status", .check = batch_action_check),
	FIELD(batch_item, data, REQUIRED, "What the single operation takes, with `id` where its path has it"));
TYPE(batch_in,
	FIELD_LIST(batch_in, items, batch_item, REQUIRED, "What to do, in this order; at most 50 with a password", .min = 1,
		.max = 1000, .alias = "file"),
	FIELD(batch_in, dry_run, 0, "Say what would come of each, and keep nothing"));
TYPE(batch_secret,
	FIELD(batch_secret, password, 0, ""));
TYPE(batch_fault,
	FIELD(batch_fault, field, REQUIRED, "Which field"),
	FIELD(batch_fault, why, REQUIRED, "What is wrong with it"));
TYPE(batch_result,
	FIELD(batch_result, index, REQUIRED, "Place of the item, from 0"),
	FIELD(batch_result, action, REQUIRED, "As asked"),
	FIELD(batch_result, status, REQUIRED, "What the single operation would have answered"),
	FIELD(batch_result, id, 0, "The account"),
	FIELD(batch_result, error, 0, "Code of the error"),
	FIELD(batch_result, message, 0, "The same in words"),
	FIELD_LIST(batch_result, details, batch_fault, 0, "Fields that are wrong"));
TYPE(batch_out,
	FIELD(batch_out, total, REQUIRED, "Items"),
	FIELD(batch_out, succeeded, REQUIRED, "Items that were done"),
	FIELD(batch_out, failed, REQUIRED, "Items that changed nothing"),
	FIELD(batch_out, dry_run, REQUIRED, "Whether nothing was kept"),
	FIELD_LIST(batch_out, results, batch_result, REQUIRED, "What came of each, in the same order"));

/* What a log-in gives, where a part may be missing until the address is proved. */
TYPE_AS(registered, signed_in,
	FIELD_OBJECT(signed_in, user, user, 0, "The account; null while there is none (registration.verify_first)"),
	FIELD(signed_in, access_token, SENSITIVE | OMIT_NULL, "Send it as `Authorization: Bearer ...`"),
	FIELD(signed_in, refresh_token, SENSITIVE | OMIT_NULL, "Gives new tokens, once"),
	FIELD(signed_in, token_type, OMIT_NULL, "bearer"),
	FIELD(signed_in, expires_in, 0, "Seconds that the access token lives"),
	FIELD(signed_in, expires_at, TIME | OMIT_NULL, "When the access token expires"),
	FIELD(signed_in, refresh_expires_at, TIME | OMIT_NULL, "When the refresh token expires"),
	FIELD_OBJECT(signed_in, tokens, token_pair, OMIT_NULL, "Both once more, for clients that look here"),
	FIELD(signed_in, session_id, HIDDEN, "Its session"),
	FIELD(signed_in, device_token, SENSITIVE | OMIT_NULL, "Keep it, and send it with the next log-in on this device"),
	FIELD(signed_in, csrf_token, SENSITIVE | OMIT_NULL, "In cookie mode: send it as `X-CSRF-Token` with what writes"),
	FIELD(signed_in, flow_id, UUID | OMIT_NULL, "Give it back with the code of the letter that proves the address"),
	FIELD(signed_in, code_expires_at, TIME | OMIT_NULL, "Until when that code is good; the link lives longer"));

OP_BIND_WORK_GIVING(user_create, user_new, account_new_work, signed_in, registered_type);
OP_BIND_WORK(session_login, login_in, login_work, signed_in);
OP_BIND(user_batch, batch_in, batch_out);
OP_BIND_WORK(account_reactivate, reactivation, login_work, none);

CONF_GROUP(account, "account",
	CONF(account, registration, CONF_RELOAD, "true", "Whether strangers may register"));

const struct feature account_feature = {
	.name = "account",
	.doc = "Registration and log-in",
	.ops = (const struct op[]){
		{ OP(user_create), .rest = "POST /users", .status = 201, .status_also = 202, .tag = "user", .rate = RATE_AUTH,
		  .file = photo_take_avatar,
		  .flags = OP_WRITE | OP_ANYONE | OP_SERVICE | OP_HASH | OP_NO_STORE | OP_ONE | OP_COOKIES,
		  .doc = "Register, or make an account as an administrator", .message = "User registered successfully" },
		{ OP(user_batch), .rest = "POST /users/batch", .tag = "user", .need = PERM_USER_WRITE, .flags = OP_SERVICE,
		  .rate = RATE_WRITE, .doc = "Make, change, delete accounts or set their status, up to 1,000 in one call",
		  .message = "Batch done; see the result of each item" },
		{ OP(session_login), .rest = "POST /auth/login", .tag = "session", .rate = RATE_AUTH,
		  .flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_ANYONE | OP_HASH | OP_NO_STORE | OP_COOKIES,
		  .doc = "Log in by e-mail or user name", .message = "Login successful" },
		{ OP(account_reactivate), .rest = "POST /auth/reactivate", .tag = "session", .rate = RATE_AUTH,
		  .flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_ANYONE | OP_HASH | OP_NO_STORE | OP_COOKIES,
		  .doc = "Make active again what you deactivated or deleted yourself; then log in",
		  .message = "Account reactivated; log in to use it" },
		{ 0 },
	},
	.graph = (const struct graph_field[]){
		{ .field = "mutation register(input: CreateUserInput!{*}): Registered!", .op = "user_create" },
		{ .field = "mutation login(emailOrUsername: String!, password: String!, device: String): SignedIn!", .op = "session_login",
		  .in = "emailOrUsername=identifier" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "POST /api/auth/register", .op = "user_create", .status = 201,
		  .message = "User registered successfully",
		  .out = "message, user{id, email, username, displayName, firstName, lastName, role, status,"
			 " isEmailVerified=email_verified, createdAt}" },
		{ .shape = &shape_camel, .route = "POST /api/auth/login", .op = "session_login", .in = "emailOrUsername=identifier",
		  .message = "Login successful",
		  .out = "message, user{id, email, username, displayName, role, status, avatarUrl, isEmailVerified=email_verified}, "
			 SESSION_CAMEL_TOKENS,
		  .errors = "bad_credentials=400:Invalid credentials, account_not_active=400:Account is not active,"
			 " email_not_verified=400:Email is not verified" },
		{ .shape = &shape_bare, .route = "POST /auth/login", .op = "session_login", .in = "login=identifier",
		  .out = "access_token, refresh_token, token_type, expires_in" },
		{ .shape = &shape_bare, .route = "POST /auth/signup", .op = "user_create", .status = 200,
		  .out = "access_token, refresh_token, token_type, expires_in" },
		{ .shape = &shape_bare, .route = "POST /auth/register, POST /api/v1/auth/register", .op = "user_create", .status = 200,
		  .out = "@user{email, full_name=name, is_active, id=number, created_at, updated_at}",
		  .ignore_unknown = true }, /* its clients may say is_active; an account is made active */
		{ .shape = &shape_bare, .route = "POST /auth/token", .op = "session_login", .in = "username=identifier",
		  .out = "access_token, token_type", .ignore_unknown = true,
		  .errors = "bad_credentials=401:Incorrect email or password, account_not_active=401:Inactive user" },
		{ 0 },
	},
	.conf = &account_conf_group,
};
