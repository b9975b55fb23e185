/* What it costs the server to judge a GraphQL document: graphql_plan() of src/api/graphql.c, which reads it, holds it against the
 * schema of all operations, takes the variables in and adds up the cost, with the settings' defaults. Linked with the server's
 * own objects.
 *
 *	judge SECONDS FILE	each line of FILE is the body of a request, and takes so long */
#include "api/graphql.h"
#include "api/graph_schema.h"
#include "base/conf.h"
#include "threads.h"
#include "users.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SAMPLES_MAX = 1 << 20 };
static double samples[SAMPLES_MAX]; /* µs */

static double micros(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* From the body of a request; kept until the program ends. */
static struct graphql_request request_of(const char *body)
{
	json_t *json = json_loads(body, 0, NULL);
	const char *query = json_string_value(json_object_get(json, "query"));
	json_t *variables = json_object_get(json, "variables");
	if (!query)
		stop("a line is no request with a query");
	return (struct graphql_request){ .query = query,
		.variables = { .text = variables ? json_dumps(variables, JSON_COMPACT) : NULL } };
}

/* As a request has it: an arena of its own, wiped at the end. */
static double judge(const struct graphql_request *in, const struct conf *conf, char refusal[static 200])
{
	double began = micros();
	struct cx cx = { .mem = arena_new(0), .conf = conf };
	struct graphql_work work;
	unsigned flags = 0;
	if (graphql_plan(&cx, in, &work, &flags) != ERR_OK)
		stop("a document is not judged");
	snprintf(refusal, 200, "%s", work.document ? "" : work.refusal);
	arena_free(cx.mem);
	return micros() - began;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void report(const struct graphql_request *in, const struct conf *conf, double seconds)
{
	char refusal[200];
	size_t n = 0;
	for (double warm = micros() + 1e5; micros() < warm;)
		judge(in, conf, refusal);
	double began = micros();
	while (n < SAMPLES_MAX && (n < 10 || micros() - began < seconds * 1e6))
		samples[n++] = judge(in, conf, refusal);
	double rate = (double)n * 1e6 / (micros() - began);
	qsort(samples, n, sizeof *samples, by_size);
	json_t *line = json_pack("{s:i,s:f,s:f,s:f,s:f,s:s}", "times", (int)n, "rate", rate, "us", samples[n / 2],
		"p99_us", samples[n - 1 - n / 100], "most_us", samples[n - 1], "refusal", refusal);
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	if (!text)
		stop("out of memory");
	fputs(text, stdout);
	free(text);
	json_decref(line);
}

int main(int argc, char **argv)
{
	static const struct conf_group *const groups[] = { &graphql_conf_group, NULL };
	struct lines requests;
	if (argc != 3 || !lines_load(&requests, argv[2])) {
		fputs("usage: judge SECONDS FILE\n", stderr);
		return 2;
	}
	conf_register(groups);
	struct conf *conf = conf_new();
	(void)graph_schema(); /* made once, at start */
	printf("{\"program\":\"judge\",\"documents\":[");
	for (size_t i = 0; i < requests.n; i++) {
		struct graphql_request in = request_of(requests.line[i]);
		fputs(i ? ",\n" : "\n", stdout);
		report(&in, conf, strtod(argv[1], NULL));
	}
	puts("]}");
	conf_free(conf);
	return 0;
}
