#include "cli/sync.h"
#include "base/json.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "features/inbox/inbox_job.h"

#include <jansson.h>
#include <string.h>

struct sync_in {
	struct opt_enum from;
	const char *url;
};
struct sync_out {
	int64_t pages, people, changed, unknown, older, wrong;
};
extern const struct type sync_in_type, sync_out_type;
TYPE(sync_in,
	FIELD_ENUM(sync_in, from, inbox_source_names, 0,
		"Page the profiles of this neighbour; when absent, the events that are kept here are counted again"),
	FIELD(sync_in, url, URL, "With --from: page this address in place of the one in the settings"));
TYPE(sync_out, FIELD(sync_out, pages, 0, "Pages that came"), FIELD(sync_out, people, 0, "Who is known here"),
	FIELD(sync_out, changed, 0, "Of these, whose numbers were others"),
	FIELD(sync_out, unknown, 0, "Who is not known here, and was left out"),
	FIELD(sync_out, older, 0, "Known, but an earlier page was newer: left out"),
	FIELD(sync_out, wrong, 0, "Of whom no sense could be made, and who were left out"));
static const struct op_call call = { .name = "sync", .in = &sync_in_type, .out = &sync_out_type };
const struct op sync_flags = {
	.call = &call, .doc = "Build everybody's social and moderation numbers again", .flags = OP_ANYONE
};

/* --- putting in --------------------------------------------------------------------------------------------------- */

static int64_t number(const json_t *data, const char *name)
{
	return json_integer_value(json_object_get(data, name));
}

static void add(struct sync_out *sum, const struct outcome *o)
{
	json_t *envelope = json_loadb(o->envelope, o->n, 0, NULL), *data = json_object_get(envelope, "data");
	sum->people += number(data, "people");
	sum->changed += number(data, "changed");
	sum->unknown += number(data, "unknown");
	sum->older += number(data, "older");
	json_decref(envelope);
}

/* Some people of a page; an exit status. What it says when it fails is written before `mem` goes. */
static int put_some(struct cli *c, struct arena *mem, const struct inbox_put_in *in, struct sync_out *sum)
{
	struct cli part = *c;
	struct flags f = { .op = op_find("inbox_put", NULL), .command = "sync" };
	struct buf text = { .mem = mem };
	part.mem = mem;
	json_write_value(&text, type_field(f.op->call->in, "profiles", strlen("profiles")), in, JSON_ANSWER, false);
	flags_set(&part, &f, "from", inbox_source_names[in->from]);
	flags_set(&part, &f, "profiles", buf_cstr(&text));
	struct outcome o = op_outcome(&part, &f);
	if (o.status < 200 || o.status > 299)
		return outcome_show(c, &f, &o);
	add(sum, &o);
	return CLI_OK;
}

static int put_page(
	struct cli *c, struct arena *mem, enum inbox_source from, const struct inbox_page *page, struct sync_out *sum)
{
	const struct inbox_entry *e = page->profiles.items;
	int status = CLI_OK;
	for (size_t at = 0; at < page->profiles.n && !status; at += INBOX_PAGE_MAX) {
		size_t left = page->profiles.n - at;
		struct inbox_put_in in = { .from = from,
			.profiles = { (void *)(uintptr_t)(e + at), left < INBOX_PAGE_MAX ? left : INBOX_PAGE_MAX } };
		status = put_some(c, mem, &in, sum);
	}
	return status;
}

/* --- all pages ---------------------------------------------------------------------------------------------------- */

static void tell_wrong(struct cli *c, const struct sync_out *sum, const struct inbox_page *page)
{
	if (page->why && sum->wrong == page->wrong)
		buf_printf(&c->err, "roster: page %lld, %s\n", (long long)sum->pages, page->why);
}

/* One page; false when it was the last. */
static bool take_page(struct cli *c, struct inbox_walk *w, enum inbox_source from, struct sync_out *sum, int *status)
{
	struct arena *mem = arena_new(0);
	struct inbox_page page;
	const char *why;
	bool came = inbox_walk_next(w, mem, &page, &why);
	if (came) {
		sum->pages++;
		sum->wrong += page.wrong;
		tell_wrong(c, sum, &page);
		*status = put_page(c, mem, from, &page, sum);
		progress_show(sum->people + sum->unknown, page.total);
	}
	if (why) {
		buf_printf(&c->err, "roster: %s Run it again to go through all of them.\n", why);
		*status = CLI_UNAVAILABLE;
	}
	arena_free(mem);
	return came && !*status;
}

static int show(struct cli *c, const struct flags *f, const struct sync_out *sum)
{
	struct outcome o = outcome_of_call(c->mem, f->op, ERR_OK, NULL, sum, NULL);
	return outcome_show(c, f, &o);
}

static int page_all(struct cli *c, const struct flags *f, const struct sync_in *in)
{
	const struct inbox_conf *conf = conf_get(conf_current(), &inbox_conf_group);
	enum inbox_source from = (enum inbox_source)in->from.v;
	struct sync_out sum = { 0 };
	const char *why;
	int status = CLI_OK;
	struct inbox_walk *w = inbox_walk_new(c->mem, conf, from, in->url, &why);
	if (!w) {
		buf_printf(&c->err, "roster: %s\n", why);
		return CLI_CONFIG;
	}
	while (take_page(c, w, from, &sum, &status))
		;
	progress_end();
	inbox_walk_free(w);
	int shown = show(c, f, &sum);
	return status ? status : shown ? shown : sum.wrong ? CLI_FAILED : CLI_OK;
}

int cli_sync(struct cli *c, struct flags *f)
{
	struct sync_in in = { 0 };
	int status = cli_configure(c);
	if (status)
		return status;
	struct cx cx = { .mem = c->mem, .conf = conf_current() };
	err_t e = flags_bind(&cx, f, &in);
	for (const struct field_error *wrong = cx.fail.fields; wrong; wrong = wrong->next)
		buf_printf(&c->err, "roster: --%s %s\n", wrong->path, wrong->why);
	if (e)
		return CLI_USAGE;
	if (in.from.has == IS_SET)
		return page_all(c, f, &in);
	if (in.url)
		return cli_usage(c, f->command, "--url needs --from, which says whose pages these are");
	struct flags kept = { .op = command_op(c, "inbox_sync"), .command = f->command };
	return run_op(c, &kept);
}
