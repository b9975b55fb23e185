/* Secrets for the command line: never as an argument, which every user of the host can read. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include "base/arena.h"
#include "base/err.h"

/* The next line of a file descriptor without its end; reads not a byte more, so that the next secret finds its line.
 * NULL at the end of the input, or when the line holds NUL or more than 4,096 bytes. */
char *secret_line(struct arena *a, int fd);
/* The first line of a file; NULL when it cannot be read. */
char *secret_file(struct arena *a, const char *path);
/* Asks on the terminal without showing what is typed; `again` asks twice. NULL when there is no terminal, or the person
 * gave up, or the two differ: *why tells. */
char *secret_ask(struct arena *a, const char *what, bool again, const char **why);

#endif
