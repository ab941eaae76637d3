/* bench: one run of a producer: N records of SIZE bytes to partition 0 of a topic, by libclient or
 * by librdkafka, timed from the first send to the last report; prints one line for run.py:
 *
 *   bench_producer libclient|librdkafka SERVERS TOPIC COUNT SIZE [NAME=VALUE...]
 *   -> COUNT SECONDS CPU_SECONDS FAILED
 */
#include "bench.h"

#include <libclient/client.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const char *servers;
    const char *topic;
    long count;
    size_t size;
    char *value;
    int setting_count;
    char **settings;
    long reported;
    long failed;
    double seconds;
};

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct run *run = context;
    run->reported++;
    run->failed += delivery->err != KC_ERR_NONE;
}

static void run_libclient(struct run *run)
{
    struct kc_error error = { 0 };
    int32_t partition_count;
    struct kc_config *config =
        bench_libclient_config(run->servers, run->settings, run->setting_count);
    struct kc_producer *producer = kc_producer_create(config, &error);
    if (!producer ||
        kc_producer_partition_count(producer, run->topic, 30000, &partition_count, &error)) {
        bench_die("libclient", error.text);
    }
    struct kc_record record = { .topic = run->topic,
                                .flags = KC_RECORD_PARTITION,
                                .value = kc_bytes(run->value, run->size) };
    double start = bench_seconds();
    for (long i = 0; i < run->count; i++) {
        if (kc_producer_send(producer, &record, on_delivery, run, &error) != KC_ERR_NONE) {
            bench_die("send", error.text);
        }
    }
    if (kc_producer_flush(producer, 120000, &error) != KC_ERR_NONE) {
        bench_die("flush", error.text);
    }
    run->seconds = bench_seconds() - start;
    kc_producer_destroy(producer);
    kc_config_destroy(config);
}

static void on_message(rd_kafka_t *handle, const rd_kafka_message_t *message, void *context)
{
    struct run *run = context;
    (void)handle;
    run->reported++;
    run->failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void run_librdkafka(struct run *run)
{
    char text[256];
    rd_kafka_conf_t *config =
        bench_librdkafka_config(run->servers, run->settings, run->setting_count);
    rd_kafka_conf_set_dr_msg_cb(config, on_message);
    rd_kafka_conf_set_opaque(config, run);
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, config, text, sizeof(text));
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = handle ? rd_kafka_topic_new(handle, run->topic, NULL) : NULL;
    if (!topic || rd_kafka_metadata(handle, 0, topic, &metadata, 30000)) {
        bench_die("librdkafka", text);
    }
    rd_kafka_metadata_destroy(metadata);
    double start = bench_seconds();
    for (long i = 0; i < run->count; i++) {
        while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, run->value, run->size, NULL, 0,
                                NULL) != 0) {
            (void)rd_kafka_poll(handle, 10);
        }
        if (i % 1000 == 0) {
            (void)rd_kafka_poll(handle, 0);
        }
    }
    (void)rd_kafka_flush(handle, 120000);
    run->seconds = bench_seconds() - start;
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(handle);
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 6) {
        bench_die("usage",
                  "bench_producer libclient|librdkafka SERVERS TOPIC COUNT SIZE [NAME=VALUE...]");
    }
    struct run run = { .servers = arguments[2],
                       .topic = arguments[3],
                       .count = strtol(arguments[4], NULL, 10),
                       .size = (size_t)strtoul(arguments[5], NULL, 10),
                       .setting_count = argument_count - 6,
                       .settings = arguments + 6 };
    run.value = malloc(run.size + 1);
    if (!run.value) {
        bench_die("value", "out of memory");
    }
    for (size_t i = 0; i < run.size; i++) {
        run.value[i] = (char)('a' + i * 7 % 26);
    }
    double cpu = bench_cpu_seconds();
    if (strcmp(arguments[1], "libclient") == 0) {
        run_libclient(&run);
    } else {
        run_librdkafka(&run);
    }
    printf("%ld %.6f %.6f %ld\n", run.reported, run.seconds, bench_cpu_seconds() - cpu, run.failed);
    free(run.value);
    return run.failed != 0 || run.reported != run.count;
}
