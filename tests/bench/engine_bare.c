/* bench: no client at all. Produce: requests of 1 MB that were built before the clock starts, five
 * in flight. Fetch: one request after the other, batches counted by their headers. What these two
 * reach is the broker's limit, or the machine's. */
#include "bench.h"
#include "link.h"
#include "record/batch_writer.h"
#include "value.h"
#include "wire/messages.h"

#include <stdlib.h>
#include <time.h>

enum {
    PRODUCE = 0,
    PRODUCE_VERSION = 12, /* the last with topic names */
    FETCH = 1,
    FETCH_VERSION = 12,
    BATCH_BYTES = 1000000,
    IN_FLIGHT_MAX = 5,
    SETTLE_PAUSE_MS = 10,
    FETCH_BYTES_MAX = 50 << 20,
    FETCH_PARTITION_BYTES_MAX = 4 << 20,
    LAST_DELTA_POSITION = 23,
    RECORD_COUNT_POSITION = 57,
};

/* One batch as a producer would close it; how many records fit. */
static int32_t build_batch(const struct job *job, struct bytes *compressed, struct slice *ret_batch)
{
    struct value_set values;
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    uint8_t *buffer = bench_alloc(BATCH_BYTES, 1);
    bool fits = true;
    value_set_init(&values, (size_t)job->size);
    batch_writer_init(&writer, buffer, BATCH_BYTES);
    for (int64_t i = 0; i < job->count && fits; i++) {
        size_t size;
        const char *value = value_at(&values, i, &size);
        struct slice key = job->keys ? slice_text(value_key(&values, i)) : SLICE_NULL;
        fits = batch_writer_append(&writer, (int64_t)time(NULL) * 1000, key, slice_of(value, size),
                                   NULL, 0);
    }
    if (!compression_parse(slice_text(job->codec), &close.codec)) {
        bench_die(job->codec, "no such codec");
    }
    struct compressor *compressor = NULL;
    if (close.codec != COMPRESSION_NONE) {
        compressor = compressor_create(close.codec, COMPRESSION_LEVEL_DEFAULT);
    }
    if (batch_writer_close(&writer, &close, compressor, compressed, ret_batch)) {
        bench_die("batch", "it cannot be closed");
    }
    compressor_destroy(compressor);
    value_set_finish(&values);
    return writer.count;
}

static void build_request(const struct job *job, int32_t partition, struct slice batch,
                          struct bytes *ret_frame)
{
    struct produce_request_partition_produce_data data = { .index = partition, .records = batch };
    struct produce_request_topic_produce_data topic = {
        .name = slice_text(job->topic), .partition_data = { .items = &data, .count = 1 }
    };
    struct produce_request request;
    struct writer writer;
    message_defaults(&produce_request_type, &request);
    request.acks = (int16_t)job->acks;
    request.timeout_ms = WAIT_MS;
    request.topic_data.items = &topic;
    request.topic_data.count = 1;
    bytes_init(ret_frame, BATCH_BYTES * 2);
    writer_init(&writer, ret_frame);
    if (request_write(&writer, api_find(PRODUCE), PRODUCE_VERSION, 1, slice_text("bench"),
                      &request)) {
        bench_die("request", "it cannot be written");
    }
}

static enum kc_err answer(struct link *link)
{
    struct produce_response response;
    link_answer(link, api_find(PRODUCE), PRODUCE_VERSION, &response);
    return (enum kc_err)response.responses.items[0].partition_responses.items[0].error_code;
}

static void await(struct link *link)
{
    enum kc_err err = answer(link);
    if (err) {
        bench_die("produce", kc_err_name(err));
    }
}

/* Sends one request until the partition takes it: a new topic may not be there yet. */
static void settle(struct link *link, const struct bytes *frame)
{
    double deadline = bench_seconds() + WAIT_MS / 1000.0;
    enum kc_err err = KC_ERR_LEADER_NOT_AVAILABLE;
    while (err) {
        link_send(link->socket, frame->data, frame->size);
        err = answer(link);
        if (err && (!kc_err_is_retriable(err) || bench_seconds() > deadline)) {
            bench_die("produce", kc_err_name(err));
        }
        bench_pause_ms(err ? SETTLE_PAUSE_MS : 0);
    }
}

static void produce(const struct job *job, struct report *report)
{
    struct link link;
    struct bytes compressed;
    struct slice batch;
    struct bytes *frames = bench_alloc((size_t)job->partitions, sizeof *frames);
    bytes_init(&compressed, BATCH_BYTES * 2);
    int32_t batch_count = build_batch(job, &compressed, &batch);
    for (int64_t i = 0; i < job->partitions; i++) {
        build_request(job, (int32_t)i, batch, &frames[i]);
    }
    link_open(&link, job->servers);
    for (int64_t i = 0; i < job->partitions; i++) {
        settle(&link, &frames[i]);
    }
    int64_t sent = 0;
    int64_t answered = 0;
    bench_start(report);
    while (report->records < job->count) {
        if (sent - answered == IN_FLIGHT_MAX) {
            await(&link);
            answered++;
        }
        const struct bytes *frame = &frames[sent % job->partitions];
        link_send(link.socket, frame->data, frame->size);
        report->bytes += (int64_t)frame->size;
        report->records += batch_count;
        sent++;
    }
    for (; answered < sent; answered++) {
        await(&link);
    }
    bench_stop(report);
    link_close(&link);
    for (int64_t i = 0; i < job->partitions; i++) {
        bytes_finish(&frames[i]);
    }
    free(frames);
    bytes_finish(&compressed);
}

static void ask(struct link *link, const struct job *job, const int64_t *offsets, struct bytes *out)
{
    struct fetch_request_fetch_partition *rows = bench_alloc((size_t)job->partitions, sizeof *rows);
    struct fetch_request_fetch_topic topic = {
        .topic = slice_text(job->topic),
        .partitions = { .items = rows, .count = (int32_t)job->partitions }
    };
    struct fetch_request request;
    struct writer writer;
    message_defaults(&fetch_request_type, &request);
    request.max_wait_ms = 500;
    request.min_bytes = 1;
    request.max_bytes = FETCH_BYTES_MAX;
    request.topics.items = &topic;
    request.topics.count = 1;
    for (int64_t i = 0; i < job->partitions; i++) {
        message_defaults(&fetch_request_fetch_partition_type, &rows[i]);
        rows[i].partition = (int32_t)i;
        rows[i].fetch_offset = offsets[i];
        rows[i].partition_max_bytes = FETCH_PARTITION_BYTES_MAX;
    }
    out->size = 0;
    writer_init(&writer, out);
    if (request_write(&writer, api_find(FETCH), FETCH_VERSION, 1, slice_text("bench"), &request)) {
        bench_die("request", "it cannot be written");
    }
    link_send(link->socket, out->data, out->size);
    free(rows);
}

/* Walks over the headers of whole batches. */
static void count_batches(struct slice records, int64_t *offset, struct report *report)
{
    size_t at = 0;
    while (records.size - at >= BATCH_HEADER_SIZE) {
        const uint8_t *batch = records.data + at;
        size_t size = BATCH_OVERHEAD + (size_t)load_u32(batch + sizeof(uint64_t));
        if (size > records.size - at) {
            break;
        }
        *offset = (int64_t)load_u64(batch) + load_u32(batch + LAST_DELTA_POSITION) + 1;
        report->records += load_u32(batch + RECORD_COUNT_POSITION);
        report->bytes += (int64_t)size;
        at += size;
    }
}

static void take(struct link *link, int64_t *offsets, struct report *report)
{
    struct fetch_response response;
    link_answer(link, api_find(FETCH), FETCH_VERSION, &response);
    for (int32_t i = 0; i < response.responses.count; i++) {
        for (int32_t j = 0; j < response.responses.items[i].partitions.count; j++) {
            const struct fetch_response_partition_data *data =
                &response.responses.items[i].partitions.items[j];
            if (data->error_code) {
                bench_die("fetch", kc_err_name((enum kc_err)data->error_code));
            }
            count_batches(data->records, &offsets[data->partition_index], report);
        }
    }
}

static void consume(const struct job *job, struct report *report)
{
    struct link link;
    struct bytes request;
    int64_t *offsets = bench_alloc((size_t)job->partitions, sizeof *offsets);
    bytes_init(&request, BATCH_BYTES);
    link_open(&link, job->servers);
    bench_start(report);
    while (report->records < job->count) {
        ask(&link, job, offsets, &request);
        take(&link, offsets, report);
    }
    bench_stop(report);
    link_close(&link);
    bytes_finish(&request);
    free(offsets);
}

const struct engine engine_bare = { .name = "bare", .produce = produce, .consume = consume };
