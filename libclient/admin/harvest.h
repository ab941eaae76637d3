/* admin: what an admin call brings home: a public result with all its lists and texts in one arena,
 * freed by one call. */
#ifndef ADMIN_HARVEST_H
#define ADMIN_HARVEST_H

#include "base/arena.h"

#include <libclient/admin.h>

struct harvest {
    struct arena arena;
    bool failed; /* memory was out: the result is not complete */
    union {
        struct kc_item_results items;
        struct kc_topic_descriptions topics;
        struct kc_cluster_description cluster;
        struct kc_resource_configs configs;
        struct kc_positions positions;
        struct kc_group_listings listings;
        struct kc_group_descriptions groups;
    } as;
};

/* NULL when memory is out. */
struct harvest *harvest_create(void);
void harvest_destroy(struct harvest *harvest);

/* The harvest around a public result, that is the address of one of `as`; NULL for NULL. */
struct harvest *harvest_of(void *result);

/* Zeroed room for count items; NULL, and failed, when memory is out. */
void *harvest_array(struct harvest *harvest, size_t count, size_t size);

/* A copy with a terminating zero; "" for null. Never NULL: "", and failed, when memory is out. */
const char *harvest_text(struct harvest *harvest, struct slice text);

/* The same, but NULL for null. */
const char *harvest_text_or_null(struct harvest *harvest, struct slice text);

/* A copy of the numbers; *ret_count is 0 for a null list (count -1) and when memory is out. */
const int32_t *harvest_ids(struct harvest *harvest, const int32_t *ids, int32_t count,
                           size_t *ret_count);

#endif
