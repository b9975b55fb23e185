#include "features/events/events_form.h"
#include "base/json.h"

#include <string.h>

const char *const events_form_names[] = { "snake", "camel", "cloudevents", NULL };

/* CloudEvents 1.0.2: attributes of the context are lower case letters and digits (section "Naming Conventions"); what is not of
 * the standard is an extension, of which `sequence` is a known one, and a string. */
struct cloud_event {
	const char *specversion, *id, *source, *type, *subject, *datacontenttype;
	int64_t time;
	const char *sequence, *subjecttype, *actortype, *actorid, *actorip, *correlationid, *dataversion;
	struct json data;
};

/* clang-format off: a table */
TYPE(cloud_event, FIELD(cloud_event, specversion, REQUIRED, ""), FIELD(cloud_event, id, REQUIRED, ""),
	FIELD(cloud_event, source, REQUIRED, ""), FIELD(cloud_event, type, REQUIRED, ""),
	FIELD(cloud_event, time, TIME | REQUIRED, ""), FIELD(cloud_event, subject, OMIT_NULL, ""),
	FIELD(cloud_event, datacontenttype, REQUIRED, ""), FIELD(cloud_event, dataversion, REQUIRED, ""),
	FIELD(cloud_event, sequence, REQUIRED, ""), FIELD(cloud_event, subjecttype, OMIT_NULL, ""),
	FIELD(cloud_event, actortype, OMIT_NULL, ""), FIELD(cloud_event, actorid, OMIT_NULL, ""),
	FIELD(cloud_event, actorip, OMIT_NULL, ""), FIELD(cloud_event, correlationid, OMIT_NULL, ""),
	FIELD(cloud_event, data, REQUIRED, ""));
/* clang-format on */

/* An attribute is there with something in it, or not at all. */
static const char *or_none(const char *s)
{
	return s && *s ? s : NULL;
}

static void write_cloud_event(struct buf *out, const struct event_out *e)
{
	char sequence[24];
	snprintf(sequence, sizeof sequence, "%lld", (long long)e->sequence);
	const struct cloud_event c = { .specversion = "1.0",
		.id = e->event_id,
		.source = e->source,
		.type = e->event_type,
		.time = e->timestamp,
		.subject = or_none(e->subject->id),
		.datacontenttype = "application/json",
		.dataversion = e->version,
		.sequence = sequence,
		.subjecttype = or_none(e->subject->type),
		.actortype = or_none(e->actor->type),
		.actorid = or_none(e->actor->id),
		.actorip = or_none(e->actor->ip),
		.correlationid = or_none(e->correlation_id),
		.data = e->data };
	json_write(out, &cloud_event_type, &c, JSON_RECORD);
}

static void write_snake(struct buf *out, const struct event_out *e)
{
	json_write(out, &event_out_type, e, JSON_RECORD);
}

static void write_camel(struct buf *out, const struct event_out *e)
{
	json_write_camel(out, &event_out_type, e, JSON_RECORD);
}

static const struct {
	const char *content_type;
	void (*write)(struct buf *out, const struct event_out *e);
} forms[] = {
	[EVENTS_SNAKE] = { "application/json", write_snake },
	[EVENTS_CAMEL] = { "application/json", write_camel },
	[EVENTS_CLOUDEVENTS] = { "application/cloudevents+json", write_cloud_event },
};

enum events_form events_form_named(const char *name)
{
	int i = names_index(events_form_names, name, strlen(name));
	return i > 0 ? (enum events_form)i : EVENTS_SNAKE;
}

const char *events_form_content_type(enum events_form form)
{
	return forms[form].content_type;
}

void events_form_write(struct buf *out, enum events_form form, const struct event_out *e)
{
	forms[form].write(out, e);
}
