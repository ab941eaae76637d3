/* consumer-groups: what --describe knows of one group, and its views. */
#ifndef CONSUMER_GROUPS_DESCRIBE_H
#define CONSUMER_GROUPS_DESCRIBE_H

#include "common/json.h"
#include "consumer-groups/command.h"

/* One partition that a group has an offset for, or a member. */
struct lag_row {
    const char *topic;
    int32_t partition;
    int32_t leader_epoch;                       /* of the commit; -1 unknown */
    int64_t committed;                          /* -1: none */
    int64_t end;                                /* -1 unknown */
    const struct kc_member_description *member; /* NULL: nobody reads it */
};

/* Zero-initialise. Strings belong to the description and the positions. */
struct lag {
    struct lag_row *rows;
    size_t count;
    struct kc_positions *committed;
};

/* Fetches committed offsets and ends. Ends the tool when that fails. */
void lag_load(struct lag *lag, const struct command *command,
              const struct kc_group_description *group);
void lag_finish(struct lag *lag);

/* End minus committed; -1 when either is not known. */
int64_t lag_of(const struct lag_row *row);

/* A table after an empty line; nothing when there is nothing to show. */
void describe_offsets(const struct lag *lag, const struct kc_group_description *group, bool verbose,
                      struct text *text);
void describe_members(const struct kc_group_description *group, bool verbose, struct text *text);
void describe_state(const struct kc_group_description *group, bool verbose, struct text *text);

/* "topic:0,1;other:0", "" when there are none. */
void describe_assignment(const struct kc_partition *partitions, size_t count, struct text *text);

/* The whole group as one JSON object. */
void describe_json(const struct lag *lag, const struct kc_group_description *group,
                   struct json *json);

#endif
