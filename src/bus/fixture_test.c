#include "bus/fixture_test.h"
#include "base/breaker.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], url[128];
static pid_t server;

void rig_wait(int64_t ms)
{
	poll(NULL, 0, (int)ms);
}

static void end(void)
{
	rig_redis_stop();
	unlink(url + strlen("unix:"));
	rmdir(folder);
}

static struct redis *line(void)
{
	const char *why;
	return redis_open(&(struct redis_target){ .url = url, .connect_ms = 2000 }, &why);
}

void rig_redis_again(void)
{
	char *const argv[] = { "/bin/sh", "-c",
		"exec redis-server --port 0 --save '' --daemonize no --unixsocket \"$0\" --logfile /dev/null", url + 5,
		NULL };
	server = fork();
	CHECK(server >= 0);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails ends at once */
		execv(argv[0], argv);
		_exit(1);
	}
	struct redis *r = NULL;
	for (int i = 0; i < 500 && !(r = line()); i++)
		rig_wait(10);
	CHECK(r);
	redis_close(r);
}

const char *rig_redis(void)
{
	if (access("/usr/bin/redis-server", X_OK))
		test_skip("no redis-server is installed");
	snprintf(folder, sizeof folder, "/tmp/roster-redis-XXXXXX");
	CHECK(mkdtemp(folder));
	snprintf(url, sizeof url, "unix:%s/s", folder);
	rig_redis_again();
	CHECK(atexit(end) == 0);
	return url;
}

void rig_redis_signal(int signal)
{
	CHECK(kill(server, signal) == 0);
}

void rig_redis_stop(void)
{
	if (server <= 0)
		return;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
}

struct hub *rig_hub(int64_t timeout_ms)
{
	return hub_new(&(struct hub_conf){ .url = url,
		.ca_file = "",
		.timeout_ms = timeout_ms,
		.breaker = breaker_new(&(struct breaker_conf){ "redis", 3, .open_ms = 200, .longest_ms = 200 }),
		.queue_max = 1000 });
}

void rig_hub_is(struct hub *h, bool up)
{
	RIG_UNTIL(hub_ready(h) == up);
}

static const char *text_of(struct arena *a, const struct reply *r)
{
	const char *all = "";
	switch (r->kind) {
	case REPLY_NIL:
		return "(nil)";
	case REPLY_TEXT:
	case REPLY_ERROR:
		return r->s;
	case REPLY_INT:
		return arena_printf(a, "%lld", (long long)r->i);
	case REPLY_LIST:
		break;
	}
	for (size_t i = 0; i < r->n; i++)
		all = arena_printf(a, "%s%s%s", all, i ? " " : "", text_of(a, r->items[i]));
	return all;
}

const char *rig_ask(const char *command)
{
	static struct arena *a;
	struct redis_part parts[16];
	struct reply *r;
	size_t n = 0;
	const char *why;
	a = a ? a : arena_new(0);
	struct redis *l = line();
	CHECK(l);
	for (const char *s = command; *s && n < 16; s += strspn(s, " ")) {
		parts[n] = (struct redis_part){ s, strcspn(s, " ") };
		s += parts[n++].n;
	}
	redis_add(l, parts, n);
	CHECK(redis_finish(l, a, &r, 1, 2000, &why));
	redis_close(l);
	return text_of(a, r);
}
