/* bench/load MODE --port P ...: makes requests and prints what became of them as a line of JSON. Exit status 1 when an
 * answer was wrong. */
#include "load.h"

#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST_THREADS = 2, MOST_CONNECTIONS = 19000 };

static const struct option options[] = { { "port", 1, NULL, 'p' }, { "connections", 1, NULL, 'c' },
	{ "threads", 1, NULL, 't' }, { "seconds", 1, NULL, 's' }, { "count", 1, NULL, 'n' }, { "rate", 1, NULL, 'r' },
	{ "users", 1, NULL, 'u' }, { "save", 1, NULL, 'S' }, { "tokens", 1, NULL, 'T' },
	{ "save-tokens", 1, NULL, 'A' }, { "paths", 1, NULL, 'P' }, { "token", 1, NULL, 'k' }, { "skip", 1, NULL, 'x' },
	{ "seed", 1, NULL, 'e' }, { "make", 1, NULL, 'm' }, { "no-check", 0, NULL, 'N' },
	{ "no-password", 0, NULL, 'W' }, { 0 } };

_Noreturn static void usage(void)
{
	fputs("usage: load MODE --port P [option]...\n"
	      "  --connections N (64)  --threads N (2)  --seconds S (10)  --count N  --rate R (0: closed loop)\n"
	      "  --users FILE          who logs in; --save FILE keeps their tokens as they are at the end\n"
	      "  --make N --seed E     users from the generator instead of a file; --skip K begins at number K\n"
	      "  --tokens FILE         for `first`, --skip K of them used before; --save-tokens FILE writes access tokens\n"
	      "  --paths FILE          for `get`, `graphql`; --token T for all requests; --no-check: do not look for what was written\n"
	      "  --no-password         for `create`\n\n",
		stderr);
	for (const struct mode *m = modes; m->name; m++)
		fprintf(stderr, "  %-8s %s\n", m->name, m->doc);
	exit(2);
}

_Noreturn static void stop(const char *what, const char *name)
{
	fprintf(stderr, "load: %s %s\n", what, name);
	exit(2);
}

struct input {
	const char *users, *tokens, *paths;
	uint64_t make, seed;
};

static uint64_t number(const char *s)
{
	char *end;
	uint64_t v = strtoull(s, &end, 10);
	if (*end || !*s)
		stop("not a number:", s);
	return v;
}

static void read_option(struct load *l, struct input *in, int c)
{
	switch (c) {
	case 'p':
		l->port = (uint16_t)number(optarg);
		break;
	case 'c':
		l->connections = (unsigned)number(optarg);
		break;
	case 't':
		l->threads = (unsigned)number(optarg);
		break;
	case 's':
		l->seconds = strtod(optarg, NULL);
		break;
	case 'n':
		l->count = number(optarg);
		break;
	case 'r':
		l->rate = strtod(optarg, NULL);
		break;
	case 'x':
		l->skip = number(optarg);
		break;
	case 'u':
		in->users = optarg;
		break;
	case 'T':
		in->tokens = optarg;
		break;
	case 'P':
		in->paths = optarg;
		break;
	case 'm':
		in->make = number(optarg);
		break;
	case 'e':
		in->seed = number(optarg);
		break;
	case 'S':
		l->save = optarg;
		break;
	case 'A':
		l->save_tokens = optarg;
		break;
	case 'k':
		l->token = optarg;
		break;
	case 'N':
		l->check = false;
		break;
	case 'W':
		l->no_password = true;
		break;
	default:
		usage();
	}
}

static void read_options(struct load *l, struct input *in, int argc, char **argv)
{
	if (argc < 2 || !(l->mode = mode_find(argv[1])))
		usage();
	for (int c; (c = getopt_long(argc - 1, argv + 1, "", options, NULL)) >= 0;)
		read_option(l, in, c);
	if (!l->port || !l->threads || l->threads > MOST_THREADS || l->connections < l->threads ||
		l->connections > MOST_CONNECTIONS || l->seconds <= 0)
		usage();
}

/* A mode that ends with its material makes no more requests than there is. */
static void bound(struct load *l)
{
	size_t most = l->tokens.n ? (l->tokens.n > l->skip ? l->tokens.n - l->skip : 0) : l->users.n;
	if (l->mode->extent == FINITE && most == 0)
		stop("nothing left to ask with in mode", l->mode->name);
	if (l->mode->extent == FINITE && (!l->count || l->count > most))
		l->count = most;
	if (l->mode->extent == HOLDS)
		l->count = l->connections;
}

static void read_input(struct load *l, const struct input *in)
{
	if (in->users && !users_load(&l->users, in->users))
		stop("cannot read", in->users);
	if (in->tokens && !lines_load(&l->tokens, in->tokens))
		stop("cannot read", in->tokens);
	if (in->paths && !lines_load(&l->paths, in->paths))
		stop("cannot read", in->paths);
	if (in->make)
		users_make(&l->users, in->seed, l->skip, in->make);
	if (!l->users.n && !l->tokens.n && !l->paths.n)
		stop("give --users, --make, --tokens or --paths", "");
	bool takes_paths = strcmp(l->mode->name, "get") == 0 || strcmp(l->mode->name, "graphql") == 0;
	bool takes_tokens = strcmp(l->mode->name, "first") == 0;
	if (takes_paths != (l->paths.n > 0) || takes_tokens != (l->tokens.n > 0))
		stop("the wrong kind of input for mode", l->mode->name);
	bound(l);
}

static void set_up(struct load *l, struct worker *w, unsigned k)
{
	w->load = l;
	w->n = l->connections / l->threads + (k < l->connections % l->threads);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->clients = calloc(w->n, sizeof *w->clients);
	if (w->epoll < 0 || !w->clients)
		stop("out of memory or file descriptors", "");
	for (unsigned i = 0; i < w->n; i++) {
		unsigned index = i * l->threads + k;
		w->clients[i] = (struct client){ .fd = -1, .index = index, .random = index + 1, .user = index };
		/* Bios of another run must not look like this one's. */
		w->clients[i].serial = nanos() / 1000000;
	}
}

static void report(const struct load *l, const struct worker *sum, double seconds)
{
	uint64_t good = sum->verdict[GOOD_READ] + sum->verdict[GOOD_WRITE];
	printf("{\"mode\":\"%s\",\"seconds\":%.3f,\"good\":%" PRIu64 ",\"rate\":%.1f", l->mode->name, seconds, good,
		seconds > 0 ? (double)good / seconds : 0);
	const struct {
		const char *name;
		const struct hist *h;
	} part[] = { { "reads", &sum->reads }, { "writes", &sum->writes } };
	for (int i = 0; i < 2; i++)
		printf(",\"%s\":{\"count\":%" PRIu64 ",\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}", part[i].name,
			part[i].h->count, (double)hist_quantile(part[i].h, 0.5) / 1e3,
			(double)hist_quantile(part[i].h, 0.99) / 1e3, (double)part[i].h->max / 1e3);
	printf(",\"refused\":%" PRIu64 ",\"wrong_status\":%" PRIu64 ",\"odd_status\":%d,\"wrong_content\":%" PRIu64
	       ",\"broken\":%" PRIu64 "}\n",
		sum->verdict[REFUSED], sum->verdict[WRONG_STATUS], sum->odd_status, sum->verdict[WRONG_CONTENT],
		sum->verdict[BROKEN]);
	fflush(stdout);
}

static void merge(struct worker *sum, const struct worker *w)
{
	hist_merge(&sum->reads, &w->reads);
	hist_merge(&sum->writes, &w->writes);
	for (int v = 0; v < VERDICTS; v++)
		sum->verdict[v] += w->verdict[v];
	if (w->odd_status)
		sum->odd_status = w->odd_status;
	if (w->last_answer > sum->last_answer)
		sum->last_answer = w->last_answer;
}

static void keep(const struct load *l)
{
	if (l->save && !users_save(&l->users, l->save))
		stop("cannot write", l->save);
	FILE *f = l->save_tokens ? fopen(l->save_tokens, "a") : NULL;
	for (size_t i = 0; f && i < l->users.n; i++)
		fprintf(f, "%s\n", l->users.list[i].access);
	if (l->save_tokens && (!f || fclose(f)))
		stop("cannot write", l->save_tokens);
}

int main(int argc, char **argv)
{
	static struct load l = { .connections = 64, .threads = 2, .seconds = 10, .check = true };
	static struct worker workers[MOST_THREADS], sum;
	struct input in = { .seed = 1 };
	pthread_t thread[MOST_THREADS];
	signal(SIGPIPE, SIG_IGN);
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	read_options(&l, &in, argc, argv);
	read_input(&l, &in);
	for (unsigned k = 0; k < l.threads; k++)
		set_up(&l, &workers[k], k);
	l.began = nanos();
	l.until = l.began + (uint64_t)(l.seconds * 1e9);
	for (unsigned k = 0; k < l.threads; k++)
		if (pthread_create(&thread[k], NULL, drive, &workers[k]))
			stop("cannot start a thread", "");
	for (unsigned k = 0; k < l.threads; k++) {
		pthread_join(thread[k], NULL);
		merge(&sum, &workers[k]);
	}
	keep(&l);
	report(&l, &sum, (double)(sum.last_answer - l.began) / 1e9);
	while (l.mode->extent == HOLDS && getchar() != EOF)
		;
	return sum.verdict[WRONG_STATUS] || sum.verdict[WRONG_CONTENT] || sum.verdict[BROKEN];
}
