/* bench: libclient's producer. Its consumer is in engine_libclient_consumer.c. */
#include "engine_libclient.h"

#include "spread.h"
#include "value.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct kc_config *engine_libclient_config(const struct job *job)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    if (!config || kc_config_set(config, "bootstrap.servers", job->servers, &error)) {
        bench_die("libclient", error.text);
    }
    for (int i = 0; i < job->setting_count; i++) {
        char name[128];
        const char *value = bench_setting(job, i, name, sizeof name);
        if (kc_config_set(config, name, value, &error)) {
            bench_die(name, error.text);
        }
    }
    return config;
}

struct kc_producer *engine_libclient_producer(const struct job *job)
{
    struct kc_error error;
    struct kc_config *config = engine_libclient_config(job);
    struct kc_producer *producer = kc_producer_create(config, &error);
    kc_config_destroy(config);
    if (!producer) {
        bench_die("libclient", error.text);
    }
    return producer;
}

/* What was reported: on the I/O thread only. */
struct tally {
    int64_t reported;
    int64_t failed;
};

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct tally *tally = context;
    tally->reported++;
    tally->failed += delivery->err != KC_ERR_NONE;
}

/* What one application thread sends. */
struct lane {
    const struct job *job;
    struct kc_producer *producer;
    const struct value_set *values;
    struct tally *tally;
    int64_t count;
};

static void *send_lane(void *context)
{
    const struct lane *lane = context;
    struct kc_error error;
    struct kc_record record = { .topic = lane->job->topic };
    record.flags = lane->job->keys ? 0 : KC_RECORD_PARTITION;
    for (int64_t i = 0; i < lane->count; i++) {
        record.value.data = value_at(lane->values, i, &record.value.size);
        if (lane->job->keys) {
            record.key = kc_bytes(value_key(lane->values, i), KEY_SIZE);
        }
        if (kc_producer_send(lane->producer, &record, on_delivery, lane->tally, &error)) {
            bench_die("send", error.text);
        }
    }
    return NULL;
}

static void flush(struct kc_producer *producer)
{
    struct kc_error error;
    if (kc_producer_flush(producer, WAIT_MS * 5, &error)) {
        bench_die("flush", error.text);
    }
}

static void check(const struct tally *tally, int64_t count)
{
    if (tally->failed || tally->reported != count) {
        bench_die("libclient", "records were not written");
    }
}

static void send_lanes(const struct lane *lane, int64_t threads)
{
    pthread_t *handles = bench_alloc((size_t)threads, sizeof *handles);
    for (int64_t i = 0; i < threads; i++) {
        if (pthread_create(&handles[i], NULL, send_lane, (void *)(uintptr_t)lane)) {
            bench_die("thread", "it does not start");
        }
    }
    for (int64_t i = 0; i < threads; i++) {
        (void)pthread_join(handles[i], NULL);
    }
    free(handles);
}

/* One record, so that metadata, connections and a producer id are there when the clock starts. */
static void warm_up(struct lane lane)
{
    lane.count = 1;
    (void)send_lane(&lane);
    flush(lane.producer);
}

static void produce(const struct job *job, struct report *report)
{
    struct value_set values;
    struct tally tally = { 0 };
    struct lane lane = { .job = job,
                         .values = &values,
                         .tally = &tally,
                         .producer = engine_libclient_producer(job),
                         .count = job->count / job->threads };
    value_set_init(&values, (size_t)job->size);
    warm_up(lane);
    bench_start(report);
    if (job->threads == 1) {
        (void)send_lane(&lane);
    } else {
        send_lanes(&lane, job->threads);
    }
    flush(lane.producer);
    bench_stop(report);
    report->records = lane.count * job->threads;
    kc_producer_destroy(lane.producer);
    check(&tally, report->records + 1);
    value_set_finish(&values);
}

static void acknowledge(const struct job *job, struct report *report)
{
    enum { WARM_UP = 100 };
    struct kc_error error;
    struct value_set values;
    struct spread spread;
    struct kc_producer *producer = engine_libclient_producer(job);
    struct kc_record record = { .topic = job->topic, .flags = KC_RECORD_PARTITION };
    value_set_init(&values, (size_t)job->size);
    spread_init(&spread, job->count);
    for (int64_t i = -WARM_UP; i < job->count; i++) {
        if (i == 0) {
            bench_start(report);
        }
        record.value.data = value_at(&values, i + WARM_UP, &record.value.size);
        double start = bench_seconds();
        if (kc_producer_send_sync(producer, &record, WAIT_MS, NULL, &error)) {
            bench_die("send", error.text);
        }
        if (i >= 0) {
            spread_add(&spread, bench_seconds() - start);
        }
    }
    bench_stop(report);
    spread_finish(&spread, report);
    kc_producer_destroy(producer);
    value_set_finish(&values);
}

/* Asks for the metadata of all topics before it waits for any: kc_producer_send would wait for each
 * in turn. */
static void request_metadata(struct kc_producer *producer, const struct job *job)
{
    for (int64_t i = 0; i < job->count; i++) {
        struct kc_error error;
        char name[256];
        struct kc_record record = { .topic = name };
        (void)snprintf(name, sizeof name, "%s-%d", job->topic, (int)i);
        enum kc_err err = kc_producer_try_send(producer, &record, NULL, NULL, &error);
        if (err && err != KC_ERR_WOULD_BLOCK) {
            bench_die("send", error.text);
        }
    }
}

static void topics(const struct job *job, struct report *report)
{
    struct kc_error error;
    struct value_set values;
    struct tally tally = { 0 };
    struct kc_producer *producer = engine_libclient_producer(job);
    char name[256];
    value_set_init(&values, (size_t)job->size);
    bench_start(report);
    request_metadata(producer, job);
    for (int64_t i = 0; i < job->count; i++) {
        struct kc_record record = { .topic = name };
        record.value.data = value_at(&values, i, &record.value.size);
        (void)snprintf(name, sizeof name, "%s-%d", job->topic, (int)i);
        if (kc_producer_send(producer, &record, on_delivery, &tally, &error)) {
            bench_die("send", error.text);
        }
    }
    flush(producer);
    bench_stop(report);
    report->records = job->count;
    report->resident_bytes = bench_resident_bytes();
    kc_producer_destroy(producer);
    check(&tally, job->count);
    value_set_finish(&values);
}

const struct engine engine_libclient = {
    .name = "libclient",
    .produce = produce,
    .acknowledge = acknowledge,
    .pace = engine_libclient_pace,
    .topics = topics,
    .consume = engine_libclient_consume,
    .echo = engine_libclient_echo,
    .rest = engine_libclient_rest,
    .rebalance = engine_libclient_rebalance,
};
