/* handler: TxnOffsetCommit, versions 0 to 5. 2: leader epochs. 3: flexible, member and generation
 * (KIP-447). 4: TRANSACTION_ABORTABLE. 5: the partition of __consumer_offsets is added to the
 * transaction here (KIP-890). */
#include "handler/handlers.h"
#include "handler/internal_topics.h"
#include "handler/topic_answers.h"
#include "handler/txn_wait.h"

enum { ABORTABLE_VERSION = 4, IMPLICIT_VERSION = 5 };

struct txn_committing {
    struct txn_wait wait;
    struct call *call;
    struct transactions_partition partition; /* of __consumer_offsets */
    struct txn_offset_commit_response response;
    struct groups_offset *offsets; /* those that may be committed */
    size_t offset_count;
    struct groups_commit commit;
};

static void answer(struct call *call)
{
    struct txn_committing *committing = call->parked;
    call_answer(call, &committing->response, NULL, NULL);
}

static void tell_all(struct txn_committing *committing, enum kc_err err)
{
    topic_answers_blame(committing->call, &committing->response,
                        err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err);
}

static void refuse(struct txn_committing *committing, enum kc_err err)
{
    tell_all(committing, err);
    answer(committing->call);
}

/* ---- committing ---- */

static void stored(struct groups_commit *commit, enum kc_err err)
{
    struct txn_committing *committing = commit->context;
    tell_all(committing, err);
    if (commit->target > 0) {
        call_later(committing->call, answer);
    } else {
        answer(committing->call);
    }
}

static void store_cancelled(struct call *call)
{
    struct txn_committing *committing = call->parked;
    groups_commit_end(&committing->commit);
    call_drop(call);
}

static void store(struct txn_committing *committing)
{
    struct call *call = committing->call;
    const struct txn_offset_commit_request *request = call->message;
    const struct groups_txn txn = { request->producer_id, request->producer_epoch };
    enum kc_err err = groups_check_named(call->node->groups, request->group_id);
    err = err ? err : groups_check_txn_commit(call->node->groups, request);
    if (err) {
        refuse(committing, err);
        return;
    }
    call->cancel = store_cancelled;
    committing->commit.done = stored;
    committing->commit.context = committing;
    groups_commit_txn(call->node->groups, request->group_id, &txn, committing->offsets,
                      committing->offset_count, &committing->commit);
}

/* ---- the transaction ---- */

static enum kc_err verify(struct txn_committing *committing)
{
    const struct call *call = committing->call;
    const struct txn_offset_commit_request *request = call->message;
    const struct txn_claim claim = { request->producer_id, request->producer_epoch };
    transactions_verify(call->node->transactions, request->transactional_id, &claim,
                        &committing->partition, 1);
    return txn_verify_error(committing->partition.err, call->version >= ABORTABLE_VERSION,
                            call->version >= IMPLICIT_VERSION, KC_ERR_COORDINATOR_NOT_AVAILABLE);
}

/* Looked at once more: the transaction may have ended while this one waited. */
static void added(struct txn_wait *wait)
{
    struct txn_committing *committing = CONTAINER_OF(wait, struct txn_committing, wait);
    enum kc_err err =
        wait->err ? txn_verify_error(wait->err, true, true, KC_ERR_COORDINATOR_NOT_AVAILABLE)
                  : verify(committing);
    if (err) {
        refuse(committing, err);
    } else {
        store(committing);
    }
}

static void begin(struct txn_committing *committing)
{
    struct call *call = committing->call;
    const struct txn_offset_commit_request *request = call->message;
    const struct txn_claim claim = { request->producer_id, request->producer_epoch };
    const struct partition *partition = groups_partition(call->node->groups, request->group_id);
    enum kc_err err = internal_topic_ensure(call->node, INTERNAL_TOPIC_OFFSETS);
    err = err ? err : groups_check_named(call->node->groups, request->group_id);
    if (err) {
        refuse(committing, err);
        return;
    }
    committing->partition =
        (struct transactions_partition){ .topic = partition->topic, .index = partition->index };
    if (producers_is_open(log_producers(partition->log), request->producer_id,
                          request->producer_epoch)) {
        store(committing);
    } else if (call->version >= IMPLICIT_VERSION) {
        txn_wait_init(&committing->wait, call, added);
        transactions_add(call->node->transactions, request->transactional_id, &claim, 2,
                         &committing->partition, 1, &committing->wait.answer);
    } else {
        err = call->node->settings.verify_transactions ? verify(committing) : KC_ERR_NONE;
        if (err) {
            refuse(committing, err);
        } else {
            store(committing);
        }
    }
}

/* ---- the request ---- */

static bool take_partition(struct call *call, const struct image_topic *topic,
                           const void *wanted_partition, void *partition_answer)
{
    const struct txn_offset_commit_request_txn_offset_commit_request_partition *wanted =
        wanted_partition;
    struct txn_offset_commit_response_txn_offset_commit_response_partition *answer =
        partition_answer;
    struct txn_committing *committing = call->parked;
    size_t metadata_max = (size_t)groups_offset_metadata_max(call->node->groups);
    answer->partition_index = wanted->partition_index;
    if (!image_partition(topic, wanted->partition_index)) {
        answer->error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    } else if (wanted->committed_metadata.size > metadata_max) {
        answer->error_code = KC_ERR_OFFSET_METADATA_TOO_LARGE;
    } else {
        committing->offsets[committing->offset_count++] =
            (struct groups_offset){ .topic = slice_text(topic->name),
                                    .partition = wanted->partition_index,
                                    .offset = wanted->committed_offset,
                                    .leader_epoch = wanted->committed_leader_epoch,
                                    .metadata = wanted->committed_metadata };
    }
    return true;
}

void handle_txn_offset_commit(struct call *call)
{
    static const struct topic_answers answers = { "name", "partitions", take_partition };
    struct txn_committing *committing = call_alloc(call, 1, sizeof(*committing));
    struct groups_offset *offsets =
        call_alloc(call, topic_answers_count(call, &answers), sizeof(*offsets));
    if (committing) {
        *committing = (struct txn_committing){ .call = call, .offsets = offsets };
        message_defaults(&txn_offset_commit_response_type, &committing->response);
        call->parked = committing;
    }
    if (!committing || !offsets || !topic_answers_fill(call, &answers, &committing->response)) {
        call_fail(call, "out of memory for a request");
        return;
    }
    if (committing->offset_count == 0) {
        answer(call);
        return;
    }
    begin(committing);
}
