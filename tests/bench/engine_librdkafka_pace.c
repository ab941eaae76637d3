/* bench: librdkafka's producer at a fixed rate: one thread sends, another serves the reports. */
#include "engine_librdkafka.h"
#include "pace.h"
#include "value.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SERVE_WAIT_MS = 20 };

struct reports {
    const struct rdkafka *rdkafka;
    void *handle;
    atomic_bool is_over;
};

static void on_delivery(void *handle, const struct rdkafka_message *message, void *opaque)
{
    (void)handle;
    (void)opaque;
    if (message->err) {
        bench_die("librdkafka", "a record was not written");
    }
    if (message->opaque) {
        pace_done(message->opaque);
    }
}

static void *serve_reports(void *context)
{
    const struct reports *reports = context;
    while (!atomic_load(&reports->is_over)) {
        (void)reports->rdkafka->poll(reports->handle, SERVE_WAIT_MS);
    }
    return NULL;
}

static void send(const struct rdkafka *rdkafka, void *topic, int32_t partition,
                 const struct value_set *values, int64_t i, double *time)
{
    size_t size;
    const char *value = value_at(values, i, &size);
    if (rdkafka->produce(topic, partition, RDKAFKA_MSG_F_COPY, (void *)(uintptr_t)value, size, NULL,
                         0, time)) {
        bench_die("produce", "refused");
    }
}

static void send_all(const struct job *job, const struct rdkafka *rdkafka, void *topic,
                     const struct value_set *values, struct pace *pace)
{
    for (int64_t i = 0; i < job->count; i++) {
        double *time = pace_wait(pace, i);
        send(rdkafka, topic, (int32_t)(i % job->partitions), values, i, time);
    }
}

void engine_librdkafka_pace(const struct job *job, struct report *report)
{
    const struct rdkafka *rdkafka = rdkafka_load(job->library);
    struct value_set values;
    struct pace pace;
    pthread_t server;
    void *config = engine_librdkafka_config(rdkafka, job);
    rdkafka->conf_set_dr_msg_cb(config, on_delivery);
    struct reports reports = {
        .rdkafka = rdkafka,
        .handle = engine_librdkafka_open(rdkafka, RDKAFKA_PRODUCER, config),
    };
    void *topic = engine_librdkafka_topic(rdkafka, reports.handle, job->topic);
    value_set_init(&values, (size_t)job->size);
    for (int64_t i = 0; i < job->partitions; i++) {
        send(rdkafka, topic, (int32_t)i, &values, i, NULL);
    }
    (void)rdkafka->flush(reports.handle, WAIT_MS);
    if (pthread_create(&server, NULL, serve_reports, &reports)) {
        bench_die("thread", "it does not start");
    }
    bench_start(report);
    pace_start(&pace, job->count, (double)job->size / (double)job->rate);
    send_all(job, rdkafka, topic, &values, &pace);
    (void)rdkafka->flush(reports.handle, WAIT_MS);
    bench_stop(report);
    atomic_store(&reports.is_over, true);
    (void)pthread_join(server, NULL);
    report->bytes = job->count * job->size;
    rdkafka->topic_destroy(topic);
    rdkafka->destroy(reports.handle);
    pace_finish(&pace, report);
    value_set_finish(&values);
}
