/* SQL of the photo feature. Included by photo.c only. */
#ifndef FEATURES_PHOTO_STORE_H
#define FEATURES_PHOTO_STORE_H

#include "base/cx.h"

/* Whether any user has this address as photo or cover. */
err_t photo_store_is_used(struct cx *cx, const char *url, bool *used) CHECKED;

#endif
