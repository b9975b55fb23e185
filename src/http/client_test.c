/* Posting to servers of every kind: real ones, on this host. */
#include "http/client.h"
#include "base/test.h"
#include "base/time.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A server that reads one request and says what it is told to. */
struct other {
	int listener, port;
	const char *says; /* NULL: nothing, for as long as the client waits */
	int times; /* that it says so; the head once, the rest again and again */
	const char *again;
	pthread_t thread;
	char heard[4096];
};

static void send_text(int fd, const char *s)
{
	(void)!send(fd, s, strlen(s), MSG_NOSIGNAL);
}

static void *serve(void *arg)
{
	struct other *o = arg;
	int fd = accept(o->listener, NULL, NULL);
	if (fd < 0)
		return NULL;
	ssize_t n = recv(fd, o->heard, sizeof o->heard - 1, 0);
	o->heard[n > 0 ? n : 0] = 0;
	if (o->says)
		send_text(fd, o->says);
	for (int i = 0; i < o->times; i++)
		send_text(fd, o->again);
	char rest;
	while (!o->says && recv(fd, &rest, 1, 0) > 0)
		;
	close(fd);
	return NULL;
}

static void begin(struct other *o)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	o->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(o->listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(o->listener, 5) == 0);
	CHECK(getsockname(o->listener, (struct sockaddr *)&at, &n) == 0);
	o->port = ntohs(at.sin_port);
	CHECK(pthread_create(&o->thread, NULL, serve, o) == 0);
}

static void end(struct other *o)
{
	shutdown(o->listener, SHUT_RDWR);
	pthread_join(o->thread, NULL);
	close(o->listener);
}

struct asked {
	struct http_post post; /* first */
	bool done;
	struct http_outcome outcome;
	char reason[300];
};

static void note(struct http_post *post, const struct http_outcome *o)
{
	struct asked *a = (struct asked *)(void *)post;
	a->done = true;
	a->outcome = *o;
	snprintf(a->reason, sizeof a->reason, "%s", o->reason);
}

static struct http_client_conf conf = { .rules = { .http = true, .any_address = true },
	.ca_file = "",
	.agent = "test",
	.connect_ms = 500,
	.total_ms = 700,
	.at_once = 2 };

static struct asked ask(const char *url)
{
	static const char *const headers[] = { "content-type: application/json", "x-test: yes", NULL };
	const char *why;
	struct http_client *c = http_client_new(&conf, &why);
	struct asked a = { .post = { .url = url, .headers = headers, .body = "{\"a\":1}", .n = 7, .done = note } };
	CHECK(c);
	http_client_post(c, &a.post);
	for (int i = 0; !a.done && i < 100; i++)
		http_client_work(c, 50);
	CHECK(a.done);
	http_client_free(c);
	return a;
}

static struct asked ask_other(struct other *o)
{
	char url[64];
	begin(o);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/hook?x=1", o->port);
	struct asked a = ask(url);
	end(o);
	return a;
}

TEST(client, posts_and_tells_the_status)
{
	struct other o = { .says = "HTTP/1.1 204 No Content\r\n\r\n" };
	struct asked a = ask_other(&o);
	CHECK_INT(a.outcome.status, 204);
	CHECK_TEXT(a.reason, "");
	CHECK(strstr(o.heard, "POST /hook?x=1 HTTP/1.1\r\n"));
	CHECK(strstr(o.heard, "x-test: yes\r\n") && strstr(o.heard, "User-Agent: test\r\n"));
	CHECK(!strstr(o.heard, "Expect:") && strstr(o.heard, "\r\n\r\n{\"a\":1}"));
}

TEST(client, an_answer_asks_to_be_left_alone)
{
	struct other o = { .says = "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n" };
	struct asked a = ask_other(&o);
	CHECK_INT(a.outcome.status, 429);
	CHECK_INT(a.outcome.retry_after, 7000);
	CHECK_TEXT(a.reason, "answered 429");
	CHECK_INT(http_retry_after("", 0, 10000), 0);
	CHECK_INT(http_retry_after("-5", 0, 10000), 0);
	CHECK_INT(http_retry_after("99999999999999", 0, 10000), 10000);
	CHECK_INT(http_retry_after("999999999999999999999999", 0, 10000), 0);
	CHECK_INT(http_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111770000, 10000), 7000);
	CHECK_INT(http_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111778000, 10000), 0);
	CHECK_INT(http_retry_after("soon", 0, 10000), 0);
}

TEST(client, advisory_ssrf_nothing_is_followed_elsewhere)
{
	struct other o = {
		.says = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
	};
	struct asked a = ask_other(&o);
	CHECK_INT(a.outcome.status, 302);
	CHECK_TEXT(a.reason, "answered 302; redirects are not followed");
}

TEST(client, an_answer_without_end_is_not_read)
{
	static const char more[] = "0123456789012345678901234567890123456789012345678901234567890123";
	struct other body = { .says = "HTTP/1.1 200 OK\r\n\r\n", .again = more, .times = 100000 };
	CHECK_INT(ask_other(&body).outcome.status, 200);
	struct other head = {
		.says = "HTTP/1.1 200 OK\r\n", .again = "X-More: 0123456789012345678901234567890\r\n", .times = 100000
	};
	struct asked a = ask_other(&head);
	CHECK_INT(a.outcome.status, 0);
	CHECK_TEXT(a.reason, "the head of its answer is too long");
	struct other early = {
		.says = "HTTP/1.1 100 Continue\r\n\r\n", .again = "HTTP/1.1 103 Early\r\n\r\n", .times = 100000
	};
	CHECK_INT(ask_other(&early).outcome.status, 0);
}

TEST(client, who_says_nothing_or_nonsense_has_not_answered)
{
	struct other silent = { .says = NULL };
	struct asked a = ask_other(&silent);
	CHECK_INT(a.outcome.status, 0);
	CHECK(strstr(a.reason, "imed out"));
	struct other half = { .says = "HTTP/1.1 200 OK\r\nContent-" };
	CHECK_INT(ask_other(&half).outcome.status, 0);
	struct other old = { .says = "ok\n" }; /* HTTP/0.9 */
	CHECK_INT(ask_other(&old).outcome.status, 0);
	struct other cut = { .says = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf" };
	CHECK_INT(ask_other(&cut).outcome.status, 200); /* it has said that it took it */
}

/* What a name leads to is judged when the connection is made: whatever was written before, it comes to nothing. */
TEST(client, advisory_ssrf_an_address_is_judged_when_it_is_connected_to)
{
	struct other o = { .says = "HTTP/1.1 200 OK\r\n\r\n" };
	conf.rules.any_address = false;
	struct asked a = ask_other(&o);
	CHECK_INT(a.outcome.status, 0);
	CHECK_TEXT(a.reason, "its name leads to 127.0.0.1, which is not public (loopback)");
	CHECK_TEXT(o.heard, "");
	begin(&o);
	char url[64];
	snprintf(url, sizeof url, "http://localhost:%d/", o.port);
	CHECK(strstr(ask(url).reason, "which is not public (loopback)"));
	end(&o);
	CHECK_TEXT(o.heard, "");
	conf.rules.any_address = true;
}

TEST(client, what_is_on_its_way_ends_with_the_client)
{
	struct other o = { .says = NULL };
	const char *why, *none[] = { NULL };
	char url[64];
	begin(&o);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", o.port);
	struct asked a = { .post = { .url = url, .headers = none, .body = "", .done = note } };
	struct http_client *c = http_client_new(&conf, &why);
	http_client_post(c, &a.post);
	http_client_work(c, 50);
	CHECK(!a.done);
	http_client_free(c);
	CHECK(a.done && a.outcome.stopped && a.outcome.status == 0);
	http_client_free(NULL);
	end(&o);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

struct asking {
	struct http_get get; /* first */
	struct asked asked;
};

static void note_get(struct http_post *post, const struct http_outcome *o)
{
	struct asking *a = (struct asking *)(void *)post;
	a->asked.done = true;
	a->asked.outcome = *o;
	snprintf(a->asked.reason, sizeof a->asked.reason, "%s", o->reason);
}

/* The caller frees what was kept. */
static struct asking get_other(struct other *o, size_t most)
{
	static const char *const headers[] = { "Authorization: Bearer abc", NULL };
	const char *why;
	char url[64];
	begin(o);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/list?limit=5", o->port);
	struct http_client *c = http_client_new(&conf, &why);
	struct asking a = { .get = { .ask = { .url = url, .headers = headers, .done = note_get }, .most = most } };
	http_client_get(c, &a.get);
	for (int i = 0; !a.asked.done && i < 100; i++)
		http_client_work(c, 50);
	CHECK(a.asked.done);
	http_client_free(c);
	end(o);
	return a;
}

TEST(client, asks_and_keeps_the_answer)
{
	struct other o = { .says = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world" };
	struct asking a = get_other(&o, 11);
	CHECK(a.get.whole);
	CHECK_INT(a.asked.outcome.status, 200);
	CHECK_TEXT(a.asked.reason, "");
	CHECK_TEXT(buf_cstr(&a.get.kept), "hello world");
	CHECK(strstr(o.heard, "GET /list?limit=5 HTTP/1.1\r\n") && strstr(o.heard, "Authorization: Bearer abc\r\n"));
	CHECK(!strstr(o.heard, "Content-"));
	buf_free(&a.get.kept);
}

TEST(client, an_answer_that_is_too_long_or_cut_is_none)
{
	struct other longer = { .says = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world" };
	struct asking a = get_other(&longer, 10);
	CHECK(!a.get.whole && a.asked.outcome.status == 0);
	CHECK_TEXT(a.asked.reason, "its answer is longer than 10 bytes");
	buf_free(&a.get.kept);
	struct other endless = { .says = "HTTP/1.1 200 OK\r\n\r\n", .again = "0123456789", .times = 100000 };
	a = get_other(&endless, 100000);
	CHECK(!a.get.whole && a.get.kept.n <= 100000);
	CHECK_TEXT(a.asked.reason, "its answer is longer than 100000 bytes");
	buf_free(&a.get.kept);
	struct other cut = { .says = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf" };
	a = get_other(&cut, 1000);
	CHECK(!a.get.whole && a.asked.outcome.status == 0);
	CHECK(strstr(a.asked.reason, "did not come whole"));
	buf_free(&a.get.kept);
}

TEST(client, advisory_ssrf_who_is_asked_sends_nobody_elsewhere)
{
	struct other o = {
		.says = "HTTP/1.1 307 Go\r\nLocation: http://169.254.169.254/\r\nContent-Length: 4\r\n\r\nbody"
	};
	struct asking a = get_other(&o, 1000);
	CHECK(!a.get.whole && !a.get.kept.n);
	CHECK_INT(a.asked.outcome.status, 307);
	CHECK_TEXT(a.asked.reason, "answered 307; redirects are not followed");
}
