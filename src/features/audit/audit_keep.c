/* What leaves the audit log by rule: rows that were kept long enough, and the personal data of people who were erased. What
 * does not hold as it stands is not made good by leaving: it stays, or stays without a MAC, and audit_verify() tells. */
#include "base/conf.h"
#include "features/audit/audit_store.h"

#include <string.h>

enum { RETAIN_BATCH = 2000, REDACT_BATCH = 500, REDACT_PEOPLE = 20, SETTLE_MS = 60000 };

/* --- kept long enough --------------------------------------------------------------------------------------------- */

/* How many of the rows are to go: all that are older than `before`, in a row from the first; never the newest, on whose
 * hash the next is chained. False at the first row that does not hold. */
static bool count_old(struct cx *cx, const struct list *rows, struct audit_checkpoint *end, int64_t before, size_t *n)
{
	const struct audit_row *row = rows->items;
	*n = 0;
	for (size_t i = 0; i + 1 < rows->n && row[i].at < before; i++) {
		if (row[i].seq != end->seq + 1 || !audit_row_holds(cx->mem, end->hash, &row[i]))
			return false;
		*end = (struct audit_checkpoint){ .seq = row[i].seq, .at = row[i].at, .hash = row[i].hash };
		(*n)++;
	}
	return true;
}

err_t audit_retain(struct cx *cx)
{
	struct audit_checkpoint end = { 0 };
	struct list rows;
	size_t n;
	int64_t keep = CONF_OF(cx, audit)->keep;
	if (!keep)
		return ERR_OK;
	TRY(audit_store_checkpoint(cx, &end));
	if (!audit_checkpoint_holds(cx->mem, &end))
		return FAIL(cx, ERR_INTERNAL, "the checkpoint of the audit log was changed; nothing is removed");
	TRY(audit_store_chain(cx, end.seq, RETAIN_BATCH, &rows));
	bool whole = count_old(cx, &rows, &end, cx->now - keep, &n);
	end.mac = audit_checkpoint_mac(cx->mem, &end);
	if (n)
		TRY(audit_store_remove(cx, &end));
	/* What held before the fault is gone for good all the same: the job fails the next time, at its first row. */
	return whole || n ? ERR_OK
	                  : FAIL(cx, ERR_INTERNAL, "row %lld of the audit log does not hold; it stays",
				    (long long)end.seq + 1);
}

/* --- people who were erased --------------------------------------------------------------------------------------- */

err_t audit_erase(struct cx *cx, const char *user_id)
{
	return audit_store_erased_add(cx, user_id);
}

static bool holds_now(struct cx *cx, const struct audit_row *r, const struct audit_checkpoint *c)
{
	const char *before = r->before ? r->before : r->seq == c->seq + 1 ? c->hash : NULL;
	return before && audit_row_holds(cx->mem, before, r);
}

static err_t redact_row(struct cx *cx, const char *user_id, struct audit_row *r, const struct audit_checkpoint *c)
{
	bool holds = holds_now(cx, r, c);
	if (strcmp(r->actor_id, user_id) == 0 || strcmp(r->actor_kind, "anyone") == 0)
		r->ip = "";
	if (strcmp(r->subject_id, user_id) == 0)
		r->changes = "";
	r->redacted = holds ? audit_redaction(cx->mem, r) : "";
	return audit_store_set_redacted(cx, r);
}

static err_t redact_of(struct cx *cx, const char *user_id, const struct audit_checkpoint *c, int64_t *left)
{
	struct list rows;
	TRY(audit_store_to_redact(cx, user_id, *left, &rows));
	struct audit_row *row = rows.items;
	for (size_t i = 0; i < rows.n; i++)
		TRY(redact_row(cx, user_id, &row[i], c));
	*left -= (int64_t)rows.n;
	return *left ? audit_store_erased_done(cx, user_id, cx->now - SETTLE_MS) : ERR_OK;
}

err_t audit_redact(struct cx *cx)
{
	struct audit_checkpoint c = { 0 };
	struct list people;
	int64_t left = REDACT_BATCH;
	TRY(audit_store_erased(cx, REDACT_PEOPLE, &people));
	if (people.n)
		TRY(audit_store_checkpoint(cx, &c));
	const struct audit_row *p = people.items;
	for (size_t i = 0; i < people.n && left; i++)
		TRY(redact_of(cx, p[i].subject_id, &c, &left));
	return ERR_OK;
}
