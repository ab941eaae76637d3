/* handler: OffsetCommit, versions 2 to 10. 2 to 4: a retention of the client's own. 6: leader
 * epochs. 7: static members. 8: flexible. 10: topics by id. */
#include "coordinator/groups.h"
#include "handler/handlers.h"
#include "handler/topic_answers.h"

enum { COMMIT_TOPIC_ID_VERSION = 10 };

struct committing {
    struct call *call;
    struct offset_commit_response response;
    enum kc_err err;               /* of the request as a whole */
    int64_t expire_ms;             /* of all; 0: the broker's retention */
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

static bool take_partition(struct call *call, const struct image_topic *topic,
                           const void *wanted_partition, void *partition_answer)
{
    const struct offset_commit_request_offset_commit_request_partition *wanted = wanted_partition;
    struct offset_commit_response_offset_commit_response_partition *answer = partition_answer;
    struct committing *committing = call->context;
    enum kc_err err = committing->err ? committing->err : check_partition(call, topic, wanted);
    answer->partition_index = wanted->partition_index;
    answer->error_code = (int16_t)err;
    if (!err) {
        committing->offsets[committing->offset_count++] = (struct groups_offset){
            .topic = slice_text(topic->name),
            .partition = wanted->partition_index,
            .offset = wanted->committed_offset,
            .leader_epoch = wanted->committed_leader_epoch,
            .metadata = wanted->committed_metadata,
            .expire_ms = committing->expire_ms,
        };
    }
    return true;
}

/* When the offsets go, whatever the group does (Kafka before 2.1 knew no other way). */
static int64_t expire_ms(const struct call *call, const struct offset_commit_request *request)
{
    int64_t now_ms = clock_wall_ms(call->node->clock);
    int64_t retention_ms = request->retention_time_ms;
    return retention_ms < 0 || retention_ms > INT64_MAX - now_ms ? 0 : now_ms + retention_ms;
}

static void commit_answer(struct call *call)
{
    struct committing *committing = call->context;
    call_answer(call, &committing->response, NULL, NULL);
}

static void commit_done(struct groups_commit *commit, enum kc_err err)
{
    struct committing *committing = commit->context;
    topic_answers_blame(committing->call, &committing->response, err);
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
    static const struct topic_answers answers = { "name", "partitions", take_partition };
    const struct offset_commit_request *request = call->message;
    struct committing *committing = call_alloc(call, 1, sizeof(*committing));
    struct groups_offset *offsets =
        call_alloc(call, topic_answers_count(call, &answers), sizeof(*offsets));
    if (committing) {
        enum kc_err err = groups_check(call->node->groups, request->group_id);
        err = err ? err : groups_check_commit(call->node->groups, request, call->version);
        *committing = (struct committing){ .call = call, .err = err, .offsets = offsets };
        committing->expire_ms = expire_ms(call, request);
        message_defaults(&offset_commit_response_type, &committing->response);
        call->context = committing;
    }
    if (!committing || !offsets || !topic_answers_fill(call, &answers, &committing->response)) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call->cancel = commit_cancelled;
    committing->commit.done = commit_done;
    committing->commit.context = committing;
    groups_commit(call->node->groups, request->group_id, committing->offsets,
                  committing->offset_count, &committing->commit);
}
