/* A schema as it is written (October 2021, section 3): for people, for tools, and to be checked in. */
#ifndef GRAPHQL_PRINT_H
#define GRAPHQL_PRINT_H

#include "base/buf.h"
#include "graphql/schema.h"

/* All types but those of introspection and the built-in scalars, by name; descriptions stand before what they describe. */
void gql_print(struct buf *out, const struct gql_schema *s);

#endif
