/* tests: the outbox of a broker takes from all partitions in turn, however much one of them has. */
#include "producer/sink.h"
#include "unit/producer/rig.h"

static void fill(struct rig *rig, int32_t partition, int bundle_count)
{
    char value[900] = "";
    struct kc_record record = { .topic = "t",
                                .value = kc_bytes(value, sizeof(value)),
                                .flags = KC_RECORD_PARTITION,
                                .partition = partition };
    for (int i = 0; i < bundle_count; i++) {
        assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    }
}

TEST(no_partition_starves_behind_a_full_one)
{
    struct producer_settings settings = rig_defaults();
    settings.is_idempotent = false;
    settings.in_flight_max = SENT_MAX;
    settings.request_size_max = 2500; /* two bundles */
    struct rig *rig = rig_start_with(&settings, 4);
    int sent[4] = { 0 };
    static const int filled[4] = { 40, 6, 6, 6 };
    for (int32_t i = 0; i < 4; i++) {
        fill(rig, i, filled[i]);
    }
    rig_pass(rig, 5000);
    assert_in_range(rig->sent_count, 29, 58);
    for (size_t i = 0; i < rig->sent_count; i++) {
        const struct exchange *exchange = rig->sent[i];
        assert_in_range(exchange->count, 1, 2);
        for (size_t j = 0; j < exchange->count; j++) {
            sent[exchange->items[j].buffer->partition]++;
        }
        /* None is more than two ahead of another that still has something. */
        for (int ahead = 0; ahead < 4; ahead++) {
            for (int behind = 0; behind < 4; behind++) {
                assert_true(sent[behind] == filled[behind] || sent[ahead] <= sent[behind] + 2);
            }
        }
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sent[i], filled[i]);
    }
    rig_finish(rig);
}

TEST(a_sink_that_takes_nothing_is_known_to_be_stuck)
{
    struct producer_settings settings = rig_defaults();
    settings.is_idempotent = false;
    settings.in_flight_max = 1;
    struct rig *rig = rig_start_with(&settings, 2);
    const struct sink *sink = atomic_load(&rig_buffer(rig, 0)->sink);
    fill(rig, 0, 1);
    rig_pass(rig, 5000);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(atomic_load(&sink->stuck_us), 0);
    fill(rig, 1, 1);
    rig_pass(rig, 5000);
    int64_t since_us = rig->now_us;
    assert_int_equal(atomic_load(&sink->stuck_us), since_us);
    rig_pass(rig, 70000);
    assert_int_equal(atomic_load(&sink->stuck_us), since_us);
    struct exchange *exchange = rig_take_sent(rig);
    exchange_release(exchange);
    exchange_answer(exchange, KC_ERR_DISCONNECTED, "cut", 13, NULL);
    rig_pass(rig, 1);
    /* The retry waits for its time, the other one went. */
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(atomic_load(&sink->stuck_us), 0);
    rig_finish(rig);
}

TEST(a_new_leader_that_an_answer_tells_is_asked_at_once)
{
    struct producer_settings settings = rig_defaults();
    settings.is_idempotent = false;
    struct rig *rig = rig_start(&settings);
    rig_put_batch(rig, 0, 3);
    int refreshes = rig->refresh_count;
    struct exchange *first = rig_take_sent(rig);
    int32_t old_leader = first->sink->broker_id;
    rig->hinted_leader = old_leader + 1;
    rig_answer_with(rig, first, KC_ERR_NOT_LEADER_OR_FOLLOWER, -1);
    rig->hinted_leader = 0;
    /* No metadata is asked for, and no time has passed: KIP-951. */
    assert_int_equal(rig->hint_count, 1);
    assert_int_equal(rig->refresh_count, refreshes);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(rig->sent[0]->sink->broker_id, old_leader + 1);
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    rig_finish(rig);
}

/* KIP-467: the others may be sent again as they are. */
TEST(only_the_records_that_the_broker_blames_have_its_error)
{
    static const enum kc_err expected[] = {
        KC_ERR_INVALID_RECORD,       KC_ERR_OTHER_RECORD_INVALID, KC_ERR_INVALID_RECORD,
        KC_ERR_OTHER_RECORD_INVALID, KC_ERR_OTHER_RECORD_INVALID,
    };
    struct rig *rig = rig_start_settled();
    rig->culprits[0] = 0;
    rig->culprits[1] = 2;
    rig->culprits[2] = -7; /* nonsense and what is out of order blame nobody else */
    rig->culprits[3] = 1;
    rig->culprit_count = 4;
    rig_put_batch(rig, 1, 5);
    rig_answer_with(rig, rig_take_sent(rig), KC_ERR_INVALID_RECORD, -1);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rig->reports[i + 1], 1);
        assert_int_equal(rig->last[i + 1].err, expected[i]);
        assert_int_equal(rig->last[i + 1].status, KC_NOT_WRITTEN);
    }
    /* Who names nobody means all. */
    rig->culprit_count = 0;
    rig_put_batch(rig, 6, 2);
    rig_answer_with(rig, rig_take_sent(rig), KC_ERR_INVALID_RECORD, -1);
    assert_int_equal(rig->last[6].err, KC_ERR_INVALID_RECORD);
    assert_int_equal(rig->last[7].err, KC_ERR_INVALID_RECORD);
    rig_finish(rig);
}
