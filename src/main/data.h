/* The data folder: its lock, its master key. */
#ifndef MAIN_DATA_H
#define MAIN_DATA_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/crypto.h"

#include <sys/stat.h>

/* Makes the folder (0700) with what belongs into it: keys, uploads, backups. *made: it was not there before.
 * ERR_UNAVAILABLE and *why. */
err_t data_make(struct arena *a, const char *dir, bool *made, const char **why) CHECKED;

/* Takes the folder's lock for as long as *fd is open. ERR_BUSY when another process has it. */
err_t data_lock(struct arena *a, const char *dir, int *fd, const char **why) CHECKED;

/* Reads the master key, from `file` or from the folder, where it is made at the first start (0600). A file of 32 bytes, or
 * of 64 hex digits. ERR_INVALID and *why when others may read it or it is no key. */
err_t data_master_key(
	struct arena *a, const char *dir, const char *file, uint8_t out[static KEY_SIZE], const char **why) CHECKED;

/* Whether nobody else may read a file that holds a key. One of root's may be shown to the server's group (0640), for so
 * Kubernetes and Docker hand out secrets: whoever is in that group was put there by root. */
bool data_is_private(const struct stat *st, uid_t me);

/* First line of a file, without its end; for passwords. ERR_INVALID and *why. */
err_t data_read_line(struct arena *a, const char *file, struct secret *out, const char **why) CHECKED;

#endif
