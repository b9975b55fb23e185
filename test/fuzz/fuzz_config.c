/* The settings file and the environment: any bytes give settings or problems, and what is read can be written and read
 * again to the same value. Input up to the first NUL is a file, the rest NUL-separated variables. */
#include "main/config.h"
#include "main/server_conf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct conf_group *const groups[] = { &server_conf_group, NULL };
enum { VARIABLES = 16 };

static const char *const *variables(struct arena *a, const char *p, const char *end)
{
	const char **env = arena_array_of(a, const char *, VARIABLES + 1);
	for (size_t i = 0; i < VARIABLES && p < end; i++) {
		size_t len = strnlen(p, (size_t)(end - p));
		const char *text = arena_memdup0(a, p, len);
		env[i] = strstr(text, "_FILE") ? "" : text; /* opens no files */
		p += len < (size_t)(end - p) ? len + 1 : len;
	}
	return env;
}

static void write_and_read(struct arena *a, struct conf *c)
{
	struct conf *again = conf_new();
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k)) {
		const char *why, *text = conf_text(c, a, k.group, k.row);
		if (k.row->flags & CONF_SECRET)
			continue;
		if (conf_set(again, a, k.group, k.row, text, "again", &why) || !conf_same(c, again, k.group, k.row))
			abort();
	}
	conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	conf_register(groups);
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data, n);
	size_t file = strnlen(text, n);
	struct buf problems = { .mem = a };
	struct conf *c = conf_new();
	config_read_file(a, c, "roster.conf", text, n && data[0] == '\1' ? n : file, &problems);
	if (file < n)
		config_read_env(a, c, variables(a, text + file + 1, text + n), &problems);
	conf_check(c, a, &problems);
	server_conf_database(a, conf_get(c, &server_conf_group));
	server_conf_public_url(a, conf_get(c, &server_conf_group));
	write_and_read(a, c);
	conf_free(c);
	arena_free(a);
	return 0;
}
