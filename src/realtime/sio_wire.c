#include "realtime/sio_part.h"

struct sio_socket *sio_attach(
	struct sio_nsp *n, const struct sio_wire *wire, void *arg, const void *remembered, const char *auth)
{
	struct client *c = client_new(n->sio, NULL, NULL);
	c->wire = wire;
	c->wire_arg = arg;
	c->remembered = remembered;
	return socket_connect(c, n, auth);
}

void sio_detach(struct sio_socket *k, const char *why)
{
	struct client *c = k->client;
	sio_let_go(k);
	client_end(c, why);
}
