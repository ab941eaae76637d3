/* coordinator: one classic group: members, generation, committed offsets, and the rebalance among
 * them. Pure: time comes in as now_ms, what must be stored and answered goes out through struct
 * group_env. Kafka's ClassicGroup and GroupMetadataManager (4.3) are what it follows. */
#ifndef COORDINATOR_GROUP_CLASSIC_H
#define COORDINATOR_GROUP_CLASSIC_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/random.h"
#include "wire/codec.h"
#include "wire/messages.h"

enum group_state {
    GROUP_EMPTY,
    GROUP_PREPARING_REBALANCE,
    GROUP_COMPLETING_REBALANCE,
    GROUP_STABLE,
    GROUP_DEAD
};

enum {
    GROUP_ID_SIZE_MAX = 32767,
    GROUP_MEMBER_BYTES_MAX = 1 << 20, /* protocols of one member */
    GROUP_PROTOCOLS_MAX = 64,
    /* Ids that were given out and have not come back. With another one the oldest is forgotten: its
     * owner is told that it is unknown, and asks anew. */
    GROUP_PENDING_MAX = 1024
};

/* Who waits for an answer to a join or sync. Owned by the caller; the group forgets it when it is
 * answered or when the caller ends it. */
struct group_answer {
    void (*done)(struct group_answer *answer,
                 void *response); /* join_group_response or sync_group_response */
    struct group_answer **place;  /* where the group keeps it; NULL: it does not wait */
    int16_t version;
};

/* The caller goes away without waiting. Harmless when it does not wait. */
void group_answer_end(struct group_answer *answer);

struct group_protocol {
    char *name;
    struct slice metadata; /* owned */
};

struct group_member {
    struct list link;    /* group->members, in the order of joining */
    struct group *group; /* that it is in; NULL: none yet */
    size_t bytes;        /* of protocols and assignment */
    char *id;
    char *instance_id; /* NULL: dynamic */
    char *client_id;
    char *client_host;
    int32_t rebalance_ms;
    int32_t session_ms;
    struct group_protocol *protocols;
    int32_t protocol_count;
    struct slice assignment;   /* owned; empty: none */
    struct group_answer *join; /* waits for the rebalance */
    struct group_answer *sync; /* waits for the leader's assignment */
    int64_t expires_ms;        /* without a heartbeat until then it is out */
    bool is_new;    /* has never been answered: a lost one goes after NEW_MEMBER_JOIN_MS */
    bool owes_sync; /* has an answer to its join and has not asked for its assignment */
};

/* A member id that was given out and has not come back with it yet (KIP-394). */
struct group_pending {
    struct list link;
    char *id;
    int64_t expires_ms;
};

struct group_offset {
    char *topic;
    struct slice key; /* topic, zero, partition: the place in group->offsets; owned */
    int32_t partition;
    int64_t offset;
    int32_t leader_epoch;
    char *metadata;
    int64_t commit_ms;
    int64_t expire_ms;     /* 0 or less: the broker's retention */
    int64_t record_offset; /* of its record in __consumer_offsets: the later one counts */
};

/* One offset to commit. */
struct groups_offset {
    struct slice topic;
    int32_t partition;
    int64_t offset;
    int32_t leader_epoch;
    struct slice metadata; /* null counts as empty */
    /* The wall time that an old client has asked for; 0 or less: the broker's retention. */
    int64_t expire_ms;
};

/* An offset that a transaction commits: it counts when the transaction does. */
struct group_txn_offset {
    struct list link;              /* group->txn_offsets */
    struct list twin;              /* place->items */
    struct group_txn_place *place; /* those of the same partition */
    int64_t producer_id;
    bool is_committed;          /* it does; memory was out when it was to take its place */
    struct group_offset offset; /* without a key */
};

struct group_next;

struct group {
    char *id;
    struct group_next *next; /* a consumer group (KIP-848); NULL: a classic one */
    struct map offsets;      /* struct group_offset by key */
    struct list txn_offsets; /* struct group_txn_offset, in the order of their records */
    struct map txn_places;   /* struct group_txn_place: the same by partition */
    struct list txn_link;    /* the owner's: groups with such */
    struct list members;
    int32_t member_count;
    size_t member_bytes; /* of them all */
    struct list pending;
    int32_t pending_count;
    enum group_state state;
    int32_t generation;
    char *protocol_type;           /* NULL: none yet */
    char *protocol;                /* NULL: none chosen */
    char *leader;                  /* member id; NULL: none */
    int64_t state_ms;              /* wall time of the last change of state */
    int64_t rebalance_deadline_ms; /* preparing: joins end; completing, stable: syncs end */
    bool is_initial;               /* preparing for the first time: new members extend the delay */
    int64_t initial_end_ms;
    struct heap_node due; /* the owner's: when group_tick is wanted */
    size_t counted_bytes; /* the owner's: of its group_bytes */
    int32_t offsets_partition;
};

/* The world of a group. */
struct group_env {
    /* Appends the group's record (or, for a dead one, its tombstone) to the log. 0: it will be
     * kept. */
    enum kc_err (*store)(void *context, struct group *group, bool assignments);
    void *context;
    struct random *random;
    int32_t initial_rebalance_delay_ms;
    int32_t size_max;
    size_t bytes_left; /* for what members say of themselves: set before each call */
    int64_t now_ms;    /* monotonic: set before each call */
    int64_t wall_ms;
};

/* An empty group; NULL when memory is out. */
struct group *group_create(struct slice id, uint64_t seed);
/* Waiting answers must have been ended or answered. NULL is fine. */
void group_destroy(struct group *group);

const char *group_state_name(enum group_state state);
struct group_member *group_find(const struct group *group, struct slice member_id);
struct group_member *group_find_instance(const struct group *group, struct slice instance_id);

/* What a join asks. */
struct group_join {
    const struct join_group_request *request;
    struct slice client_id;
    struct slice client_host;
    int16_t version;
};

/* Takes a join; answer->done is called now or when the rebalance completes. */
void group_join(struct group *group, struct group_env *env, const struct group_join *join,
                struct group_answer *answer);
void group_sync(struct group *group, struct group_env *env,
                const struct sync_group_request *request, struct group_answer *answer);
enum kc_err group_heartbeat(struct group *group, struct group_env *env,
                            const struct heartbeat_request *request);

/* The connection that waits for this join is lost: the answer is forgotten. A member that has never
 * been answered may not know its id, so it is given one session to come back, no more. */
void group_join_lost(struct group *group, struct group_env *env, struct group_answer *answer);

/* A member (by id, or a static one by instance id) leaves. */
enum kc_err group_leave(struct group *group, struct group_env *env, struct slice member_id,
                        struct slice instance_id);

/* May this one commit? A commit counts as a heartbeat. Simple consumers have generation -1 and no
 * member id. */
enum kc_err group_check_commit(struct group *group, struct group_env *env,
                               const struct offset_commit_request *request);

/* The same for offsets of a transaction (KIP-447): who names neither a member nor a generation is
 * not asked for one, and a rebalance is no hindrance. */
enum kc_err group_check_txn_commit(struct group *group, struct group_env *env,
                                   const struct txn_offset_commit_request *request);

/* What its members say of themselves, and their assignments. */
size_t group_bytes(const struct group *group);

/* Expired members and deadlines. */
void group_tick(struct group *group, struct group_env *env);

/* When group_tick is wanted next; INT64_MAX: never. */
int64_t group_due_ms(const struct group *group);

/* Ends every waiting answer with an error (coordinator moved, group deleted). */
void group_fail_waiting(struct group *group, enum kc_err err);

/* True when a member's subscription (consumer protocol) names the topic. */
bool group_subscribes(const struct group *group, struct slice topic);

/* All that its members subscribe to, for the caller to finish. False when that is not known: not a
 * group of consumers, a subscription that cannot be read, or memory is out. */
struct topic_names;
bool group_topics(const struct group *group, struct topic_names *ret_names);

/* The chosen protocol's metadata of a member; null when there is none. */
struct slice group_member_metadata(const struct group *group, const struct group_member *member);

/* A member as it stands in a stored record (loading). NULL when memory is out. */
struct group_member *group_restore_member(struct group *group,
                                          const struct group_metadata_value_member_metadata *stored,
                                          struct slice protocol, int64_t now_ms);

#endif
