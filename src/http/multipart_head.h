/* The headers of one part of a multipart body, and the boundary of the whole: for multipart.c alone. */
#ifndef HTTP_MULTIPART_HEAD_H
#define HTTP_MULTIPART_HEAD_H

#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum { BOUNDARY_MAX = 70 };

struct part_head {
	const char *name;
	const char *filename; /* NULL: a text field */
	const char *content_type; /* NULL: not said */
};

/* Reads n bytes of header lines, each ended by CRLF, without the empty line. ERR_MALFORMED and *why. */
err_t part_head_parse(struct arena *a, const char *s, size_t n, struct part_head *out, const char **why) CHECKED;

bool boundary_is_valid(const char *s);

#endif
