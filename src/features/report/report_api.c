/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "base/json.h"
#include "features/features.h"
#include "features/report/report.h"
#include "features/user/user.h"

#include <string.h>

const char *const report_status_names[] = { "open", "claimed", "resolved", NULL };
const char *const report_action_names[] = { "warn", "suspend", "ban", "dismiss", NULL };
const char *const strike_kind_names[] = { "warning", "suspension", "ban", NULL };
const char *const strike_status_names[] = { "standing", "appealed", "upheld", "lifted", NULL };
static const char *const type_names[] = { "spam", "harassment", "hate", "violence", "self_harm", "sexual", "impersonation",
	"fraud", "privacy", "other", NULL };

static const char *type_check(const char *s)
{
	return names_index(type_names, s, strlen(s)) >= 0 ? NULL :
		"must be spam, harassment, hate, violence, self_harm, sexual, impersonation, fraud, privacy or other";
}

TYPE_AS(report_snapshot, user,
	FIELD(user, id, 0, ""), FIELD(user, username, 0, ""), FIELD(user, display_name, 0, ""), FIELD(user, name, 0, ""),
	FIELD(user, first_name, 0, ""), FIELD(user, last_name, 0, ""), FIELD(user, bio, 0, ""), FIELD(user, website, 0, ""),
	FIELD(user, location, 0, ""), FIELD(user, avatar_url, 0, ""), FIELD(user, cover_url, 0, ""));

TYPE(report_new,
	FIELD(report_new, user_id, REQUIRED, "Whom, by identifier or user name", .max = 64,
		.alias = "reported_user_id|reportedUserId|userId"),
	FIELD(report_new, type, REQUIRED | WORD, "What is wrong", .check = type_check),
	FIELD(report_new, reason, TRIM | MULTILINE, "What happened, in your words", .max = 2000, .alias = "description"),
	FIELD(report_new, content_type, TRIM, "Of something that the person made elsewhere: what it is (post, comment ...)", .min = 1,
		.max = 50, .alias = "contentType"),
	FIELD(report_new, content_id, TRIM, "And its identifier there", .min = 1, .max = 255, .alias = "contentId"),
	FIELD(report_new, evidence, 0, "What it looked like: an object of at most 16 KiB", .check = json_object_check, .max = 16384));

#define SEEN_BY_BOTH(S) \
	FIELD(S, id, UUID | REQUIRED, "Identifier"), \
	FIELD(S, user_id, UUID | REQUIRED, "Who is reported"), \
	FIELD(S, content_type, REQUIRED, "What is, when it is not the person; else empty"), \
	FIELD(S, content_id, REQUIRED, "Its identifier"), \
	FIELD(S, type, REQUIRED | WORD, "What is wrong"), \
	FIELD(S, reason, 0, "In the reporter's words"), \
	FIELD(S, evidence, 0, "What it looked like, as the reporter's application says")
#define SEEN_BY_BOTH_LATER(S) \
	FIELD_ENUM(S, status, report_status_names, REQUIRED, "open, claimed (somebody looks at it) or resolved"), \
	FIELD(S, resolution, WORD, "What came of it: warn, suspend, ban or dismiss"), \
	FIELD(S, resolved_at, TIME, "When it was resolved"), \
	FIELD(S, created_at, TIME | REQUIRED, "When it was made")
TYPE(report,
	SEEN_BY_BOTH(report),
	FIELD(report, reporter_id, UUID, "Who reported; null when that account is erased"),
	FIELD(report, snapshot, REQUIRED, "The profile as it was then"),
	SEEN_BY_BOTH_LATER(report),
	FIELD(report, claimed_by, UUID, "Who looks at it"),
	FIELD(report, claimed_at, TIME, "Since when"),
	FIELD(report, note, MULTILINE, "Noted by who resolved it, for moderators"),
	FIELD(report, resolved_by, 0, "Who resolved it"));
TYPE_AS(report_own, report, SEEN_BY_BOTH(report), SEEN_BY_BOTH_LATER(report));

TYPE(report_query,
	CURSOR_FIELDS(report_query),
	FIELD_ENUM(report_query, status, report_status_names, 0, "Only this status"),
	FIELD(report_query, type, WORD, "Only what is wrong in this way", .check = type_check),
	FIELD(report_query, user_id, UUID, "Only of this person"),
	FIELD(report_query, mine, 0, "Only those that you claimed"));
TYPE(report_own_query, CURSOR_FIELDS(report_own_query));
TYPE(report_list,
	FIELD_LIST(report_list, items, report, REQUIRED, "Reports, the oldest first"),
	FIELD_OBJECT(report_list, page, page, REQUIRED, "Place in the list"));
TYPE_AS(report_own_list, report_list,
	FIELD_LIST(report_list, items, report_own, REQUIRED, "Reports, the newest first"),
	FIELD_OBJECT(report_list, page, page, REQUIRED, "Place in the list"));
TYPE(report_ref,
	FIELD(report_ref, id, UUID | REQUIRED | IN_PATH, "Which"));
TYPE(report_resolution,
	FIELD(report_resolution, id, UUID | REQUIRED | IN_PATH, "Which"),
	FIELD_ENUM(report_resolution, action, report_action_names, REQUIRED, "What is done", .alias = "resolution"),
	FIELD(report_resolution, reason, TRIM | MULTILINE, "Why, as the reported person is told", .min = 1, .max = 500),
	FIELD(report_resolution, note, TRIM | MULTILINE, "For moderators alone", .max = 2000),
	FIELD(report_resolution, until, TIME, "End of a suspension; without it, until somebody ends it"),
	FIELD(report_resolution, all, 0, "Resolve in the same way all other open reports of the same person and thing"));

#define OF_ONES_OWN(S) \
	FIELD(S, id, UUID | REQUIRED, "Identifier"), \
	FIELD(S, user_id, UUID | REQUIRED, "Whose"), \
	FIELD_ENUM(S, kind, strike_kind_names, REQUIRED, "What was done"), \
	FIELD(S, reason, REQUIRED | MULTILINE, "Why"), \
	FIELD(S, until, TIME, "End of a suspension"), \
	FIELD(S, created_at, TIME | REQUIRED, "When"), \
	FIELD_ENUM(S, status, strike_status_names, REQUIRED, "standing, appealed, upheld or lifted"), \
	FIELD(S, appeal, MULTILINE, "What the person says against it"), \
	FIELD(S, appealed_at, TIME, "When"), \
	FIELD(S, decision, MULTILINE, "Why it was decided so"), \
	FIELD(S, decided_at, TIME, "When")
TYPE(strike,
	OF_ONES_OWN(strike),
	FIELD(strike, report_id, UUID | REQUIRED, "The report that it came of"),
	FIELD(strike, given_by, REQUIRED, "Which moderator"),
	FIELD(strike, decided_by, 0, "Who decided on the appeal"));
TYPE_AS(strike_own, strike, OF_ONES_OWN(strike));
TYPE(strike_list,
	FIELD_LIST(strike_list, items, strike, REQUIRED, "Strikes"),
	FIELD_OBJECT(strike_list, page, page, REQUIRED, "Place in the list"));
TYPE_AS(strike_own_list, strike_list,
	FIELD_LIST(strike_list, items, strike_own, REQUIRED, "Strikes, the newest first"),
	FIELD_OBJECT(strike_list, page, page, REQUIRED, "Place in the list"));
TYPE(strike_appeal,
	FIELD(strike_appeal, id, UUID | REQUIRED | IN_PATH, "Which"),
	FIELD(strike_appeal, text, REQUIRED | TRIM | MULTILINE, "Why it is wrong", .min = 1, .max = 2000));
TYPE(appeal_new,
	FIELD_AS(appeal_new, who.identifier, "identifier", REQUIRED, "E-mail address or user name", .min = 1, .max = 254, .alias = "email|username|login"),
	FIELD_AS(appeal_new, who.password, "password", REQUIRED, "Password", .min = 1, .max = 1024),
	FIELD(appeal_new, text, REQUIRED | TRIM | MULTILINE, "Why it is wrong", .min = 1, .max = 2000),
	FIELD_AS(appeal_new, who.device_token, "device_token", SENSITIVE, "As an earlier log-in on this device gave it", .max = 400),
	FIELD_AS(appeal_new, who.proof, "proof", 0, "Solution of the challenge, when one was set", .max = 800));
TYPE(appeal_decision,
	FIELD(appeal_decision, id, UUID | REQUIRED | IN_PATH, "Which strike"),
	FIELD(appeal_decision, lift, REQUIRED, "true lifts it, false upholds it"),
	FIELD(appeal_decision, note, REQUIRED | TRIM | MULTILINE, "Why, as the person is told", .min = 1, .max = 1000));
TYPE(moderation_profile,
	FIELD(moderation_profile, user_id, UUID | REQUIRED, "Whose"),
	FIELD(moderation_profile, trust_score, REQUIRED, "1: nothing stands against the person; 0: no trust is left"),
	FIELD(moderation_profile, warnings, REQUIRED, "Warnings that were not lifted"),
	FIELD(moderation_profile, suspensions, REQUIRED, "Suspensions that were not lifted"),
	FIELD(moderation_profile, bans, REQUIRED, "Bans that were not lifted"),
	FIELD(moderation_profile, reports, REQUIRED, "Reports of the person"),
	FIELD(moderation_profile, open_reports, REQUIRED, "Of these, not resolved yet"),
	FIELD(moderation_profile, reports_made, REQUIRED, "Reports that the person made"),
	FIELD(moderation_profile, reports_made_dismissed, REQUIRED, "Of these, dismissed"),
	FIELD(moderation_profile, last_strike_at, TIME, "When the newest strike was given"));
TYPE(report_told,
	FIELD(report_told, report_id, UUID | REQUIRED, "Which report"),
	FIELD(report_told, user_id, UUID | REQUIRED, "Who is reported"),
	FIELD(report_told, reporter_id, UUID, "Who reported"),
	FIELD(report_told, type, REQUIRED, "What is wrong"),
	FIELD(report_told, resolution, 0, "What came of it"),
	FIELD(report_told, created_at, TIME | REQUIRED, "When it was made, or resolved"));

const struct event report_created = EVENT("report.created", "report", &report_told_type, "Somebody reported somebody");
const struct event report_resolved = EVENT("report.resolved", "report", &report_told_type, "A moderator ended a report");

CONF_GROUP(report, "report",
	CONF(report, claim, CONF_DURATION | CONF_RELOAD, "30m", "How long others keep off a report that a moderator claimed", .min = 1000,
		.max = INT64_C(604800000)),
	CONF(report, fades, CONF_DURATION | CONF_RELOAD, "365d", "After so long a strike counts no more in the trust score",
		.min = 1000, .max = INT64_C(315360000000)));

OP_BIND_GIVING(report_create, report_new, report, report_own_type);
OP_BIND_GIVING(report_mine, report_own_query, report_list, report_own_list_type);
OP_BIND_GIVING(strike_mine, report_own_query, strike_list, strike_own_list_type);
OP_BIND_GIVING(strike_appeal, strike_appeal, strike, strike_own_type);
OP_BIND_WORK(appeal_create, appeal_new, login_work, none);
OP_BIND(report_queue, report_query, report_list);
OP_BIND(report_get, report_ref, report);
OP_BIND(report_claim, report_ref, report);
OP_BIND(report_release, report_ref, report);
OP_BIND(report_resolve, report_resolution, report);
OP_BIND(moderation_profile, user_ref, moderation_profile);
OP_BIND(moderation_strikes, user_ref, strike_list);
OP_BIND(appeal_queue, report_own_query, strike_list);
OP_BIND(appeal_decide, appeal_decision, strike);

#define READS .need = PERM_REPORT_READ
#define WRITES .need = PERM_REPORT_RESOLVE, .flags = OP_WRITE, .rate = RATE_WRITE

const struct feature report_feature = {
	.name = "report",
	.doc = "Reports of people, moderation, appeals",
	.ops = (const struct op[]){
		{ OP(report_create), .rest = "POST /reports", .status = 201, .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Report a person, or something that the person made", .message = "Report received" },
		{ OP(report_mine), .rest = "GET /reports", .doc = "List your reports, and what became of them" },
		{ OP(strike_mine), .rest = "GET /users/me/strikes", .doc = "List what moderators held against you" },
		{ OP(strike_appeal), .rest = "POST /users/me/strikes/{id}/appeal", .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Appeal against what moderators did", .message = "Appeal received" },
		{ OP(appeal_create), .rest = "POST /auth/appeal", .rate = RATE_AUTH,
		  .flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_ANYONE | OP_HASH | OP_NO_STORE,
		  .doc = "Appeal against a suspension or a ban that keeps you from logging in", .message = "Appeal received" },
		{ OP(report_queue), .rest = "GET /moderation/reports", READS, .doc = "List reports, the oldest first" },
		{ OP(report_get), .rest = "GET /moderation/reports/{id}", READS, .doc = "Read a report" },
		{ OP(report_claim), .rest = "POST /moderation/reports/{id}/claim", WRITES, .doc = "Take a report to look at",
		  .message = "Report claimed" },
		{ OP(report_release), .rest = "POST /moderation/reports/{id}/release", WRITES, .doc = "Leave a report to others",
		  .message = "Report released" },
		{ OP(report_resolve), .rest = "POST /moderation/reports/{id}/resolve", WRITES,
		  .doc = "End a report: warn, suspend, ban or dismiss", .message = "Report resolved" },
		{ OP(moderation_profile), .rest = "GET /moderation/users/{id}", READS, .doc = "Read what stands against a person, in numbers" },
		{ OP(moderation_strikes), .rest = "GET /moderation/users/{id}/strikes", READS, .doc = "List a person's strikes, the newest 100" },
		{ OP(appeal_queue), .rest = "GET /moderation/appeals", READS, .doc = "List appeals that wait for a decision, the oldest first" },
		{ OP(appeal_decide), .rest = "POST /moderation/appeals/{id}/decide", WRITES, .doc = "Lift a strike, or uphold it",
		  .message = "Appeal decided" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(report, "user_id", "reportedUser", "Who is reported"),
		USER_EDGE(report, "reporter_id", "reporter", "Who reported"),
		USER_EDGE(report, "claimed_by", "claimedByUser", "Who looks at it"),
		USER_EDGE(report, "resolved_by", "resolvedByUser", "Who resolved it"),
		USER_EDGE(report_own, "user_id", "reportedUser", "Who is reported"),
		USER_EDGE(strike, "user_id", "user", "Whose"),
		USER_EDGE(strike, "given_by", "givenByUser", "Which moderator"),
		USER_EDGE(strike, "decided_by", "decidedByUser", "Who decided on the appeal"),
		USER_EDGE(strike_own, "user_id", "user", "Whose"),
		USER_EDGE(moderation_profile, "user_id", "user", "Whose"),
		{ 0 },
	},
	.conf = &report_conf_group,
	.erase = report_erase,
	.parts = (const struct personal_part[]){
		{ "reports.json", "What you reported", &report_own_type, report_part },
		{ "strikes.json", "What moderators held against you", &strike_own_type, strike_part }, { 0 } },
	.graph = (const struct graph_field[]){
		{ .field = "mutation reportUser(userId: String!, input: ReportInput!{*}): ReportOwn!", .op = "report_create" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &report_created, &report_resolved, NULL },
};
