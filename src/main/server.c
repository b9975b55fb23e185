/* `roster serve`: starts the parts, waits for signals, stops the parts in reverse. */
#include "api/amqp.h"
#include "api/jobs.h"
#include "api/outbox.h"
#include "api/rest.h"
#include "api/socket.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "db/db.h"
#include "features/flow/flow.h"
#include "features/events/events_job.h"
#include "features/mail/mail_job.h"
#include "features/photo/photo.h"
#include "features/setup/setup.h"
#include "features/webhook/webhook_job.h"
#include "main/config.h"
#include "main/data.h"
#include "main/house.h"
#include "main/numbers.h"
#include "main/server_conf.h"
#include "main/shared.h"
#include "main/trim.h"
#include "net/listen.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct server_conf *server_settings(void)
{
	return conf_get(conf_current(), &server_conf_group);
}

/* A line for the log, or a sentence for the person at the terminal; not both. */
static int failed(const char *why)
{
	log_flush();
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "roster cannot start: %s\n", why);
	else
		log_error("roster cannot start", LT("why", why));
	return 1;
}

/* --- the first administrator -------------------------------------------------------------------------------------- */

struct first {
	struct call call;
	struct tx tx;
	struct secret password;
	const char *token;
	err_t result;
};

static enum tx_verdict first_run(struct tx *tx, int attempt)
{
	struct first *f = (struct first *)(void *)((char *)tx - offsetof(struct first, tx));
	(void)attempt;
	f->call.cx.db = tx->db;
	f->result = setup_begin(&f->call.cx, server_settings()->admin_email, &f->password, &f->token);
	return f->result ? TX_ROLLBACK : TX_COMMIT;
}

static const char *all_reasons(struct arena *a, const struct cx *cx, err_t e)
{
	const char *text = "";
	for (const struct field_error *f = cx->fail.fields; f; f = f->next)
		text = arena_printf(a, "%s%sThe first administrator's %s %s.", text, *text ? " " : "", f->path, f->why);
	return *text ? text : cx->fail.message ? cx->fail.message : err_info(e)->text;
}

/* Can somebody on another machine connect? Sockets that systemd passed stand in place of the setting. */
static bool is_public(struct arena *a, const struct server_conf *conf)
{
	int n = listen_inherited();
	for (int fd = LISTEN_FIRST; fd < LISTEN_FIRST + n; fd++) {
		struct listen_at at = { 0 };
		struct server_conf as = *conf;
		as.listen = at.name;
		if (listen_describe(fd, &at) || server_conf_is_public(a, &as))
			return true;
	}
	return n == 0 && server_conf_is_public(a, conf);
}

static err_t first_administrator(struct arena *a, const char **token, const char **why)
{
	const struct server_conf *conf = server_settings();
	struct first *f = arena_new_of(a, struct first);
	f->call.cx = (struct cx){ .mem = a,
		.now = time_now(),
		.conf = conf_current(),
		.emit = outbox_emit,
		.who = { .kind = ACTOR_LOCAL, .id = "", .session_id = "", .role = "", .perms = UINT64_MAX },
		.from = { .ip = "local",
			.user_agent = "",
			.correlation_id = "",
			.traceparent = "",
			.ip_block = "local" } };
	f->tx.run = first_run;
	if (conf->admin_email && *conf->admin_email &&
		data_read_line(a, conf->admin_password_file ? conf->admin_password_file : "", &f->password, why)) {
		*why = arena_printf(a, "The first administrator's password (admin_password_file): %s", *why);
		return ERR_INVALID;
	}
	err_t e = store_transact(engine()->store, &f->tx);
	e = e ? e : f->result;
	if (e)
		*why = all_reasons(a, &f->call.cx, e);
	*token = f->token;
	if (!e && is_public(a, conf))
		setup_close_until_done();
	return e;
}

/* --- threads of features ------------------------------------------------------------------------------------------ */

static err_t work_write(struct arena *mem, err_t (*fn)(struct cx *cx, void *arg), void *arg)
{
	return job_work(&(struct job_work){ .fn = fn, .arg = arg, .mem = mem, .write = true, .single = true });
}

static err_t work_read(struct arena *mem, err_t (*fn)(struct cx *cx, void *arg), void *arg)
{
	return job_work(&(struct job_work){ .fn = fn, .arg = arg, .mem = mem });
}

static const struct work_doors work_doors = { work_write, work_read };
static const struct events_way *const events_ways[] = { &events_rabbit, &webhook_way, NULL };

/* --- serving ------------------------------------------------------------------------------------------------------ */

static void tick(void *arg)
{
	(void)arg;
	log_tick();
}

static const char *or_null(const char *s)
{
	return s && *s ? s : NULL;
}

static err_t start_http(struct arena *a, struct http_server **out, const char **why)
{
	const struct server_conf *c = server_settings();
	struct http_server_conf h = {
		.handler = rest_handler(),
		.listen = server_conf_listen(a, c),
		.inherit = true,
		.loops = (int)c->loops,
		.control = arena_printf(a, "%s/control.sock", c->data),
		.spool_dir = arena_printf(a, "%s/uploads", c->data),
		.head_ms = c->head_timeout,
		.body_ms = c->body_timeout,
		.idle_ms = c->idle_timeout,
		.write_ms = c->write_timeout,
		.stop_ms = c->stop_timeout,
		.body_max = c->body_max,
		.connections_max = (int)c->connections_max,
		.connections_per_address = c->rate_limits ? (int)c->connections_per_address : 0,
		.trusted_proxies = c->trusted_proxies,
		.tls_cert = or_null(c->tls_cert),
		.tls_key = or_null(c->tls_key),
		.tls_sni = or_null(c->tls_sni),
		.tick = tick,
	};
	if (!c->rate_limits && is_public(a, c)) { /* config_load() has judged `listen`, not what systemd passed */
		*why = "rate_limits can be off only when all listen addresses are on this host.";
		return ERR_INVALID;
	}
	const bool https = str_starts(server_conf_public_url(a, c), "https:");
	rest_init(&(struct rest_conf){ .cors_origins = c->cors_origins,
		.body_max = c->body_max,
		.https = https,
		.file_max = ((const struct photo_conf *)conf_get(conf_current(), &photo_conf_group))->body_max });
	sockets_open(conf_get(conf_current(), &realtime_conf_group),
		&(struct sockets_shared){ shared_presence(), shared_sockets_bus(), c->cors_origins, https });
	err_t e = http_server_start(a, &h, out, why);
	if (e)
		sockets_close();
	else
		sockets_serve(*out);
	if (e)
		*why = arena_printf(a, "%s (listen = %s)", *why, c->listen);
	return e;
}

/* Without a public_url links lead to the address that is listened on; which port that is, is known only now. */
static void name_links(struct arena *a, const struct http_server *http)
{
	const struct server_conf *c = server_settings();
	const char *at = http_server_address(http, 0);
	if (at && str_ends(server_conf_public_url(a, c), ":0"))
		flow_init(arena_printf(a, "%s://%s", or_null(c->tls_cert) ? "https" : "http", at));
}

/* What the person at the terminal sees, below what was logged so far: the link is the last line. */
static void greet(struct arena *a, const struct http_server *http, const char *token)
{
	const struct server_conf *c = server_settings();
	const char *scheme = or_null(c->tls_cert) ? "https" : "http", *url = NULL;
	for (int i = 0; http_server_address(http, i); i++)
		log_info("listening", LT("address", arena_printf(a, "%s://%s", scheme, http_server_address(http, i))));
	log_flush();
	for (int i = 0; http_server_address(http, i); i++) {
		const char *at = http_server_address(http, i);
		printf("listening on %s://%s\n", scheme, at);
		url = url ? url : arena_printf(a, "%s://%s", scheme, at);
	}
	if (or_null(c->public_url))
		url = server_conf_public_url(a, c);
	if (url)
		printf("API pages:  %s/swagger/  %s/redoc/  %s/graphiql/\n", url, url, url);
	if (url && token)
		printf("No administrator yet. Make the first one here (the link works once):\n  %s/setup#token=%s\n",
			url, token);
	if (!or_null(c->public_url) && is_public(a, c))
		printf("From other machines, put this machine's name in place of the address; or set public_url.\n");
	if (!c->rate_limits)
		printf("Rate limits and connection caps are OFF.\n");
	fflush(stdout);
}

static void reload(struct http_server *http)
{
	const char *why = "";
	log_info("reloading", LI("pid", getpid()));
	if (config_reload() != ERR_OK)
		log_warn("the settings were not reloaded", LT("why", "see the lines above"));
	log_set(server_conf_log_level(server_settings()), 2);
	if (http_server_reload_tls(http, &why) != ERR_OK)
		log_warn("the certificate was not reloaded", LT("why", why));
	log_flush();
}

static void wait_for_the_end(struct http_server *http)
{
	sigset_t set;
	const struct timespec second = { .tv_sec = 1 };
	int got;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	while ((got = sigtimedwait(&set, NULL, &second)) != SIGTERM && got != SIGINT) {
		struct http_stats stats;
		if (got == SIGHUP)
			reload(http);
		http_server_stats(http, &stats);
		trim_when_quiet(stats.requests);
	}
	log_info("stopping", LI("signal", got));
	log_flush();
}

/* Signals are waited for by the main thread alone: blocked before any other thread begins. */
static void block_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int house_serve(void)
{
	struct arena *a = arena_new(0);
	const char *why = "", *token = NULL;
	struct http_server *http = NULL;
	log_set(server_conf_log_level(server_settings()), 2);
	block_signals();
	trim_begin();
	err_t e = house_open(a, true, &why);
	if (e) {
		int status = failed(why);
		arena_free(a);
		return status;
	}
	shared_start();
	struct relay *relay = relay_start();
	struct jobs *jobs = jobs_start();
	struct mail_job *mail = mail_job_start(&work_doors);
	struct webhook_job *webhooks = webhook_job_start(&work_doors);
	struct events_job *events =
		events_job_start(&work_doors, events_ways, engine()->node, store_has_writer(engine()->store));
	struct amqp *amqp = amqp_start();
	e = first_administrator(a, &token, &why);
	if (!e)
		e = start_http(a, &http, &why);
	if (!e) {
		numbers_watch(http);
		name_links(a, http);
		greet(a, http, token);
		wait_for_the_end(http);
		numbers_watch(NULL);
		sockets_close();
		http_server_stop(http);
	}
	amqp_stop(amqp);
	events_job_stop(events);
	webhook_job_stop(webhooks);
	mail_job_stop(mail);
	jobs_stop(jobs);
	relay_stop(relay);
	house_close();
	sockets_free();
	int status = e ? failed(why) : 0;
	arena_free(a);
	return status;
}
