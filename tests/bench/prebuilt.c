/* bench: one batch, one partition, one request. */
#include "prebuilt.h"

#include "record/batch_writer.h"
#include "value.h"
#include "wire/messages.h"

#include <stdlib.h>
#include <time.h>

enum {
    PRODUCE = 0,
    PRODUCE_VERSION = 12, /* the last with topic names */
    SETTLE_PAUSE_MS = 10,
};

/* One batch as a producer would close it, in [buffer] or [compressed]; how many records fit. */
static int32_t build_batch(const struct job *job, uint8_t *buffer, size_t size_max,
                           struct bytes *compressed, struct slice *ret_batch)
{
    struct value_set values;
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    bool fits = true;
    value_set_init(&values, (size_t)job->size);
    batch_writer_init(&writer, buffer, size_max);
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

void prebuilt_init(struct prebuilt *prebuilt, const struct job *job, size_t size_max)
{
    prebuilt->job = job;
    prebuilt->buffer = bench_alloc(size_max, 1);
    bytes_init(&prebuilt->compressed, (size_t)PREBUILT_BYTES_MAX * 2);
    prebuilt->count =
        build_batch(job, prebuilt->buffer, size_max, &prebuilt->compressed, &prebuilt->batch);
}

void prebuilt_finish(struct prebuilt *prebuilt)
{
    bytes_finish(&prebuilt->compressed);
    free(prebuilt->buffer);
}

void prebuilt_request(const struct prebuilt *prebuilt, int32_t partition, struct bytes *ret_frame)
{
    struct produce_request_partition_produce_data data = { .index = partition,
                                                           .records = prebuilt->batch };
    struct produce_request_topic_produce_data topic = {
        .name = slice_text(prebuilt->job->topic), .partition_data = { .items = &data, .count = 1 }
    };
    struct produce_request request;
    struct writer writer;
    message_defaults(&produce_request_type, &request);
    request.acks = (int16_t)prebuilt->job->acks;
    request.timeout_ms = WAIT_MS;
    request.topic_data.items = &topic;
    request.topic_data.count = 1;
    bytes_init(ret_frame, (size_t)PREBUILT_BYTES_MAX * 2);
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

void prebuilt_await(struct link *link)
{
    enum kc_err err = answer(link);
    if (err) {
        bench_die("produce", kc_err_name(err));
    }
}

void prebuilt_settle(struct link *link, const struct job *job, const struct bytes *frame)
{
    double deadline = bench_seconds() + (double)job->wait;
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
