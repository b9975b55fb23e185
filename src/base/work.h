/* How a thread of a feature's own reaches the database: main gives it these. fn(cx, arg) runs with the program's own
 * authority, in a transaction of its own (READ COMMITTED will do, and perhaps again after a collision) or reading; what it
 * returns stays when `mem` is given. ERR_UNAVAILABLE when the database does not answer. */
#ifndef BASE_WORK_H
#define BASE_WORK_H

#include "base/cx.h"

struct work_doors {
	err_t (*write)(struct arena *mem, err_t (*fn)(struct cx *cx, void *arg), void *arg);
	err_t (*read)(struct arena *mem, err_t (*fn)(struct cx *cx, void *arg), void *arg);
};

#endif
