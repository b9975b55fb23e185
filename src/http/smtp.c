#include "http/smtp.h"
#include "base/str.h"
#include "base/time.h"
#include "http/curl_late.h"
#include "http/smtp_talk.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKETS = 4 }; /* of one letter: a name with several addresses may take more than one */

/* A letter on its way. */
struct transfer {
	struct smtp *smtp;
	struct smtp_letter *letter; /* NULL: a free place */
	CURL *easy;
	struct curl_slist *to;
	size_t sent;
	int sockets[SOCKETS]; /* -1: none */
	struct smtp_talk talk;
	char error[CURL_ERROR_SIZE];
};

struct smtp {
	const struct curl_late *curl;
	CURLM *multi;
	struct arena *mem; /* of the settings */
	struct smtp_conf conf;
	struct transfer *places;
	size_t places_n, busy;
	_Atomic bool cut;
	pthread_mutex_t lock; /* of the sockets: another thread may cut them */
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
	pthread_mutex_init(&s->lock, NULL);
	s->places_n = (size_t)conf->at_once + 1; /* one for a probe */
	s->places = arena_array_of(mem, struct transfer, s->places_n);
	for (size_t i = 0; i < s->places_n; i++) {
		s->places[i].smtp = s;
		memset(s->places[i].sockets, 0xff, sizeof s->places[i].sockets);
	}
	const char **texts[] = { &s->conf.url, &s->conf.user, &s->conf.password, &s->conf.ca_file };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_strdup(mem, *texts[i]);
	/* OpenSSL writes to sockets that are gone. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	return s;
}

/* --- sockets ------------------------------------------------------------------------------------------------------ */

/* libcurl must not be told to forget a letter on its way: it would end the letter where it stands, as if it were whole, and
 * wait for the answer. It has to learn that the connection broke. So its sockets are known here. */
static void replace_socket(struct transfer *t, int what, int by)
{
	pthread_mutex_lock(&t->smtp->lock);
	for (size_t i = 0; i < SOCKETS; i++)
		if (t->sockets[i] == what) {
			t->sockets[i] = by;
			break;
		}
	pthread_mutex_unlock(&t->smtp->lock);
}

static void break_off(struct transfer *t)
{
	pthread_mutex_lock(&t->smtp->lock);
	for (size_t i = 0; i < SOCKETS; i++)
		if (t->sockets[i] >= 0)
			shutdown(t->sockets[i], SHUT_RDWR);
	pthread_mutex_unlock(&t->smtp->lock);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	(void)purpose;
	int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	if (fd >= 0)
		replace_socket(arg, -1, fd);
	return fd;
}

static int close_socket(void *arg, curl_socket_t fd)
{
	replace_socket(arg, fd, -1);
	return close(fd);
}

static int keep_on(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	const struct smtp *s = arg;
	(void)total, (void)now, (void)up_total, (void)up_now;
	return atomic_load_explicit(&s->cut, memory_order_relaxed);
}

void smtp_cut(struct smtp *s)
{
	atomic_store(&s->cut, true);
	for (size_t i = 0; i < s->places_n; i++)
		break_off(&s->places[i]);
	s->curl->multi_wakeup(s->multi);
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
		if (t->talk.over) /* good-bye was said; libcurl would wait two minutes for the answer, and all letters with it */
			break_off(t);
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
	curl_set_bounds(t->easy, &(struct curl_bounds){ c->ca_file, c->connect_ms, c->total_ms });
	set(t->easy, CURLOPT_USE_SSL, (long)(c->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	if (c->user && *c->user) {
		set(t->easy, CURLOPT_USERNAME, c->user);
		set(t->easy, CURLOPT_PASSWORD, c->password ? c->password : "");
	}
	set(t->easy, CURLOPT_FORBID_REUSE, 1L); /* a connection kept would be closed where nobody overhears it */
	set(t->easy, CURLOPT_ERRORBUFFER, t->error);
	set(t->easy, CURLOPT_VERBOSE, 1L);
	set(t->easy, CURLOPT_DEBUGFUNCTION, overhear);
	set(t->easy, CURLOPT_DEBUGDATA, t);
	set(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	set(t->easy, CURLOPT_OPENSOCKETDATA, t);
	set(t->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	set(t->easy, CURLOPT_CLOSESOCKETDATA, t);
	set(t->easy, CURLOPT_XFERINFOFUNCTION, keep_on);
	set(t->easy, CURLOPT_XFERINFODATA, t->smtp);
	set(t->easy, CURLOPT_NOPROGRESS, 0L);
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

static struct transfer *free_place(struct smtp *s)
{
	size_t i = 0;
	while (i < s->places_n && s->places[i].letter)
		i++;
	assert(i < s->places_n && "more letters at once than was said");
	return &s->places[i];
}

static void take_place(struct transfer *t, struct smtp_letter *letter)
{
	t->letter = letter;
	t->easy = t->smtp->curl->easy_init();
	if (!t->easy)
		abort();
	t->to = NULL;
	t->sent = 0;
	t->talk = (struct smtp_talk){ .text = letter->conversation };
	t->error[0] = 0;
}

void smtp_submit(struct smtp *s, struct smtp_letter *letter)
{
	struct transfer *t = free_place(s);
	take_place(t, letter);
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

static void end_transfer(struct transfer *t, enum smtp_verdict verdict, const char *reason)
{
	struct smtp *s = t->smtp;
	struct smtp_letter *letter = t->letter;
	char clean[300];
	smtp_talk_clean(clean, sizeof clean, reason, strlen(reason));
	struct smtp_outcome o = { verdict, t->talk.code != 0, verdict == SMTP_TAKEN ? "" : clean };
	s->curl->multi_remove_handle(s->multi, t->easy);
	s->curl->easy_cleanup(t->easy);
	s->curl->slist_free_all(t->to);
	t->letter = NULL;
	s->busy--;
	letter->done(letter, &o);
}

static void take_result(struct smtp *s, const CURLMsg *m)
{
	CURLcode code = m->data.result;
	size_t i = 0;
	while (i < s->places_n && (!s->places[i].letter || s->places[i].easy != m->easy_handle))
		i++;
	assert(i < s->places_n);
	struct transfer *t = &s->places[i];
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
	} while (!atomic_load(&s->cut));
}

size_t smtp_busy(const struct smtp *s)
{
	return s->busy;
}

void smtp_free(struct smtp *s)
{
	enum { TURNS = 100, TURN_MS = 20 };
	if (!s)
		return;
	smtp_cut(s);
	for (int i = 0; s->busy && i < TURNS; i++)
		smtp_work(s, TURN_MS);
	for (size_t i = 0; i < s->places_n; i++)
		if (s->places[i].letter)
			end_transfer(&s->places[i], SMTP_DOWN, "the program was stopped");
	s->curl->multi_cleanup(s->multi);
	pthread_mutex_destroy(&s->lock);
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
