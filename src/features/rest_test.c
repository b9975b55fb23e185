/* The HTTP door on a real server: bytes in, bytes out, with all features behind it. */
#include "api/rest.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct http_server *server;
static struct arena *mem;
static int port;

static void serve(void)
{
	static const char *const listen[] = { "127.0.0.1:0", NULL };
	static struct http_server_conf conf;
	const char *why = "";
	mem = home_open_pooled();
	rest_init(&(struct rest_conf){ .cors_origins = "https://a.example, https://b.example" });
	conf = (struct http_server_conf){
		.handler = rest_handler(), .listen = listen, .loops = 1, .spool_dir = "/tmp"
	};
	if (http_server_start(mem, &conf, &server, &why))
		test_fail(__FILE__, __LINE__, "%s", why);
	const char *at = http_server_address(server, 0);
	int64_t n;
	CHECK(str_int(strchr(at, ':') + 1, &n));
	port = (int)n;
}

static void stop(void)
{
	http_server_stop(server);
	home_close();
}

/* Sends a request ("GET /x" and what fmt says: headers, an empty line, a body) and returns the whole answer. */
static const char *ask(const char *line, const char *headers, const char *body)
{
	enum { ANSWER = 1 << 20 };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	const char *type = body && !strstr(headers, "Content-Type") ? "Content-Type: application/json\r\n" : "";
	const char *length = body ? arena_printf(mem, "Content-Length: %zu\r\n", strlen(body)) : "";
	const char *request = arena_printf(mem, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%s\r\n%s",
		line, headers, type, length, body ? body : "");
	CHECK(write(fd, request, strlen(request)) == (ssize_t)strlen(request));
	char *answer = arena_alloc(mem, ANSWER);
	size_t n = 0;
	for (ssize_t k; n < ANSWER - 1 && (k = read(fd, answer + n, ANSWER - 1 - n)) > 0;)
		n += (size_t)k;
	close(fd);
	return answer;
}

static int status_of(const char *answer)
{
	int64_t status = 0;
	CHECK(str_starts(answer, "HTTP/1.1 ") && str_int(arena_memdup0(mem, answer + 9, 3), &status));
	return (int)status;
}

static bool has(const char *answer, const char *text)
{
	return strstr(answer, text) != NULL;
}

static const char *bearer(const struct person *p)
{
	return arena_printf(mem, "Authorization: Bearer %s\r\n", p->access);
}

TEST(rest, answers_in_the_envelope_with_the_headers_of_every_answer)
{
	serve();
	struct person ann = home_person("ann");
	const char *a = ask("GET /api/v1/users/me", bearer(&ann), NULL);
	CHECK_INT(status_of(a), 200);
	static const char *const parts[] = { "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
		"Content-Security-Policy: default-src 'none'", "Referrer-Policy: no-referrer", "ETag: \"",
		"X-Correlation-ID: ",
		"\"success\":true,\"message\":\"Profile retrieved successfully\",\"data\":{\"id\":\"" };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		CHECK(has(a, parts[i]));
	stop();
}

TEST(rest, errors_have_one_form_a_prefix)
{
	serve();
	CHECK(has(ask("GET /api/v1/nothing", "", NULL),
		"{\"success\":false,\"message\":\"There is nothing at this address."));
	CHECK(has(ask("GET /api/nothing", "", NULL), "{\"error\":\"There is nothing"));
	CHECK(has(ask("GET /auth/nothing", "", NULL), "{\"detail\":\"There is nothing"));
	CHECK_INT(status_of(ask("GET /api/v1/users/me", "", NULL)), 401);
	CHECK(has(ask("GET /api/v1/users/me", "", NULL), "WWW-Authenticate: Bearer realm=\"roster\"\r\n"));
	CHECK(has(ask("GET /api/v1/users/me", "Authorization: Bearer x\r\n", NULL), "error=\"invalid_token\""));
	const char *a = ask("POST /api/v1/users", "", "{\"email\":\"x\",\"password\":\"y\"}");
	CHECK_INT(status_of(a), 422);
	CHECK(has(a, "\"details\":{\"email\":[\"") && has(a, "\"password\":[\""));
	a = ask("POST /auth/signup", "", "{\"email\":\"x\",\"password\":\"y\"}");
	CHECK(status_of(a) == 422 && has(a, "{\"detail\":[{\"loc\":[\"body\",\""));
	a = ask("POST /api/auth/register", "", "{\"email\":\"x\",\"password\":\"y\"}");
	CHECK(status_of(a) == 400 && has(a, "\"error\":\"Validation failed\"") &&
		has(a, "\"details\":[{\"type\":\"field\""));
	a = ask("POST /oauth/token", "Content-Type: application/x-www-form-urlencoded\r\n",
		"grant_type=password&username=ann&password=x");
	CHECK(status_of(a) == 400 && has(a, "{\"error\":\"invalid_grant\",\"error_description\":\""));
	CHECK_INT(status_of(ask("POST /api/v1/auth/login", "", "{nonsense")), 400);
	CHECK_INT(status_of(ask("POST /api/v1/auth/login", "Content-Type: text/xml\r\n", "<x/>")), 415);
	CHECK_INT(status_of(ask("POST /api/v1/auth/login", "Content-Encoding: gzip\r\n", "x")), 415);
	a = ask("PUT /api/v1/auth/login", "", "{}");
	CHECK(status_of(a) == 405 && has(a, "Allow: OPTIONS, POST\r\n"));
	CHECK_INT(status_of(ask("OPTIONS /api/v1/auth/login", "", NULL)), 204);
	stop();
}

TEST(rest, people_register_log_in_and_change_by_json_and_by_form)
{
	serve();
	const char *a = ask("POST /api/v1/users", "",
		"{\"email\":\"ann@example.org\",\"username\":\"ann\",\"password\":\"" HOME_PASSWORD "\"}");
	CHECK(status_of(a) == 201 && has(a, "Cache-Control: no-store") && has(a, "\"access_token\":\""));
	a = ask("POST /auth/login", "Content-Type: application/x-www-form-urlencoded\r\n",
		"login=ann&password=seventeen+quiet%20herons");
	CHECK(status_of(a) == 200 && has(a, "\r\n\r\n{\"access_token\":\"") && has(a, "\"token_type\":\"bearer\""));
	a = ask("POST /api/auth/login", "",
		"{\"emailOrUsername\":\"ann@example.org\",\"password\":\"" HOME_PASSWORD "\"}");
	CHECK(status_of(a) == 200 && has(a, "{\"message\":\"Login successful\",\"user\":{\"id\":\"") &&
		has(a, "\"tokens\":{\"accessToken\":\"") && has(a, "\"role\":\"USER\""));
	struct person ann = home_login("ann");
	a = ask("PATCH /api/v1/users/me", bearer(&ann), "{\"bio\":\"x\"}");
	CHECK(status_of(a) == 200 && has(a, "\"bio\":\"x\""));
	CHECK_INT(status_of(ask("PATCH /api/v1/users/me", arena_printf(mem, "%sIf-Match: \"old\"\r\n", bearer(&ann)),
			  "{\"bio\":\"y\"}")),
		412);
	CHECK(has(ask("GET /api/v1/users/search?q=ann&limit=5", "", NULL), "\"data\":[{\"id\":\""));
	CHECK_INT(status_of(ask("GET /api/v1/users/search?q=%zz", "", NULL)), 400);
	CHECK_INT(status_of(ask("GET /api/v1/users/ann", "", NULL)), 200);
	stop();
}

TEST(rest, what_the_client_has_already_is_not_sent_again)
{
	serve();
	struct person ann = home_person("ann");
	const char *a = ask("GET /api/v1/users/me", bearer(&ann), NULL);
	const char *tag = strstr(a, "ETag: ") + 6;
	tag = arena_memdup0(mem, tag, strcspn(tag, "\r"));
	a = ask("GET /api/v1/users/me", arena_printf(mem, "%sIf-None-Match: %s\r\n", bearer(&ann), tag), NULL);
	CHECK(status_of(a) == 304 && str_ends(a, "\r\n\r\n"));
	a = ask("HEAD /api/v1/users/me", bearer(&ann), NULL);
	CHECK(status_of(a) == 200 && str_ends(a, "\r\n\r\n"));
	stop();
}

TEST(rest, advisory_correlation_ids_that_could_forge_log_lines_are_replaced)
{
	serve();
	CHECK(has(ask("GET /health/ping", "X-Correlation-ID: abc-1:2.3_X\r\n", NULL),
		"X-Correlation-ID: abc-1:2.3_X\r\n"));
	CHECK(!has(ask("GET /health/ping", "X-Correlation-ID: a\"b\r\n", NULL), "a\"b"));
	CHECK(!has(ask("GET /health/ping", "X-Correlation-ID: a b\r\n", NULL), "a b\r\n"));
	static const char trace[] = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";
	CHECK_INT(status_of(ask("GET /health/ping", trace, NULL)), 200);
	CHECK_INT(status_of(ask("GET /health/ping", "traceparent: 00-zz\r\n", NULL)), 200);
	stop();
}

TEST(rest, advisory_other_origins_are_listed_never_reflected)
{
	serve();
	const char *a = ask("GET /health/ping", "Origin: https://a.example\r\n", NULL);
	CHECK(has(a, "Access-Control-Allow-Origin: https://a.example\r\n") && has(a, "Vary: Origin"));
	static const char *const others[] = { "https://evil.example", "https://a.example.evil.org", "https://a.exampl",
		"http://a.example", "null", "https://A.example" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		const char *origin = arena_printf(mem, "Origin: %s\r\n", others[i]);
		CHECK(!has(ask("GET /health/ping", origin, NULL), "Access-Control-Allow"));
	}
	a = ask("OPTIONS /api/v1/users/me", "Origin: https://b.example\r\nAccess-Control-Request-Method: PATCH\r\n",
		NULL);
	CHECK(status_of(a) == 204 && has(a, "Access-Control-Allow-Methods: "));
	a = ask("OPTIONS /api/v1/users/me", "Origin: https://c.example\r\nAccess-Control-Request-Method: PATCH\r\n",
		NULL);
	CHECK(status_of(a) == 204 && !has(a, "Access-Control-Allow"));
	stop();
}

TEST(rest, advisory_a_proxy_that_is_not_trusted_speaks_for_strangers)
{
	serve();
	CHECK_INT(status_of(ask("GET /metrics", "", NULL)), 200);
	CHECK_INT(status_of(ask("GET /metrics", "X-Forwarded-For: 192.0.2.1\r\n", NULL)), 401);
	CHECK_INT(status_of(ask("GET /metrics", "Forwarded: for=192.0.2.1\r\n", NULL)), 401);
	CHECK_INT(status_of(ask("GET /openapi.json", "", NULL)), 200);
	CHECK_INT(status_of(ask("GET /docs", "", NULL)), 302);
	CHECK_INT(status_of(ask("GET /", "", NULL)), 200);
	CHECK(has(ask("GET /.well-known/jwks.json", "", NULL), "\"kty\":\"EC\""));
	stop();
}

TEST(rest, services_show_their_secret_in_the_header)
{
	serve();
	struct person eve = home_with_role("eve", "admin");
	CHECK_INT(status_of(ask("POST /api/v1/oauth/clients", bearer(&eve), "{\"name\":\"s\"}")), 201);
	static const char form[] = "Content-Type: application/x-www-form-urlencoded\r\n";
	static const char *const wrong[] = { "bm90aGluZw==", "YTpi", "====", "" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *a =
			ask("POST /oauth/token", arena_printf(mem, "Authorization: Basic %s\r\n%s", wrong[i], form),
				"grant_type=client_credentials");
		CHECK(status_of(a) == 401 && has(a, "WWW-Authenticate: Basic realm=\"roster\"") &&
			has(a, "invalid_client"));
	}
	stop();
}

TEST(rest, cookies_serve_reads_and_need_a_token_for_writes)
{
	serve();
	struct person ann = home_person("ann");
	const char *cookie = arena_printf(mem, "Cookie: a=b; roster_access=%s\r\n", ann.access);
	CHECK_INT(status_of(ask("GET /api/v1/users/me", cookie, NULL)), 200);
	CHECK_INT(status_of(ask("PATCH /api/v1/users/me", cookie, "{\"bio\":\"x\"}")), 403);
	stop();
}
