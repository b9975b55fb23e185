#include "api/fixture_test.h"
#include "api/outbox.h"
#include "base/breaker.h"
#include "base/conf_name.h"
#include "base/json.h"
#include "base/log.h"
#include "base/test.h"
#include "base/time.h"
#include "crypto/keyring.h"

#include <string.h>

static struct arena *mem;
static struct engine rig;

static void open_settings(const struct conf_group *more)
{
	enum { GROUPS = 64 };
	static const struct conf_group *groups[GROUPS];
	size_t n = 0;
	groups[n++] = &breakers_conf_group;
	if (more)
		groups[n++] = more;
	for (const struct feature *const *f = features_all; *f && n < GROUPS - 1; f++)
		if ((*f)->conf)
			groups[n++] = (*f)->conf;
	conf_register(groups);
	conf_publish(conf_new());
	rig_set("password.memory", "8MiB");
	rig_set("password.passes", "1");
}

struct arena *rig_open(const struct rig_conf *conf)
{
	static const uint8_t master[KEY_SIZE] = "a master key of thirty-two bytes";
	const char *why = "";
	mem = arena_new(0);
	log_set(LOG_ERROR, 2);
	crypto_init();
	keyring_set(master);
	open_settings(conf->more);
	rig = (struct engine){ .hooks = conf->hooks, .node = "here", .wait_max = conf->wait_max };
	if (store_open(mem, &(struct store_conf){ .url = "sqlite::memory:" }, &rig.store, &why) ||
		store_migrate(rig.store, migrations_builtin, &why))
		test_fail(__FILE__, __LINE__, "%s", why);
	if (conf->threads) {
		struct pool_conf pool = { .name = "worker", .threads = conf->threads, .queue_max = conf->queue_max };
		rig.workers = pool_new(&pool);
		pool.name = "hash";
		rig.hashers = pool_new(&pool);
	}
	engine_init(&rig);
	return mem;
}

void rig_close(void)
{
	pool_free(rig.hashers);
	pool_free(rig.workers);
	store_close(rig.store);
	arena_free(mem);
}

void rig_set(const char *name, const char *text)
{
	const char *why = "";
	struct conf_key key = conf_by_file_name(name);
	CHECK(key.row);
	struct conf *next = conf_copy(conf_current());
	if (conf_set(next, mem, key.group, key.row, text, "test", &why))
		test_fail(__FILE__, __LINE__, "%s", why);
	conf_publish(next);
}

static err_t bind(struct call *c)
{
	const char *json = c->door;
	return json_read(&c->cx, c->op->call->in, c->in, json, strlen(json), false);
}

struct call *rig_call(const struct op *op, const char *json)
{
	CHECK(op);
	struct call *c = call_new(mem, op);
	c->cx.from.ip = c->cx.from.ip_block = "192.0.2.1";
	c->cx.from.correlation_id = "test-1";
	c->bind = bind;
	c->door = (void *)(uintptr_t)(json ? json : "{}");
	return c;
}

static struct cx reader(void)
{
	const char *why = "";
	struct cx cx = { .mem = mem, .db = store_reader(rig.store, &why) };
	if (!cx.db)
		test_fail(__FILE__, __LINE__, "%s", why);
	return cx;
}

int64_t rig_number(const char *sql)
{
	struct cx cx = reader();
	int64_t n = -1;
	CHECK_OK(db_int(&cx, &n, sql, NULL));
	return n;
}

const char *rig_text(const char *sql)
{
	struct cx cx = reader();
	const char *s = NULL;
	CHECK_OK(db_text(&cx, &s, sql, NULL));
	return s;
}

struct work {
	struct call call; /* first: emit() finds it from the cx */
	struct tx tx;
	err_t (*fn)(struct cx *cx, void *arg);
	void *arg;
	err_t e;
};

static enum tx_verdict work_run(struct tx *tx, int attempt)
{
	struct work *w = (struct work *)(void *)((char *)tx - offsetof(struct work, tx));
	CHECK(attempt == 0);
	w->call.cx.db = tx->db;
	w->e = w->fn(&w->call.cx, w->arg);
	return w->e ? TX_ROLLBACK : TX_COMMIT;
}

err_t rig_tx(err_t (*fn)(struct cx *cx, void *arg), void *arg)
{
	struct work *w = arena_new_of(mem, struct work);
	w->call.cx = (struct cx){ .mem = mem,
		.now = time_now(),
		.conf = conf_current(),
		.emit = outbox_emit,
		.who = { .kind = ACTOR_LOCAL, .id = "", .session_id = "", .role = "", .perms = UINT64_MAX },
		.from = { "", "", "", "", "", false, false, false } };
	w->tx.run = work_run;
	w->fn = fn;
	w->arg = arg;
	err_t e = store_transact(rig.store, &w->tx);
	return e ? e : w->e;
}

static err_t one_statement(struct cx *cx, void *sql)
{
	return db_exec(cx, sql, NULL);
}

void rig_change(const char *sql)
{
	CHECK_OK(rig_tx(one_statement, (void *)(uintptr_t)sql));
}
