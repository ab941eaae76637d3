/* admin: transactions and the producers behind them (KIP-664). */
#include "admin/admin.h"
#include "admin/sheet.h"

#include <stdlib.h>

enum {
    KEY_INIT_PRODUCER_ID = 22,
    KEY_WRITE_TXN_MARKERS = 27,
    KEY_DESCRIBE_PRODUCERS = 61,
    KEY_DESCRIBE_TRANSACTIONS = 65,
    KEY_LIST_TRANSACTIONS = 66
};
/* A transaction that the fencing itself might open; brokers refuse more than their maximum. */
enum { FENCE_TIMEOUT_MS_MAX = 60000 };

static const struct mirror_row listing_rows[] = {
    MIRROR(struct kc_txn_listing, transactional_id, "transactionalId"),
    MIRROR(struct kc_txn_listing, producer_id, "producerId"),
    MIRROR(struct kc_txn_listing, state, "transactionState"),
    MIRROR_END,
};

static enum kc_err list_verdict(const void *message)
{
    const struct list_transactions_response *response = message;
    return response->unknown_state_filters.count > 0 ? KC_ERR_INVALID_REQUEST : KC_ERR_NONE;
}

static void list_fill(struct fanout_branch *branch)
{
    const struct list_transactions_request *request = branch->message;
    branch->request.version_min = !slice_is_null(request->transactional_id_pattern) ? 2
                                  : request->duration_filter >= 0                   ? 1
                                                                                    : 0;
}

static int compare_listings(const void *a, const void *b)
{
    const struct kc_txn_listing *left = a;
    const struct kc_txn_listing *right = b;
    return strcmp(left->transactional_id, right->transactional_id);
}

static void list_finish(struct fanout *fanout)
{
    const struct kc_txn_listings *listings = &fanout->harvest->as.txn_listings;
    if (listings->count > 1 && !fanout->harvest->failed) {
        qsort(listings->items, listings->count, sizeof(*listings->items), compare_listings);
    }
}

static const struct sheet_form list_form = {
    .family = { .what = "listing transactions",
                .plan = sheet_plan,
                .fail = sheet_fail,
                .release = sheet_release,
                .finish = list_finish },
    .api_key = KEY_LIST_TRANSACTIONS,
    .route = SHEET_EVERY,
    .answered = { .list = "transactionStates" },
    .rows = listing_rows,
    .size = sizeof(struct kc_txn_listing),
    .fill = list_fill,
    .verdict = list_verdict,
};
static const struct mirror_row filter_rows[] = {
    MIRROR_LIST(struct kc_txn_filter, states, state_count, "stateFilters"),
    MIRROR_LIST(struct kc_txn_filter, producer_ids, producer_id_count, "producerIdFilters"),
    MIRROR(struct kc_txn_filter, duration_ms, "durationFilter"),
    MIRROR(struct kc_txn_filter, pattern, "transactionalIdPattern"),
    MIRROR_END,
};

struct fanout *admin_transactions_list(const struct kc_txn_filter *filter)
{
    static const struct kc_txn_filter all = { .duration_ms = -1 };
    return sheet_take_struct(sheet_create(&list_form, 1), filter_rows, filter ? filter : &all);
}

static const struct mirror_row description_rows[] = {
    MIRROR(struct kc_txn_description, state, "transactionState"),
    MIRROR(struct kc_txn_description, producer_id, "producerId"),
    MIRROR(struct kc_txn_description, producer_epoch, "producerEpoch"),
    MIRROR(struct kc_txn_description, timeout_ms, "transactionTimeoutMs"),
    MIRROR(struct kc_txn_description, start_ms, "transactionStartTimeMs"),
    MIRROR_FLAT(struct kc_txn_description, partitions, partition_count, "topics", "topic",
                "partitions", NULL),
    MIRROR_END,
};

static void describe_taken(struct fanout *fanout, size_t item)
{
    struct kc_txn_description *txn = sheet_result(fanout, item);
    txn->coordinator_id = fanout->items[item].node.id;
}

static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing transactions"),
    .api_key = KEY_DESCRIBE_TRANSACTIONS,
    .route = SHEET_TXN,
    .is_named = true,
    .asked = { .list = "transactionalIds" },
    .answered = { .list = "transactionStates", .key = { "transactionalId" } },
    .rows = description_rows,
    .size = sizeof(struct kc_txn_description),
    .err = offsetof(struct kc_txn_description, err),
    .text = offsetof(struct kc_txn_description, text),
    .taken = describe_taken,
};

struct fanout *admin_transactions_describe(const char *const *ids, size_t count)
{
    struct fanout *fanout =
        sheet_take(sheet_create(&describe_form, count), sheet_plain, ids, sizeof(*ids));
    for (size_t i = 0; fanout && i < count; i++) {
        struct kc_txn_description *txn = sheet_result(fanout, i);
        txn->state = "";
        txn->coordinator_id = -1;
        txn->start_ms = -1;
    }
    return fanout;
}

static const struct mirror_row state_rows[] = {
    MIRROR(struct kc_producer_state, producer_id, "producerId"),
    MIRROR(struct kc_producer_state, producer_epoch, "producerEpoch"),
    MIRROR(struct kc_producer_state, last_sequence, "lastSequence"),
    MIRROR(struct kc_producer_state, last_ms, "lastTimestamp"),
    MIRROR(struct kc_producer_state, coordinator_epoch, "coordinatorEpoch"),
    MIRROR(struct kc_producer_state, txn_start_offset, "currentTxnStartOffset"),
    MIRROR_END,
};
static const struct mirror_row producers_rows[] = {
    MIRROR_EACH(struct kc_producer_states, producers, producer_count, "activeProducers",
                state_rows),
    MIRROR_END,
};

#define PRODUCERS_FORM(to)                                                                 \
    {                                                                                      \
        .family = SHEET_FAMILY("describing producers"), .api_key = KEY_DESCRIBE_PRODUCERS, \
        .route = (to), .asked = { "topics", "name", "partitionIndexes", { NULL } },        \
        .answered = { "topics", "name", "partitions", { "partitionIndex" } },              \
        .rows = producers_rows, .size = sizeof(struct kc_producer_states),                 \
        .err = offsetof(struct kc_producer_states, err),                                   \
        .text = offsetof(struct kc_producer_states, text),                                 \
    }
static const struct sheet_form producers_form = PRODUCERS_FORM(SHEET_LEADER);
static const struct sheet_form producers_at_form = PRODUCERS_FORM(SHEET_BROKER);

struct fanout *admin_transactions_producers(const struct kc_partition *partitions, size_t count,
                                            int32_t broker_id)
{
    struct fanout *fanout =
        sheet_take(sheet_create(broker_id < 0 ? &producers_form : &producers_at_form, count),
                   sheet_plain, partitions, sizeof(*partitions));
    for (size_t i = 0; fanout && i < count; i++) {
        fanout->items[i].node.id = broker_id;
    }
    return fanout;
}

/* One marker, in one partition. */
static enum kc_err abort_verdict(const void *message)
{
    const struct write_txn_markers_response *response = message;
    bool is_whole = response->markers.count == 1 && response->markers.items[0].topics.count == 1 &&
                    response->markers.items[0].topics.items[0].partitions.count == 1;
    return is_whole ? (enum kc_err)response->markers.items[0]
                          .topics.items[0]
                          .partitions.items[0]
                          .error_code
                    : KC_ERR_MALFORMED;
}

static void abort_fill(struct fanout_branch *branch)
{
    const struct write_txn_markers_request_writable_txn_marker *wanted =
        *sheet_extra(branch->fanout);
    struct write_txn_markers_request *request = branch->message;
    struct write_txn_markers_request_writable_txn_marker *marker =
        fanout_branch_alloc(branch, 1, sizeof(*marker));
    if (marker) {
        *marker = *wanted;
        request->markers.items = marker;
        request->markers.count = 1;
    }
}

/* The answer says nothing of its own to the item but that it is there. */
static const struct sheet_form abort_form = {
    .family = SHEET_FAMILY("aborting a transaction"),
    .api_key = KEY_WRITE_TXN_MARKERS,
    .route = SHEET_LEADER,
    .asked = { .topic = "name" },
    .fill = abort_fill,
    .verdict = abort_verdict,
};

struct fanout *admin_transactions_abort(const struct kc_partition *partition, int64_t producer_id,
                                        int16_t producer_epoch, int32_t coordinator_epoch)
{
    struct fanout *fanout = sheet_create(&abort_form, 1);
    struct write_txn_markers_request_writable_txn_marker *marker =
        fanout ? fanout_alloc(fanout, 1, sizeof(*marker)) : NULL;
    struct write_txn_markers_request_writable_txn_marker_topic *topic =
        marker ? fanout_alloc(fanout, 1, sizeof(*topic)) : NULL;
    int32_t *number = topic ? fanout_alloc(fanout, 1, sizeof(*number)) : NULL;
    if (!number) {
        fanout_destroy(fanout);
        return NULL;
    }
    message_defaults(&write_txn_markers_request_writable_txn_marker_type, marker);
    message_defaults(&write_txn_markers_request_writable_txn_marker_topic_type, topic);
    *number = partition->partition;
    topic->name = slice_text(fanout_text(fanout, partition->topic));
    topic->partition_indexes.items = number;
    topic->partition_indexes.count = 1;
    marker->producer_id = producer_id;
    marker->producer_epoch = producer_epoch;
    marker->coordinator_epoch = coordinator_epoch;
    marker->transaction_result = false;
    marker->topics.items = topic;
    marker->topics.count = 1;
    *sheet_extra(fanout) = marker;
    return sheet_take(fanout, NULL, partition, sizeof(*partition));
}

static const struct mirror_row fenced_rows[] = {
    MIRROR(struct kc_fenced_producer, producer_id, "producerId"),
    MIRROR(struct kc_fenced_producer, producer_epoch, "producerEpoch"),
    MIRROR_END,
};

static void fence_fill(struct fanout_branch *branch)
{
    struct init_producer_id_request *request = branch->message;
    request->transaction_timeout_ms =
        MIN_OF(fanout_left_ms(branch->fanout), (int32_t)FENCE_TIMEOUT_MS_MAX);
}

static const struct sheet_form fence_form = {
    .family = SHEET_FAMILY("fencing producers"),
    .api_key = KEY_INIT_PRODUCER_ID,
    .route = SHEET_TXN,
    .is_named = true,
    .rows = fenced_rows,
    .size = sizeof(struct kc_fenced_producer),
    .err = offsetof(struct kc_fenced_producer, err),
    .text = offsetof(struct kc_fenced_producer, text),
    .fill = fence_fill,
};

struct fanout *admin_transactions_fence(const char *const *ids, size_t count)
{
    static const struct mirror_row rows[] = {
        MIRROR(struct kc_fenced_producer, transactional_id, "transactionalId"),
        MIRROR_END,
    };
    struct fanout *fanout = sheet_take(sheet_create(&fence_form, count), rows, ids, sizeof(*ids));
    for (size_t i = 0; fanout && i < count; i++) {
        struct kc_fenced_producer *producer = sheet_result(fanout, i);
        producer->producer_id = -1;
        producer->producer_epoch = -1;
    }
    return fanout;
}
