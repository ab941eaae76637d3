/* consumer: where the I/O thread stands in one partition: which offset to fetch next, or how to
 * find that out. Pure: answers in, the next step out. */
#ifndef CONSUMER_POSITION_H
#define CONSUMER_POSITION_H

#include "base/uuid.h"
#include "cluster/retry.h"
#include "consumer/claim.h"

#include <libclient/error.h>

enum position_state {
    POSITION_NEEDS_COMMITTED, /* ask the group's coordinator */
    POSITION_NEEDS_OFFSET,    /* ask the leader for the offset of `timestamp` */
    POSITION_READY,           /* fetch from `offset` */
    POSITION_STUCK            /* told the application; only a seek helps */
};

/* ListOffsets' special timestamps; POSITION_RESET_NONE is ours. */
enum { POSITION_LATEST = -1, POSITION_EARLIEST = -2, POSITION_RESET_NONE = -100 };

struct position_policy {
    int64_t reset_timestamp;   /* POSITION_LATEST, POSITION_EARLIEST or POSITION_RESET_NONE */
    int64_t reset_duration_ms; /* by_duration (KIP-1106): from the time of the reset; 0: not set */
    bool has_group;
    struct retry_policy retry;
};

struct source;

struct position {
    struct list link;        /* of all that are assigned */
    struct list source_link; /* of the broker that it is fetched from */
    struct source *source;   /* NULL: none yet */
    struct claim *claim;     /* owned */
    enum position_state state;
    bool is_paused;
    bool is_asked;        /* a question about it is under way: committed, offset or fetch */
    bool is_kept;         /* scratch of group_mark: the new assignment has it too */
    bool was_placed;      /* the polling thread knows where it starts */
    uint32_t generation;  /* as the polling thread gave it with the last seek */
    int64_t timestamp;    /* NEEDS_OFFSET */
    int64_t offset;       /* READY: the next to be fetched */
    int32_t leader_epoch; /* of the record before; -1 unknown (KIP-320) */
    int32_t proven_epoch; /* of the leader whose log is known to have what was read; -1 none */
    int32_t read_replica; /* KIP-392: -1 the leader */
    int64_t read_replica_until_us;
    uint64_t session; /* the fetch session that knows of it; 0 none; and what it knows: */
    struct uuid told_id;
    int64_t told_offset;
    int32_t told_last_epoch;
    int32_t told_current_epoch;
    int64_t log_start_offset; /* as last fetched, as are the next two; -1 unknown */
    int64_t last_stable_offset;
    int64_t high_watermark;
    int64_t retry_us;     /* nothing is asked before */
    int64_t missed_us;    /* the topic was seen without the partition first; 0: never */
    int failures;         /* in a row */
    enum kc_err last_err; /* of the last question about it; NONE when it went well */
};

/* What a failure asks for. */
enum position_remedy {
    POSITION_RETRY,        /* later, by itself */
    POSITION_REFRESH,      /* later, with fresh metadata */
    POSITION_TELL,         /* tell the application, and try later */
    POSITION_TELL_REFRESH, /* both */
    POSITION_TELL_STUCK    /* tell the application, which has to seek */
};

/* NULL when memory is out; takes the claim. Nothing is known yet: start or seek it. */
struct position *position_create(struct claim *claim);
void position_destroy(struct position *position);

/* Begins at `offset`, a KC_OFFSET_* constant, or KC_OFFSET_NONE: committed, else the policy.
 * POSITION_TELL_STUCK when the policy is none and nothing was committed, else POSITION_RETRY. */
enum position_remedy position_start(struct position *position, const struct position_policy *policy,
                                    int64_t offset, int32_t leader_epoch, int64_t wall_ms);

/* Begins at the first record of a time. */
void position_start_at(struct position *position, int64_t timestamp_ms);

/* The group's coordinator told; offset -1: nothing committed. Remedy as position_start. */
enum position_remedy position_on_committed(struct position *position,
                                           const struct position_policy *policy, int64_t offset,
                                           int32_t leader_epoch, int64_t wall_ms);

/* The leader told the offset of the timestamp; -1: there is none so young, so it is the end. */
void position_on_offset(struct position *position, int64_t offset, int32_t leader_epoch);

/* Records up to next_offset were fetched. */
void position_on_fetched(struct position *position, int64_t next_offset, int32_t leader_epoch);

/* Falls back on the policy, after OFFSET_OUT_OF_RANGE. */
enum position_remedy position_reset(struct position *position, const struct position_policy *policy,
                                    int64_t wall_ms);

/* A question about it failed: sets the time of the next try and says what else to do. */
enum position_remedy position_on_error(struct position *position,
                                       const struct position_policy *policy, enum kc_err err,
                                       int64_t now_us, struct random *random);

#endif
