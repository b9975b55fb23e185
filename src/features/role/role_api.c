/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/role/role.h"
#include "features/role/role_store.h"

TYPE(role,
	FIELD(role, name, REQUIRED, "Name, as accounts carry it"),
	FIELD(role, description, REQUIRED, "What it is for"),
	FIELD_TEXTS(role, permissions, REQUIRED, "What it allows"),
	FIELD(role, built_in, REQUIRED, "Whether it came with the program and cannot be changed"),
	FIELD(role, created_at, TIME | OMIT_NULL, "When it was made"),
	FIELD(role, updated_at, TIME | OMIT_NULL, "When it was last changed"));
TYPE(role_row,
	FIELD(role_row, name, 0, ""), FIELD(role_row, description, 0, ""), FIELD(role_row, permissions, 0, ""),
	FIELD(role_row, created_at, TIME, ""), FIELD(role_row, updated_at, TIME, ""));
TYPE(role_new,
	FIELD(role_new, name, REQUIRED | TRIM, "2 to 32 of a-z, 0-9, _ and -", .min = 2, .max = 32, .check = role_check),
	FIELD(role_new, description, TRIM, "What it is for", .max = 200),
	FIELD_TEXTS(role_new, permissions, 0, "Names of permissions, such as user.read; none that you do not have", .max = 64));
TYPE(role_change,
	FIELD(role_change, name, REQUIRED | IN_PATH, "Which role", .max = 64),
	FIELD(role_change, description, TRIM | NULL_CLEARS, "What it is for", .max = 200),
	FIELD_TEXTS(role_change, permissions, 0, "All that it is to allow from now on", .max = 64));
TYPE(role_ref,
	FIELD(role_ref, name, REQUIRED | IN_PATH, "Which role", .max = 64));
TYPE(role_list,
	FIELD_LIST(role_list, items, role, REQUIRED, "Roles"),
	FIELD_OBJECT(role_list, page, page, REQUIRED, "Place in the list"));

const struct event role_created = EVENT("role.created", "role", &role_type, "A role was made");
const struct event role_updated = EVENT("role.updated", "role", &role_type, "What a role allows, or its description, was changed");
const struct event role_deleted = EVENT("role.deleted", "role", &role_type, "A role was removed");

OP_BIND(role_list, none, role_list);
OP_BIND(role_get, role_ref, role);
OP_BIND(role_create, role_new, role);
OP_BIND(role_update, role_change, role);
OP_BIND(role_delete, role_ref, none);

const struct feature role_feature = {
	.name = "role",
	.doc = "What roles may do",
	.ops = (const struct op[]){
		{ OP(role_list), .rest = "GET /roles", .doc = "List the roles and what each allows", .need = PERM_USER_READ },
		{ OP(role_get), .rest = "GET /roles/{name}", .doc = "Read a role and what it allows", .need = PERM_USER_READ },
		{ OP(role_create), .rest = "POST /roles", .status = 201, .need = PERM_ROLE_ADMIN, .flags = OP_WRITE,
		  .rate = RATE_WRITE, .doc = "Make a role that allows what you choose", .message = "Role created" },
		{ OP(role_update), .rest = "PATCH /roles/{name}", .need = PERM_ROLE_ADMIN, .flags = OP_WRITE, .rate = RATE_WRITE,
		  .reads = "role_get", .doc = "Change what a role allows, at once for all who have it", .message = "Role changed" },
		{ OP(role_delete), .rest = "DELETE /roles/{name}", .need = PERM_ROLE_ADMIN, .flags = OP_WRITE, .rate = RATE_WRITE,
		  .reads = "role_get", .doc = "Remove a role that no account has", .message = "Role removed" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &role_created, &role_updated, &role_deleted, NULL },
};
