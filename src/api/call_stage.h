/* The stages of a call, for the files of the engine alone: call.c and call_together.c. */
#ifndef API_CALL_STAGE_H
#define API_CALL_STAGE_H

#include "api/call.h"

/* What runs before the transaction; with a reader unless it is light. */
err_t stage_prepare(struct call *c) CHECKED;
/* Makes c->tx ready to be submitted; `done` is the caller's. */
void stage_ready(struct call *c);
/* The outcome of the transaction: c->result stands, and memory was told what changed. */
void stage_settle(struct call *c, err_t e);
err_t stage_finish(struct call *c) CHECKED;
/* Records failures that are to be recorded. */
void stage_conclude(struct call *c);

#endif
