/* consumer: positions of a commit or a question, in the order that requests need: by topic, with
 * the way back from an answer. Pure. */
#ifndef CONSUMER_OFFSET_LIST_H
#define CONSUMER_OFFSET_LIST_H

#include "base/arena.h"

#include <libclient/consumer.h>

struct offset_list {
    struct kc_position **sorted; /* the caller's positions, by topic and partition */
    size_t count;
};

/* What an answer tells of one partition. */
struct offset_told {
    int64_t offset;
    int32_t leader_epoch;
};

/* KC_ERR_NO_MEMORY. */
enum kc_err offset_list_init(struct offset_list *list, struct kc_position *positions, size_t count,
                             struct arena *arena);
size_t offset_list_topic_count(const struct offset_list *list);

/* How many from `at` on have the same topic. */
size_t offset_list_same_topic(const struct offset_list *list, size_t at);

void offset_list_fail_all(struct offset_list *list, enum kc_err err);

/* Sets err, and what is told unless NULL, of this partition; one that was not asked for is
 * ignored. */
void offset_list_set(struct offset_list *list, struct slice topic, int32_t partition,
                     const struct offset_told *told, enum kc_err err);

#endif
