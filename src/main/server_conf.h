/* Settings of the server itself: where it listens, where its data are, how many threads, how patient it is. Their names
 * stand without a group: `listen`, ROSTER_LISTEN, --listen. */
#ifndef MAIN_SERVER_CONF_H
#define MAIN_SERVER_CONF_H

#include "base/buf.h"
#include "base/conf.h"
#include "base/log.h"

struct server_conf {
	const char *listen, *data, *database_url, *public_url;
	int64_t loops, workers, hash_threads, hash_queue, worker_queue; /* threads: 0 means by the number of cores */
	int64_t head_timeout, body_timeout, idle_timeout, write_timeout, queue_timeout, stop_timeout; /* ms */
	int64_t body_max; /* bytes */
	int64_t connections_max, connections_per_address; /* 0: from the limit of open files; no cap */
	const char *trusted_proxies, *tls_cert, *tls_key, *tls_sni, *cors_origins, *log_level;
	bool rate_limits;
	const char *admin_email, *admin_password_file, *master_key_file;
};
extern const struct conf_group server_conf_group;

/* The listen addresses, one each, NULL-terminated. */
const char *const *server_conf_listen(struct arena *a, const struct server_conf *c);
/* True when somebody on another machine can connect: any address that is neither loopback nor a unix socket. */
bool server_conf_is_public(struct arena *a, const struct server_conf *c);
/* The database as store_open() takes it: "sqlite:PATH" or "postgres://...". Takes the spellings of SQLAlchemy and
 * libpq; empty means roster.db in the data folder. */
const char *server_conf_database(struct arena *a, const struct server_conf *c);
/* The URL people reach the server by, without a slash at its end; from the first listen address when none is set. */
const char *server_conf_public_url(struct arena *a, const struct server_conf *c);
enum log_level server_conf_log_level(const struct server_conf *c);

#endif
