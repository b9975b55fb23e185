/* A look at JSON that takes no memory: what it would cost to read, and where in it a byte stands. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/buf.h"
#include <stdbool.h>

/* NULL when the text is worth parsing, else why not: too deep, or more values than a request may bring (an empty list
 * costs two bytes on the wire and a hundred in memory). */
const char *json_cost(const char *text, size_t n);

/* The same of a value that was made from pieces, each of them cheap: in ["$v","$v",...] one long text may stand a thousand
 * times, in a few bytes. Its texts and names have 1 MiB together. */
struct json_t;
const char *json_made_cost(struct json_t *v);

/* How many bytes the value takes that begins at p; 0 when its end is not among them. What is neither text, list nor object
 * ends before the next comma or bracket, with the blanks behind it. Whether it is JSON is not looked at. */
size_t json_value_size(const char *p, size_t n);

/* Adds the path of the value or name that holds byte n of the text ("address.lines[2]"); false when the text before it
 * is not understood or n is outside of every object. For error messages: text before n is taken to be correct. */
bool json_path(struct buf *path, const char *text, size_t n);

#endif
