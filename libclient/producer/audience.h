/* producer: who hears of the records of a bundle: a callback and a context for each record. Kept
 * small: one callback, and with it one context, for all of them is stored once; no context at all
 * costs nothing. */
#ifndef PRODUCER_AUDIENCE_H
#define PRODUCER_AUDIENCE_H

#include "base/attr.h"

#include <libclient/producer.h>

struct audience {
    kc_delivery_callback *callback;   /* of every record, unless is_mixed; NULL: nobody's */
    void *context;                    /* of every record, while is_single */
    size_t count;                     /* of contexts; 0: every context so far is NULL */
    size_t capacity;                  /* of contexts */
    void **contexts;                  /* of every record, unless is_single, once one is not NULL */
    kc_delivery_callback **callbacks; /* of every record, when is_mixed */
    size_t callback_capacity;
    bool is_single; /* one callback and one context for all; nothing is kept of each */
    bool is_mixed;
};

/* Nobody; keeps the memory. Zeroed is fine. */
void audience_clear(struct audience *audience);
void audience_finish(struct audience *audience);

/* As the record before it, which is all there is to say of most: no reserve, no add. */
static inline bool audience_is_same(const struct audience *audience, kc_delivery_callback *callback,
                                    const void *context)
{
    return audience->is_single && callback == audience->callback && context == audience->context;
}

/* The slow form of audience_reserve. */
bool audience_make_room(struct audience *audience, size_t index, kc_delivery_callback *callback,
                        const void *context);

/* Makes sure that audience_add of the index-th record cannot fail. False: out of memory, nothing
 * changed. */
static inline bool audience_reserve(struct audience *audience, size_t index,
                                    kc_delivery_callback *callback, const void *context)
{
    bool is_plain = !audience->is_single && !audience->is_mixed && index > 0 && context &&
                    callback == audience->callback;
    bool has_room = index == audience->count && index < audience->capacity;
    return BASE_LIKELY(is_plain && has_room)
               ? true
               : audience_make_room(audience, index, callback, context);
}

/* After audience_reserve with the same arguments: the index-th record's; in order. */
static inline void audience_add(struct audience *audience, size_t index,
                                kc_delivery_callback *callback, void *context)
{
    if (index == 0) {
        audience->callback = callback;
        audience->context = context;
        /* Who gets batches gets contexts as an array. */
        audience->is_single = callback || !context;
    }
    if (audience->is_single) {
        return;
    }
    if (BASE_UNLIKELY(audience->is_mixed)) {
        audience->callbacks[index] = callback;
    }
    if (context || audience->count > 0) {
        audience->contexts[index] = context;
        audience->count = index + 1;
    }
}

static inline kc_delivery_callback *audience_callback(const struct audience *audience, size_t index)
{
    return audience->is_mixed ? audience->callbacks[index] : audience->callback;
}

static inline void *audience_context(const struct audience *audience, size_t index)
{
    if (audience->is_single) {
        return audience->context;
    }
    return index < audience->count ? audience->contexts[index] : NULL;
}

#endif
