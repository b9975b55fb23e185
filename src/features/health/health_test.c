/* Health in every form, and metrics. */
#include "base/breaker.h"
#include "features/health/health.h"
#include "api/metrics.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <string.h>

TEST(health, answers_in_every_form)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	struct health *h = HOME_OUT(health, home_call(NULL, "health_get", NULL));
	CHECK(h->healthy && h->database->healthy && h->memory->total > 0 && h->system->cpu_count > 0);
	CHECK_TEXT(h->version, "test");
	CHECK_TEXT(HOME_OUT(health_brief, home_call(NULL, "health_ready", NULL))->status, "ready");
	CHECK_TEXT(HOME_OUT(health_brief, home_call(NULL, "health_live", NULL))->status, "alive");
	CHECK_TEXT(HOME_OUT(health_pong, home_call(NULL, "health_ping", NULL))->message, "pong");
	CHECK(HOME_OUT(health_services, home_call(NULL, "health_services", NULL))->services->cache->healthy);
	CHECK_INT(
		HOME_OUT(health_dashboard, home_call(NULL, "health_dashboard", NULL))->dashboard_data->summary->healthy,
		3);
	CHECK_TEXT(HOME_OUT(health_answer, home_call(NULL, "health_check", NULL))->checks->database, "healthy");
	struct health_metrics *m =
		HOME_OUT(health_metrics, home_call(eve.access, "health_metrics", "{\"period\":\"7d\"}"));
	CHECK_INT(m->metrics->users->total, 1);
	CHECK_INT(m->metrics->logins, 1);
	CHECK_ERR(home_call(eve.access, "health_metrics", "{\"period\":\"1y\"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(NULL, "health_metrics", NULL)->result, ERR_UNAUTHENTICATED);
	home_close();
}

TEST(health, says_so_when_the_database_does_not_answer)
{
	struct cx cx = { .mem = home_open(), .now = 1000, .conf = conf_current() };
	struct health h;
	struct health_brief b;
	struct health_dashboard d;
	struct health_answer a;
	CHECK_OK(health_get(&cx, NULL, &h));
	CHECK(!h.healthy && cx.status == 503);
	CHECK_OK(health_ready(&cx, NULL, &b));
	CHECK_TEXT(b.status, "not ready");
	CHECK_OK(health_check(&cx, NULL, &a));
	CHECK_TEXT(a.checks->database, "unhealthy");
	cx.status = 0;
	CHECK_OK(health_dashboard(&cx, NULL, &d));
	CHECK(cx.status == 0 && !d.dashboard_data->overall_status->healthy);
	home_close();
}

/* --- metrics ------------------------------------------------------------------------------------------------------ */

static int64_t forty_two(void)
{
	return 42;
}

TEST(metrics, are_written_in_the_text_form_of_prometheus)
{
	static const struct metric own[] = { { "roster_test_total", "A number", true, forty_two },
		{ "roster_test", "Another", false, forty_two }, { 0 } };
	const struct op *op = op_find("user_me", NULL);
	struct buf b = { .mem = arena_new(0) };
	home_open();
	metrics_init(own);
	metrics_observe(op, 200, 150000);
	metrics_observe(op, 200, 20000000000);
	metrics_observe(op, 404, 1);
	metrics_observe(NULL, 404, 1);
	metrics_observe(NULL, 999, 1);
	metrics_hash(3000000);
	metrics_write(&b);
	static const char *const lines[] = { "roster_requests_total{operation=\"user_me\",status=\"2xx\"} 2\n",
		"roster_requests_total{operation=\"user_me\",status=\"4xx\"} 1\n",
		"roster_requests_total{operation=\"none\",status=\"4xx\"} 1\n",
		"roster_request_seconds_bucket{operation=\"user_me\",le=\"0.0001\"} 1\n",
		"roster_request_seconds_bucket{operation=\"user_me\",le=\"0.00025\"} 2\n",
		"roster_request_seconds_bucket{operation=\"user_me\",le=\"10\"} 2\n",
		"roster_request_seconds_bucket{operation=\"user_me\",le=\"+Inf\"} 3\n",
		"roster_request_seconds_count{operation=\"user_me\"} 3\n",
		"roster_hash_seconds_bucket{le=\"0.005\"} 1\n",
		"# TYPE roster_test_total counter\nroster_test_total 42\n",
		"# TYPE roster_test gauge\nroster_test 42\n" };
	const char *text = buf_cstr(&b);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strstr(text, lines[i]))
			test_fail(__FILE__, __LINE__, "missing: %s", lines[i]);
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		CHECK(strchr(line, '\n') && (str_starts(line, "# ") || str_starts(line, "roster_")));
	arena_free(b.mem);
	home_close();
}

TEST(health, breakers_are_found_by_name_until_they_are_freed)
{
	struct breaker_stats s;
	const char *name;
	home_open();
	struct breaker *b = breaker_listed("broker"), *c = breaker_listed("smtp");
	CHECK(breaker_list(1, 0, &name, &s));
	CHECK_TEXT(name, "smtp");
	CHECK(!breaker_list(2, 0, &name, &s));
	CHECK(breaker_find("broker", 0, &s) && !s.known);
	breaker_failed(b, 0, "refused");
	CHECK(breaker_find("broker", 0, &s) && s.known && s.failures == 1);
	breaker_free(b);
	CHECK(!breaker_find("broker", 0, &s));
	CHECK(breaker_find("smtp", 0, &s));
	breaker_free(c);
	CHECK(!breaker_find("smtp", 0, &s));
	home_close();
}
