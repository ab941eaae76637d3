/* bench: what a consuming application does with the records: every engine does the same. */
#ifndef BENCH_READING_H
#define BENCH_READING_H

#include "bench.h"

struct reading {
    int64_t *next; /* offset that must come, by partition */
    int64_t partitions;
    int64_t seen;
    int64_t seen_before; /* when the clock started */
    uint64_t sum;        /* keeps the reads of the bytes alive */
};

void reading_init(struct reading *reading, const struct job *job);
void reading_finish(struct reading *reading, struct report *report);

/* Touches the first and the last byte of a record. A lost or doubled one ends the process. */
static inline void reading_touch(struct reading *reading, int32_t partition, int64_t offset,
                                 const void *data, size_t size)
{
    if (partition >= reading->partitions || offset != reading->next[partition]) {
        bench_die("offsets", "a record is missing or came twice");
    }
    reading->next[partition] = offset + 1;
    reading->seen++;
    if (size > 0) {
        const uint8_t *bytes = data;
        reading->sum += (uint64_t)bytes[0] + bytes[size - 1];
    }
}

/* After each batch. The wall clock starts with the first: joining a group is not throughput.
 * Processor time counts from the start, for all records: what a client fetches ahead before it
 * hands out the first record is work, too. True when all are read. */
bool reading_batch_ends(struct reading *reading, const struct job *job, struct report *report);

#endif
