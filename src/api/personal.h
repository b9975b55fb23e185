/* What the features hold of one person, together: to be erased. */
#ifndef API_PERSONAL_H
#define API_PERSONAL_H

#include "base/cx.h"

/* Inside a transaction: every feature's `erase`, then the events. */
err_t personal_erase(struct cx *cx, const char *user_id) CHECKED;

#endif
