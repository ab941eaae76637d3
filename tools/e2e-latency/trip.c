/* e2e-latency: Kafka's measurement: the send is waited for, then the poll. */
#include "e2e-latency/trip.h"

#include "common/connect.h"
#include "common/memory.h"
#include "common/now.h"
#include "common/stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 60000, POLL_MS = 1, REPORT_EVERY = 1000, LETTERS = 26 };

static int64_t steady_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void create_topic(const struct trip *trip, struct kc_admin *admin, int timeout_ms)
{
    struct kc_error error;
    struct kc_item_results *results = NULL;
    struct kc_new_topic topic = { .name = trip->wish->topic,
                                  .partition_count = 1,
                                  .replication_factor = 1 };
    printf("Topic \"%s\" does not exist. Will create topic with 1 partition(s) and replication "
           "factor = 1\n",
           trip->wish->topic);
    fflush(stdout);
    if (kc_admin_create_topics(admin, &topic, 1, false, timeout_ms, &results, &error)) {
        options_fail(trip->options, "Creation of topic %s failed: %s", topic.name, error.text);
    }
    if (results->items[0].err && results->items[0].err != KC_ERR_TOPIC_ALREADY_EXISTS) {
        options_fail(trip->options, "Creation of topic %s failed: %s", topic.name,
                     results->items[0].text);
    }
    kc_item_results_destroy(results);
}

static void ensure_topic(const struct trip *trip, const struct kc_config *config)
{
    struct kc_error error;
    struct kc_topic_descriptions *found = NULL;
    struct kc_admin *admin = kc_admin_create(config, &error);
    int timeout_ms = connect_timeout_ms(config);
    if (!admin ||
        kc_admin_describe_topics(admin, &trip->wish->topic, 1, 0, timeout_ms, &found, &error)) {
        options_fail(trip->options, "%s", error.text);
    }
    if (found->items[0].err == KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
        create_topic(trip, admin, timeout_ms);
    } else if (found->items[0].err) {
        options_fail(trip->options, "%s: %s", trip->wish->topic, kc_err_text(found->items[0].err));
    }
    kc_topic_descriptions_destroy(found);
    kc_admin_destroy(admin);
}

/* Until the end of each partition is known: what is sent next must be seen. */
static void await_positions(const struct trip *trip, int32_t count)
{
    struct kc_error error = { 0 };
    int64_t deadline_ms = now_steady_ms() + WAIT_MS;
    for (int32_t i = 0; i < count;) {
        int64_t offset = KC_OFFSET_NONE;
        kc_batch_release(kc_consumer_poll(trip->consumer, POLL_MS, &error));
        if (kc_consumer_position(trip->consumer, trip->wish->topic, i, &offset, &error) ||
            now_steady_ms() > deadline_ms) {
            options_fail(trip->options, "The end of partition %d is not known: %s", (int)i,
                         error.code ? error.text : "no answer in time");
        }
        i += offset >= 0;
    }
}

void trip_prepare(struct trip *trip, const struct kc_config *config)
{
    struct kc_error error;
    int32_t count = 0;
    ensure_topic(trip, config);
    if (kc_consumer_partition_count(trip->consumer, trip->wish->topic, WAIT_MS, &count, &error)) {
        options_fail(trip->options, "%s", error.text);
    }
    struct kc_position *positions = memory_alloc((size_t)count * sizeof *positions);
    for (int32_t i = 0; i < count; i++) {
        positions[i] = (struct kc_position){ .topic = trip->wish->topic,
                                             .partition = i,
                                             .offset = KC_OFFSET_LATEST };
    }
    if (kc_consumer_assign(trip->consumer, positions, (size_t)count, &error)) {
        options_fail(trip->options, "%s", error.text);
    }
    free(positions);
    await_positions(trip, count);
    trip->latencies_ns = memory_alloc((size_t)trip->wish->count * sizeof *trip->latencies_ns);
}

/* One letter repeated, another one from record to record. */
static struct kc_bytes fill(char *buffer, int size, int i)
{
    memset(buffer, 'A' + i % LETTERS, (size_t)size);
    return kc_bytes(buffer, (size_t)size);
}

static bool is_same(struct kc_bytes a, struct kc_bytes b)
{
    return !a.data == !b.data && a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void check(const struct trip *trip, const struct kc_record *sent,
                  const struct kc_record *read)
{
    struct kc_header a;
    struct kc_header b;
    size_t a_at = 0;
    size_t b_at = 0;
    if (!is_same(sent->value, read->value)) {
        options_fail(trip->options, "The message value read did not match the message value sent");
    }
    if (!is_same(sent->key, read->key)) {
        options_fail(trip->options, "The message key read did not match the message key sent");
    }
    while (kc_record_next_header(sent, &a_at, &a)) {
        if (!kc_record_next_header(read, &b_at, &b) || !is_same(a.key, b.key) ||
            !is_same(a.value, b.value)) {
            options_fail(trip->options,
                         "The message header read did not match the message header sent");
        }
    }
    if (kc_record_next_header(read, &b_at, &b)) {
        options_fail(trip->options, "Header count mismatch between sent and received messages");
    }
}

/* False when a signal asks to stop. */
static bool go(struct trip *trip, const struct kc_record *record)
{
    struct kc_error error;
    struct kc_record read;
    int64_t start_ns = steady_ns();
    if (kc_producer_send_sync(trip->producer, record, -1, NULL, &error)) {
        options_fail(trip->options, "%s", error.text);
    }
    enum kc_err err = kc_consumer_poll_record(trip->consumer, WAIT_MS, &read, &error);
    if (err == KC_ERR_WAKEUP) {
        return false;
    }
    if (err == KC_ERR_TIMED_OUT) {
        options_fail(trip->options, "poll() timed out before finding a result (timeout:[60000ms])");
    }
    if (err) {
        options_fail(trip->options, "%s", error.text);
    }
    trip->latencies_ns[trip->count++] = steady_ns() - start_ns;
    check(trip, record, &read);
    return true;
}

/* As Java prints a number of milliseconds: all digits it has, at least one behind the point. */
static void print_progress(int i, int64_t latency_ns)
{
    char text[64];
    int size = snprintf(text, sizeof text, "%" PRId64 ".%06" PRId64, latency_ns / 1000000,
                        latency_ns % 1000000);
    while (text[size - 1] == '0' && text[size - 2] != '.') {
        size--;
    }
    printf("%d\t%.*s\n", i, size, text);
    fflush(stdout);
}

void trip_run(struct trip *trip)
{
    const struct latency_wish *wish = trip->wish;
    char *buffer = memory_alloc((size_t)wish->size);
    char *key = memory_alloc((size_t)wish->key_size);
    char *header_key = memory_alloc((size_t)wish->header_key_size);
    char *header_value = memory_alloc((size_t)(wish->header_size > 0 ? wish->header_size : 0));
    struct kc_header *headers = memory_alloc((size_t)wish->header_count * sizeof *headers);
    struct kc_record record = { .topic = wish->topic,
                                .headers = headers,
                                .header_count = (size_t)wish->header_count };
    for (int i = 0; i < wish->count && !stop_signal(); i++) {
        record.value = fill(buffer, wish->size, i);
        record.key = wish->key_size > 0 ? fill(key, wish->key_size, i) : kc_bytes(NULL, 0);
        for (int j = 0; j < wish->header_count; j++) {
            headers[j].key = fill(header_key, wish->header_key_size, i);
            headers[j].value = wish->header_size >= 0 ? fill(header_value, wish->header_size, i)
                                                      : kc_bytes(NULL, 0);
        }
        if (!go(trip, &record)) {
            break;
        }
        if (i % REPORT_EVERY == 0) {
            print_progress(i, trip->latencies_ns[i]);
        }
    }
    free(buffer);
    free(key);
    free(header_key);
    free(header_value);
    free(headers);
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int64_t percentile_ms(const struct trip *trip, double share)
{
    return trip->latencies_ns[(int)((double)trip->count * share)] / 1000000;
}

void trip_finish(struct trip *trip)
{
    double sum = 0;
    for (int i = 0; i < trip->count; i++) {
        sum += (double)trip->latencies_ns[i];
    }
    if (trip->count > 0) {
        qsort(trip->latencies_ns, (size_t)trip->count, sizeof *trip->latencies_ns, compare);
        printf("Avg latency: %.4f ms\n", sum / trip->count / 1e6);
        printf("Percentiles: 50th = %" PRId64 ", 99th = %" PRId64 ", 99.9th = %" PRId64 "\n",
               percentile_ms(trip, 0.5), percentile_ms(trip, 0.99), percentile_ms(trip, 0.999));
    }
    free(trip->latencies_ns);
    trip->latencies_ns = NULL;
}
