/* What the services beside this one (mail, push, gateways) ask in order to reach people. They come with credentials of their
 * own, and need the permission contact.read. */
#ifndef FEATURES_CONTACT_H
#define FEATURES_CONTACT_H

#include "features/preference/preference.h"

enum contact_kind { CONTACT_EMAIL, CONTACT_PUSH };

struct contact_ref {
	const char *id;
};
struct contact_query {
	const char *id;
	unsigned type; /* enum contact_kind */
};
struct contact {
	const char *user_id, *contact;
	unsigned notification_type; /* enum contact_kind */
	bool preferences_enabled;
};
struct contact_token {
	const char *token, *platform;
};
struct contact_preferences {
	const char *user_id;
	struct preference p;
};
struct contact_all {
	const char *user_id, *email;
	bool email_enabled, push_enabled;
	struct list push_tokens; /* const char * */
};
extern const struct type contact_type, contact_ref_type, contact_query_type, contact_token_type,
	contact_preferences_type, contact_all_type;

/* Each is ERR_NOT_FOUND for an account that is not there, and for a way to reach it that is not there. Push tokens are those
 * of live sessions of an account that may act. */
err_t contact_preferences(struct cx *cx, const struct contact_ref *in, struct contact_preferences *out) CHECKED;
err_t contact_push_token(struct cx *cx, const struct contact_ref *in, struct contact_token *out) CHECKED;
err_t contact_get(struct cx *cx, const struct contact_query *in, struct contact *out) CHECKED;
/* All ways at once; what is not there is null or empty. */
err_t contact_all(struct cx *cx, const struct contact_ref *in, struct contact_all *out) CHECKED;

#endif
