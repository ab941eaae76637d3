/* handler: what a fetch finds: sizes for the decision to wait, and the answer with the records. */
#ifndef HANDLER_FETCH_H
#define HANDLER_FETCH_H

#include "handler/handler.h"

/* An answer under way: the message lies in the call's arena, the records in memory of their own
 * that outlives the call. */
struct fetch_answer {
    struct fetch_response response;
    void *memory; /* for fetch_answer_release */
};

/* True when at least min_bytes can be read now, or some partition has an error to tell. */
bool fetch_is_satisfied(struct call *call, int32_t min_bytes);

/* Reads what there is within the request's limits; NULL when memory is out. */
struct fetch_answer *fetch_answer_create(struct call *call);
void fetch_answer_release(void *memory);

#endif
