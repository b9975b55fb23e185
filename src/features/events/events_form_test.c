/* The forms in which an event leaves. */
#include "features/events/events_form.h"
#include "base/test.h"

#include <string.h>

static struct arena *mem;

static const char *written(enum events_form form, struct event_out *e)
{
	struct buf b = { .mem = mem };
	events_form_write(&b, form, e);
	return buf_cstr(&b);
}

static struct event_out sample(void)
{
	static struct event_subject subject = { "user", "u-1" };
	static struct event_actor actor = { "anyone", "", "203.0.113.7" };
	return (struct event_out){ .event_id = "e-1",
		.event_type = "user.created",
		.sequence = 7,
		.timestamp = 1768478400000,
		.source = "user-service",
		.version = "1.0",
		.subject = &subject,
		.actor = &actor,
		.correlation_id = "c-1",
		.data = { "{\"first_name\":\"Ann\"}" } };
}

TEST(events_form, each_writes_the_same_event_under_its_own_names)
{
	mem = arena_new(0);
	struct event_out e = sample();
	CHECK_TEXT(written(EVENTS_SNAKE, &e),
		"{\"event_id\":\"e-1\",\"event_type\":\"user.created\",\"sequence\":7,"
		"\"timestamp\":\"2026-01-15T12:00:00.000Z\",\"source\":\"user-service\",\"version\":\"1.0\","
		"\"subject\":{\"type\":\"user\",\"id\":\"u-1\"},\"actor\":{\"type\":\"anyone\",\"id\":\"\",\"ip\":\"203.0.113.7\"},"
		"\"correlation_id\":\"c-1\",\"data\":{\"first_name\":\"Ann\"}}");
	CHECK_TEXT(written(EVENTS_CAMEL, &e),
		"{\"eventId\":\"e-1\",\"eventType\":\"user.created\",\"sequence\":7,"
		"\"timestamp\":\"2026-01-15T12:00:00.000Z\",\"source\":\"user-service\",\"version\":\"1.0\","
		"\"subject\":{\"type\":\"user\",\"id\":\"u-1\"},\"actor\":{\"type\":\"anyone\",\"id\":\"\",\"ip\":\"203.0.113.7\"},"
		"\"correlationId\":\"c-1\",\"data\":{\"first_name\":\"Ann\"}}");
	CHECK_TEXT(written(EVENTS_CLOUDEVENTS, &e),
		"{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"user-service\",\"type\":\"user.created\","
		"\"time\":\"2026-01-15T12:00:00.000Z\",\"subject\":\"u-1\",\"datacontenttype\":\"application/json\","
		"\"dataversion\":\"1.0\",\"sequence\":\"7\",\"subjecttype\":\"user\",\"actortype\":\"anyone\","
		"\"actorip\":\"203.0.113.7\",\"correlationid\":\"c-1\",\"data\":{\"first_name\":\"Ann\"}}");
	arena_free(mem);
}

TEST(events_form, has_a_name_and_a_content_type)
{
	for (int i = 0; events_form_names[i]; i++)
		CHECK_INT(events_form_named(events_form_names[i]), i);
	CHECK_INT(events_form_named("other"), EVENTS_SNAKE);
	CHECK_TEXT(events_form_content_type(EVENTS_CLOUDEVENTS), "application/cloudevents+json");
	CHECK_TEXT(events_form_content_type(EVENTS_CAMEL), "application/json");
}
