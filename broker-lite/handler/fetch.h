/* handler: what a fetch finds: its partitions looked up and read once, and the answer made of that.
 */
#ifndef HANDLER_FETCH_H
#define HANDLER_FETCH_H

#include "handler/handler.h"

/* A partition of the request. */
struct fetch_item {
    const struct fetch_request_fetch_partition *wanted;
    struct partition *partition; /* NULL: there is none; good until the loop goes on */
    struct log_range range;      /* what the answer will hold; not copied yet */
    enum kc_err err;
};

/* A fetch under way; lies in the call's arena, as its response does. */
struct fetch {
    struct call *call;
    struct fetch_item *items; /* in the order of the request */
    size_t item_count;
    size_t found_bytes; /* of all ranges */
    bool has_error;     /* some partition has something to tell at once */
    struct fetch_response response;
};

/* Nothing is looked up yet. NULL when memory is out. */
struct fetch *fetch_create(struct call *call);

/* Looks the partitions up and reads what there is within the request's limits. What an earlier read
 * found must have been dropped. */
void fetch_read(struct fetch *fetch);
void fetch_drop(struct fetch *fetch);

/* Copies what was found, and drops it: the response is then ready to be sent; *ret_memory, which
 * its records lie in, is for fetch_memory_release. False when memory is out (all is dropped). */
bool fetch_fill(struct fetch *fetch, void **ret_memory);
void fetch_memory_release(void *memory);

#endif
