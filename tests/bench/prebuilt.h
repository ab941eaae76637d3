/* bench: Produce requests that are built before the clock starts. */
#ifndef BENCH_PREBUILT_H
#define BENCH_PREBUILT_H

#include "bench.h"
#include "link.h"

enum { PREBUILT_BYTES_MAX = 1000000 };

/* One batch, for requests to any partition. */
struct prebuilt {
    const struct job *job;
    uint8_t *buffer;
    struct bytes compressed;
    struct slice batch; /* in one of the two */
    int32_t count;      /* of records */
};

/* A batch of at most `size_max` bytes (before compression) and the job's count of records. */
void prebuilt_init(struct prebuilt *prebuilt, const struct job *job, size_t size_max);
void prebuilt_finish(struct prebuilt *prebuilt);

/* The frame that brings it to a partition; the caller finishes it. */
void prebuilt_request(const struct prebuilt *prebuilt, int32_t partition, struct bytes *ret_frame);

/* Reads one answer; an error of the partition ends the process. */
void prebuilt_await(struct link *link);

/* Sends the request until the partition takes it: a new topic may not be there yet. */
void prebuilt_settle(struct link *link, const struct job *job, const struct bytes *frame);

#endif
