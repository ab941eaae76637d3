/* handler: a call that faults meet: its beginning and its answer go by a plan. For handler.c, which
 * asks here only when the node has a script. A request that came whole is carried out also when its
 * connection is lost while it waits, as in Kafka; only its answer goes nowhere. Loop thread. */
#ifndef HANDLER_FAULT_CALL_H
#define HANDLER_FAULT_CALL_H

#include "handler/handler.h"

/* A decoded request. True: a fault meets it, and it is dealt with (now or later). */
bool fault_call_begin(struct call *call);

/* Answers of a call that has a plan; as call_answer, call_answer_copied (encoded already, from the
 * loop), call_answer_nothing. */
void fault_call_answer(struct call *call, const void *response, void (*release)(void *context),
                       void *context);
void fault_call_answer_copied(struct call *call);
void fault_call_answer_nothing(struct call *call);

/* Lets go what the fault holds. Not from inside a call. */
void fault_call_release(struct fault_script *script, int id);

/* The broker ends: drops what waits without a connection, and from now on what loses its
 * connection. Before the listeners are destroyed. */
void fault_call_end(struct fault_script *script);

#endif
