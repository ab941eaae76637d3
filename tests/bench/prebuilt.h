/* bench: Produce requests that are built before the clock starts. */
#ifndef BENCH_PREBUILT_H
#define BENCH_PREBUILT_H

#include "bench.h"
#include "link.h"

enum { PREBUILT_BYTES_MAX = 1000000 };

/* A frame with one batch for the partition, of at most `size_max` bytes (before compression) and
 * the job's count of records; how many it has. The caller finishes the frame. */
int32_t prebuilt_request(const struct job *job, int32_t partition, size_t size_max,
                         struct bytes *ret_frame);

/* Reads one answer; an error of the partition ends the process. */
void prebuilt_await(struct link *link);

/* Sends the request until the partition takes it: a new topic may not be there yet. */
void prebuilt_settle(struct link *link, const struct bytes *frame);

#endif
