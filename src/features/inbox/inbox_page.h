/* A page of a neighbour's list of profiles, as its bytes came. The people on it are read one by one: what makes no sense of
 * one spoils no other. */
#ifndef FEATURES_INBOX_PAGE_H
#define FEATURES_INBOX_PAGE_H

#include "features/inbox/inbox.h"

struct inbox_page {
	struct list profiles; /* struct inbox_entry; each has the moment when it was right */
	int64_t wrong; /* people of whom no sense could be made */
	const char *why; /* of the first of these, printable; NULL: none */
	int64_t people; /* on it, the wrong ones too */
	struct opt_bool has_next; /* what it says of others: whether pages follow, */
	const char *cursor; /* what asks for the next one; NULL: it does not say */
	int64_t number, pages, total; /* its number, how many pages and how many people there are; 0: it does not say */
};

/* `asked_at`: when the page was asked for; nothing that it says is right after that. NULL when it was read, else what is
 * wrong with it as a whole ("is no JSON object ..."), printable. What is given lives in `mem`. */
const char *inbox_page_read(struct arena *mem, enum inbox_source from, int64_t asked_at, const char *text, size_t n,
	struct inbox_page *out);

#endif
