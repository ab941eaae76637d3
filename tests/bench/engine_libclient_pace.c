/* bench: libclient's producer at a fixed rate. */
#include "engine_libclient.h"
#include "pace.h"
#include "value.h"

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    if (delivery->err) {
        bench_die("produce", kc_err_name(delivery->err));
    }
    if (context) {
        pace_done(context);
    }
}

static void send(struct kc_producer *producer, struct kc_record *record, double *time)
{
    struct kc_error error;
    if (kc_producer_send(producer, record, on_delivery, time, &error)) {
        bench_die("send", error.text);
    }
}

static void flush(struct kc_producer *producer)
{
    struct kc_error error;
    if (kc_producer_flush(producer, WAIT_MS, &error)) {
        bench_die("flush", error.text);
    }
}

void engine_libclient_pace(const struct job *job, struct report *report)
{
    struct value_set values;
    struct pace pace;
    struct kc_producer *producer = engine_libclient_producer(job);
    struct kc_record record = { .topic = job->topic, .flags = KC_RECORD_PARTITION };
    value_set_init(&values, (size_t)job->size);
    for (int64_t i = 0; i < job->partitions; i++) {
        record.partition = (int32_t)i;
        record.value.data = value_at(&values, i, &record.value.size);
        send(producer, &record, NULL);
    }
    flush(producer);
    bench_start(report);
    pace_start(&pace, job->count, (double)job->size / (double)job->rate);
    for (int64_t i = 0; i < job->count; i++) {
        double *time = pace_wait(&pace, i);
        record.partition = (int32_t)(i % job->partitions);
        record.value.data = value_at(&values, i, &record.value.size);
        report->bytes += (int64_t)record.value.size;
        send(producer, &record, time);
    }
    flush(producer);
    bench_stop(report);
    kc_producer_destroy(producer);
    pace_finish(&pace, report);
    value_set_finish(&values);
}
