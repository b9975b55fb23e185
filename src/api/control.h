/* The control socket's door: `POST /control/op/NAME` with the operation's input as JSON, from this host's own user or root,
 * whom the file's mode and the peer's credentials both prove. The command line speaks to a running server through it. */
#ifndef API_CONTROL_H
#define API_CONTROL_H

#include "http/http.h"

enum http_when control_request(struct http_req *r);

#endif
