/* coordinator: what the files of groups share. */
#ifndef COORDINATOR_GROUPS_PARTS_H
#define COORDINATOR_GROUPS_PARTS_H

#include "coordinator/groups.h"
#include "coordinator/journal.h"

struct groups {
    struct groups_options options;
    struct group_env env;
    struct next_env next_env;
    struct map by_id;
    struct heap due;
    bool *loaded; /* by partition of __consumer_offsets */
    int32_t loaded_count;
    struct list loads;      /* struct groups_loading: partitions that are being read back */
    bool is_beside;         /* of one partition that is being read back; on a pool thread */
    bool owes_load;         /* memory was out: groups_tick tries again */
    bool owes_txn;          /* the same, for offsets of a committed transaction */
    struct list txn_groups; /* groups with offsets of transactions under way */
    int64_t next_expiry_ms;
    size_t member_bytes; /* what all members say of themselves */
};

/* Of member_bytes. As many members' subscriptions are held as fit; with what the requests
 * themselves take no client makes the broker grow by more than 64 MiB. */
enum { GROUPS_MEMBER_BYTES_MAX = 48 << 20 };

/* The topic, or NULL while it does not exist. */
const struct image_topic *groups_topic(const struct groups *groups);

/* Sets the times of the env; to be called before a group is given it. */
struct group_env *groups_env(struct groups *groups);
void groups_schedule(struct groups *groups, struct group *group);

/* Finds or makes; NULL when memory is out. */
struct group *groups_make(struct groups *groups, struct slice group_id);
void groups_remove(struct groups *groups, struct group *group);

/* Appends the records of offsets, of a transaction or (NULL) not. *ret_end as journal_append: the
 * records are the last ones below it. */
enum kc_err groups_append_offsets(struct groups *groups, struct slice group_id,
                                  const struct groups_txn *txn, const struct groups_offset *offsets,
                                  size_t count, int64_t *ret_end);
/* Answers when the high watermark has passed what was appended. */
void groups_commit_wait(struct partition *partition, int64_t end, struct groups_commit *commit);

/* groups_txn.c */
bool groups_put_txn_offset(struct groups *groups, struct group *group, int64_t producer_id,
                           const struct groups_offset *offset, int64_t commit_ms,
                           int64_t record_offset);
/* Tries again what memory was out for. */
void groups_txn_again(struct groups *groups);

/* groups_load.c: begins to read a partition of __consumer_offsets back, unless that is under way;
 * an empty one is loaded at once. */
void groups_load(struct groups *groups, struct partition *partition);
void groups_load_cancel(struct groups *groups, int32_t partition);
/* It is under way, or will be tried again. False: it is done, or has failed for good. */
bool groups_load_is_coming(const struct groups *groups, int32_t partition);
/* They are about to be freed: jobs that are out will find nobody. */
void groups_load_disown(struct groups *groups);

/* groups_next.c */
void groups_next_init(struct groups *groups);
/* The env with its times set. */
struct next_env *groups_next_now(struct groups *groups);
/* The same for one group, whose timeouts may be its own. */
struct next_env *groups_next_env_of(struct groups *groups, const struct group *group);
/* A classic member asks for a consumer group that nobody is in: it becomes a classic one. */
enum kc_err groups_next_yield(struct groups *groups, struct group *group);
/* The cluster's topics have changed. */
void groups_next_outdate(struct groups *groups);
/* A record of a consumer group; *ret_known false: of something else, which was passed over. */
enum kc_err groups_next_load(struct groups *groups, struct slice key, struct slice value,
                             struct arena *arena, bool *ret_known);
enum kc_err groups_next_check_commit(const struct groups *groups, const struct group *group,
                                     const struct offset_commit_request *request, int16_t version);
enum kc_err groups_next_check_txn(const struct group *group,
                                  const struct txn_offset_commit_request *request);

/* groups_expiry.c: offsets that are as old as offsets.retention.minutes allows, with groups that
 * are empty then; and offsets of a removed topic. */
void groups_expire(struct groups *groups);
void groups_forget_topic(struct groups *groups, struct slice topic);

#endif
