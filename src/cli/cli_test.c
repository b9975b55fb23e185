#include "cli/cli.h"
#include "base/str.h"
#include "base/test.h"
#include "cli/control.h"
#include "cli/help.h"
#include "cli/secret.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* --- a feature to be called ------------------------------------------------------------------------------------- */

static const char *const sizes[] = { "small", "large", NULL };
struct cup_new {
	const char *owner, *id;
	unsigned size;
	struct opt_bool sweet;
	struct opt_int price;
	struct list with;
	struct secret pin;
};
struct cup_ref {
	const char *id;
};
struct cup {
	const char *id, *owner, *with;
	unsigned size;
	bool sweet;
	int64_t price;
};
extern const struct type cup_new_type, cup_ref_type, cup_type;
TYPE(cup_new, FIELD(cup_new, owner, REQUIRED, "Whose cup it is", .min = 2, .max = 20),
	FIELD(cup_new, id, READ_ONLY, "Made by the server"),
	FIELD(cup_new, size, 0, "How large it is", .names = sizes, .dflt = "small"),
	FIELD(cup_new, sweet, 0, "With sugar"), FIELD(cup_new, price, 0, "In cents", .min = 1, .max = 999),
	FIELD_TEXTS(cup_new, with, 0, "What comes with it"), FIELD(cup_new, pin, REQUIRED, "Guards the cup"));
TYPE(cup_ref, FIELD(cup_ref, id, REQUIRED | IN_PATH, "Which cup"));
TYPE(cup, FIELD(cup, id, 0, "Identifier"), FIELD(cup, owner, 0, "Whose"), FIELD(cup, with, 0, "Beside it"),
	FIELD(cup, size, 0, "How large", .names = sizes), FIELD(cup, sweet, 0, "With sugar"),
	FIELD(cup, price, 0, "In cents"));

static err_t cup_create(struct cx *cx, const struct cup_new *in, struct cup *out)
{
	if (strcmp(in->owner, "taken") == 0)
		return FAIL(cx, ERR_CONFLICT, "taken");
	CHECK(in->pin.s && strcmp(in->pin.s, "4711") == 0);
	struct buf with = { .mem = cx->mem };
	for (size_t i = 0; i < in->with.n; i++)
		buf_printf(&with, "%s%s", i ? "+" : "", ((const char *const *)in->with.items)[i]);
	*out = (struct cup){ "c1", in->owner, buf_cstr(&with), in->size, in->sweet.v, in->price.v };
	return ERR_OK;
}

static err_t cup_get(struct cx *cx, const struct cup_ref *in, struct cup *out)
{
	if (strcmp(in->id, "c1") != 0)
		return FAIL(cx, ERR_NOT_FOUND, "%s", in->id);
	*out = (struct cup){ .id = "c1", .owner = "ann" };
	return ERR_OK;
}

static err_t cup_sugar_add(struct cx *cx, const struct cup_ref *in, struct cup *out)
{
	return cup_get(cx, in, out);
}

static err_t cup_mine(struct cx *cx, const struct none *in, struct cup *out)
{
	(void)in;
	return cup_get(cx, &(struct cup_ref){ .id = "c1" }, out);
}

OP_BIND(cup_create, cup_new, cup);
OP_BIND(cup_mine, none, cup);
OP_BIND(cup_get, cup_ref, cup);
OP_BIND(cup_sugar_add, cup_ref, cup);
static const struct op cup_ops[] = {
	{ OP(cup_create), .doc = "Put a cup on the table", .flags = OP_WRITE | OP_ANYONE },
	{ OP(cup_get), .doc = "Show a cup", .flags = OP_ANYONE },
	{ OP(cup_sugar_add), .doc = "Put sugar in", .flags = OP_WRITE | OP_ANYONE },
	{ OP(cup_mine), .doc = "Show your own cup" },
	{ 0 },
};
static const struct feature cup_feature = { .name = "cup", .ops = cup_ops };
static const struct feature *const features[] = { &cup_feature, NULL };

struct shop_conf {
	const char *data, *log_level, *url;
};
extern const struct conf_group shop_conf_group;
CONF_GROUP(shop, "server", CONF(shop, data, 0, "./data", "Folder of the data"),
	CONF(shop, log_level, CONF_RELOAD, "info", "What is logged"),
	CONF(shop, url, CONF_SECRET, "", "Where", .env = "SHOP_URL"));
static const struct conf_group *const groups[] = { &shop_conf_group, NULL };

/* --- a program around it ---------------------------------------------------------------------------------------- */

static err_t configure(
	struct arena *a, const struct conf_given *flags, size_t n, const char *file, const char **problems)
{
	struct conf *c = conf_new();
	(void)file;
	for (size_t i = 0; i < n; i++) {
		const char *why;
		if (conf_set(c, a, flags[i].key.group, flags[i].key.row, flags[i].text, flags[i].flag, &why)) {
			*problems = arena_printf(a, "%s: %s\n", flags[i].flag, why);
			conf_free(c);
			return ERR_INVALID;
		}
	}
	conf_publish(c);
	return ERR_OK;
}

static int busy; /* how often another process still holds the folder */
static err_t run_local(
	struct arena *mem, const struct op *op, const void *in, void **out, const struct cx **cx, const char **why)
{
	if (busy > 0) {
		busy--;
		*why = "Another process uses the data folder.";
		return ERR_BUSY;
	}
	struct cx *call = arena_new_of(mem, struct cx);
	call->mem = mem;
	*cx = call;
	*out = arena_alloc(mem, op->call->out->size);
	return op->call->run(call, in, NULL, *out);
}

static int serve(void)
{
	return 42;
}

static err_t openapi(struct arena *mem, struct buf *out)
{
	(void)mem;
	buf_str(out, "{}\n");
	return ERR_OK;
}

static int migrate(const char *to)
{
	return to ? 43 : 42;
}

static void schema(struct buf *out)
{
	buf_str(out, "type Query\n");
}

static const struct cli_backend backend = { "1.2.3", features, configure, serve, migrate, run_local, openapi, schema };

struct ran {
	struct arena *a;
	int status;
	const char *out, *err;
};

static struct ran run_with(const char *in, const char *const *argv)
{
	conf_register(groups);
	struct ran r = { .a = arena_new(0) };
	int fds[2], argc = 0;
	CHECK(pipe(fds) == 0 && write(fds[1], in, strlen(in)) == (ssize_t)strlen(in));
	close(fds[1]);
	while (argv[argc])
		argc++;
	struct cli c = { .mem = r.a, .backend = &backend, .in_fd = fds[0], .width = 80 };
	c.out.mem = c.err.mem = r.a;
	r.status = cli_run(&c, argc, argv);
	r.out = buf_cstr(&c.out);
	r.err = buf_cstr(&c.err);
	close(fds[0]);
	return r;
}
#define RUN(...) run_with("4711\n", (const char *const[]){ "roster", "--data", "/nowhere/at/all", __VA_ARGS__, NULL })

TEST(cli, an_operation_is_a_command_and_its_fields_are_flags)
{
	struct ran r = RUN("cup", "create", "--owner", "ann", "--size=large", "--sweet", "--price", "250", "--with",
		"milk,cake", "--with", "spoon", "--pin-stdin", "--format", "json");
	CHECK_TEXT(r.err, "");
	CHECK_INT(r.status, 0);
	CHECK_TEXT(r.out, "{\n  \"id\": \"c1\",\n  \"owner\": \"ann\",\n  \"with\": \"milk+cake+spoon\",\n"
			  "  \"size\": \"large\",\n  \"sweet\": true,\n  \"price\": 250\n}\n");
	arena_free(r.a);
}

TEST(cli, path_fields_may_stand_as_words_and_dashes_are_underscores)
{
	static const char *const lines[][4] = { { "cup", "get", "c1", NULL }, { "cup", "get", "--id", "c1" },
		{ "cup", "sugar-add", "c1", NULL }, { "cup", "get", "--", "c1" } };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct ran r = RUN(lines[i][0], lines[i][1], lines[i][2], lines[i][3]);
		CHECK_TEXT(r.err, "");
		CHECK_INT(r.status, 0);
		CHECK(strstr(r.out, "ann"));
		arena_free(r.a);
	}
}

TEST(cli, a_switch_can_be_turned_off)
{
	struct ran r = RUN("cup", "create", "--owner=bo", "--no-sweet", "--pin-stdin", "--format=json");
	CHECK(strstr(r.out, "\"sweet\": false"));
	arena_free(r.a);
}

TEST(cli, a_secret_is_refused_as_a_value_and_not_repeated)
{
	struct ran r = RUN("cup", "create", "--owner", "ann", "--pin", "4711");
	CHECK_INT(r.status, CLI_USAGE);
	CHECK(strstr(r.err, "--pin-stdin") && !strstr(r.err, "4711"));
	arena_free(r.a);
	r = RUN("--url", "x", "cup", "get", "c1");
	CHECK_INT(r.status, CLI_USAGE);
	CHECK(strstr(r.err, "ROSTER_URL_FILE"));
	arena_free(r.a);
}

TEST(cli, a_needed_secret_without_a_terminal_says_how_to_give_it)
{
	struct ran r = RUN("cup", "create", "--owner", "ann");
	CHECK_INT(r.status, CLI_USAGE);
	CHECK_TEXT(r.err,
		"roster: the pin is needed and standard input is no terminal to ask on; use --pin-stdin or --pin-file.\n"
		"Try: roster cup create --help\n");
	arena_free(r.a);
}

TEST(cli, what_is_about_the_caller_is_not_done_for_nobody)
{
	struct ran r = RUN("cup", "mine");
	CHECK_INT(r.status, CLI_DENIED);
	CHECK_TEXT(
		r.err, "roster: This concerns the person who is logged in; use the HTTP API with an access token.\n");
	CHECK_TEXT(r.out, "");
	arena_free(r.a);
	r = RUN("cup", "mine", "--help");
	CHECK_INT(r.status, CLI_OK);
	CHECK(strstr(r.out, "This concerns the person who is logged in"));
	arena_free(r.a);
}

TEST(cli, all_wrong_fields_are_told_by_their_flags)
{
	struct ran r = RUN("cup", "create", "--owner", "x", "--price", "1000", "--pin-stdin");
	CHECK_INT(r.status, CLI_USAGE);
	CHECK(strstr(r.err, "roster: The command line does not fit the command.\n"));
	CHECK(strstr(r.err, "  --owner: ") && strstr(r.err, "  --price: "));
	CHECK(strstr(r.err, "Try: roster cup create --help\n"));
	CHECK_TEXT(r.out, "");
	arena_free(r.a);
}

TEST(cli, the_exit_status_tells_what_went_wrong)
{
	struct ran r = RUN("cup", "get", "c9");
	CHECK_INT(r.status, CLI_NOT_FOUND);
	CHECK_TEXT(r.err, "roster: There is no such thing.\n");
	arena_free(r.a);
	r = RUN("cup", "create", "--owner", "taken", "--pin-stdin");
	CHECK_INT(r.status, CLI_CONFLICT);
	arena_free(r.a);
	CHECK_INT(cli_exit_of(503), CLI_UNAVAILABLE);
	CHECK_INT(cli_exit_of(401), CLI_DENIED);
	CHECK_INT(cli_exit_of(500), CLI_FAILED);
}

TEST(cli, slips_are_told_what_was_meant)
{
	static const struct {
		const char *words[3], *says;
	} slips[] = {
		{ { "cup", "crate" }, "there is no command \"cup crate\"; did you mean: roster cup create?" },
		{ { "serv" }, "there is no command \"serv\"; did you mean: roster serve?" },
		{ { "cup", "get", "--idd=1" }, "there is no flag --idd; did you mean --id?" },
		{ { "serve", "--log-levle=x" }, "there is no flag --log-levle; did you mean --log-level?" },
		{ { "version", "now" }, "\"now\" is one word too many" },
		{ { "cup", "get", "-v" }, "there is no flag -v: flags begin with two dashes" },
		{ { "cup", "get", "--format=xml" }, "--format must be one of table, json, yaml, csv, plain" },
		{ { "cup", "get", "--id" }, "--id needs a value" },
	};
	for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
		struct ran r = RUN(slips[i].words[0], slips[i].words[1], slips[i].words[2]);
		CHECK_INT(r.status, CLI_USAGE);
		CHECK(str_starts(r.err, arena_printf(r.a, "roster: %s", slips[i].says)));
		arena_free(r.a);
	}
}

TEST(cli, wrong_settings_end_with_their_own_status)
{
	struct ran r = RUN("--log-level", "\x01", "cup", "get", "c1");
	CHECK_INT(r.status, CLI_CONFIG);
	CHECK_TEXT(r.err, "roster: the settings are not right, so nothing was started:\n"
			  "  --log-level: must not hold control characters\n");
	arena_free(r.a);
}

TEST(cli, a_data_folder_that_is_held_is_tried_again)
{
	busy = 3;
	struct ran r = RUN("cup", "get", "c1");
	CHECK_INT(r.status, 0);
	CHECK_INT(busy, 0);
	arena_free(r.a);
}

TEST(cli, the_program_s_own_commands_reach_the_program)
{
	struct ran r = RUN("serve", "--log-level", "debug");
	CHECK_INT(r.status, 42);
	arena_free(r.a);
	r = RUN("version");
	CHECK_TEXT(r.out, "roster 1.2.3\n");
	arena_free(r.a);
	r = RUN("openapi");
	CHECK_TEXT(r.out, "{}\n");
	arena_free(r.a);
	r = RUN("schema");
	CHECK_TEXT(r.out, "type Query\n");
	arena_free(r.a);
	r = RUN("--version");
	CHECK_TEXT(r.out, "roster 1.2.3\n");
	CHECK_INT(r.status, 0);
	arena_free(r.a);
}

/* --- settings --------------------------------------------------------------------------------------------------- */

TEST(cli, config_show_tells_values_and_where_they_come_from)
{
	struct ran r = RUN("config", "show", "--log-level=a # b");
	CHECK_TEXT(
		r.out, "data = /nowhere/at/all  # --data\nlog_level = \"a # b\"  # --log-level\nurl =   # default\n");
	arena_free(r.a);
	r = RUN("config", "check");
	CHECK_TEXT(r.out, "The settings are right.\n");
	arena_free(r.a);
}

TEST(cli, config_sample_explains_every_setting)
{
	struct ran r = RUN("config", "sample");
	CHECK(strstr(r.out,
		"\n# What is logged\n# Environment: ROSTER_LOG_LEVEL. Read again on SIGHUP.\n#log_level = info\n"));
	CHECK(strstr(r.out, "\n# Environment: ROSTER_URL, SHOP_URL; ROSTER_URL_FILE names a file with it\n#url = \n"));
	arena_free(r.a);
}

/* --- help ------------------------------------------------------------------------------------------------------- */

TEST(cli_help, of_an_operation_lists_its_flags)
{
	struct ran r = RUN("cup", "create", "--pin-stdin", "--help");
	CHECK_INT(r.status, 0);
	CHECK(str_starts(r.out, "Put a cup on the table\n\nUsage: roster cup create [flags]\n\nFlags\n"
				"  --owner TEXT            Whose cup it is; 2 to 20 characters [needed]\n"
				"  --size small|large      How large it is (small)\n"
				"  --[no-]sweet            With sugar\n"
				"  --price NUMBER          In cents; 1 to 999\n"
				"  --with TEXT,...         What comes with it\n"
				"  --pin-stdin             Guards the cup [needed]\n"
				"  --pin-file FILE         The same from a file's first line\n"));
	arena_free(r.a);
}

TEST(cli_help, of_the_whole_names_commands_operations_and_exit_statuses)
{
	struct ran r = RUN("help");
	CHECK(strstr(r.out, "\n  serve                   Run the server\n"));
	CHECK(strstr(r.out, "\ncup\n  cup create              Put a cup on the table\n"
			    "  cup get ID              Show a cup\n  cup sugar-add ID        Put sugar in\n"));
	CHECK(strstr(r.out, "\n  5   the settings are wrong\n"));
	arena_free(r.a);
	r = RUN("help", "cup", "get");
	CHECK(str_starts(r.out, "Show a cup\n\nUsage: roster cup get ID [flags]\n"));
	arena_free(r.a);
	r = RUN("cup", "--help");
	CHECK_INT(r.status, 0);
	CHECK(strstr(r.out, "cup get ID"));
	arena_free(r.a);
	r = RUN("cup");
	CHECK_INT(r.status, CLI_USAGE);
	CHECK(strstr(r.err, "cup get ID"));
	arena_free(r.a);
	r = RUN("serve", "--help");
	CHECK(strstr(r.out, "\n  --log-level                   What is logged (info)\n"));
	CHECK(strstr(r.out, "\n  ROSTER_URL                    Where\n"));
	arena_free(r.a);
}

TEST(cli_help, is_wrapped_to_the_width)
{
	struct arena *a = arena_new(0);
	struct buf b = { .mem = a };
	help_entry(&b, 24, 8, "--x", "one two three four five");
	help_entry(&b, 24, 8, "--long-name", "six");
	CHECK_TEXT(buf_cstr(&b), "  --x   one two three\n        four five\n  --long-name\n        six\n");
	arena_free(a);
}

/* --- secrets ---------------------------------------------------------------------------------------------------- */

TEST(cli_secret, each_line_is_one_secret_and_not_a_byte_more_is_read)
{
	struct arena *a = arena_new(0);
	int fds[2];
	CHECK(pipe(fds) == 0 && write(fds[1], "one\r\n two \nthree", 16) == 16);
	close(fds[1]);
	CHECK_TEXT(secret_line(a, fds[0]), "one");
	CHECK_TEXT(secret_line(a, fds[0]), " two ");
	CHECK_TEXT(secret_line(a, fds[0]), "three");
	CHECK_TEXT(secret_line(a, fds[0]), NULL);
	close(fds[0]);
	arena_free(a);
}

/* --- the control socket ----------------------------------------------------------------------------------------- */

struct server {
	char dir[40], path[64];
	int fd;
	const char *answer;
	char request[2048];
	pthread_t thread;
};

/* Takes one connection, reads one request whole, answers with fixed bytes. */
static void *serve_once(void *arg)
{
	struct server *s = arg;
	int fd = accept(s->fd, NULL, NULL);
	size_t n = 0;
	const char *body = NULL, *length = NULL;
	while (!body || strlen(body + 4) < strtoul(length + 16, NULL, 10)) {
		ssize_t got = read(fd, s->request + n, sizeof s->request - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		s->request[n] = 0;
		body = strstr(s->request, "\r\n\r\n");
		length = strstr(s->request, "Content-Length: ");
	}
	ssize_t sent = write(fd, s->answer, strlen(s->answer));
	(void)sent;
	close(fd);
	return NULL;
}

static struct server *server_start(struct arena *a, const char *answer)
{
	struct server *s = arena_new_of(a, struct server);
	s->answer = answer;
	snprintf(s->dir, sizeof s->dir, "/tmp/roster-cli-XXXXXX");
	CHECK(mkdtemp(s->dir));
	snprintf(s->path, sizeof s->path, "%s/control.sock", s->dir);
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	memcpy(sa.sun_path, s->path, strlen(s->path));
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(s->fd, (const struct sockaddr *)&sa, sizeof sa) == 0 && listen(s->fd, 4) == 0);
	CHECK(pthread_create(&s->thread, NULL, serve_once, s) == 0);
	return s;
}

static void server_end(struct server *s)
{
	pthread_join(s->thread, NULL);
	close(s->fd);
	unlink(s->path);
	rmdir(s->dir);
}

#define SERVED(s, ...) run_with("4711\n", (const char *const[]){ "roster", "--data", (s)->dir, __VA_ARGS__, NULL })

TEST(cli_control, a_running_server_gets_the_input_as_json)
{
	struct arena *a = arena_new(0);
	struct server *s =
		server_start(a, "HTTP/1.1 201 Created\r\nContent-Length: 63\r\n\r\n"
				"{\"success\":true,\"message\":\"m\",\"data\":{\"id\":\"c7\",\"owner\":\"ann\"}}");
	struct ran r = SERVED(s, "cup", "create", "--owner", "a\"n", "--sweet", "--price=007", "--with=x,y", "--size",
		"large", "--pin-stdin", "--format", "json");
	CHECK_TEXT(r.err, "");
	CHECK_TEXT(r.out, "{\n  \"id\": \"c7\",\n  \"owner\": \"ann\"\n}\n");
	CHECK(str_starts(s->request, "POST /control/op/cup_create HTTP/1.1\r\nHost: roster\r\n"));
	CHECK_TEXT(strstr(s->request, "\r\n\r\n") + 4,
		"{\"owner\":\"a\\\"n\",\"sweet\":true,\"price\":7,\"with\":[\"x\",\"y\"],\"size\":\"large\",\"pin\":\"4711\"}");
	arena_free(r.a);
	server_end(s);
	arena_free(a);
}

TEST(cli_control, a_refusal_of_the_server_is_told_with_its_fields)
{
	struct arena *a = arena_new(0);
	struct server *s = server_start(a,
		"HTTP/1.1 422 Unprocessable\r\nTransfer-Encoding: chunked\r\n\r\n"
		"5e\r\n{\"success\":false,\"message\":\"Some.\",\"error\":\"invalid\",\"details\":{\"id\":[\"a\",\"b\"],\"x\":[\"c\"]}}    "
		"\r\n0\r\n\r\n");
	struct ran r = SERVED(s, "cup", "get", "c1");
	CHECK_INT(r.status, CLI_USAGE);
	CHECK_TEXT(r.err, "roster: Some.\n  --id: a\n  --id: b\n  x: c\nTry: roster cup get --help\n");
	arena_free(r.a);
	server_end(s);
	arena_free(a);
}

TEST(cli_control, a_broken_answer_is_unavailable_and_nothing_runs_here)
{
	static const char *const answers[] = { "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "SSH-2.0\r\n" };
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct arena *a = arena_new(0);
		struct server *s = server_start(a, answers[i]);
		struct ran r = SERVED(s, "cup", "get", "c1");
		CHECK_INT(r.status, CLI_UNAVAILABLE);
		CHECK_TEXT(r.out, "");
		arena_free(r.a);
		server_end(s);
		arena_free(a);
	}
}

TEST(cli_control, a_socket_that_nobody_listens_on_means_no_server)
{
	struct arena *a = arena_new(0);
	struct server *s = server_start(a, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
	struct control_answer answer;
	CHECK_ERR(control_call(a, s->dir, "x", "{}", 2, &answer), ERR_OK);
	pthread_join(s->thread, NULL);
	close(s->fd);
	CHECK_ERR(control_call(a, s->dir, "x", "{}", 2, &answer), ERR_NOT_HERE);
	unlink(s->path);
	CHECK_ERR(control_call(a, s->dir, "x", "{}", 2, &answer), ERR_NOT_HERE);
	rmdir(s->dir);
	CHECK_ERR(control_call(a, s->dir, "x", "{}", 2, &answer), ERR_NOT_HERE);
	arena_free(a);
}
