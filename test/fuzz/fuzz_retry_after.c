/* When a server asks to be left alone: whatever it says, it is between not at all and the most that is granted. */
#include "base/arena.h"
#include "http/client.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int64_t moments[] = { 0, 784111777000, 4102444800000 };
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data, n);
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		int64_t wait = http_retry_after(text, moments[i], 86400000);
		if (wait < 0 || wait > 86400000)
			abort();
	}
	arena_free(a);
	return 0;
}
