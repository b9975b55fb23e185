/* Writing all of something to a file or pipe. */
#ifndef CLI_WRITE_H
#define CLI_WRITE_H

#include <stdbool.h>
#include <stddef.h>

/* False when it could not be written: the disk is full, or the reader has gone. */
bool cli_write(int fd, const char *p, size_t n);

#endif
