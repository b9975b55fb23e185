/* A file taken in small documents, each of some hundred records, in memory that does not grow with it. */
#ifndef FEATURES_IMPORTER_FILE_H
#define FEATURES_IMPORTER_FILE_H

#include "base/buf.h"
#include "features/importer/importer_split.h"

struct import_file {
	int fd;
	struct arena *told; /* where what is told of the file lives; a document's memory goes before it */
	struct split split;
	struct buf window; /* what was read and not used, on the heap */
	size_t at; /* of the window: done with */
	bool last, over;
	int64_t row, done; /* records and bytes so far */
	struct buf header; /* of a CSV file */
};

/* Reads from fd's position on; the descriptor stays the caller's. What import_file_next() notes in `sum` lives in `told`. */
void import_file_begin(struct import_file *f, struct arena *told, int fd, unsigned format);
void import_file_end(struct import_file *f);

/* The next document into `in` (text, first, format), in the arena. False when there is none left. Records that are no text,
 * and a file that ends where it should not, are noted in `sum`, whose `complete` is set at the true end. */
bool import_file_next(struct import_file *f, struct arena *mem, struct import_batch_in *in, struct import_result *sum);

#endif
