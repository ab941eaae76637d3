/* bench: libclient's producer as an application uses it that has many records at hand: sent by the
 * hundreds, reported by the batch. */
#include "engine_libclient.h"
#include "value.h"

#include <pthread.h>
#include <stdlib.h>

enum { SEND_COUNT = 256 };

/* What was reported: on the I/O thread only. */
struct batch_tally {
    int64_t reported;
    int64_t failed;
};

static void on_batch(void *context, const struct kc_batch_delivery *delivery)
{
    struct batch_tally *tally = context;
    tally->reported += (int64_t)delivery->count;
    tally->failed += delivery->err ? (int64_t)delivery->count : 0;
}

/* What one application thread sends. */
struct stream {
    const struct job *job;
    struct kc_producer *producer;
    const struct value_set *values;
    int64_t count;
};

static void fill(const struct stream *stream, int64_t from, struct kc_record *record, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t place = from + (int64_t)i;
        record[i].topic = stream->job->topic;
        record[i].flags = stream->job->keys ? 0 : KC_RECORD_PARTITION;
        record[i].value.data = value_at(stream->values, place, &record[i].value.size);
        if (stream->job->keys) {
            record[i].key = kc_bytes(value_key(stream->values, place), KEY_SIZE);
        }
    }
}

static void *send_stream(void *context)
{
    const struct stream *stream = context;
    struct kc_error error;
    struct kc_record records[SEND_COUNT] = { 0 };
    for (int64_t done = 0; done < stream->count;) {
        int64_t left = stream->count - done;
        size_t count = left < SEND_COUNT ? (size_t)left : SEND_COUNT;
        size_t taken = 0;
        fill(stream, done, records, count);
        if (kc_producer_send_many(stream->producer, records, count, NULL, NULL, NULL, &taken,
                                  &error)) {
            bench_die("send", error.text);
        }
        done += (int64_t)count;
    }
    return NULL;
}

static void send_streams(struct stream *stream, int64_t threads)
{
    pthread_t *handles = bench_alloc((size_t)threads, sizeof *handles);
    for (int64_t i = 0; i < threads; i++) {
        if (pthread_create(&handles[i], NULL, send_stream, stream)) {
            bench_die("thread", "it does not start");
        }
    }
    for (int64_t i = 0; i < threads; i++) {
        (void)pthread_join(handles[i], NULL);
    }
    free(handles);
}

static void flush(struct kc_producer *producer)
{
    struct kc_error error;
    if (kc_producer_flush(producer, WAIT_MS * 5, &error)) {
        bench_die("flush", error.text);
    }
}

static void produce(const struct job *job, struct report *report)
{
    struct kc_error error;
    struct value_set values;
    struct batch_tally tally = { 0 };
    struct kc_config *config = engine_libclient_config(job);
    kc_config_set_batch_delivery(config, on_batch, &tally);
    struct stream stream = {
        .job = job, .values = &values, .count = 1, .producer = kc_producer_create(config, &error)
    };
    kc_config_destroy(config);
    if (!stream.producer) {
        bench_die("libclient", error.text);
    }
    value_set_init(&values, (size_t)job->size);
    (void)send_stream(&stream); /* metadata, connections and a producer id */
    flush(stream.producer);
    stream.count = job->count / job->threads;
    bench_start(report);
    send_streams(&stream, job->threads);
    flush(stream.producer);
    bench_stop(report);
    report->records = stream.count * job->threads;
    kc_producer_destroy(stream.producer);
    if (tally.failed || tally.reported != report->records + 1) {
        bench_die("libclient", "records were not written");
    }
    value_set_finish(&values);
}

const struct engine engine_libclient_many = { .name = "libclient-many", .produce = produce };
