/* Files of accounts: their records are found the same however the bytes come, and rows are taken apart within bounds. The
 * first byte chooses the form, the second how many bytes come at a time. */
#include "base/csv_read.h"
#include "features/importer/importer_split.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 4096 };

struct ends {
	size_t at[MOST], n;
	enum split_found last;
};

static void split(unsigned format, const char *p, size_t n, size_t step, struct ends *out)
{
	struct split s = { .format = format };
	size_t at = 0, seen = step < n ? step : n;
	out->n = 0;
	while (out->n < MOST) {
		const char *record = NULL;
		size_t size = 0, used = 0;
		out->last = split_next(&s, p + at, seen - at, seen == n, &record, &size, &used);
		if (used > seen - at)
			abort();
		if (out->last == SPLIT_RECORD && (!size || record < p + at || record + size > p + seen))
			abort();
		at += used;
		if (out->last == SPLIT_RECORD)
			out->at[out->n++] = at;
		else if (out->last != SPLIT_MORE)
			return;
		else if (seen == n)
			abort(); /* nothing follows: it has to say what it is */
		else
			seen = seen + step < n ? seen + step : n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2 || n > MOST)
		return 0;
	static struct ends whole, pieces;
	const char *p = (const char *)data + 2;
	unsigned format = data[0] % 3;
	n -= 2;
	split(format, p, n, n ? n : 1, &whole);
	split(format, p, n, 1 + data[1], &pieces);
	if (whole.n != pieces.n || whole.last != pieces.last ||
		memcmp(whole.at, pieces.at, whole.n * sizeof *whole.at) != 0)
		abort();
	struct arena *a = arena_new(0);
	struct csv_row row;
	if (!csv_row_read(a, p, n, &row) && (!row.n || row.n > CSV_COLUMNS_MAX))
		abort();
	arena_free(a);
	return 0;
}
