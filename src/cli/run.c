#include "base/time.h"
#include "cli/command.h"
#include "cli/outcome.h"

#include <unistd.h>

enum { TRIES = 60, PAUSE_NS = (50000) * 1000 };

static const char *data_folder(struct cli *c)
{
	struct conf_key k = conf_by_file_name("data");
	return k.row ? conf_text(conf_current(), c->mem, k.group, k.row) : ".";
}

static struct outcome run_here(struct cli *c, const struct op *op, const void *in, bool *held)
{
	void *out = NULL;
	const struct cx *cx = NULL;
	const char *why = NULL;
	err_t e = c->backend->run_local(c->mem, op, in, &out, &cx, &why);
	*held = e == ERR_BUSY && !cx;
	return outcome_of_call(c->mem, op, e, cx, out, why);
}

static struct outcome run_there(struct cli *c, const struct flags *f, const struct buf *json, bool *there)
{
	struct control_answer answer;
	err_t e = control_call(c->mem, data_folder(c), f->op->call->name, json->p, json->n, &answer);
	*there = e != ERR_NOT_HERE;
	if (e == ERR_DENIED)
		return outcome_of_error(e, "This data folder belongs to another user. Run this as that user.");
	if (e)
		return outcome_of_error(e, "The server on this data folder did not answer; it may still have done it.");
	return outcome_of_answer(c->mem, &answer);
}

/* A server that is just starting, or another command, holds the data folder for a moment: then both ways are tried again
 * for three seconds. */
static struct outcome run(struct cli *c, const struct flags *f, const void *in)
{
	struct buf json = { .mem = c->mem };
	flags_json(f, &json);
	struct outcome o = { 0 };
	for (int i = 0; i < TRIES; i++) {
		bool there, held;
		o = run_there(c, f, &json, &there);
		if (there)
			return o;
		o = run_here(c, f->op, in, &held);
		if (!held)
			return o;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
	}
	return o;
}

int run_op(struct cli *c, struct flags *f)
{
	if (command_needs_person(f->op)) {
		struct outcome nobody = outcome_of_error(ERR_DENIED, COMMAND_NEEDS_PERSON);
		return outcome_show(c, f, &nobody);
	}
	int status = cli_configure(c);
	if (status)
		return status;
	status = flags_ask(c, f);
	if (status)
		return status;
	void *in = arena_alloc(c->mem, f->op->call->in->size);
	struct cx cx = { .mem = c->mem, .now = time_now(), .conf = conf_current() };
	err_t e = flags_bind(&cx, f, in);
	struct outcome o =
		e ? outcome_of_call(c->mem, f->op, e, &cx, NULL, "The command line does not fit the command.")
		  : run(c, f, in);
	return outcome_show(c, f, &o);
}
