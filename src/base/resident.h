/* How much of this process is in memory. */
#ifndef BASE_RESIDENT_H
#define BASE_RESIDENT_H

#include <stdint.h>

int64_t resident_bytes(void); /* 0 when the system does not say */

#endif
