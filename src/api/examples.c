#include "api/examples.h"

#include <stdlib.h>
#include <string.h>

/* The line at *at, copied, and *at moved behind it; NULL at the end of the text or at an empty line. */
static char *next_line(struct arena *a, const char **at)
{
	size_t n = strcspn(*at, "\n");
	if (!n)
		return NULL;
	char *line = arena_memdup0(a, *at, n);
	*at += n + ((*at)[n] == '\n');
	return line;
}

/* Cuts at the first blank; what follows it, NULL when nothing does. */
static char *cut(char *line)
{
	char *blank = strchr(line, ' ');
	if (!blank)
		return NULL;
	*blank = '\0';
	return blank[1] ? blank + 1 : NULL;
}

static void take_parameter(struct example *e, char *rest)
{
	size_t i = 0;
	while (i < EXAMPLE_PARAMETERS && e->parameters[i].name)
		i++;
	char *value = rest ? cut(rest) : NULL;
	if (value && i < EXAMPLE_PARAMETERS - 1)
		e->parameters[i] = (struct example_parameter){ rest, value };
}

/* `{"success":true}`, or `text/csv "id,name\\n"`. */
static void take_answer(struct example *e, char *rest)
{
	e->answer_type = "application/json";
	e->answer = rest;
	if (!rest || !strchr("abcdefghijklmnopqrstuvwxyz", *rest) || !strchr(rest, '/'))
		return;
	e->answer_type = rest;
	e->answer = cut(rest);
}

static void take_line(struct example *e, char *line)
{
	char *rest = cut(line);
	if (rest && *rest == '/')
		return; /* another address of the same example */
	if (strcmp(line, "parameter") == 0) {
		take_parameter(e, rest);
	} else if (strchr(line, '/')) {
		e->type = line;
		e->body = rest;
	} else {
		e->status = (int)strtol(line, NULL, 10);
		take_answer(e, rest);
	}
}

/* Where the line after `route` begins; NULL when no line is that route. */
static const char *find(const char *text, const char *route)
{
	size_t n = strlen(route);
	for (const char *at = text; (at = strstr(at, route)); at += n)
		if ((at == text || at[-1] == '\n') && at[n] == '\n')
			return at + n + 1;
	return NULL;
}

const struct example *example_find(struct arena *a, const char *text, const char *route)
{
	const char *at = text ? find(text, route) : NULL;
	if (!at)
		return NULL;
	struct example *e = arena_new_of(a, struct example);
	*e = (struct example){ 0 };
	for (char *line; (line = next_line(a, &at));)
		take_line(e, line);
	return e;
}

const char *example_value(const struct example *e, const char *name, size_t n)
{
	for (size_t i = 0; e && e->parameters[i].name; i++)
		if (strncmp(e->parameters[i].name, name, n) == 0 && !e->parameters[i].name[n])
			return e->parameters[i].value;
	return NULL;
}
