#include "features/registration/registration_store.h"
#include "db/db.h"

#define COLUMNS \
	"id, email, username, name, first_name, last_name, display_name, push_token, email_notifications, push_notifications," \
	" password_hash, created_at"

err_t registration_store_add(struct cx *cx, const struct registration *r)
{
	return db_exec(cx,
		"INSERT INTO registration (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		BIND(V(r->id), V(r->email), V(r->username), V(r->name), V(r->first_name), V(r->last_name),
			V(r->display_name), V(r->push_token), V(r->preferences.email), V(r->preferences.push),
			V(r->password_hash), V(r->created_at)));
}

err_t registration_store_get(struct cx *cx, const char *id, struct registration *out)
{
	return db_get(cx, &registration_type, out, "SELECT " COLUMNS " FROM registration WHERE id = $1", BIND(V(id)));
}

err_t registration_store_newest(struct cx *cx, const char *email, struct registration *out)
{
	return db_get(cx, &registration_type, out,
		"SELECT " COLUMNS " FROM registration WHERE email = $1 ORDER BY created_at DESC LIMIT 1",
		BIND(V(email)));
}

err_t registration_store_take(struct cx *cx, const char *id, struct registration *out)
{
	return db_get(
		cx, &registration_type, out, "DELETE FROM registration WHERE id = $1 RETURNING " COLUMNS, BIND(V(id)));
}

err_t registration_store_others(struct cx *cx, const char *email, int64_t *out)
{
	return db_int(cx, out, "SELECT COUNT(*) FROM registration WHERE email = $1", BIND(V(email)));
}

err_t registration_store_clean(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM registration WHERE id IN (SELECT id FROM registration WHERE created_at < $1"
		" ORDER BY created_at LIMIT $2)",
		BIND(V(before), V(most)));
}

err_t registration_store_erase(struct cx *cx, const char *email)
{
	return db_exec(cx, "DELETE FROM registration WHERE email = $1", BIND(V(email)));
}
