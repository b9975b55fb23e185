/* Holds the chain of the audit log against what it should be. */
#include "features/audit/audit_store.h"

#include <string.h>

enum { BATCH = 1000, LATE_MS = 5000, HASH_TEXT = 80 };

struct walk {
	struct audit_row last; /* seq and hash of the row before; the hash in `hash` */
	char hash[HASH_TEXT];
	struct audit_verdict *out;
};

static void stand_on(struct walk *w, int64_t seq, const char *hash)
{
	size_t n = strnlen(hash, sizeof w->hash - 1);
	memcpy(w->hash, hash, n);
	w->hash[n] = 0;
	w->last = (struct audit_row){ .seq = seq, .hash = w->hash };
}

static bool fault(struct cx *cx, struct walk *w, const char *fmt, int64_t seq) __attribute__((format(printf, 3, 0)));
static bool fault(struct cx *cx, struct walk *w, const char *fmt, int64_t seq)
{
	w->out->good = false;
	w->out->problem = arena_printf(cx->mem, fmt, (long long)seq);
	return false;
}

/* Begins where the removed rows end. */
static err_t begin(struct cx *cx, struct walk *w)
{
	struct audit_checkpoint c = { 0 };
	int64_t first;
	TRY(audit_store_checkpoint(cx, &c));
	TRY(audit_store_first_seq(cx, &first));
	w->out->removed = c.seq;
	w->out->checked = w->out->redacted = 0;
	stand_on(w, c.seq, c.hash);
	if (!audit_checkpoint_holds(cx->mem, &c))
		(void)fault(cx, w, "The checkpoint behind row %lld was changed.", c.seq);
	else if (first && first <= c.seq)
		(void)fault(cx, w, "Row %lld stands before the checkpoint.", first);
	return ERR_OK;
}

static bool check_row(struct cx *cx, struct walk *w, const struct audit_row *row)
{
	if (row->seq != w->last.seq + 1)
		return fault(cx, w, "Row %lld is missing.", w->last.seq + 1);
	if (!audit_row_holds(cx->mem, w->last.hash, row))
		return fault(cx, w, "Row %lld, or the one before it, was changed.", row->seq);
	w->out->checked++;
	w->out->redacted += row->redacted && *row->redacted;
	w->last.seq = row->seq;
	w->last.hash = row->hash;
	return true;
}

/* The chain may be longer than a request's memory: each stretch is read, checked and given back. */
static err_t walk_on(struct cx *cx, struct walk *w)
{
	struct list rows = { .n = BATCH };
	while (w->out->good && rows.n == BATCH) {
		struct arena_mark mark = arena_mark(cx->mem);
		TRY(audit_store_chain(cx, w->last.seq, BATCH, &rows));
		const struct audit_row *row = rows.items;
		for (size_t i = 0; i < rows.n && w->out->good; i++)
			(void)check_row(cx, w, &row[i]);
		if (!w->out->good)
			return ERR_OK;
		stand_on(w, w->last.seq, w->last.hash);
		arena_reset(cx->mem, mark);
	}
	return ERR_OK;
}

/* Rows that were removed by rule while it walked are not missing: then it begins again behind them. */
static err_t was_removed(struct cx *cx, const struct walk *w, bool *out)
{
	struct audit_checkpoint c = { 0 };
	*out = false;
	if (w->out->good)
		return ERR_OK;
	TRY(audit_store_checkpoint(cx, &c));
	*out = c.seq > w->out->removed && audit_checkpoint_holds(cx->mem, &c);
	return ERR_OK;
}

err_t audit_verify(struct cx *cx, const struct none *in, struct audit_verdict *out)
{
	(void)in;
	struct walk w = { .out = out };
	bool again;
	do {
		out->good = true;
		out->problem = NULL;
		TRY(begin(cx, &w));
		TRY(walk_on(cx, &w));
		TRY(was_removed(cx, &w, &again));
	} while (again);
	TRY(audit_store_unsealed(cx, cx->now - LATE_MS, &out->unsealed_late));
	if (out->good && out->unsealed_late)
		(void)fault(cx, &w, "%lld rows wait to be sealed for more than 5 s.", out->unsealed_late);
	return ERR_OK;
}
