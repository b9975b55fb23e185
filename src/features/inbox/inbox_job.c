#include "features/inbox/inbox_job.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "http/client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	TURN_MS = 1000,
	CONNECT_MS = 10000,
	TRIES = 5,
	FIRST_PAUSE_MS = 500, /* when it does not say how long; each time twice as long */
	LONGEST_PAUSE_MS = 30000, /* who asks for more is asked again by the operator */
	TOO_MANY = 429,
	UNAVAILABLE = 503,
};

struct inbox_walk {
	const struct inbox_conf *conf;
	enum inbox_source from;
	struct http_client *client;
	const char *url, *origin;
	const char *headers[3];
	int64_t pages, people; /* that came */
	char *cursor; /* of the next one; NULL: none */
	char *seen; /* a cursor that was met before */
	bool over;
};

/* One page on its way. */
struct fetch {
	struct http_get get; /* first: done() finds it from there */
	struct http_outcome outcome;
	char reason[300];
	bool done;
};

/* --- one page ----------------------------------------------------------------------------------------------------- */

static void done(struct http_post *post, const struct http_outcome *o)
{
	struct fetch *f = (struct fetch *)(void *)post;
	f->outcome = *o;
	snprintf(f->reason, sizeof f->reason, "%s", o->reason);
	f->done = true;
}

static void add_escaped(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (; *s; s++)
		if (strchr(plain, *s))
			buf_char(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
}

/* The first page is asked for without a number: lists with cursors take none. */
static const char *address(struct inbox_walk *w, struct arena *mem)
{
	struct buf b = { .mem = mem };
	buf_printf(&b, "%s%climit=%lld", w->url, strchr(w->url, '?') ? '&' : '?', (long long)w->conf->page_size);
	if (w->cursor) {
		buf_str(&b, "&cursor=");
		add_escaped(&b, w->cursor);
	} else if (w->pages) {
		buf_printf(&b, "&page=%lld", (long long)w->pages + 1);
	}
	return buf_cstr(&b);
}

static void ask(struct inbox_walk *w, const char *url, struct fetch *f)
{
	*f = (struct fetch){ .get = { .ask = { .url = url, .headers = w->headers, .done = done },
				     .most = (size_t)w->conf->page_bytes } };
	http_client_get(w->client, &f->get);
	while (!f->done)
		http_client_work(w->client, TURN_MS);
}

static int64_t pause_ms(const struct http_outcome *o, int tried)
{
	return o->retry_after ? o->retry_after : FIRST_PAUSE_MS << tried;
}

static bool waits(const struct http_outcome *o, int tried)
{
	bool asks = o->status == TOO_MANY || o->status == UNAVAILABLE;
	return asks && tried + 1 < TRIES && pause_ms(o, tried) <= LONGEST_PAUSE_MS;
}

/* NULL when the page came. */
static const char *fetch(struct inbox_walk *w, struct arena *mem, struct fetch *f, int64_t *asked_at)
{
	const char *url = address(w, mem);
	for (int tried = 0;; tried++) {
		*asked_at = time_now();
		ask(w, url, f);
		if (f->get.whole)
			return NULL;
		buf_free(&f->get.kept);
		if (!waits(&f->outcome, tried))
			break;
		int64_t ms = pause_ms(&f->outcome, tried);
		nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
	}
	int64_t later = f->outcome.retry_after / 1000;
	if (!later)
		return arena_strdup(mem, *f->reason ? f->reason : "said nothing");
	return arena_printf(mem, "%s, and asks to be left alone for %lld seconds", f->reason, (long long)later);
}

/* --- one after the other ------------------------------------------------------------------------------------------ */

static void keep(char **place, const char *s)
{
	char *copy = str_copy(s);
	free(*place);
	*place = copy;
}

/* Cursors that go in a circle: each is compared with one that was met, which is replaced after 1, 2, 4 ... pages (Brent). */
static bool is_circle(struct inbox_walk *w, const char *cursor)
{
	if (w->seen && strcmp(w->seen, cursor) == 0)
		return true;
	if ((w->pages & (w->pages - 1)) == 0)
		keep(&w->seen, cursor);
	return false;
}

static bool is_last(const struct inbox_walk *w, const struct inbox_page *page)
{
	if (page->has_next.has == IS_SET)
		return !page->has_next.v;
	if (page->cursor)
		return false;
	if (page->pages)
		return w->pages >= page->pages;
	return !page->people || w->people >= page->total;
}

/* Where the next page is; NULL, or why there is none although there should be. */
static const char *go_on(struct inbox_walk *w, const struct inbox_page *page)
{
	w->pages++;
	w->people += page->people;
	w->over = is_last(w, page);
	if (page->number && !w->cursor && page->number != w->pages)
		return "is another page than was asked for";
	if (w->over)
		return NULL;
	if (page->cursor && is_circle(w, page->cursor))
		return "leads back to one that was there before";
	if (w->cursor && !page->cursor)
		return "says that more follow, and not where";
	keep(&w->cursor, page->cursor);
	return w->pages < w->conf->pages ? NULL : "is the last that may be asked for (inbox.pages), and more follow";
}

bool inbox_walk_next(struct inbox_walk *w, struct arena *page_mem, struct inbox_page *out, const char **why)
{
	struct fetch f;
	int64_t asked_at, number = w->pages + 1;
	*why = NULL;
	if (w->over)
		return false;
	const char *wrong = fetch(w, page_mem, &f, &asked_at);
	if (!wrong) {
		wrong = inbox_page_read(page_mem, w->from, asked_at, f.get.kept.p, f.get.kept.n, out);
		buf_free(&f.get.kept);
	}
	bool read = !wrong;
	wrong = wrong ? wrong : go_on(w, out);
	if (wrong) {
		w->over = true;
		*why = arena_printf(page_mem, "Page %lld of %s: %s.", (long long)number, w->origin, wrong);
	}
	return read;
}

/* --- beginning and end -------------------------------------------------------------------------------------------- */

/* A token that was given for one server is shown to no other. */
static bool is_for(struct arena *mem, const char *setting, const char *origin)
{
	struct target t;
	return !*setting || (!target_parse(mem, setting, &t) && strcmp(t.origin, origin) == 0);
}

static const char *set_target(struct inbox_walk *w, struct arena *mem, const char *url)
{
	const struct inbox_conf *c = w->conf;
	bool social = w->from == INBOX_SOCIAL;
	const char *setting = social ? c->social_url : c->moderation_url;
	const char *token = social ? c->social_token : c->moderation_token;
	struct target t;
	w->url = url ? url : setting;
	if (!*w->url)
		return arena_printf(mem, "Where the pages are is not known: set inbox.%s_url, or give --url.",
			inbox_source_names[w->from]);
	const char *why = target_parse(mem, w->url, &t);
	if (why)
		return arena_printf(mem, "The address of the pages %s.", why);
	w->origin = t.origin;
	w->headers[0] = "Accept: application/json";
	if (*token && is_for(mem, setting, t.origin))
		w->headers[1] = arena_printf(mem, "Authorization: Bearer %s", token);
	return NULL;
}

struct inbox_walk *inbox_walk_new(
	struct arena *mem, const struct inbox_conf *conf, enum inbox_source from, const char *url, const char **why)
{
	struct inbox_walk *w = calloc(1, sizeof *w);
	if (!w)
		abort();
	*w = (struct inbox_walk){ .conf = conf, .from = from };
	*why = set_target(w, mem, url);
	if (!*why)
		w->client = http_client_new(
			&(struct http_client_conf){ .rules = { .http = true, .any_address = true },
				.ca_file = conf->ca_file,
				.agent = "Roster/" ROSTER_VERSION " (sync)",
				.connect_ms = conf->page_timeout < CONNECT_MS ? conf->page_timeout : CONNECT_MS,
				.total_ms = conf->page_timeout,
				.at_once = 1 },
			why);
	if (w->client)
		return w;
	inbox_walk_free(w);
	return NULL;
}

int64_t inbox_walk_pages(const struct inbox_walk *w)
{
	return w->pages;
}

void inbox_walk_free(struct inbox_walk *w)
{
	if (!w)
		return;
	http_client_free(w->client);
	free(w->cursor);
	free(w->seen);
	free(w);
}
