/* In which form an event leaves: the envelope as this API has it, the same in camelCase, or CloudEvents 1.0 (structured mode,
 * the JSON event format). Every way out offers the same three. */
#ifndef FEATURES_EVENTS_FORM_H
#define FEATURES_EVENTS_FORM_H

#include "base/buf.h"
#include "features/events/events.h"

enum events_form { EVENTS_SNAKE, EVENTS_CAMEL, EVENTS_CLOUDEVENTS };
extern const char *const events_form_names[]; /* "snake", "camel", "cloudevents", NULL */

/* The form of that name; a name that is none is the first. */
enum events_form events_form_named(const char *name);
const char *events_form_content_type(enum events_form form);
/* Writes the event. `data` is the same in each form: its own names are those of the API. */
void events_form_write(struct buf *out, enum events_form form, const struct event_out *e);

#endif
