/* handler: OffsetDelete, version 0 (KIP-496). A topic that a member subscribes to keeps its
 * offsets. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

struct deleting {
    struct call *call;
    struct offset_delete_response response;
    struct groups_commit commit;
};

static void delete_answer(struct call *call)
{
    struct deleting *deleting = call->context;
    call_answer(call, &deleting->response, NULL, NULL);
}

static void delete_done(struct groups_commit *commit, enum kc_err err)
{
    struct deleting *deleting = commit->context;
    if (err) {
        deleting->response.error_code = (int16_t)err;
        deleting->response.topics.count = 0;
    }
    if (commit->target > 0) {
        call_later(deleting->call, delete_answer);
    } else {
        delete_answer(deleting->call);
    }
}

static void delete_cancelled(struct call *call)
{
    struct deleting *deleting = call->context;
    groups_commit_end(&deleting->commit);
    call_drop(call);
}

/* The group's own state decides whether anything may go. */
static enum kc_err check_group(const struct call *call, struct slice group_id,
                               struct group **ret_group)
{
    enum kc_err err = groups_check(call->node->groups, group_id);
    struct group *group = err ? NULL : groups_find(call->node->groups, group_id);
    if (err) {
        return err;
    }
    if (!group) {
        return KC_ERR_GROUP_ID_NOT_FOUND;
    }
    bool is_consumer =
        group->next || (group->protocol_type && strcmp(group->protocol_type, "consumer") == 0);
    if (group->state != GROUP_EMPTY && !is_consumer) {
        return KC_ERR_NON_EMPTY_GROUP;
    }
    *ret_group = group;
    return KC_ERR_NONE;
}

static bool take_topic(struct deleting *deleting, const struct group *group,
                       const struct offset_delete_request_offset_delete_request_topic *wanted,
                       struct offset_delete_response_offset_delete_response_topic *answer,
                       struct groups_offset *offsets, size_t *offset_count)
{
    bool is_used = group->next ? group_next_subscribes(group->next, wanted->name)
                               : group_subscribes(group, wanted->name);
    const struct image_topic *topic = image_topic(deleting->call->node->image, wanted->name);
    answer->name = wanted->name;
    answer->partitions.items = call_alloc(deleting->call, (size_t)wanted->partitions.count,
                                          sizeof(*answer->partitions.items));
    answer->partitions.count = wanted->partitions.count;
    for (int32_t i = 0; answer->partitions.items && i < wanted->partitions.count; i++) {
        int32_t index = wanted->partitions.items[i].partition_index;
        enum kc_err err = is_used ? KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC : KC_ERR_NONE;
        if (!err && !image_partition(topic, index) &&
            !groups_offset_of(group, wanted->name, index)) {
            err = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        }
        answer->partitions.items[i].partition_index = index;
        answer->partitions.items[i].error_code = (int16_t)err;
        if (!err) {
            offsets[(*offset_count)++] =
                (struct groups_offset){ .topic = wanted->name, .partition = index };
        }
    }
    return answer->partitions.items != NULL;
}

void handle_offset_delete(struct call *call)
{
    const struct offset_delete_request *request = call->message;
    struct deleting *deleting = call_alloc(call, 1, sizeof(*deleting));
    struct group *group = NULL;
    size_t partitions = 0;
    size_t offset_count = 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        partitions += (size_t)request->topics.items[i].partitions.count;
    }
    struct groups_offset *offsets = call_alloc(call, partitions, sizeof(*offsets));
    bool good = deleting && offsets;
    enum kc_err err = check_group(call, request->group_id, &group);
    if (good) {
        message_defaults(&offset_delete_response_type, &deleting->response);
        deleting->call = call;
        deleting->response.error_code = (int16_t)err;
        deleting->response.topics.count = err ? 0 : request->topics.count;
        deleting->response.topics.items = call_alloc(call, (size_t)request->topics.count,
                                                     sizeof(*deleting->response.topics.items));
        good = deleting->response.topics.items != NULL;
    }
    for (int32_t i = 0; good && !err && i < request->topics.count; i++) {
        good = take_topic(deleting, group, &request->topics.items[i],
                          &deleting->response.topics.items[i], offsets, &offset_count);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    if (err) {
        call_answer(call, &deleting->response, NULL, NULL);
        return;
    }
    call->cancel = delete_cancelled;
    call->context = deleting;
    deleting->commit.done = delete_done;
    deleting->commit.context = deleting;
    groups_forget(call->node->groups, group, offsets, offset_count, &deleting->commit);
}
