/* Takes a command line apart. Which flags there are depends on the command, so the reader is asked for one argument at a
 * time and told whether a flag takes a value. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli/cli.h"

struct args {
	const char *const *argv;
	int argc, i;
	bool words_only; /* after "--" */
};

/* The next argument without taking it; NULL at the end. */
const char *args_peek(const struct args *a);
/* True when the next argument is a flag ("-x", "--x"), not a word; "--" itself is passed over. */
bool args_at_flag(struct args *a);
/* Takes a word. */
const char *args_word(struct args *a);

struct flag {
	const char *written; /* "--email", for messages: never its value */
	const char *name; /* "email", n bytes */
	size_t n;
	const char *value; /* behind '=', or NULL */
};
/* Takes a flag, but not yet a value that stands by itself. False for "-x": only older commands have
 * short flags. */
bool args_flag(struct args *a, struct arena *mem, struct flag *out);
/* The flag's value: behind '=', or the next argument unless that begins with "--". NULL when there is none. */
const char *args_value(struct args *a, const struct flag *f);
static inline bool flag_is(const struct flag *f, const char *name)
{
	return strncmp(f->name, name, f->n) == 0 && !name[f->n];
}

/* A flag that every command takes: --help, --format, --config and the settings. False: it is none of them. Otherwise
 * *status is CLI_OK, or what a wrong value ends the program with (already told). */
bool args_common(struct args *a, struct cli *c, const struct flag *f, const char *command, int *status);

#endif
