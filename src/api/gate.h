/* The gate: the one place that asks who is calling, whether he may, and whether the input is right. For call.c. */
#ifndef API_GATE_H
#define API_GATE_H

#include "api/call.h"

/* Lets a call in or says why not: set-up done, identity, kind of caller, permission or ownership, input, limits (which count what was refused too). On a loop
 * ERR_NOT_HERE when memory alone cannot tell. */
err_t gate(struct call *c) CHECKED;

/* The first part of it alone: who it is, and whether he may call this. Not for operations with an owner. */
err_t gate_admit(struct call *c) CHECKED;

/* Lets in a call whose caller was identified already, as one of several that he makes together: all questions but those of
 * identity and limits, which were asked of the whole. Not on a loop. */
err_t gate_same(struct call *c) CHECKED;

/* The same with limits and idempotency of its own. */
err_t gate_within(struct call *c) CHECKED;

/* Whether the caller has the permission that the operation needs, or concerns himself. */
err_t gate_permission(struct call *c) CHECKED;

/* This thread's connection for reading into cx->db. ERR_UNAVAILABLE. Not on a loop. */
err_t call_take_reader(struct call *c) CHECKED;

#endif
