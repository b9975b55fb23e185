#include "cli/testuser.h"
#include "base/id.h"
#include "cli/outcome.h"
#include "cli/progress.h"

#include <jansson.h>
#include <string.h>

enum { PASSWORD_LETTERS = 12, TRIES_MAX = 10000 };

struct test_user_in {
	const char *email, *password, *full_name, *prefix, *domain;
};
struct test_users_in {
	int64_t count;
	const char *password, *prefix, *domain;
};
extern const struct type test_user_in_type, test_users_in_type;
/* Their passwords may stand on the command line, where everyone on the host can read them: they guard nothing. */
#define TEST_FIELDS(S) \
	FIELD(S, password, 0, "Its password; one is made up when absent", .min = 8, .max = 256), \
		FIELD(S, prefix, 0, "What addresses begin with", .min = 1, .max = 50, .dflt = "test"), \
		FIELD(S, domain, 0, "What stands behind their @", .min = 1, .max = 200, .dflt = "example.com")
TYPE(test_user_in, FIELD(test_user_in, email, 0, "This very address; the next free one when absent", .max = 254),
	FIELD(test_user_in, full_name, 0, "Name", .max = 255), TEST_FIELDS(test_user_in));
TYPE(test_users_in, FIELD(test_users_in, count, 0, "How many", .min = 1, .max = 1000, .dflt = "5"),
	TEST_FIELDS(test_users_in));

#define FLAGS_ONLY(name_, in_) \
	static const struct op_call name_##_call = { .name = #name_, .in = &in_##_type, .out = &none_type }; \
	const struct op name_ = { .call = &name_##_call, .doc = name_##_doc, .flags = OP_ANYONE }
static const char test_user_doc[] = "Make an account to try things with; its address is the first that is free of"
				    " test@example.com, test1@example.com, test2@example.com ...",
		  test_users_doc[] = "Make several such accounts, with one password",
		  test_list_doc[] = "List the accounts";
FLAGS_ONLY(test_user, test_user_in);
FLAGS_ONLY(test_users, test_users_in);
FLAGS_ONLY(test_list, none);

/* Fills `in` from the flags after the settings were read; an exit status. */
static int begin(struct cli *c, const struct flags *f, void *in)
{
	int status = cli_configure(c);
	if (status)
		return status;
	struct cx cx = { .mem = c->mem, .conf = conf_current() };
	if (!flags_bind(&cx, f, in))
		return CLI_OK;
	for (const struct field_error *e = cx.fail.fields; e; e = e->next)
		buf_printf(&c->err, "roster: --%s %s\n", e->path, e->why);
	return CLI_FAILED; /* as the older program: its scripts look for 1 */
}

/* --- making them -------------------------------------------------------------------------------------------------- */

static const char *make_password(struct arena *a)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!@#$%^&*";
	char *s = arena_alloc(a, PASSWORD_LETTERS + 1);
	for (size_t i = 0; i < PASSWORD_LETTERS;) {
		unsigned char r;
		id_random(&r, 1);
		if (r < 256 / (sizeof letters - 1) *
				(sizeof letters - 1)) /* else the first letters would come more often */
			s[i++] = letters[r % (sizeof letters - 1)];
	}
	s[PASSWORD_LETTERS] = 0;
	return s;
}

struct wanted {
	const char *email, *password, *name;
};

static struct outcome create(struct cli *c, struct flags *create, const struct wanted *w)
{
	*create = (struct flags){ .op = command_op(c, "user_create"), .command = "auth create-test-user" };
	flags_set(c, create, "email", w->email);
	flags_set(c, create, "password", w->password);
	if (w->name)
		flags_set(c, create, "name", w->name);
	return op_outcome(c, create);
}

static void told(struct cli *c, const struct wanted *w, const struct outcome *o)
{
	json_t *envelope = json_loadb(o->envelope, o->n, 0, NULL);
	json_t *user = json_object_get(json_object_get(envelope, "data"), "user");
	buf_printf(&c->out, "Email: %s\nPassword: %s\n", w->email, w->password);
	if (w->name)
		buf_printf(&c->out, "Name: %s\n", w->name);
	buf_printf(&c->out, "ID: %lld\n", (long long)json_integer_value(json_object_get(user, "number")));
	json_decref(envelope);
}

/* "test1@example.com" -> "Test User Test1" */
static const char *test_name(struct arena *a, const char *email)
{
	char *local = arena_memdup0(a, email, strcspn(email, "@"));
	if (*local >= 'a' && *local <= 'z')
		*local = (char)(*local - 32);
	return arena_printf(a, "Test User %s", local);
}

/* The lowest number from *next on whose address is free. */
static int create_next(struct cli *c, const char *prefix, const char *domain, struct wanted *w, bool name, int *next)
{
	for (int tries = 0; tries < TRIES_MAX; tries++, ++*next) {
		struct flags f;
		w->email = *next ? arena_printf(c->mem, "%s%d@%s", prefix, *next, domain)
		                 : arena_printf(c->mem, "%s@%s", prefix, domain);
		w->name = name ? test_name(c->mem, w->email) : w->name;
		struct outcome o = create(c, &f, w);
		if (o.status == 409)
			continue;
		if (o.status < 200 || o.status > 299)
			return outcome_show(c, &f, &o) ? CLI_FAILED : CLI_OK;
		told(c, w, &o);
		++*next;
		return CLI_OK;
	}
	buf_printf(&c->err, "roster: the first %d addresses %s...@%s are taken.\n", TRIES_MAX, prefix, domain);
	return CLI_FAILED;
}

int cli_test_user(struct cli *c, struct flags *f)
{
	struct test_user_in in = { 0 };
	int status = begin(c, f, &in), next = 0;
	if (status)
		return status;
	struct wanted w = { in.email, in.password ? in.password : make_password(c->mem), in.full_name };
	if (!w.email)
		return create_next(c, in.prefix, in.domain, &w, false, &next);
	struct flags creating;
	struct outcome o = create(c, &creating, &w);
	if (o.status < 200 || o.status > 299)
		return outcome_show(c, &creating, &o) ? CLI_FAILED : CLI_OK;
	told(c, &w, &o);
	return CLI_OK;
}

int cli_test_users(struct cli *c, struct flags *f)
{
	struct test_users_in in = { 0 };
	int status = begin(c, f, &in), next = 0;
	struct wanted w = { .password = in.password ? in.password : make_password(c->mem) };
	for (int64_t i = 0; i < in.count && !status; i++) {
		progress_show(i, in.count);
		buf_str(&c->out, i ? "\n" : "");
		status = create_next(c, in.prefix, in.domain, &w, true, &next);
	}
	progress_end();
	if (!status)
		buf_printf(&c->out, "\nPassword of all: %s\n", w.password);
	return status;
}

/* --- listing ------------------------------------------------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void list_one(struct buf *b, const json_t *user)
{
	const char *email = text_of(user, "email"), *name = text_of(user, "name"), *made = text_of(user, "created_at");
	buf_printf(b, "\nID: %lld\nEmail: %s\n", (long long)json_integer_value(json_object_get(user, "number")),
		email ? email : "");
	if (name && *name)
		buf_printf(b, "Name: %s\n", name);
	buf_printf(b, "Created: %s\n", made ? made : "");
}

/* One page; *cursor is that of the next, NULL after the last. */
static int list_page(struct cli *c, const char **cursor, struct buf *b, int64_t *n)
{
	struct flags f = { .op = command_op(c, "user_list"), .command = "auth list-users" };
	flags_set(c, &f, "limit", "100");
	if (*cursor)
		flags_set(c, &f, "cursor", *cursor);
	struct outcome o = op_outcome(c, &f);
	if (o.status < 200 || o.status > 299)
		return outcome_show(c, &f, &o) ? CLI_FAILED : CLI_OK;
	json_t *envelope = json_loadb(o.envelope, o.n, 0, NULL), *user;
	size_t i;
	json_array_foreach(json_object_get(envelope, "data"), i, user)
	{
		list_one(b, user);
		++*n;
	}
	const char *next = text_of(json_object_get(envelope, "meta"), "next_cursor");
	*cursor = next ? arena_strdup(c->mem, next) : NULL;
	json_decref(envelope);
	return CLI_OK;
}

int cli_test_list(struct cli *c, struct flags *f)
{
	struct none in;
	struct buf b = { .mem = c->mem };
	const char *cursor = NULL;
	int64_t n = 0;
	int status = begin(c, f, &in);
	do
		status = status ? status : list_page(c, &cursor, &b, &n);
	while (!status && cursor);
	if (status)
		return status;
	if (!n)
		buf_str(&c->out, "No users found.\n");
	else
		buf_printf(&c->out, "Found %lld user(s):\n%s", (long long)n, buf_cstr(&b));
	return CLI_OK;
}
