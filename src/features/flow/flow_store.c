#include "features/flow/flow_store.h"
#include "db/db.h"

enum { DAY_MS = 86400000 };

#define COLUMNS \
	"id, door, purpose, email, email_key, subject_id, address, ip, correlation_id, token_hash, code_mac, tries, created_at," \
	" sent_at, code_expires_at, expires_at"
/* FLOW_TRIES wrong codes end the token too: who guesses does not go on with it. */
#define OPEN "used_at IS NULL AND tries < 5"
_Static_assert(FLOW_TRIES == 5 && FLOW_TRIES_A_DAY == 15, "the statements have the numbers in their text");

err_t flow_store_add(struct cx *cx, const struct flow *f)
{
	return db_exec(cx,
		"INSERT INTO flow (id, door, purpose, email, email_key, subject_id, address, ip, correlation_id, created_at, sent_at,"
		" code_expires_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		BIND(V(f->id), V(f->door), V(f->purpose), V(f->email), V(f->email_key), V(f->subject_id), V(f->address),
			V(f->ip), V(f->correlation_id), V(f->created_at), val_time(f->sent_at), V(f->code_expires_at),
			V(f->expires_at)));
}

err_t flow_store_claim(struct cx *cx, const char *purpose, size_t most, struct list *out)
{
	return db_list(cx, &flow_type, out, most,
		"UPDATE flow SET sent_at = $2 WHERE id IN (SELECT id FROM flow WHERE sent_at IS NULL AND purpose = $1"
		" ORDER BY created_at LIMIT $3) RETURNING " COLUMNS,
		BIND(V(purpose), V(cx->now), V((int64_t)most)));
}

err_t flow_store_arm(struct cx *cx, const struct flow *f)
{
	return db_exec(cx,
		"UPDATE flow SET purpose = $2, subject_id = $3, token_hash = $4, code_mac = $5 WHERE id = $1",
		BIND(V(f->id), V(f->purpose), V(f->subject_id), V(f->token_hash), V(f->code_mac)));
}

err_t flow_store_by_token(struct cx *cx, const char *token_hash, const char *door, struct flow *out)
{
	return db_get(cx, &flow_type, out,
		"SELECT " COLUMNS " FROM flow WHERE token_hash = $1 AND door = $2 AND expires_at > $3 AND " OPEN,
		BIND(V(token_hash), V(door), V(cx->now)));
}

err_t flow_store_by_id(struct cx *cx, const char *id, const char *door, struct flow *out)
{
	return db_get(cx, &flow_type, out,
		"SELECT " COLUMNS " FROM flow WHERE id = $1 AND door = $2 AND code_expires_at > $3 AND " OPEN,
		BIND(V(id), V(door), V(cx->now)));
}

err_t flow_store_use_token(struct cx *cx, const char *token_hash, const char *door, struct flow *out)
{
	return db_get(cx, &flow_type, out,
		"UPDATE flow SET used_at = $3 WHERE token_hash = $1 AND door = $2 AND expires_at > $3 AND " OPEN
		" RETURNING " COLUMNS,
		BIND(V(token_hash), V(door), V(cx->now)));
}

/* The tries of a day are those of the address's flows: nothing else need be counted, or forgotten. */
err_t flow_store_try(struct cx *cx, const char *id, const char *door, struct flow *out)
{
	return db_get(cx, &flow_type, out,
		"UPDATE flow SET tries = tries + 1 WHERE id = $1 AND door = $2 AND code_expires_at > $3 AND " OPEN
		" AND (SELECT COALESCE(SUM(other.tries), 0) FROM flow other WHERE other.email_key = flow.email_key"
		" AND other.created_at > $4) < 15 RETURNING " COLUMNS,
		BIND(V(id), V(door), V(cx->now), V(cx->now - DAY_MS)));
}

err_t flow_store_use(struct cx *cx, const char *id, struct flow *out)
{
	return db_get(cx, &flow_type, out,
		"UPDATE flow SET used_at = $2 WHERE id = $1 AND used_at IS NULL RETURNING " COLUMNS,
		BIND(V(id), V(cx->now)));
}

err_t flow_store_newest(struct cx *cx, const char *email_key, const char *door, const char **id)
{
	*id = NULL;
	err_t e = db_text(cx, id,
		"SELECT id FROM flow WHERE email_key = $1 AND door = $2 AND code_expires_at > $3 AND " OPEN
		" ORDER BY created_at DESC, id DESC LIMIT 1",
		BIND(V(email_key), V(door), V(cx->now)));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err_t flow_store_cancel(struct cx *cx, const char *subject_id)
{
	return db_exec(cx, "UPDATE flow SET used_at = $2 WHERE subject_id = $1 AND used_at IS NULL",
		BIND(V(subject_id), V(cx->now)));
}

#define SINCE(filter, order) \
	"SELECT " COLUMNS " FROM flow WHERE " filter " AND created_at > " order " ORDER BY created_at DESC LIMIT "

err_t flow_store_of_email(struct cx *cx, const struct flow_new *in, int64_t since, int64_t most, struct list *out)
{
	return db_list(cx, &flow_type, out, (size_t)most, SINCE("email_key = $1 AND door = $2", "$3") "$4",
		BIND(V(in->email_key), V(in->door), V(since), V(most)));
}

err_t flow_store_of_subject(struct cx *cx, const struct flow_new *in, int64_t since, int64_t most, struct list *out)
{
	return db_list(cx, &flow_type, out, (size_t)most, SINCE("subject_id = $1 AND door = $2", "$3") "$4",
		BIND(V(in->subject_id), V(in->door), V(since), V(most)));
}

err_t flow_store_of_address(struct cx *cx, const char *address, int64_t since, int64_t most, struct list *out)
{
	return db_list(cx, &flow_type, out, (size_t)most, SINCE("address = $1", "$2") "$3",
		BIND(V(address), V(since), V(most)));
}

err_t flow_store_clean(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM flow WHERE id IN (SELECT id FROM flow WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
		BIND(V(before), V(most)));
}

err_t flow_store_erase(struct cx *cx, const char *subject_id, const char *email_key)
{
	TRY(db_exec(cx, "DELETE FROM flow WHERE subject_id = $1", BIND(V(subject_id))));
	return db_exec(cx, "DELETE FROM flow WHERE email_key = $1", BIND(V(email_key)));
}
