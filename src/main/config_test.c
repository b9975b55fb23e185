#include "main/config.h"
#include "base/str.h"
#include "base/test.h"
#include "main/server_conf.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mint_conf {
	int64_t ttl;
	const char *key, *algorithm;
};
extern const struct conf_group mint_conf_group;
CONF_GROUP(mint, "mint",
	CONF(mint, ttl, CONF_DURATION | CONF_RELOAD, "15m", "How long", .env = "MINT_EXPIRE_MINUTES", .env_unit = "m"),
	CONF(mint, key, CONF_SECRET, "", "Key", .env = "MINT_SECRET_KEY", .min = 0, .max = 64),
	CONF(mint, algorithm, CONF_PLAIN, "ES256", "Which",
		.env = "MINT_ALGORITHM|OLD_MINT_ALGORITHM|ROSTER_ALGORITHM"));
static const struct conf_group *const groups[] = { &server_conf_group, &mint_conf_group, NULL };

/* A data folder of the test's own, gone with its arena. */
struct fixture {
	struct arena *a;
	const char *dir;
};

static struct fixture begin(void)
{
	conf_register(groups);
	struct fixture f = { .a = arena_new(0) };
	char *dir = arena_strdup(f.a, "/tmp/roster-config-XXXXXX");
	CHECK(mkdtemp(dir));
	f.dir = dir;
	return f;
}

static const char *file_put(struct fixture *f, const char *name, const char *text)
{
	const char *path = arena_printf(f->a, "%s/%s", f->dir, name);
	FILE *out = fopen(path, "w");
	CHECK(out && fputs(text, out) >= 0 && fclose(out) == 0);
	return path;
}

static void end(struct fixture *f)
{
	unlink(arena_printf(f->a, "%s/roster.conf", f->dir));
	unlink(arena_printf(f->a, "%s/other.conf", f->dir));
	unlink(arena_printf(f->a, "%s/secret", f->dir));
	CHECK(rmdir(f->dir) == 0);
	arena_free(f->a);
}

#define ENV(...) ((const char *const[]){ arena_printf(f.a, "ROSTER_DATA=%s", f.dir), __VA_ARGS__ })
static struct conf_given flag(const char *name, const char *text)
{
	struct conf_key k = conf_by_flag_name(name + 2, strlen(name + 2));
	CHECK(k.row);
	return (struct conf_given){ k, text, name };
}

TEST(config, flags_override_the_environment_that_overrides_the_file_that_overrides_defaults)
{
	struct fixture f = begin();
	file_put(&f, "roster.conf", "workers = 1\nloops = 1\nhash_threads = 1\n");
	struct conf_given flags[] = { flag("--workers", "3") };
	struct config_input in = { flags, 1, NULL, ENV("ROSTER_WORKERS=2", "ROSTER_LOOPS=2", NULL) };
	struct conf *c;
	const char *problems;
	CHECK_ERR(config_load(f.a, &in, &c, &problems), ERR_OK);
	const struct server_conf *s = conf_get(c, &server_conf_group);
	CHECK_INT(s->workers, 3);
	CHECK_INT(s->loops, 2);
	CHECK_INT(s->hash_threads, 1);
	CHECK_INT(s->hash_queue, 64);
	struct conf_key k = conf_by_file_name("workers");
	CHECK_TEXT(conf_where(c, k.group, k.row), "--workers");
	k = conf_by_file_name("loops");
	CHECK_TEXT(conf_where(c, k.group, k.row), "ROSTER_LOOPS");
	k = conf_by_file_name("hash_threads");
	CHECK_TEXT(conf_where(c, k.group, k.row), arena_printf(f.a, "%s/roster.conf line 3", f.dir));
	conf_free(c);
	end(&f);
}

/* The problems of an input, without the folder's name. */
static const char *problems_of(struct fixture *f, const struct config_input *in)
{
	struct conf *c;
	const char *problems;
	err_t e = config_load(f->a, in, &c, &problems);
	CHECK(e == (*problems ? ERR_INVALID : ERR_OK) && !c == !!*problems);
	conf_free(c);
	struct buf b = { .mem = f->a };
	size_t n = strlen(f->dir);
	for (const char *p = problems; *p; p++) {
		if (strncmp(p, f->dir, n) == 0)
			p += n;
		buf_char(&b, *p);
	}
	return buf_cstr(&b);
}

TEST(config, all_problems_are_told_at_once_with_their_place)
{
	struct fixture f = begin();
	file_put(&f, "roster.conf",
		"# settings\n\nlistn = :80\nworkers = many\r\n"
		"mint.ttl 5m\nworkers = 2\nidle_timeout = \"5s\nmint.xyz = 1\n");
	struct conf_given flags[] = { flag("--mint-ttl", "soon") };
	struct config_input in = { flags, 1, NULL,
		ENV("ROSTER_LISSEN=x", "ROSTER_RATE_LIMITS=perhaps", "MINT_EXPIRE_MINUTES=-1", "PATH=/bin", NULL) };
	CHECK_TEXT(problems_of(&f, &in),
		"/roster.conf:3: there is no setting listn; did you mean listen?\n"
		"/roster.conf:4: workers must be a whole number\n"
		"/roster.conf:5: a line must read: name = value\n"
		"/roster.conf:6: workers is set twice, first in line 4\n"
		"/roster.conf:7: the quotes of the value do not close, or something follows them\n"
		"/roster.conf:8: there is no setting mint.xyz\n"
		"MINT_EXPIRE_MINUTES: must be a duration such as 250ms, 15s, 15m, 12h or 7d\n"
		"ROSTER_LISSEN: there is no such setting; did you mean ROSTER_LISTEN?\n"
		"ROSTER_RATE_LIMITS: must be on or off\n"
		"--mint-ttl: must be a duration such as 250ms, 15s, 15m, 12h or 7d\n");
	end(&f);
}

static struct conf *load(struct fixture *f, const struct config_input *in)
{
	struct conf *c;
	const char *problems;
	err_t e = config_load(f->a, in, &c, &problems);
	CHECK_TEXT(problems, "");
	CHECK_ERR(e, ERR_OK);
	return c;
}

TEST(config, names_that_other_programs_share_set_their_row)
{
	struct fixture f = begin();
	struct config_input in = { NULL, 0, NULL,
		ENV("DATABASE_URL=postgresql+asyncpg://u:p@h/db", "MINT_EXPIRE_MINUTES=30",
			"CORS_ORIGIN=http://a.example", "OLD_MINT_ALGORITHM=", NULL) };
	struct conf *c = load(&f, &in);
	CHECK_TEXT(server_conf_database(f.a, conf_get(c, &server_conf_group)), "postgres://u:p@h/db");
	CHECK_TEXT(((const struct server_conf *)conf_get(c, &server_conf_group))->cors_origins, "http://a.example");
	const struct mint_conf *mint = conf_get(c, &mint_conf_group);
	CHECK_INT(mint->ttl, 1800000);
	CHECK_TEXT(mint->algorithm, "ES256");
	conf_free(c);
	end(&f);
}

TEST(config, a_further_name_may_begin_as_the_program_s_own)
{
	struct fixture f = begin();
	struct config_input in = { NULL, 0, NULL, ENV("ROSTER_ALGORITHM=EdDSA", NULL) };
	struct conf *c = load(&f, &in);
	CHECK_TEXT(((const struct mint_conf *)conf_get(c, &mint_conf_group))->algorithm, "EdDSA");
	conf_free(c);
	end(&f);
}

TEST(config, the_program_s_own_name_beats_the_shared_one)
{
	struct fixture f = begin();
	struct config_input in = { NULL, 0, NULL, ENV("ROSTER_MINT_TTL=1h", "MINT_EXPIRE_MINUTES=30", NULL) };
	struct conf *c = load(&f, &in);
	CHECK_INT(((const struct mint_conf *)conf_get(c, &mint_conf_group))->ttl, 3600000);
	conf_free(c);
	end(&f);
}

TEST(config, a_secret_may_come_from_a_file_and_only_a_secret)
{
	struct fixture f = begin();
	const char *path = file_put(&f, "secret", "hush\nsecond line\n");
	struct config_input in = { NULL, 0, NULL, ENV(arena_printf(f.a, "ROSTER_MINT_KEY_FILE=%s", path), NULL) };
	struct conf *c = load(&f, &in);
	CHECK_TEXT(((const struct mint_conf *)conf_get(c, &mint_conf_group))->key, "hush");
	conf_free(c);
	in.env = ENV("ROSTER_MINT_KEY_FILE=/nowhere/at/all", "ROSTER_LISTEN_FILE=/etc/hostname", NULL);
	CHECK_TEXT(problems_of(&f, &in), "ROSTER_MINT_KEY_FILE: /nowhere/at/all does not exist\n"
					 "ROSTER_LISTEN_FILE: there is no such setting\n");
	end(&f);
}

TEST(config, a_problem_of_a_secret_does_not_show_it)
{
	struct fixture f = begin();
	file_put(&f, "roster.conf",
		"mint.key = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
		"database_url = mysql://root:aaaa@h/db\n");
	struct config_input in = { NULL, 0, NULL, ENV(NULL) };
	CHECK(!strstr(problems_of(&f, &in), "aaaa"));
	end(&f);
}

TEST(config, quotes_keep_blanks_and_the_sign_of_a_comment)
{
	struct fixture f = begin();
	file_put(&f, "roster.conf", "mint.key = \" a # b \" # why\nmint.algorithm = x#y   # comment\r\nadmin_email=\n");
	struct config_input in = { NULL, 0, NULL, ENV(NULL) };
	struct conf *c = load(&f, &in);
	const struct mint_conf *mint = conf_get(c, &mint_conf_group);
	CHECK_TEXT(mint->key, " a # b ");
	CHECK_TEXT(mint->algorithm, "x#y");
	conf_free(c);
	end(&f);
}

TEST(config, a_file_that_was_asked_for_must_be_there)
{
	struct fixture f = begin();
	struct config_input in = { NULL, 0, "/nowhere/roster.conf", ENV(NULL) };
	CHECK_TEXT(problems_of(&f, &in), "/nowhere/roster.conf: does not exist\n");
	in.file = NULL;
	in.env = ENV(arena_printf(f.a, "ROSTER_CONFIG=%s", f.dir), NULL);
	CHECK_TEXT(problems_of(&f, &in), ": is a folder\n");
	end(&f);
}

TEST(config, the_file_in_the_data_folder_cannot_move_the_data_folder)
{
	struct fixture f = begin();
	file_put(&f, "roster.conf", "data = /elsewhere\n");
	struct conf_given flags[] = { flag("--data", f.dir) };
	struct config_input in = { flags, 1, NULL, (const char *const[]){ NULL } };
	CHECK_TEXT(problems_of(&f, &in),
		"/roster.conf: the file in the data folder cannot set data; use --data or ROSTER_DATA\n");
	end(&f);
}

TEST(config, rules_over_several_settings_are_checked)
{
	struct fixture f = begin();
	struct config_input in = { NULL, 0, NULL,
		ENV("ROSTER_LISTEN=127.0.0.1:1, 0.0.0.0:2", "ROSTER_RATE_LIMITS=off", "ROSTER_TLS_KEY=k",
			"ROSTER_ADMIN_EMAIL=a@b.c", NULL) };
	CHECK_TEXT(problems_of(&f, &in), "tls_key: set tls_cert too\nadmin_email: set admin_password_file too\n"
					 "rate_limits: can be off only when all listen addresses are on this host\n");
	end(&f);
}

static int64_t ttl_now(void)
{
	return ((const struct mint_conf *)conf_get(conf_current(), &mint_conf_group))->ttl;
}

TEST(config, a_reload_changes_what_may_change_and_keeps_the_rest)
{
	struct fixture f = begin();
	file_put(&f, "roster.conf", "mint.ttl = 1m\nworkers = 2\n");
	struct config_input in = { NULL, 0, NULL, ENV(NULL) };
	config_remember(&in);
	conf_publish(load(&f, &in));
	log_set(LOG_OFF, 2);
	file_put(&f, "roster.conf", "mint.ttl = 2m\nworkers = 3\n");
	CHECK_ERR(config_reload(), ERR_OK);
	CHECK_INT(ttl_now(), 120000);
	CHECK_INT(((const struct server_conf *)conf_get(conf_current(), &server_conf_group))->workers, 2);
	file_put(&f, "roster.conf", "mint.ttl = 3m\nworkers = x\n");
	CHECK_ERR(config_reload(), ERR_INVALID);
	CHECK_INT(ttl_now(), 120000);
	end(&f);
}

/* --- server_conf -------------------------------------------------------------------------------------------------- */

static const char *database(struct fixture *f, const char *url)
{
	struct server_conf c = { .data = "/d", .database_url = url };
	return server_conf_database(f->a, &c);
}

TEST(server_conf, database_urls_are_read_in_the_spellings_people_have)
{
	struct fixture f = begin();
	CHECK_TEXT(database(&f, ""), "sqlite:/d/roster.db");
	CHECK_TEXT(database(&f, "sqlite:///./x.db"), "sqlite:./x.db");
	CHECK_TEXT(database(&f, "sqlite:////var/x.db"), "sqlite:/var/x.db");
	CHECK_TEXT(database(&f, "sqlite+aiosqlite:///./x.db"), "sqlite:./x.db");
	CHECK_TEXT(database(&f, "sqlite:x.db"), "sqlite:x.db");
	CHECK_TEXT(database(&f, "postgresql://h/db?a=b"), "postgres://h/db?a=b");
	CHECK_TEXT(database(&f, "postgres:///db"), "postgres:///db");
	end(&f);
}

TEST(server_conf, only_loopback_and_unix_sockets_are_not_public)
{
	static const char *const private[] = { "127.0.0.1:80", "[::1]:80", "localhost:0", "unix:/x",
		"127.9.9.9:1, unix:/x" };
	static const char *const public[] = { ":80", "0.0.0.0:80", "[::]:80", "10.0.0.1:80", "127.evil.example:80",
		"127.0.0.1:80,:80" };
	struct fixture f = begin();
	for (size_t i = 0; i < sizeof private / sizeof *private; i++)
		CHECK(!server_conf_is_public(f.a, &(struct server_conf){ .listen = private[i] }));
	for (size_t i = 0; i < sizeof public / sizeof *public; i++)
		CHECK(server_conf_is_public(f.a, &(struct server_conf){ .listen = public[i] }));
	end(&f);
}

TEST(server_conf, the_public_url_falls_back_to_the_first_address)
{
	struct fixture f = begin();
	struct server_conf c = { .listen = "unix:/x, 0.0.0.0:81", .public_url = "", .tls_cert = "" };
	CHECK_TEXT(server_conf_public_url(f.a, &c), "http://localhost:81");
	c.listen = "[::1]:443";
	c.tls_cert = "c.pem";
	CHECK_TEXT(server_conf_public_url(f.a, &c), "https://[::1]:443");
	c.public_url = "https://id.example.org/";
	CHECK_TEXT(server_conf_public_url(f.a, &c), "https://id.example.org");
	end(&f);
}

TEST(server_conf, malformed_addresses_and_origins_are_refused)
{
	static const char *const bad[] = { "ROSTER_LISTEN=8080", "ROSTER_LISTEN=", "ROSTER_LISTEN=a:99999",
		"ROSTER_LISTEN=::1:80", "ROSTER_LISTEN=unix:relative", "CORS_ORIGIN=*", "CORS_ORIGIN=example.org",
		"CORS_ORIGIN=https://a.example/path", "ROSTER_PUBLIC_URL=ftp://x", "ROSTER_PUBLIC_URL=http://",
		"ROSTER_DATABASE_URL=mysql://x", "ROSTER_TRUSTED_PROXIES=10.0.0.0/33", "ROSTER_LOG_LEVEL=loud" };
	struct fixture f = begin();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct config_input in = { NULL, 0, NULL, ENV(bad[i], NULL) };
		const char *problems = problems_of(&f, &in);
		CHECK(str_starts(problems, arena_memdup0(f.a, bad[i], strcspn(bad[i], "="))));
	}
	end(&f);
}
