/* consumer: one member of a classic group (JoinGroup, SyncGroup, Heartbeat, LeaveGroup) as a pure
 * step function: answers, ticks and the application's acts in; what to send and what to tell out.
 * Rebalances are eager: everything is revoked before it joins again. */
#ifndef CONSUMER_MEMBER_H
#define CONSUMER_MEMBER_H

#include "wire/codec.h"
#include "wire/messages.h"

#include <libclient/error.h>

struct member_config {
    int64_t session_timeout_us;
    int64_t heartbeat_interval_us;
    int64_t poll_interval_us; /* max.poll.interval.ms, also the rebalance timeout */
    int64_t backoff_us;
    bool is_static; /* group.instance.id: never leaves by itself */
};

enum member_state {
    MEMBER_OUT,      /* not in the group and not about to be */
    MEMBER_REVOKING, /* the polling thread gives back what was assigned, then it joins */
    MEMBER_JOINING,  /* JoinGroup under way, or waiting for its backoff */
    MEMBER_LEADING,  /* this member decides the assignment: it is being made */
    MEMBER_SYNCING,  /* SyncGroup under way */
    MEMBER_STABLE,
    MEMBER_IDLE,    /* the application does not poll: left until it does */
    MEMBER_LEAVING, /* LeaveGroup under way */
    MEMBER_FAILED   /* fenced or refused: only a new subscription helps */
};

enum member_event_kind {
    MEMBER_SUBSCRIBED,   /* topics are wanted, or others than before, or their partitions changed */
    MEMBER_UNSUBSCRIBED, /* by unsubscribe or close */
    MEMBER_RELEASED,     /* the polling thread has run revoked or lost */
    MEMBER_POLLED,       /* polled_us moved */
    MEMBER_TICK,
    MEMBER_PLANNED, /* the leader's assignment is made */
    MEMBER_JOIN_ANSWERED,
    MEMBER_SYNC_ANSWERED,
    MEMBER_HEARTBEAT_ANSWERED,
    MEMBER_LEAVE_ANSWERED,
    MEMBER_COMMIT_FAILED /* err of an OffsetCommit that concerns membership */
};

struct member_event {
    enum member_event_kind kind;
    int64_t now_us;
    int64_t polled_us; /* when the application polled last; INT64_MAX while it is in poll */
    enum kc_err err;   /* of the transport, or of the answer */
    const struct join_group_response *join; /* JOIN_ANSWERED with an answer, else NULL */
};

/* What to do now; zeroed when there is nothing. */
struct member_update {
    bool send_join;
    bool send_sync;
    bool send_heartbeat;
    bool send_leave;
    bool cancel_join; /* nobody waits for the answer to JoinGroup any more */
    bool plan;        /* make the assignment from the members of the answer, then MEMBER_PLANNED */
    bool assigned;    /* the answer to SyncGroup holds the assignment */
    bool revoke;      /* have the polling thread give back everything, then MEMBER_RELEASED */
    bool lost;        /* likewise, but it is not ours any more: no commits */
    bool forget;      /* the coordinator is elsewhere */
    bool left;        /* LeaveGroup is through, or was not needed */
    enum kc_err failed; /* tell the application; MEMBER_FAILED when it is fatal */
};

struct member {
    struct member_config config;
    enum member_state state;
    char *id;           /* "" before the first answer; owned */
    char *protocol;     /* the group's strategy; owned */
    int32_t generation; /* -1: none */
    bool is_leader;
    bool is_leaving;  /* unsubscribed while it could not leave yet */
    bool must_rejoin; /* subscription changed while a rebalance was under way */
    bool is_holding;  /* the application holds partitions */
    bool join_in_flight;
    bool heartbeat_in_flight;
    int64_t retry_us;     /* JoinGroup not before */
    int64_t heartbeat_us; /* the next is due */
    int64_t heard_us;     /* last sign that the group knows us */
};

void member_init(struct member *member, const struct member_config *config);
void member_finish(struct member *member);

/* KC_ERR_NO_MEMORY leaves the state as it was. */
enum kc_err member_step(struct member *member, const struct member_event *event,
                        struct member_update *ret_update);

/* When the next MEMBER_TICK is worth while; INT64_MAX: never. */
int64_t member_next_us(const struct member *member, int64_t polled_us);

/* True while commits may name generation and member id. */
bool member_is_in(const struct member *member);

#endif
