/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/relation/relation.h"
#include "features/relation/relation_store.h"

const char *const relation_kind_names[] = { "follow", "ask", "block", "mute", NULL };

TYPE(relation,
	FIELD(relation, id, UUID | REQUIRED, "Identifier"),
	FIELD(relation, from_id, UUID | REQUIRED, "Who said it"),
	FIELD(relation, to_id, UUID | REQUIRED, "Of whom"),
	FIELD_ENUM(relation, kind, relation_kind_names, REQUIRED, "What it is: follow, ask (to follow), block or mute"),
	FIELD(relation, reason, OMIT_NULL, "Why, as he noted for himself"),
	FIELD(relation, at, TIME | REQUIRED, "Since when"));
TYPE(relation_tie,
	FIELD(relation_tie, other, 0, ""), FIELD_ENUM(relation_tie, kind, relation_kind_names, 0, ""),
	FIELD(relation_tie, back, 0, ""));

const struct feature relation_feature = {
	.name = "relation",
	.doc = "What people are to each other",
	.ops = (const struct op[]){ { 0 } },
	.erase = relation_erase,
	.parts = (const struct personal_part[]){
		{ "relations.json", "Whom you follow, block and mute, and who follows you", &relation_type, relation_part }, { 0 } },
};
