/* Invitations: an administrator asks somebody in by a letter; who answers it has an account whose address is proved. */
#ifndef FEATURES_INVITATION_H
#define FEATURES_INVITATION_H

#include "features/flow/flow.h"
#include "features/password/password.h"
#include "features/session/session.h"

struct invitation_conf {
	int64_t lifetime;
};
extern const struct conf_group invitation_conf_group;

enum invitation_status { INVITATION_OPEN, INVITATION_ACCEPTED, INVITATION_REVOKED, INVITATION_EXPIRED };
extern const char *const invitation_status_names[];

struct invitation {
	const char *id, *email, *email_key, *role, *name, *inviter_id, *user_id;
	unsigned status;
	int64_t created_at, expires_at, accepted_at, revoked_at;
};
struct invitation_new {
	const char *email, *role, *name;
};
struct invitation_ref {
	const char *id;
};
struct invitation_query {
	struct page_want want;
};
struct invitation_list {
	struct list items; /* struct invitation */
	struct page *page;
};
struct invitation_answer {
	const char *token, *username, *name, *device;
	struct secret password;
};
struct invitation_work {
	char hash[PASSWORD_HASH_MAX];
	struct session_work session;
};
extern const struct type invitation_type, invitation_new_type, invitation_ref_type, invitation_query_type,
	invitation_list_type, invitation_answer_type;
extern const struct event invitation_created, invitation_accepted, invitation_revoked;

/* Invites an address; one that was invited before gets a new letter, and the old one is worthless. ERR_EMAIL_TAKEN;
 * ERR_DENIED for a role that the caller may not give. Emits invitation.created. */
err_t invitation_create(struct cx *cx, const struct invitation_new *in, struct invitation *out) CHECKED;
/* Newest first. */
err_t invitation_list(struct cx *cx, const struct invitation_query *in, struct invitation_list *out) CHECKED;
/* Takes an open one back. ERR_NOT_FOUND. Emits invitation.revoked. */
err_t invitation_revoke(struct cx *cx, const struct invitation_ref *in, struct none *out) CHECKED;
/* Makes the account, verified and active, and logs in. Refused when who invited may no longer do that. ERR_LINK_INVALID,
 * ERR_EMAIL_TAKEN, ERR_USERNAME_TAKEN. Emits invitation.accepted, user.created, user.email_verified. */
err_t invitation_accept_prepare(
	struct cx *cx, const struct invitation_answer *in, struct invitation_work *work) CHECKED;
err_t invitation_accept(
	struct cx *cx, const struct invitation_answer *in, struct invitation_work *work, struct signed_in *out) CHECKED;
err_t invitation_accept_finish(
	struct cx *cx, const struct invitation_answer *in, struct invitation_work *work, struct signed_in *out) CHECKED;

/* Job: what ended long ago is forgotten. */
err_t invitation_clean(struct cx *cx) CHECKED;

/* For an erasure. */
err_t invitation_erase(struct cx *cx, const char *user_id) CHECKED;
/* For an export: invitations.json, how the person was asked in. */
err_t invitation_part(
	struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

#endif
