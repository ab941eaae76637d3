/* coordinator: one consumer group (KIP-848): members, what they subscribe to, what they are to
 * have, and the epochs by which all of that is told apart. A heartbeat is one step: what it changes
 * is worked out beside the group, stored, and only then the group's state. Pure: topics, time and
 * settings come in, what must be stored goes out through struct next_env. Kafka's ConsumerGroup and
 * GroupMetadataManager (4.3) are what it follows. */
#ifndef COORDINATOR_GROUP_NEXT_H
#define COORDINATOR_GROUP_NEXT_H

#include "base/random.h"
#include "controller/image.h"
#include "coordinator/group_classic.h"
#include "coordinator/next_member.h"

struct journal;

/* A regular expression that members subscribe with, and the topics that it means. */
struct next_regex {
    char *text;
    struct topic_names topics;
    int64_t version; /* of the metadata that they were found in */
    int64_t found_ms;
};

struct group_next {
    int32_t epoch;         /* moves with members, subscriptions and topics */
    int32_t target_epoch;  /* of the targets; behind epoch: they are to be worked out anew */
    int64_t target_ms;     /* when they were worked out, wall clock; 0: the next are due at once */
    int64_t metadata_hash; /* of the topics subscribed to */
    struct next_member **members; /* by id */
    size_t member_count;
    size_t member_bytes;        /* what they say of themselves */
    bool is_counted;            /* member_bytes is right */
    struct next_regex *regexes; /* by text */
    size_t regex_count;
    bool is_outdated; /* the cluster's topics have changed: the next heartbeat looks at them */
    /* Owned: the records by which a classic group becomes this one; they are stored with the first
     * step. NULL: it is one. */
    struct journal *before;
};

/* The world of a consumer group. */
struct next_env {
    /* Appends the records in one batch. 0: they will be kept. */
    enum kc_err (*store)(void *context, struct group *group, struct journal *journal);
    void *context;
    const struct image *image;
    struct random *random;
    int32_t session_ms;        /* group.consumer.session.timeout.ms */
    int32_t heartbeat_ms;      /* group.consumer.heartbeat.interval.ms */
    int32_t assignment_ms;     /* group.consumer.assignment.interval.ms */
    int32_t size_max;          /* group.consumer.max.size */
    struct slice assignors[2]; /* group.consumer.assignors; the first is the default */
    int32_t assignor_count;
    int64_t now_ms; /* monotonic: set before each call */
    int64_t wall_ms;
    /* group.consumer.migration.policy: what becomes of a group in use. */
    bool may_upgrade;
    bool may_downgrade;
    struct group_env *classic; /* of the group, should it become a classic one; times set too */
};

struct group_next *group_next_create(void);
void group_next_destroy(struct group_next *next);

struct next_member *group_next_find(const struct group_next *next, struct slice member_id);
struct next_member *group_next_find_instance(const struct group_next *next,
                                             struct slice instance_id);

/* "Empty", "Assigning", "Reconciling", "Stable". */
const char *group_next_state_name(const struct group_next *next);

/* What most members ask for, or the default. */
struct slice group_next_assignor(const struct group_next *next, const struct next_env *env);

/* True when a member subscribes to the topic. */
bool group_next_subscribes(const struct group_next *next, struct slice topic);

/* Who asks, in which version. */
struct next_caller {
    struct slice client_id;
    struct slice client_host;
    int16_t version;
};

/* Takes a heartbeat: a member that joins, stays, leaves or rests. The response borrows from the
 * arena. Its error is also what is returned; error_message is set where Kafka has one. group->next
 * must be there. */
enum kc_err group_next_heartbeat(struct group *group, struct next_env *env,
                                 const struct consumer_group_heartbeat_request *request,
                                 const struct next_caller *caller, struct arena *arena,
                                 struct consumer_group_heartbeat_response *ret_response);

/* ---- members that speak the classic protocol (group->next must be there) ---- */

/* Takes a join; answer->done is called before it returns. A static member that takes the place of
 * the last one that spoke KIP-848 makes the group a classic one. */
void group_next_join(struct group *group, struct next_env *env, const struct group_join *join,
                     struct group_answer *answer);
void group_next_sync(struct group *group, struct next_env *env,
                     const struct sync_group_request *request, struct group_answer *answer);
enum kc_err group_next_classic_beat(struct group *group, struct next_env *env,
                                    const struct heartbeat_request *request);
/* Any member, by id, or a static one by instance id (an operator may put out those that speak
 * KIP-848, too). The group may be a classic one after that. */
enum kc_err group_next_leave(struct group *group, struct next_env *env, struct slice member_id,
                             struct slice instance_id);

/* Is the heartbeat well formed? Asked before its group is looked for. */
enum kc_err group_next_check(const struct next_env *env,
                             const struct consumer_group_heartbeat_request *request,
                             struct arena *arena, struct slice *ret_message);

/* A member that has been put out by its silence or by what it does not give back. */
void group_next_tick(struct group *group, struct next_env *env);

/* What all members say of themselves. */
size_t group_next_bytes(struct group_next *next);

/* When group_next_tick is wanted next; INT64_MAX: never. */
int64_t group_next_due_ms(const struct group_next *next);

/* What a commit may claim. `transactional`: TxnOffsetCommit. */
struct next_claim {
    struct slice member_id;
    int32_t epoch;
    bool is_old; /* OffsetCommit below version 9, which knows no member epochs */
};

/* May this one commit? A claim of an epoch that has passed is good as long as the partitions have
 * been the member's since (KIP-1251): `stale` says that they must be looked at.
 * KC_ERR_UNKNOWN_MEMBER_ID, KC_ERR_STALE_MEMBER_EPOCH, KC_ERR_UNSUPPORTED_VERSION; of a classic
 * member KC_ERR_ILLEGAL_GENERATION. */
enum kc_err group_next_check_commit(const struct group_next *next, const struct next_claim *claim,
                                    bool *ret_stale);

#endif
