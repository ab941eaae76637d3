/* interop: calls of the consumer against a broker of any make, with what they must answer.
 *
 *   consumer_calls SERVER TOPIC     a new topic with three partitions
 *
 * Ends with 0 and "ok", or says which line failed. */
#include <inttypes.h>
#include <libclient/client.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PATIENCE_MS = 60000 };

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, error.text); \
            exit(1);                                                                        \
        }                                                                                   \
    } while (0)

static struct kc_error error;
/* Of the first record: not so old that retention would take it away. */
static int64_t start_ms;

static struct kc_config *settings(const char *server)
{
    struct kc_config *config = kc_config_create();
    CHECK(config && !kc_config_set(config, "bootstrap.servers", server, &error));
    return config;
}

static struct kc_consumer *consumer_of(const char *server, const char *group, bool stores)
{
    struct kc_config *config = settings(server);
    CHECK(!kc_config_set(config, "group.id", group, &error));
    CHECK(!kc_config_set(config, "enable.auto.commit", "false", &error));
    CHECK(!kc_config_set(config, "auto.offset.reset", "earliest", &error));
    CHECK(!kc_config_set(config, "enable.auto.offset.store", stores ? "false" : "true", &error));
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    CHECK(consumer);
    kc_config_destroy(config);
    return consumer;
}

/* Ten records in partition 0, ten milliseconds apart; three more in partition 2. */
static void fill(const char *server, const char *topic)
{
    struct kc_config *config = settings(server);
    struct kc_producer *producer = kc_producer_create(config, &error);
    CHECK(producer);
    for (int i = 0; i < 13; i++) {
        struct kc_record record = { .topic = topic,
                                    .flags = KC_RECORD_PARTITION | KC_RECORD_TIMESTAMP,
                                    .partition = i < 10 ? 0 : 2,
                                    .timestamp_ms = start_ms + 10 * i,
                                    .value = kc_text("v") };
        CHECK(!kc_producer_send(producer, &record, NULL, NULL, &error));
    }
    CHECK(!kc_producer_flush(producer, PATIENCE_MS, &error));
    kc_producer_destroy(producer);
    kc_config_destroy(config);
}

/* Reads on until a record of this place comes; errors end the test. */
static struct kc_record read_until(struct kc_consumer *consumer, int32_t partition, int64_t offset)
{
    struct kc_record record;
    do {
        CHECK(!kc_consumer_poll_record(consumer, PATIENCE_MS, &record, &error));
    } while (record.partition != partition || record.offset != offset);
    return record;
}

static void find_offsets(struct kc_consumer *consumer, const char *topic)
{
    struct kc_moment moments[] = { { .topic = topic, .timestamp_ms = KC_MOMENT_EARLIEST },
                                   { .topic = topic, .timestamp_ms = KC_MOMENT_LATEST },
                                   { .topic = topic, .timestamp_ms = start_ms + 35 },
                                   { .topic = topic, .timestamp_ms = start_ms + 5000 },
                                   { .topic = topic, .partition = 2, .timestamp_ms = start_ms } };
    CHECK(!kc_consumer_find_offsets(consumer, moments, 5, PATIENCE_MS, &error));
    CHECK(moments[0].offset == 0 && moments[1].offset == 10);
    CHECK(moments[2].offset == 4 && moments[2].timestamp_ms == start_ms + 40);
    CHECK(moments[3].offset == KC_OFFSET_NONE);
    CHECK(moments[4].offset == 0 && moments[4].timestamp_ms == start_ms + 100);
    struct kc_moment missing[] = { { .topic = topic, .timestamp_ms = KC_MOMENT_LATEST },
                                   { .topic = topic, .partition = 99, .timestamp_ms = 1 } };
    CHECK(kc_consumer_find_offsets(consumer, missing, 2, PATIENCE_MS, &error) ==
          KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    CHECK(!missing[0].err && missing[1].err == KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

/* The descriptor is readable until everything was polled, and after a wakeup. */
static void watch(struct kc_consumer *consumer, const char *topic)
{
    struct pollfd watched = { .fd = kc_consumer_fd(consumer, &error), .events = POLLIN };
    int64_t seen = 0;
    CHECK(watched.fd >= 0);
    CHECK(!kc_consumer_seek(consumer, topic, 0, 0, &error));
    while (seen < 10) {
        struct kc_batch *batch = kc_consumer_poll(consumer, 0, &error);
        CHECK(!error.code);
        for (struct kc_record record; batch && kc_batch_next(batch, &record);) {
            seen++;
        }
        kc_batch_release(batch);
        if (!batch && poll(&watched, 1, PATIENCE_MS) != 1) {
            struct kc_stall stall;
            CHECK(!kc_consumer_stall(consumer, topic, 0, &stall, &error));
            fprintf(stderr, "%" PRId64 " records, then nothing: %s\n", seen, stall.text);
            exit(1);
        }
    }
    while (poll(&watched, 1, 0) == 1) {
        CHECK(!kc_consumer_poll(consumer, 0, &error) && !error.code);
    }
    kc_consumer_wakeup(consumer);
    CHECK(poll(&watched, 1, PATIENCE_MS) == 1);
    CHECK(!kc_consumer_poll(consumer, 0, &error) && error.code == KC_ERR_WAKEUP);
}

static void read_by_hand(const char *server, const char *topic)
{
    struct kc_consumer *consumer = consumer_of(server, "calls-hand", false);
    struct kc_position first = { .topic = topic, .offset = KC_OFFSET_EARLIEST };
    struct kc_position third = { .topic = topic, .partition = 2, .offset = KC_OFFSET_EARLIEST };
    struct kc_partition gone = { topic, 0 };
    struct kc_stall stall;
    int64_t lag = 0;
    CHECK(!kc_consumer_assign_more(consumer, &first, 1, &error));
    CHECK(kc_consumer_assign_more(consumer, &first, 1, &error) == KC_ERR_WRONG_STATE);
    find_offsets(consumer, topic);
    (void)read_until(consumer, 0, 9);
    do {
        CHECK(!kc_consumer_stall(consumer, topic, 0, &stall, &error));
    } while (stall.reason == KC_STALL_NONE);
    CHECK(stall.reason == KC_STALL_END && stall.end_offset == 10 && stall.offset == 10);
    CHECK(!kc_consumer_lag(consumer, topic, 0, &lag, &error) && lag == 0);
    CHECK(!kc_consumer_seek_time(consumer, topic, 0, start_ms + 55, &error));
    struct kc_record record;
    CHECK(!kc_consumer_poll_record(consumer, PATIENCE_MS, &record, &error) && record.offset == 6);
    CHECK(!kc_consumer_lag(consumer, topic, 0, &lag, &error) && lag == 3);
    CHECK(!kc_consumer_pause(consumer, &gone, 1, &error));
    CHECK(!kc_consumer_stall(consumer, topic, 0, &stall, &error));
    CHECK(stall.reason == KC_STALL_PAUSED && strstr(stall.text, "paused"));
    CHECK(!kc_consumer_resume(consumer, &gone, 1, &error));
    watch(consumer, topic);
    CHECK(!kc_consumer_assign_more(consumer, &third, 1, &error));
    (void)read_until(consumer, 2, 2);
    CHECK(!kc_consumer_unassign(consumer, &gone, 1, &error));
    CHECK(kc_consumer_stall(consumer, topic, 0, &stall, &error) == KC_ERR_WRONG_STATE);
    CHECK(kc_consumer_unassign(consumer, &gone, 1, &error) == KC_ERR_WRONG_STATE);
    CHECK(!kc_consumer_seek(consumer, topic, 2, 1, &error));
    (void)read_until(consumer, 2, 1);
    CHECK(!kc_consumer_close(consumer, PATIENCE_MS, &error));
    kc_consumer_destroy(consumer);
}

static void note(void *context, enum kc_err err, const struct kc_position *positions, size_t count)
{
    int64_t *seen = context;
    CHECK(!err && count == 1);
    CHECK(positions[0].offset == *seen + 1); /* in the order of the calls */
    (*seen)++;
}

static int64_t committed(struct kc_consumer *consumer, const char *topic)
{
    struct kc_partition partition = { topic, 0 };
    struct kc_positions *positions;
    CHECK(!kc_consumer_committed(consumer, &partition, 1, PATIENCE_MS, &positions, &error));
    int64_t offset = positions->items[0].offset;
    kc_positions_destroy(positions);
    return offset;
}

static void commit(const char *server, const char *topic)
{
    struct kc_consumer *consumer = consumer_of(server, "calls-commit", false);
    struct kc_position first = { .topic = topic, .offset = 0 };
    int64_t seen = 0;
    CHECK(!kc_consumer_assign(consumer, &first, 1, &error));
    CHECK(kc_consumer_store(consumer, &first, 1, &error) == KC_ERR_WRONG_STATE);
    for (int i = 0; i < 5; i++) {
        struct kc_record record = read_until(consumer, 0, i);
        CHECK(!kc_consumer_commit_record_async(consumer, &record, "text", note, &seen, &error));
    }
    CHECK(!kc_consumer_close(consumer, PATIENCE_MS, &error));
    CHECK(seen == 5);
    kc_consumer_destroy(consumer);
    consumer = consumer_of(server, "calls-commit", true);
    CHECK(committed(consumer, topic) == 5);
    first.offset = KC_OFFSET_NONE; /* where the group left off */
    CHECK(!kc_consumer_assign(consumer, &first, 1, &error));
    struct kc_record record;
    CHECK(!kc_consumer_poll_record(consumer, PATIENCE_MS, &record, &error) && record.offset == 5);
    CHECK(!kc_consumer_store_record(consumer, &record, &error));
    record = read_until(consumer, 0, 9);
    CHECK(!kc_consumer_commit_sync(consumer, NULL, 0, PATIENCE_MS, &error));
    CHECK(committed(consumer, topic) == 6); /* what was stored, not what was polled */
    CHECK(!kc_consumer_close(consumer, PATIENCE_MS, &error));
    kc_consumer_destroy(consumer);
}

/* One poll, all of it. */
static void poll_few(struct kc_consumer *consumer, int64_t *next)
{
    struct kc_batch *batch;
    int count = 0;
    do {
        batch = kc_consumer_poll(consumer, PATIENCE_MS, &error);
        CHECK(!error.code);
    } while (!batch);
    for (struct kc_record record; kc_batch_next(batch, &record); count++) {
        CHECK(record.offset == (*next)++);
    }
    kc_batch_release(batch);
    CHECK(count >= 1 && count <= 3);
}

/* max.poll.records bounds each poll, and what auto commit commits is what the polls before gave. */
static void read_few(const char *server, const char *topic)
{
    struct kc_config *config = settings(server);
    CHECK(!kc_config_set(config, "group.id", "calls-few", &error));
    CHECK(!kc_config_set(config, "max.poll.records", "3", &error));
    CHECK(!kc_config_set(config, "auto.commit.interval.ms", "0", &error));
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    CHECK(consumer);
    struct kc_position first = { .topic = topic, .offset = 0 };
    struct kc_partition partition = { topic, 0 };
    struct kc_record record;
    int64_t next = 0;
    CHECK(!kc_consumer_assign(consumer, &first, 1, &error));
    poll_few(consumer, &next);
    int64_t before = next;
    poll_few(consumer, &next);
    while (committed(consumer, topic) < 0) {
    }
    CHECK(committed(consumer, topic) == before);
    CHECK(!kc_consumer_pause(consumer, &partition, 1, &error)); /* in the middle of a batch */
    CHECK(!kc_consumer_poll(consumer, 0, &error) && !error.code);
    CHECK(!kc_consumer_resume(consumer, &partition, 1, &error));
    CHECK(!kc_consumer_poll_record(consumer, PATIENCE_MS, &record, &error) &&
          record.offset == next);
    for (next++; next < 10;) {
        poll_few(consumer, &next);
    }
    CHECK(!kc_consumer_close(consumer, PATIENCE_MS, &error));
    kc_consumer_destroy(consumer);
    consumer = kc_consumer_create(config, &error);
    CHECK(consumer);
    CHECK(committed(consumer, topic) == 10);
    kc_consumer_destroy(consumer);
    kc_config_destroy(config);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: consumer_calls SERVER TOPIC\n");
        return 2;
    }
    start_ms = (int64_t)time(NULL) * 1000 - 3600000;
    fill(argv[1], argv[2]);
    read_by_hand(argv[1], argv[2]);
    commit(argv[1], argv[2]);
    read_few(argv[1], argv[2]);
    printf("ok\n");
    return 0;
}
