/* The command line: a client of the operation table. `roster user create` is the operation user_create; its flags are the
 * fields of its input. It goes through the control socket of the server that runs on the data folder, and runs in this
 * process when there is none. What only the whole program can do comes from main, by a table of functions. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "api/op.h"
#include "base/buf.h"
#include "base/conf_name.h"

struct cli_backend {
	const char *version; /* "1.0.0 (commit)" */
	const struct feature *const *features; /* ends with NULL */
	/* Reads the settings and publishes them. ERR_INVALID: *problems has a line for each. */
	err_t (*configure)(
		struct arena *a, const struct conf_given *flags, size_t n, const char *file, const char **problems);
	int (*serve)(void); /* until it is told to stop; returns the exit status */
	/* Brings the database of the settings up to date; `to`, unless NULL: copies all of it into that database. */
	int (*migrate)(const char *to);
	/* Runs an operation in this process, as ACTOR_LOCAL, on the database of the settings. ERR_BUSY when another process
	 * holds the data folder. *cx is the call's, for the reasons of a failure; NULL when it never began, and *why (which
	 * may be NULL too) is a sentence that tells what hindered it. */
	err_t (*run_local)(struct arena *mem, const struct op *op, const void *in, void **out, const struct cx **cx,
		const char **why);
	err_t (*openapi)(struct arena *mem, struct buf *out);
	void (*schema)(struct buf *out); /* of GraphQL */
};

/* main() after the groups of settings were registered: returns the exit status. */
int cli_main(int argc, char **argv, const struct cli_backend *backend);

/* --- the rest is for the files of src/cli alone --------------------------------------------------------------------- */

/* Exit status, by what went wrong: scripts rely on these. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_DENIED = 3,
	CLI_UNAVAILABLE = 4,
	CLI_CONFIG = 5,
	CLI_NOT_FOUND = 6,
	CLI_CONFLICT = 7,
};
const char *cli_exit_doc(int status); /* NULL past the last */
int cli_exit_of(int http_status);

struct format;
struct cli {
	struct arena *mem;
	const struct cli_backend *backend;
	struct buf out, err; /* written to standard output and error at the end */
	int in_fd; /* where secrets are read from */
	size_t width; /* of the terminal, in columns */
	/* Flags that every command takes. */
	struct conf_given *settings;
	size_t settings_n;
	const char *config_file;
	const struct format *format; /* how answers are printed; NULL: as nothing was said */
	bool help;
	bool force; /* what cannot be undone is done without a question */
};

/* Runs a whole command line; the caller prints `out` and `err`. */
int cli_run(struct cli *c, int argc, const char *const *argv);

/* Says in a sentence what is wrong with the command line and how to find out more ("user create": whose help). */
int cli_usage(struct cli *c, const char *command, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Reads the settings; CLI_CONFIG and all problems told when they are not right. */
int cli_configure(struct cli *c);

/* Settings. */
int cli_config_show(struct cli *c);
int cli_config_check(struct cli *c);
int cli_config_sample(struct cli *c);

#endif
