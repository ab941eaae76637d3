/* bench: no client at all. Produce: requests of 1 MB that were built before the clock starts, five
 * in flight. Fetch: one request after the other, batches counted by their headers. What these two
 * reach is the broker's limit, or the machine's. */
#include "engine_bare.h"
#include "fetch_request.h"
#include "prebuilt.h"

#include <stdlib.h>

enum {
    REQUEST_BYTES_MAX = 1 << 20,
    IN_FLIGHT_MAX = 5,
    FETCH_PARTITION_BYTES_MAX = 4 << 20,
};

static void produce(const struct job *job, struct report *report)
{
    struct link link;
    struct bytes *frames = bench_alloc((size_t)job->partitions, sizeof *frames);
    struct prebuilt prebuilt;
    link_open(&link, job->servers);
    prebuilt_init(&prebuilt, job, PREBUILT_BYTES_MAX);
    for (int64_t i = 0; i < job->partitions; i++) {
        prebuilt_request(&prebuilt, (int32_t)i, &frames[i]);
        prebuilt_settle(&link, job, &frames[i]);
    }
    prebuilt_finish(&prebuilt);
    int64_t sent = 0;
    int64_t answered = 0;
    bench_start(report);
    while (report->records < job->count) {
        if (sent - answered == IN_FLIGHT_MAX) {
            prebuilt_await(&link);
            answered++;
        }
        const struct bytes *frame = &frames[sent % job->partitions];
        link_send(link.socket, frame->data, frame->size);
        report->bytes += (int64_t)frame->size;
        report->records += prebuilt.count;
        sent++;
    }
    for (; answered < sent; answered++) {
        prebuilt_await(&link);
    }
    bench_stop(report);
    link_close(&link);
    for (int64_t i = 0; i < job->partitions; i++) {
        bytes_finish(&frames[i]);
    }
    free(frames);
}

static void consume(const struct job *job, struct report *report)
{
    struct link link;
    struct bytes request;
    int64_t *offsets = bench_alloc((size_t)job->partitions, sizeof *offsets);
    bytes_init(&request, REQUEST_BYTES_MAX);
    link_open(&link, job->servers);
    bench_start(report);
    while (report->records < job->count) {
        fetch_request_write(job, offsets, FETCH_PARTITION_BYTES_MAX, &request);
        link_send(link.socket, request.data, request.size);
        fetch_request_answer(&link, offsets, report);
    }
    bench_stop(report);
    link_close(&link);
    bytes_finish(&request);
    free(offsets);
}

const struct engine engine_bare = {
    .name = "bare",
    .produce = produce,
    .consume = consume,
    .pace = engine_bare_pace,
    .acknowledge = engine_bare_acknowledge,
    .slow = engine_bare_slow,
};
