/* Unit tests. A test says one fact in its name and registers itself:
 *
 *	TEST(arena, memory_is_zeroed)
 *	{
 *		...
 *		CHECK(p[0] == 0);
 *	}
 *
 * CHECK and its kin end the test at the first failure, printing file, line and values. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
	const char *module, *name;
	void (*run)(void);
	struct test *next;
};
void test_register(struct test *t);

#define TEST(module_, name_) \
	static void test_##module_##_##name_(void); \
	__attribute__((constructor)) static void test_##module_##_##name_##_add(void) \
	{ \
		static struct test t = { #module_, #name_, test_##module_##_##name_, NULL }; \
		test_register(&t); \
	} \
	static void test_##module_##_##name_(void)

_Noreturn void test_fail(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void test_equal_int(const char *file, int line, const char *what, int64_t got, int64_t want);
void test_equal_text(const char *file, int line, const char *what, const char *got, const char *want);
void test_equal_bytes(
	const char *file, int line, const char *what, const void *got, size_t n, const void *want, size_t m);

#define CHECK(cond) ((cond) ? (void)0 : test_fail(__FILE__, __LINE__, "%s", #cond))
#define CHECK_INT(got, want) test_equal_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_TEXT(got, want) test_equal_text(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_BYTES(got, n, want, m) test_equal_bytes(__FILE__, __LINE__, #got, (got), (n), (want), (m))
#define CHECK_OK(call) CHECK_ERR(call, ERR_OK)
#define CHECK_ERR(call, want) test_equal_text(__FILE__, __LINE__, #call, err_info(call)->code, err_info(want)->code)
/* Ends the test as skipped, with the reason printed. */
_Noreturn void test_skip(const char *why);

#endif
