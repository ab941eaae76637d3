/* reliability: time that runs out, brokers that ask to wait or are gone, records that are too
 * large: what was promised of the records holds, and the producer goes on by itself. */
#include "ledger.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* R37. Requests are on their way when their records' time runs out; the memory is used again at
 * once, and then the first requests go on. What reaches the log must be what was sent. */
static void run_reused_memory(size_t value_size)
{
    const char *const settings[] = { "batch.size",
                                     "1",
                                     "request.timeout.ms",
                                     "300",
                                     "delivery.timeout.ms",
                                     "700",
                                     "retries",
                                     "1000",
                                     "buffer.memory",
                                     "8388608",
                                     "max.request.size",
                                     "4194304",
                                     "max.block.ms",
                                     "20000",
                                     NULL };
    enum { FIRST = 12, SECOND = 12 };
    struct bl_broker *broker = ledger_broker(NULL);
    struct ledger ledger;
    ledger_prepare(broker, "r37");
    ledger_open(&ledger, broker, "r37", settings, 1 + FIRST + SECOND);
    ledger_send(&ledger, 100);
    ledger_flush(&ledger);
    int id = ledger_fault(broker, (struct bl_fault){ .api = "Produce", .deed = BL_HOLD });
    for (int i = 0; i < FIRST; i++) {
        ledger_send(&ledger, value_size);
    }
    ledger_flush(&ledger);
    assert_true(bl_fault_hits(broker, id) > 0);
    assert_int_equal(ledger_count(&ledger, KC_ERR_NONE), 1);
    /* From the same memory, while the first still lie in the broker's hands. */
    for (int i = 0; i < SECOND / 2; i++) {
        ledger_send(&ledger, value_size);
    }
    ledger_forgive(broker, id);
    for (int i = 0; i < SECOND / 2; i++) {
        ledger_send(&ledger, value_size);
    }
    ledger_flush(&ledger);
    (void)printf("# %zu bytes: %u requests held\n", value_size, bl_fault_hits(broker, id));
    size_t delivered = ledger_count(&ledger, KC_ERR_NONE);
    assert_int_equal(delivered, 1 + SECOND);
    /* What was given up arrived after all: it is compared, too. */
    assert_true(ledger_close(&ledger) > delivered);
    ledger_broker_stop(broker);
}

TEST(memory_is_reused_only_when_nobody_sends_from_it)
{
    run_reused_memory(2000);
    run_reused_memory(400000);
}

/* KIP-219: the broker answers at once and says how long to leave it alone. */
TEST(a_throttled_producer_pauses)
{
    enum { PAUSE_MS = 600 };
    struct bl_broker *broker = ledger_broker(NULL);
    struct ledger ledger;
    ledger_prepare(broker, "throttle");
    ledger_open(&ledger, broker, "throttle", NULL, 3);
    ledger_send(&ledger, 100);
    ledger_flush(&ledger);
    (void)ledger_fault(
        broker,
        (struct bl_fault){ .api = "Produce", .deed = BL_THROTTLE, .value = PAUSE_MS, .count = 1 });
    int watch = ledger_fault(broker, (struct bl_fault){ .api = "Produce", .deed = BL_WATCH });
    ledger_send(&ledger, 100);
    ledger_flush(&ledger);
    int64_t start_ms = now_ms();
    ledger_send(&ledger, 100);
    assert_int_equal(bl_fault_await(broker, watch, 2, LEDGER_PATIENCE_MS, NULL), 0);
    int64_t pause_ms = now_ms() - start_ms;
    ledger_flush(&ledger);
    (void)printf("# paused for %lld ms\n", (long long)pause_ms);
    /* The pause began with the answer, before the flush returned. */
    assert_true(pause_ms >= PAUSE_MS * 3 / 4);
    assert_int_equal(ledger_count(&ledger, KC_ERR_NONE), 3);
    assert_int_equal(ledger_close(&ledger), 3);
    ledger_broker_stop(broker);
}

/* No broker is left; what waits outlives that, and what asks in vain is told why. */
TEST(all_brokers_down_and_back)
{
    enum { BEFORE = 100, AMID = 100, AFTER = 100 };
    static const char *const settings[] = { "batch.size", "400", NULL };
    char directory[PATH_MAX];
    test_directory(directory);
    struct bl_config config = { .directory = directory };
    struct bl_broker *broker = bl_start(&config, NULL);
    struct ledger ledger;
    assert_non_null(broker);
    config.port = bl_port(broker);
    ledger_prepare(broker, "down");
    ledger_open(&ledger, broker, "down", settings, BEFORE + AMID + AFTER);
    for (int i = 0; i < BEFORE; i++) {
        ledger_send(&ledger, 60);
    }
    ledger_broker_stop(broker);
    for (int i = 0; i < AMID; i++) {
        ledger_send(&ledger, 60);
    }
    struct kc_error error;
    int32_t count;
    assert_int_equal(kc_producer_flush(ledger.producer, 300, &error), KC_ERR_TIMED_OUT);
    enum kc_err err =
        kc_producer_partition_count(ledger.producer, "never-heard-of", 300, &count, &error);
    assert_true(err == KC_ERR_TIMED_OUT || err == KC_ERR_NO_BROKER || err == KC_ERR_CONNECT);
    assert_true(strstr(error.text, "never-heard-of") != NULL);
    broker = bl_start(&config, &error);
    if (!broker) {
        fail_msg("bl_start: %s", error.text);
    }
    ledger.broker = broker;
    for (int i = 0; i < AFTER; i++) {
        ledger_send(&ledger, 60);
    }
    ledger_flush(&ledger);
    assert_int_equal(ledger_count(&ledger, KC_ERR_NONE), BEFORE + AMID + AFTER);
    assert_int_equal(ledger_close(&ledger), BEFORE + AMID + AFTER);
    ledger_broker_stop(broker);
}

/* The broker's limit is below ours: batches are split until they fit; a record that does not fit
 * alone is given back, and the others are not its victims. */
TEST(batches_that_are_too_large_are_split)
{
    enum { SMALL = 300, LARGE_SIZE = 5000 };
    static const char *const limits[] = { "message.max.bytes", "1500", NULL };
    static const char *const settings[] = { "linger.ms", "50", "batch.size", "16384", NULL };
    struct bl_broker *broker = ledger_broker(limits);
    struct ledger ledger;
    ledger_prepare(broker, "split");
    ledger_open(&ledger, broker, "split", settings, SMALL + 1);
    for (int i = 0; i < SMALL; i++) {
        if (i == SMALL / 2) {
            ledger_send(&ledger, LARGE_SIZE);
        }
        ledger_send(&ledger, 100);
    }
    ledger_flush(&ledger);
    assert_int_equal(ledger_count(&ledger, KC_ERR_NONE), SMALL);
    assert_int_equal(ledger_count(&ledger, KC_ERR_MESSAGE_TOO_LARGE), 1);
    assert_int_equal(ledger_close(&ledger), SMALL);
    ledger_broker_stop(broker);
}

/* A delivery that fails must not take its successors with it, nor let them overtake one another. */
TEST(what_runs_out_of_time_leaves_a_gap_and_no_disorder)
{
    static const char *const settings[] = {
        "batch.size", "1", "request.timeout.ms", "200", "delivery.timeout.ms", "400", NULL
    };
    enum { ROUNDS = 3, EACH = 5 };
    struct bl_broker *broker = ledger_broker(NULL);
    struct ledger ledger;
    ledger_prepare(broker, "late");
    ledger_open(&ledger, broker, "late", settings, ROUNDS * EACH * 2);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < EACH; i++) {
            ledger_send(&ledger, 100);
        }
        ledger_flush(&ledger);
        int id = ledger_fault(
            broker,
            (struct bl_fault){ .api = "Produce", .deed = BL_HOLD, .after = round % 2 == 1 });
        for (int i = 0; i < EACH; i++) {
            ledger_send(&ledger, 100);
        }
        ledger_flush(&ledger);
        ledger_forgive(broker, id);
    }
    assert_in_range(ledger_count(&ledger, KC_ERR_NONE), EACH, ROUNDS * EACH);
    (void)ledger_close(&ledger);
    ledger_broker_stop(broker);
}
