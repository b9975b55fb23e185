/* The runner of the unit tests: `unit [-v] [module[.name]]`. Each test runs in a child process, so that a crash or a
 * sanitizer's report ends that test alone and is counted as its failure. */
#include "base/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_SKIPPED = 77, TEST_SECONDS = 120 };

static struct test *tests;

void test_register(struct test *t)
{
	t->next = tests;
	tests = t;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "%s:%d: ", file, line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	fflush(NULL);
	_exit(EXIT_FAILED);
}

void test_skip(const char *why)
{
	printf("skipped: %s\n", why);
	fflush(NULL);
	_exit(EXIT_SKIPPED);
}

void test_equal_int(const char *file, int line, const char *what, int64_t got, int64_t want)
{
	if (got != want)
		test_fail(file, line, "%s is %lld, not %lld", what, (long long)got, (long long)want);
}

void test_equal_text(const char *file, int line, const char *what, const char *got, const char *want)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return;
	test_fail(file, line, "%s is\n  %s\nnot\n  %s", what, got ? got : "(NULL)", want ? want : "(NULL)");
}

void test_equal_bytes(
	const char *file, int line, const char *what, const void *got, size_t n, const void *want, size_t m)
{
	if (n == m && (n == 0 || memcmp(got, want, n) == 0))
		return;
	size_t at = 0;
	const unsigned char *g = got, *w = want;
	while (at < n && at < m && g[at] == w[at])
		at++;
	test_fail(file, line, "%s: %zu bytes, not %zu, or different from byte %zu on", what, n, m, at);
}

static int run_one(const struct test *t)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return EXIT_FAILED;
	if (pid == 0) {
		alarm(TEST_SECONDS);
		t->run();
		fflush(NULL);
		exit(0); /* with the leak check. NOLINT(concurrency-mt-unsafe): the test's threads are gone */
	}
	int status = 0;
	if (waitpid(pid, &status, 0) != pid)
		return EXIT_FAILED;
	if (WIFSIGNALED(status))
		fprintf(stderr, "ended by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

static bool wanted(const struct test *t, const char *filter)
{
	if (!filter)
		return true;
	size_t n = strlen(t->module);
	if (strncmp(filter, t->module, n) != 0)
		return false;
	return !filter[n] || (filter[n] == '.' && strcmp(filter + n + 1, t->name) == 0);
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	const char *filter = argc > 1 + verbose ? argv[1 + verbose] : NULL;
	int passed = 0, failed = 0, skipped = 0;
	struct test *list = NULL; /* registered newest first: turn it round */
	while (tests) {
		struct test *t = tests;
		tests = t->next;
		t->next = list;
		list = t;
	}
	for (const struct test *t = list; t; t = t->next) {
		if (!wanted(t, filter))
			continue;
		int code = run_one(t);
		passed += code == 0;
		skipped += code == EXIT_SKIPPED;
		failed += code != 0 && code != EXIT_SKIPPED;
		if (code != 0 || verbose)
			printf("%s %s.%s\n",
				code == 0              ? "ok"
				: code == EXIT_SKIPPED ? "skip"
						       : "FAIL",
				t->module, t->name);
	}
	printf("%d passed, %d failed", passed, failed);
	if (skipped)
		printf(", %d skipped", skipped);
	printf("\n");
	return failed != 0 || passed == 0;
}
