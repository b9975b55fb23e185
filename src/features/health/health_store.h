/* SQL of the health feature. Included by health.c only. */
#ifndef FEATURES_HEALTH_STORE_H
#define FEATURES_HEALTH_STORE_H

#include "features/health/health.h"

/* Whether a trivial statement is answered. */
bool health_store_ping(struct cx *cx);
err_t health_store_numbers(struct cx *cx, int64_t since, struct health_numbers *out) CHECKED;

#endif
