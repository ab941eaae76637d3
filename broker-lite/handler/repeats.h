/* handler: which items of a request's list are there more than once. Kafka carries out none of
 * them. Takes n log n steps: lists may have millions of items, and all others wait meanwhile. */
#ifndef HANDLER_REPEATS_H
#define HANDLER_REPEATS_H

#include "handler/handler.h"

enum repeat { REPEAT_NONE, REPEAT_FIRST, REPEAT_LATER };

/* What each of the keys is among all: an array in the call's arena, NULL when memory is out. A null
 * key repeats nothing. */
enum repeat *repeats_find(struct call *call, const struct slice *keys, size_t count);

#endif
