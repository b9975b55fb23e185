/* Private to the server: a body whose files are written to disk while they come: those of a multipart one, or the whole. */
#ifndef HTTP_UPLOAD_H
#define HTTP_UPLOAD_H

#include "http/http.h"

struct upload;

/* A file without a name in that folder; -1 when there can be none. */
int spool_open(const char *dir);

/* A reader for the body of r: a form's files and fields, or else one file with the field "file" and no form. ERR_MALFORMED
 * when a boundary is. */
err_t upload_new(struct http_req *r, const char *spool_dir, struct upload **out) CHECKED;
err_t upload_feed(struct upload *u, const char *p, size_t n) CHECKED;
/* Puts files and text fields into r. */
err_t upload_finish(struct upload *u, struct http_req *r) CHECKED;

#endif
