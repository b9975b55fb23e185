/* How an operation ended, wherever it ran, and how that is shown. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "cli/control.h"
#include "cli/flags.h"

struct outcome {
	int status; /* HTTP status of the answer */
	const char *message; /* of a failure: a sentence; NULL when there is none */
	const struct field_error *fields;
	const char *correlation_id; /* of a failure that the server's log explains, else NULL */
	const char *envelope; /* of a success: {"data":...,"meta":...}, n bytes */
	size_t n;
};

/* From the server's answer. */
struct outcome outcome_of_answer(struct arena *a, const struct control_answer *answer);
/* From a call in this process. */
struct outcome outcome_of_call(
	struct arena *a, const struct op *op, err_t e, const struct cx *cx, const void *out, const char *why);
/* From an error that came before any call. */
struct outcome outcome_of_error(err_t e, const char *why);

/* Prints it and returns the exit status. */
int outcome_show(struct cli *c, const struct flags *f, const struct outcome *o);

/* Runs an operation: through the control socket, or here. Settings must have been read. */
struct outcome op_outcome(struct cli *c, const struct flags *f);
/* The whole of a command: reads the settings, asks for what is needed, runs and prints. An exit status. */
int run_op(struct cli *c, struct flags *f);

#endif
