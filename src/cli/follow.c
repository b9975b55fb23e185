#include "cli/follow.h"
#include "base/str.h"
#include "base/write.h"
#include "cli/format.h"
#include "cli/outcome.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MS = 500, NUMBER_TEXT = 32, UNAVAILABLE = 503 };

struct follow_in {
	int64_t after, limit;
	const char *type, *subject_id;
};
extern const struct type follow_in_type;
TYPE(follow_in, FIELD(follow_in, after, 0, "Those behind this number first; without it the last ones", .min = 0),
	FIELD(follow_in, limit, 0, "How many of the last ones", .min = 1, .max = 1000, .dflt = "10"),
	FIELD(follow_in, type, 0, "Only events of this type; `user.` means all that begin so", .max = 64),
	FIELD(follow_in, subject_id, 0, "Only events about this one", .max = 64, .alias = "subject"));
static const struct op_call call = { .name = "events_follow", .in = &follow_in_type, .out = &none_type };
const struct op follow_flags = { .call = &call,
	.doc = "Show the last events, and those that come, a line each; --format json gives their JSON",
	.flags = OP_ANYONE };

/* --- a line an event ---------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *event, const char *inside, const char *name)
{
	const json_t *from = inside ? json_object_get(event, inside) : event;
	const char *text = json_string_value(json_object_get(from, name));
	return text && *text ? text : "-";
}

static void line(struct buf *b, const json_t *event, bool as_json)
{
	char *text = as_json ? json_dumps(event, JSON_COMPACT) : NULL;
	if (as_json)
		buf_printf(b, "%s\n", text ? text : "{}");
	else
		buf_printf(b, "%s  %lld  %s  %s %s  by %s %s\n", text_of(event, NULL, "timestamp"),
			(long long)json_integer_value(json_object_get(event, "sequence")),
			text_of(event, NULL, "event_type"), text_of(event, "subject", "type"),
			text_of(event, "subject", "id"), text_of(event, "actor", "type"),
			text_of(event, "actor", "id"));
	free(text);
}

/* Prints a page; *cursor goes behind it. False when the reader has gone. */
static bool show(struct cli *c, const json_t *envelope, char cursor[static NUMBER_TEXT], bool *more)
{
	struct buf lines = { .mem = c->mem };
	const json_t *meta = json_object_get(envelope, "meta"), *event;
	const char *next = json_string_value(json_object_get(meta, "next_cursor"));
	size_t i;
	json_array_foreach(json_object_get(envelope, "data"), i, event)
		line(&lines, event, c->format && strcmp(c->format->name, "json") == 0);
	if (next)
		snprintf(cursor, NUMBER_TEXT, "%s", next);
	*more = json_is_true(json_object_get(meta, "has_next"));
	return write_all(STDOUT_FILENO, lines.p, lines.n);
}

/* --- page after page ---------------------------------------------------------------------------------------------- */

static void copy(struct cli *c, const struct flags *from, struct flags *to, const char *name)
{
	const char *text = flags_get(from, name);
	if (text)
		flags_set(c, to, name, text);
}

/* One page; an exit status. A server that starts again is waited for, once it has answered. */
static int page(struct cli *c, const struct flags *f, char cursor[static NUMBER_TEXT], bool *more, bool *reader)
{
	struct flags ask = { .op = command_op(c, "events_tail"), .command = "events follow" };
	copy(c, f, &ask, "type");
	copy(c, f, &ask, "subject_id");
	if (*cursor)
		flags_set(c, &ask, "after", cursor);
	else
		copy(c, f, &ask, "limit");
	struct outcome o = op_outcome(c, &ask);
	if (o.status == UNAVAILABLE && *cursor)
		return CLI_OK;
	if (o.status < 200 || o.status > 299)
		return outcome_show(c, &ask, &o);
	json_t *envelope = json_loadb(o.envelope, o.n, 0, NULL);
	*reader = show(c, envelope, cursor, more);
	json_decref(envelope);
	return CLI_OK;
}

int cli_follow(struct cli *c, struct flags *f)
{
	char cursor[NUMBER_TEXT] = "";
	bool reader = true;
	int status = cli_configure(c);
	const char *after = flags_get(f, "after");
	if (after)
		snprintf(cursor, sizeof cursor, "%s", after);
	while (!status && reader) {
		struct arena_mark m = arena_mark(c->mem);
		bool more = false;
		status = page(c, f, cursor, &more, &reader);
		if (status)
			break; /* what it says is in the arena */
		arena_reset(c->mem, m);
		if (!more)
			nanosleep(&(struct timespec){ .tv_nsec = PAUSE_MS * 1000000L }, NULL);
	}
	return status;
}
