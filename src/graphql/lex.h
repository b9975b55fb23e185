/* Tokens of GraphQL (October 2021, section 2.1). Included by src/graphql/ only. */
#ifndef GRAPHQL_LEX_H
#define GRAPHQL_LEX_H

#include "graphql/query.h"

enum gql_token_kind {
	GQL_END,
	GQL_PUNCTUATOR, /* token.punctuator says which; '.' stands for ... */
	GQL_NAME,
	GQL_INT_TOKEN,
	GQL_FLOAT_TOKEN,
	GQL_STRING_TOKEN, /* text is what it means */
};
struct gql_token {
	enum gql_token_kind kind;
	char punctuator;
	struct gql_name text;
};

struct gql_lexer {
	struct arena *mem; /* for strings with escapes */
	const char *source, *p, *end;
	uint32_t tokens; /* read so far */
	uint32_t tokens_max;
	struct gql_token token; /* the one that stands now */
	struct gql_fault *fault;
};

/* The next token; false when there is none that could stand: see `fault`. */
bool gql_lex(struct gql_lexer *l);

/* Notes the first fault; false, for the caller to return. */
bool gql_fail(struct gql_lexer *l, uint32_t at, const char *message);

/* A token as an error shows it: `"{"`, `name "me"`, `end of the document`. */
const char *gql_token_text(struct arena *a, const struct gql_token *t);

#endif
