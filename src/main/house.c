#include "main/house.h"
#include "api/call.h"
#include "api/metrics.h"
#include "api/outbox.h"
#include "api/personal.h"
#include "api/replica.h"
#include "api/socket.h"
#include "api/socket_news.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/keyring.h"
#include "crypto/password.h"
#include "features/client/client.h"
#include "features/flow/flow.h"
#include "features/health/health.h"
#include "features/idempotency/idempotency.h"
#include "features/key/key.h"
#include "features/limit/limit.h"
#include "features/mail/mail_conf.h"
#include "features/oauth/oauth.h"
#include "features/password/password.h"
#include "features/preference/preference.h"
#include "features/photo/photo.h"
#include "features/role/role.h"
#include "features/session/session.h"
#include "features/setup/setup.h"
#include "features/user/user.h"
#include "main/data.h"
#include "main/numbers.h"
#include "main/server_conf.h"
#include "main/shared.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRUST_MS = 2000 }; /* API.md: a feed older than this, and memory is asked no more */

static struct engine the_engine;
static int lock = -1;
static char node[ID_SIZE];

/* --- hooks of the gate -------------------------------------------------------------------------------------------- */

static err_t identify(struct cx *cx, const struct credentials *c, bool stale_ok)
{
	return oauth_identify(cx,
		&(struct oauth_shown){ .known = c->known,
			.bearer = c->bearer,
			.cookie = c->cookie,
			.csrf = c->csrf,
			.client_id = c->basic_id,
			.client_secret = c->basic_secret,
			.safe = c->safe },
		stale_ok);
}

static void foresee(struct cx *cx, size_t n, const struct credentials *const *shown)
{
	const char *tokens[JOBS_TOGETHER];
	size_t m = 0;
	for (size_t i = 0; i < n; i++) {
		const char *token = shown[i]->bearer ? shown[i]->bearer : shown[i]->cookie;
		if (token)
			tokens[m++] = token;
	}
	session_foresee(cx, m, tokens);
}

static err_t limit(struct cx *cx, const struct op *op)
{
	static const enum limit_class classes[] = {
		[RATE_READ] = LIMIT_READ, [RATE_WRITE] = LIMIT_WRITE, [RATE_AUTH] = LIMIT_AUTH
	};
	if (op->rate == RATE_NONE || ((op->flags & OP_LOOPBACK) && cx->from.loopback))
		return ERR_OK;
	return limit_take(cx, classes[op->rate]);
}

static err_t once(struct call *c, struct idempotent **out)
{
	const struct idempotency_ask ask = { .key = c->keys.key,
		.request_id = c->keys.request_id,
		.method = c->keys.method,
		.path = c->keys.path,
		.in_type = c->op->call->in,
		.out_type = c->op->call->out,
		.in = c->in,
		.discreet = c->op->flags & OP_NO_STORE };
	return idempotency_begin(&c->cx, &ask, c->out, out);
}

static void keys_changed(const char *id)
{
	(void)id; /* there are few: all are read again */
	key_changed();
}

static void everybody_changed(const char *id)
{
	(void)id;
	user_forget_all();
}

/* What is held in memory, by the kind of thing that an event concerns. */
static const struct memory {
	const char *subject_type;
	void (*changed)(const char *id);
	void (*forget)(void);
	/* A profile is asked for again at once by whoever changed it: the state that this event brings is kept. */
	const struct event *brings;
	uint64_t (*ticket)(const char *id);
	void (*renewed)(const void *now, uint64_t ticket);
	const struct event *only; /* told of this one alone */
} memories[] = {
	{ "user", user_changed, user_forget_all, &user_updated, user_ticket, user_renewed, NULL },
	{ "session", session_changed, session_forget_all, NULL, NULL, NULL, NULL },
	{ "preference", preference_changed, preference_forget_all, NULL, NULL, NULL, NULL },
	/* What an erased person preferred is erased as well. */
	{ "user", preference_changed, preference_forget_all, NULL, NULL, NULL, &user_deleted },
	/* Who they were is not told: they may be a crowd. */
	{ "user", everybody_changed, user_forget_all, NULL, NULL, NULL, &user_recounted },
	/* A profile shows its default. */
	{ "push_token", user_changed, user_forget_all, NULL, NULL, NULL, NULL },
	{ "client", client_changed, client_forget_all, NULL, NULL, NULL, NULL },
	{ "role", role_changed, role_forget_all, NULL, NULL, NULL, NULL },
	{ "key", keys_changed, key_changed, NULL, NULL, NULL, NULL },
};
enum { MEMORIES = sizeof memories / sizeof *memories };

static uint64_t ticket(const char *subject_type, const char *subject_id)
{
	for (size_t i = 0; i < MEMORIES; i++)
		if (memories[i].ticket && strcmp(memories[i].subject_type, subject_type) == 0)
			return memories[i].ticket(subject_id);
	return 0;
}

static void tell(const struct memory *m, const struct emitted *e)
{
	if (m->only && strcmp(m->only->name, e->type) != 0)
		return;
	if (m->brings && e->event == m->brings)
		m->renewed(e->payload, e->ticket);
	else
		m->changed(e->subject_id);
}

static void published(const struct emitted *e)
{
	for (size_t i = 0; i < MEMORIES; i++)
		if (strcmp(memories[i].subject_type, e->subject_type) == 0)
			tell(&memories[i], e);
	sockets_changed(e);
	sockets_published(e);
	if (e->event) /* this node's own: the others are to know soon */
		relay_wake();
}

static void forget(void)
{
	for (size_t i = 0; i < MEMORIES; i++)
		memories[i].forget();
	sockets_doubt();
}

static bool memory_trusted(void)
{
	return relay_lag() <= TRUST_MS;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static err_t open_keys(struct arena *a, const struct server_conf *conf, const char **why)
{
	uint8_t master[KEY_SIZE];
	TRY(data_master_key(a, conf->data, conf->master_key_file, master, why));
	keyring_set(master);
	crypto_wipe(master, sizeof master);
	return ERR_OK;
}

static err_t open_store(struct arena *a, const struct server_conf *conf, const char **why)
{
	struct store_conf sc = { .url = server_conf_database(a, conf) };
	TRY(store_open(a, &sc, &the_engine.store, why));
	TRY(store_migrate(the_engine.store, migrations_builtin, why));
	return replica_open(a, the_engine.store, why);
}

static void thread_quiet(void)
{
	arena_rest();
	store_rest(the_engine.store);
}

static void open_pools(const struct server_conf *conf)
{
	the_engine.wait_max = conf->queue_timeout;
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	the_engine.workers = pool_new(&(struct pool_conf){ .name = "worker",
		.threads = conf->workers ? (int)conf->workers : 2 * cores + 2,
		.queue_max = (int)conf->worker_queue,
		.thread_quiet = thread_quiet });
	the_engine.hashers = pool_new(&(struct pool_conf){ .name = "hash",
		.threads = conf->hash_threads ? (int)conf->hash_threads : cores,
		.queue_max = (int)conf->hash_queue,
		.nice = 5,
		.thread_busy = password_thread_busy,
		.thread_quiet = thread_quiet });
}

static err_t open_mail(struct arena *a, const char **why)
{
	const struct mail_conf *conf = conf_get(conf_current(), &mail_conf_group);
	struct secret password = { 0 };
	if (*conf->smtp_password_file && data_read_line(a, conf->smtp_password_file, &password, why)) {
		*why = arena_printf(a, "mail.smtp_password_file: %s", *why);
		return ERR_INVALID;
	}
	return mail_init(a, conf, &password, why);
}

struct begin {
	struct call call;
	struct tx tx;
	struct arena_mark mark;
	err_t result;
};

static enum tx_verdict begin_run(struct tx *tx, int attempt)
{
	struct begin *b = (struct begin *)(void *)((char *)tx - offsetof(struct begin, tx));
	struct cx *cx = &b->call.cx;
	if (attempt)
		arena_reset(cx->mem, b->mark);
	cx->db = tx->db;
	b->result = key_check_master(cx);
	if (!b->result)
		b->result = key_load(cx);
	return b->result ? TX_ROLLBACK : TX_COMMIT;
}

static err_t begin(struct arena *a, const char **why)
{
	struct begin *b = arena_new_of(a, struct begin);
	b->call.cx = (struct cx){ .mem = a,
		.now = time_now(),
		.conf = conf_current(),
		.emit = outbox_emit,
		.who = { .kind = ACTOR_LOCAL, .id = "", .session_id = "", .role = "" },
		.from = { .ip = "", .user_agent = "", .correlation_id = "", .traceparent = "", .ip_block = "" } };
	b->tx.run = begin_run;
	b->mark = arena_mark(a);
	err_t e = store_transact(the_engine.store, &b->tx);
	e = e ? e : b->result;
	if (e == ERR_CONFLICT)
		*why = "This database was sealed with another master key. Give the server the right one (keys/master in the data "
		       "folder, or ROSTER_MASTER_KEY_FILE).";
	else if (e)
		*why = b->call.cx.fail.detail ? b->call.cx.fail.detail : err_info(e)->text;
	return e;
}

static err_t open_parts(struct arena *a, bool pools, const char **why)
{
	const struct server_conf *conf = conf_get(conf_current(), &server_conf_group);
	bool made;
	TRY(data_make(a, conf->data, &made, why));
	if (made && !pools) /* a command: perhaps it was to be another folder */
		fprintf(stderr, "A new data folder was made: %s\n", conf->data);
	TRY(data_lock(a, conf->data, &lock, why));
	crypto_init();
	TRY(open_keys(a, conf, why));
	TRY(open_mail(a, why));
	TRY(open_store(a, conf, why));
	if (pools)
		open_pools(conf);
	const struct session_conf *sessions = conf_get(conf_current(), &session_conf_group);
	const struct idempotency_conf *once_conf = conf_get(conf_current(), &idempotency_conf_group);
	const struct limit_conf *limits = conf_get(conf_current(), &limit_conf_group);
	if (conf->rate_limits)
		limit_init((size_t)limits->entries);
	const struct user_conf *users = conf_get(conf_current(), &user_conf_group);
	user_init(memory_trusted, (size_t)sessions->cache, (size_t)users->profiles);
	session_init(memory_trusted, (size_t)sessions->tokens, (size_t)sessions->cache);
	preference_init(memory_trusted, (size_t)sessions->cache);
	if (pools)
		shared_open();
	id_make(node, time_now());
	the_engine.node = node;
	the_engine.hooks = (struct gate_hooks){ .identify = identify,
		.foresee = foresee,
		.recheck = session_recheck,
		.limit = conf->rate_limits ? limit : NULL,
		.once = once,
		.replay = idempotency_find,
		.keep = idempotency_keep,
		.keep_failure = idempotency_keep_failure,
		.done = idempotency_end,
		.published = published,
		.ticket = ticket,
		.forget = forget,
		.sealed = shared_sealed(),
		.open = setup_open };
	engine_init(&the_engine);
	client_init(memory_trusted);
	role_init(memory_trusted);
	personal_init(conf->data);
	user_personal_by(&(struct user_personal){ personal_erase, personal_export });
	idempotency_init((size_t)once_conf->cache);
	photo_init(arena_printf(a, "%s/uploads", conf->data));
	password_observe(metrics_hash);
	flow_init(server_conf_public_url(a, conf));
	health_init(ROSTER_VERSION);
	metrics_init(numbers);
	return begin(a, why);
}

err_t house_open(struct arena *a, bool pools, const char **why)
{
	err_t e = open_parts(a, pools, why);
	if (e)
		house_close();
	return e;
}

void house_close(void)
{
	pool_free(the_engine.hashers);
	pool_free(the_engine.workers);
	shared_stop();
	replica_close();
	store_close(the_engine.store);
	the_engine = (struct engine){ 0 };
	if (lock >= 0)
		close(lock);
	lock = -1;
}
