/* tests: produces and consumes against $BOOTSTRAP_SERVERS and prints statistics, a line each: the
 * producer's at an interval, the producer's and the consumer's on demand. */
#include <libclient/client.h>

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORDS = 1000 };

static const char topic[] = "counted";

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

struct interval {
    sem_t told;
    char *json; /* the first that came after all was delivered */
    bool is_waited_for;
};

static void on_statistics(void *context, const char *json, size_t size)
{
    struct interval *interval = context;
    CHECK(strlen(json) == size);
    if (interval->is_waited_for && !interval->json) {
        interval->json = strdup(json);
        CHECK(interval->json && sem_post(&interval->told) == 0);
    }
}

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct interval *interval = context;
    CHECK(delivery->err == KC_ERR_NONE);
    /* On the I/O thread, as on_statistics. */
    interval->is_waited_for = delivery->offset == RECORDS - 1;
}

static void produce(const struct kc_config *config, struct interval *interval)
{
    struct kc_error error;
    struct timespec deadline;
    struct kc_producer_statistics told;
    struct kc_producer *producer = kc_producer_create(config, &error);
    CHECK(producer);
    struct kc_record record = { .topic = topic,
                                .flags = KC_RECORD_PARTITION,
                                .value = kc_text("a hundred times and more the same") };
    for (int i = 0; i < RECORDS; i++) {
        CHECK(kc_producer_send(producer, &record, on_delivery, interval, &error) == KC_ERR_NONE);
    }
    CHECK(kc_producer_flush(producer, 10000, &error) == KC_ERR_NONE);
    CHECK(kc_producer_statistics(producer, &told, &error) == KC_ERR_NONE);
    CHECK(told.records_sent == RECORDS && told.records_written == RECORDS);
    CHECK(told.records_failed == 0 && told.records_waiting == 0);
    CHECK(told.bytes_sent > 100 && told.bytes_max == 33554432);
    CHECK(told.batch_records.sum == RECORDS && told.batch_records.count == told.batches_sent);
    CHECK(told.batch_bytes.sum == told.bytes_sent && told.batch_wait_us.count > 0);
    CHECK(told.traffic.requests >= told.traffic.responses && told.traffic.responses > 2);
    CHECK(told.traffic.request_bytes > told.bytes_sent && told.traffic.response_bytes > 0);
    CHECK(told.traffic.round_trip_us.count == told.traffic.responses);
    CHECK(told.traffic.round_trip_us.p50 <= told.traffic.round_trip_us.p99);
    CHECK(told.traffic.connects >= 1 && told.traffic.failures == 0);
    CHECK(kc_producer_statistics(producer, NULL, &error) == KC_ERR_INVALID);
    CHECK(clock_gettime(CLOCK_REALTIME, &deadline) == 0);
    deadline.tv_sec += 30;
    CHECK(sem_timedwait(&interval->told, &deadline) == 0);
    printf("%s\n", interval->json);
    char *json = kc_producer_statistics_json(producer);
    CHECK(json && printf("%s\n", json) > 0);
    kc_statistics_destroy(json);
    kc_producer_destroy(producer);
}

static void consume(const struct kc_config *config)
{
    struct kc_error error;
    struct kc_record record;
    struct kc_consumer_statistics told;
    struct kc_position from = { topic, 0, KC_OFFSET_EARLIEST, -1, NULL, KC_ERR_NONE };
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    CHECK(consumer && kc_consumer_assign(consumer, &from, 1, &error) == KC_ERR_NONE);
    for (int i = 0; i < RECORDS; i++) {
        CHECK(kc_consumer_poll_record(consumer, 10000, &record, &error) == KC_ERR_NONE);
    }
    CHECK(kc_consumer_statistics(consumer, &told, &error) == KC_ERR_NONE);
    CHECK(told.records_fetched == RECORDS && told.bytes_fetched > 100);
    CHECK(told.traffic.response_bytes > told.bytes_fetched);
    char *json = kc_consumer_statistics_json(consumer);
    CHECK(json && printf("%s\n", json) > 0);
    kc_statistics_destroy(json);
    kc_consumer_destroy(consumer);
}

/* 600 records in the application's hands, 500 committed. */
static void consume_in_group(struct kc_config *config)
{
    struct kc_error error;
    struct kc_record record;
    const char *topics[] = { topic };
    struct kc_position half = { topic, 0, RECORDS / 2, 0, NULL, KC_ERR_NONE };
    CHECK(!kc_config_set(config, "group.id", "counters", &error));
    CHECK(!kc_config_set(config, "auto.offset.reset", "earliest", &error));
    CHECK(!kc_config_set(config, "enable.auto.commit", "false", &error));
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    CHECK(consumer && kc_consumer_subscribe(consumer, topics, 1, NULL, &error) == KC_ERR_NONE);
    for (int i = 0; i < RECORDS * 6 / 10; i++) {
        CHECK(kc_consumer_poll_record(consumer, 30000, &record, &error) == KC_ERR_NONE);
    }
    CHECK(kc_consumer_commit_sync(consumer, &half, 1, 30000, &error) == KC_ERR_NONE);
    char *json = kc_consumer_statistics_json(consumer);
    CHECK(json && printf("%s\n", json) > 0);
    kc_statistics_destroy(json);
    kc_consumer_unsubscribe(consumer);
    json = kc_consumer_statistics_json(consumer);
    CHECK(json && printf("%s\n", json) > 0);
    kc_statistics_destroy(json);
    kc_consumer_destroy(consumer);
}

int main(void)
{
    static struct interval interval;
    struct kc_error error;
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    struct kc_config *config = kc_config_create();
    CHECK(config && sem_init(&interval.told, 0, 0) == 0);
    CHECK(
        !kc_config_set(config, "bootstrap.servers", servers ? servers : "localhost:9092", &error));
    CHECK(!kc_config_set(config, "client.id", "counting \"client\"", &error));
    CHECK(!kc_config_set(config, "statistics.interval.ms", "20", &error));
    kc_config_set_statistics(config, on_statistics, &interval);
    produce(config, &interval);
    kc_config_set_statistics(config, NULL, NULL);
    consume(config);
    consume_in_group(config);
    kc_config_destroy(config);
    free(interval.json);
    return 0;
}
