/* handler: a call that begins while others of its connection are in process, and is answered when
 * its turn has come: see session_allow_ahead. Loop thread. */
#ifndef HANDLER_AHEAD_CALL_H
#define HANDLER_AHEAD_CALL_H

#include "handler/handler.h"

/* As call_begin, for a request whose connection has others in process. False: it has to wait for
 * them. */
bool ahead_call_begin(struct node *node, struct session *session,
                      const struct session_request *request);

/* The first call of a session that began ahead may answer now. */
void ahead_call_turn(struct session *session);

/* True when calls before it have to be answered first: `run` is called then, and the call is no
 * longer parked elsewhere. False: go on. */
bool ahead_call_wait(struct call *call, void (*run)(struct call *call));

#endif
