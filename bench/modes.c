#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_MAX = 1024 };

/* Each connection writes as users of its own, so that nobody else's write comes between its write and its read. */
static struct user *next_own(struct worker *w, struct client *c)
{
	struct load *l = w->load;
	c->user += l->connections;
	if (c->user >= l->users.n)
		c->user = c->index % l->users.n;
	return &l->users.list[c->user];
}

static const struct user *any_user(struct worker *w, struct client *c)
{
	return &w->load->users.list[random_next(&c->random) % w->load->users.n];
}

static enum verdict want(const struct answer *a, int status, enum verdict good)
{
	return a->status == status ? good : WRONG_STATUS;
}

/* --- reads -------------------------------------------------------------------------------------------------------- */

static void ask_me(struct client *c, const char *token)
{
	client_request(c, "GET", "/api/v1/users/me", token, NULL);
}

static void ask_patch(struct worker *w, struct client *c)
{
	char json[64];
	const struct user *u = next_own(w, c);
	snprintf(json, sizeof json, "{\"bio\":\"note %u.%llu\"}", c->index, (unsigned long long)++c->serial);
	client_request(c, "PATCH", "/api/v1/users/me", u->access, json);
}

enum { ME_READ, ME_PATCH, ME_READ_AFTER };

static void me_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	c->step = c->step == ME_PATCH ? ME_READ_AFTER : ticket % 100 == 99 ? ME_PATCH : ME_READ;
	if (c->step == ME_PATCH)
		ask_patch(w, c);
	else
		ask_me(c, c->step == ME_READ ? any_user(w, c)->access : w->load->users.list[c->user].access);
}

static enum verdict me_judge(struct worker *w, struct client *c, const struct answer *a)
{
	if (c->step == ME_PATCH || a->status != 200)
		return want(a, 200, GOOD_WRITE);
	if (c->step != ME_READ_AFTER || !w->load->check)
		return GOOD_READ;
	char expected[64];
	snprintf(expected, sizeof expected, "\"note %u.%llu\"", c->index, (unsigned long long)c->serial);
	return answer_holds(a, expected) ? GOOD_READ : WRONG_CONTENT;
}

static void first_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	ask_me(c, w->load->tokens.line[w->load->skip + ticket]);
}

static void preferences_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	(void)ticket;
	client_request(c, "GET", "/api/v1/users/me/preferences", any_user(w, c)->access, NULL);
}

static void get_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	const struct lines *p = &w->load->paths;
	client_request(c, "GET", p->line[(w->load->skip + ticket) % p->n], w->load->token, NULL);
}

/* Each a person of his own, or whoever --token is, or nobody. */
static void graphql_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	const struct load *l = w->load;
	const char *token = l->users.n ? any_user(w, c)->access : l->token;
	client_request(c, "POST", "/graphql", token, l->paths.line[(l->skip + ticket) % l->paths.n]);
}

static enum verdict graphql_judge(struct worker *w, struct client *c, const struct answer *a)
{
	(void)w, (void)c;
	if (a->status != 200)
		return WRONG_STATUS;
	return answer_holds(a, "\"errors\"") ? WRONG_CONTENT : GOOD_READ;
}

static void idle_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	(void)ticket;
	ask_me(c, any_user(w, c)->access);
}

static enum verdict read_judge(struct worker *w, struct client *c, const struct answer *a)
{
	(void)w, (void)c;
	return want(a, 200, GOOD_READ);
}

/* --- repetitions ----------------------------------------------------------------------------------------------------- */

static void repeat_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	c->key = "the-key-of-the-benchmark";
	client_request(c, "PATCH", "/api/v1/users/me", w->load->users.list[ticket % w->load->users.n].access,
		"{\"bio\":\"said once\"}");
}

static enum verdict repeat_judge(struct worker *w, struct client *c, const struct answer *a)
{
	(void)c;
	static const char mark[] = "Idempotent-Replay: true";
	if (a->status != 200)
		return WRONG_STATUS;
	bool again = memmem(a->head, a->head_n, mark, sizeof mark - 1);
	return again || !w->load->check ? GOOD_READ : WRONG_CONTENT;
}

/* --- writes ------------------------------------------------------------------------------------------------------- */

static void patch_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	(void)ticket;
	ask_patch(w, c);
}

static void preference_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	(void)ticket;
	char json[64];
	const struct user *u = next_own(w, c);
	snprintf(json, sizeof json, "{\"date_format\":\"%u.%llu\"}", c->index, (unsigned long long)++c->serial);
	client_request(c, "PATCH", "/api/v1/users/me/preferences", u->access, json);
}

static enum verdict write_judge(struct worker *w, struct client *c, const struct answer *a)
{
	(void)w, (void)c;
	return want(a, 200, GOOD_WRITE);
}

static void ask_login(struct client *c, const struct user *u)
{
	char json[JSON_MAX];
	snprintf(json, sizeof json, "{\"identifier\":\"%s\",\"password\":\"%s\"}", u->email, u->password);
	client_request(c, "POST", "/api/v1/auth/login", NULL, json);
}

static void login_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	struct load *l = w->load;
	c->user = (l->skip + ticket) % l->users.n;
	ask_login(c, &l->users.list[c->user]);
}

static void keep_tokens(struct user *u, const struct answer *a)
{
	user_set(&u->access, answer_text(a, "access_token"));
	user_set(&u->refresh, answer_text(a, "refresh_token"));
}

static enum verdict login_judge(struct worker *w, struct client *c, const struct answer *a)
{
	/* Only `login` keeps the tokens: there each user is logged in by one connection at a time. */
	if (a->status == 200 && w->load->save)
		keep_tokens(&w->load->users.list[c->user], a);
	return want(a, 200, GOOD_WRITE);
}

static enum verdict storm_judge(struct worker *w, struct client *c, const struct answer *a)
{
	(void)w, (void)c;
	return a->status == 503 ? REFUSED : want(a, 200, GOOD_WRITE);
}

static void refresh_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	(void)ticket;
	char json[JSON_MAX];
	snprintf(json, sizeof json, "{\"refresh_token\":\"%s\"}", next_own(w, c)->refresh);
	client_request(c, "POST", "/api/v1/auth/refresh", NULL, json);
}

static enum verdict refresh_judge(struct worker *w, struct client *c, const struct answer *a)
{
	struct load *l = w->load;
	if (a->status != 200)
		return WRONG_STATUS;
	struct user *u = &l->users.list[c->user];
	keep_tokens(u, a);
	return GOOD_WRITE;
}

static void renew_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	char json[JSON_MAX];
	c->user = ticket;
	snprintf(json, sizeof json, "{\"refresh_token\":\"%s\"}", w->load->users.list[ticket].refresh);
	client_request(c, "POST", "/api/v1/auth/refresh", NULL, json);
}

static void create_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	struct load *l = w->load;
	char json[JSON_MAX], secret[128] = "";
	c->user = ticket;
	const struct user *u = &l->users.list[ticket];
	if (!l->no_password)
		snprintf(secret, sizeof secret, ",\"password\":\"%s\"", u->password);
	snprintf(json, sizeof json, "{\"email\":\"%s\",\"username\":\"%s\",\"name\":\"%s\"%s}", u->email, u->username,
		u->name, secret);
	client_request(c, "POST", "/api/v1/users", l->token, json);
}

static enum verdict create_judge(struct worker *w, struct client *c, const struct answer *a)
{
	if (a->status == 503)
		return REFUSED;
	if (a->status == 201)
		keep_tokens(&w->load->users.list[c->user], a);
	return want(a, 201, GOOD_WRITE);
}

/* --- everything a day brings ---------------------------------------------------------------------------------------- */

enum {
	MIX_ME,
	MIX_PATCH,
	MIX_REFRESH,
	MIX_SEARCH,
	MIX_PERSON,
	MIX_LOGIN,
	MIX_UNKNOWN,
	MIX_FORGED,
	MIX_MALFORMED,
	MIX_INVALID
};
static const struct {
	unsigned upto; /* of 1,000 */
	int status;
	enum verdict good;
} mix[] = {
	[MIX_ME] = { 700, 200, GOOD_READ },
	[MIX_PATCH] = { 750, 200, GOOD_WRITE },
	[MIX_REFRESH] = { 790, 200, GOOD_WRITE },
	[MIX_SEARCH] = { 850, 200, GOOD_READ },
	[MIX_PERSON] = { 940, 200, GOOD_READ },
	[MIX_LOGIN] = { 941, 200, GOOD_WRITE },
	[MIX_UNKNOWN] = { 960, 404, GOOD_READ },
	[MIX_FORGED] = { 980, 401, GOOD_READ },
	[MIX_MALFORMED] = { 990, 400, GOOD_READ },
	[MIX_INVALID] = { 1000, 422, GOOD_READ },
};

static void mixed_ask(struct worker *w, struct client *c, uint64_t ticket)
{
	unsigned pick = (unsigned)(random_next(&c->random) % 1000);
	const struct user *u = any_user(w, c);
	char path[128];
	for (c->step = 0; pick >= mix[c->step].upto;)
		c->step++;
	switch (c->step) {
	case MIX_PATCH:
		ask_patch(w, c);
		break;
	case MIX_REFRESH:
		refresh_ask(w, c, ticket);
		break;
	case MIX_SEARCH:
		snprintf(path, sizeof path, "/api/v1/users/search?q=%.9s", u->username);
		client_request(c, "GET", path, u->access, NULL);
		break;
	case MIX_PERSON:
		snprintf(path, sizeof path, "/api/v1/users/%s", any_user(w, c)->username);
		client_request(c, "GET", path, u->access, NULL);
		break;
	case MIX_LOGIN:
		ask_login(c, u);
		break;
	case MIX_UNKNOWN:
		client_request(c, "GET", "/api/v1/nowhere", u->access, NULL);
		break;
	case MIX_FORGED:
		ask_me(c, "eyJhbGciOiJub25lIn0.e30.");
		break;
	case MIX_MALFORMED:
		client_request(c, "PATCH", "/api/v1/users/me", u->access, "{\"bio\":");
		break;
	case MIX_INVALID:
		client_request(c, "PATCH", "/api/v1/users/me", u->access, "{\"role\":\"admin\"}");
		break;
	default:
		ask_me(c, u->access);
	}
}

static enum verdict mixed_judge(struct worker *w, struct client *c, const struct answer *a)
{
	/* The access token stays the old one, which is as good: the other thread may be reading it. */
	if (c->step == MIX_REFRESH && a->status == 200)
		user_set(&w->load->users.list[c->user].refresh, answer_text(a, "refresh_token"));
	return want(a, mix[c->step].status, mix[c->step].good);
}

const struct mode modes[] = {
	{ "me", "own profile of random users; 1 % change the bio, and the next read must show it", me_ask, me_judge,
		GOES_ON },
	{ "first", "own profile, each request with a token of --tokens never seen", first_ask, read_judge, FINITE },
	{ "read", "own profile of random users", idle_ask, read_judge, GOES_ON },
	{ "preferences", "own preferences of random users", preferences_ask, read_judge, GOES_ON },
	{ "get", "the paths of a file (--paths), one after another, with --token", get_ask, read_judge, GOES_ON },
	{ "graphql", "the GraphQL requests of a file (--paths), one after another, by random users, --token or nobody",
		graphql_ask, graphql_judge, GOES_ON },
	{ "idle", "a request on each connection, then held until standard input ends", idle_ask, read_judge, HOLDS },
	{ "patch", "change of the own profile", patch_ask, write_judge, GOES_ON },
	{ "preference", "change of the own preferences", preference_ask, write_judge, GOES_ON },
	{ "repeat", "a change of the own profile under one key; each but the first must be a replay", repeat_ask,
		repeat_judge, GOES_ON },
	{ "login", "log-in with e-mail and password, user after user", login_ask, login_judge, GOES_ON },
	{ "storm", "the same as hard as it goes; 503 with Retry-After is obeyed", login_ask, storm_judge, GOES_ON },
	{ "refresh", "rotation: each connection goes round users of its own", refresh_ask, refresh_judge, GOES_ON },
	{ "renew", "one rotation for every user of the file", renew_ask, refresh_judge, FINITE },
	{ "create", "accounts for the users of the generator", create_ask, create_judge, FINITE },
	{ "mixed", "a day's mixture of all of these, and of mistakes", mixed_ask, mixed_judge, GOES_ON },
	{ 0 },
};

const struct mode *mode_find(const char *name)
{
	for (const struct mode *m = modes; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}
