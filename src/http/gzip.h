/* Compresses the bodies of answers. Bodies of requests are never decompressed (such a request is answered 415): nothing
 * here can be blown up by a client. */
#ifndef HTTP_GZIP_H
#define HTTP_GZIP_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>

/* True for texts, JSON, XML, SVG, scripts and fonts that are not compressed yet, from 1 KiB on: below it the answer fits
 * one packet anyway. Parameters of the type ("; charset=utf-8") do not matter; NULL is not worth it. */
bool gzip_worth(const char *content_type, size_t n);

/* Compresses n bytes at level 1 to 9 into the arena. False when that saves less than a twentieth; then *out is not set.
 * The working memory (256 KiB) is the thread's own, made at its first call and used again until the thread ends. */
bool gzip_compress(struct arena *a, const void *p, size_t n, int level, char **out, size_t *out_n);

#endif
