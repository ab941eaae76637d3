/* tests: members that speak either protocol. */
#include "roller.h"

#include "support/heap.h"
#include "support/test.h"

#include <stdio.h>

void roller_stage_open(struct coordinator_stage *stage, struct scratch_disk *disk)
{
    coordinator_stage_init(stage, disk);
    stage_make_topic(stage, "a", 4);
    assert_true(stage_start_groups(stage));
}

static void joined(struct group_answer *answer, void *message)
{
    struct roller *roller = CONTAINER_OF(answer, struct roller, answer);
    const struct join_group_response *response = message;
    roller->is_answered = true;
    roller->err = response->error_code;
    if (!response->error_code || response->error_code == KC_ERR_MEMBER_ID_REQUIRED) {
        (void)snprintf(roller->id, sizeof(roller->id), "%.*s", SLICE_ARGS(response->member_id));
    }
    if (!response->error_code) {
        roller->epoch = response->generation_id;
        roller->leads = slice_equal(response->leader, response->member_id);
        assert_true(slice_is(response->protocol_type, "consumer"));
    }
}

static void take_assignment(struct roller *roller, struct slice blob)
{
    struct consumer_protocol_assignment assignment;
    struct arena arena;
    struct reader reader;
    arena_init(&arena, 1 << 20);
    reader_init(&reader, blob);
    assert_int_equal(read_i16(&reader), 3);
    assert_int_equal(
        message_decode(&consumer_protocol_assignment_type, 3, &reader, &arena, &assignment),
        KC_ERR_NONE);
    holding_finish(&roller->held);
    for (int32_t i = 0; i < assignment.assigned_partitions.count; i++) {
        const struct image_topic *topic =
            image_topic(&roller->stage->image, assignment.assigned_partitions.items[i].topic);
        assert_non_null(topic);
        for (int32_t j = 0; j < assignment.assigned_partitions.items[i].partitions.count; j++) {
            assert_true(holding_add(&roller->held, &topic->id,
                                    assignment.assigned_partitions.items[i].partitions.items[j],
                                    0));
        }
    }
    holding_sort(&roller->held);
    arena_finish(&arena);
}

static void synced(struct group_answer *answer, void *message)
{
    struct roller *roller = CONTAINER_OF(answer, struct roller, answer);
    const struct sync_group_response *response = message;
    roller->is_answered = true;
    roller->err = response->error_code;
    heap_pause(); /* a client has memory of its own */
    if (!response->error_code) {
        take_assignment(roller, response->assignment);
    }
    heap_resume();
}

void roller_init(struct roller *roller, struct coordinator_stage *stage)
{
    *roller = (struct roller){ .stage = stage, .protocol = "range" };
}

void roller_finish(struct roller *roller)
{
    group_answer_end(&roller->answer);
    holding_finish(&roller->held);
}

static void write_blob(const struct message_type *type, const void *message, struct bytes *out)
{
    struct writer writer;
    bytes_init(out, 1 << 20);
    writer_init(&writer, out);
    write_i16(&writer, 3);
    assert_int_equal(message_encode(type, 3, message, &writer), KC_ERR_NONE);
}

/* The subscription: topic "a", and what it has of it. */
static void write_subscription(const struct roller *roller, struct bytes *out)
{
    struct consumer_protocol_subscription subscription;
    struct consumer_protocol_subscription_topic_partition owned = { .topic = slice_text("a") };
    struct slice topic = slice_text("a");
    int32_t numbers[8];
    message_defaults(&consumer_protocol_subscription_type, &subscription);
    for (size_t i = 0; i < roller->held.count; i++) {
        numbers[i] = roller->held.items[i].partition;
    }
    owned.partitions.items = numbers;
    owned.partitions.count = (int32_t)roller->held.count;
    subscription.topics.items = &topic;
    subscription.topics.count = 1;
    subscription.owned_partitions.items = &owned;
    subscription.owned_partitions.count = owned.partitions.count > 0;
    write_blob(&consumer_protocol_subscription_type, &subscription, out);
}

enum kc_err roller_join_once(struct roller *roller)
{
    struct join_group_request_join_group_request_protocol offers[2];
    struct join_group_request request;
    struct bytes blob;
    heap_pause();
    write_subscription(roller, &blob);
    message_defaults(&join_group_request_type, &request);
    offers[0].name = slice_text(roller->protocol);
    offers[1].name = slice_text("common");
    offers[0].metadata = offers[1].metadata = bytes_slice(&blob);
    request.group_id = slice_text("g");
    request.member_id = slice_text(roller->id);
    request.group_instance_id = slice_text(roller->instance);
    request.session_timeout_ms = ROLLER_SESSION_MS;
    request.rebalance_timeout_ms = ROLLER_REBALANCE_MS;
    request.protocol_type = slice_text("consumer");
    request.protocols.items = offers;
    request.protocols.count = 2;
    const struct group_join join = { &request, slice_text("client"), slice_text("/127.0.0.1"), 9 };
    group_answer_end(&roller->answer);
    roller->answer = (struct group_answer){ .done = joined, .version = 9 };
    roller->is_answered = false;
    heap_resume();
    groups_join(roller->stage->groups, &join, &roller->answer);
    bytes_finish(&blob);
    return roller->is_answered ? roller->err : KC_ERR_NONE;
}

enum kc_err roller_join(struct roller *roller)
{
    enum kc_err err = roller_join_once(roller);
    return err == KC_ERR_MEMBER_ID_REQUIRED ? roller_join_once(roller) : err;
}

enum kc_err roller_sync(struct roller *roller)
{
    struct sync_group_request_sync_group_request_assignment item;
    struct consumer_protocol_assignment assignment;
    struct consumer_protocol_assignment_topic_partition all = { .topic = slice_text("a") };
    int32_t numbers[] = { 0, 1, 2, 3 };
    struct sync_group_request request;
    struct bytes blob;
    heap_pause();
    message_defaults(&consumer_protocol_assignment_type, &assignment);
    all.partitions.items = numbers;
    all.partitions.count = 4;
    assignment.assigned_partitions.items = &all;
    assignment.assigned_partitions.count = 1;
    write_blob(&consumer_protocol_assignment_type, &assignment, &blob);
    message_defaults(&sync_group_request_type, &request);
    request.group_id = slice_text("g");
    request.member_id = slice_text(roller->id);
    request.group_instance_id = slice_text(roller->instance);
    request.generation_id = roller->epoch;
    request.protocol_type = slice_text("consumer");
    request.protocol_name = slice_text(roller->protocol);
    item.member_id = slice_text(roller->id);
    item.assignment = bytes_slice(&blob);
    request.assignments.items = &item;
    request.assignments.count = roller->leads;
    group_answer_end(&roller->answer);
    roller->answer = (struct group_answer){ .done = synced, .version = 5 };
    roller->is_answered = false;
    heap_resume();
    groups_sync(roller->stage->groups, &request, &roller->answer);
    bytes_finish(&blob);
    return roller->is_answered ? roller->err : KC_ERR_NONE;
}

enum kc_err roller_heartbeat(struct roller *roller)
{
    struct heartbeat_request request;
    message_defaults(&heartbeat_request_type, &request);
    request.group_id = slice_text("g");
    request.member_id = slice_text(roller->id);
    request.group_instance_id = slice_text(roller->instance);
    request.generation_id = roller->epoch;
    return groups_heartbeat(roller->stage->groups, &request);
}

enum kc_err roller_leave(struct roller *roller)
{
    return groups_leave(roller->stage->groups, slice_text("g"), slice_text(roller->id),
                        slice_text(roller->instance));
}

/* ---- KIP-848 ---- */

static enum kc_err ask(struct roller *roller, struct consumer_group_heartbeat_request *request)
{
    const struct next_caller caller = { slice_text("client"), slice_text("/127.0.0.1"), 1 };
    struct consumer_group_heartbeat_response response;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    request->group_id = slice_text("g");
    request->member_id = slice_text(roller->id);
    request->instance_id = slice_text(roller->instance);
    enum kc_err err =
        groups_next_heartbeat(roller->stage->groups, request, &caller, &arena, &response);
    assert_int_equal(err, response.error_code);
    (void)snprintf(roller->message, sizeof(roller->message), "%.*s",
                   SLICE_ARGS(response.error_message));
    if (!err) {
        roller->epoch = response.member_epoch;
    }
    heap_pause();
    if (!err && response.assignment) {
        holding_finish(&roller->held);
        for (int32_t i = 0; i < response.assignment->topic_partitions.count; i++) {
            for (int32_t j = 0; j < response.assignment->topic_partitions.items[i].partitions.count;
                 j++) {
                assert_true(holding_add(
                    &roller->held, &response.assignment->topic_partitions.items[i].topic_id,
                    response.assignment->topic_partitions.items[i].partitions.items[j], 0));
            }
        }
        holding_sort(&roller->held);
    }
    heap_resume();
    arena_finish(&arena);
    return err;
}

enum kc_err roller_begin(struct roller *roller, const char *id)
{
    struct consumer_group_heartbeat_request request;
    struct slice topic = slice_text("a");
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    request.subscribed_topic_names.items = &topic;
    request.subscribed_topic_names.count = 1;
    request.rebalance_timeout_ms = ROLLER_REBALANCE_MS;
    request.topic_partitions.count = 0;
    (void)snprintf(roller->id, sizeof(roller->id), "%s", id);
    return ask(roller, &request);
}

enum kc_err roller_beat(struct roller *roller)
{
    struct consumer_group_heartbeat_request_topic_partitions owned[8];
    struct consumer_group_heartbeat_request request;
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    request.member_epoch = roller->epoch;
    for (size_t i = 0; i < roller->held.count; i++) {
        owned[i].topic_id = roller->held.items[i].topic;
        owned[i].partitions.items = &roller->held.items[i].partition;
        owned[i].partitions.count = 1;
    }
    request.topic_partitions.items = owned;
    request.topic_partitions.count = (int32_t)roller->held.count;
    return ask(roller, &request);
}

enum kc_err roller_end(struct roller *roller, int32_t epoch)
{
    struct consumer_group_heartbeat_request request;
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    request.member_epoch = epoch;
    return ask(roller, &request);
}

struct group *roller_group(const struct coordinator_stage *stage)
{
    struct group *group = groups_find(stage->groups, slice_text("g"));
    assert_non_null(group);
    return group;
}

const char *roller_state(const struct coordinator_stage *stage)
{
    return groups_state_name(roller_group(stage));
}
