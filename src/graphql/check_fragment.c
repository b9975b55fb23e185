/* Fragments among each other (section 5.5): none is in itself, each is used. */
#include "graphql/check_part.h"

static void walk_circle(struct checker *c, struct fragment *f)
{
	f->walk = OPEN;
	for (const struct spread *s = f->body.spreads; s && check_spend(c, 1); s = s->next) {
		if (s->fragment && s->fragment->walk == OPEN)
			check_fault(c, s->selection->at, "The fragment %.*s is in itself.",
				NAME(s->fragment->definition->name));
		else if (s->fragment && s->fragment->walk == UNSEEN)
			walk_circle(c, s->fragment);
	}
	f->walk = DONE;
}

static void walk_used(struct checker *c, const struct body *body, uint64_t *used)
{
	for (const struct spread *s = body->spreads; s && check_spend(c, 1); s = s->next) {
		uint64_t bit = s->fragment ? UINT64_C(1) << s->fragment->index : 0;
		if (!bit || (*used & bit))
			continue;
		*used |= bit;
		walk_used(c, &s->fragment->body, used);
	}
}

void check_fragments(struct checker *c, const struct body *operations, size_t n)
{
	uint64_t used = 0;
	for (size_t i = 0; i < c->n_fragments; i++)
		if (c->fragments[i]->walk == UNSEEN)
			walk_circle(c, c->fragments[i]);
	for (size_t i = 0; i < n; i++)
		walk_used(c, &operations[i], &used);
	for (size_t i = 0; i < c->n_fragments; i++)
		if (!(used >> i & 1))
			check_fault(c, c->fragments[i]->definition->name.at, "The fragment %.*s is not used.",
				NAME(c->fragments[i]->definition->name));
}
