/* bench: librdkafka's consumer. */
#include "crowd.h"
#include "engine_librdkafka.h"
#include "reading.h"
#include "spread.h"
#include "value.h"

#include <stdlib.h>

enum { BATCH_MESSAGES_MAX = 10000, POLL_MS = 50, SETTLE_MS = 2000 };

static void *open_consumer(const struct rdkafka *rdkafka, const struct job *job,
                           rdkafka_rebalance *rebalance, void *opaque)
{
    void *config = engine_librdkafka_config(rdkafka, job);
    if (rebalance) {
        rdkafka->conf_set_rebalance_cb(config, rebalance);
    }
    rdkafka->conf_set_opaque(config, opaque);
    void *handle = engine_librdkafka_open(rdkafka, RDKAFKA_CONSUMER, config);
    (void)rdkafka->poll_set_consumer(handle);
    return handle;
}

static void subscribe(const struct rdkafka *rdkafka, void *handle, const char *topic)
{
    struct rdkafka_partition_list *list = rdkafka->topic_partition_list_new(1);
    (void)rdkafka->topic_partition_list_add(list, topic, RDKAFKA_PARTITION_UA);
    int err = rdkafka->subscribe(handle, list);
    rdkafka->topic_partition_list_destroy(list);
    if (err) {
        bench_die("subscribe", rdkafka->err2str(err));
    }
}

void engine_librdkafka_consume(const struct job *job, struct report *report)
{
    const struct rdkafka *rdkafka = rdkafka_load(job->library);
    struct reading reading;
    struct rdkafka_message **messages = bench_alloc(BATCH_MESSAGES_MAX, sizeof *messages);
    void *handle = open_consumer(rdkafka, job, NULL, NULL);
    void *queue = rdkafka->queue_get_consumer(handle);
    double deadline = bench_seconds() + WAIT_MS / 1000.0;
    subscribe(rdkafka, handle, job->topic);
    reading_init(&reading, job);
    for (bool done = false; !done;) {
        /* It waits for a full array or the end of the time, so that is kept short. */
        ssize_t count = rdkafka->consume_batch_queue(queue, 10, messages, BATCH_MESSAGES_MAX);
        for (ssize_t i = 0; i < count; i++) {
            if (messages[i]->err) {
                bench_die("poll", rdkafka->err2str(messages[i]->err));
            }
            reading_touch(&reading, messages[i]->partition, messages[i]->offset,
                          messages[i]->payload, messages[i]->len);
            rdkafka->message_destroy(messages[i]);
        }
        if (count < 0 || (reading.seen == 0 && bench_seconds() > deadline)) {
            bench_die("poll", "no records came");
        }
        done = reading_batch_ends(&reading, job, report);
    }
    bench_stop(report);
    reading_finish(&reading, report);
    rdkafka->queue_destroy(queue);
    (void)rdkafka->consumer_close(handle);
    rdkafka->destroy(handle);
    free(messages);
}

/* Reads from the end. The end is looked up when the first fetch is due, so records are sent until
 * one comes back. */
static void *follow(const struct rdkafka *rdkafka, const struct job *job)
{
    void *handle = open_consumer(rdkafka, job, NULL, NULL);
    struct rdkafka_partition_list *list = rdkafka->topic_partition_list_new(1);
    rdkafka->topic_partition_list_add(list, job->topic, 0)->offset = RDKAFKA_OFFSET_END;
    int err = rdkafka->assign(handle, list);
    rdkafka->topic_partition_list_destroy(list);
    if (err) {
        bench_die("assign", rdkafka->err2str(err));
    }
    return handle;
}

static void send_one(const struct rdkafka *rdkafka, void *topic, const char *value, size_t size)
{
    if (rdkafka->produce(topic, 0, RDKAFKA_MSG_F_COPY, (void *)(uintptr_t)value, size, NULL, 0,
                         NULL)) {
        bench_die("produce", "refused");
    }
}

/* The size of the next record, or -1. */
static int64_t receive(const struct rdkafka *rdkafka, void *consumer, int timeout_ms)
{
    struct rdkafka_message *message = rdkafka->consumer_poll(consumer, timeout_ms);
    int64_t size = message && !message->err ? (int64_t)message->len : -1;
    if (message) {
        rdkafka->message_destroy(message);
    }
    return size;
}

/* Until what is sent comes back, and nothing is under way. */
static void warm_up(const struct rdkafka *rdkafka, void *topic, void *consumer,
                    const struct value_set *values)
{
    enum { QUIET_MS = 500, WARM_UP = 100 };
    size_t size;
    const char *value = value_at(values, 0, &size);
    double deadline = bench_seconds() + WAIT_MS / 1000.0;
    do {
        send_one(rdkafka, topic, value, size);
        if (bench_seconds() > deadline) {
            bench_die("echo", "no record comes back");
        }
    } while (receive(rdkafka, consumer, QUIET_MS) < 0);
    while (receive(rdkafka, consumer, QUIET_MS) >= 0) {
    }
    for (int i = 0; i < WARM_UP; i++) {
        send_one(rdkafka, topic, value, size);
        (void)receive(rdkafka, consumer, WAIT_MS);
    }
}

void engine_librdkafka_echo(const struct job *job, struct report *report)
{
    const struct rdkafka *rdkafka = rdkafka_load(job->library);
    struct value_set values;
    struct spread spread;
    void *producer =
        engine_librdkafka_open(rdkafka, RDKAFKA_PRODUCER, engine_librdkafka_config(rdkafka, job));
    void *consumer = follow(rdkafka, job);
    void *topic = rdkafka->topic_new(producer, job->topic, NULL);
    value_set_init(&values, (size_t)job->size);
    spread_init(&spread, job->count);
    warm_up(rdkafka, topic, consumer, &values);
    bench_start(report);
    for (int64_t i = 0; i < job->count; i++) {
        size_t size;
        const char *value = value_at(&values, i, &size);
        double start = bench_seconds();
        send_one(rdkafka, topic, value, size);
        if (receive(rdkafka, consumer, WAIT_MS) != (int64_t)size) {
            bench_die("echo", "another record came");
        }
        spread_add(&spread, bench_seconds() - start);
        (void)rdkafka->poll(producer, 0);
    }
    bench_stop(report);
    spread_finish(&spread, report);
    rdkafka->topic_destroy(topic);
    (void)rdkafka->consumer_close(consumer);
    rdkafka->destroy(consumer);
    rdkafka->destroy(producer);
    value_set_finish(&values);
}

/* A member of a group, and the rdkafka it runs on. */
struct watched {
    const struct rdkafka *rdkafka;
    struct crowd_member *member;
};

static void on_rebalance(void *handle, int err, struct rdkafka_partition_list *partitions,
                         void *opaque)
{
    struct watched *watched = opaque;
    bool assigned = err == RDKAFKA_ERR_ASSIGN_PARTITIONS;
    (void)watched->rdkafka->assign(handle, assigned ? partitions : NULL);
    atomic_store(&watched->member->assigned, assigned ? partitions->count : 0);
}

static void poll_once(const struct rdkafka *rdkafka, void *handle, int timeout_ms)
{
    struct rdkafka_message *message = rdkafka->consumer_poll(handle, timeout_ms);
    if (message) {
        rdkafka->message_destroy(message);
    }
}

static void *member_run(void *context)
{
    struct crowd_member *member = context;
    struct watched watched = { rdkafka_load(member->job->library), member };
    void *handle = open_consumer(watched.rdkafka, member->job, on_rebalance, &watched);
    subscribe(watched.rdkafka, handle, member->job->topic);
    while (!atomic_load(&member->leaves)) {
        poll_once(watched.rdkafka, handle, POLL_MS);
    }
    (void)watched.rdkafka->consumer_close(handle);
    watched.rdkafka->destroy(handle);
    return NULL;
}

void engine_librdkafka_rebalance(const struct job *job, struct report *report)
{
    crowd_measure(job, member_run, report);
}

void engine_librdkafka_rest(const struct job *job, struct report *report)
{
    struct crowd_member member = { .job = job };
    struct watched watched = { rdkafka_load(job->library), &member };
    void *handle = open_consumer(watched.rdkafka, job, on_rebalance, &watched);
    double end = bench_seconds() + WAIT_MS / 1000.0;
    subscribe(watched.rdkafka, handle, job->topic);
    while (atomic_load(&member.assigned) < job->partitions) {
        poll_once(watched.rdkafka, handle, POLL_MS);
        if (bench_seconds() > end) {
            bench_die("group", "no partitions came");
        }
    }
    for (end = bench_seconds() + SETTLE_MS / 1000.0; bench_seconds() < end;) {
        poll_once(watched.rdkafka, handle, POLL_MS);
    }
    bench_start(report);
    for (end = bench_seconds() + (double)job->seconds; bench_seconds() < end;) {
        poll_once(watched.rdkafka, handle, 1000);
    }
    bench_stop(report);
    report->records = job->partitions;
    report->resident_bytes = bench_resident_bytes();
    (void)watched.rdkafka->consumer_close(handle);
    watched.rdkafka->destroy(handle);
}
