/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "features/audit/audit.h"
#include "features/audit/audit_activity.h"
#include "features/features.h"
#include "features/user/user.h"

TYPE(audit_query,
	CURSOR_FIELDS(audit_query),
	FIELD(audit_query, subject_id, 0, "Only what concerned this", .max = 64, .alias = "subject"),
	FIELD(audit_query, actor_id, 0, "Only what this one did", .max = 64, .alias = "actor"),
	FIELD(audit_query, operation, 0, "Only calls of this operation, such as session_login", .max = 64),
	FIELD(audit_query, outcome, 0, "Only what ended so: ok, or the code of an error", .max = 64),
	FIELD(audit_query, address, TRIM, "Only what came from this address", .max = 64, .alias = "ip"),
	FIELD(audit_query, from, TIME, "Only what happened at this moment or later"),
	FIELD(audit_query, to, TIME, "Only what happened before this moment"));
TYPE(audit_list,
	FIELD_LIST(audit_list, items, audit_row, REQUIRED, "Rows, newest first"),
	FIELD_OBJECT(audit_list, page, page, REQUIRED, "Place in the list"));
TYPE(audit_verdict,
	FIELD(audit_verdict, good, REQUIRED, "Whether the chain is whole"),
	FIELD(audit_verdict, checked, REQUIRED, "How many rows were checked"),
	FIELD(audit_verdict, removed, REQUIRED, "Rows at the beginning that were kept long enough and removed"),
	FIELD(audit_verdict, redacted, REQUIRED, "Rows without the data of people who were erased"),
	FIELD(audit_verdict, unsealed_late, REQUIRED, "Rows that wait to be sealed for more than 5 s"),
	FIELD(audit_verdict, problem, 0, "What is wrong"));

TYPE(activity,
	FIELD(activity, at, TIME | REQUIRED, "When"),
	FIELD(activity, operation, REQUIRED, "What was called, such as session_login, password_change, user_update_me"),
	FIELD(activity, outcome, REQUIRED, "ok, or the code of an error"),
	FIELD(activity, by, REQUIRED, "self, administrator, service or server"),
	FIELD(activity, ip, 0, "From where, when it was you, or somebody who tried to log in as you"),
	FIELD(activity, device, 0, "Name of the device"),
	FIELD(activity, user_agent, 0, "Program that was used"),
	FIELD(activity, session_id, 0, "The session that began or ended"),
	FIELD(activity, before, 0, "What was before, of what changed"),
	FIELD(activity, after, 0, "What is after"));
TYPE(activity_query,
	CURSOR_FIELDS(activity_query));
TYPE(activity_list,
	FIELD_LIST(activity_list, items, activity, REQUIRED, "Rows, newest first"),
	FIELD_OBJECT(activity_list, page, page, REQUIRED, "Place in the list"));
TYPE(activity_sides,
	FIELD(activity_sides, before, 0, ""), FIELD(activity_sides, after, 0, ""));
TYPE(activity_device,
	FIELD(activity_device, id, 0, ""), FIELD(activity_device, expires_at, 0, ""),
	FIELD(activity_device, device, 0, ""), FIELD(activity_device, user_agent, 0, ""));

OP_BIND(audit_list, audit_query, audit_list);
OP_BIND(audit_verify, none, audit_verdict);
OP_BIND(user_activity, activity_query, activity_list);

CONF_GROUP(audit, "audit",
	CONF(audit, keep, CONF_DURATION | CONF_RELOAD, "0",
		"How long rows of the audit log are kept; 0: for ever"));

const struct feature audit_feature = {
	.name = "audit",
	.doc = "Who did what, and the proof that nobody changed it since",
	.ops = (const struct op[]){
		{ OP(audit_list), .rest = "GET /audit", .need = PERM_AUDIT_READ, .flags = OP_REPLICA, .doc = "Read the audit log, by filters" },
		{ OP(audit_verify), .rest = "GET /audit/verify", .need = PERM_AUDIT_READ,
		  .doc = "Check the audit log's chain of hashes" },
		{ OP(user_activity), .rest = "GET /users/me/activity", .tag = "user",
		  .doc = "Read what you did, and what was done to your account" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(audit_row, "actor_id", "actor", "Who did it, when it was a person"),
		USER_EDGE(audit_row, "subject_id", "subjectUser", "Whom it concerned, when it was a person"),
		{ 0 },
	},
	.jobs = (const struct feature_job[]){ { "audit_redact", 2000, audit_redact, JOB_WRITE },
		{ "audit_retain", 60000, audit_retain, JOB_WRITE }, { 0 } },
	.conf = &audit_conf_group,
	.erase = audit_erase,
	.parts = (const struct personal_part[]){
		{ "activity.json", "What you did, and what was done to your account", &activity_type, audit_part }, { 0 } },
};
