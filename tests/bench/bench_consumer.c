/* bench: one run of a consumer: COUNT records of partition 0 of a filled topic, by libclient or by
 * librdkafka, in a group of one or assigned by hand. Each record is touched and its offset checked.
 * The clock starts when the first batch is there: joining a group is not throughput. Prints one
 * line for run.py:
 *
 *   bench_consumer libclient|librdkafka SERVERS TOPIC COUNT group|hand [NAME=VALUE...]
 *   -> COUNT SECONDS CPU_SECONDS FIRST_SECONDS
 */
#include "bench.h"

#include <libclient/client.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_MESSAGES_MAX = 10000, WAIT_MS = 30000 };

struct run {
    const char *servers;
    const char *topic;
    bool in_group;
    int64_t count;
    int setting_count;
    char **settings;
    int64_t seen; /* records; also the offset that comes next */
    uint64_t sum; /* keeps the bytes' reads alive */
    double start;
    double cpu_start;
    double first_seconds;
    int64_t first_seen; /* records that were there before the clock ran */
};

static void touch(struct run *run, int64_t offset, const void *data, size_t size)
{
    if (offset != run->seen) {
        bench_die("offsets", "a record is missing or came twice");
    }
    run->seen++;
    if (size > 0) {
        const uint8_t *bytes = data;
        run->sum += (uint64_t)bytes[0] + bytes[size - 1];
    }
}

/* After each batch; true when all are read. */
static bool batch_ends(struct run *run)
{
    if (run->first_seen == 0) {
        run->first_seen = run->seen;
        run->first_seconds = bench_seconds() - run->start;
        run->start = bench_seconds();
        run->cpu_start = bench_cpu_seconds();
    }
    return run->seen >= run->count;
}

static struct kc_consumer *open_libclient(const struct run *run)
{
    struct kc_error error = { 0 };
    struct kc_config *config =
        bench_libclient_config(run->servers, run->settings, run->setting_count);
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer) {
        bench_die("libclient", error.text);
    }
    struct kc_position position = { .topic = run->topic, .offset = KC_OFFSET_EARLIEST };
    enum kc_err err = run->in_group ? kc_consumer_subscribe(consumer, &run->topic, 1, NULL, &error)
                                    : kc_consumer_assign(consumer, &position, 1, &error);
    if (err) {
        bench_die("libclient", error.text);
    }
    return consumer;
}

static void run_libclient(struct run *run)
{
    struct kc_error error = { 0 };
    struct kc_consumer *consumer = open_libclient(run);
    bool done = false;
    while (!done) {
        struct kc_batch *batch = kc_consumer_poll(consumer, WAIT_MS, &error);
        if (!batch) {
            bench_die("libclient: poll", error.code ? error.text : "no records came");
        }
        for (struct kc_record record; kc_batch_next(batch, &record);) {
            touch(run, record.offset, record.value.data, record.value.size);
        }
        kc_batch_release(batch);
        done = batch_ends(run);
    }
    run->cpu_start = bench_cpu_seconds() - run->cpu_start;
    run->start = bench_seconds() - run->start;
    (void)kc_consumer_close(consumer, WAIT_MS, &error);
    kc_consumer_destroy(consumer);
}

static rd_kafka_t *open_librdkafka(const struct run *run)
{
    char text[256];
    rd_kafka_conf_t *config =
        bench_librdkafka_config(run->servers, run->settings, run->setting_count);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_CONSUMER, config, text, sizeof(text));
    if (!handle) {
        bench_die("librdkafka", text);
    }
    (void)rd_kafka_poll_set_consumer(handle);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *item = rd_kafka_topic_partition_list_add(
        list, run->topic, run->in_group ? RD_KAFKA_PARTITION_UA : 0);
    item->offset = run->in_group ? RD_KAFKA_OFFSET_INVALID : RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_resp_err_t err =
        run->in_group ? rd_kafka_subscribe(handle, list) : rd_kafka_assign(handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (err) {
        bench_die("librdkafka", rd_kafka_err2str(err));
    }
    return handle;
}

static void run_librdkafka(struct run *run)
{
    rd_kafka_t *handle = open_librdkafka(run);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(handle);
    rd_kafka_message_t **messages = calloc(BATCH_MESSAGES_MAX, sizeof(*messages));
    bool done = !messages;
    while (!done) {
        /* It waits for a full array or the end of the time, so that is kept short. */
        ssize_t count = rd_kafka_consume_batch_queue(queue, 10, messages, BATCH_MESSAGES_MAX);
        for (ssize_t i = 0; i < count; i++) {
            if (messages[i]->err) {
                bench_die("librdkafka: poll", rd_kafka_message_errstr(messages[i]));
            }
            touch(run, messages[i]->offset, messages[i]->payload, messages[i]->len);
            rd_kafka_message_destroy(messages[i]);
        }
        if (count < 0 || (run->seen == 0 && bench_seconds() - run->start > WAIT_MS / 1000.0)) {
            bench_die("librdkafka: poll", "no records came");
        }
        done = run->seen > 0 && batch_ends(run);
    }
    run->cpu_start = bench_cpu_seconds() - run->cpu_start;
    run->start = bench_seconds() - run->start;
    free(messages);
    rd_kafka_queue_destroy(queue);
    (void)rd_kafka_consumer_close(handle);
    rd_kafka_destroy(handle);
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 6) {
        bench_die("usage", "bench_consumer libclient|librdkafka SERVERS TOPIC COUNT group|hand"
                           " [NAME=VALUE...]");
    }
    struct run run = { .servers = arguments[2],
                       .topic = arguments[3],
                       .count = strtoll(arguments[4], NULL, 10),
                       .in_group = strcmp(arguments[5], "group") == 0,
                       .setting_count = argument_count - 6,
                       .settings = arguments + 6,
                       .start = bench_seconds() };
    if (strcmp(arguments[1], "libclient") == 0) {
        run_libclient(&run);
    } else {
        run_librdkafka(&run);
    }
    printf("%lld %.6f %.6f %.6f\n", (long long)(run.seen - run.first_seen), run.start,
           run.cpu_start, run.first_seconds);
    return run.sum == 0;
}
