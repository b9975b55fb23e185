/* /uploads/...: the files themselves. */
#ifndef FEATURES_PHOTO_HTTP_H
#define FEATURES_PHOTO_HTTP_H

#include "base/cx.h"

struct http_req;

/* ERR_NOT_FOUND for all that is no photo. */
err_t photo_read_http(struct cx *cx, struct http_req *r) CHECKED;

#endif
