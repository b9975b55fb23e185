/* SQL of the dispatch feature. Included by dispatch.c only. */
#ifndef FEATURES_DISPATCH_STORE_H
#define FEATURES_DISPATCH_STORE_H

#include "features/dispatch/dispatch.h"

struct dispatch_claim {
	const char *request_id;
	int64_t until; /* nobody else may take it before then */
	bool done, again; /* it is over at once; whoever had it is gone */
};
enum dispatch_claimed { CLAIM_NEW, CLAIM_DONE, CLAIM_BUSY };
/* Takes hold of a request id. */
err_t dispatch_store_claim(struct cx *cx, const struct dispatch_claim *c, enum dispatch_claimed *out) CHECKED;
err_t dispatch_store_done(struct cx *cx, const char *request_id) CHECKED;
err_t dispatch_store_clean(struct cx *cx, int64_t before, int64_t most) CHECKED;

#endif
