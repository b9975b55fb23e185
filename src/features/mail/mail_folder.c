/* Which template is used: the operator's, else the one built in. */
#include "base/str.h"
#include "features/mail/mail_template.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 256 << 10, FILES_MAX = 1000, NAME_ROOM = 80 };

/* Read before other threads begin; as long as the program, or until the next load. */
static struct arena *mem;
static struct mail_template *own;
static size_t own_n;

/* --- choosing ----------------------------------------------------------------------------------------------------- */

static const struct mail_template *find(const char *name)
{
	for (size_t i = 0; i < own_n; i++)
		if (strcmp(own[i].name, name) == 0)
			return &own[i];
	for (const struct mail_template *t = mail_templates_builtin; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static const struct mail_template *find_of(const char *kind, const char *language, const char *end)
{
	char name[NAME_ROOM];
	int n = snprintf(name, sizeof name, "%s.%s.%s", kind, language, end);
	return n > 0 && (size_t)n < sizeof name ? find(name) : NULL;
}

/* "de-AT" and "de_AT" as "de-at"; "de" when without its region. */
static char *language_text(struct arena *a, const char *language, bool region)
{
	char *s = str_replace_char(a, language, '_', '-');
	str_lower_ascii(s);
	if (!region)
		s[strcspn(s, "-")] = 0;
	return s;
}

const struct mail_template *mail_template_text(
	struct arena *a, const char *kind, const char *language, const char *fallback, const char **found)
{
	const char *wanted[] = { language, fallback, "en" };
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		for (int region = 1; wanted[i] && region >= 0; region--) {
			*found = language_text(a, wanted[i], region);
			const struct mail_template *t = find_of(kind, *found, "txt");
			if (t)
				return t;
		}
	return NULL;
}

const struct mail_template *mail_template_html(const char *kind, const char *language)
{
	return find_of(kind, language, "html");
}

const struct mail_template *mail_template_layout(void)
{
	return find("layout.html");
}

/* --- the operator's folder ---------------------------------------------------------------------------------------- */

/* "verify_email.de.txt": of a kind that there is, in some language; or the layout. */
static bool name_is_good(struct arena *a, const char *name)
{
	if (strcmp(name, "layout.html") == 0)
		return true;
	if (strlen(name) >= NAME_ROOM || !(str_ends(name, ".txt") || str_ends(name, ".html")))
		return false;
	size_t kind = strcspn(name, ".");
	const char *language = name + kind + 1;
	size_t n = strcspn(language, ".");
	if (strcmp(language + n, ".txt") != 0 && strcmp(language + n, ".html") != 0)
		return false;
	if (n < 2 || n > 12 || strspn(language, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return false;
	return find_of(arena_memdup0(a, name, kind), "en", "txt");
}

static const char *read_file(struct arena *a, int folder, struct mail_template *t)
{
	struct stat st;
	int fd = openat(folder, t->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return "cannot be read";
	const char *why = NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		why = "must be a file of at most 256 KiB";
	char *text = why ? NULL : arena_alloc(a, FILE_MAX + 1);
	for (ssize_t got; text && t->n <= FILE_MAX && (got = read(fd, text + t->n, FILE_MAX + 1 - t->n)) != 0;) {
		if (got < 0)
			why = "cannot be read";
		if (got < 0)
			break;
		t->n += (size_t)got;
	}
	close(fd);
	t->text = text;
	return why ? why : t->n > FILE_MAX ? "must be a file of at most 256 KiB" : NULL;
}

/* Hidden files and what editors leave behind are none of ours. */
static bool is_left_over(const char *name)
{
	return *name == '.' || str_ends(name, "~") || str_ends(name, ".md");
}

static void take_file(struct arena *a, int folder, const char *path, const char *name, struct buf *problems)
{
	struct mail_template t = { .name = arena_strdup(a, name) };
	struct mail_fault fault;
	if (is_left_over(name))
		return;
	if (own_n == FILES_MAX || !name_is_good(a, name)) {
		buf_printf(problems, "%s/%s: there is no such template\n", path, name);
		return;
	}
	const char *why = read_file(a, folder, &t);
	if (why)
		buf_printf(problems, "%s/%s: %s\n", path, name, why);
	else if (!mail_template_check(&t, &fault))
		buf_printf(problems, "%s/%s:%d: %s\n", path, name, fault.line, fault.why);
	else
		own[own_n++] = t;
}

err_t mail_template_load(const char *folder, const char **why)
{
	own_n = 0;
	arena_free(mem);
	mem = NULL;
	if (!folder || !*folder)
		return ERR_OK;
	mem = arena_new(0);
	struct buf problems = { .mem = mem };
	struct dirent **entries = NULL;
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    n = dir < 0 ? -1 : scandirat(dir, ".", &entries, NULL, alphasort);
	if (n < 0)
		buf_printf(&problems, "mail.templates: the folder %s cannot be read\n", folder);
	own = arena_array_of(mem, struct mail_template, FILES_MAX);
	for (int i = 0; i < n; i++) {
		take_file(mem, dir, folder, entries[i]->d_name, &problems);
		free(entries[i]);
	}
	free(entries);
	if (dir >= 0)
		close(dir);
	*why = buf_cstr(&problems);
	return problems.n ? ERR_INVALID : ERR_OK;
}
