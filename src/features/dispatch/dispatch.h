/* Requests for push notifications. A gateway puts them into a queue of the broker; each is completed with what the push
 * service must know of the person, and goes on to that one's queue. Of a request that names its id none is worked on twice
 * within a day. */
#ifndef FEATURES_DISPATCH_H
#define FEATURES_DISPATCH_H

#include "base/conf.h"
#include "base/page.h"

struct dispatch_conf {
	const char *queue, *exchange, *routing_key, *dead_exchange, *dead_routing_key, *dead_queue, *enriched_queue;
	int64_t prefetch;
};
extern const struct conf_group dispatch_conf_group;

enum dispatch_outcome {
	DISPATCH_SENT, /* goes on to the push service */
	DISPATCH_OFF, /* the person wants none */
	DISPATCH_SILENT, /* no device of his can be reached */
	DISPATCH_REPEATED, /* was worked on before */
	DISPATCH_OUTCOMES
};

/* As gateways write it; two ways of naming a template are in use, and two places for the user's id. */
struct dispatch_request {
	const char *notification_type, *type, *user_id, *template_code, *template_id, *request_id, *correlation_id,
		*created_at;
	struct json variables, metadata;
	struct opt_int priority, retry_count;
	bool again; /* its message was delivered to somebody before, who is gone */
};
struct dispatch_preferences {
	bool email, push;
};
struct dispatch_user {
	const char *user_id, *name, *email, *push_token;
	struct dispatch_preferences *preferences;
	bool email_verified;
};
struct dispatch_message {
	struct dispatch_request request;
	struct dispatch_user *user_data;
	enum dispatch_outcome outcome; /* for the door, not for the queue */
};
/* That somebody is notified. */
struct dispatch_notice {
	const char *user_id, *request_id, *template_code;
};
extern const struct type dispatch_request_type, dispatch_message_type, dispatch_user_type, dispatch_preferences_type,
	dispatch_notice_type;
extern const struct event notification_requested;

/* Completes a request. ERR_NOT_FOUND: nobody has this id. ERR_KEY_BUSY: somebody else is at the same request. When it goes
 * on, the person keeps a notification of it, and notification.requested is emitted. */
err_t dispatch_push(struct cx *cx, const struct dispatch_request *in, struct dispatch_message *out) CHECKED;
/* These (struct dispatch_message) are with the push service. */
err_t dispatch_gone_on(struct cx *cx, const void *const *messages, size_t n) CHECKED;

/* Job: ids of more than a day ago are forgotten. */
err_t dispatch_clean(struct cx *cx) CHECKED;

/* For /metrics. */
int64_t dispatch_number(enum dispatch_outcome o);

#endif
