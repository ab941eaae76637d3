/* reliability: a coordinator handles one request of a connection at a time. Whatever it takes its
 * time for (a commit waits for replicas, a JoinGroup for other members), heartbeats go on, or the
 * member is put out for something that its application cannot help. */
#include "ledger.h"

#include <libclient/offsets.h>

enum { POLL_MS = 10, BEATS = 10 };

static const char *const broker_settings[] = { "group.consumer.min.heartbeat.interval.ms", "100",
                                               "group.consumer.heartbeat.interval.ms", "100",
                                               NULL };

struct told {
    unsigned assigned, taken, commits;
    enum kc_err commit_err;
};

static void on_assigned(void *context, struct kc_consumer *consumer,
                        const struct kc_partition *partitions, size_t count)
{
    ((struct told *)context)->assigned += (unsigned)count;
}

static void on_taken(void *context, struct kc_consumer *consumer,
                     const struct kc_partition *partitions, size_t count)
{
    ((struct told *)context)->taken += (unsigned)count;
}

static void on_committed(void *context, enum kc_err err, const struct kc_position *positions,
                         size_t count)
{
    struct told *told = context;
    told->commits++;
    told->commit_err = err;
}

static struct kc_consumer *member(const char *address, const char *protocol, struct told *told)
{
    const char *const settings[][2] = {
        { "bootstrap.servers", address },   { "group.id", "g" },
        { "group.protocol", protocol },     { "enable.auto.commit", "false" },
        { "heartbeat.interval.ms", "100" },
    };
    struct kc_rebalance_listener listener = { on_assigned, on_taken, on_taken, told };
    struct kc_config *config = kc_config_create();
    const char *topic = "beaten";
    struct kc_error error;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        assert_int_equal(kc_config_set(config, settings[i][0], settings[i][1], &error),
                         KC_ERR_NONE);
    }
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    assert_non_null(consumer);
    assert_int_equal(kc_consumer_subscribe(consumer, &topic, 1, &listener, &error), KC_ERR_NONE);
    return consumer;
}

static void poll_once(struct kc_consumer *consumer)
{
    struct kc_record record;
    struct kc_error error;
    if (kc_consumer_poll_record(consumer, POLL_MS, &record, &error) && error.code) {
        fail_msg("%s", error.text);
    }
}

static void poll_until_assigned(struct kc_consumer *consumer, const struct told *told)
{
    while (told->assigned == 0) {
        poll_once(consumer);
    }
}

/* The session is long, as this machine may stand still for a second: that heartbeats go on is what
 * matters. Behind the commit only the first of them would be under way. */
static void hold_commit(const char *protocol, const char *beat)
{
    struct bl_broker *broker = ledger_broker(broker_settings);
    struct told told = { 0 };
    struct kc_error error;
    ledger_prepare(broker, "beaten");
    struct kc_consumer *consumer = member(bl_address(broker), protocol, &told);
    poll_until_assigned(consumer, &told);
    int held = ledger_fault(broker, (struct bl_fault){ .api = "OffsetCommit", .deed = BL_HOLD });
    struct kc_position position = { .topic = "beaten", .offset = 7, .leader_epoch = -1 };
    assert_int_equal(
        kc_consumer_commit_positions_async(consumer, &position, 1, on_committed, &told, &error),
        KC_ERR_NONE);
    assert_int_equal(bl_fault_await(broker, held, 1, LEDGER_PATIENCE_MS, &error), KC_ERR_NONE);
    int beats = ledger_fault(broker, (struct bl_fault){ .api = beat, .deed = BL_WATCH });
    assert_int_equal(bl_fault_await(broker, beats, BEATS, LEDGER_PATIENCE_MS, &error), KC_ERR_NONE);
    poll_once(consumer);
    assert_int_equal(told.taken, 0);
    assert_int_equal(told.commits, 0);
    ledger_forgive(broker, held);
    while (told.commits == 0) {
        poll_once(consumer);
    }
    assert_int_equal(told.commit_err, KC_ERR_NONE);
    assert_int_equal(told.taken, 0);
    assert_int_equal(kc_consumer_close(consumer, LEDGER_PATIENCE_MS, &error), KC_ERR_NONE);
    kc_consumer_destroy(consumer);
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
