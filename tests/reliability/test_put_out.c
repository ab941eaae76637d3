/* reliability: a member that the group puts out while the application does not poll (R12), and one
 * that goes while others are still joining. */
#include "fellow.h"
#include "imposter.h"

#include "support/test.h"

#include <libclient/client.h>
#include <libclient/group.h>
#include <stdio.h>

enum { CLOSE_MS = 5000 };

static void join(struct fellow *fellow, const char *protocol, const struct imposter *imposter)
{
    static const char *const settings[] = { "heartbeat.interval.ms", "50", NULL };
    char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%d", imposter_port(imposter));
    fellow_join(fellow, address, protocol, "t", settings);
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
    struct fellow fellow;
    join(&fellow, protocol, imposter);
    struct kc_position position = { .topic = "t", .partition = 0, .offset = 1, .leader_epoch = -1 };
    struct kc_error error;
    while (fellow.assigned == fellow.lost) {
        (void)fellow_poll(&fellow, false);
    }
    while (is_member(fellow.consumer)) {
    }
    assert_int_equal(kc_consumer_commit_sync(fellow.consumer, &position, 1, CLOSE_MS, &error),
                     KC_ERR_UNKNOWN_MEMBER_ID);
    fellow_close(&fellow, CLOSE_MS);
    assert_int_equal(fellow.revoked, 0);
    assert_int_equal(fellow.lost, fellow.assigned);
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
    struct fellow fellow;
    join(&fellow, "classic", imposter);
    while (imposter_asked(imposter, API_JOIN_GROUP) < 2) {
        (void)fellow_poll(&fellow, false);
    }
    assert_int_equal(imposter_asked(imposter, API_LEAVE_GROUP), 0);
    fellow_close(&fellow, CLOSE_MS);
    assert_int_equal(imposter_asked(imposter, API_LEAVE_GROUP), 1);
    assert_int_equal(fellow.assigned + fellow.revoked + fellow.lost, 0);
    imposter_stop(imposter);
}
