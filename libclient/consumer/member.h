/* consumer: one member of a group as a pure step function: answers, ticks and the application's
 * acts in; what to send and what to tell out. Two siblings behind one table: member_classic.c
 * speaks JoinGroup, SyncGroup, Heartbeat and LeaveGroup, eager or cooperative (KIP-429);
 * member_next.c ConsumerGroupHeartbeat (KIP-848). */
#ifndef CONSUMER_MEMBER_H
#define CONSUMER_MEMBER_H

#include "wire/codec.h"
#include "wire/messages.h"

#include <libclient/error.h>

enum member_protocol { MEMBER_PROTOCOL_CLASSIC, MEMBER_PROTOCOL_NEXT };

/* Whether the group is told when the member goes (KIP-1092). */
enum member_parting {
    MEMBER_PARTING_DEFAULT, /* dynamic members leave, static ones keep their place (KIP-345) */
    MEMBER_PARTING_LEAVE,
    MEMBER_PARTING_REMAIN
};

struct member_config {
    enum member_protocol protocol;
    int64_t session_timeout_us;
    int64_t heartbeat_interval_us;
    int64_t poll_interval_us; /* max.poll.interval.ms, also the rebalance timeout */
    int64_t backoff_us;
    bool is_static;      /* group.instance.id: never leaves by itself */
    bool is_cooperative; /* classic: keeps what it has while it joins */
};

enum member_state {
    MEMBER_OUT,      /* not in the group and not about to be */
    MEMBER_REVOKING, /* the polling thread gives back what it is told to, then it goes on */
    MEMBER_JOINING,  /* JoinGroup (next: the first heartbeat) under way, or waiting */
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
    MEMBER_RELEASED,     /* the polling thread has run revoked and lost, all it was told */
    MEMBER_GIVING,       /* next: a new assignment takes something away, which is being revoked */
    MEMBER_CHANGED,      /* next: what it holds has changed; the group is to know at once */
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
    const char *text;  /* more of it than the error's own text, or NULL; not the member's */
    const struct join_group_response *join; /* JOIN_ANSWERED with an answer, else NULL */
    bool is_giving;                         /* SYNC_ANSWERED: something is being revoked */
    enum member_parting parting;            /* UNSUBSCRIBED */
    int32_t epoch;                          /* next, HEARTBEAT_ANSWERED: of the answer */
    int64_t interval_us;                    /* likewise; 0: as before */
};

/* What to do now; zeroed when there is nothing. */
struct member_update {
    bool send_join; /* and nobody waits for the answer to a heartbeat any more */
    bool send_sync;
    bool send_heartbeat;
    bool tell_all;   /* next: with it, all of the member */
    bool tell_owned; /* next: and what it holds */
    bool send_leave;
    bool cancel_join; /* nobody waits for the answer to JoinGroup or SyncGroup (next: heartbeat) any
                         more; what is sent now must not wait behind it */
    bool plan;        /* make the assignment from the members of the answer, then MEMBER_PLANNED */
    bool assigned;    /* the answer to SyncGroup holds the assignment */
    bool revoke;      /* have the polling thread give back everything (cooperative: what is not
                         wanted any more), then MEMBER_RELEASED */
    bool lost;        /* likewise everything, but it is not ours any more: no commits */
    bool forget;      /* the coordinator is elsewhere */
    bool left;        /* LeaveGroup is through, or was not needed */
    enum kc_err failed; /* tell the application; MEMBER_FAILED when it is fatal */
};

struct member {
    struct member_config config;
    enum member_state state;
    char *id;           /* "" before the first answer; owned */
    char *protocol;     /* the group's strategy; owned */
    int32_t generation; /* -1: none; next: the member epoch, 0 to join */
    bool is_leader;
    bool must_rejoin;     /* subscription changed while a rebalance was under way */
    bool is_holding;      /* the application holds partitions */
    bool is_losing;       /* what is being released was lost, not revoked */
    bool must_leave;      /* it is to tell when it goes; decided by `parting` */
    bool must_tell;       /* next: a heartbeat to come says all of the member */
    bool must_tell_owned; /* next: and what it holds */
    bool must_hurry;      /* next: not only when the interval is over */
    bool join_in_flight;
    bool heartbeat_in_flight;
    bool leave_in_flight; /* nothing is joined before the answer: the two may change places */
    int stumbles;         /* times that the group sent us back, since a heartbeat went well */
    int64_t retry_us;     /* JoinGroup not before */
    int64_t interval_us;  /* next: as the group told; classic: to the heartbeat after this one */
    int64_t heartbeat_us; /* the next is due */
    int64_t heard_us;     /* last sign that the group knows us */
};

/* What the siblings differ in. */
struct member_kind {
    enum kc_err (*step)(struct member *member, const struct member_event *event,
                        struct member_update *update);
    int64_t (*next_us)(const struct member *member, int64_t polled_us);
    bool (*is_in)(const struct member *member);
};
extern const struct member_kind member_classic;
extern const struct member_kind member_next;

void member_init(struct member *member, const struct member_config *config);
void member_finish(struct member *member);

/* KC_ERR_NO_MEMORY leaves the state as it was. */
enum kc_err member_step(struct member *member, const struct member_event *event,
                        struct member_update *ret_update);

/* Who has just joined asks sooner whether others came meanwhile, which only a heartbeat tells in a
 * classic group: first after this share of heartbeat.interval.ms, but not below the least, then
 * after twice as long each time. */
enum { MEMBER_FRESH_SHARE = 32, MEMBER_FRESH_LEAST_US = 50000 };

/* When the next MEMBER_TICK is worth while; INT64_MAX: never. */
int64_t member_next_us(const struct member *member, int64_t polled_us);

/* The pause before joining once more: none for the usual detours (an id was missing, a rebalance
 * overtook another), but a group that sends us back again and again must not get all our time. */
enum { MEMBER_STUMBLES_FREE = 4, MEMBER_STUMBLES_TOLD = 64 };
int64_t member_pause_us(const struct member *member);

/* A connection to the coordinator that breaks with each try is worth a word now and then, although
 * it is tried again. */
bool member_is_stuck(const struct member *member, enum kc_err err);

/* Classic: the group does not know this id (any more). */
void member_forget_id(struct member *member);

/* Next: an assignment may be carried out. Not while the group is being told what the member holds,
 * or may have heard it or not: until the answer, that must not grow. */
bool member_may_change(const struct member *member);

/* True when a member that left because the application did not poll may join again. */
bool member_may_wake(const struct member *member, const struct member_event *event);

/* True while commits may name generation and member id. */
bool member_is_in(const struct member *member);

#endif
