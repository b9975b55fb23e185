/* A struct with its texts in one piece of memory, as a cache keeps it: copied as bytes, made whole again in an arena. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/arena.h"
#include "base/type.h"

/* Packs an object of the type into the arena: the struct, then its texts; pointers become offsets. Only texts, numbers and
 * objects in place; other kinds are left NULL. */
void *pack(struct arena *a, const struct type *t, const void *object, size_t *n);
/* Makes a packed copy whole: offsets become pointers into it. `packed` is memory of the caller's own. */
void *unpack(const struct type *t, void *packed);

#endif
