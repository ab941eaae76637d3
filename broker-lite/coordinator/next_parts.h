/* coordinator: what the files of the consumer group share: a step, which is what one event changes,
 * worked out beside the group, stored, and then put in place without a chance to fail. */
#ifndef COORDINATOR_NEXT_PARTS_H
#define COORDINATOR_NEXT_PARTS_H

#include "coordinator/group_next.h"
#include "coordinator/group_parts.h"
#include "coordinator/journal.h"

enum { GROUP_ARENA_BYTES_MAX = 1 << 24 };

struct next_step {
    struct group *group;
    struct group_next *next;
    struct next_env *env;
    struct next_member *old;   /* as it is; NULL: it is new */
    struct next_member *fresh; /* as it will be; owned until the step is done. NULL: it goes */
    struct next_member *gone;  /* leaves the group, or is replaced by `fresh`; as it is */
    /* As they will be. */
    struct next_member **members;
    size_t member_count;
    struct next_regex *regexes; /* owned; NULL: as they are */
    size_t regex_count;
    struct holding *targets; /* by place in members; NULL: as they are */
    int32_t epoch;
    int32_t target_epoch;
    int64_t target_ms;
    int64_t metadata_hash;
    struct journal journal;
};

/* False when memory is out. `old`, `fresh`, `gone` as above; takes nothing over. */
bool next_step_init(struct next_step *step, struct group *group, struct next_env *env,
                    struct next_member *old, struct next_member *fresh, struct next_member *gone);
void next_step_finish(struct next_step *step);

/* The group's epoch moves when what targets are worked out from has changed: members,
 * subscriptions, topics. */
enum kc_err next_step_follow(struct next_step *step);

/* The group's epoch is ahead of its targets, and they are to be worked out anew: the last ones are
 * env->assignment_ms old. Until then they hold, so that a burst of changes is worked out once. */
bool next_targets_are_due(const struct group_next *next, int32_t epoch, const struct next_env *env);

/* One move of `fresh` towards its target. */
enum kc_err next_step_move(struct next_step *step,
                           const struct consumer_group_heartbeat_request *request);

/* All that a heartbeat of `fresh` brings about: its record, the group's epoch, new targets for all
 * when they are due, and its move. */
enum kc_err next_step_work_out(struct next_step *step,
                               const struct consumer_group_heartbeat_request *request);

/* Stores the journal, and puts the step in place when that is done: `fresh` is the group's then,
 * old and gone are no more. */
enum kc_err next_step_commit(struct next_step *step);

/* Puts a member out, with a step of its own: the group becomes a classic one when it was the last
 * that spoke KIP-848 (group->next is NULL then). */
enum kc_err next_member_put_out(struct group *group, struct next_env *env,
                                struct next_member *member);

/* Adds an empty member, or finds it; NULL when memory is out. */
struct next_member *group_next_add(struct group_next *next, struct slice id);

/* next_convert.c: a consumer group beside, of a classic one's members, that has its records in
 * `before`. KC_ERR_MALFORMED: what a member subscribes to, or was assigned, cannot be read. */
enum kc_err next_upgrade(const struct group *group, const struct next_env *env,
                         struct group_next **ret_next);
/* True when nobody but classic members will be there after the step, because `gone` was not one. */
bool next_downgrade_is_due(const struct next_step *step);
/* In the place of next_step_commit: the group becomes a classic one of the members-to-be, with
 * their last targets; `rebalance`: one begins at once. */
enum kc_err next_downgrade(struct next_step *step, bool rebalance);

/* A ConsumerProtocolAssignment with its version in front; topics that are gone are left out. */
enum kc_err next_assignment_write(const struct image *image, const struct holding *holding,
                                  int16_t version, struct bytes *out);

/* next_topics.c: the regular expressions of the members-to-be with the topics that they mean;
 * records of those that are new, other than before, or no longer asked for. `all`: those that were
 * known are looked at again. */
enum kc_err next_topics_resolve(struct next_step *step, bool all);
/* Does a member-to-be subscribe to the topic? */
bool next_topics_want(const struct next_step *step, const struct next_member *member,
                      const struct uuid *topic_id);
/* A hash of the topics that the members-to-be subscribe to. */
int64_t next_topics_hash(const struct next_step *step);
/* Works out step->targets. */
enum kc_err next_topics_assign(struct next_step *step);
void next_before_drop(struct group_next *next);
void next_regexes_free(struct next_regex *regexes, size_t count);
/* KC_ERR_INVALID_REGULAR_EXPRESSION with Kafka's words, KC_ERR_NO_MEMORY. */
enum kc_err next_regex_check(const char *text, struct arena *arena, struct slice *ret_message);

/* next_record.c: records. */
void next_record_add_group(struct journal *journal, const char *group_id, int32_t epoch,
                           int64_t metadata_hash);
void next_record_add_member(struct journal *journal, const char *group_id,
                            const struct next_member *member);
void next_record_add_target(struct journal *journal, const char *group_id, const char *member_id,
                            const struct holding *target);
void next_record_add_target_epoch(struct journal *journal, const char *group_id, int32_t epoch,
                                  int64_t wall_ms);
void next_record_add_current(struct journal *journal, const char *group_id,
                             const struct next_member *member);
void next_record_add_regex(struct journal *journal, const char *group_id,
                           const struct next_regex *regex);
void next_record_drop_member(struct journal *journal, const char *group_id, const char *member_id);
void next_record_drop_regex(struct journal *journal, const char *group_id, const char *text);
/* All of the group. */
void next_record_drop_group(struct journal *journal, const char *group_id,
                            const struct group_next *next);

/* next_load.c: takes a record of a consumer group that was read back. A tombstone of the
 * group's own record sets *ret_gone. */
enum kc_err next_load_record(struct group_next *next, struct slice key, struct slice value,
                             struct arena *arena, bool *ret_gone);
/* The group that such a record is of; false when it is of another kind. */
bool next_load_group_id(struct slice key, struct slice *ret_group_id);
/* All is read: sessions begin anew. */
void next_load_done(struct group_next *next, const struct next_env *env);

#endif
