#include "cli/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LONGEST = 4096, CANCEL = 3 /* Ctrl-C */ };

char *secret_line(struct arena *a, int fd)
{
	char *line = arena_alloc(a, LONGEST + 2);
	for (size_t n = 0; n <= LONGEST;) {
		ssize_t got = read(fd, line + n, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 && n == 0)
			return NULL;
		if (got <= 0 || line[n] == '\n') {
			line[n] = 0;
			if (n && line[n - 1] == '\r')
				line[n - 1] = 0;
			return line;
		}
		if (!line[n])
			return NULL;
		n++;
	}
	return NULL;
}

char *secret_file(struct arena *a, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return NULL;
	char *line = secret_line(a, fd);
	close(fd);
	return line;
}

static void say(int fd, const char *s)
{
	ssize_t n = write(fd, s, strlen(s));
	(void)n;
}

/* Ctrl-C ends the line instead of the program, so that the terminal never stays without echo. */
static char *ask_once(struct arena *a, int tty, const char *question)
{
	struct termios before, quiet;
	if (tcgetattr(tty, &before) != 0)
		return NULL;
	quiet = before;
	quiet.c_lflag &= (tcflag_t) ~(ECHO | ISIG);
	quiet.c_cc[VEOL] = CANCEL;
	say(tty, question);
	tcsetattr(tty, TCSAFLUSH, &quiet);
	char *line = arena_alloc(a, LONGEST + 1);
	ssize_t n = read(tty, line, LONGEST);
	tcsetattr(tty, TCSAFLUSH, &before);
	say(tty, "\n");
	if (n <= 0 || line[n - 1] == CANCEL)
		return NULL;
	line[strcspn(line, "\r\n")] = 0;
	return line;
}

static char *ask(struct arena *a, int tty, const char *what, bool again, const char **why)
{
	char *first = ask_once(a, tty, arena_printf(a, "%s: ", what));
	if (!first) {
		*why = "nothing was entered";
		return NULL;
	}
	char *second = again ? ask_once(a, tty, arena_printf(a, "%s, once more: ", what)) : first;
	if (second && strcmp(first, second) == 0)
		return first;
	*why = "the two entries differ";
	return NULL;
}

char *secret_ask(struct arena *a, const char *what, bool again, const char **why)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0) {
		*why = "there is no terminal to ask on";
		return NULL;
	}
	char *s = ask(a, tty, what, again, why);
	close(tty);
	return s;
}
