/* reliability: the group of a KIP-848 member goes on to another epoch while a commit is under way.
 * Its coordinator then answers STALE_MEMBER_EPOCH. */
#include "fellow.h"
#include "ledger.h"

#include <libclient/offsets.h>

enum { RECORDS = 3 };

static const char *const broker_settings[] = { "group.consumer.min.heartbeat.interval.ms", "100",
                                               "group.consumer.heartbeat.interval.ms", "100",
                                               NULL };

static const struct kc_position seven = { .topic = "commits", .offset = 7, .leader_epoch = -1 };

/* A broker with records, and a member that has read them all. */
static struct bl_broker *begin(struct fellow *fellow, const char *const *settings)
{
    struct bl_broker *broker = ledger_broker(broker_settings);
    struct ledger ledger;
    ledger_prepare(broker, "commits");
    ledger_open(&ledger, broker, "commits", NULL, RECORDS);
    for (int i = 0; i < RECORDS; i++) {
        ledger_send(&ledger, 100);
    }
    ledger_flush(&ledger);
    ledger_drop(&ledger);
    fellow_join(fellow, bl_address(broker), "consumer", "commits", settings);
    for (int read = 0; read < RECORDS;) {
        read += fellow_poll(fellow, true);
    }
    return broker;
}

static int refuse_commits(struct bl_broker *broker, enum kc_err err, unsigned count)
{
    return ledger_fault(
        broker, (struct bl_fault){
                    .api = "OffsetCommit", .deed = BL_ERROR, .value = (int)err, .count = count });
}

TEST(a_stale_commit_that_is_waited_for_gets_there)
{
    struct fellow fellow;
    struct bl_broker *broker = begin(&fellow, NULL);
    struct kc_error error;
    int refused = refuse_commits(broker, KC_ERR_STALE_MEMBER_EPOCH, 2);
    assert_int_equal(
        kc_consumer_commit_sync(fellow.consumer, &seven, 1, LEDGER_PATIENCE_MS, &error),
        KC_ERR_NONE);
    assert_int_equal(bl_fault_hits(broker, refused), 2);
    assert_int_equal(ledger_group_offset(bl_address(broker), "g"), 7);
    /* The positions after all that was read, likewise. */
    refused = refuse_commits(broker, KC_ERR_STALE_MEMBER_EPOCH, 1);
    assert_int_equal(kc_consumer_commit_sync(fellow.consumer, NULL, 0, LEDGER_PATIENCE_MS, &error),
                     KC_ERR_NONE);
    assert_int_equal(bl_fault_hits(broker, refused), 1);
    assert_int_equal(ledger_group_offset(bl_address(broker), "g"), RECORDS);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    assert_int_equal(fellow.lost, 0);
    ledger_broker_stop(broker);
}

TEST(a_commit_that_stays_stale_ends_in_time)
{
    struct fellow fellow;
    struct bl_broker *broker = begin(&fellow, NULL);
    struct kc_error error;
    int refused = refuse_commits(broker, KC_ERR_STALE_MEMBER_EPOCH, 0);
    enum kc_err err = kc_consumer_commit_sync(fellow.consumer, &seven, 1, 500, &error);
    assert_true(err == KC_ERR_STALE_MEMBER_EPOCH || err == KC_ERR_TIMED_OUT);
    assert_true(bl_fault_hits(broker, refused) > 1);
    ledger_forgive(broker, refused);
    assert_int_equal(
        kc_consumer_commit_sync(fellow.consumer, &seven, 1, LEDGER_PATIENCE_MS, &error),
        KC_ERR_NONE);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    ledger_broker_stop(broker);
}

/* Of what is not assigned anybody may have committed more meanwhile. */
TEST(a_stale_commit_of_what_is_not_assigned_has_failed)
{
    struct fellow fellow;
    struct bl_broker *broker = begin(&fellow, NULL);
    struct kc_position other = { .topic = "other", .offset = 7, .leader_epoch = -1 };
    struct kc_error error;
    ledger_prepare(broker, "other");
    int refused = refuse_commits(broker, KC_ERR_STALE_MEMBER_EPOCH, 1);
    assert_int_equal(
        kc_consumer_commit_sync(fellow.consumer, &other, 1, LEDGER_PATIENCE_MS, &error),
        KC_ERR_STALE_MEMBER_EPOCH);
    assert_int_equal(bl_fault_hits(broker, refused), 1);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    ledger_broker_stop(broker);
}

TEST(a_stale_commit_that_nobody_waits_for_has_failed)
{
    struct fellow fellow;
    struct bl_broker *broker = begin(&fellow, NULL);
    struct kc_error error;
    int refused = refuse_commits(broker, KC_ERR_STALE_MEMBER_EPOCH, 1);
    int beats = ledger_fault(
        broker, (struct bl_fault){ .api = "ConsumerGroupHeartbeat", .deed = BL_WATCH });
    assert_int_equal(kc_consumer_commit_positions_async(fellow.consumer, &seven, 1,
                                                        fellow_on_commit, &fellow, &error),
                     KC_ERR_NONE);
    while (fellow.commits == 0) {
        (void)fellow_poll(&fellow, true);
    }
    assert_int_equal(fellow.commit_err, KC_ERR_STALE_MEMBER_EPOCH);
    assert_int_equal(bl_fault_hits(broker, refused), 1);
    assert_int_equal(bl_fault_await(broker, beats, 1, LEDGER_PATIENCE_MS, &error), KC_ERR_NONE);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    assert_int_equal(fellow.lost, 0);
    ledger_broker_stop(broker);
}

TEST(a_commit_of_nobody_is_not_tried_again)
{
    struct fellow fellow;
    struct bl_broker *broker = begin(&fellow, NULL);
    struct kc_error error;
    int refused = refuse_commits(broker, KC_ERR_UNKNOWN_MEMBER_ID, 1);
    assert_int_equal(
        kc_consumer_commit_sync(fellow.consumer, &seven, 1, LEDGER_PATIENCE_MS, &error),
        KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(bl_fault_hits(broker, refused), 1);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    ledger_broker_stop(broker);
}

/* ---- what auto commit sends by itself ---- */

static const char *const auto_settings[] = { "enable.auto.commit", "true",
                                             "auto.commit.interval.ms", "600000", NULL };

TEST(the_last_positions_get_there_although_they_were_stale)
{
    struct fellow fellow;
    struct bl_broker *broker = begin(&fellow, auto_settings);
    int refused = refuse_commits(broker, KC_ERR_STALE_MEMBER_EPOCH, 1);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    assert_int_equal(bl_fault_hits(broker, refused), 1);
    assert_int_equal(ledger_group_offset(bl_address(broker), "g"), RECORDS);
    ledger_broker_stop(broker);
}

/* The commit of the interval has failed for now, and would be tried again too late. */
TEST(positions_of_what_is_given_back_get_there_although_they_are_under_way)
{
    const char *const settings[] = { "enable.auto.commit",
                                     "true",
                                     "auto.commit.interval.ms",
                                     "1",
                                     "retry.backoff.ms",
                                     "1000",
                                     NULL };
    struct fellow fellow;
    struct bl_broker *broker = ledger_broker(broker_settings);
    struct ledger ledger;
    ledger_prepare(broker, "commits");
    fellow_join(&fellow, bl_address(broker), "classic", "commits", settings);
    fellow_poll_until_assigned(&fellow);
    int refused = refuse_commits(broker, KC_ERR_COORDINATOR_LOAD_IN_PROGRESS, 1);
    ledger_open(&ledger, broker, "commits", NULL, 1);
    ledger_send(&ledger, 100);
    ledger_flush(&ledger);
    ledger_drop(&ledger);
    while (bl_fault_hits(broker, refused) == 0) {
        (void)fellow_poll(&fellow, true);
    }
    struct kc_error error;
    assert_int_equal(kc_consumer_rejoin(fellow.consumer, &error), KC_ERR_NONE);
    while (fellow.assigned < 2) {
        (void)fellow_poll(&fellow, true);
    }
    assert_int_equal(fellow.revoked, 1);
    assert_int_equal(ledger_group_offset(bl_address(broker), "g"), 1);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    ledger_broker_stop(broker);
}

TEST(positions_of_what_is_given_back_get_there_although_they_were_stale)
{
    struct fellow fellow;
    struct bl_broker *broker = begin(&fellow, auto_settings);
    const char *other = "other";
    struct kc_error error;
    ledger_prepare(broker, "other");
    int refused = refuse_commits(broker, KC_ERR_STALE_MEMBER_EPOCH, 1);
    struct kc_rebalance_listener none = { 0 };
    assert_int_equal(kc_consumer_subscribe(fellow.consumer, &other, 1, &none, &error), KC_ERR_NONE);
    while (bl_fault_hits(broker, refused) == 0) {
        (void)fellow_poll(&fellow, true);
    }
    assert_int_equal(ledger_group_offset(bl_address(broker), "g"), RECORDS);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    ledger_broker_stop(broker);
}
