/* producer: who hears of the records of a bundle. */
#include "producer/audience.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 64 };

void audience_clear(struct audience *audience)
{
    audience->callback = NULL;
    audience->context = NULL;
    audience->count = 0;
    audience->is_single = audience->is_mixed = false;
}

void audience_finish(struct audience *audience)
{
    free(audience->contexts);
    free(audience->callbacks);
}

static size_t grown(size_t capacity, size_t index)
{
    return MAX_OF(index + 1, MAX_OF(capacity * 2, (size_t)CAPACITY_FIRST));
}

static bool reserve_contexts(struct audience *audience, size_t index)
{
    if (index >= audience->capacity) {
        size_t capacity = grown(audience->capacity, index);
        void **contexts = realloc(audience->contexts, capacity * sizeof(*contexts));
        if (!contexts) {
            return false;
        }
        audience->contexts = contexts;
        audience->capacity = capacity;
    }
    /* The first of its own: those before it were all the same, or NULL. */
    while (audience->count < index) {
        audience->contexts[audience->count++] = audience->is_single ? audience->context : NULL;
    }
    return true;
}

static bool reserve_callbacks(struct audience *audience, size_t index)
{
    if (index >= audience->callback_capacity) {
        size_t capacity = grown(audience->callback_capacity, index);
        kc_delivery_callback **callbacks =
            realloc(audience->callbacks, capacity * sizeof(*callbacks));
        if (!callbacks) {
            return false;
        }
        audience->callbacks = callbacks;
        audience->callback_capacity = capacity;
    }
    if (!audience->is_mixed) {
        audience->is_mixed = true;
        for (size_t i = 0; i < index; i++) {
            audience->callbacks[i] = audience->callback;
        }
    }
    return true;
}

bool audience_make_room(struct audience *audience, size_t index, kc_delivery_callback *callback,
                        const void *context)
{
    if (index == 0 && (callback || !context)) {
        return true;
    }
    bool has_contexts =
        context || audience->count > 0 || (audience->is_single && audience->context);
    if (has_contexts && !reserve_contexts(audience, index)) {
        return false;
    }
    bool is_plain = index == 0 || (callback == audience->callback && !audience->is_mixed);
    if (!is_plain && !reserve_callbacks(audience, index)) {
        return false;
    }
    audience->is_single = false;
    return true;
}
