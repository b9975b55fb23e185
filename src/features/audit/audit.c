#include "features/audit/audit.h"
#include "base/str.h"
#include "crypto/keyring.h"
#include "features/audit/audit_store.h"

#include <string.h>

enum { BATCH = 1000, LATE_MS = 5000 };

static const char cursor_kind[] = "audit";

err_t audit_list(struct cx *cx, const struct audit_query *in, struct audit_list *out)
{
	int64_t before = INT64_MAX;
	if (in->want.cursor) {
		const char *text = keyring_open_text(cx->mem, cursor_kind, in->want.cursor);
		if (!text || !str_int(text, &before))
			return FAIL(cx, ERR_MALFORMED, "a cursor that is not of this list");
	}
	TRY(audit_store_list(cx, in, before, in->want.limit + 1, &out->items));
	out->page = page_fill(cx, &in->want, &out->items, -1);
	const struct audit_row *row = out->items.items;
	if (out->page->has_next)
		out->page->next_cursor = keyring_sign_text(
			cx->mem, cursor_kind, arena_printf(cx->mem, "%lld", (long long)row[out->items.n - 1].id));
	return ERR_OK;
}

/* Holds a stretch of the chain against what it should be; false and a sentence at the first fault. */
static bool check_rows(struct cx *cx, const struct list *rows, struct audit_row *last, const char **problem)
{
	const struct audit_row *row = rows->items;
	for (size_t i = 0; i < rows->n; i++) {
		if (row[i].seq != last->seq + 1) {
			*problem = arena_printf(cx->mem, "Row %lld is missing.", (long long)last->seq + 1);
			return false;
		}
		if (!row[i].hash || strcmp(audit_hash(cx->mem, last->hash, &row[i]), row[i].hash) != 0) {
			*problem = arena_printf(
				cx->mem, "Row %lld, or the one before it, was changed.", (long long)row[i].seq);
			return false;
		}
		*last = row[i];
	}
	return true;
}

/* The chain may be longer than a request's memory: each stretch is read, checked and given back. */
err_t audit_verify(struct cx *cx, const struct none *in, struct audit_verdict *out)
{
	(void)in;
	struct audit_row last = { .hash = "" };
	char hash[80] = "";
	struct list rows;
	out->good = true;
	do {
		struct arena_mark mark = arena_mark(cx->mem);
		TRY(audit_store_chain(cx, last.seq, BATCH, &rows));
		out->good = check_rows(cx, &rows, &last, &out->problem);
		out->checked = last.seq;
		if (!out->good)
			break;
		size_t n = strnlen(last.hash, sizeof hash - 1);
		memcpy(hash, last.hash, n);
		hash[n] = 0;
		last.hash = hash;
		arena_reset(cx->mem, mark);
	} while (rows.n == BATCH);
	TRY(audit_store_unsealed(cx, cx->now - LATE_MS, &out->unsealed_late));
	if (out->good && out->unsealed_late) {
		out->good = false;
		out->problem = arena_printf(
			cx->mem, "%lld rows wait to be sealed for more than 5 s.", (long long)out->unsealed_late);
	}
	return ERR_OK;
}
