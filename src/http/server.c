#include "base/log.h"
#include "http/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	HEAD_MAX = 16 * 1024,
	BODY_MAX = 1024 * 1024,
	STOP_MS = 10000,
	SPARE_FDS = 128, /* left to the rest of the program: databases, files, logs */
	SHARDS_MAX = 64,
};

static void limits_fill(struct http_server_conf *c)
{
	struct rlimit files = { 1024, 1024 };
	getrlimit(RLIMIT_NOFILE, &files);
	int64_t room = files.rlim_cur > 1000000 ? 1000000 : (int64_t)files.rlim_cur;
	room = room > 2 * SPARE_FDS ? room - SPARE_FDS : room / 2;
	if (c->loops <= 0)
		c->loops = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (c->loops < 1)
		c->loops = 1;
	if (c->loops > SHARDS_MAX)
		c->loops = SHARDS_MAX;
	if (c->head_max <= 0)
		c->head_max = HEAD_MAX;
	if (c->body_max <= 0)
		c->body_max = BODY_MAX;
	if (c->stop_ms <= 0)
		c->stop_ms = STOP_MS;
	if (c->connections_max <= 0 || c->connections_max > room)
		c->connections_max = (int)room;
}

static size_t count_addresses(const struct http_server_conf *c)
{
	size_t n = c->control ? 1 : 0;
	for (size_t i = 0; c->listen && c->listen[i]; i++)
		n++;
	return n + (c->inherit ? (size_t)listen_inherited() : 0);
}

/* One socket a loop for TCP; one for all loops, on the first, where a second cannot be opened. */
static err_t open_address(struct http_server *s, const char *text, const char **why)
{
	struct listen_at *at = &s->addresses[s->addresses_n];
	TRY(listen_parse(text, at, why));
	bool one = listen_is_unix(at);
	for (int i = 0; i < (one ? 1 : s->shards_n); i++) {
		int fd;
		TRY(listen_open(at, &fd, why));
		shard_listen(&s->shards[i], fd, one ? CONN_UNIX : CONN_TCP, one);
	}
	s->addresses_n++;
	return ERR_OK;
}

static err_t take_inherited(struct http_server *s, const char **why)
{
	int n = listen_inherited();
	for (int i = 0; i < n; i++) {
		struct listen_at *at = &s->addresses[s->addresses_n++];
		*why = "A socket inherited from systemd cannot be used.";
		TRY(listen_describe(LISTEN_FIRST + i, at));
		shard_listen(&s->shards[0], LISTEN_FIRST + i, listen_is_unix(at) ? CONN_UNIX : CONN_TCP, true);
	}
	return ERR_OK;
}

static err_t open_control(struct http_server *s, const char **why)
{
	struct listen_at *at = &s->addresses[s->addresses_n];
	char text[LISTEN_NAME];
	int fd;
	snprintf(text, sizeof text, "unix:%s", s->conf.control);
	TRY(listen_parse(text, at, why));
	at->mode = 0600;
	TRY(listen_open(at, &fd, why));
	shard_listen(&s->shards[0], fd, CONN_CONTROL, true);
	s->addresses_n++;
	return ERR_OK;
}

static err_t open_all(struct http_server *s, const char **why)
{
	if (s->conf.inherit)
		TRY(take_inherited(s, why));
	bool inherited = s->addresses_n > 0;
	for (size_t i = 0; !inherited && s->conf.listen && s->conf.listen[i]; i++)
		TRY(open_address(s, s->conf.listen[i], why));
	s->public_n = s->addresses_n;
	return s->conf.control ? open_control(s, why) : ERR_OK;
}

static void start_threads(struct http_server *s)
{
	char name[32];
	for (int i = 0; i < s->shards_n; i++) {
		snprintf(name, sizeof name, "loop-%d", i);
		loop_start(&s->shards[i].loop, name);
	}
	s->started = s->shards_n;
}

static void make_shards(struct http_server *s)
{
	s->shards = aligned_alloc(64, (sizeof *s->shards * (size_t)s->conf.loops + 63) / 64 * 64);
	if (!s->shards)
		abort();
	for (; s->shards_n < s->conf.loops; s->shards_n++)
		shard_init(&s->shards[s->shards_n], s, (unsigned)s->shards_n);
}

err_t http_server_start(
	struct arena *a, const struct http_server_conf *conf, struct http_server **out, const char **why)
{
	struct http_server *s = calloc(1, sizeof *s);
	size_t n = count_addresses(conf);
	if (!s || !(s->addresses = calloc(n + 1, sizeof *s->addresses)))
		abort();
	s->conf = *conf;
	limits_fill(&s->conf);
	s->addresses_n = (int)n; /* how many listeners a shard has room for */
	make_shards(s);
	s->addresses_n = 0;
	err_t e = proxy_list_parse(a, conf->trusted_proxies ? conf->trusted_proxies : "", &s->trusted, why);
	if (!e && conf->tls_cert)
		e = tls_store_new(&(struct tls_conf){ conf->tls_cert, conf->tls_key, conf->tls_sni }, &s->tls, why);
	if (!e)
		e = open_all(s, why);
	s->cap = cap_new(conf->connections_per_address);
	*out = s; /* before any handler can run */
	start_threads(s); /* also after a failure: the loops know best how to close what was opened */
	if (e) {
		http_server_stop(s);
		*out = NULL;
	}
	return e;
}

const char *http_server_address(const struct http_server *s, int i)
{
	return i >= 0 && i < s->public_n ? s->addresses[i].name : NULL;
}

err_t http_server_reload_tls(struct http_server *s, const char **why)
{
	return s->tls ? tls_store_reload(s->tls, why) : ERR_OK;
}

static void remove_socket_files(const struct http_server *s)
{
	if (s->conf.inherit && listen_inherited())
		return; /* systemd's own */
	for (int i = 0; i < s->addresses_n; i++)
		if (s->addresses[i].opened && listen_is_unix(&s->addresses[i]))
			unlink(s->addresses[i].name + strlen("unix:"));
}

void http_server_stop(struct http_server *s)
{
	if (!s)
		return;
	remove_socket_files(s);
	s->listening = s->started;
	for (int i = 0; i < s->started; i++) {
		s->shards[i].stop.run = shard_stop;
		loop_post(&s->shards[i].loop, &s->shards[i].stop);
	}
	for (int i = 0; i < s->started; i++)
		loop_join(&s->shards[i].loop);
	for (int i = 0; i < s->shards_n; i++)
		shard_fini(&s->shards[i]);
	tls_store_free(s->tls);
	cap_free(s->cap);
	free(s->shards);
	free(s->addresses);
	free(s);
}

void http_server_stats(struct http_server *s, struct http_stats *out)
{
	*out = (struct http_stats){ 0 };
	for (int i = 0; i < s->shards_n; i++) {
		struct shard_count *c = &s->shards[i].count;
		out->connections += c->connections;
		out->idle += c->idle;
		out->accepted += c->accepted;
		out->refused += c->refused;
		out->requests += c->requests;
		out->bad_requests += c->bad_requests;
		out->timeouts += c->timeouts;
		out->bytes_in += c->bytes_in;
		out->bytes_out += c->bytes_out;
	}
}
