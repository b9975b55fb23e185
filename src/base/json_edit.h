/* Small changes of JSON that somebody else wrote, and looks into it. */
#ifndef BASE_JSON_EDIT_H
#define BASE_JSON_EDIT_H

#include "base/arena.h"

/* The text that a member of the object has; NULL when it has none, or the member is no text. `object` is valid JSON, such as
 * a field of KIND_JSON. */
const char *json_member(struct arena *a, const char *object, const char *name);
/* The object with this member set to this text (NULL: null); a new object when it is NULL or no object. */
const char *json_with_text(struct arena *a, const char *object, const char *name, const char *value);

#endif
