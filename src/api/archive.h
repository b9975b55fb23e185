/* A ZIP archive written piece by piece into a file without a name: memory stays small however much goes in, and nothing is
 * left on the disk when its last descriptor is closed, whatever happens. */
#ifndef API_ARCHIVE_H
#define API_ARCHIVE_H

#include "base/arena.h"
#include "base/err.h"

struct archive;

/* In a file of the folder; `now` in ms dates the files inside. ERR_UNAVAILABLE. It is closed with the arena when it was
 * not finished. */
err_t archive_begin(struct arena *a, const char *dir, int64_t now, struct archive **out) CHECKED;
/* The next file inside, then its bytes in any number of pieces. ERR_UNAVAILABLE: the disk is full. */
err_t archive_file(struct archive *z, const char *name) CHECKED;
err_t archive_write(struct archive *z, const void *p, size_t n) CHECKED;
/* Completes it; *fd reads it from its beginning and is closed with the arena. */
err_t archive_finish(struct archive *z, int *fd) CHECKED;

#endif
