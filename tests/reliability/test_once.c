/* reliability: once and in order (R13, R27), however answers and connections are lost. Idempotent,
 * five requests in flight, many small batches. */
#include "ledger.h"

#include <inttypes.h>
#include <stdio.h>

enum { SEEDS = 6, RECORDS = 1500, RECORD_SIZE = 60 };

static const char *const small_batches[] = { "batch.size", "400", NULL };

/* What was lost is chance; that nothing shows of it is not. */
static void run_lossy(const struct bl_fault *faults, size_t fault_count, const char *name)
{
    struct bl_broker *broker = ledger_broker(NULL);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct ledger ledger;
        char topic[LEDGER_TOPIC_MAX];
        int ids[4];
        unsigned hits = 0;
        (void)snprintf(topic, sizeof(topic), "%s-%" PRIu64, name, seed);
        ledger_prepare(broker, topic);
        ledger_open(&ledger, broker, topic, small_batches, RECORDS);
        for (size_t i = 0; i < fault_count; i++) {
            struct bl_fault fault = faults[i];
            fault.seed = seed * 16 + i;
            ids[i] = ledger_fault(broker, fault);
        }
        for (size_t i = 0; i < RECORDS; i++) {
            ledger_send(&ledger, RECORD_SIZE);
        }
        ledger_flush(&ledger);
        for (size_t i = 0; i < fault_count; i++) {
            hits += bl_fault_hits(broker, ids[i]);
            ledger_forgive(broker, ids[i]);
        }
        (void)printf("# %s, seed %" PRIu64 ": %u faults\n", name, seed, hits);
        assert_true(hits > 0);
        assert_int_equal(ledger_count(&ledger, KC_ERR_NONE), RECORDS);
        assert_int_equal(ledger_close(&ledger), RECORDS);
    }
    ledger_broker_stop(broker);
}

TEST(lost_answers_are_not_written_again)
{
    const struct bl_fault fault = {
        .api = "Produce", .deed = BL_CLOSE, .after = true, .chance = 0.2
    };
    run_lossy(&fault, 1, "lost");
}

TEST(cut_answers_are_not_written_again)
{
    const struct bl_fault fault = {
        .api = "Produce", .deed = BL_CUT_REPLY, .value = 23, .chance = 0.2
    };
    run_lossy(&fault, 1, "cut");
}

TEST(lost_requests_are_sent_again_in_order)
{
    const struct bl_fault fault = { .api = "Produce", .deed = BL_CLOSE, .chance = 0.2 };
    run_lossy(&fault, 1, "request");
}

/* All at once, with errors that say too little or too much. */
TEST(all_kinds_of_loss_together)
{
    const struct bl_fault faults[] = {
        { .api = "Produce", .deed = BL_CLOSE, .chance = 0.05 },
        { .api = "Produce", .deed = BL_CLOSE, .after = true, .chance = 0.05 },
        { .api = "Produce",
          .deed = BL_ERROR,
          .value = KC_ERR_NOT_LEADER_OR_FOLLOWER,
          .chance = 0.05 },
        { .api = "Produce",
          .deed = BL_ERROR,
          .value = KC_ERR_REQUEST_TIMED_OUT,
          .after = true,
          .chance = 0.05 },
    };
    run_lossy(faults, 4, "all");
}

/* R27. Five seconds in which neither metadata nor the broker knows the topic; what was in flight,
 * what waits and what comes meanwhile keeps its numbers. */
TEST(a_topic_that_is_forgotten_for_a_while)
{
    static const char *const settings[] = { "batch.size", "400", "metadata.max.age.ms", "100",
                                            NULL };
    struct bl_broker *broker = ledger_broker(NULL);
    struct ledger ledger;
    struct bl_fault forgotten = { .topic = "r27",
                                  .deed = BL_ERROR,
                                  .value = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION };
    ledger_prepare(broker, "r27");
    ledger_open(&ledger, broker, "r27", settings, RECORDS);
    for (size_t i = 0; i < RECORDS / 3; i++) {
        ledger_send(&ledger, RECORD_SIZE);
    }
    forgotten.api = "Metadata";
    int metadata = ledger_fault(broker, forgotten);
    forgotten.api = "Produce";
    int produce = ledger_fault(broker, forgotten);
    for (size_t i = 0; i < RECORDS / 3; i++) {
        ledger_send(&ledger, RECORD_SIZE);
    }
    /* The five seconds are the scenario's. */
    assert_int_equal(bl_fault_await(broker, metadata, UINT32_MAX, 5000, NULL), KC_ERR_TIMED_OUT);
    assert_true(bl_fault_hits(broker, metadata) > 1);
    ledger_forgive(broker, metadata);
    ledger_forgive(broker, produce);
    for (size_t i = 0; i < RECORDS / 3; i++) {
        ledger_send(&ledger, RECORD_SIZE);
    }
    ledger_flush(&ledger);
    assert_int_equal(ledger_count(&ledger, KC_ERR_NONE), RECORDS);
    assert_int_equal(ledger_close(&ledger), RECORDS);
    ledger_broker_stop(broker);
}
