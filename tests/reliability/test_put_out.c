/* reliability: a member that the group puts out while the application does not poll (R12), and one
 * that goes while others are still joining. */
#include "imposter.h"

#include "support/test.h"

#include <libclient/client.h>
#include <libclient/group.h>
#include <stdio.h>

enum { POLL_MS = 10, CLOSE_MS = 5000 };

struct told {
    unsigned assigned, revoked, lost;
};

static void on_assigned(void *context, struct kc_consumer *consumer,
                        const struct kc_partition *partitions, size_t count)
{
    ((struct told *)context)->assigned += (unsigned)count;
}

static void on_revoked(void *context, struct kc_consumer *consumer,
                       const struct kc_partition *partitions, size_t count)
{
    ((struct told *)context)->revoked += (unsigned)count;
}

static void on_lost(void *context, struct kc_consumer *consumer,
                    const struct kc_partition *partitions, size_t count)
{
    ((struct told *)context)->lost += (unsigned)count;
}

static struct kc_consumer *member(const char *protocol, int port, struct told *told)
{
    struct kc_rebalance_listener listener = { on_assigned, on_revoked, on_lost, told };
    struct kc_config *config = kc_config_create();
    const char *topic = "t";
    struct kc_error error;
    char server[32];
    (void)snprintf(server, sizeof(server), "127.0.0.1:%d", port);
    assert_int_equal(kc_config_set(config, "bootstrap.servers", server, &error), KC_ERR_NONE);
    assert_int_equal(kc_config_set(config, "group.protocol", protocol, &error), KC_ERR_NONE);
    assert_int_equal(kc_config_set(config, "group.id", "g", &error), KC_ERR_NONE);
    assert_int_equal(kc_config_set(config, "enable.auto.commit", "false", &error), KC_ERR_NONE);
    assert_int_equal(kc_config_set(config, "auto.offset.reset", "earliest", &error), KC_ERR_NONE);
    assert_int_equal(kc_config_set(config, "heartbeat.interval.ms", "50", &error), KC_ERR_NONE);
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    assert_non_null(consumer);
    assert_int_equal(kc_consumer_subscribe(consumer, &topic, 1, &listener, &error), KC_ERR_NONE);
    return consumer;
}

static bool is_member(struct kc_consumer *consumer)
{
    struct kc_group_metadata *metadata = NULL;
    bool is_in = kc_consumer_group_metadata(consumer, &metadata, NULL) == KC_ERR_NONE;
    kc_group_metadata_destroy(metadata);
    return is_in;
}

/* Given partitions, then put out. What it commits is refused as of nobody, and when it is closed
 * the partitions are told as lost, not as revoked: they may be somebody else's by now. */
static void close_when_put_out(const char *protocol, const struct imposter_lie *lie)
{
    struct imposter *imposter = imposter_start(lie, 1);
    struct told told = { 0 };
    struct kc_consumer *consumer = member(protocol, imposter_port(imposter), &told);
    struct kc_position position = { .topic = "t", .partition = 0, .offset = 1, .leader_epoch = -1 };
    struct kc_record record;
    struct kc_error error;
    while (told.assigned == told.lost) {
        (void)kc_consumer_poll_record(consumer, POLL_MS, &record, &error);
    }
    while (is_member(consumer)) {
    }
    assert_int_equal(kc_consumer_commit_sync(consumer, &position, 1, CLOSE_MS, &error),
                     KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(kc_consumer_close(consumer, CLOSE_MS, &error), KC_ERR_NONE);
    assert_int_equal(told.revoked, 0);
    assert_int_equal(told.lost, told.assigned);
    kc_consumer_destroy(consumer);
    imposter_stop(imposter);
}

static void twist_heartbeat(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct heartbeat_response *)response)->error_code = (int16_t)lie->value;
}

TEST(who_is_put_out_of_a_classic_group_has_lost_what_it_held)
{
    const struct imposter_lie lie = {
        API_HEARTBEAT, 0, 0, twist_heartbeat, NULL, KC_ERR_UNKNOWN_MEMBER_ID, 0
    };
    close_when_put_out("classic", &lie);
}

static void twist_beat(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct consumer_group_heartbeat_response *beat = response;
    /* Joining goes well. */
    if (beat->assignment == NULL) {
        beat->error_code = (int16_t)lie->value;
    }
}

TEST(who_is_put_out_of_a_next_group_has_lost_what_it_held)
{
    const struct imposter_lie lie = { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_beat, NULL,
                                      KC_ERR_FENCED_MEMBER_EPOCH,   0 };
    close_when_put_out("consumer", &lie);
}

/* ---- going ---- */

static void bend_silence(struct bytes *frame, const struct imposter_lie *lie)
{
    frame->size = 0;
}

/* The group has named the member, and its JoinGroup waits for others that do not come: whoever is
 * closed by then is not to wait with it, and the group is to hear of it. */
TEST(close_does_not_wait_for_others_to_join)
{
    const struct imposter_lie lie = { API_JOIN_GROUP, 1, 0, NULL, bend_silence, 0, 0 };
    struct imposter *imposter = imposter_start(&lie, 1);
    struct told told = { 0 };
    struct kc_consumer *consumer = member("classic", imposter_port(imposter), &told);
    struct kc_record record;
    struct kc_error error;
    while (imposter_asked(imposter, API_JOIN_GROUP) < 2) {
        (void)kc_consumer_poll_record(consumer, POLL_MS, &record, &error);
    }
    assert_int_equal(imposter_asked(imposter, API_LEAVE_GROUP), 0);
    assert_int_equal(kc_consumer_close(consumer, CLOSE_MS, &error), KC_ERR_NONE);
    assert_int_equal(imposter_asked(imposter, API_LEAVE_GROUP), 1);
    assert_int_equal(told.assigned + told.revoked + told.lost, 0);
    kc_consumer_destroy(consumer);
    imposter_stop(imposter);
}
