#include "base/json_edit.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *object_of(const char *text)
{
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	if (json_is_object(o))
		return o;
	json_decref(o);
	return NULL;
}

const char *json_member(struct arena *a, const char *object, const char *name)
{
	json_t *o = object_of(object);
	const char *s = json_string_value(json_object_get(o, name));
	s = s ? arena_strdup(a, s) : NULL;
	json_decref(o);
	return s;
}

const char *json_with_text(struct arena *a, const char *object, const char *name, const char *value)
{
	json_t *o = object_of(object);
	if (!o)
		o = json_object();
	if (json_object_set_new(o, name, value ? json_string(value) : json_null()))
		abort(); /* out of memory: names and texts are valid UTF-8 */
	char *text = json_dumps(o, JSON_COMPACT);
	if (!text)
		abort();
	const char *copy = arena_strdup(a, text);
	free(text);
	json_decref(o);
	return copy;
}
