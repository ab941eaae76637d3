/* handler: OffsetCommit, versions 2 to 10. 6: leader epochs. 7: static members. 8: flexible. 10:
 * topics by id. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

enum { COMMIT_TOPIC_ID_VERSION = 10 };

struct committing {
    struct call *call;
    struct offset_commit_response response;
    struct groups_offset *offsets; /* those that may be committed */
    size_t offset_count;
    struct groups_commit commit;
};

static enum kc_err
check_partition(const struct call *call, const struct image_topic *topic,
                const struct offset_commit_request_offset_commit_request_partition *wanted)
{
    if (!topic) {
        return call->version >= COMMIT_TOPIC_ID_VERSION ? KC_ERR_UNKNOWN_TOPIC_ID
                                                        : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (!image_partition(topic, wanted->partition_index)) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (wanted->committed_metadata.size > (size_t)groups_offset_metadata_max(call->node->groups)) {
        return KC_ERR_OFFSET_METADATA_TOO_LARGE;
    }
    return KC_ERR_NONE;
}

static bool take_topic(struct committing *committing,
                       const struct offset_commit_request_offset_commit_request_topic *wanted,
                       enum kc_err err,
                       struct offset_commit_response_offset_commit_response_topic *answer)
{
    struct call *call = committing->call;
    const struct image_topic *topic = call->version >= COMMIT_TOPIC_ID_VERSION
                                          ? image_topic_by_id(call->node->image, &wanted->topic_id)
                                          : image_topic(call->node->image, wanted->name);
    answer->name = wanted->name;
    answer->topic_id = wanted->topic_id;
    answer->partitions.items =
        call_alloc(call, (size_t)wanted->partitions.count, sizeof(*answer->partitions.items));
    answer->partitions.count = wanted->partitions.count;
    for (int32_t i = 0; answer->partitions.items && i < wanted->partitions.count; i++) {
        enum kc_err own = err ? err : check_partition(call, topic, &wanted->partitions.items[i]);
        answer->partitions.items[i].partition_index = wanted->partitions.items[i].partition_index;
        answer->partitions.items[i].error_code = (int16_t)own;
        if (!own) {
            committing->offsets[committing->offset_count++] = (struct groups_offset){
                .topic = slice_text(topic->name),
                .partition = wanted->partitions.items[i].partition_index,
                .offset = wanted->partitions.items[i].committed_offset,
                .leader_epoch = wanted->partitions.items[i].committed_leader_epoch,
                .metadata = wanted->partitions.items[i].committed_metadata,
            };
        }
    }
    return answer->partitions.items != NULL;
}

static void commit_answer(struct call *call)
{
    struct committing *committing = call->context;
    call_answer(call, &committing->response, NULL, NULL);
}

static void commit_done(struct groups_commit *commit, enum kc_err err)
{
    struct committing *committing = commit->context;
    struct offset_commit_response *response = &committing->response;
    for (int32_t i = 0; err && i < response->topics.count; i++) {
        for (int32_t j = 0; j < response->topics.items[i].partitions.count; j++) {
            if (!response->topics.items[i].partitions.items[j].error_code) {
                response->topics.items[i].partitions.items[j].error_code = (int16_t)err;
            }
        }
    }
    if (commit->target > 0) {
        call_later(committing->call, commit_answer);
    } else {
        commit_answer(committing->call);
    }
}

static void commit_cancelled(struct call *call)
{
    struct committing *committing = call->context;
    groups_commit_end(&committing->commit);
    call_drop(call);
}

void handle_offset_commit(struct call *call)
{
    const struct offset_commit_request *request = call->message;
    struct committing *committing = call_alloc(call, 1, sizeof(*committing));
    size_t partitions = 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        partitions += (size_t)request->topics.items[i].partitions.count;
    }
    bool good = committing != NULL;
    if (good) {
        committing->call = call;
        message_defaults(&offset_commit_response_type, &committing->response);
        committing->offsets = call_alloc(call, partitions, sizeof(*committing->offsets));
        committing->response.topics.items = call_alloc(call, (size_t)request->topics.count,
                                                       sizeof(*committing->response.topics.items));
        committing->response.topics.count = request->topics.count;
        good = committing->offsets && committing->response.topics.items;
    }
    enum kc_err err = groups_check(call->node->groups, request->group_id);
    err = err ? err : groups_check_commit(call->node->groups, request, call->version);
    for (int32_t i = 0; good && i < request->topics.count; i++) {
        good = take_topic(committing, &request->topics.items[i], err,
                          &committing->response.topics.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call->cancel = commit_cancelled;
    call->context = committing;
    committing->commit.done = commit_done;
    committing->commit.context = committing;
    groups_commit(call->node->groups, request->group_id, committing->offsets,
                  committing->offset_count, &committing->commit);
}
