/* Posting to servers that somebody named, and asking them: several at once by one thread (libcurl). Whatever stands at the other end is taken
 * for hostile: an address is judged when the connection is made, whatever its name said before; nothing is followed
 * elsewhere, no proxy of the environment is asked, no cookie or password is sent, and an answer is bounded in time and
 * size. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/buf.h"
#include "http/target.h"

struct http_client_conf {
	struct target_rules rules;
	const char *ca_file; /* empty: the system's */
	const char *agent; /* User-Agent */
	int64_t connect_ms, total_ms; /* for the connection to be ready; for one request */
	int at_once;
};

struct http_outcome {
	int status; /* of the answer; 0: none came */
	int64_t retry_after; /* ms that it asks to be left alone; 0: it says nothing */
	bool stopped; /* we ended it ourselves */
	const char *reason; /* printable: what went wrong; borrowed; "" when it answered 2xx */
};

/* One request on its way; the caller's, who keeps it until done() was called. */
struct http_post {
	const char *url; /* that target_parse() took */
	const char *const *headers; /* "name: value", ends with NULL */
	const char *body;
	size_t n;
	void (*done)(struct http_post *post, const struct http_outcome *outcome);
};

/* Asking for something: a GET, whose answer of 2xx is kept when all of it came and it is not too long. */
struct http_get {
	struct http_post ask; /* first: address, headers, done(); it has no body */
	size_t most; /* bytes of the answer */
	struct buf kept; /* on the heap, of the caller, who frees it; what came so far when `whole` is false */
	bool whole;
};

struct http_client;
/* NULL and *why when libcurl is not there. The texts and networks of conf must outlive it. For one thread. */
struct http_client *http_client_new(const struct http_client_conf *conf, const char **why);
void http_client_post(struct http_client *c, struct http_post *post);
/* done() is told 0 as status of a success that is not whole, and why. */
void http_client_get(struct http_client *c, struct http_get *get);
/* Works until something was done, at most so long; done() is called in here. */
void http_client_work(struct http_client *c, int64_t ms);
/* Ends what is on its way: done() is called with `stopped`. NULL is allowed. */
void http_client_free(struct http_client *c);

/* How long "120" or a date asks to wait from `now` on (RFC 9110 section 10.2.3), in ms, at most `most`; 0 when it is neither
 * or over. */
int64_t http_retry_after(const char *text, int64_t now, int64_t most);

#endif
