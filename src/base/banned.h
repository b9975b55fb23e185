/* Included before every source file by the build: functions that overflow, that cannot report an error or that are not
 * safe between threads are no longer names. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* With _FORTIFY_SOURCE clang has these as macros, and a macro cannot be poisoned. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atoll gets gmtime localtime ctime asctime
#pragma GCC poison strncpy tmpnam mktemp strerror
/* OpenSSL's headers name parameters `rand`, so the word itself must stay. */
int rand(void) __attribute__((deprecated("guessable: use id_random() or crypto_random()")));
void srand(unsigned seed) __attribute__((deprecated("guessable: use id_random() or crypto_random()")));
#endif
