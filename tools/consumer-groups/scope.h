/* consumer-groups: which partitions --topic, --all-topics or a file mean. */
#ifndef CONSUMER_GROUPS_SCOPE_H
#define CONSUMER_GROUPS_SCOPE_H

#include "consumer-groups/command.h"

/* Zero-initialise. The names belong to the list. */
struct partitions {
    struct kc_partition *items;
    size_t count;
    size_t capacity;
};

void partitions_add(struct partitions *partitions, const char *topic, int32_t partition);
void partitions_finish(struct partitions *partitions);

/* By topic, then partition; and without doubles. */
void partitions_sort(struct partitions *partitions);
int partitions_compare(const void *one, const void *other);

/* "topic" or "topic:0,2". Adds the partitions named and returns true; a topic alone adds one with
 * partition -1. False: *ret_bad (into `word`) is no partition. */
bool scope_parse(struct partitions *partitions, const char *word, const char **ret_bad,
                 size_t *ret_bad_size);

/* All --topic words. A malformed one ends the tool. */
void scope_topics(const struct command *command, struct partitions *partitions);

/* Replaces each partition -1 by all partitions of its topic. A topic that is not there: its entry
 * stays -1 when `keep_unknown`, else ends the tool. */
void scope_expand(const struct command *command, struct partitions *partitions, bool keep_unknown);

#endif
