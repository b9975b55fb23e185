/* A struct as bytes that another version of the program can read: each value under its field's name, with its kind. For
 * what is kept a while and must come back as the struct that it was; JSON is for clients, and leaves out what they do not
 * see. Names that the reading type lacks are passed over, fields that the bytes lack stay zero. */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include "base/buf.h"
#include "base/type.h"

enum {
	RECORD_SECRETS = 1u << 0, /* also struct secret: to be hashed, never to be kept */
	RECORD_DISCREET = 1u << 1, /* without SENSITIVE texts */
	RECORD_NUMBERED = 1u << 2, /* numbers of fields in place of their names: for this run of the program alone */
};
/* Whether the object's hide mask leaves that field out. */
bool record_hides(const struct type *t, const struct field *f, const void *object);
void record_write(struct buf *b, const struct type *t, const void *object, unsigned flags);
/* Fills a zeroed object; its texts stay in the bytes, the rest is in the arena. False when the bytes are no record of such a
 * type. Records with names and with numbers are told apart by themselves. */
bool record_read(struct arena *a, const struct type *t, void *object, const void *bytes, size_t n);

#endif
