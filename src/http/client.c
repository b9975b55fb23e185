#include "http/client.h"
#include "base/str.h"
#include "base/time.h"
#include "http/curl_late.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	HEAD_MAX = 32 << 10,
	BODY_MAX = 16 << 10, /* read, so that the connection can serve again */
	BODY_MS = 1000, /* no longer: who answered is not waited for */
	DNS_SECONDS = 5, /* that a name's addresses are kept */
	LONGEST_RETRY_AFTER = 86400000,
	REASON_ROOM = 300,
};

/* A request on its way. */
struct transfer {
	struct http_client *client;
	struct http_post *post;
	struct http_get *get; /* whose answer is kept; NULL of a post */
	CURL *easy; /* NULL: a free place */
	struct curl_slist *headers;
	size_t head, body; /* bytes of the answer so far */
	int status; /* of an answer whose head is whole; 0: none yet */
	int64_t answered_at, retry_after;
	const char *refused; /* what an address is that was not connected to */
	char refused_ip[IP_TEXT];
	char error[CURL_ERROR_SIZE];
};

struct http_client {
	const struct curl_late *curl;
	CURLM *multi;
	struct http_client_conf conf;
	struct transfer *places;
	size_t places_n;
};

struct http_client *http_client_new(const struct http_client_conf *conf, const char **why)
{
	const struct curl_late *curl = curl_late(why);
	if (!curl)
		return NULL;
	struct http_client *c = calloc(1, sizeof *c);
	sigset_t pipe;
	if (!c)
		abort();
	c->curl = curl;
	c->conf = *conf;
	c->multi = curl->multi_init();
	c->places_n = (size_t)conf->at_once;
	c->places = calloc(c->places_n, sizeof *c->places);
	if (!c->multi || !c->places)
		abort();
	curl->multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)conf->at_once);
	/* OpenSSL writes to sockets that are gone. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	return c;
}

/* --- what libcurl asks and tells ---------------------------------------------------------------------------------- */

/* Here, and nowhere before, it is known where a name leads. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = arg;
	struct ip ip = { 0 };
	(void)purpose;
	bool known = ip_from_sockaddr(&to->addr, &ip);
	const char *what = known ? target_ip_refused(&ip, &t->client->conf.rules) : "no internet address";
	if (!what)
		return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	t->refused = what;
	ip_format(&ip, t->refused_ip);
	return CURL_SOCKET_BAD;
}

int64_t http_retry_after(const char *text, int64_t now, int64_t most)
{
	int64_t seconds, at;
	if (str_int(text, &seconds))
		return seconds <= 0 ? 0 : seconds > most / 1000 ? most : seconds * 1000;
	if (!time_parse_http(text, &at) || at <= now)
		return 0;
	return at - now < most ? at - now : most;
}

static void note_retry_after(struct transfer *t, const char *line, size_t n)
{
	static const char name[] = "retry-after:";
	char value[64] = "";
	size_t skip = strlen(name);
	if (n <= skip || n - skip >= sizeof value || memchr(line, 0, n))
		return;
	char *copy = memcpy(value, line + skip, n - skip);
	copy[n - skip] = 0;
	copy += strspn(copy, " \t");
	copy[strcspn(copy, "\r\n")] = 0;
	t->retry_after = http_retry_after(copy, time_now(), LONGEST_RETRY_AFTER);
}

static void head_is_whole(struct transfer *t)
{
	long status = 0;
	t->client->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200) /* RFC 9110 section 15.2: others follow */
		return;
	t->status = (int)status;
	t->answered_at = time_monotonic();
}

/* A line of the head; giving another number than it was long ends the request. */
static size_t take_head(char *p, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t n = size * count;
	t->head += n;
	if (t->head > HEAD_MAX)
		return 0;
	if (n >= strlen("retry-after:") && strncasecmp(p, "retry-after:", strlen("retry-after:")) == 0)
		note_retry_after(t, p, n);
	if (n && n <= 2 && (*p == '\r' || *p == '\n') && !t->status)
		head_is_whole(t);
	return n;
}

static bool is_kept(const struct transfer *t)
{
	return t->get && t->status >= 200 && t->status < 300;
}

static size_t take_body(char *p, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t n = size * count;
	t->body += n;
	if (t->body > (is_kept(t) ? t->get->most : BODY_MAX))
		return 0;
	if (is_kept(t))
		buf_add(&t->get->kept, p, n);
	return n;
}

/* What is kept may take as long as the whole request. */
static int keep_on(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	const struct transfer *t = arg;
	(void)total, (void)now, (void)up_total, (void)up_now;
	return t->status && !is_kept(t) && time_monotonic() > t->answered_at + BODY_MS;
}

/* --- one request -------------------------------------------------------------------------------------------------- */

static void set_safety(struct transfer *t)
{
	const struct http_client_conf *c = &t->client->conf;
	CURLcode (*set)(CURL *, CURLoption, ...) = t->client->curl->easy_setopt;
	set(t->easy, CURLOPT_PROTOCOLS_STR, c->rules.http ? "http,https" : "https");
	set(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
	set(t->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	set(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	set(t->easy, CURLOPT_OPENSOCKETDATA, t);
	set(t->easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_SECONDS);
	curl_set_bounds(t->easy, &(struct curl_bounds){ c->ca_file, c->connect_ms, c->total_ms });
}

static void set_callbacks(struct transfer *t)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = t->client->curl->easy_setopt;
	set(t->easy, CURLOPT_ERRORBUFFER, t->error);
	set(t->easy, CURLOPT_HEADERFUNCTION, take_head);
	set(t->easy, CURLOPT_HEADERDATA, t);
	set(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	set(t->easy, CURLOPT_WRITEDATA, t);
	set(t->easy, CURLOPT_XFERINFOFUNCTION, keep_on);
	set(t->easy, CURLOPT_XFERINFODATA, t);
	set(t->easy, CURLOPT_NOPROGRESS, 0L);
}

static void set_request(struct transfer *t)
{
	const struct curl_late *curl = t->client->curl;
	CURLcode (*set)(CURL *, CURLoption, ...) = curl->easy_setopt;
	t->headers = curl->slist_append(NULL, "Expect:"); /* no "100-continue": one round less */
	for (const char *const *h = t->post->headers; *h; h++) {
		assert(!(*h)[strcspn(*h, "\r\n")]); /* a line end would begin another header */
		t->headers = curl->slist_append(t->headers, *h);
	}
	set(t->easy, CURLOPT_URL, t->post->url);
	set(t->easy, CURLOPT_PATH_AS_IS, 1L);
	set(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	set(t->easy, CURLOPT_USERAGENT, t->client->conf.agent);
	set(t->easy, CURLOPT_HTTPHEADER, t->headers);
	if (t->get) {
		set(t->easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	set(t->easy, CURLOPT_POST, 1L);
	set(t->easy, CURLOPT_POSTFIELDS, t->post->body);
	set(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->post->n);
}

/* Whose place it is; a free one of NULL. */
static struct transfer *place_of(struct http_client *c, const CURL *easy)
{
	size_t i = 0;
	while (i < c->places_n && c->places[i].easy != easy)
		i++;
	assert(i < c->places_n && "more requests at once than was said");
	return &c->places[i];
}

static void begin(struct http_client *c, struct http_post *post, struct http_get *get)
{
	struct transfer *t = place_of(c, NULL);
	*t = (struct transfer){ .client = c, .post = post, .get = get, .easy = c->curl->easy_init() };
	if (!t->easy)
		abort();
	set_safety(t);
	set_callbacks(t);
	set_request(t);
	c->curl->multi_add_handle(c->multi, t->easy);
}

void http_client_post(struct http_client *c, struct http_post *post)
{
	begin(c, post, NULL);
}

void http_client_get(struct http_client *c, struct http_get *get)
{
	get->whole = false;
	begin(c, &get->ask, get);
}

/* --- what came of it ---------------------------------------------------------------------------------------------- */

/* libcurl names what the other end sent, a certificate's names for one. */
static void clean(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s >= 0x7f)
			*s = '?';
}

static void say_why(const struct transfer *t, CURLcode code, char out[static REASON_ROOM])
{
	const char *said = *t->error ? t->error : t->client->curl->easy_strerror(code);
	if (is_kept(t) && t->body > t->get->most)
		snprintf(out, REASON_ROOM, "its answer is longer than %zu bytes", t->get->most);
	else if (is_kept(t) && code)
		snprintf(out, REASON_ROOM, "its answer did not come whole: %s", said);
	else if (t->status >= 200 && t->status < 300)
		*out = 0;
	else if (t->status >= 300 && t->status < 400)
		snprintf(out, REASON_ROOM, "answered %d; redirects are not followed", t->status);
	else if (t->status)
		snprintf(out, REASON_ROOM, "answered %d", t->status);
	else if (t->refused)
		snprintf(out, REASON_ROOM, "its name leads to %s, which is not public (%s)", t->refused_ip, t->refused);
	else if (t->head > HEAD_MAX)
		snprintf(out, REASON_ROOM, "the head of its answer is too long");
	else
		snprintf(out, REASON_ROOM, "%s", said);
	clean(out);
}

static void end_transfer(struct transfer *t, CURLcode code, bool stopped)
{
	struct http_client *c = t->client;
	struct http_post *post = t->post;
	char why[REASON_ROOM] = "the program was stopped";
	if (!stopped || t->status)
		say_why(t, code, why);
	bool cut = is_kept(t) && code;
	struct http_outcome o = { .status = cut ? 0 : t->status,
		.retry_after = t->retry_after,
		.stopped = stopped && !t->status,
		.reason = why };
	if (t->get)
		t->get->whole = is_kept(t) && !cut;
	c->curl->multi_remove_handle(c->multi, t->easy);
	c->curl->easy_cleanup(t->easy);
	c->curl->slist_free_all(t->headers);
	t->easy = NULL;
	post->done(post, &o);
}

static bool take_results(struct http_client *c)
{
	bool any = false;
	int left;
	for (CURLMsg *m; (m = c->curl->multi_info_read(c->multi, &left));) {
		end_transfer(place_of(c, m->easy_handle), m->data.result, false);
		any = true;
	}
	return any;
}

void http_client_work(struct http_client *c, int64_t ms)
{
	int64_t end = time_monotonic() + ms, left = ms;
	int running;
	for (;;) {
		c->curl->multi_perform(c->multi, &running);
		if (take_results(c) || left <= 0)
			return;
		if (c->curl->multi_poll(c->multi, NULL, 0, (int)left, NULL) != CURLM_OK)
			return;
		left = end - time_monotonic();
	}
}

void http_client_free(struct http_client *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->places_n; i++)
		if (c->places[i].easy)
			end_transfer(&c->places[i], CURLE_ABORTED_BY_CALLBACK, true);
	c->curl->multi_cleanup(c->multi);
	free(c->places);
	free(c);
}
