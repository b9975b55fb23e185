#include "features/invitation/invitation_store.h"
#include "db/db.h"

#define COLUMNS "id, email, email_key, role, name, inviter_id, user_id, created_at, expires_at, accepted_at, revoked_at"

err_t invitation_store_add(struct cx *cx, const struct invitation *i)
{
	return db_exec(cx,
		"INSERT INTO invitation (id, email, email_key, role, name, inviter_id, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		BIND(V(i->id), V(i->email), V(i->email_key), V(i->role), V(i->name), V(i->inviter_id), V(i->created_at),
			V(i->expires_at)));
}

err_t invitation_store_get(struct cx *cx, const char *id, struct invitation *out)
{
	return db_get(cx, &invitation_type, out, "SELECT " COLUMNS " FROM invitation WHERE id = $1", BIND(V(id)));
}

err_t invitation_store_open(struct cx *cx, const char *email_key, struct invitation *out)
{
	return db_get(cx, &invitation_type, out,
		"SELECT " COLUMNS
		" FROM invitation WHERE email_key = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
		BIND(V(email_key)));
}

err_t invitation_store_revoke(struct cx *cx, const char *id)
{
	return db_exec(cx, "UPDATE invitation SET revoked_at = $2 WHERE id = $1", BIND(V(id), V(cx->now)));
}

err_t invitation_store_accept(struct cx *cx, const char *id, const char *user_id)
{
	return db_exec(cx, "UPDATE invitation SET accepted_at = $2, user_id = $3 WHERE id = $1",
		BIND(V(id), V(cx->now), V(user_id)));
}

err_t invitation_store_list(struct cx *cx, const char *before, int64_t most, struct list *out)
{
	return db_list(cx, &invitation_type, out, (size_t)most,
		"SELECT " COLUMNS " FROM invitation WHERE id < $1 ORDER BY id DESC LIMIT $2", BIND(V(before), V(most)));
}

err_t invitation_store_clean(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE expires_at < $1"
		" ORDER BY expires_at LIMIT $2)",
		BIND(V(before), V(most)));
}

err_t invitation_store_erase(struct cx *cx, const char *user_id, const char *email_key)
{
	TRY(db_exec(cx, "DELETE FROM invitation WHERE user_id = $1", BIND(V(user_id))));
	return db_exec(cx, "DELETE FROM invitation WHERE email_key = $1", BIND(V(email_key)));
}

err_t invitation_store_of_user(struct cx *cx, const char *user_id, const char *after, size_t most, struct list *out)
{
	return db_list(cx, &invitation_type, out, most,
		"SELECT " COLUMNS " FROM invitation WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3",
		BIND(V(user_id), V(after), V((int64_t)most)));
}
