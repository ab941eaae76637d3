/* producer: the records that wait for one partition: the open bundle that senders append to, and
 * the closed ones behind each other. Senders hold the lock for one record; the loop takes bundles.
 */
#ifndef PRODUCER_BUFFER_H
#define PRODUCER_BUFFER_H

#include "base/clock.h"
#include "base/heap.h"
#include "base/lock.h"
#include "producer/bundle.h"
#include "producer/sequence.h"
#include "producer/transaction.h"

struct producer_topic;
struct sink;

/* What the loop knows to be here, so that senders wake it only for news. */
enum buffer_known {
    BUFFER_KNOWN_EMPTY,     /* an opened bundle is news */
    BUFFER_KNOWN_LINGERING, /* a closed bundle is news */
    BUFFER_KNOWN_QUEUED     /* nothing is */
};

struct buffer {
    struct lock lock;
    struct clock_memo clock; /* under the lock, as down to `news` */
    struct bundle *open;
    struct list queue; /* closed ones by order, those to be sent again included */
    size_t queue_count;
    size_t capacity_next; /* of the next bundle to open, as it goes over the wire */
    size_t capacity_max;  /* it may grow to; less after a MESSAGE_TOO_LARGE */
    size_t fill_size;     /* bytes of records, not compressed, that the open bundle takes */
    uint64_t order_next;
    enum buffer_known known;
    bool is_closed; /* takes no records any more */

    struct list news; /* under the producer's news lock */

    struct producer_topic *topic; /* never change */
    int32_t partition;

    /* Told by lock and loop, looked at by partitioners of any thread. */
    atomic_uint load;            /* bundles that wait, the open one too */
    _Atomic(struct sink *) sink; /* NULL: no leader is known */

    struct list place;      /* the loop's from here on */
                            /* in the sink's ready list, or alone */
    struct list active;     /* in the producer's list while anything is under way */
    struct heap_node timer; /* linger or backoff */
    struct list flights;    /* bundles in requests, by order */
    size_t flight_count;
    size_t doomed_count; /* of the queue: a purge gives them up */
    struct sequence sequence;
    struct enlistment enlistment;
    int32_t leader_epoch;
};

/* Memory of a buffer is the topic's. */
void buffer_init(struct buffer *buffer, struct producer_topic *topic, int32_t partition,
                 size_t capacity, size_t capacity_max);
/* Nothing may be left in it. */
void buffer_finish(struct buffer *buffer);

/* Under the lock: closes the open bundle, which goes to the queue's end; NULL: there was none. */
struct bundle *buffer_seal(struct buffer *buffer);

/* Under the lock: makes a bundle the open one (there is none) and stamps it. */
void buffer_open(struct buffer *buffer, struct bundle *bundle, int64_t now_us);

/* Under the lock: takes the open bundle, which is still empty, out again. */
void buffer_unopen(struct buffer *buffer);

/* Under the lock: takes a bundle out of the queue. */
void buffer_remove(struct buffer *buffer, struct bundle *bundle);

/* Puts a bundle back into the queue, by order; behind those of the same order. */
void buffer_requeue(struct buffer *buffer, struct bundle *bundle);

/* Loop: moves the first of the queue (or, when the queue is empty, the open bundle) out; NULL: it
 * is still being packed, or nothing is here. */
struct bundle *buffer_take(struct buffer *buffer);

/* Loop: a look at what is next. */
struct buffer_view {
    bool is_empty;
    bool is_packing;    /* the first is not finished by its sender */
    bool is_doomed;     /* a purge gives the first up */
    bool is_open;       /* the first is the open bundle */
    int64_t created_us; /* of the first */
    int64_t retry_at_us;
    int32_t base_sequence; /* of the first */
    uint64_t order;        /* of the first */
    size_t size;           /* it takes on the wire, at most */
};
struct buffer_view buffer_look(struct buffer *buffer);

/* Loop: what senders may spare to tell from now on; KNOWN_EMPTY and KNOWN_LINGERING hold only if it
 * is still so, false: it is not any more (look again). */
bool buffer_know(struct buffer *buffer, enum buffer_known known);

#endif
