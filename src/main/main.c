#include "api/call.h"
#include "api/graphql.h"
#include "api/outbox.h"
#include "api/replica.h"
#include "api/socket.h"
#include "base/breaker.h"
#include "base/log.h"
#include "base/version.h"
#include "bus/rabbit.h"
#include "bus/redis_conf.h"
#include "cli/cli.h"
#include "db/db.h"
#include "features/health/health_http.h"
#include "features/token/token.h"
#include "image/image.h"
#include "main/config.h"
#include "main/house.h"
#include "main/move.h"
#include "main/server_conf.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The groups of settings: the server's own, then each feature's. */
static const struct conf_group *const *groups(void)
{
	enum { GROUPS = 64 };
	static const struct conf_group *list[GROUPS];
	size_t n = 0;
	list[n++] = &server_conf_group;
	list[n++] = &replica_conf_group;
	list[n++] = &breakers_conf_group;
	list[n++] = &rabbit_conf_group;
	list[n++] = &token_conf_group;
	list[n++] = &redis_conf_group;
	for (const struct feature *const *f = features_all; *f && n < GROUPS - 1; f++)
		if ((*f)->conf)
			list[n++] = (*f)->conf;
	return list;
}

static err_t configure(
	struct arena *a, const struct conf_given *flags, size_t n, const char *file, const char **problems)
{
	struct config_input in = { .flags = flags, .flags_n = n, .file = file, .env = (const char *const *)environ };
	struct conf *c;
	TRY(config_load(a, &in, &c, problems));
	config_remember(&in);
	conf_publish(c);
	return ERR_OK;
}

static err_t run_local(
	struct arena *mem, const struct op *op, const void *in, void **out, const struct cx **cx, const char **why)
{
	struct call *call = NULL;
	*cx = NULL;
	log_set(LOG_WARN, 2);
	TRY(house_open(mem, false, why));
	err_t e = op_run(mem, op, in, out, &call);
	*cx = &call->cx;
	err_t sealed = relay_seal(mem);
	house_close();
	return e ? e : sealed;
}

static int migrate(const char *to)
{
	if (to)
		return move_to(to);
	struct arena *a = arena_new(0);
	const char *why = "";
	struct migration_state state = { 0 };
	err_t e = house_open(a, false, &why);
	if (!e)
		e = store_migration_state(engine()->store, migrations_builtin, &state, &why);
	if (e)
		fprintf(stderr, "The database was not migrated: %s\n", why);
	else
		printf("The database is at migration %lld, the newest that this program knows.\n",
			(long long)state.applied);
	house_close();
	arena_free(a);
	return e ? 1 : 0;
}

static err_t openapi(struct arena *mem, struct buf *out)
{
	(void)mem;
	struct conf *defaults = conf_new();
	openapi_document(out, defaults);
	conf_free(defaults);
	return ERR_OK;
}

int main(int argc, char **argv)
{
	static const struct cli_backend backend = { .version = ROSTER_VERSION,
		.features = features_all,
		.configure = configure,
		.serve = house_serve,
		.migrate = migrate,
		.run_local = run_local,
		.openapi = openapi,
		.schema = graph_schema_print };
	if (argc == 3 && strcmp(argv[1], IMAGE_COMMAND) == 0)
		return image_worker(argv[2]); /* before anything is opened that it must not have */
	conf_register(groups());
	return cli_main(argc, argv, &backend);
}
