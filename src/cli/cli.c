#include "cli/cli.h"
#include "base/str.h"
#include "base/write.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/follow.h"
#include "cli/help.h"
#include "cli/outcome.h"
#include "cli/sync.h"
#include "cli/testuser.h"
#include "cli/transfer.h"
#include "cli/users.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROW = 40, USUAL = 80 };

/* --- the program's own commands --------------------------------------------------------------------------------- */

static int run_serve(struct cli *c)
{
	int status = cli_configure(c);
	return status ? status : c->backend->serve();
}

struct migrate_in {
	const char *to;
};
extern const struct type migrate_in_type;
TYPE(migrate_in, FIELD(migrate_in, to, 0,
			 "Copy everything into this empty database (postgres://... or sqlite:PATH) and compare"));
static const struct op_call migrate_call = { .name = "migrate", .in = &migrate_in_type, .out = &none_type };
static const struct op migrate_flags = { .call = &migrate_call,
	.doc = "Bring the database's tables up to this version" };

static int run_migrate(struct cli *c, struct flags *f)
{
	int status = cli_configure(c);
	return status ? status : c->backend->migrate(flags_get(f, "to"));
}

static int run_openapi(struct cli *c)
{
	int status = cli_configure(c);
	if (status)
		return status;
	if (c->backend->openapi(c->mem, &c->out) == ERR_OK)
		return CLI_OK;
	buf_str(&c->err, "roster: the OpenAPI document could not be written.\n");
	return CLI_FAILED;
}

static int run_schema(struct cli *c)
{
	c->backend->schema(&c->out);
	return CLI_OK;
}

static int run_version(struct cli *c)
{
	buf_printf(&c->out, "roster %s\n", c->backend->version);
	return CLI_OK;
}

static int run_help(struct cli *c)
{
	help_all(c, &c->out);
	return CLI_OK;
}

const struct command commands[] = {
	{ "serve", "Run the server", .run = run_serve },
	{ "migrate", "Bring the database's tables up to this version", .takes = &migrate_flags,
		.run_with = run_migrate },
	{ "config show", "Show every setting and where it comes from", .run = cli_config_show },
	{ "config check", "Check the settings without starting anything", .run = cli_config_check },
	{ "config sample", "Print a settings file with every setting explained", .run = cli_config_sample },
	{ "openapi", "Print the OpenAPI 3.1 document of the API", .run = run_openapi },
	{ "schema", "Print the GraphQL schema of the API", .run = run_schema },
	{ "version", "Print the version", .run = run_version },
	{ "help", "Explain a command: roster help user create", .run = run_help },
	{ "completion bash", "Print what makes bash complete commands and flags", .run = cli_complete_bash },
	{ "completion zsh", "The same for zsh", .run = cli_complete_zsh },
	{ "completion fish", "The same for fish", .run = cli_complete_fish },
	{ "auth create-test-user", "Make an account to try things with", .takes = &test_user,
		.run_with = cli_test_user },
	{ "auth create-test-users", "Make several of them", .takes = &test_users, .run_with = cli_test_users },
	{ "auth list-users", "List the accounts, one after another", .takes = &test_list, .run_with = cli_test_list },
	{ "events follow", "Show the last events, and those that come", .takes = &follow_flags,
		.run_with = cli_follow },
	{ "sync", "Build everybody's social and moderation numbers again", .takes = &sync_flags, .run_with = cli_sync,
		.same = "-f=format" },
	{ "user import", "Bring accounts in from a file: JSON, JSON lines or CSV", .takes = &transfer_import,
		.run_with = cli_import },
	{ "user export", "Take all accounts out as a file", .takes = &transfer_export, .run_with = cli_export },
	{ "users update", "Give an account another address or status", .takes = &users_update,
		.run_with = cli_users_update, .same = "-s=status, -e=email" },
	{ "users import", "The same as user import", .takes = &transfer_import, .run_with = cli_import,
		.same = "-f=format" },
	{ "users export", "The same as user export", .takes = &transfer_export, .run_with = cli_export,
		.same = "-f=format, -o=output, -k=with_hashes, --include-keys=with_hashes" },
	{ 0 },
};

const struct alias aliases[] = {
	{ "users list", "user_list", NULL, "-s=status, -l=limit, -f=format" },
	{ "users create", "user_create", "username", "-e=email, -f=force" },
	{ "users show", "user_get", NULL, "-f=format" },
	{ "users delete", "user_delete", NULL, "-f=force" },
	{ "users search", "user_search", "q", "-l=limit, -f=format" },
	{ 0 },
};

/* --- the command line ------------------------------------------------------------------------------------------- */

int cli_usage(struct cli *c, const char *command, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	bool some = command && *command;
	const char *end = str_ends(text, "?") ? "" : ".";
	buf_printf(&c->err, "roster: %s%s\nTry: roster %s%s--help\n", text, end, some ? command : "", some ? " " : "");
	return CLI_USAGE;
}

/* Flags before the command, and all flags of a command that has none of its own. */
static int common_flag(struct cli *c, struct args *a, const char *command)
{
	struct flag flag;
	int status;
	if (args_flag(a, c->mem, &flag) && args_common(a, c, &flag, command, &status))
		return status;
	if (strcmp(flag.written, "--version") == 0 && !command) {
		run_version(c);
		return -1;
	}
	const char *near = conf_nearest_flag_name(c->mem, flag.written + strspn(flag.written, "-"));
	return cli_usage(c, command, "there is no flag %s%s%s%s", flag.written, near ? "; did you mean --" : "",
		near ? near : "", near ? "?" : "");
}

static int unknown_command(struct cli *c, const struct args *a)
{
	struct buf b = { .mem = c->mem };
	for (int i = a->i; i < a->argc && i < a->i + 3 && a->argv[i][0] != '-'; i++)
		buf_printf(&b, "%s%s", i > a->i ? " " : "", a->argv[i]);
	const char *written = buf_cstr(&b), *near = command_nearest(c, written);
	return cli_usage(c, NULL, "there is no command \"%s\"%s%s%s", written, near ? "; did you mean: roster " : "",
		near ? near : "", near ? "?" : "");
}

static int run_command(struct cli *c, struct args *a, const struct command *k)
{
	while (args_peek(a)) {
		int status = CLI_OK;
		if (args_at_flag(a))
			status = common_flag(c, a, k->name);
		else if (args_peek(a))
			status = cli_usage(c, k->name, "\"%s\" is one word too many", args_peek(a));
		if (status)
			return status;
	}
	if (!c->help)
		return k->run(c);
	help_command(c, &c->out, k);
	return CLI_OK;
}

static int run_operation(struct cli *c, struct args *a, const struct found *found)
{
	const struct command *k = found->command;
	const struct op *op = k ? k->takes : found->op;
	struct alias written = { .same = k ? k->same : NULL };
	struct flags f = { .op = op, .alias = written.same ? &written : found->alias };
	f.command = k ? k->name : found->alias ? found->alias->name : command_name(c->mem, op);
	int before = a->i, status;
	for (; args_peek(a); args_word(a)) /* help first: it needs no secret from standard input */
		c->help = c->help || strcmp(args_peek(a), "--help") == 0 || strcmp(args_peek(a), "-h") == 0;
	if (c->help) {
		help_op(c, &c->out, &f);
		return CLI_OK;
	}
	a->i = before;
	status = flags_read(c, a, &f);
	if (status)
		return status;
	return k ? k->run_with(c, &f) : run_op(c, &f);
}

/* `roster user`, `roster help user`, `roster user --help`: what there is under that word. */
static int show_topic(struct cli *c, struct args *a)
{
	const char *word = args_word(a);
	bool more = args_peek(a) && args_peek(a)[0] != '-';
	if (more || !command_is_topic(c, word)) {
		a->i--;
		return unknown_command(c, a);
	}
	struct buf *b = c->help || args_peek(a) ? &c->out : &c->err;
	help_topic(c, b, word);
	return b == &c->out ? CLI_OK : CLI_USAGE;
}

static int run_words(struct cli *c, struct args *a)
{
	struct found f = command_take(c, a);
	if (f.command && f.command->run == run_help && args_peek(a) && !args_at_flag(a)) {
		c->help = true;
		f = command_take(c, a);
	}
	if (f.command && f.command->run)
		return run_command(c, a, f.command);
	if (f.command || f.op)
		return run_operation(c, a, &f);
	return show_topic(c, a);
}

int cli_run(struct cli *c, int argc, const char *const *argv)
{
	struct args a = { .argv = argv, .argc = argc, .i = 1 };
	while (args_at_flag(&a)) {
		int status = common_flag(c, &a, NULL);
		if (status)
			return status < 0 ? CLI_OK : status;
	}
	if (args_peek(&a))
		return run_words(c, &a);
	help_all(c, c->help ? &c->out : &c->err);
	return c->help ? CLI_OK : CLI_USAGE;
}

/* --- the process ------------------------------------------------------------------------------------------------ */

static size_t terminal_width(void)
{
	struct winsize w;
	int64_t columns;
	const char *env = getenv("COLUMNS");
	if (env && str_int(env, &columns) && columns >= NARROW && columns <= 1000)
		return (size_t)columns;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= NARROW)
		return w.ws_col;
	return USUAL;
}

int cli_main(int argc, char **argv, const struct cli_backend *backend)
{
	struct arena *mem = arena_new(0);
	struct cli c = { .mem = mem, .backend = backend, .in_fd = STDIN_FILENO, .width = terminal_width() };
	c.out.mem = c.err.mem = mem;
	int status = cli_run(&c, argc, (const char *const *)argv);
	bool printed = write_all(STDERR_FILENO, c.err.p, c.err.n);
	printed = write_all(STDOUT_FILENO, c.out.p, c.out.n) && printed;
	arena_free(mem);
	return printed || status ? status : CLI_FAILED;
}
