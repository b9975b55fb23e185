/* clang-format off */
#include "api/op.h"
#include "features/audit/audit.h"
#include "features/features.h"

TYPE(audit_query,
	FIELD_AS(audit_query, want.limit, "limit", 0, "How many a page holds", .min = 1, .max = 100, .dflt = "20"),
	FIELD_AS(audit_query, want.cursor, "cursor", NULL_CLEARS, "Goes on after a page whose `next_cursor` this was", .max = 400),
	FIELD(audit_query, subject_id, 0, "Only what concerned this", .max = 64),
	FIELD(audit_query, actor_id, 0, "Only what this one did", .max = 64));
TYPE(audit_list,
	FIELD_LIST(audit_list, items, audit_row, REQUIRED, "Rows, newest first"),
	FIELD_OBJECT(audit_list, page, page, REQUIRED, "Place in the list"));
TYPE(audit_verdict,
	FIELD(audit_verdict, good, REQUIRED, "Whether the chain is whole"),
	FIELD(audit_verdict, checked, REQUIRED, "How many rows were checked"),
	FIELD(audit_verdict, unsealed_late, REQUIRED, "Rows that wait to be sealed for more than 5 s"),
	FIELD(audit_verdict, problem, 0, "What is wrong"));

OP_BIND(audit_list, audit_query, audit_list);
OP_BIND(audit_verify, none, audit_verdict);

const struct feature audit_feature = {
	.name = "audit",
	.doc = "Who did what, and the proof that nobody changed it since",
	.ops = (const struct op[]){
		{ OP(audit_list), .rest = "GET /audit", .need = PERM_AUDIT_READ, .doc = "Read the audit log" },
		{ OP(audit_verify), .rest = "GET /audit/verify", .need = PERM_AUDIT_READ,
		  .doc = "Check the audit log's chain of hashes" },
		{ 0 },
	},
};
