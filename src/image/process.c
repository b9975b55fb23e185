/* The server's side of the process that decodes: starts it, feeds it, takes its answer, ends it. */
#include "base/buf.h"
#include "base/time.h"
#include "image/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int running;

struct worker {
	pid_t pid;
	int in, out; /* our ends of its input and output; -1: closed */
	const uint8_t *left; /* of the source */
	size_t left_n;
	struct buf answer;
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Signals as a new program expects them, standard error nowhere, no environment. */
static bool spawn(struct worker *w, const char *name, int its_in, int its_out)
{
	char *argv[] = { (char[]){ "roster" }, (char[]){ IMAGE_COMMAND }, (char *)(uintptr_t)name, NULL };
	char *environment[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, its_in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, its_out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int failed = posix_spawn(&w->pid, "/proc/self/exe", &files, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return !failed;
}

/* The input is a socket pair and not a pipe, because a broken one must not raise SIGPIPE in the server. */
static bool start(struct worker *w, const char *name)
{
	int in[2], out[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0)
		return false;
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return false;
	}
	w->in = in[0];
	w->out = out[0];
	bool good = spawn(w, name, in[1], out[1]);
	close(in[1]);
	close(out[1]);
	return good;
}

static void feed(struct worker *w)
{
	ssize_t n = send(w->in, w->left, w->left_n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0) {
		w->left += n;
		w->left_n -= (size_t)n;
	}
	bool again = n < 0 && (errno == EINTR || errno == EAGAIN);
	if (!w->left_n || (n <= 0 && !again))
		close_end(&w->in);
}

static void take(struct worker *w)
{
	enum { SOME = 64 << 10 };
	buf_grow(&w->answer, SOME);
	ssize_t n = read(w->out, w->answer.p + w->answer.n, SOME);
	if (n > 0)
		w->answer.n += (size_t)n;
	else if (n == 0 || errno != EINTR)
		close_end(&w->out);
	if (w->answer.n > ANSWER_MAX)
		close_end(&w->out);
}

/* False when the time is over. */
static bool talk(struct worker *w, int64_t until)
{
	if (!w->left_n)
		close_end(&w->in);
	while (w->out >= 0) {
		int64_t left = until - time_monotonic();
		struct pollfd fds[] = { { w->out, POLLIN, 0 }, { w->in, POLLOUT, 0 } };
		if (left <= 0 || (poll(fds, 2, (int)left) < 0 && errno != EINTR))
			return false;
		if (fds[1].revents)
			feed(w);
		if (fds[0].revents)
			take(w);
	}
	return true;
}

static void end(struct worker *w)
{
	close_end(&w->in);
	close_end(&w->out);
	kill(w->pid, SIGKILL); /* it has answered, or it will not */
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

/* A file is what it is by its own bytes, not because a process that strangers may have taken over says so. */
static bool file_is_good(const struct answer_file *f, const uint8_t *p, const struct image_want *want)
{
	struct image_head head;
	return (f->format == IMAGE_JPEG || f->format == IMAGE_PNG) && image_sniff(p, f->n, &head) == IMAGE_OK &&
	       head.format == f->format && head.width == f->width && head.height == f->height &&
	       f->width <= want->widths[0] && f->height <= want->widths[0];
}

static enum image_error read_answer(const struct worker *w, const struct image_want *want, struct image_file *out)
{
	struct answer answer;
	if (w->answer.n < sizeof answer)
		return IMAGE_CRASHED;
	memcpy(&answer, w->answer.p, sizeof answer);
	if (memcmp(answer.mark, ANSWER_MARK, sizeof answer.mark) != 0 || answer.error > IMAGE_UNSAFE)
		return IMAGE_CRASHED;
	if (answer.error)
		return (enum image_error)answer.error;
	size_t at = sizeof answer;
	for (int i = 0; i < IMAGE_SIZES; i++) {
		const struct answer_file *f = &answer.files[i];
		const uint8_t *p = (const uint8_t *)w->answer.p + at;
		if (f->n > w->answer.n - at || !file_is_good(f, p, want))
			return IMAGE_CRASHED;
		out[i] = (struct image_file){ (enum image_format)f->format, f->width, f->height, p, f->n };
		at += f->n;
	}
	return at == w->answer.n ? IMAGE_OK : IMAGE_CRASHED;
}

static enum image_error run(struct worker *w, const struct image_want *want, int64_t timeout_ms, struct image_file *out)
{
	if (!start(w, want->name)) {
		close_end(&w->in);
		close_end(&w->out);
		return IMAGE_UNSAFE;
	}
	bool in_time = talk(w, time_monotonic() + timeout_ms);
	end(w);
	return in_time ? read_answer(w, want, out) : IMAGE_SLOW;
}

enum image_error image_in_process(struct arena *a, const uint8_t *p, size_t n, const struct image_want *want,
	int64_t timeout_ms, int at_once, struct image_file out[static IMAGE_SIZES])
{
	struct worker w = { .in = -1, .out = -1, .left = p, .left_n = n, .answer = { .mem = a } };
	enum image_error e = IMAGE_BUSY;
	if (atomic_fetch_add(&running, 1) < at_once)
		e = run(&w, want, timeout_ms, out);
	atomic_fetch_sub(&running, 1);
	return e;
}
