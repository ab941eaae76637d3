/* tests: one classic group, told as a story. */
#include "story.h"

#include "support/test.h"

#include <stdio.h>

enum { SEATS_MAX = 16 };

static enum kc_err store(void *context, struct group *group, bool assignments)
{
    struct story *story = context;
    assert_ptr_equal(group, story->group);
    if (story->store_err) {
        return story->store_err;
    }
    story->stored++;
    story->stored_with_assignments += assignments;
    return KC_ERR_NONE;
}

void story_open(struct story *story, int32_t delay_ms)
{
    *story = (struct story){ .env = { .store = store,
                                      .initial_rebalance_delay_ms = delay_ms,
                                      .size_max = 100,
                                      .bytes_left = SIZE_MAX / 2,
                                      .now_ms = 1000,
                                      .wall_ms = 1700000000000 } };
    random_init(&story->random, 7);
    story->env.random = &story->random;
    story->env.context = story;
    story->group = group_create(slice_text("group"), 1);
    assert_non_null(story->group);
}

void story_close(struct story *story)
{
    size_t bytes = 0;
    LIST_EACH(link, &story->group->members)
    {
        const struct group_member *member = LIST_ITEM(link, struct group_member, link);
        bytes += member->assignment.size;
        for (int32_t i = 0; i < member->protocol_count; i++) {
            bytes += strlen(member->protocols[i].name) + member->protocols[i].metadata.size;
        }
    }
    assert_int_equal(group_bytes(story->group), bytes);
    group_fail_waiting(story->group, KC_ERR_NOT_COORDINATOR);
    group_destroy(story->group);
}

void seat_init(struct seat *seat)
{
    *seat = (struct seat){ .protocols = { "range" },
                           .topic = "t",
                           .version = 5,
                           .session_ms = 10000,
                           .rebalance_ms = 60000 };
}

static void take_text(char *place, struct slice text)
{
    (void)snprintf(place, STORY_TEXT_SIZE, "%.*s", SLICE_ARGS(text));
}

static void joined(struct group_answer *answer, void *message)
{
    const struct join_group_response *response = message;
    struct seat *seat = CONTAINER_OF(answer, struct seat, answer);
    assert_false(seat->is_answered);
    assert_null(answer->place);
    seat->is_answered = true;
    seat->err = (enum kc_err)response->error_code;
    if (seat->err == KC_ERR_NONE || seat->err == KC_ERR_MEMBER_ID_REQUIRED) {
        take_text(seat->id, response->member_id);
    }
    if (seat->err == KC_ERR_NONE) {
        seat->generation = response->generation_id;
        seat->leads = slice_is(response->leader, seat->id);
        seat->skips = response->skip_assignment;
        seat->member_count = response->members.count;
        take_text(seat->protocol, response->protocol_name);
    }
}

static void synced(struct group_answer *answer, void *message)
{
    const struct sync_group_response *response = message;
    struct seat *seat = CONTAINER_OF(answer, struct seat, answer);
    assert_false(seat->is_answered);
    seat->is_answered = true;
    seat->err = (enum kc_err)response->error_code;
    take_text(seat->assignment, response->assignment);
}

void seat_join_once(struct story *story, struct seat *seat)
{
    struct join_group_request request;
    struct join_group_request_join_group_request_protocol protocols[4];
    char metadata[4][STORY_TEXT_SIZE];
    struct group_join asked = { .request = &request,
                                .client_id = slice_text("client"),
                                .client_host = slice_text("/127.0.0.1"),
                                .version = seat->version };
    message_defaults(&join_group_request_type, &request);
    request.group_id = slice_text("group");
    request.session_timeout_ms = seat->session_ms;
    request.rebalance_timeout_ms = seat->rebalance_ms;
    request.member_id = slice_text(seat->id);
    request.group_instance_id = slice_text(seat->instance);
    request.protocol_type = slice_text("consumer");
    request.protocols.items = protocols;
    request.protocols.count = 0;
    for (int i = 0; i < 4 && seat->protocols[i]; i++) {
        (void)snprintf(metadata[i], STORY_TEXT_SIZE, "%s of %s", seat->protocols[i], seat->topic);
        protocols[i].name = slice_text(seat->protocols[i]);
        protocols[i].metadata = slice_text(metadata[i]);
        request.protocols.count++;
    }
    seat->is_answered = false;
    seat->answer.done = joined;
    group_join(story->group, &story->env, &asked, &seat->answer);
}

void seat_join(struct story *story, struct seat *seat)
{
    seat_join_once(story, seat);
    if (seat->is_answered && seat->err == KC_ERR_MEMBER_ID_REQUIRED) {
        seat_join_once(story, seat);
    }
}

void seat_sync(struct story *story, struct seat *seat, struct seat *const *seats)
{
    struct sync_group_request request;
    struct sync_group_request_sync_group_request_assignment items[SEATS_MAX];
    char texts[SEATS_MAX][STORY_TEXT_SIZE + 8];
    message_defaults(&sync_group_request_type, &request);
    request.group_id = slice_text("group");
    request.generation_id = seat->generation;
    request.member_id = slice_text(seat->id);
    request.group_instance_id = slice_text(seat->instance);
    request.protocol_type = slice_text("consumer");
    request.protocol_name = slice_text(seat->protocol);
    request.assignments.items = items;
    request.assignments.count = 0;
    for (int i = 0; seats && seats[i]; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "for %s", seats[i]->id);
        items[i].member_id = slice_text(seats[i]->id);
        items[i].assignment = slice_text(texts[i]);
        request.assignments.count++;
    }
    seat->is_answered = false;
    seat->answer.done = synced;
    group_sync(story->group, &story->env, &request, &seat->answer);
}

void seat_follow(struct story *story, struct seat *seat)
{
    seat_sync(story, seat, NULL);
}

enum kc_err seat_heartbeat(struct story *story, struct seat *seat)
{
    struct heartbeat_request request;
    message_defaults(&heartbeat_request_type, &request);
    request.generation_id = seat->generation;
    request.member_id = slice_text(seat->id);
    request.group_instance_id = slice_text(seat->instance);
    return group_heartbeat(story->group, &story->env, &request);
}

enum kc_err seat_leave(struct story *story, struct seat *seat)
{
    return group_leave(story->group, &story->env, slice_text(seat->id), slice_text(seat->instance));
}

enum kc_err seat_commit(struct story *story, const struct seat *seat, int32_t generation)
{
    struct offset_commit_request request;
    message_defaults(&offset_commit_request_type, &request);
    request.group_id = slice_text("group");
    request.generation_id_or_member_epoch = generation;
    request.member_id = slice_text(seat ? seat->id : "");
    request.group_instance_id = slice_text(seat ? seat->instance : NULL);
    return group_check_commit(story->group, &story->env, &request);
}

void story_pass(struct story *story, int64_t ms)
{
    int64_t end_ms = story->env.now_ms + ms;
    int64_t due_ms;
    while ((due_ms = group_due_ms(story->group)) <= end_ms) {
        int64_t step_ms = due_ms > story->env.now_ms ? due_ms - story->env.now_ms : 0;
        story->env.now_ms += step_ms;
        story->env.wall_ms += step_ms;
        group_tick(story->group, &story->env);
        /* A tick that leaves its own deadline would be called for ever. */
        assert_true(group_due_ms(story->group) > story->env.now_ms);
    }
    story->env.wall_ms += end_ms - story->env.now_ms;
    story->env.now_ms = end_ms;
}

void story_gather(struct story *story, struct seat *const *seats)
{
    struct seat *leader = NULL;
    for (int i = 0; seats[i]; i++) {
        seat_join(story, seats[i]);
        for (int j = 0; j < i; j++) { /* those already there are called back */
            if (seats[j]->is_answered) {
                seat_join(story, seats[j]);
            }
        }
    }
    story_pass(story, story->env.initial_rebalance_delay_ms);
    for (int i = 0; seats[i]; i++) {
        assert_true(seats[i]->is_answered);
        assert_int_equal(seats[i]->err, KC_ERR_NONE);
        assert_int_equal(seats[i]->generation, story->group->generation);
        leader = seats[i]->leads ? seats[i] : leader;
    }
    assert_non_null(leader);
    seat_sync(story, leader, seats);
    for (int i = 0; seats[i]; i++) {
        if (seats[i] != leader) {
            seat_follow(story, seats[i]);
        }
        assert_int_equal(seats[i]->err, KC_ERR_NONE);
    }
    assert_int_equal(story->group->state, GROUP_STABLE);
}
