/* tests: the APIs of consumer groups (KIP-848) in every version, and what the older APIs of groups
 * make of such a group. */
#include "versions.h"

#include "support/test.h"

#include <string.h>

enum { HEARTBEAT_NEXT = 68, DESCRIBE_NEXT = 69 };

static void beat(struct versions *v, int16_t version, int32_t epoch,
                 struct consumer_group_heartbeat_response *ret_response)
{
    struct consumer_group_heartbeat_request request;
    struct slice topic = slice_text("there");
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    request.group_id = slice_text(v->group);
    request.member_id = slice_text("me");
    request.member_epoch = epoch;
    if (epoch == 0) {
        request.rebalance_timeout_ms = 30000;
        request.subscribed_topic_names.items = &topic;
        request.subscribed_topic_names.count = 1;
        request.topic_partitions.count = 0;
    }
    line_ask(&v->line, HEARTBEAT_NEXT, version, &request, ret_response);
}

static void join_next(struct versions *v, int16_t version)
{
    struct consumer_group_heartbeat_response response;
    beat(v, version, 0, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.member_epoch, 2);
    assert_int_equal(response.heartbeat_interval_ms, 5000);
    assert_true(slice_is(response.member_id, "me"));
    assert_non_null(response.assignment);
    assert_int_equal(response.assignment->topic_partitions.count, 1);
    assert_true(uuid_equal(&response.assignment->topic_partitions.items[0].topic_id, &v->there));
    assert_int_equal(response.assignment->topic_partitions.items[0].partitions.count, 2);
}

/* What a classic client is told of such a group. */
static void ask_as_classic(struct versions *v)
{
    struct slice name = slice_text(v->group);
    struct heartbeat_request heartbeat;
    struct heartbeat_response beaten;
    struct delete_groups_request deletion;
    struct delete_groups_response deleted;
    struct describe_groups_request description;
    struct describe_groups_response described;
    message_defaults(&heartbeat_request_type, &heartbeat);
    heartbeat.group_id = name;
    heartbeat.member_id = slice_text("you");
    line_ask(&v->line, 12, 4, &heartbeat, &beaten);
    assert_int_equal(beaten.error_code, KC_ERR_UNKNOWN_MEMBER_ID);
    message_defaults(&delete_groups_request_type, &deletion);
    deletion.groups_names.items = &name;
    deletion.groups_names.count = 1;
    line_ask(&v->line, 42, 2, &deletion, &deleted);
    assert_int_equal(deleted.results.items[0].error_code, KC_ERR_NON_EMPTY_GROUP);
    message_defaults(&describe_groups_request_type, &description);
    description.groups.items = &name;
    description.groups.count = 1;
    line_ask(&v->line, 15, 6, &description, &described);
    assert_int_equal(described.groups.items[0].error_code, KC_ERR_GROUP_ID_NOT_FOUND);
    assert_true(slice_is(described.groups.items[0].group_state, "Dead"));
}

static enum kc_err join_classic(struct versions *v)
{
    struct join_group_request_join_group_request_protocol protocol = { slice_text("range"),
                                                                       slice_of("\0\1\0\0", 4) };
    struct join_group_request request;
    struct join_group_response response;
    message_defaults(&join_group_request_type, &request);
    request.group_id = slice_text(v->group);
    request.session_timeout_ms = 30000;
    request.rebalance_timeout_ms = 30000;
    request.protocol_type = slice_text("consumer");
    request.protocols.items = &protocol;
    request.protocols.count = 1;
    line_ask(&v->line, 11, 9, &request, &response);
    return (enum kc_err)response.error_code;
}

static void ask_heartbeat_next(struct versions *v)
{
    struct consumer_group_heartbeat_response response;
    beat(v, v->version, 1, &response);
    assert_int_equal(response.error_code, KC_ERR_GROUP_ID_NOT_FOUND);
    join_next(v, v->version);
    beat(v, v->version, 2, &response);
    assert_int_equal(response.error_code, 0);
    assert_null(response.assignment);
    ask_as_classic(v);
    assert_int_equal(join_classic(v), KC_ERR_INCONSISTENT_GROUP_PROTOCOL);
    beat(v, v->version, 7, &response);
    assert_int_equal(response.error_code, KC_ERR_FENCED_MEMBER_EPOCH);
    beat(v, v->version, -1, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.member_epoch, -1);
    /* Empty, it may become a classic group, and back. */
    assert_int_equal(join_classic(v), KC_ERR_MEMBER_ID_REQUIRED);
    join_next(v, v->version);
}

static void commit_next(struct versions *v, int16_t version, int32_t epoch, enum kc_err expected)
{
    struct offset_commit_request_offset_commit_request_partition partition;
    struct offset_commit_request_offset_commit_request_topic topic;
    struct offset_commit_request request;
    struct offset_commit_response response;
    message_defaults(&offset_commit_request_offset_commit_request_partition_type, &partition);
    message_defaults(&offset_commit_request_offset_commit_request_topic_type, &topic);
    message_defaults(&offset_commit_request_type, &request);
    partition.committed_offset = 5;
    topic.name = slice_text("there");
    topic.topic_id = v->there;
    topic.partitions.items = &partition;
    topic.partitions.count = 1;
    request.group_id = slice_text(v->group);
    request.member_id = slice_text("me");
    request.generation_id_or_member_epoch = epoch;
    request.topics.items = &topic;
    request.topics.count = 1;
    line_ask(&v->line, 8, version, &request, &response);
    assert_int_equal(response.topics.items[0].partitions.items[0].error_code, expected);
}

static void fetch_next(struct versions *v, int32_t epoch, enum kc_err expected)
{
    struct offset_fetch_request_offset_fetch_request_group group;
    struct offset_fetch_request request;
    struct offset_fetch_response response;
    message_defaults(&offset_fetch_request_offset_fetch_request_group_type, &group);
    message_defaults(&offset_fetch_request_type, &request);
    group.group_id = slice_text(v->group);
    group.member_id = slice_text("me");
    group.member_epoch = epoch;
    group.topics.count = -1;
    request.groups.items = &group;
    request.groups.count = 1;
    line_ask(&v->line, 9, 9, &request, &response);
    assert_int_equal(response.groups.items[0].error_code, expected);
    assert_int_equal(response.groups.items[0].topics.count, expected ? 0 : 1);
}

static void ask_describe_next(struct versions *v)
{
    struct slice names[] = { slice_text(v->group), slice_text("nobody") };
    struct consumer_group_describe_request request;
    struct consumer_group_describe_response response;
    join_next(v, 1);
    commit_next(v, 9, 2, KC_ERR_NONE);
    commit_next(v, 10, 2, KC_ERR_NONE);
    commit_next(v, 9, 3, KC_ERR_STALE_MEMBER_EPOCH);
    commit_next(v, 10, 1, KC_ERR_STALE_MEMBER_EPOCH); /* before it was assigned */
    commit_next(v, 8, 2, KC_ERR_UNSUPPORTED_VERSION);
    fetch_next(v, 2, KC_ERR_NONE);
    fetch_next(v, 1, KC_ERR_STALE_MEMBER_EPOCH);
    message_defaults(&consumer_group_describe_request_type, &request);
    request.group_ids.items = names;
    request.group_ids.count = 2;
    line_ask(&v->line, DESCRIBE_NEXT, v->version, &request, &response);
    const struct consumer_group_describe_response_described_group *group =
        &response.groups.items[0];
    assert_int_equal(group->error_code, 0);
    assert_true(slice_is(group->group_state, "Stable"));
    assert_true(slice_is(group->assignor_name, "uniform"));
    assert_int_equal(group->group_epoch, 2);
    assert_int_equal(group->assignment_epoch, 2);
    assert_int_equal(group->members.count, 1);
    assert_true(slice_is(group->members.items[0].client_host, "/127.0.0.1"));
    assert_int_equal(group->members.items[0].member_type, v->version >= 1 ? 1 : -1);
    assert_int_equal(group->members.items[0].assignment.topic_partitions.items[0].partitions.count,
                     2);
    assert_int_equal(response.groups.items[1].error_code, KC_ERR_GROUP_ID_NOT_FOUND);
    assert_true(slice_is(response.groups.items[1].error_message, "Group nobody not found."));
}

const struct versions_row versions_of_next[] = {
    { HEARTBEAT_NEXT, ask_heartbeat_next },
    { DESCRIBE_NEXT, ask_describe_next },
    { -1, NULL },
};
