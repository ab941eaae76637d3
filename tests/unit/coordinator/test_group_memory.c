/* tests: a classic group when memory runs out: members that do as clients do, who try again, end up
 * in one generation, and the group can be stored and emptied. */
#include "coordinator/group_parts.h"
#include "support/heap.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS = 3, ROUNDS_MAX = 100, ID_SIZE = 128 };
enum stage { STAGE_OUT, STAGE_JOINING, STAGE_JOINED, STAGE_SYNCING, STAGE_IN };

struct member {
    struct group_answer answer;
    struct run *run;
    enum stage stage;
    char id[ID_SIZE];
    int32_t generation;
    bool is_leader;
    bool is_static;
    int assignment; /* -1: none */
};

struct run {
    struct group *group;
    struct group_env env;
    struct random random;
    struct member members[MEMBERS];
    int failures;
};

/* What a client takes for "once more". */
static void note_failure(struct run *run, enum kc_err err)
{
    assert_true(err == KC_ERR_COORDINATOR_NOT_AVAILABLE || err == KC_ERR_REBALANCE_IN_PROGRESS ||
                err == KC_ERR_UNKNOWN_MEMBER_ID || err == KC_ERR_ILLEGAL_GENERATION);
    if (err == KC_ERR_COORDINATOR_NOT_AVAILABLE) {
        assert_true(heap_failed());
        run->failures++;
    }
}

static void joined(struct group_answer *answer, void *message)
{
    const struct join_group_response *response = message;
    struct member *member = CONTAINER_OF(answer, struct member, answer);
    enum kc_err err = (enum kc_err)response->error_code;

    member->stage = err ? STAGE_OUT : STAGE_JOINED;
    if (err == KC_ERR_NONE || err == KC_ERR_MEMBER_ID_REQUIRED) {
        (void)snprintf(member->id, sizeof(member->id), "%.*s", SLICE_ARGS(response->member_id));
        member->generation = response->generation_id;
        member->is_leader = slice_is(response->leader, member->id);
        assert_true(err || !member->is_leader ||
                    response->members.count == member->run->group->member_count);
    } else {
        note_failure(member->run, err);
        if (err == KC_ERR_UNKNOWN_MEMBER_ID) {
            member->id[0] = 0;
        }
    }
}

static void synced(struct group_answer *answer, void *message)
{
    const struct sync_group_response *response = message;
    struct member *member = CONTAINER_OF(answer, struct member, answer);
    enum kc_err err = (enum kc_err)response->error_code;

    member->stage = err ? STAGE_OUT : STAGE_IN;
    if (err) {
        note_failure(member->run, err);
        return;
    }
    assert_int_equal(response->assignment.size, 1);
    member->assignment = response->assignment.data[0];
}

static void join(struct run *run, struct member *member)
{
    struct join_group_request request;
    struct join_group_request_join_group_request_protocol protocols[] = {
        { slice_text("range"), slice_text("metadata of range") },
        { slice_text("roundrobin"), slice_text("metadata of roundrobin") },
    };
    struct group_join asked = { .request = &request,
                                .client_id = slice_text("client"),
                                .client_host = slice_text("/127.0.0.1"),
                                .version = 5 };

    message_defaults(&join_group_request_type, &request);
    request.group_id = slice_text("group");
    request.session_timeout_ms = 30000;
    request.rebalance_timeout_ms = 5000;
    request.member_id = slice_text(member->id);
    request.group_instance_id = member->is_static ? slice_text("instance") : SLICE_NULL;
    request.protocol_type = slice_text("consumer");
    request.protocols.items = protocols;
    request.protocols.count = 2;
    member->stage = STAGE_JOINING;
    member->assignment = -1;
    member->answer.done = joined;
    group_join(run->group, &run->env, &asked, &member->answer);
}

static void sync_one(struct run *run, struct member *member)
{
    struct sync_group_request request;
    struct sync_group_request_sync_group_request_assignment items[MEMBERS];
    static const uint8_t numbers[MEMBERS] = { 0, 1, 2 };

    message_defaults(&sync_group_request_type, &request);
    request.group_id = slice_text("group");
    request.generation_id = member->generation;
    request.member_id = slice_text(member->id);
    request.group_instance_id = member->is_static ? slice_text("instance") : SLICE_NULL;
    for (int i = 0; member->is_leader && i < MEMBERS; i++) {
        items[i].member_id = slice_text(run->members[i].id);
        items[i].assignment = slice_of(&numbers[i], 1);
    }
    request.assignments.items = items;
    request.assignments.count = member->is_leader ? MEMBERS : 0;
    member->stage = STAGE_SYNCING;
    member->answer.done = synced;
    group_sync(run->group, &run->env, &request, &member->answer);
}

static void heartbeat(struct run *run, struct member *member)
{
    struct heartbeat_request request;

    message_defaults(&heartbeat_request_type, &request);
    request.generation_id = member->generation;
    request.member_id = slice_text(member->id);
    request.group_instance_id = member->is_static ? slice_text("instance") : SLICE_NULL;
    enum kc_err err = group_heartbeat(run->group, &run->env, &request);
    if (err) {
        note_failure(run, err);
        member->stage = STAGE_OUT;
    }
}

static bool all_are_in(const struct run *run)
{
    for (int i = 0; i < MEMBERS; i++) {
        const struct member *member = &run->members[i];
        if (member->stage != STAGE_IN || member->generation != run->group->generation) {
            return false;
        }
        assert_int_equal(member->assignment, i);
    }
    return run->group->state == GROUP_STABLE && run->group->member_count == MEMBERS;
}

static void gather(struct run *run)
{
    for (int round = 0; !all_are_in(run); round++) {
        assert_true(round < ROUNDS_MAX);
        for (int i = 0; i < MEMBERS; i++) {
            struct member *member = &run->members[i];
            switch (member->stage) {
            case STAGE_OUT:
                join(run, member);
                break;
            case STAGE_JOINED:
                sync_one(run, member);
                break;
            case STAGE_IN:
                heartbeat(run, member);
                break;
            case STAGE_JOINING:
            case STAGE_SYNCING:
                break;
            }
        }
        run->env.now_ms += 1000;
        run->env.wall_ms += 1000;
        group_tick(run->group, &run->env);
    }
}

static enum kc_err store(void *context, struct group *group, bool assignments)
{
    (void)context;
    (void)assignments;
    return group->id ? KC_ERR_NONE : KC_ERR_INVALID;
}

static enum kc_err group_body(void *context)
{
    struct run run = { .env = { .store = store,
                                .initial_rebalance_delay_ms = 3000,
                                .size_max = 100,
                                .bytes_left = SIZE_MAX / 2,
                                .now_ms = 1000,
                                .wall_ms = 1700000000000 } };

    (void)context;
    random_init(&run.random, 1);
    run.env.random = &run.random;
    run.group = group_create(slice_text("group"), 1);
    if (!run.group) {
        return KC_ERR_NO_MEMORY;
    }
    for (int i = 0; i < MEMBERS; i++) {
        run.members[i].run = &run;
        run.members[i].is_static = i == 1;
    }
    gather(&run);
    /* The static one has crashed and comes back under its name. */
    run.members[1].stage = STAGE_OUT;
    run.members[1].id[0] = 0;
    gather(&run);
    for (int i = 0; i < MEMBERS; i++) {
        struct slice instance = i == 1 ? slice_text("instance") : SLICE_NULL;
        assert_int_equal(group_leave(run.group, &run.env, slice_text(run.members[i].id), instance),
                         KC_ERR_NONE);
    }
    assert_int_equal(run.group->state, GROUP_EMPTY);
    assert_int_equal(run.group->member_count, 0);
    group_destroy(run.group);
    return run.failures ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
}

TEST(members_come_together)
{
    heap_each(group_body, NULL);
}
