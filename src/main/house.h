/* The parts of the program, opened and closed in one order: what `serve`, `migrate` and a local command all need. */
#ifndef MAIN_HOUSE_H
#define MAIN_HOUSE_H

#include "base/arena.h"
#include "base/err.h"

/* Opens the data folder (and locks it), keys, database (and migrates it), caches, the engine. `pools`: with worker threads.
 * On failure everything is closed again and *why is a sentence. */
err_t house_open(struct arena *a, bool pools, const char **why) CHECKED;
void house_close(void);

/* Serves until SIGTERM or SIGINT; returns the exit status. */
int house_serve(void);

#endif
