/* consumer: one assigned partition as both threads know it. Topic and partition never change; the
 * rest belongs to the polling thread, except the counters, which are shared; of what is atomic and
 * the polling thread's the other may look at the value, for statistics. Counted, because batches
 * that the application still holds outlive the assignment. */
#ifndef CONSUMER_CLAIM_H
#define CONSUMER_CLAIM_H

#include "base/list.h"
#include "base/lock.h"
#include "base/slice.h"

struct position; /* consumer/position.h */

struct claim {
    struct refs refs;
    struct position *position;      /* the I/O thread's side of it; NULL: not assigned there */
    atomic_size_t queued_bytes;     /* fetched and not yet taken by a poll */
    _Atomic int64_t queued_records; /* likewise, by the headers of their batches */
    _Atomic int64_t end_offset;     /* high watermark or last stable offset, as last fetched; -1 */
    _Atomic int64_t damaged;      /* offset where a returned batch could not be read on; -1 none */
    struct list link;             /* the polling thread's list of what is assigned */
    struct list held;             /* batches fetched for it while it is paused */
    _Atomic int64_t offset;       /* the next that a poll returns; -1 unknown */
    _Atomic int32_t leader_epoch; /* of the record before; -1 unknown */
    _Atomic int64_t stored;       /* to be committed instead of offset; -1 none */
    _Atomic int32_t stored_epoch; /* of the record before that */
    int64_t committed;            /* the last that auto commit sent; -1 none */
    uint32_t generation;          /* grows with every seek: what was fetched before is stale */
    int32_t partition;
    bool is_current; /* assigned now */
    bool is_paused;
    size_t topic_size;
    char topic[];
};

/* One owner; NULL when memory is out. */
struct claim *claim_create(struct slice topic, int32_t partition);
void claim_take(struct claim *claim);

/* Frees with the last owner; NULL is fine. */
void claim_drop(struct claim *claim);

static inline struct slice claim_topic(const struct claim *claim)
{
    return slice_of(claim->topic, claim->topic_size);
}

#endif
