/* SQL of the flow feature. Included by flow.c only. */
#ifndef FEATURES_FLOW_STORE_H
#define FEATURES_FLOW_STORE_H

#include "features/flow/flow.h"

err_t flow_store_add(struct cx *cx, const struct flow *f) CHECKED;
/* Marks as sent, and gives, the oldest of a purpose that were not; another node gets others. */
err_t flow_store_claim(struct cx *cx, const char *purpose, size_t most, struct list *out) CHECKED;
err_t flow_store_arm(struct cx *cx, const struct flow *f) CHECKED;
err_t flow_store_by_token(struct cx *cx, const char *token_hash, const char *door, struct flow *out) CHECKED;
err_t flow_store_by_id(struct cx *cx, const char *id, const char *door, struct flow *out) CHECKED;
/* Uses up the open flow of a token; ERR_NOT_FOUND when there is none. */
err_t flow_store_use_token(struct cx *cx, const char *token_hash, const char *door, struct flow *out) CHECKED;
/* Counts a try of the code; ERR_NOT_FOUND when the flow may have no more. */
err_t flow_store_try(struct cx *cx, const char *id, const char *door, struct flow *out) CHECKED;
err_t flow_store_use(struct cx *cx, const char *id, struct flow *out) CHECKED;
err_t flow_store_newest(struct cx *cx, const char *email_key, const char *door, const char **id) CHECKED;
/* Those of a subject, and those of an address (NULL: none). */
err_t flow_store_erase(struct cx *cx, const char *subject_id, const char *email_key) CHECKED;
err_t flow_store_cancel(struct cx *cx, const char *subject_id) CHECKED;
/* Those asked for since then, newest first. */
err_t flow_store_of_email(
	struct cx *cx, const struct flow_new *in, int64_t since, int64_t most, struct list *out) CHECKED;
err_t flow_store_of_subject(
	struct cx *cx, const struct flow_new *in, int64_t since, int64_t most, struct list *out) CHECKED;
err_t flow_store_of_address(struct cx *cx, const char *address, int64_t since, int64_t most, struct list *out) CHECKED;
err_t flow_store_clean(struct cx *cx, int64_t before, int64_t most) CHECKED;

#endif
