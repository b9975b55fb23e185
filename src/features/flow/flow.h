/* One-time tokens and codes: the proof that somebody reads the mail of an address. A letter carries a token of 256 bits (in
 * a link) and a code of six digits (to be typed); either is given back once. What a flow is for its feature knows; here it
 * has a door (where it may be given back) and a purpose (what happens then), which are texts.
 *
 * A flow that a stranger asks for is made in two steps, so that the answer tells nothing of the address: flow_ask() notes the
 * wish by the same statements whoever has the address; a job looks up later whose it is, and arms the flow or leaves it
 * without secrets. Its code can be tried like any other, and is never right. */
#ifndef FEATURES_FLOW_H
#define FEATURES_FLOW_H

#include "base/page.h"

struct flow_conf {
	int64_t code_lifetime, pause, hourly, hourly_from;
};
extern const struct conf_group flow_conf_group;

/* A code is dead, and its token with it, after so many tries; an address has so many a day, over all its flows. */
enum { FLOW_TRIES = 5, FLOW_TRIES_A_DAY = 15 };

struct flow_new {
	const char *door, *purpose;
	const char *email, *email_key; /* where the letter goes, as email_normal() gives both */
	const char *subject_id; /* what it is for: a user, an invitation; NULL: not known yet */
	int64_t lifetime; /* of the token */
};
struct flow {
	const char *id, *door, *purpose, *email, *email_key, *subject_id;
	const char *address, *ip, *correlation_id; /* of who asked for it; address is "" when no limit counts it */
	const char *token_hash, *code_mac;
	int64_t tries, created_at, sent_at, code_expires_at, expires_at;
};
/* In the letter alone. */
struct flow_secrets {
	const char *token, *code;
};
/* What somebody gives back: a token, or the id of a flow and its code. */
struct flow_proof {
	const char *token, *flow_id, *code;
};
/* What a request that leads to a letter answers. */
struct flow_started {
	const char *flow_id;
	int64_t code_expires_at;
};
/* The letter that carries the secrets. */
struct flow_letter {
	const char *template_name, *page; /* "verify_email", "/verify-email" */
	const char *user_id,
		*name; /* of the account, NULL: none yet; how to address the person, NULL: by the account */
	const char *inviter, *role; /* of an invitation */
	bool link_only;
};
extern const struct type flow_type, flow_started_type;

/* How people reach this server, without a slash at the end; the text must outlive the program's use of it. Links are made
 * from it alone: what a request says of its host is whatever its sender likes. */
void flow_init(const char *public_url);
/* "https://users.example.org/verify-email#token=...": behind the #, so that no log and no Referer has it. */
const char *flow_link(struct cx *cx, const char *page, const char *token);

/* NULL when it is a code as the letter has it (blanks in between are let pass), else what is wrong: for type tables. */
const char *flow_code_check(const char *code);

/* ERR_RATE_LIMITED when letters to this address, for this subject (unless NULL) or from the caller's address block are
 * asked for too often; cx->fail.retry_after then says how long to wait. */
err_t flow_check_limits(struct cx *cx, const struct flow_new *in) CHECKED;
/* Notes the wish for a letter, within the limits. */
err_t flow_ask(struct cx *cx, const struct flow_new *in, struct flow *out) CHECKED;
/* Takes some wishes of a purpose that no letter followed yet: a list of struct flow. Each is given out once. */
err_t flow_take_waiting(struct cx *cx, const char *purpose, struct list *out) CHECKED;
/* Makes the secrets of a flow for its subject; they go into a letter and nowhere else. Its times stay as they were asked
 * for: by when it ends nobody tells it from one that is nobody's. */
err_t flow_arm(struct cx *cx, struct flow *f, const char *subject_id, struct flow_secrets *out) CHECKED;
/* A flow with its secrets at once, for a letter that its recipient's own act, or an administrator, brings about; no limit
 * counts it. */
err_t flow_open(struct cx *cx, const struct flow_new *in, struct flow *out, struct flow_secrets *secrets) CHECKED;
/* Puts the letter into the queue, to the flow's address. What cannot be delivered to is passed over: nobody waits for it. */
err_t flow_send(struct cx *cx, const struct flow *f, const struct flow_secrets *secrets,
	const struct flow_letter *letter) CHECKED;
/* Inside a job: what follows is done for the request that asked for the flow, and is told so in events. */
void flow_act_for(struct cx *cx, const struct flow *f);
void flow_tell(const struct flow *f, struct flow_started *out);

/* Whether a proof may still be good, without using it up; of a code only that its flow is open. ERR_LINK_INVALID. */
err_t flow_look(struct cx *cx, const struct flow_proof *proof, const char *door, struct flow *out) CHECKED;
/* Uses a proof up. Of many who give it at once one succeeds. ERR_LINK_INVALID whatever is wrong with it; a wrong code is
 * counted (REFUSE). */
err_t flow_take(struct cx *cx, const struct flow_proof *proof, const char *door, struct flow *out) CHECKED;
/* The id of the newest flow of an address that is open at this door; NULL when there is none. */
err_t flow_newest(struct cx *cx, const char *email_key, const char *door, const char **id) CHECKED;
/* Every open flow of the subject is worthless from now on. */
err_t flow_cancel(struct cx *cx, const char *subject_id) CHECKED;

/* For an erasure: the flows for a person and for his address. */
err_t flow_erase(struct cx *cx, const char *user_id) CHECKED;

/* Job: what ended long ago is forgotten. */
err_t flow_clean(struct cx *cx) CHECKED;

#endif
