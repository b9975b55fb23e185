/* Photos and covers. What comes is decoded by a process that may do nothing else, cropped, scaled to three sizes and
 * encoded anew, so that nothing of the file that came is left but its picture; then it lies in data/uploads under a random
 * name, and the user's row holds the address of the largest size. */
#ifndef FEATURES_PHOTO_H
#define FEATURES_PHOTO_H

#include "base/conf.h"
#include "features/user/user.h"

struct photo_conf {
	int64_t body_max, timeout, at_once;
};
extern const struct conf_group photo_conf_group;

/* `folder` is where the files lie. Call once, before any other. */
void photo_init(const char *folder);

/* --- for other features ------------------------------------------------------------------------------------------- */

/* For the column `file` of an operation: makes the picture that came, and notes it in cx->file->made. ERR_MEDIA_TYPE for
 * what is no picture, ERR_TOO_LARGE, ERR_INVALID with a sentence for one that cannot be read, ERR_BUSY. */
err_t photo_take_avatar(struct cx *cx) CHECKED;
err_t photo_take_cover(struct cx *cx) CHECKED;
/* The address of what photo_take_avatar() made of the request's file; NULL when none came. */
const char *photo_taken(const struct cx *cx);
/* Takes photo and cover from a user, inside the transaction of an erasure; the files are removed soon after the commit. */
err_t photo_drop(struct cx *cx, const char *user_id) CHECKED;

/* --- operations --------------------------------------------------------------------------------------------------- */

struct photo_owner {
	const char *id;
};
extern const struct type photo_owner_type;

/* The request's file becomes the photo or the cover; or there is none any more. They answer with the user. Emit
 * user.updated. ERR_INVALID when no file came. */
err_t avatar_set(struct cx *cx, const struct photo_owner *in, struct user *out) CHECKED;
err_t avatar_set_me(struct cx *cx, const struct none *in, struct user *out) CHECKED;
err_t avatar_clear(struct cx *cx, const struct photo_owner *in, struct user *out) CHECKED;
err_t avatar_clear_me(struct cx *cx, const struct none *in, struct user *out) CHECKED;
err_t cover_set(struct cx *cx, const struct photo_owner *in, struct user *out) CHECKED;
err_t cover_set_me(struct cx *cx, const struct none *in, struct user *out) CHECKED;
err_t cover_clear(struct cx *cx, const struct photo_owner *in, struct user *out) CHECKED;
err_t cover_clear_me(struct cx *cx, const struct none *in, struct user *out) CHECKED;

struct photo_ref {
	const char *folder, *name; /* as they stand in the address */
};
extern const struct type photo_ref_type;

/* Job: removes what nobody has any more: at once what was replaced or dropped here, and in turns, folder by folder, what
 * is older than an hour and stands in no row (a crash between the file and the row). */
err_t photo_clean(struct cx *cx) CHECKED;
err_t photo_clean_replaced(struct cx *cx) CHECKED;

#endif
