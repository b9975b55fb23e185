#include "features/inbox/inbox_page.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_scan.h"

#include <string.h>

enum {
	PEOPLE_MAX = 100000,
	CURSOR_MAX = 1000,
	ENTRY_MAX = 64 << 10, /* bytes of one person */
	/* A row is written a little before the event of the same change is stamped: what happened so soon after is in it. */
	ROW_BEFORE_EVENT = 5000,
};

/* --- what neighbours write ---------------------------------------------------------------------------------------- */

/* A person. last_sync_at: when the numbers were put together; updated_at: when the row was last changed. */
struct inbox_said {
	struct inbox_entry entry;
	int64_t last_sync_at, updated_at;
};
/* What tells of other pages, beside the list or in an object of its own. */
struct inbox_paging {
	const char *next_cursor;
	struct opt_bool has_next;
	struct opt_int page, pages, total;
};
struct inbox_frame {
	struct inbox_paging own;
	const struct inbox_paging *meta, *pagination;
};

/* clang-format off: tables */
#define COUNT(member, column, alias_) \
	FIELD_AS(inbox_said, entry.member, column, 0, "", .min = 0, .max = INBOX_COUNT_MAX, .alias = alias_)
#define WHO_AND_WHEN \
	FIELD_AS(inbox_said, entry.user_id, "user_id", UUID | REQUIRED, "", .alias = "userId"), \
		FIELD(inbox_said, last_sync_at, TIME, "", .alias = "lastSyncAt"), \
		FIELD(inbox_said, updated_at, TIME, "", .alias = "updatedAt")
TYPE_AS(inbox_said_social, inbox_said, WHO_AND_WHEN, COUNT(posts, "posts_count", "postsCount"),
	COUNT(likes, "likes_count", "likesCount|likes_received_count|likesReceivedCount"),
	COUNT(followers, "followers_count", "followersCount"), COUNT(following, "following_count", "followingCount"));
TYPE_AS(inbox_said_moderation, inbox_said, WHO_AND_WHEN,
	COUNT(reports, "reports_count", "reportsCount|report_count|reportCount"),
	COUNT(open_reports, "open_reports", "openReports"),
	COUNT(suspensions, "suspensions_count", "suspensionsCount|suspension_count|suspensionCount"));
#define PAGING(S, in) \
	FIELD_AS(S, in next_cursor, "next_cursor", 0, "", .alias = "nextCursor", .max = CURSOR_MAX), \
		FIELD_AS(S, in has_next, "has_next", 0, "", .alias = "hasNext|has_more|hasMore"), \
		FIELD_AS(S, in page, "page", 0, "", .min = 0, .max = INBOX_COUNT_MAX), \
		FIELD_AS(S, in pages, "pages", 0, "", .alias = "total_pages|totalPages", .min = 0, \
			.max = INBOX_COUNT_MAX), \
		FIELD_AS(S, in total, "total", 0, "", .min = 0, .max = INBOX_COUNT_MAX)
TYPE(inbox_paging, PAGING(inbox_paging, ));
TYPE(inbox_frame, PAGING(inbox_frame, own.), FIELD_OBJECT(inbox_frame, meta, inbox_paging, 0, ""),
	FIELD_OBJECT(inbox_frame, pagination, inbox_paging, 0, ""));
/* clang-format on */

/* What neighbours wrote is shown on terminals. */
static const char *printable(char *s)
{
	for (char *p = s; *p; p++)
		if (*p < ' ' || *p >= 0x7f)
			*p = '?';
	return s;
}

/* What json_read() found to be wrong. */
static const char *wrong_of(const struct cx *cx)
{
	const struct field_error *f = cx->fail.fields;
	return printable(f ? arena_printf(cx->mem, "%s %s", f->path, f->why)
			   : arena_strdup(cx->mem, "is no JSON object that can be read"));
}

/* --- where the list is -------------------------------------------------------------------------------------------- */

struct text {
	const char *p;
	size_t n;
};

static void skip(struct text *t, size_t n)
{
	t->p += n;
	t->n -= n;
}

static void skip_blanks(struct text *t)
{
	while (t->n && (*t->p == ' ' || *t->p == '\t' || *t->p == '\r' || *t->p == '\n'))
		skip(t, 1);
}

/* Takes this byte, with the blanks before it. */
static bool take(struct text *t, char c)
{
	skip_blanks(t);
	bool there = t->n && *t->p == c;
	if (there)
		skip(t, 1);
	return there;
}

/* The next value; empty when it has no end. */
static struct text take_value(struct text *t)
{
	skip_blanks(t);
	struct text v = { t->p, json_value_size(t->p, t->n) };
	skip(t, v.n);
	return v;
}

static bool is_list_name(struct text name)
{
	static const char *const names[] = { "\"data\"", "\"items\"", "\"profiles\"" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (name.n == strlen(names[i]) && memcmp(name.p, names[i], name.n) == 0)
			return true;
	return false;
}

/* The list among the members of the outermost object. False when there is none. */
static bool find_list(struct text t, struct text *out)
{
	if (!take(&t, '{'))
		return false;
	do {
		struct text name = take_value(&t), value = { 0 };
		if (name.n && take(&t, ':'))
			value = take_value(&t);
		if (!value.n)
			return false;
		if (is_list_name(name) && *value.p == '[') {
			*out = value;
			return true;
		}
	} while (take(&t, ','));
	return false;
}

/* --- the people on it --------------------------------------------------------------------------------------------- */

static int64_t when(const struct inbox_said *s, int64_t asked_at)
{
	int64_t at = s->updated_at > 0 ? s->updated_at + ROW_BEFORE_EVENT : 0;
	at = s->last_sync_at > at ? s->last_sync_at : at;
	return at > 0 && at < asked_at ? at : asked_at;
}

static void note_wrong(struct inbox_page *out, struct arena *mem, int64_t place, const char *why)
{
	if (!out->wrong++)
		out->why = arena_printf(mem, "person %lld: %s", (long long)place, why);
}

static void read_person(struct arena *mem, const struct type *t, int64_t asked_at, struct text json, int64_t place,
	struct inbox_page *out)
{
	struct cx cx = { .mem = mem };
	struct inbox_said said = { 0 };
	if (json.n > ENTRY_MAX) {
		note_wrong(out, mem, place, "is longer than 64 KiB");
		return;
	}
	if (json_read(&cx, t, &said, json.p, json.n, true)) {
		note_wrong(out, mem, place, wrong_of(&cx));
		return;
	}
	struct inbox_entry *e = (struct inbox_entry *)out->profiles.items + out->profiles.n++;
	*e = said.entry;
	e->at = when(&said, asked_at);
}

/* The values of a list; in the second run they are put down. -1 when something else stands between two of them. */
static int64_t split_list(struct text t, struct text *out)
{
	int64_t n = 0;
	if (!take(&t, '['))
		return -1;
	if (take(&t, ']'))
		return 0;
	do {
		struct text v = take_value(&t);
		if (!v.n || n == PEOPLE_MAX)
			return -1;
		if (out)
			out[n] = v;
		n++;
	} while (take(&t, ','));
	return take(&t, ']') && !t.n ? n : -1;
}

static bool read_people(
	struct arena *mem, enum inbox_source from, int64_t asked_at, struct text list, struct inbox_page *out)
{
	const struct type *t = from == INBOX_SOCIAL ? &inbox_said_social_type : &inbox_said_moderation_type;
	int64_t n = split_list(list, NULL);
	if (n < 0)
		return false;
	out->people = n;
	struct text *people = arena_array_of(mem, struct text, (size_t)n);
	out->profiles.items = arena_array_of(mem, struct inbox_entry, (size_t)n);
	(void)split_list(list, people);
	for (int64_t i = 0; i < n; i++)
		read_person(mem, t, asked_at, people[i], i + 1, out);
	return true;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

static void read_paging(const struct inbox_paging *p, struct inbox_page *out)
{
	out->has_next = p->has_next;
	out->cursor = p->next_cursor && *p->next_cursor ? p->next_cursor : NULL;
	out->number = p->page.v;
	out->pages = p->pages.v;
	out->total = p->total.v;
}

/* What stands around the list is read with null in its place. */
const char *inbox_page_read(
	struct arena *mem, enum inbox_source from, int64_t asked_at, const char *text, size_t n, struct inbox_page *out)
{
	struct cx cx = { .mem = mem };
	struct inbox_frame frame = { 0 };
	struct text list;
	struct buf around = { .mem = mem };
	*out = (struct inbox_page){ 0 };
	if (!find_list((struct text){ text, n }, &list))
		return "is no JSON object with a list called data, items or profiles";
	const char *end = list.p + list.n;
	buf_add(&around, text, (size_t)(list.p - text));
	buf_str(&around, "null");
	buf_add(&around, end, n - (size_t)(end - text));
	if (json_read(&cx, &inbox_frame_type, &frame, buf_cstr(&around), around.n, true))
		return arena_printf(mem, "cannot be read: %s", wrong_of(&cx));
	if (!read_people(mem, from, asked_at, list, out))
		return "cannot be read: its list is broken";
	read_paging(frame.meta ? frame.meta : frame.pagination ? frame.pagination : &frame.own, out);
	return NULL;
}
