/* Range requests (RFC 9110 section 14) for the bytes of a file. */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	int64_t first, length; /* inside the file; length > 0 */
};

enum range_answer {
	RANGE_WHOLE, /* 200 with the whole file; *out is not filled */
	RANGE_PART, /* 206 with *out and Content-Range */
	RANGE_OUTSIDE, /* 416 with Content-Range of NULL */
};

/* What a Range header asks of a file of `size` bytes. No header (NULL), another unit than bytes or a malformed value is
 * RANGE_WHOLE, as section 14.2 says. Several ranges are RANGE_WHOLE as well unless just one of them lies in the file: a
 * server may ignore the header, no client of ours needs multipart/byteranges, and lists of many small ranges are an old
 * way to make a server work (section 17.15). */
enum range_answer range_parse(const char *header, int64_t size, struct range *out);

/* Whether the Range header counts beside this If-Range (section 13.1.5): true when it is absent, or the same strong etag,
 * or exactly the date of the last change, at least a second before now. `etag` with its quotes; NULL, modified_ms 0: the
 * file has none. */
bool range_if_range(const char *if_range, const char *etag, int64_t modified_ms, int64_t now_ms);

enum { RANGE_TEXT = 80 };
/* The value of Content-Range: "bytes 0-99/1000", or with a star for the range when r is NULL (416); returns its length. */
size_t range_content(char out[static RANGE_TEXT], const struct range *r, int64_t size);

#endif
