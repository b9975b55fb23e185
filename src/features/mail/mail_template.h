/* Templates of letters, in a language small enough to be read by whoever translates them:
 *
 *	{{name}}               a value; escaped for the place where it stands
 *	{{#code}} ... {{/code}}  what is between, if there is such a value
 *	{{^code}} ... {{/code}}  the same if there is none
 *
 * A text template begins with a line "Subject: ..." and an empty line. An HTML template is what stands inside layout.html,
 * where {{content}} is its place. Those built in are files of templates/; the folder that the setting mail.templates names
 * may hold others of the same names (verify_email.de.txt, layout.html) and further languages. */
#ifndef FEATURES_MAIL_TEMPLATE_H
#define FEATURES_MAIL_TEMPLATE_H

#include "base/buf.h"
#include "features/mail/mail.h"

struct mail_template {
	const char *name; /* of the file: "verify_email.en.txt" */
	const char *text;
	size_t n;
};
/* Built in by the build; ends with a NULL name. */
extern const struct mail_template mail_templates_builtin[];

enum mail_escape { MAIL_PLAIN, MAIL_HTML };

/* What is wrong with a template. */
struct mail_fault {
	int line;
	const char *why;
};

/* Adds the template's n bytes to b, with values put in (a list that ends with a NULL name). `content`: what {{content}}
 * stands for, taken as it is; NULL: there is no such place. False at the first fault. */
bool mail_template_fill(struct buf *b, const char *text, size_t n, const struct mail_value *values, const char *content,
	enum mail_escape escape, struct mail_fault *fault);

/* A text template's subject line and body. False when it does not begin with "Subject: ..." and an empty line. */
bool mail_template_split(const struct mail_template *t, struct mail_template *subject, struct mail_template *body);

/* Holds one against all rules, without values: NULL fault->why when it is right. Secrets have no place in a subject, which
 * lists and logs of servers on the way show. */
bool mail_template_check(const struct mail_template *t, struct mail_fault *fault);

/* Reads the operator's folder, at start, before other threads begin; an empty path: none. ERR_INVALID and *why, a line for
 * each thing that is wrong with it; that text lives until the next load. */
err_t mail_template_load(const char *folder, const char **why) CHECKED;

/* The template of a kind ("verify_email") that fits a language best: that one, the same without its region, `fallback`,
 * English. *found is its language. NULL when there is no such kind. */
const struct mail_template *mail_template_text(
	struct arena *a, const char *kind, const char *language, const char *fallback, const char **found);
/* Its HTML in the language that was found for the text; NULL when there is none. */
const struct mail_template *mail_template_html(const char *kind, const char *language);
const struct mail_template *mail_template_layout(void);

/* True for a value's name that callers may give. */
bool mail_value_known(const char *name, size_t n);
/* The value, or NULL when there is none or it is empty. */
const char *mail_value_of(const struct mail_value *values, const char *name, size_t n);

#endif
