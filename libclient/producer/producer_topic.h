/* producer: the topics that were sent to, found without a lock, and their partitions' buffers. A
 * topic lives as long as the producer. */
#ifndef PRODUCER_PRODUCER_TOPIC_H
#define PRODUCER_PRODUCER_TOPIC_H

#include "base/uuid.h"
#include "producer/buffer.h"
#include "producer/partitioner.h"

struct producer;

struct producer_topic {
    struct producer *producer;
    struct partitioner partitioner;
    atomic_int partition_count;        /* 0: not known yet; read before buffers */
    atomic_int led_count;              /* of partitions whose leader is known */
    _Atomic(struct buffer **) buffers; /* at least partition_count of them */
    atomic_int err;                    /* what metadata says of the topic */
    atomic_int ratio;                  /* ratio.h, of the producer's codec */
    atomic_llong heard_us;             /* when metadata told of it last; 0: never */
    struct uuid id;                    /* the loop's; zero: unknown */
    bool is_wanted;                    /* the loop's: metadata was asked for */
    int32_t buffer_count;              /* the loop's; not below partition_count */
    struct buffer ***retired;          /* outgrown arrays, which a sender may still read */
    size_t retired_count;
    uint64_t hash;
    struct slice name; /* zero-terminated, behind the struct */
};

enum { TOPIC_TABLE_GENERATIONS = 32 };

/* Open addressing; slots are only ever filled. A table that grew is kept until the end. */
struct topic_table {
    struct lock lock; /* of adding */
    _Atomic(struct topic_slots *) slots;
    _Atomic(struct producer_topic *) last; /* the one found last: most senders stay with one */
    struct topic_slots *outgrown[TOPIC_TABLE_GENERATIONS];
    size_t outgrown_count;
    uint64_t seed;
};

void topic_table_init(struct topic_table *table, uint64_t seed);
/* Topics' buffers must be empty. */
void topic_table_finish(struct topic_table *table);

/* Whether two zero-terminated names are the same. Once a record: a call, and loads of 32 bytes that
 * reach past a short name, were a tenth of a sender's time. */
BASE_INLINE bool topic_name_is(const char *own, const char *name)
{
    enum { SHORT = 32 };
    for (size_t i = 0; i < SHORT; i++) {
        if (own[i] != name[i]) {
            return false;
        }
        if (own[i] == 0) {
            return true;
        }
    }
    return strcmp(own + SHORT, name + SHORT) == 0;
}

/* Any thread, no lock: the topic found last, if it is of this name; NULL: look further. */
static inline struct producer_topic *topic_table_last(struct topic_table *table, const char *name)
{
    struct producer_topic *topic = atomic_load_explicit(&table->last, memory_order_acquire);
    return topic && topic_name_is((const char *)topic->name.data, name) ? topic : NULL;
}

/* Any thread, no lock. NULL: not there. */
struct producer_topic *topic_table_find(struct topic_table *table, const char *name);

/* Any thread: the topic of this name, made when it is not there (*ret_is_new). NULL: out of memory.
 */
struct producer_topic *topic_table_add(struct topic_table *table, struct producer *producer,
                                       const char *name, bool *ret_is_new);

/* The loop: every topic in turn; *position starts at 0, NULL at the end. */
struct producer_topic *topic_table_next(struct topic_table *table, size_t *position);

/* The loop: the topic has so many partitions now; makes buffers up to there. False when memory is
 * out. */
bool producer_topic_grow(struct producer_topic *topic, int32_t count, size_t capacity,
                         size_t capacity_max);

static inline struct buffer *producer_topic_buffer(const struct producer_topic *topic,
                                                   int32_t partition)
{
    return atomic_load_explicit(&topic->buffers, memory_order_acquire)[partition];
}

#endif
