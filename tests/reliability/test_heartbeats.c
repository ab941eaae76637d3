/* reliability: a coordinator handles one request of a connection at a time. Whatever it takes its
 * time for (a commit waits for replicas, a JoinGroup for other members), heartbeats go on, or the
 * member is put out for something that its application cannot help. */
#include "fellow.h"
#include "ledger.h"

#include <libclient/offsets.h>

enum { BEATS = 10 };

static const char *const broker_settings[] = { "group.consumer.min.heartbeat.interval.ms", "100",
                                               "group.consumer.heartbeat.interval.ms", "100",
                                               NULL };

/* The session is long, as this machine may stand still for a second: that heartbeats go on is what
 * matters. Behind the commit only the first of them would be under way. */
static void hold_commit(const char *protocol, const char *beat)
{
    struct bl_broker *broker = ledger_broker(broker_settings);
    struct fellow fellow;
    struct kc_error error;
    ledger_prepare(broker, "beaten");
    fellow_join(&fellow, bl_address(broker), protocol, "beaten", NULL);
    fellow_poll_until_assigned(&fellow);
    int held = ledger_fault(broker, (struct bl_fault){ .api = "OffsetCommit", .deed = BL_HOLD });
    struct kc_position position = { .topic = "beaten", .offset = 7, .leader_epoch = -1 };
    assert_int_equal(kc_consumer_commit_positions_async(fellow.consumer, &position, 1,
                                                        fellow_on_commit, &fellow, &error),
                     KC_ERR_NONE);
    assert_int_equal(bl_fault_await(broker, held, 1, LEDGER_PATIENCE_MS, &error), KC_ERR_NONE);
    int beats = ledger_fault(broker, (struct bl_fault){ .api = beat, .deed = BL_WATCH });
    assert_int_equal(bl_fault_await(broker, beats, BEATS, LEDGER_PATIENCE_MS, &error), KC_ERR_NONE);
    (void)fellow_poll(&fellow, true);
    assert_int_equal(fellow.revoked + fellow.lost, 0);
    assert_int_equal(fellow.commits, 0);
    ledger_forgive(broker, held);
    while (fellow.commits == 0) {
        (void)fellow_poll(&fellow, true);
    }
    assert_int_equal(fellow.commit_err, KC_ERR_NONE);
    assert_int_equal(fellow.revoked + fellow.lost, 0);
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    assert_int_equal(ledger_group_offset(bl_address(broker), "g"), 7);
    ledger_broker_stop(broker);
}

TEST(a_commit_that_takes_long_puts_no_classic_member_out)
{
    hold_commit("classic", "Heartbeat");
}

TEST(a_commit_that_takes_long_puts_no_next_member_out)
{
    hold_commit("consumer", "ConsumerGroupHeartbeat");
}
