/* Runs a piece of work over and over in n threads for a time, and counts: what the bare reference programs share. Each
 * prints one line of JSON. */
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

/* Does the work once; `own` is what make() gave this thread. False ends the program: the reference must not fail. */
struct work {
	void *(*make)(void);
	int (*once)(void *own);
};

/* Operations a second over all threads. */
double threads_rate(const struct work *work, unsigned threads, double seconds);
_Noreturn void stop(const char *what);

#endif
