/* What a setting is called in each place: `session.access_ttl` in a file, ROSTER_SESSION_ACCESS_TTL in the environment,
 * --session-access-ttl on the command line. Settings of the group "server" stand without their group: `listen`,
 * ROSTER_LISTEN, --listen. */
#ifndef BASE_CONF_NAME_H
#define BASE_CONF_NAME_H

#include "base/conf.h"

struct conf_key {
	const struct conf_group *group;
	const struct conf_row *row; /* NULL: there is no such setting */
};

/* A setting as a flag gave it. */
struct conf_given {
	struct conf_key key;
	const char *text;
	const char *flag; /* as it was written, for messages: "--listen" */
};

const char *conf_file_name(struct arena *a, struct conf_key k);
const char *conf_env_name(struct arena *a, struct conf_key k);
const char *conf_flag_name(struct arena *a, struct conf_key k); /* without the dashes in front */

struct conf_key conf_by_file_name(const char *name);
struct conf_key conf_by_env_name(const char *name); /* ROSTER_ names alone */
struct conf_key conf_by_flag_name(const char *name, size_t n); /* n bytes, without the dashes in front */

/* The nearest known name of the same kind, or NULL. */
const char *conf_nearest_file_name(struct arena *a, const char *name);
const char *conf_nearest_env_name(struct arena *a, const char *name);
const char *conf_nearest_flag_name(struct arena *a, const char *name);

/* Visits every setting in order: { NULL, NULL } begins, and .row is NULL at the end. */
struct conf_key conf_next(struct conf_key k);

#endif
