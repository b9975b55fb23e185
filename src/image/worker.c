/* The process that decodes: it gives up every right first, then reads the stranger's bytes. */
#include "base/buf.h"
#include "base/write.h"
#include "image/answer.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Sanitizers map terabytes and read files of /proc: under them the process is not limited, only ended in time. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer)
enum { LIMITED = 0 };
#else
enum { LIMITED = 1 };
#endif

#define MEMORY_MAX ((rlim_t)512 << 20)
enum { SECONDS_MAX = 10, NICE = 5, READ_FIRST = 1 << 20 };

static bool limit(__rlimit_resource_t what, rlim_t most)
{
	return setrlimit(what, &(struct rlimit){ most, most }) == 0;
}

/* Memory, reading what is open, writing what is open, the end. No file is opened, no socket made, no program run. */
static bool close_system_calls(void)
{
	static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap),
		SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
		SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),
		SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group) };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return false;
	bool good = true;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		good = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0 && good;
	good = good && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return good;
}

static bool give_up_rights(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* the server is gone: nobody waits for this */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0 || !limit(RLIMIT_CORE, 0) || !limit(RLIMIT_CPU, SECONDS_MAX))
		return false;
	if (!LIMITED)
		return true;
	return limit(RLIMIT_AS, MEMORY_MAX) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0) &&
	       limit(RLIMIT_NPROC, 0) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && close_system_calls();
}

static bool read_all(struct buf *b)
{
	buf_grow(b, READ_FIRST);
	for (;;) {
		buf_grow(b, b->cap - b->n < READ_FIRST / 2 ? b->cap : 0);
		ssize_t n = read(STDIN_FILENO, b->p + b->n, b->cap - b->n - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		b->n += (size_t)n;
		if (b->n > SOURCE_MAX)
			return false;
	}
}

static enum image_error work(struct arena *mem, const struct image_want *want, struct image_file *files)
{
	struct buf b = { .mem = mem };
	if (!give_up_rights())
		return IMAGE_UNSAFE;
	if (!read_all(&b))
		return IMAGE_BROKEN;
	return image_make(mem, (const uint8_t *)b.p, b.n, want, files);
}

int image_worker(const char *name)
{
	const struct image_want *want = strcmp(name, image_cover.name) == 0 ? &image_cover : &image_avatar;
	struct image_file files[IMAGE_SIZES] = { 0 };
	struct answer answer = { .mark = ANSWER_MARK };
	answer.error = work(arena_new(0), want, files);
	for (int i = 0; !answer.error && i < IMAGE_SIZES; i++)
		answer.files[i] =
			(struct answer_file){ files[i].format, files[i].width, files[i].height, (uint32_t)files[i].n };
	bool good = write_all(STDOUT_FILENO, &answer, sizeof answer);
	for (int i = 0; !answer.error && good && i < IMAGE_SIZES; i++)
		good = write_all(STDOUT_FILENO, files[i].bytes, files[i].n);
	_exit(good ? 0 : 1); /* nothing of the program's end is to be run here: it would open files */
}
