/* What features say of themselves for GraphQL, as data. Each operation that speaks JSON is a field of Query or Mutation by
 * itself (user_get: userGet(id: ID!): User), each type of theirs is a type; these rows add what is named otherwise for the
 * sake of older clients, and what leads from one type to another. */
#ifndef API_GRAPH_H
#define API_GRAPH_H

#include "api/op.h"

/* An operation under another name, or a subscription, with other arguments or another form of answer. Ends with .field == NULL. */
struct graph_field {
	/* "mutation adminUpdateUser(userId: String!, input: UpdateUserInput!{*}): User!". The type is that of what the operation
	 * gives, or Boolean (true when it was done), or JSONObject (all of it). An argument is a field of the operation's input,
	 * or holds several of them: those in the braces, {*} all that are no argument; named so once, the type may be used again.
	 * PaginationInput is there from the start. */
	const char *field;
	const char *op;
	const char *in; /* "followingId=id": names that differ */
	const char *doc; /* the operation's own when NULL */
	/* "subscription followEvents(userId: String!): JSONObject!": the events of sockets by which it is told something, with commas
	 * between; and which member of what they carry an argument must be equal to, one of several: "userId=followerId,
	 * userId=followingId". Without an operation, the event itself is what is told. */
	const char *events, *matches;
	const char *room; /* the argument that names a room to listen in; NULL: one's own alone */
};

/* A type under another name, or with other names of its fields. Ends with .type == NULL. */
struct graph_type {
	const struct type *type;
	const char *name; /* "AuthSession"; the struct's in CamelCase when NULL */
	const char *renamed; /* "deviceInfo=device, ipAddress=ip"; may be NULL */
};

/* A field that leads from one type to another: asked for many objects at once. Ends with .from == NULL. */
struct graph_edge {
	const struct type *from;
	const char *name, *doc;
	const char *
		key; /* the text of `from` on which it depends: of objects that are alike in it one is asked; without it none */
	const struct type *in, *to; /* in: its arguments; NULL: none */
	/* For each of n structs of `from` (at most GRAPH_OBJECTS) one of `to` as far as the caller may see it, or NULL. */
	err_t (*load)(struct cx *cx, size_t n, const void *const *objects, const void *in, const void **out);
	/* In place of it where the key is all that it takes: for each of n different keys. */
	err_t (*load_keys)(struct cx *cx, size_t n, const char *const *keys, const void **out);
};
enum { GRAPH_OBJECTS = 1000 };

#endif
