#include "http/smtp.h"
#include "base/str.h"
#include "base/time.h"
#include "http/curl_late.h"
#include "http/smtp_talk.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { AGE_SECONDS = 30 }; /* of a connection that is used again */

struct smtp {
	const struct curl_late *curl;
	CURLM *multi;
	struct arena *mem; /* of the settings */
	struct smtp_conf conf;
	struct transfer *first;
	size_t busy;
	_Atomic bool woken;
};

/* A letter on its way. */
struct transfer {
	struct smtp *smtp;
	struct smtp_letter *letter;
	struct transfer *next;
	CURL *easy;
	struct curl_slist *to;
	size_t sent;
	struct smtp_talk talk;
	char error[CURL_ERROR_SIZE];
};

struct smtp *smtp_new(const struct smtp_conf *conf, const char **why)
{
	const struct curl_late *curl = curl_late(why);
	if (!curl)
		return NULL;
	struct arena *mem = arena_new(0);
	struct smtp *s = calloc(1, sizeof *s);
	sigset_t pipe;
	if (!s)
		abort();
	s->curl = curl;
	s->multi = curl->multi_init();
	s->mem = mem;
	s->conf = *conf;
	if (!s->multi)
		abort();
	const char **texts[] = { &s->conf.url, &s->conf.user, &s->conf.password, &s->conf.ca_file };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_strdup(mem, *texts[i]);
	curl->multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)conf->at_once);
	/* OpenSSL writes to sockets that are gone. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	return s;
}

/* --- one letter --------------------------------------------------------------------------------------------------- */

static size_t give_bytes(char *out, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t room = size * count, left = t->letter->n - t->sent, n = left < room ? left : room;
	if (n)
		memcpy(out, t->letter->bytes + t->sent, n);
	t->sent += n;
	return n;
}

static size_t take_nothing(char *p, size_t size, size_t count, void *arg)
{
	(void)p;
	(void)arg;
	return size * count;
}

static int overhear(CURL *easy, curl_infotype kind, char *p, size_t n, void *arg)
{
	struct transfer *t = arg;
	(void)easy;
	switch (kind) {
	case CURLINFO_HEADER_IN:
		smtp_talk_got(&t->talk, p, n);
		break;
	case CURLINFO_HEADER_OUT:
		smtp_talk_sent(&t->talk, p, n);
		break;
	case CURLINFO_DATA_OUT:
		smtp_talk_body(&t->talk, n);
		break;
	case CURLINFO_TEXT:
		smtp_talk_note(&t->talk, p, n);
		break;
	case CURLINFO_DATA_IN:
	case CURLINFO_SSL_DATA_IN:
	case CURLINFO_SSL_DATA_OUT:
	case CURLINFO_END:
		break;
	}
	return 0;
}

static void set_connection(struct transfer *t)
{
	const struct smtp_conf *c = &t->smtp->conf;
	CURLcode (*set)(CURL *, CURLoption, ...) = t->smtp->curl->easy_setopt;
	set(t->easy, CURLOPT_URL, c->url);
	set(t->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	set(t->easy, CURLOPT_PROXY, ""); /* whatever the environment says */
	set(t->easy, CURLOPT_USE_SSL, (long)(c->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	set(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set(t->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	set(t->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (c->ca_file && *c->ca_file) {
		set(t->easy, CURLOPT_CAINFO, c->ca_file);
		set(t->easy, CURLOPT_CAPATH, NULL);
	}
	if (c->user && *c->user) {
		set(t->easy, CURLOPT_USERNAME, c->user);
		set(t->easy, CURLOPT_PASSWORD, c->password ? c->password : "");
	}
	set(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
	set(t->easy, CURLOPT_TIMEOUT_MS, (long)c->total_ms);
	set(t->easy, CURLOPT_MAXAGE_CONN, (long)AGE_SECONDS);
	set(t->easy, CURLOPT_NOSIGNAL, 1L);
	set(t->easy, CURLOPT_QUICK_EXIT, 1L); /* a name server that does not answer holds nobody up */
	set(t->easy, CURLOPT_ERRORBUFFER, t->error);
	set(t->easy, CURLOPT_VERBOSE, 1L);
	set(t->easy, CURLOPT_DEBUGFUNCTION, overhear);
	set(t->easy, CURLOPT_DEBUGDATA, t);
	set(t->easy, CURLOPT_PRIVATE, t);
}

static void set_letter(struct transfer *t)
{
	const struct curl_late *curl = t->smtp->curl;
	CURLcode (*set)(CURL *, CURLoption, ...) = curl->easy_setopt;
	set(t->easy, CURLOPT_WRITEFUNCTION, take_nothing);
	if (t->letter->probe) {
		set(t->easy, CURLOPT_CUSTOMREQUEST, "NOOP");
		set(t->easy, CURLOPT_NOBODY, 1L);
		return;
	}
	/* An address with a line end would be a command. */
	assert(!t->letter->from[strcspn(t->letter->from, "\r\n<> ")] &&
		!t->letter->to[strcspn(t->letter->to, "\r\n<> ")]);
	t->to = curl->slist_append(NULL, t->letter->to);
	set(t->easy, CURLOPT_MAIL_FROM, t->letter->from);
	set(t->easy, CURLOPT_MAIL_RCPT, t->to);
	set(t->easy, CURLOPT_UPLOAD, 1L);
	set(t->easy, CURLOPT_READFUNCTION, give_bytes);
	set(t->easy, CURLOPT_READDATA, t);
	set(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->letter->n);
}

void smtp_submit(struct smtp *s, struct smtp_letter *letter)
{
	struct transfer *t = calloc(1, sizeof *t);
	if (!t)
		abort();
	*t = (struct transfer){ .smtp = s, .letter = letter, .easy = s->curl->easy_init(), .next = s->first };
	if (!t->easy)
		abort();
	t->talk.text = letter->conversation;
	s->first = t;
	s->busy++;
	set_connection(t);
	set_letter(t);
	s->curl->multi_add_handle(s->multi, t->easy);
}

/* --- what came of it ---------------------------------------------------------------------------------------------- */

static enum smtp_verdict judge(const struct smtp_talk *t, CURLcode code)
{
	enum { CLOSING = 421, NEVER = 500 };
	if (code == CURLE_OK)
		return SMTP_TAKEN;
	if (t->stage == SMTP_HELLO || t->code == CLOSING)
		return SMTP_DOWN;
	/* What is said of the sender's address is said of our settings. */
	if (t->stage == SMTP_FROM)
		return t->code ? SMTP_LATER : SMTP_DOWN;
	return t->code >= NEVER ? SMTP_REFUSED : SMTP_LATER;
}

static void unlink_transfer(struct smtp *s, struct transfer *t)
{
	struct transfer **at = &s->first;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	s->busy--;
}

static void end_transfer(struct transfer *t, enum smtp_verdict verdict, const char *reason)
{
	struct smtp *s = t->smtp;
	char clean[300];
	smtp_talk_clean(clean, sizeof clean, reason, strlen(reason));
	struct smtp_outcome o = { verdict, t->talk.code != 0, verdict == SMTP_TAKEN ? "" : clean };
	s->curl->multi_remove_handle(s->multi, t->easy);
	s->curl->easy_cleanup(t->easy);
	s->curl->slist_free_all(t->to);
	unlink_transfer(s, t);
	t->letter->done(t->letter, &o);
	free(t);
}

static void take_result(struct smtp *s, const CURLMsg *m)
{
	struct transfer *t = s->first;
	CURLcode code = m->data.result;
	while (t->easy != m->easy_handle)
		t = t->next;
	const char *said = *t->error ? t->error : s->curl->easy_strerror(code);
	/* An answer of the server tells more than what libcurl makes of it. */
	bool answer = t->talk.code >= 400;
	end_transfer(t, judge(&t->talk, code), answer ? t->talk.reply : said);
}

static bool take_results(struct smtp *s)
{
	bool any = false;
	int left;
	for (CURLMsg *m; (m = s->curl->multi_info_read(s->multi, &left)); any = true)
		if (m->msg == CURLMSG_DONE)
			take_result(s, m);
	return any;
}

void smtp_work(struct smtp *s, int64_t ms)
{
	int64_t end = time_monotonic() + ms;
	int running;
	do {
		int64_t left = end - time_monotonic();
		s->curl->multi_perform(s->multi, &running);
		if (take_results(s) || left <= 0)
			return;
		if (s->curl->multi_poll(s->multi, NULL, 0, (int)left, NULL) != CURLM_OK)
			return;
	} while (!atomic_exchange(&s->woken, false));
}

size_t smtp_busy(const struct smtp *s)
{
	return s->busy;
}

void smtp_wake(struct smtp *s)
{
	atomic_store(&s->woken, true);
	s->curl->multi_wakeup(s->multi);
}

void smtp_free(struct smtp *s)
{
	if (!s)
		return;
	while (s->first)
		end_transfer(s->first, SMTP_DOWN, "the program was stopped");
	s->curl->multi_cleanup(s->multi);
	arena_free(s->mem);
	free(s);
}

void smtp_send(const struct smtp_conf *conf, struct smtp_letter *letter)
{
	const char *why;
	struct smtp *s = smtp_new(conf, &why);
	if (!s) {
		letter->done(letter, &(struct smtp_outcome){ SMTP_DOWN, false, why });
		return;
	}
	smtp_submit(s, letter);
	while (smtp_busy(s))
		smtp_work(s, conf->total_ms);
	smtp_free(s);
}
