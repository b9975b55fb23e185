/* Included before every source file by the build: functions that overflow, that cannot report an error or that are not
 * safe between threads are no longer names. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atoll gets gmtime localtime ctime asctime rand srand
#pragma GCC poison strncpy tmpnam mktemp strerror
#endif
