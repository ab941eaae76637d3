/* client: counts of batches by partition, and of their sizes. I/O thread. */
#ifndef CLIENT_TALLY_H
#define CLIENT_TALLY_H

#include "base/histogram.h"
#include "base/list.h"
#include "base/map.h"

enum { TALLY_TOPIC_MAX = 249 };

struct tally_partition {
    struct list link; /* in the order of their first batch */
    int64_t created_us;
    int64_t records; /* sent, or fetched */
    int64_t bytes;
    int64_t high_watermark;  /* fetched; -1 unknown */
    int64_t next_offset;     /* after what was fetched; -1 unknown */
    int64_t committed;       /* the last that the group took from here; -1 none */
    int32_t committed_epoch; /* with it; -1 unknown */
    struct tally_reading {   /* as a consumer stands there; offsets -1: unknown */
        bool is_assigned;
        int32_t broker_id;    /* fetched from; -1 none */
        const char *state;    /* librdkafka's fetch_state */
        int64_t query_offset; /* what is asked for, as librdkafka numbers it */
        int64_t app_offset;
        int64_t stored_offset;
        int32_t stored_epoch;
        int64_t low_offset;
        int64_t stable_offset;
        int64_t end_offset; /* what isolation.level lets see */
        int64_t queued_records;
        int64_t queued_bytes;
    } reading;
    struct tally_writing {    /* what waits in a producer */
        int64_t open_records; /* in the batch that still takes some */
        int64_t open_bytes;
        int64_t queued_records; /* in closed ones */
        int64_t queued_bytes;
        int64_t flight_records; /* in requests */
        int32_t next_acked;     /* the sequence number that is to be acknowledged next */
    } writing;
    int32_t partition;
    size_t key_size;
    uint8_t key[]; /* the partition's 4 bytes, then topic with its terminating zero */
};

struct tally {
    struct map partitions;
    struct list order;
    int64_t records;
    int64_t bytes;
    int64_t batches;
    int64_t written; /* records reported, a producer's */
    int64_t failed;
    int64_t lost; /* batches without memory to count them by partition */
    struct histogram batch_bytes;
    struct histogram batch_records;
};

void tally_init(struct tally *tally, uint64_t seed);
void tally_finish(struct tally *tally);

/* The partition, made when it is new; NULL when memory is out. */
struct tally_partition *tally_place(struct tally *tally, struct slice topic, int32_t partition);

/* NULL when it is not there. */
struct tally_partition *tally_find(struct tally *tally, struct slice topic, int32_t partition);

/* A batch that was sent or fetched. The partition it belongs to; NULL when memory is out. */
struct tally_partition *tally_count(struct tally *tally, struct slice topic, int32_t partition,
                                    int64_t records, int64_t bytes);

static inline const char *tally_topic(const struct tally_partition *partition)
{
    return (const char *)partition->key + 4;
}

#endif
