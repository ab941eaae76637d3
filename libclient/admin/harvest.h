/* admin: what an admin call brings home: a public result with all its lists and texts in one arena,
 * freed by one call. */
#ifndef ADMIN_HARVEST_H
#define ADMIN_HARVEST_H

#include "base/arena.h"

#include <libclient/admin.h>

struct harvest_list {
    size_t count;
    void *items;
};

struct harvest_instance {
    char id[24];
};

struct harvest {
    struct arena arena;
    bool failed; /* memory was out: the result is not complete */
    union {
        struct harvest_list list; /* every result that is a list begins like this */
        struct kc_item_results items;
        struct kc_created_topics created;
        struct kc_topic_descriptions topics;
        struct kc_resource_configs configs;
        struct kc_positions positions;
        struct kc_offset_spots spots;
        struct kc_partition_results partition_results;
        struct kc_group_listings listings;
        struct kc_group_descriptions groups;
        struct kc_replica_places places;
        struct kc_scram_users scram_users;
        struct kc_txn_listings txn_listings;
        struct kc_cluster_description cluster;
        struct kc_features features;
        struct kc_quorum quorum;
        struct kc_token token;
        struct kc_raw_answer raw;
        struct harvest_instance instance;
    } as;
};

/* NULL when memory is out. */
struct harvest *harvest_create(void);
void harvest_destroy(struct harvest *harvest);

/* The harvest around a public result, that is the address of one of `as`; NULL for NULL. */
struct harvest *harvest_of(void *result);

/* Zeroed room for count items; NULL, and failed, when memory is out. */
void *harvest_array(struct harvest *harvest, size_t count, size_t size);

/* Room for more items, of this size, at the end of the list, which counts them at once; *capacity
 * starts at 0. NULL when memory is out (and failed), or more is 0. */
void *harvest_grow(struct harvest *harvest, struct harvest_list *list, size_t size, size_t more,
                   size_t *capacity);

/* A copy with a terminating zero; "" for null. Never NULL: "", and failed, when memory is out. */
const char *harvest_text(struct harvest *harvest, struct slice text);

/* The same, but NULL for null. */
const char *harvest_text_or_null(struct harvest *harvest, struct slice text);

/* A copy of the broker, as a look-up told it. */
struct kc_node harvest_node(struct harvest *harvest, const struct kc_node *node);

#endif
