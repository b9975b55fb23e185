/* Import and export where HTTP is the point: a body that was spooled, an answer that is a file. For importer_api.c. */
#ifndef FEATURES_IMPORTER_HTTP_H
#define FEATURES_IMPORTER_HTTP_H

#include "features/importer/importer.h"

struct http_req;

struct import_in {
	struct opt_enum format; /* absent: as the content type says, or the file's name */
	unsigned existing;
	bool dry_run;
};
extern const struct type import_in_type;

/* Imports the request's file, batch after batch, each as an operation of the same caller. ERR_BUSY while another import
 * runs on this server. */
err_t user_import(struct cx *cx, const struct import_in *in, struct import_result *out) CHECKED;

/* Answers all accounts as a file, without password hashes. */
err_t user_export_http(struct cx *cx, struct http_req *r) CHECKED;

#endif
