/* clang-format off */
#include "api/replica.h"
#include "base/str.h"

static const char *check_url(const char *s)
{
	bool good = !*s || str_starts(s, "postgres://") || str_starts(s, "postgresql://");
	return good ? NULL : "must be postgres://user:password@host:5432/name";
}

CONF_GROUP(replica, "database",
	CONF(replica, replica_url, CONF_SECRET, "",
		"Streaming replica of the PostgreSQL of database_url, where lists and searches are read when it has caught up; empty: none",
		.env = "DATABASE_REPLICA_URL", .check = check_url, .max = 1024));
