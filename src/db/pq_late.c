#include "db/pq_late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

struct pq_late pq;
static bool there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define PQ_NAME(name_) { #name_, offsetof(struct pq_late, name_) },
static const struct {
	const char *name;
	size_t off;
} functions[] = { PQ_FUNCTIONS(PQ_NAME) };

static void load(void)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL); /* never closed: connections may outlive a store */
	if (!library)
		return;
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		/* POSIX lets a function be an object here. */
		void **f = (void **)(void *)((char *)&pq + functions[i].off);
		*f = dlsym(library, functions[i].name);
		if (!*f)
			return;
	}
	there = true;
}

bool pq_load(const char **why)
{
	pthread_once(&once, load);
	if (!there)
		*why = "libpq.so.5 is missing or too old; install libpq5";
	return there;
}
