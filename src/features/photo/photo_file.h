/* The files of photos: their names, and data/uploads, where they lie. Private to the feature.
 *
 * A photo has a name of 32 random hex digits. Its files are UPLOADS/ab/abcdef...-512.jpg, -128.jpg and -48.jpg (a cover's
 * -1500, -600, -300; .png where something shows through), and the address of each is /uploads/ and the same. */
#ifndef FEATURES_PHOTO_FILE_H
#define FEATURES_PHOTO_FILE_H

#include "base/cx.h"
#include "image/image.h"

enum { PHOTO_FOLDERS = 256, PHOTO_NAME = 32 };

/* Writes the sizes of a picture under a new name, to the disk; *url is the address of the largest. ERR_UNAVAILABLE when
 * the disk does not take them. */
err_t photo_file_write(struct cx *cx, const struct image_want *want, const struct image_file files[static IMAGE_SIZES],
	const char **url) CHECKED;
/* Opens one for reading: ERR_NOT_FOUND for anything that is no file of this feature, whatever the texts are made of.
 * *type is its content type. */
err_t photo_file_open(struct cx *cx, const char *folder, const char *name, int *fd, const char **type) CHECKED;
/* Whether this address is that of a file here. */
bool photo_file_is_url(const char *url);
/* Removes all sizes of the photo with this address. */
void photo_file_remove(struct cx *cx, const char *url);
/* The address of the largest size of each photo in a folder (0 to 255) whose files were all last changed before then. */
err_t photo_file_list(struct cx *cx, unsigned folder, int64_t before_ms, struct list *urls) CHECKED;
void photo_file_init(const char *folder);

#endif
