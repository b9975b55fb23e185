#include "features/audit/audit_store.h"
#include "db/db.h"

#define COLUMNS \
	"id, seq, at, actor_kind, actor_id, ip, operation, subject_type, subject_id, outcome, changes, correlation_id, hash"

/* One text for each filter that has an index; the other filter, if any, is applied to what the first finds. */
#define BY(filter) "SELECT " COLUMNS " FROM audit WHERE id < $1 AND " filter " ORDER BY id DESC LIMIT $2"

err_t audit_store_list(struct cx *cx, const struct audit_query *q, int64_t before, int64_t most, struct list *out)
{
	const char *subject = q->subject_id ? q->subject_id : "", *actor = q->actor_id ? q->actor_id : "";
	const char *sql = *subject ? BY("subject_id = $3 AND ($4 = '' OR actor_id = $4)")
	                  : *actor ? BY("actor_id = $4 AND ($3 = '')")
	                           : BY("$3 = '' AND $4 = ''");
	return db_list(cx, &audit_row_type, out, (size_t)most, sql, BIND(V(before), V(most), V(subject), V(actor)));
}

err_t audit_store_chain(struct cx *cx, int64_t after, int64_t most, struct list *out)
{
	return db_list(cx, &audit_row_type, out, (size_t)most,
		"SELECT " COLUMNS " FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2", BIND(V(after), V(most)));
}

err_t audit_store_unsealed(struct cx *cx, int64_t before_time, int64_t *n)
{
	return db_int(cx, n, "SELECT COUNT(*) FROM audit WHERE seq IS NULL AND at < $1", BIND(V(before_time)));
}
