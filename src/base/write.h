/* Writing all of something to a file, pipe or terminal. */
#ifndef BASE_WRITE_H
#define BASE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes all n bytes. False when they could not be written, which some may have been: the disk is full (errno says), the
 * reader has gone. Not for a descriptor that does not block. */
bool write_all(int fd, const void *bytes, size_t n);

#endif
