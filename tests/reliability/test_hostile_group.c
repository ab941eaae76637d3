/* reliability: coordinators and fellow members that lie (S34, S35 on the client's side): endless
 * rebalances, assignments of what is not there, leaders made of thousands. */
#include "hostage.h"

#include "base/attr.h"
#include "consumer/blob.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

enum { PEAK_MIB_MAX = 512, STORM_MAX = 100 };

/* ---- rebalances without end ---- */

static void twist_join_error(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct join_group_response *)response)->error_code = (int16_t)lie->value;
}

static void twist_sync_error(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct sync_group_response *)response)->error_code = (int16_t)lie->value;
}

static void twist_heartbeat_error(void *response, struct arena *arena,
                                  const struct imposter_lie *lie)
{
    ((struct heartbeat_response *)response)->error_code = (int16_t)lie->value;
}

static void twist_beat_error(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct consumer_group_heartbeat_response *beat = response;
    beat->error_code = (int16_t)lie->value;
    beat->assignment = NULL;
}

/* Errors that every member takes for a reason to join again: each try must be followed by a pause,
 * or a broker of bad will has all of this machine. */
TEST(joins_without_end_are_paced)
{
    static const int16_t errors[] = { KC_ERR_REBALANCE_IN_PROGRESS, KC_ERR_MEMBER_ID_REQUIRED,
                                      KC_ERR_UNKNOWN_MEMBER_ID,     KC_ERR_ILLEGAL_GENERATION,
                                      KC_ERR_NOT_COORDINATOR,       KC_ERR_UNKNOWN_SERVER_ERROR };
    char names[ARRAY_COUNT(errors)][64];
    struct hostage_case cases[ARRAY_COUNT(errors)];
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "join error %d", errors[i]);
        /* Joins for a second, then the group takes it in. */
        cases[i] = (struct hostage_case){
            names[i],      { API_JOIN_GROUP, 0, 25, twist_join_error, NULL, errors[i], 0 },
            HOSTAGE_READS, 0,
            NULL,          0
        };
    }
    hostage_run(cases, ARRAY_COUNT(cases));
}

TEST(no_storm_of_requests)
{
    const struct hostage_case cases[] = {
        { "rebalances at join",
          { API_JOIN_GROUP, 0, 0, twist_join_error, NULL, KC_ERR_REBALANCE_IN_PROGRESS, 0 },
          HOSTAGE_NOTHING,
          0,
          NULL,
          STORM_MAX },
        { "ids without end",
          { API_JOIN_GROUP, 0, 0, twist_join_error, NULL, KC_ERR_MEMBER_ID_REQUIRED, 0 },
          HOSTAGE_NOTHING,
          0,
          NULL,
          STORM_MAX },
        { "never known at join",
          { API_JOIN_GROUP, 0, 0, twist_join_error, NULL, KC_ERR_UNKNOWN_MEMBER_ID, 0 },
          HOSTAGE_NOTHING,
          0,
          NULL,
          STORM_MAX },
        { "rebalances at sync",
          { API_SYNC_GROUP, 0, 0, twist_sync_error, NULL, KC_ERR_REBALANCE_IN_PROGRESS, 0 },
          HOSTAGE_NOTHING,
          0,
          NULL,
          STORM_MAX },
        { "never known at sync",
          { API_SYNC_GROUP, 0, 0, twist_sync_error, NULL, KC_ERR_UNKNOWN_MEMBER_ID, 0 },
          HOSTAGE_NOTHING,
          0,
          NULL,
          STORM_MAX },
        { "rebalances at each heartbeat",
          { API_HEARTBEAT, 0, 0, twist_heartbeat_error, NULL, KC_ERR_REBALANCE_IN_PROGRESS, 0 },
          HOSTAGE_NOTHING,
          0,
          NULL,
          STORM_MAX },
        { "never known at heartbeats",
          { API_HEARTBEAT, 0, 0, twist_heartbeat_error, NULL, KC_ERR_UNKNOWN_MEMBER_ID, 0 },
          HOSTAGE_NOTHING,
          0,
          NULL,
          STORM_MAX },
        { "always fenced",
          { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_beat_error, NULL, KC_ERR_FENCED_MEMBER_EPOCH,
            0 },
          HOSTAGE_NOTHING,
          0,
          "consumer",
          STORM_MAX },
        { "never known",
          { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_beat_error, NULL, KC_ERR_UNKNOWN_MEMBER_ID,
            0 },
          HOSTAGE_NOTHING,
          0,
          "consumer",
          STORM_MAX },
        { "fenced again and again",
          { API_CONSUMER_GROUP_HEARTBEAT, 1, 0, twist_beat_error, NULL, KC_ERR_FENCED_MEMBER_EPOCH,
            0 },
          HOSTAGE_NOTHING,
          0,
          "consumer",
          STORM_MAX },
    };
    hostage_run(cases, ARRAY_COUNT(cases));
}

TEST(refusals_are_told)
{
    const struct hostage_case cases[] = {
        { "fenced instance",
          { API_JOIN_GROUP, 0, 0, twist_join_error, NULL, KC_ERR_FENCED_INSTANCE_ID, 0 },
          HOSTAGE_TELLS,
          KC_ERR_FENCED_INSTANCE_ID,
          NULL,
          5 },
        { "not allowed",
          { API_JOIN_GROUP, 0, 0, twist_join_error, NULL, KC_ERR_GROUP_AUTHORIZATION_FAILED, 0 },
          HOSTAGE_TELLS,
          KC_ERR_GROUP_AUTHORIZATION_FAILED,
          NULL,
          5 },
        { "an error of the future",
          { API_JOIN_GROUP, 0, 0, twist_join_error, NULL, 12345, 0 },
          HOSTAGE_TELLS_ANY,
          0,
          NULL,
          STORM_MAX },
        { "no such assignor",
          { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_beat_error, NULL, KC_ERR_UNSUPPORTED_ASSIGNOR,
            0 },
          HOSTAGE_TELLS,
          KC_ERR_UNSUPPORTED_ASSIGNOR,
          "consumer",
          5 },
    };
    hostage_run(cases, ARRAY_COUNT(cases));
}

/* ---- answers to JoinGroup ---- */

static void twist_generation(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct join_group_response *)response)->generation_id = (int32_t)lie->value;
}

static void twist_protocol(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct join_group_response *)response)->protocol_name = slice_text("nobody offered this");
}

/* So many members, each with the same subscription. */
static void twist_crowd(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct join_group_response *join = response;
    int32_t count = (int32_t)lie->value;
    if (join->error_code) {
        return;
    }
    struct join_group_response_join_group_response_member *members =
        arena_alloc_array(arena, (size_t)count, sizeof(*members));
    for (int32_t i = 0; i < count; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "n%08d", i);
        members[i] = join->members.items[0];
        members[i].member_id = i == 0 ? join->member_id : arena_copy(arena, slice_text(id));
    }
    join->members.items = members;
    join->members.count = count;
}

/* A second member's subscription: so many topics, of names as long as wanted. */
static void twist_wishes(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct join_group_response *join = response;
    struct assign_member wisher = { .generation = -1 };
    struct slice *topics = arena_alloc_array(arena, (size_t)lie->value, sizeof(*topics));
    if (join->error_code) {
        return;
    }
    for (int64_t i = 0; i < lie->value; i++) {
        char *name = arena_alloc(arena, (size_t)lie->more + 24);
        memset(name, 'x', (size_t)lie->more);
        (void)snprintf(name + lie->more, 24, "%lld", (long long)i);
        topics[i] = slice_text(name);
    }
    wisher.topics = topics;
    wisher.topic_count = (size_t)lie->value;
    struct join_group_response_join_group_response_member *members =
        arena_alloc_array(arena, 2, sizeof(*members));
    members[0] = members[1] = join->members.items[0];
    members[1].member_id = slice_text("wisher");
    members[1].metadata = blob_write_subscription(&wisher, arena);
    join->members.items = members;
    join->members.count = 2;
}

/* A second member, whose subscription cannot be read. */
static void twist_rubbish(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    static const uint8_t blobs[][8] = { { 0, 1, 0x7f, 0xff, 0xff, 0xff }, /* topics without end */
                                        { 0xff, 0xff },                   /* version -1 */
                                        { 0, 0, 0, 0, 0, 1, 0x7f, 0xff },
                                        { 0x7f, 0xff, 0, 0, 0, 0, 0xff, 0xff } };
    struct join_group_response *join = response;
    struct join_group_response_join_group_response_member *members =
        arena_alloc_array(arena, 2, sizeof(*members));
    if (join->error_code) {
        return;
    }
    members[0] = members[1] = join->members.items[0];
    members[1].member_id = slice_text("rubbish");
    members[1].metadata = slice_of(blobs[lie->value], 8);
    join->members.items = members;
    join->members.count = 2;
}

static const struct hostage_case answers_to_joining_that_lie[] = {
    { "generation -7",
      { API_JOIN_GROUP, 1, 2, twist_generation, NULL, -7, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "the last generation there is",
      { API_JOIN_GROUP, 1, 1, twist_generation, NULL, INT32_MAX, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a protocol that nobody offered",
      { API_JOIN_GROUP, 1, 0, twist_protocol, NULL, 0, 0 },
      HOSTAGE_TELLS,
      KC_ERR_INCONSISTENT_GROUP_PROTOCOL,
      NULL,
      5 },
    { "a group of 100,000",
      { API_JOIN_GROUP, 0, 0, twist_crowd, NULL, 100000, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a member that wants 50,000 topics",
      { API_JOIN_GROUP, 0, 0, twist_wishes, NULL, 50000, 10 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a member that wants topics with long names",
      { API_JOIN_GROUP, 0, 0, twist_wishes, NULL, 500, 20000 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a subscription without end",
      { API_JOIN_GROUP, 0, 0, twist_rubbish, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a subscription of version -1",
      { API_JOIN_GROUP, 0, 0, twist_rubbish, NULL, 1, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a subscription with a long name",
      { API_JOIN_GROUP, 0, 0, twist_rubbish, NULL, 2, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a subscription of the future",
      { API_JOIN_GROUP, 0, 0, twist_rubbish, NULL, 3, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
};

TEST(answers_to_joining_that_lie)
{
    hostage_run(answers_to_joining_that_lie, ARRAY_COUNT(answers_to_joining_that_lie));
    assert_in_range(hostage_peak_mib(), 1, PEAK_MIB_MAX);
}

/* ---- assignments ---- */

/* Partitions value, value+1, ... of a topic "t" or, with more = N below 0, of a name of N letters.
 */
static void twist_assignment(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct sync_group_response *sync = response;
    size_t count = lie->more > 0 ? (size_t)lie->more : 100000;
    size_t letters = lie->more < 0 ? (size_t)-lie->more : 0;
    char *name = arena_alloc(arena, letters + 2);
    memset(name, 'x', letters);
    struct assign_member member = { 0 };
    member.assigned = arena_alloc_array(arena, count, sizeof(*member.assigned));
    member.assigned_count = count;
    for (size_t i = 0; i < count; i++) {
        member.assigned[i].topic = letters > 0 ? slice_of(name, letters) : slice_text("t");
        member.assigned[i].partition = (int32_t)(lie->value + (int64_t)i);
    }
    sync->assignment = blob_write_assignment(&member, arena);
}

static void twist_assigned_twice(void *response, struct arena *arena,
                                 const struct imposter_lie *lie)
{
    struct sync_group_response *sync = response;
    struct assign_member member = { .assigned_count = (size_t)lie->value };
    member.assigned = arena_alloc_array(arena, (size_t)lie->value, sizeof(*member.assigned));
    for (int64_t i = 0; i < lie->value; i++) {
        member.assigned[i].topic = slice_text("t");
    }
    sync->assignment = blob_write_assignment(&member, arena);
}

static void twist_assignment_bytes(void *response, struct arena *arena,
                                   const struct imposter_lie *lie)
{
    static const uint8_t blobs[][12] = {
        { 0, 1, 0x7f, 0xff, 0xff, 0xff },                  /* topics without end */
        { 0, 1, 0, 0, 0, 1, 0, 1, 't', 0x7f, 0xff, 0xff }, /* partitions without end */
        { 0xff, 0xff, 0, 0, 0, 0 },                        /* version -1 */
        { 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }
    }; /* a null list */
    ((struct sync_group_response *)response)->assignment = slice_of(blobs[lie->value], 12);
}

static void twist_targets(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct consumer_group_heartbeat_response *beat = response;
    if (!beat->assignment) {
        return;
    }
    struct consumer_group_heartbeat_response_topic_partitions *topic =
        beat->assignment->topic_partitions.items;
    size_t count = (size_t)lie->value;
    topic->topic_id.bytes[15] = (uint8_t)lie->more;
    topic->partitions.items = arena_alloc_array(arena, count, sizeof(int32_t));
    topic->partitions.count = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        topic->partitions.items[i] = (int32_t)i;
    }
}

static void twist_beat(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct consumer_group_heartbeat_response *beat = response;
    beat->member_epoch = (int32_t)lie->value;
    beat->heartbeat_interval_ms = (int32_t)lie->more;
}

static const struct hostage_case assignments_that_lie[] = {
    { "a topic that is not subscribed",
      { API_SYNC_GROUP, 0, 2, twist_assignment, NULL, 0, -10 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "always a topic that is not subscribed",
      { API_SYNC_GROUP, 0, 0, twist_assignment, NULL, 0, -10 },
      HOSTAGE_NOTHING,
      0,
      NULL,
      STORM_MAX },
    { "a topic with a name of 30,000 letters",
      { API_SYNC_GROUP, 0, 2, twist_assignment, NULL, 0, -30000 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "partitions that are not there",
      { API_SYNC_GROUP, 0, 0, twist_assignment, NULL, INT32_MAX - 10, 5 },
      HOSTAGE_TELLS,
      KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
      NULL,
      STORM_MAX },
    { "partitions below 0",
      { API_SYNC_GROUP, 0, 0, twist_assignment, NULL, -1, 2 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "one partition 100,000 times",
      { API_SYNC_GROUP, 0, 0, twist_assigned_twice, NULL, 100000, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "topics without end",
      { API_SYNC_GROUP, 0, 2, twist_assignment_bytes, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "always topics without end",
      { API_SYNC_GROUP, 0, 0, twist_assignment_bytes, NULL, 0, 0 },
      HOSTAGE_TELLS,
      KC_ERR_MALFORMED,
      NULL,
      STORM_MAX },
    { "partitions without end",
      { API_SYNC_GROUP, 0, 0, twist_assignment_bytes, NULL, 1, 0 },
      HOSTAGE_TELLS,
      KC_ERR_MALFORMED,
      NULL,
      STORM_MAX },
    { "version -1",
      { API_SYNC_GROUP, 0, 0, twist_assignment_bytes, NULL, 2, 0 },
      HOSTAGE_TELLS,
      KC_ERR_MALFORMED,
      NULL,
      STORM_MAX },
    { "null",
      { API_SYNC_GROUP, 0, 0, twist_assignment_bytes, NULL, 3, 0 },
      HOSTAGE_TELLS,
      KC_ERR_MALFORMED,
      NULL,
      STORM_MAX },
    { "a topic id of nothing (KIP-848)",
      { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_targets, NULL, 1, 77 },
      HOSTAGE_NOTHING,
      0,
      "consumer",
      STORM_MAX },
    { "epoch -1 (KIP-848)",
      { API_CONSUMER_GROUP_HEARTBEAT, 0, 3, twist_beat, NULL, -1, 50 },
      HOSTAGE_READS,
      0,
      "consumer",
      0 },
    { "always epoch 0 (KIP-848)",
      { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_beat, NULL, 0, 50 },
      HOSTAGE_TELLS,
      KC_ERR_MALFORMED,
      "consumer",
      STORM_MAX },
    { "an interval of 0 (KIP-848)",
      { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_beat, NULL, 1, 0 },
      HOSTAGE_READS,
      0,
      "consumer",
      STORM_MAX },
    { "a negative interval (KIP-848)",
      { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_beat, NULL, 1, -1 },
      HOSTAGE_READS,
      0,
      "consumer",
      STORM_MAX },
};

TEST(assignments_that_lie)
{
    hostage_run(assignments_that_lie, ARRAY_COUNT(assignments_that_lie));
    assert_in_range(hostage_peak_mib(), 1, PEAK_MIB_MAX);
}

/* As many partitions as an assignment can name: it ends, one way or the other. */
TEST(assignments_too_large)
{
    const struct hostage_case cases[] = {
        { "100,000 partitions, one of them there",
          { API_SYNC_GROUP, 0, 0, twist_assignment, NULL, 0, 100000 },
          HOSTAGE_TELLS_ANY,
          0,
          NULL,
          0 },
        { "1,000,000 partitions",
          { API_SYNC_GROUP, 0, 0, twist_assignment, NULL, 0, 1000000 },
          HOSTAGE_TELLS,
          KC_ERR_MALFORMED,
          NULL,
          STORM_MAX },
        { "1,000,000 partitions (KIP-848)",
          { API_CONSUMER_GROUP_HEARTBEAT, 0, 0, twist_targets, NULL, 1000000, 0 },
          HOSTAGE_TELLS,
          KC_ERR_MALFORMED,
          "consumer",
          STORM_MAX },
    };
    hostage_run(cases, ARRAY_COUNT(cases));
    assert_in_range(hostage_peak_mib(), 1, PEAK_MIB_MAX);
}
