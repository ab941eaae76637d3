/* bench: librdkafka's producer, used as its own performance tool does: payloads copied, a delivery
 * report for each. Its consumer is in engine_librdkafka_consumer.c. */
#include "engine_librdkafka.h"

#include "spread.h"
#include "value.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVE_EVERY = 1000, FULL_WAIT_MS = 10 };

void *engine_librdkafka_config(const struct rdkafka *rdkafka, const struct job *job)
{
    char text[256];
    void *config = rdkafka->conf_new();
    if (rdkafka->conf_set(config, "bootstrap.servers", job->servers, text, sizeof text)) {
        bench_die("librdkafka", text);
    }
    for (int i = 0; i < job->setting_count; i++) {
        char name[128];
        const char *value = bench_setting(job, i, name, sizeof name);
        if (rdkafka->conf_set(config, name, value, text, sizeof text)) {
            bench_die(name, text);
        }
    }
    return config;
}

void *engine_librdkafka_open(const struct rdkafka *rdkafka, int type, void *config)
{
    char text[256];
    void *handle = rdkafka->new (type, config, text, sizeof text);
    if (!handle) {
        bench_die("librdkafka", text);
    }
    return handle;
}

/* Written by the one thread that serves the delivery reports. */
struct tally {
    int64_t reported;
    int64_t failed;
};

static void on_delivery(void *handle, const struct rdkafka_message *message, void *opaque)
{
    struct tally *tally = opaque;
    (void)handle;
    tally->reported++;
    tally->failed += message->err != 0;
}

static void check(const struct tally *tally, int64_t count)
{
    if (tally->failed || tally->reported != count) {
        bench_die("librdkafka", "records were not written");
    }
}

static void *open_producer(const struct rdkafka *rdkafka, const struct job *job,
                           struct tally *tally)
{
    void *config = engine_librdkafka_config(rdkafka, job);
    rdkafka->conf_set_dr_msg_cb(config, on_delivery);
    rdkafka->conf_set_opaque(config, tally);
    return engine_librdkafka_open(rdkafka, RDKAFKA_PRODUCER, config);
}

void *engine_librdkafka_topic(const struct rdkafka *rdkafka, void *handle, const char *name)
{
    const void *metadata;
    void *topic = rdkafka->topic_new(handle, name, NULL);
    if (!topic || rdkafka->metadata(handle, 0, topic, &metadata, WAIT_MS)) {
        bench_die("librdkafka", "no metadata");
    }
    rdkafka->metadata_destroy(metadata);
    return topic;
}

/* What one application thread sends. */
struct lane {
    const struct rdkafka *rdkafka;
    const struct job *job;
    void *handle;
    void *topic;
    const struct value_set *values;
    int64_t count;
    bool serves; /* the reports, too; else another thread does */
};

static void *send_lane(void *context)
{
    const struct lane *lane = context;
    bool keys = lane->job->keys;
    for (int64_t i = 0; i < lane->count; i++) {
        size_t size;
        const char *value = value_at(lane->values, i, &size);
        while (lane->rdkafka->produce(lane->topic, keys ? RDKAFKA_PARTITION_UA : 0,
                                      RDKAFKA_MSG_F_COPY, (void *)(uintptr_t)value, size,
                                      keys ? value_key(lane->values, i) : NULL, keys ? KEY_SIZE : 0,
                                      NULL) != 0) {
            if (lane->serves) {
                (void)lane->rdkafka->poll(lane->handle, FULL_WAIT_MS);
            } else {
                bench_pause_ms(1);
            }
        }
        if (lane->serves && i % SERVE_EVERY == 0) {
            (void)lane->rdkafka->poll(lane->handle, 0);
        }
    }
    return NULL;
}

static void send_lanes(const struct lane *lane, int64_t threads, const struct tally *tally)
{
    pthread_t *handles = bench_alloc((size_t)threads, sizeof *handles);
    for (int64_t i = 0; i < threads; i++) {
        if (pthread_create(&handles[i], NULL, send_lane, (void *)(uintptr_t)lane)) {
            bench_die("thread", "it does not start");
        }
    }
    while (tally->reported < lane->count * threads + 1) {
        (void)lane->rdkafka->poll(lane->handle, FULL_WAIT_MS);
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
    lane.serves = true;
    (void)send_lane(&lane);
    (void)lane.rdkafka->flush(lane.handle, WAIT_MS);
}

static void produce(const struct job *job, struct report *report)
{
    const struct rdkafka *rdkafka = rdkafka_load(job->library);
    struct value_set values;
    struct tally tally = { 0 };
    struct lane lane = { .rdkafka = rdkafka,
                         .job = job,
                         .values = &values,
                         .handle = open_producer(rdkafka, job, &tally),
                         .count = job->count / job->threads,
                         .serves = job->threads == 1 };
    lane.topic = engine_librdkafka_topic(rdkafka, lane.handle, job->topic);
    value_set_init(&values, (size_t)job->size);
    warm_up(lane);
    bench_start(report);
    if (job->threads == 1) {
        (void)send_lane(&lane);
    } else {
        send_lanes(&lane, job->threads, &tally);
    }
    (void)rdkafka->flush(lane.handle, WAIT_MS * 5);
    bench_stop(report);
    report->records = lane.count * job->threads;
    rdkafka->topic_destroy(lane.topic);
    rdkafka->destroy(lane.handle);
    check(&tally, report->records + 1);
    value_set_finish(&values);
}

static void acknowledge(const struct job *job, struct report *report)
{
    enum { WARM_UP = 100 };
    const struct rdkafka *rdkafka = rdkafka_load(job->library);
    struct value_set values;
    struct spread spread;
    struct tally tally = { 0 };
    void *handle = open_producer(rdkafka, job, &tally);
    void *topic = engine_librdkafka_topic(rdkafka, handle, job->topic);
    value_set_init(&values, (size_t)job->size);
    spread_init(&spread, job->count);
    for (int64_t i = 0; i < job->count + WARM_UP; i++) {
        if (i == WARM_UP) {
            bench_start(report);
        }
        size_t size;
        const char *value = value_at(&values, i, &size);
        double start = bench_seconds();
        if (rdkafka->produce(topic, 0, RDKAFKA_MSG_F_COPY, (void *)(uintptr_t)value, size, NULL, 0,
                             NULL)) {
            bench_die("produce", "refused");
        }
        while (tally.reported <= i) {
            (void)rdkafka->poll(handle, WAIT_MS);
        }
        if (i >= WARM_UP) {
            spread_add(&spread, bench_seconds() - start);
        }
    }
    bench_stop(report);
    spread_finish(&spread, report);
    rdkafka->topic_destroy(topic);
    rdkafka->destroy(handle);
    check(&tally, job->count + WARM_UP);
    value_set_finish(&values);
}

static void topics(const struct job *job, struct report *report)
{
    const struct rdkafka *rdkafka = rdkafka_load(job->library);
    struct value_set values;
    struct tally tally = { 0 };
    void *handle = open_producer(rdkafka, job, &tally);
    void **handles = bench_alloc((size_t)job->count, sizeof *handles);
    char name[256];
    value_set_init(&values, (size_t)job->size);
    bench_start(report);
    for (int64_t i = 0; i < job->count; i++) {
        size_t size;
        const char *value = value_at(&values, i, &size);
        (void)snprintf(name, sizeof name, "%s-%d", job->topic, (int)i);
        handles[i] = rdkafka->topic_new(handle, name, NULL);
        if (!handles[i] || rdkafka->produce(handles[i], RDKAFKA_PARTITION_UA, RDKAFKA_MSG_F_COPY,
                                            (void *)(uintptr_t)value, size, NULL, 0, NULL)) {
            bench_die("produce", "refused");
        }
    }
    (void)rdkafka->flush(handle, WAIT_MS * 5);
    bench_stop(report);
    report->records = job->count;
    report->resident_bytes = bench_resident_bytes();
    for (int64_t i = 0; i < job->count; i++) {
        rdkafka->topic_destroy(handles[i]);
    }
    rdkafka->destroy(handle);
    free(handles);
    check(&tally, job->count);
    value_set_finish(&values);
}

const struct engine engine_librdkafka = {
    .name = "librdkafka",
    .produce = produce,
    .acknowledge = acknowledge,
    .pace = engine_librdkafka_pace,
    .topics = topics,
    .consume = engine_librdkafka_consume,
    .echo = engine_librdkafka_echo,
    .rest = engine_librdkafka_rest,
    .rebalance = engine_librdkafka_rebalance,
};
