/* clang-format off */
#include "api/op.h"
#include "features/client/client.h"
#include "features/features.h"

TYPE(client,
	FIELD(client, id, UUID | REQUIRED, "Client id"),
	FIELD(client, name, REQUIRED, "What it is"),
	FIELD(client, scope, REQUIRED, "Permissions that it may ask for"),
	FIELD(client, secret, SENSITIVE | OMIT_NULL, "Shown once; keep it"),
	FIELD(client, created_at, TIME | REQUIRED, "When it was registered"),
	FIELD(client, revoked_at, TIME, "When its credentials were revoked"),
	FIELD(client, old_secret_until, TIME | OMIT_NULL, "Until when the secret of before its rotation is good as well"),
	FIELD(client, old_secret_hash, HIDDEN, "SHA-256 of that one"),
	FIELD(client, secret_hash, HIDDEN, "SHA-256 of the secret"));
TYPE(client_new,
	FIELD(client_new, name, REQUIRED | TRIM, "What it is", .min = 1, .max = 100),
	FIELD(client_new, scope, TRIM, "Permissions, with blanks between them", .max = 1000, .dflt = "token.check"));
TYPE(client_ref,
	FIELD(client_ref, id, UUID | REQUIRED | IN_PATH, "Client id"));
TYPE(client_rotation,
	FIELD(client_rotation, id, UUID | REQUIRED | IN_PATH, "Client id"),
	FIELD(client_rotation, overlap, 0, "For how many seconds the secret of now is good as well; 0: not at all", .min = 0,
		.max = 2592000, .dflt = "86400"));
TYPE(client_list,
	FIELD_LIST(client_list, items, client, REQUIRED, "Clients, newest first"),
	FIELD_OBJECT(client_list, page, page, REQUIRED, "Place in the list"));

const struct event client_created = EVENT("client.created", "client", &client_type, "Service credentials were made");
const struct event client_rotated = EVENT("client.rotated", "client", &client_type, "A service got another secret");
const struct event client_revoked = EVENT("client.revoked", "client", &client_type, "Service credentials were revoked");

OP_BIND(client_create, client_new, client);
OP_BIND(client_list, none, client_list);
OP_BIND(client_rotate, client_rotation, client);
OP_BIND(client_revoke, client_ref, none);

const struct feature client_feature = {
	.name = "client",
	.doc = "Credentials of services",
	.ops = (const struct op[]){
		{ OP(client_create), .rest = "POST /oauth/clients", .root = "POST /oauth/clients", .status = 201,
		  .need = PERM_CLIENT_ADMIN, .flags = OP_WRITE | OP_NO_STORE, .rate = RATE_WRITE,
		  .doc = "Register service credentials", .message = "Client registered; its secret is shown this once" },
		{ OP(client_list), .rest = "GET /oauth/clients", .root = "GET /oauth/clients", .need = PERM_CLIENT_ADMIN,
		  .doc = "List service credentials" },
		{ OP(client_rotate), .rest = "POST /oauth/clients/{id}/rotate", .root = "POST /oauth/clients/{id}/rotate",
		  .need = PERM_CLIENT_ADMIN, .flags = OP_WRITE | OP_NO_STORE, .rate = RATE_WRITE,
		  .doc = "Give a service another secret; the one of now stays good for a while",
		  .message = "The secret was rotated; the new one is shown this once" },
		{ OP(client_revoke), .rest = "DELETE /oauth/clients/{id}", .root = "DELETE /oauth/clients/{id}",
		  .need = PERM_CLIENT_ADMIN, .flags = OP_WRITE, .rate = RATE_WRITE, .doc = "Revoke service credentials",
		  .message = "Client revoked" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &client_created, &client_rotated, &client_revoked, NULL },
};
