/* bench: libclient's consumer. */
#include "crowd.h"
#include "engine_libclient.h"
#include "reading.h"
#include "spread.h"
#include "value.h"

enum { POLL_MS = 50, SETTLE_MS = 2000 };

static struct kc_consumer *open_consumer(const struct job *job)
{
    struct kc_error error;
    struct kc_config *config = engine_libclient_config(job);
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer) {
        bench_die("libclient", error.text);
    }
    return consumer;
}

static struct kc_consumer *join(const struct job *job, const struct kc_rebalance_listener *listener)
{
    struct kc_error error;
    struct kc_consumer *consumer = open_consumer(job);
    if (kc_consumer_subscribe(consumer, &job->topic, 1, listener, &error)) {
        bench_die("subscribe", error.text);
    }
    return consumer;
}

static void leave(struct kc_consumer *consumer)
{
    struct kc_error error;
    (void)kc_consumer_close(consumer, WAIT_MS, &error);
    kc_consumer_destroy(consumer);
}

void engine_libclient_consume(const struct job *job, struct report *report)
{
    struct kc_error error;
    struct reading reading;
    struct kc_consumer *consumer = join(job, NULL);
    reading_init(&reading, job);
    for (bool done = false; !done;) {
        struct kc_batch *batch = kc_consumer_poll(consumer, WAIT_MS, &error);
        if (!batch) {
            bench_die("poll", error.code ? error.text : "no records came");
        }
        for (struct kc_record record; kc_batch_next(batch, &record);) {
            reading_touch(&reading, record.partition, record.offset, record.value.data,
                          record.value.size);
        }
        kc_batch_release(batch);
        done = reading_batch_ends(&reading, job, report);
    }
    bench_stop(report);
    reading_finish(&reading, report);
    leave(consumer);
}

/* Waits until the end of the partition is known, so that what is sent next is seen. */
static struct kc_consumer *follow(const struct job *job)
{
    struct kc_error error;
    struct kc_position position = { .topic = job->topic, .offset = KC_OFFSET_LATEST };
    struct kc_consumer *consumer = open_consumer(job);
    if (kc_consumer_assign(consumer, &position, 1, &error)) {
        bench_die("assign", error.text);
    }
    int64_t offset = KC_OFFSET_NONE;
    for (double start = bench_seconds(); offset < 0;) {
        kc_batch_release(kc_consumer_poll(consumer, 1, &error));
        if (kc_consumer_position(consumer, job->topic, 0, &offset, &error) ||
            bench_seconds() - start > WAIT_MS / 1000.0) {
            bench_die("position", error.text);
        }
    }
    return consumer;
}

static void echo_one(struct kc_producer *producer, struct kc_consumer *consumer,
                     const struct kc_record *record)
{
    struct kc_error error;
    struct kc_record got;
    if (kc_producer_send(producer, record, NULL, NULL, &error) ||
        kc_consumer_poll_record(consumer, WAIT_MS, &got, &error)) {
        bench_die("echo", error.text);
    }
    if (got.value.size != record->value.size) {
        bench_die("echo", "another record came");
    }
}

void engine_libclient_echo(const struct job *job, struct report *report)
{
    enum { WARM_UP = 100 };
    struct value_set values;
    struct spread spread;
    struct kc_producer *producer = engine_libclient_producer(job);
    struct kc_consumer *consumer = follow(job);
    struct kc_record record = { .topic = job->topic, .flags = KC_RECORD_PARTITION };
    value_set_init(&values, (size_t)job->size);
    spread_init(&spread, job->count);
    for (int64_t i = 0; i < job->count + WARM_UP; i++) {
        if (i == WARM_UP) {
            bench_start(report);
        }
        record.value.data = value_at(&values, i, &record.value.size);
        double start = bench_seconds();
        echo_one(producer, consumer, &record);
        if (i >= WARM_UP) {
            spread_add(&spread, bench_seconds() - start);
        }
    }
    bench_stop(report);
    spread_finish(&spread, report);
    leave(consumer);
    kc_producer_destroy(producer);
    value_set_finish(&values);
}

static void on_assigned(void *context, struct kc_consumer *consumer,
                        const struct kc_partition *partitions, size_t count)
{
    struct crowd_member *member = context;
    (void)consumer;
    (void)partitions;
    atomic_fetch_add(&member->assigned, (int)count);
}

static void on_revoked(void *context, struct kc_consumer *consumer,
                       const struct kc_partition *partitions, size_t count)
{
    struct crowd_member *member = context;
    (void)consumer;
    (void)partitions;
    atomic_fetch_sub(&member->assigned, (int)count);
}

static struct kc_rebalance_listener listener_of(struct crowd_member *member)
{
    return (struct kc_rebalance_listener){
        .assigned = on_assigned, .revoked = on_revoked, .lost = on_revoked, .context = member
    };
}

static void *member_run(void *context)
{
    struct kc_error error;
    struct crowd_member *member = context;
    struct kc_rebalance_listener listener = listener_of(member);
    struct kc_consumer *consumer = join(member->job, &listener);
    while (!atomic_load(&member->leaves)) {
        kc_batch_release(kc_consumer_poll(consumer, POLL_MS, &error));
    }
    leave(consumer);
    return NULL;
}

void engine_libclient_rebalance(const struct job *job, struct report *report)
{
    crowd_measure(job, member_run, report);
}

void engine_libclient_rest(const struct job *job, struct report *report)
{
    struct kc_error error;
    struct crowd_member member = { .job = job };
    struct kc_rebalance_listener listener = listener_of(&member);
    struct kc_consumer *consumer = join(job, &listener);
    double end = bench_seconds() + WAIT_MS / 1000.0;
    while (atomic_load(&member.assigned) < job->partitions) {
        kc_batch_release(kc_consumer_poll(consumer, POLL_MS, &error));
        if (bench_seconds() > end) {
            bench_die("group", "no partitions came");
        }
    }
    for (end = bench_seconds() + SETTLE_MS / 1000.0; bench_seconds() < end;) {
        kc_batch_release(kc_consumer_poll(consumer, POLL_MS, &error));
    }
    bench_start(report);
    for (end = bench_seconds() + (double)job->seconds; bench_seconds() < end;) {
        kc_batch_release(kc_consumer_poll(consumer, 1000, &error));
    }
    bench_stop(report);
    report->records = job->partitions;
    report->resident_bytes = bench_resident_bytes();
    leave(consumer);
}
