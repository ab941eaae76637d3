/* tests: consumer groups as stories. */
#include "next_story.h"

#include <stdio.h>
#include <stdlib.h>

static enum kc_err store(void *context, struct group *group, struct journal *journal)
{
    struct next_story *story = context;
    (void)group;
    if (journal->err || story->store_err) {
        return journal->err ? journal->err : story->store_err;
    }
    story->stored++;
    return KC_ERR_NONE;
}

static enum kc_err store_classic(void *context, struct group *group, bool assignments)
{
    struct next_story *story = context;
    (void)group;
    (void)assignments;
    story->stored++;
    return story->store_err;
}

void next_story_open(struct next_story *story)
{
    memset(story, 0, sizeof(*story));
    image_stage_init(&story->stage, 1);
    assert_int_equal(image_stage_create(&story->stage, "a", 4, 1).err, KC_ERR_NONE);
    assert_int_equal(image_stage_create(&story->stage, "b", 2, 1).err, KC_ERR_NONE);
    random_init(&story->random, 848);
    story->env = (struct next_env){ .store = store,
                                    .context = story,
                                    .image = &story->stage.image,
                                    .random = &story->random,
                                    .session_ms = NEXT_SESSION_MS,
                                    .heartbeat_ms = 5000,
                                    .size_max = 100,
                                    .assignors = { slice_text("uniform"), slice_text("range") },
                                    .assignor_count = 2,
                                    .may_upgrade = true,
                                    .may_downgrade = true,
                                    .classic = &story->classic,
                                    .now_ms = 1000,
                                    .wall_ms = 1700000000000 };
    story->classic = (struct group_env){ .store = store_classic,
                                         .context = story,
                                         .random = &story->random,
                                         .size_max = 100,
                                         .bytes_left = SIZE_MAX / 2,
                                         .now_ms = 1000,
                                         .wall_ms = 1700000000000 };
    story->group = group_create(slice_text("g"), 1);
    assert_non_null(story->group);
    story->group->next = group_next_create();
    assert_non_null(story->group->next);
}

void next_story_close(struct next_story *story)
{
    group_destroy(story->group);
    image_stage_finish(&story->stage);
}

void next_client_init(struct next_client *client, const char *id)
{
    *client = (struct next_client){ .topic = "a", .rebalance_ms = 60000 };
    (void)snprintf(client->id, sizeof(client->id), "%s", id);
}

void next_client_finish(struct next_client *client)
{
    holding_finish(&client->held);
}

static bool told_has(const struct consumer_group_heartbeat_response_assignment *told,
                     const struct holding_item *item)
{
    for (int32_t i = 0; i < told->topic_partitions.count; i++) {
        for (int32_t j = 0; j < told->topic_partitions.items[i].partitions.count; j++) {
            if (uuid_equal(&told->topic_partitions.items[i].topic_id, &item->topic) &&
                told->topic_partitions.items[i].partitions.items[j] == item->partition) {
                return true;
            }
        }
    }
    return false;
}

static void take_told(struct next_client *client,
                      const struct consumer_group_heartbeat_response_assignment *told)
{
    for (size_t i = 0; i < client->held.count; i++) {
        client->must_tell = client->must_tell || !told_has(told, &client->held.items[i]);
    }
    holding_finish(&client->held);
    for (int32_t i = 0; i < told->topic_partitions.count; i++) {
        for (int32_t j = 0; j < told->topic_partitions.items[i].partitions.count; j++) {
            assert_true(holding_add(&client->held, &told->topic_partitions.items[i].topic_id,
                                    told->topic_partitions.items[i].partitions.items[j], 0));
        }
    }
    holding_sort(&client->held);
}

/* One item a partition: it need not be pretty. */
static void fill_owned(const struct next_client *client,
                       struct consumer_group_heartbeat_request *request, struct arena *arena)
{
    size_t count = client->held.count;
    request->topic_partitions.count = (int32_t)count;
    request->topic_partitions.items =
        arena_alloc_array(arena, count, sizeof(*request->topic_partitions.items));
    assert_non_null(request->topic_partitions.items);
    for (size_t i = 0; i < count; i++) {
        request->topic_partitions.items[i].topic_id = client->held.items[i].topic;
        request->topic_partitions.items[i].partitions.items = &client->held.items[i].partition;
        request->topic_partitions.items[i].partitions.count = 1;
    }
}

static enum kc_err ask(struct next_story *story, struct next_client *client,
                       const struct consumer_group_heartbeat_request *request, struct arena *arena)
{
    const struct next_caller caller = { slice_text("client"), slice_text("/127.0.0.1"), 1 };
    struct consumer_group_heartbeat_response response;
    struct slice message = SLICE_NULL;
    enum kc_err err = group_next_check(&story->env, request, arena, &message);
    if (!err) {
        err = group_next_heartbeat(story->group, &story->env, request, &caller, arena, &response);
        message = response.error_message;
        assert_int_equal(err, response.error_code);
    }
    (void)snprintf(client->message, sizeof(client->message), "%.*s", (int)message.size,
                   message.data ? (const char *)message.data : "");
    if (!err) {
        client->epoch = response.member_epoch;
        if (response.assignment) {
            take_told(client, response.assignment);
        }
    }
    next_story_check(story);
    return err;
}

enum kc_err next_client_join(struct next_story *story, struct next_client *client)
{
    struct consumer_group_heartbeat_request request;
    struct arena arena;
    struct slice topic = slice_text(client->topic);
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    arena_init(&arena, 1 << 20);
    request.group_id = slice_text("g");
    request.member_id = slice_text(client->id);
    request.instance_id = slice_text(client->instance);
    request.subscribed_topic_names.items = &topic;
    request.subscribed_topic_names.count = client->topic ? 1 : 0;
    request.subscribed_topic_regex = slice_text(client->regex);
    request.server_assignor = slice_text(client->assignor);
    request.rebalance_timeout_ms = client->rebalance_ms;
    request.topic_partitions.count = 0;
    holding_finish(&client->held);
    client->must_tell = false;
    enum kc_err err = ask(story, client, &request, &arena);
    arena_finish(&arena);
    return err;
}

enum kc_err next_client_subscribe(struct next_story *story, struct next_client *client)
{
    struct consumer_group_heartbeat_request request;
    struct arena arena;
    struct slice topic = slice_text(client->topic);
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    arena_init(&arena, 1 << 20);
    request.group_id = slice_text("g");
    request.member_id = slice_text(client->id);
    request.member_epoch = client->epoch;
    request.subscribed_topic_names.items = &topic;
    request.subscribed_topic_names.count = client->topic ? 1 : 0;
    request.subscribed_topic_regex = slice_text(client->regex ? client->regex : "");
    enum kc_err err = ask(story, client, &request, &arena);
    arena_finish(&arena);
    return err;
}

enum kc_err next_client_claim(struct next_story *story, struct next_client *client, int32_t epoch,
                              bool owned)
{
    struct consumer_group_heartbeat_request request;
    struct arena arena;
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    arena_init(&arena, 1 << 20);
    request.group_id = slice_text("g");
    request.member_id = slice_text(client->id);
    request.member_epoch = epoch;
    request.instance_id = slice_text(client->instance);
    if (owned) {
        fill_owned(client, &request, &arena);
    }
    enum kc_err err = ask(story, client, &request, &arena);
    arena_finish(&arena);
    return err;
}

enum kc_err next_client_beat(struct next_story *story, struct next_client *client)
{
    bool tells = client->must_tell;
    client->must_tell = false;
    return next_client_claim(story, client, client->epoch, tells);
}

enum kc_err next_client_leave(struct next_story *story, struct next_client *client, int32_t epoch)
{
    return next_client_claim(story, client, epoch, false);
}

void next_story_wait(struct next_story *story)
{
    story->env.wall_ms += story->env.assignment_ms;
}

void next_story_settle(struct next_story *story, struct next_client *const *clients)
{
    for (int round = 0; round < 12; round++) {
        for (size_t i = 0; clients[i]; i++) {
            assert_int_equal(next_client_beat(story, clients[i]), KC_ERR_NONE);
        }
    }
    assert_string_equal(group_next_state_name(story->group->next), "Stable");
}

static bool has(const struct next_member *member, const struct holding_item *item)
{
    return holding_find(&member->assigned, &item->topic, item->partition) ||
           holding_find(&member->revoking, &item->topic, item->partition);
}

static void check_alone(const struct group_next *next, size_t owner, const struct holding *holding)
{
    for (size_t i = 0; i < holding->count; i++) {
        for (size_t j = 0; j < next->member_count; j++) {
            assert_true(j == owner || !has(next->members[j], &holding->items[i]));
        }
    }
}

void next_story_check(const struct next_story *story)
{
    struct group_next *next = story->group->next;
    size_t bytes = 0;
    for (size_t i = 0; i < next->member_count; i++) {
        assert_true(i == 0 || strcmp(next->members[i - 1]->id, next->members[i]->id) < 0);
        check_alone(next, i, &next->members[i]->assigned);
        check_alone(next, i, &next->members[i]->revoking);
        bytes += next_member_bytes(next->members[i]);
    }
    assert_int_equal(group_next_bytes(next), bytes);
}
