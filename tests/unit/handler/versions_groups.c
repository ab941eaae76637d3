/* tests: the APIs of groups in every version: each builds the group it needs in the newest version
 * of the others, asks, and asks again about a group that is not there. */
#include "versions.h"

#include "support/test.h"

#include <string.h>

enum { JOIN = 11, HEARTBEAT = 12, LEAVE = 13, SYNC = 14 };

static struct slice group_of(struct versions *v)
{
    return slice_text(v->group);
}

/* Joins alone and syncs; the member id is put into member_id (128 bytes). Returns the generation.
 */
static int32_t join(struct versions *v, int16_t version, char *member_id)
{
    struct join_group_request_join_group_request_protocol protocol = {
        slice_text("range"), slice_of("\0\1\0\0\0\1\0\5there\377\377\377\377\0\0\0\0", 21)
    };
    struct join_group_request request;
    struct join_group_response response;
    message_defaults(&join_group_request_type, &request);
    request.group_id = group_of(v);
    request.session_timeout_ms = 30000;
    request.rebalance_timeout_ms = version >= 1 ? 30000 : -1;
    request.protocol_type = slice_text("consumer");
    request.protocols.items = &protocol;
    request.protocols.count = 1;
    line_ask(&v->line, JOIN, version, &request, &response);
    if (version >= 4) {
        assert_int_equal(response.error_code, KC_ERR_MEMBER_ID_REQUIRED);
        assert_true(response.member_id.size < 128);
        (void)memcpy(member_id, response.member_id.data, response.member_id.size);
        request.member_id = slice_of(member_id, response.member_id.size);
        line_ask(&v->line, JOIN, version, &request, &response);
    }
    assert_int_equal(response.error_code, 0);
    assert_true(slice_is(response.protocol_name, "range"));
    assert_true(slice_equal(response.leader, response.member_id));
    assert_int_equal(response.members.count, 1);
    assert_int_equal(response.members.items[0].metadata.size, 21);
    (void)memcpy(member_id, response.member_id.data, response.member_id.size);
    member_id[response.member_id.size] = 0;
    return response.generation_id;
}

static void sync(struct versions *v, int16_t version, const char *member_id, int32_t generation)
{
    struct sync_group_request_sync_group_request_assignment assignment = { slice_text(member_id),
                                                                           slice_text("yours") };
    struct sync_group_request request;
    struct sync_group_response response;
    message_defaults(&sync_group_request_type, &request);
    request.group_id = group_of(v);
    request.generation_id = generation;
    request.member_id = slice_text(member_id);
    request.protocol_type = version >= 5 ? slice_text("consumer") : SLICE_NULL;
    request.protocol_name = version >= 5 ? slice_text("range") : SLICE_NULL;
    request.assignments.items = &assignment;
    request.assignments.count = 1;
    line_ask(&v->line, SYNC, version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_true(slice_is(response.assignment, "yours"));
    if (version >= 5) {
        assert_true(slice_is(response.protocol_type, "consumer"));
        assert_true(slice_is(response.protocol_name, "range"));
    }
}

static void ask_join(struct versions *v)
{
    struct join_group_request request;
    struct join_group_response response;
    char member_id[128];
    (void)join(v, v->version, member_id);
    message_defaults(&join_group_request_type, &request);
    request.group_id = group_of(v);
    request.session_timeout_ms = 30000;
    line_ask(&v->line, JOIN, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_INCONSISTENT_GROUP_PROTOCOL);
    request.session_timeout_ms = 1;
    line_ask(&v->line, JOIN, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_INVALID_SESSION_TIMEOUT);
    request.session_timeout_ms = 30000;
    request.group_id = slice_text("nobody");
    request.member_id = slice_text("stranger");
    line_ask(&v->line, JOIN, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_UNKNOWN_MEMBER_ID);
    request.group_id = SLICE_EMPTY;
    line_ask(&v->line, JOIN, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_INVALID_GROUP_ID);
}

static void ask_sync(struct versions *v)
{
    struct sync_group_request request;
    struct sync_group_response response;
    char member_id[128];
    int32_t generation = join(v, 9, member_id);
    sync(v, v->version, member_id, generation);
    message_defaults(&sync_group_request_type, &request);
    request.group_id = group_of(v);
    request.member_id = slice_text("stranger");
    line_ask(&v->line, SYNC, v->version, &request, &response);
    /* From version 5 on the protocol must be named. */
    assert_int_equal(response.error_code, v->version >= 5 ? KC_ERR_INCONSISTENT_GROUP_PROTOCOL
                                                          : KC_ERR_UNKNOWN_MEMBER_ID);
    request.group_id = slice_text("nobody");
    request.protocol_type = v->version >= 5 ? slice_text("consumer") : SLICE_NULL;
    request.protocol_name = v->version >= 5 ? slice_text("range") : SLICE_NULL;
    line_ask(&v->line, SYNC, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_UNKNOWN_MEMBER_ID);
}

static void ask_heartbeat(struct versions *v)
{
    struct heartbeat_request request;
    struct heartbeat_response response;
    char member_id[128];
    int32_t generation = join(v, 9, member_id);
    sync(v, 5, member_id, generation);
    message_defaults(&heartbeat_request_type, &request);
    request.group_id = group_of(v);
    request.member_id = slice_text(member_id);
    request.generation_id = generation;
    line_ask(&v->line, HEARTBEAT, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    request.generation_id = generation + 1;
    line_ask(&v->line, HEARTBEAT, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_ILLEGAL_GENERATION);
    request.group_id = slice_text("nobody");
    line_ask(&v->line, HEARTBEAT, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_UNKNOWN_MEMBER_ID);
}

static void ask_leave(struct versions *v)
{
    struct leave_group_request_member_identity members[2];
    struct leave_group_request request;
    struct leave_group_response response;
    char member_id[128];
    (void)join(v, 9, member_id);
    message_defaults(&leave_group_request_type, &request);
    request.group_id = group_of(v);
    if (v->version < 3) {
        request.member_id = slice_text(member_id);
        line_ask(&v->line, LEAVE, v->version, &request, &response);
        assert_int_equal(response.error_code, 0);
        line_ask(&v->line, LEAVE, v->version, &request, &response);
        assert_int_equal(response.error_code, KC_ERR_UNKNOWN_MEMBER_ID);
        return;
    }
    for (int i = 0; i < 2; i++) {
        message_defaults(&leave_group_request_member_identity_type, &members[i]);
        members[i].member_id = slice_text(member_id);
    }
    members[0].reason = v->version >= 5 ? slice_text("done") : SLICE_NULL;
    request.members.items = members;
    request.members.count = 2;
    line_ask(&v->line, LEAVE, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.members.count, 2);
    assert_int_equal(response.members.items[0].error_code, 0);
    assert_int_equal(response.members.items[1].error_code, KC_ERR_UNKNOWN_MEMBER_ID);
}

/* Commits as a consumer without group membership: partitions there/1, there/99 and nowhere/0. */
static void commit(struct versions *v, int16_t version)
{
    struct offset_commit_request_offset_commit_request_partition here[2];
    struct offset_commit_request_offset_commit_request_topic topics[] = {
        { slice_text("there"), v->there, { here, 2 } },
        { slice_text("nowhere"), v->nowhere, { here, 1 } },
    };
    struct offset_commit_request request;
    struct offset_commit_response response;
    message_defaults(&offset_commit_request_type, &request);
    for (int i = 0; i < 2; i++) {
        message_defaults(&offset_commit_request_offset_commit_request_partition_type, &here[i]);
        here[i].partition_index = i == 0 ? 1 : 99;
        here[i].committed_offset = 42;
        here[i].committed_metadata = i == 0 ? slice_text("note") : SLICE_NULL;
        here[i].committed_leader_epoch = version >= 6 ? 3 : -1;
    }
    request.group_id = group_of(v);
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(&v->line, 8, version, &request, &response);
    assert_int_equal(response.topics.count, 2);
    assert_int_equal(response.topics.items[0].partitions.items[0].error_code, 0);
    assert_int_equal(response.topics.items[0].partitions.items[1].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.topics.items[1].partitions.items[0].error_code,
                     version >= 10 ? KC_ERR_UNKNOWN_TOPIC_ID : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

static void ask_commit(struct versions *v)
{
    commit(v, v->version);
    struct offset_commit_request_offset_commit_request_partition partition;
    struct offset_commit_request_offset_commit_request_topic topic = { slice_text("there"),
                                                                       v->there,
                                                                       { &partition, 1 } };
    struct offset_commit_request request;
    struct offset_commit_response response;
    message_defaults(&offset_commit_request_type, &request);
    message_defaults(&offset_commit_request_offset_commit_request_partition_type, &partition);
    request.group_id = slice_text("nobody");
    request.member_id = slice_text("stranger");
    request.generation_id_or_member_epoch = 4;
    request.topics.items = &topic;
    request.topics.count = 1;
    line_ask(&v->line, 8, v->version, &request, &response);
    assert_int_equal(response.topics.items[0].partitions.items[0].error_code,
                     KC_ERR_ILLEGAL_GENERATION);
}

static void fetch_old(struct versions *v, bool all)
{
    int32_t indexes[] = { 0, 1 };
    struct offset_fetch_request_offset_fetch_request_topic topics[] = {
        { slice_text("there"), { indexes, 2 } }, { slice_text("nowhere"), { indexes, 1 } }
    };
    struct offset_fetch_request request;
    struct offset_fetch_response response;
    message_defaults(&offset_fetch_request_type, &request);
    request.group_id = group_of(v);
    request.topics.items = topics;
    request.topics.count = all ? -1 : 2;
    request.require_stable = v->version >= 7;
    line_ask(&v->line, 9, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.topics.count, all ? 1 : 2);
    const struct offset_fetch_response_offset_fetch_response_partition *last =
        &response.topics.items[0].partitions.items[all ? 0 : 1];
    assert_int_equal(last->partition_index, 1);
    assert_int_equal(last->committed_offset, 42);
    assert_true(slice_is(last->metadata, "note"));
    assert_int_equal(last->committed_leader_epoch, v->version >= 5 ? 3 : -1);
    if (!all) {
        assert_int_equal(response.topics.items[0].partitions.items[0].committed_offset, -1);
        assert_int_equal(response.topics.items[1].partitions.items[0].committed_offset, -1);
        assert_int_equal(response.topics.items[1].partitions.items[0].error_code, 0);
    }
    request.group_id = slice_text("nobody");
    line_ask(&v->line, 9, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.topics.count, all ? 0 : 2);
}

static void fetch_new(struct versions *v)
{
    int32_t indexes[] = { 0, 1 };
    struct offset_fetch_request_offset_fetch_request_topics topics[] = {
        { slice_text("there"), v->there, { indexes, 2 } },
        { slice_text("nowhere"), v->nowhere, { indexes, 1 } },
    };
    struct offset_fetch_request_offset_fetch_request_group groups[3];
    struct offset_fetch_request request;
    struct offset_fetch_response response;
    message_defaults(&offset_fetch_request_type, &request);
    for (int i = 0; i < 3; i++) {
        message_defaults(&offset_fetch_request_offset_fetch_request_group_type, &groups[i]);
        groups[i].group_id = i == 2 ? slice_text("nobody") : group_of(v);
        groups[i].topics.items = topics;
        groups[i].topics.count = i == 0 ? 2 : -1;
    }
    request.groups.items = groups;
    request.groups.count = 3;
    line_ask(&v->line, 9, v->version, &request, &response);
    assert_int_equal(response.groups.count, 3);
    assert_int_equal(response.groups.items[0].topics.count, 2);
    assert_int_equal(response.groups.items[0].topics.items[0].partitions.items[1].committed_offset,
                     42);
    assert_int_equal(response.groups.items[0].topics.items[1].partitions.items[0].error_code,
                     v->version >= 10 ? KC_ERR_UNKNOWN_TOPIC_ID : 0);
    assert_int_equal(response.groups.items[1].topics.count, 1);
    assert_int_equal(response.groups.items[1].topics.items[0].partitions.items[0].committed_offset,
                     42);
    assert_int_equal(response.groups.items[2].topics.count, 0);
    assert_int_equal(response.groups.items[2].error_code, 0);
}

static void ask_offset_fetch(struct versions *v)
{
    commit(v, 10);
    if (v->version >= 8) {
        fetch_new(v);
        return;
    }
    fetch_old(v, false);
    if (v->version >= 2) {
        fetch_old(v, true);
    }
}

static void ask_describe(struct versions *v)
{
    char member_id[128];
    struct slice names[] = { group_of(v), slice_text("nobody") };
    struct describe_groups_request request;
    struct describe_groups_response response;
    int32_t generation = join(v, 9, member_id);
    sync(v, 5, member_id, generation);
    message_defaults(&describe_groups_request_type, &request);
    request.groups.items = names;
    request.groups.count = 2;
    request.include_authorized_operations = v->version >= 3;
    line_ask(&v->line, 15, v->version, &request, &response);
    assert_int_equal(response.groups.count, 2);
    assert_true(slice_is(response.groups.items[0].group_state, "Stable"));
    assert_true(slice_is(response.groups.items[0].protocol_data, "range"));
    assert_int_equal(response.groups.items[0].members.count, 1);
    assert_true(slice_is(response.groups.items[0].members.items[0].client_host, "/127.0.0.1"));
    assert_true(slice_is(response.groups.items[0].members.items[0].member_assignment, "yours"));
    assert_true(slice_is(response.groups.items[1].group_state, "Dead"));
    assert_int_equal(response.groups.items[1].error_code,
                     v->version >= 6 ? KC_ERR_GROUP_ID_NOT_FOUND : 0);
}

static void ask_list(struct versions *v)
{
    struct slice states[] = { slice_text("empty") };
    struct slice types[] = { slice_text("Classic") };
    struct list_groups_request request;
    struct list_groups_response response;
    bool found = false;
    commit(v, 10);
    message_defaults(&list_groups_request_type, &request);
    request.states_filter.items = states;
    request.states_filter.count = v->version >= 4;
    request.types_filter.items = types;
    request.types_filter.count = v->version >= 5;
    line_ask(&v->line, 16, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    for (int32_t i = 0; i < response.groups.count; i++) {
        found = found || slice_equal(response.groups.items[i].group_id, group_of(v));
        if (v->version >= 4) {
            assert_true(slice_is(response.groups.items[i].group_state, "Empty"));
        }
    }
    assert_true(found);
}

static void ask_delete(struct versions *v)
{
    struct slice names[] = { group_of(v), slice_text("nobody"), SLICE_EMPTY };
    struct delete_groups_request request;
    struct delete_groups_response response;
    commit(v, 10);
    message_defaults(&delete_groups_request_type, &request);
    request.groups_names.items = names;
    request.groups_names.count = 2;
    line_ask(&v->line, 42, v->version, &request, &response);
    assert_int_equal(response.results.count, 2);
    assert_int_equal(response.results.items[0].error_code, 0);
    assert_int_equal(response.results.items[1].error_code, KC_ERR_GROUP_ID_NOT_FOUND);
}

static void ask_offset_delete(struct versions *v)
{
    struct offset_delete_request_offset_delete_request_partition partitions[] = { { 1 }, { 99 } };
    struct offset_delete_request_offset_delete_request_topic topics[] = {
        { slice_text("there"), { partitions, 2 } }, { slice_text("nowhere"), { partitions, 1 } }
    };
    struct offset_delete_request request;
    struct offset_delete_response response;
    commit(v, 10);
    message_defaults(&offset_delete_request_type, &request);
    request.group_id = group_of(v);
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(&v->line, 47, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.topics.items[0].partitions.items[0].error_code, 0);
    assert_int_equal(response.topics.items[0].partitions.items[1].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.topics.items[1].partitions.items[0].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    request.group_id = slice_text("nobody");
    line_ask(&v->line, 47, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_GROUP_ID_NOT_FOUND);
}

const struct versions_row versions_of_groups[] = {
    { 8, ask_commit },    { 9, ask_offset_fetch },
    { JOIN, ask_join },   { HEARTBEAT, ask_heartbeat },
    { LEAVE, ask_leave }, { SYNC, ask_sync },
    { 15, ask_describe }, { 16, ask_list },
    { 42, ask_delete },   { 47, ask_offset_delete },
    { -1, NULL },
};
