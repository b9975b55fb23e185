/* Where the records of a file begin and end, found without reading what they say: of a list the objects in it, else lines;
 * of CSV the rows. */
#ifndef FEATURES_IMPORTER_SPLIT_H
#define FEATURES_IMPORTER_SPLIT_H

#include "features/importer/importer.h"

struct split {
	unsigned format;
	bool opened; /* what stands before the first record was read */
	bool list, begun, ended; /* of a list: a record was found; its bracket was closed */
};
enum split_found {
	SPLIT_RECORD, /* *record, *n */
	SPLIT_MORE, /* more bytes are needed to tell */
	SPLIT_END, /* there is no further record */
	SPLIT_CUT, /* the file ends in the middle, or goes on where it should not */
};

/* Looks at the next bytes of the file: *used of them are done with. `last`: none follow. */
enum split_found split_next(
	struct split *s, const char *p, size_t n, bool last, const char **record, size_t *record_n, size_t *used);

#endif
