/* The body of a request: how much of it is taken, whether it goes to disk, and how it becomes the input of an operation. */
#ifndef API_INTAKE_H
#define API_INTAKE_H

#include "api/op.h"
#include "base/json.h"
#include "http/http.h"

/* From the head alone: how many bytes the body may have if it is one that goes to the disk as it comes (a form with a file,
 * an upload); 0 for one that is small and read from memory. A stranger who shows nothing is given room for a file only
 * where strangers are welcome. `file_max`: of a file that belongs to a request (op.file). */
int64_t intake_file_max(const struct op *op, const struct http_req *r, int64_t file_max);

/* Binds JSON, a form, or a multipart form to the input; the file of an operation that takes one is mapped into cx->file.
 * ERR_MALFORMED, ERR_MEDIA_TYPE, ERR_INVALID (a second file), ERR_UNAVAILABLE. */
err_t intake_body(struct cx *cx, const struct op *op, const struct http_req *r, struct input *in) CHECKED;

#endif
