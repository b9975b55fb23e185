#include "main/move.h"
#include "api/call.h"
#include "api/outbox.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "db/copy.h"
#include "main/house.h"

#include <stdio.h>

enum { STATEMENT_MS = 600000 };

static err_t move(struct arena *a, const char *url, struct store **to, struct list *tables, const char **why)
{
	struct store_conf conf = { .url = url, .timeout_ms = STATEMENT_MS };
	TRY(house_open(a, false, why));
	*why = "the events of the last changes could not be sealed";
	TRY(relay_seal(a));
	TRY(store_open(a, &conf, to, why));
	TRY(store_migrate(*to, migrations_builtin, why));
	return store_copy(a, engine()->store, *to, progress_show, tables, why);
}

static void tell(const struct list *tables)
{
	const struct copied *t = tables->items;
	printf("%-28s %12s  %s\n", "table", "rows", "hash of what they hold, the same in both");
	for (size_t i = 0; i < tables->n; i++)
		printf("%-28s %12lld  %s\n", t[i].table, (long long)t[i].rows, t[i].hash);
	printf("Everything was moved and compared. Set database to the new one, and start the server with it.\n"
	       "The old database is as it was. Keys and uploads stay in the data folder.\n");
}

int move_to(const char *url)
{
	struct arena *a = arena_new(0);
	struct store *to = NULL;
	struct list tables = { 0 };
	const char *why = "";
	err_t e = move(a, url, &to, &tables, &why);
	progress_end();
	if (e)
		fprintf(stderr, "Nothing was moved: %s\n", why);
	else
		tell(&tables);
	store_close(to);
	house_close();
	arena_free(a); /* last: statements lie in it */
	return e ? cli_exit_of(err_info(e)->http) : CLI_OK;
}
