/* consumer: what the files of this room share of one consumer. Inside the room only. */
#ifndef CONSUMER_STATE_H
#define CONSUMER_STATE_H

#include "base/map.h"
#include "consumer/consumer.h"
#include "consumer/member.h"
#include "consumer/news.h"
#include "consumer/offset_search.h"
#include "consumer/source.h"

/* One question to a broker that is asked once: it owns the message and frees itself. */
struct inquiry {
    struct list link; /* of the consumer's open ones */
    struct consumer *consumer;
    struct cluster_request request;
    struct arena arena;
    /* Called once with the answer, or with err CLOSED; the inquiry is freed afterwards, unless
     * it returns true (sent again). */
    bool (*answer)(struct inquiry *inquiry, const struct conn_reply *reply);
    void *context;
    const void *owner; /* of the file that sent it, to find it again */
};

struct consumer_topic {
    struct list link;
    int32_t partition_count; /* as this member's last plan saw it; -1: it did not */
    bool is_subscribed;      /* else only wanted for the plan of others */
    int64_t told_us;         /* when its error was told last */
    size_t name_size;
    char name[];
};

struct consumer {
    struct consumer_options options;
    struct consumer_host host;
    char *group_id;
    char *instance_id;
    char *rack;
    char *remote_assignor;
    struct random random;
    struct cluster_watch watch;
    struct loop_timer timer;
    struct list positions; /* struct position */
    struct list sources;   /* struct source */
    struct list inquiries;
    struct list searches;   /* struct offset_search */
    struct list topics;     /* struct consumer_topic: what is wanted of the cluster */
    struct map topic_names; /* the same by name */
    struct member member;
    struct consumer_membership membership; /* what of it is noted; see view.c */
    struct inquiry *join;                  /* join, sync or leave under way */
    struct inquiry *heartbeat;
    struct frame_buffer *plan_frame; /* the leader's answer to JoinGroup, until it has planned */
    struct arena plan_arena;
    struct join_group_response plan;
    struct assign_member *plan_members; /* of the plan, in the order of its answer */
    int64_t plan_deadline_us;           /* topics that are not known by then count as absent */
    struct arena last_arena; /* of last: what was assigned last, even when it was given back */
    struct assign_partition *last;
    size_t last_count;
    int32_t last_generation;
    struct talk_target *target;    /* next: an assignment to be carried out; NULL: none */
    char *regex;                   /* next: the subscription as the group matches it; NULL: none */
    struct topic_pattern *pattern; /* the subscription as matched here; NULL: by names */
    int64_t pattern_us;            /* metadata is complete since */
    bool is_matched;               /* topics were picked once */
    uint64_t rebalance;            /* number of the last revocation or loss that was told */
    int64_t failed_us;             /* a failure of the group was told last */
    void (*left)(void *context);   /* called when the group and the brokers have been told */
    void *left_context;
    bool has_left;         /* the group has been told */
    size_t farewell_count; /* to brokers, under way */
    struct list commits;   /* waiting; the first is under way, and of one that leaves all are */
    size_t commits_sent;
    bool is_asking_committed;
    bool must_place; /* leaders or positions changed: look which broker each is fetched from */
    uint64_t session_count; /* fetch sessions so far: numbers them */
    int64_t rackless_us;    /* until then leaders are not told our rack: a follower failed */
    int64_t told_us;        /* when "no broker" was told last */
    int64_t heard_us;       /* when a broker answered last */
};

/* Does whatever can be done now and sets the timer for the rest. Cheap when there is nothing. */
void consumer_drive(struct consumer *consumer);
void consumer_drive_soon(struct consumer *consumer);

void consumer_tell(struct consumer *consumer, struct news *news);
void consumer_tell_error(struct consumer *consumer, struct position *position, enum kc_err err,
                         const char *format, ...) BASE_PRINTF(4, 5);

/* Does what a remedy asks for. */
void consumer_heal(struct consumer *consumer, struct position *position,
                   enum position_remedy remedy, enum kc_err err, const char *what);

/* Tells the polling thread where the partition starts, once it is known. */
void consumer_tell_placed(struct consumer *consumer, struct position *position);

/* Adds to the assignment; claims are taken. On failure nothing is added. */
enum kc_err consumer_add(struct consumer *consumer, struct claim *const *claims, size_t count);
void consumer_drop(struct consumer *consumer, struct position *position);
void consumer_drop_assignment(struct consumer *consumer);

/* consumer_topic.c: keeps a topic's metadata fresh. */
struct consumer_topic *consumer_topic_find(struct consumer *consumer, struct slice name);
struct consumer_topic *consumer_topic_want(struct consumer *consumer, struct slice name);
void consumer_topic_drop(struct consumer *consumer, struct consumer_topic *topic);

/* NULL when memory is out. The request is zeroed, message NULL. */
struct inquiry *inquiry_create(struct consumer *consumer,
                               bool (*answer)(struct inquiry *inquiry,
                                              const struct conn_reply *reply));
void inquiry_send(struct inquiry *inquiry);
/* Answers it with KC_ERR_CLOSED, at the end of the consumer. */
void inquiry_abort(struct inquiry *inquiry);
/* Drops it without an answer. NULL is fine. */
void inquiry_destroy(struct inquiry *inquiry);

/* sourcing.c: looks again which broker each partition is fetched from, when must_place is set. */
void sourcing_drive(struct consumer *consumer, int64_t now_us);

/* lookup.c: asks leaders for offsets; committed.c: asks the coordinator; both for all positions
 * that need it now. */
void lookup_drive(struct consumer *consumer, int64_t now_us);
void committed_drive(struct consumer *consumer, int64_t now_us);
void commit_drive(struct consumer *consumer);
/* Sends what waits for its turn: the member is about to leave. */
void commit_hurry(struct consumer *consumer);
/* Ends what waits with KC_ERR_CLOSED; nothing is under way any more. */
void commit_abort(struct consumer *consumer);

/* An answer came: somebody is there. */
void consumer_heard(struct consumer *consumer);

/* group.c: one event of the member, and what follows from it. */
enum {
    GROUP_LEAVE_TIMEOUT_MS = 5000,
    GROUP_PARTITIONS_MAX = 1 << 18 /* of one assignment; each takes some hundred bytes */
};
void group_event(struct consumer *consumer, struct member_event *event);
void group_step(struct consumer *consumer, enum member_event_kind kind);
void group_answer(struct consumer *consumer, enum member_event_kind kind, enum kc_err err,
                  const struct join_group_response *join);
/* The same of an answer: what the transport said of it is told, if anything is. */
void group_reply(struct consumer *consumer, enum member_event_kind kind, enum kc_err err,
                 const struct join_group_response *join, const struct conn_reply *reply);
void group_drive(struct consumer *consumer);

/* An inquiry to the coordinator, with room for its message (its context). NULL: no memory. */
struct inquiry *group_inquiry(struct consumer *consumer, int16_t api_key, size_t size,
                              bool (*answer)(struct inquiry *, const struct conn_reply *));

/* The topics subscribed, and what is held in order of topic and partition; both borrow names. */
enum kc_err group_topics(struct consumer *consumer, struct arena *arena,
                         const struct slice **ret_topics, size_t *ret_count);
enum kc_err group_owned(struct consumer *consumer, struct arena *arena,
                        const struct assign_partition **ret_owned, size_t *ret_count);

/* A new assignment in steps: mark what stays, leaving in target what is new; give back the rest
 * (the number of partitions that the polling thread was told of, to be released by it); add. */
enum kc_err group_mark(struct consumer *consumer, struct assign_partition *target, size_t *count,
                       struct arena *arena);
size_t group_take_back(struct consumer *consumer, enum news_kind kind);
enum kc_err group_add(struct consumer *consumer, const struct assign_partition *added,
                      size_t count);
enum kc_err group_remember(struct consumer *consumer);

/* talk_classic.c, talk_next.c: the requests that a member's update asks for. */
void talk_classic(struct consumer *consumer, const struct member_update *update);
void talk_next(struct consumer *consumer, const struct member_update *update);
/* Carries out the assignment that a KIP-848 group told. */
void talk_reconcile(struct consumer *consumer);

/* plan.c: the leader's assignment. plan_take keeps the answer to JoinGroup and wants the topics of
 * all members; plan_make fills SyncGroup's assignments. */
void plan_take(struct consumer *consumer, const struct conn_reply *reply);
bool plan_is_ready(struct consumer *consumer, int64_t now_us);
enum kc_err plan_make(struct consumer *consumer, struct arena *arena,
                      struct sync_group_request *request);
void plan_drop(struct consumer *consumer);
/* The group's strategy; NULL when it is none of those that this member offered. */
const struct assignor *plan_assignor(const struct consumer *consumer);
bool plan_is_outdated(struct consumer *consumer);

/* subscription.c: picks the topics that match anew. */
void subscription_on_metadata(struct consumer *consumer);
void subscription_finish(struct consumer *consumer);

/* proof.c: whether the log still has what was read (KIP-320), asked before it is fetched from
 * brokers that would not tell. */
bool proof_is_due(const struct source *source, const struct position *position);
void proof_drive(struct consumer *consumer, int64_t now_us);

/* The leader's log parts from what was read at this place (-1: nobody knows where), as after an
 * unclean election. The application hears of it in any case; with a reset policy reading goes on
 * from there, as in Java, else a seek is waited for. */
void proof_diverged(struct consumer *consumer, struct position *position, int64_t end_offset,
                    int32_t end_epoch);

/* view.c: notes for statistics: the member's state was another one before this event; partitions
 * were assigned or taken. */
void consumer_note_state(struct consumer *consumer, enum member_state before,
                         const struct member_event *event);
void consumer_note_rebalance(struct consumer *consumer);

/* farewell.c: ends the source's session at its broker (KIP-227), which would keep it until others
 * need the room. */
void farewell_send(struct source *source);

/* Calls `left` when nothing has to be told any more. */
void group_check_left(struct consumer *consumer);
/* What a commit of this generation was told of our membership: a later one is not touched by it. */
void group_fail_commit(struct consumer *consumer, enum kc_err err, int32_t generation);
void group_finish(struct consumer *consumer);
void group_on_metadata(struct consumer *consumer);

#endif
