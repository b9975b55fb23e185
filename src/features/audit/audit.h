/* The audit log: who did what, when, from where, and what came of it. Rows are written by the gate and chained by the
 * relay (api/outbox.h); this feature reads and checks them, shows each person his own, takes out what is older than
 * audit.keep, and empties the rows of people who were erased, all so that the chain still proves what is left. */
#ifndef FEATURES_AUDIT_H
#define FEATURES_AUDIT_H

#include "base/page.h"
#include "crypto/audit_chain.h"

struct audit_conf {
	int64_t keep;
};
extern const struct conf_group audit_conf_group;

struct audit_query {
	struct page_want want;
	const char *subject_id, *actor_id, *operation, *outcome, *address;
	int64_t from, to; /* 0: no bound */
};
struct audit_list {
	struct list items; /* struct audit_row */
	struct page *page;
};
struct audit_verdict {
	bool good;
	int64_t checked, removed, redacted, unsealed_late;
	const char *problem;
};
extern const struct type audit_query_type, audit_list_type, audit_verdict_type;

/* What somebody did, or had done to him, as he is shown it himself. */
struct activity {
	int64_t at;
	const char *operation, *outcome, *by, *ip, *device, *user_agent, *session_id;
	struct json before, after; /* of his own account or session */
};
struct activity_query {
	struct page_want want;
};
struct activity_list {
	struct list items; /* struct activity */
	struct page *page;
};
extern const struct type activity_type, activity_query_type, activity_list_type;

/* Newest first, by filters. Where no index serves a filter, one call looks at some 200,000 rows at most: a page may then
 * hold fewer rows than asked for, and its cursor goes on. */
err_t audit_list(struct cx *cx, const struct audit_query *in, struct audit_list *out) CHECKED;
/* Walks the whole chain: finds a changed row, a gap, and rows unsealed for more than 5 s. */
err_t audit_verify(struct cx *cx, const struct none *in, struct audit_verdict *out) CHECKED;
/* The caller's own rows, newest first, and of nobody else anything. */
err_t user_activity(struct cx *cx, const struct activity_query *in, struct activity_list *out) CHECKED;

/* For an export: the same rows. */
err_t audit_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

/* For an erasure: the person's rows are emptied soon, batch by batch. */
err_t audit_erase(struct cx *cx, const char *user_id) CHECKED;
/* Job: empties rows of people who were erased. */
err_t audit_redact(struct cx *cx) CHECKED;
/* Job: takes out rows older than audit.keep, behind a checkpoint. Rows that do not hold are left for audit_verify(). */
err_t audit_retain(struct cx *cx) CHECKED;

#endif
