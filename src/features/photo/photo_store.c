#include "features/photo/photo_store.h"
#include "db/db.h"

err_t photo_store_is_used(struct cx *cx, const char *url, bool *used)
{
	int64_t n;
	TRY(db_int(cx, &n,
		"SELECT (SELECT COUNT(*) FROM users WHERE avatar_url = $1) + (SELECT COUNT(*) FROM users WHERE cover_url = $1)",
		BIND(V(url))));
	*used = n > 0;
	return ERR_OK;
}
