#include "base/id.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/outcome.h"

#include <jansson.h>
#include <string.h>
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

struct outcome op_outcome(struct cli *c, const struct flags *f)
{
	void *in = arena_alloc(c->mem, f->op->call->in->size);
	struct cx cx = { .mem = c->mem, .now = time_now(), .conf = conf_current() };
	err_t e = flags_bind(&cx, f, in);
	return e ? outcome_of_call(c->mem, f->op, e, &cx, NULL, "The command line does not fit the command.")
	         : run(c, f, in);
}

/* --- names for identifiers ----------------------------------------------------------------------------------------- */

/* What shows one thing by its name: user_get for user_delete. NULL when names are not known there. */
static const struct op *shower_of(struct cli *c, const struct op *op)
{
	const char *name = op->call->name;
	const struct op *show = command_op(c, arena_printf(c->mem, "%.*s_get", (int)strcspn(name, "_"), name));
	const struct field *id = show ? type_field(show->call->in, "id", 2) : NULL;
	return id && !(id->flags & UUID) ? show : NULL;
}

/* Where an operation wants an identifier, a name does too. An exit status. */
static int name_to_id(struct cli *c, struct flags *f)
{
	const struct field *id = type_field(f->op->call->in, "id", 2);
	const char *given = id && (id->flags & IN_PATH) && (id->flags & UUID) ? flags_get(f, "id") : NULL;
	const struct op *show = given && !id_is(given) ? shower_of(c, f->op) : NULL;
	if (!show)
		return CLI_OK;
	struct flags look = { .op = show, .command = f->command };
	flags_set(c, &look, "id", given);
	struct outcome o = op_outcome(c, &look);
	if (o.status < 200 || o.status > 299)
		return outcome_show(c, &look, &o);
	json_t *envelope = json_loadb(o.envelope, o.n, 0, NULL);
	const char *found = json_string_value(json_object_get(json_object_get(envelope, "data"), "id"));
	if (found)
		flags_set(c, f, "id", arena_strdup(c->mem, found));
	json_decref(envelope);
	return CLI_OK;
}

/* --- a whole command ----------------------------------------------------------------------------------------------- */

/* Only a person at a terminal is asked: a script means what it says. */
static bool confirmed(struct cli *c, const struct flags *f)
{
	bool destroys = f->op->rest && str_starts(f->op->rest, "DELETE ");
	if (!destroys || c->force || !isatty(c->in_fd))
		return true;
	const char *id = flags_get(f, "id");
	char answer[8] = "";
	fprintf(stderr, "%s%s%s? [y/N] ", f->op->doc, id ? ": " : "", id ? id : "");
	ssize_t n = read(c->in_fd, answer, sizeof answer - 1);
	return n > 0 && (*answer == 'y' || *answer == 'Y');
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
	if (!confirmed(c, f)) {
		buf_str(&c->err, "roster: nothing was done.\n");
		return CLI_FAILED;
	}
	status = flags_ask(c, f);
	status = status ? status : name_to_id(c, f);
	if (status)
		return status;
	struct outcome o = op_outcome(c, f);
	return outcome_show(c, f, &o);
}
