/* tests: one classic group, told as a story: members on seats that join, sync and fall silent, and
 * a clock that the test moves. */
#ifndef COORDINATOR_STORY_H
#define COORDINATOR_STORY_H

#include "coordinator/group_parts.h"

enum { STORY_TEXT_SIZE = 128 };

/* A member as its client sees it. */
struct seat {
    struct group_answer answer;
    const char *instance;     /* NULL: dynamic */
    const char *protocols[4]; /* in the order of preference; metadata is "NAME of TOPIC" */
    const char *topic;
    int16_t version;
    int32_t session_ms;
    int32_t rebalance_ms;
    char id[STORY_TEXT_SIZE];
    /* the last answer */
    bool is_answered;
    enum kc_err err;
    int32_t generation;
    bool leads;
    bool skips;           /* the leader's assignment (KIP-814) */
    int32_t member_count; /* told to the leader */
    char protocol[STORY_TEXT_SIZE];
    char assignment[STORY_TEXT_SIZE];
};

struct story {
    struct group *group;
    struct group_env env;
    struct random random;
    int stored; /* records of the group */
    int stored_with_assignments;
    enum kc_err store_err; /* what the next store answers */
};

/* With initial_rebalance_delay_ms; size_max 100. */
void story_open(struct story *story, int32_t delay_ms);
void story_close(struct story *story);

/* A dynamic member of version 5 with protocol "range", session 10 s, rebalance 60 s. */
void seat_init(struct seat *seat);

/* Joins with the id that the seat has; takes the id that is given out and comes back with it, as
 * clients do. is_answered tells whether the rebalance is over. */
void seat_join(struct story *story, struct seat *seat);
/* One JoinGroup, whatever comes of it. */
void seat_join_once(struct story *story, struct seat *seat);

/* Asks for its assignment; a leader gives each seat of the list (NULL at the end) its own name as
 * in "for ID". */
void seat_sync(struct story *story, struct seat *seat, struct seat *const *seats);
void seat_follow(struct story *story, struct seat *seat);

enum kc_err seat_heartbeat(struct story *story, struct seat *seat);
enum kc_err seat_leave(struct story *story, struct seat *seat);
enum kc_err seat_commit(struct story *story, const struct seat *seat, int32_t generation);

/* Time goes by, with every deadline in it kept. */
void story_pass(struct story *story, int64_t ms);

/* The seats form a stable group: all join, the first that leads assigns. */
void story_gather(struct story *story, struct seat *const *seats);

#endif
