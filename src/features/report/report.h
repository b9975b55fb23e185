/* Reports of people, and of what they made in the services beside this one; the moderators' queue; strikes, appeals against
 * them, and the trust that is left. */
#ifndef FEATURES_REPORT_H
#define FEATURES_REPORT_H

#include "base/conf.h"
#include "features/account/account.h"

struct report_conf {
	int64_t claim, fades; /* ms */
};
extern const struct conf_group report_conf_group;

enum report_status { REPORT_OPEN, REPORT_CLAIMED, REPORT_RESOLVED };
enum report_action { REPORT_WARN, REPORT_SUSPEND, REPORT_BAN, REPORT_DISMISS };
enum strike_kind { STRIKE_WARNING, STRIKE_SUSPENSION, STRIKE_BAN, STRIKE_KINDS };
enum strike_status { STRIKE_STANDING, STRIKE_APPEALED, STRIKE_UPHELD, STRIKE_LIFTED };
extern const char *const report_status_names[], *const report_action_names[], *const strike_kind_names[],
										      *const strike_status_names[];

struct report_new {
	const char *user_id; /* UUID or user name */
	const char *type, *reason, *content_type, *content_id;
	struct json evidence;
};
struct report {
	const char *id, *reporter_id, *user_id, *content_type, *content_id, *type, *reason;
	struct json evidence, snapshot;
	unsigned status; /* enum report_status */
	const char *claimed_by, *resolution, *note, *resolved_by;
	int64_t claimed_at, resolved_at, created_at;
};
struct report_query {
	struct page_want want;
	struct opt_enum status;
	const char *type, *user_id;
	bool mine; /* claimed by the caller */
};
struct report_own_query {
	struct page_want want;
};
struct report_list {
	struct list items; /* struct report */
	struct page *page;
};
struct report_ref {
	const char *id;
};
struct report_resolution {
	const char *id;
	unsigned action; /* enum report_action */
	const char *reason, *note;
	int64_t until;
	bool all; /* and every other open report of the same person and thing */
};
struct strike {
	const char *id, *user_id, *report_id, *reason, *given_by, *appeal, *decision, *decided_by;
	unsigned kind, status;
	int64_t until, created_at, appealed_at, decided_at;
};
struct strike_list {
	struct list items; /* struct strike */
	struct page *page;
};
struct strike_appeal {
	const char *id, *text;
};
struct appeal_new {
	struct reactivation who; /* the proof is the same */
	const char *text;
};
struct appeal_decision {
	const char *id, *note;
	bool lift;
};
/* The moderation profile. */
struct moderation_profile {
	const char *user_id;
	double trust_score; /* 1: nothing stands against him; 0: no trust is left */
	int64_t warnings, suspensions, bans; /* that were not lifted */
	int64_t reports, open_reports, reports_made, reports_made_dismissed;
	int64_t last_strike_at;
};
struct report_told {
	const char *report_id, *user_id, *reporter_id, *type, *resolution;
	int64_t created_at;
};
extern const struct type report_type, report_own_type, report_new_type, report_query_type, report_own_query_type,
	report_list_type, report_own_list_type, report_ref_type, report_resolution_type, strike_type, strike_own_type,
	strike_list_type, strike_own_list_type, strike_appeal_type, appeal_new_type, appeal_decision_type,
	moderation_profile_type, report_told_type, report_snapshot_type;
extern const struct event report_created, report_resolved;

/* What strikes leave of the trust in somebody: each takes a part that fades away evenly over `fades` ms. */
double report_trust(const struct list *strikes, int64_t now, int64_t fades);

err_t report_erase(struct cx *cx, const char *user_id) CHECKED;
err_t report_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;
err_t strike_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

/* --- operations of people ----------------------------------------------------------------------------------------- */

/* Reports somebody, or something of his. The profile is kept as it was. ERR_ONESELF, ERR_NOT_FOUND, ERR_REPORTED. */
err_t report_create(struct cx *cx, const struct report_new *in, struct report *out) CHECKED;
/* The caller's own reports, and what became of them. */
err_t report_mine(struct cx *cx, const struct report_own_query *in, struct report_list *out) CHECKED;
err_t strike_mine(struct cx *cx, const struct report_own_query *in, struct strike_list *out) CHECKED;
/* Once for each strike. ERR_CONFLICT. */
err_t strike_appeal(struct cx *cx, const struct strike_appeal *in, struct strike *out) CHECKED;
/* The same, against the newest strike that stands, for who cannot log in because of it: by the same proof as a log-in. */
err_t appeal_create_prepare(struct cx *cx, const struct appeal_new *in, struct login_work *work) CHECKED;
err_t appeal_create(struct cx *cx, const struct appeal_new *in, struct login_work *work, struct none *out) CHECKED;
err_t appeal_create_finish(
	struct cx *cx, const struct appeal_new *in, struct login_work *work, struct none *out) CHECKED;

/* --- operations of moderators ------------------------------------------------------------------------------------- */

/* Reports by filters, the oldest first. */
err_t report_queue(struct cx *cx, const struct report_query *in, struct report_list *out) CHECKED;
err_t report_get(struct cx *cx, const struct report_ref *in, struct report *out) CHECKED;
/* Takes a report to look at, for report.claim; others keep off meanwhile. ERR_CONFLICT. */
err_t report_claim(struct cx *cx, const struct report_ref *in, struct report *out) CHECKED;
err_t report_release(struct cx *cx, const struct report_ref *in, struct report *out) CHECKED;
/* Ends it: a strike, and a letter to who gets it, unless it is dismissed. ERR_CONFLICT: resolved, or claimed by another.
 * ERR_DENIED: of oneself; of somebody who may do more; to suspend or ban without user.status. */
err_t report_resolve(struct cx *cx, const struct report_resolution *in, struct report *out) CHECKED;
err_t moderation_profile(struct cx *cx, const struct user_ref *in, struct moderation_profile *out) CHECKED;
err_t moderation_strikes(struct cx *cx, const struct user_ref *in, struct strike_list *out) CHECKED;
/* Strikes that wait for a decision, the oldest first. */
err_t appeal_queue(struct cx *cx, const struct report_own_query *in, struct strike_list *out) CHECKED;
/* Lifts a strike or upholds it; the account gets its status back when nothing else stands against it. */
err_t appeal_decide(struct cx *cx, const struct appeal_decision *in, struct strike *out) CHECKED;

#endif
