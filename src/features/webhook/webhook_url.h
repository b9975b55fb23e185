/* Whether something may be sent to a URL, by the settings as they are. */
#ifndef FEATURES_WEBHOOK_URL_H
#define FEATURES_WEBHOOK_URL_H

#include "base/cx.h"

/* ERR_INVALID with the field `url` when not; else *origin is "https://example.org". Nothing is asked of the network: where a
 * name leads is seen, and judged, when it is connected to. */
err_t webhook_url_check(struct cx *cx, const char *url, const char **origin) CHECKED;

#endif
