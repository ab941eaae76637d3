/* bench: Fetch requests and what their answers hold. */
#ifndef BENCH_FETCH_REQUEST_H
#define BENCH_FETCH_REQUEST_H

#include "bench.h"
#include "link.h"

/* Writes a frame that asks for all partitions of the job's topic, from offsets[partition] on. */
void fetch_request_write(const struct job *job, const int64_t *offsets, int32_t partition_bytes_max,
                         struct bytes *ret_frame);

/* Takes the next answer: counts its batches by their headers alone, moves the offsets on. */
void fetch_request_answer(struct link *link, int64_t *offsets, struct report *report);

#endif
