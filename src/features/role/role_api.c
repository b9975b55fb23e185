/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/role/role.h"

TYPE(role,
	FIELD(role, name, REQUIRED, "Name, as accounts carry it"),
	FIELD(role, description, REQUIRED, "What it is for"),
	FIELD_TEXTS(role, permissions, REQUIRED, "What it allows"));
TYPE(role_list,
	FIELD_LIST(role_list, items, role, REQUIRED, "Roles"),
	FIELD_OBJECT(role_list, page, page, REQUIRED, "Place in the list"));

OP_BIND(role_list, none, role_list);

const struct feature role_feature = {
	.name = "role",
	.doc = "What roles may do",
	.ops = (const struct op[]){
		{ OP(role_list), .rest = "GET /roles", .doc = "List the roles and what each allows", .need = PERM_USER_READ },
		{ 0 },
	},
};
