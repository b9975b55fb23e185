/* From a record's text to what it says, and from that to a user. For importer*.c. */
#ifndef FEATURES_IMPORTER_RECORD_H
#define FEATURES_IMPORTER_RECORD_H

#include "features/importer/importer.h"

struct import_item {
	struct import_record said;
	struct field_error *wrong; /* NULL: nothing */
	const char *hash; /* of its password; NULL: it brings none */
};
struct import_work {
	struct import_item *items;
	size_t n;
	struct list ignored; /* const char * */
};

/* Reads and checks all records of a document; ERR_INVALID when its header cannot be understood. What is wrong with one of
 * them stands in its item. Plain passwords are hashed. */
err_t import_read(struct cx *cx, const struct import_batch_in *in, struct import_work *out) CHECKED;

/* Puts what the record says into a user that is new (its defaults set) or was read. ERR_INVALID. */
err_t import_apply(struct cx *cx, const struct import_record *r, struct user *u) CHECKED;

/* Notes a name that means nothing here, once. */
void import_note_ignored(struct arena *a, struct list *ignored, const char *name);

#endif
