/* Reads the settings: defaults, then the file, then the environment, then flags; each overrides what comes before it.
 * Nothing is guessed: an unknown name or a malformed value is a problem, and all problems are told at once.
 *
 * The file is `roster.conf` in the data folder, or what --config or ROSTER_CONFIG names:
 *
 *	# a comment
 *	listen = 127.0.0.1:8080
 *	session.access_ttl = 15m      # behind a value, after a blank
 *	smtp.from = "Roster #1"       # quotes keep blanks and '#'
 */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include "base/buf.h"
#include "base/conf_name.h"

struct config_input {
	const struct conf_given *flags;
	size_t flags_n;
	const char *file; /* --config; NULL: ROSTER_CONFIG, else roster.conf in the data folder, if there */
	const char *const *env; /* "NAME=value" texts, NULL-terminated */
};

/* A new snapshot, not yet published. ERR_INVALID: *problems has a line for each ("roster.conf:3: ..."). */
err_t config_load(struct arena *a, const struct config_input *in, struct conf **out, const char **problems) CHECKED;

/* Keeps the input for reloads, which read the file (and the _FILE secrets) again. Copies what it needs. */
void config_remember(const struct config_input *in);
/* Builds and publishes a new snapshot. A problem is logged and the old one stays: ERR_INVALID. A changed setting that
 * only a restart can change keeps its old value, with a warning that names it. */
err_t config_reload(void) CHECKED;

/* The parts of config_load(), for tests and fuzzing. Problems are added to `problems`, a line each. */
void config_read_file(
	struct arena *a, struct conf *c, const char *name, const char *text, size_t n, struct buf *problems);
void config_read_env(struct arena *a, struct conf *c, const char *const *env, struct buf *problems);

#endif
