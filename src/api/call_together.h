/* Several operations in one call, each as if it had been called alone by the same caller: its own permission, input,
 * transaction, events and audit. */
#ifndef API_CALL_TOGETHER_H
#define API_CALL_TOGETHER_H

#include "base/cx.h"

/* cx->run_many of every call; see base/cx.h. */
err_t call_together(struct cx *cx, struct sub_call *subs, size_t n, bool dry) CHECKED;

#endif
