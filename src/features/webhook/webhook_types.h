/* Which types of events an endpoint wants: "*", "user.*", "user.created". */
#ifndef FEATURES_WEBHOOK_TYPES_H
#define FEATURES_WEBHOOK_TYPES_H

#include "base/arena.h"
#include "base/type.h"

enum { WEBHOOK_TYPE_MAX = 64, WEBHOOK_TYPES_MAX = 50 };

/* Whether a pattern is one. */
bool webhook_pattern_valid(const char *pattern);
/* Patterns as one text with blanks between, and back (const char *). */
const char *webhook_patterns_text(struct arena *a, const struct list *patterns);
struct list webhook_patterns_list(struct arena *a, const char *text);
/* Whether one of the patterns in the text means this type. */
bool webhook_wants(const char *patterns, const char *type);

#endif
