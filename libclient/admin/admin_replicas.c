/* admin: replicas: reassignments (KIP-455), elections (KIP-460), log directories (KIP-113). */
#include "admin/admin.h"
#include "admin/place.h"
#include "admin/sheet.h"

#include <stdlib.h>

enum {
    KEY_ALTER_LOG_DIRS = 34,
    KEY_DESCRIBE_LOG_DIRS = 35,
    KEY_ELECT_LEADERS = 43,
    KEY_ALTER_REASSIGNMENTS = 45,
    KEY_LIST_REASSIGNMENTS = 46
};
enum { VERSION_KEEP = 1 }; /* the number of replicas (KIP-860) */

#define PARTITION_RESULT                                                                          \
    .size = sizeof(struct kc_partition_result), .err = offsetof(struct kc_partition_result, err), \
    .text = offsetof(struct kc_partition_result, text)

static const struct mirror_row new_rows[] = {
    MIRROR(struct kc_new_replicas, partition, "partitionIndex"),
    MIRROR_LIST(struct kc_new_replicas, replicas, replica_count, "replicas"),
    MIRROR_END,
};
static void reassign_fill(struct fanout_branch *branch)
{
    const struct alter_partition_reassignments_request *request = branch->message;
    branch->request.version_min = request->allow_replication_factor_change ? 0 : VERSION_KEEP;
}

static const struct sheet_form reassign_form = {
    .family = SHEET_FAMILY("reassigning partitions"),
    .api_key = KEY_ALTER_REASSIGNMENTS,
    .route = SHEET_CONTROLLER,
    .asked = { "topics", "name", "partitions", { "partitionIndex" } },
    .answered = { "responses", "name", "partitions", { "partitionIndex" } },
    .fill = reassign_fill,
    PARTITION_RESULT,
};

struct fanout *admin_replicas_reassign(const struct kc_new_replicas *replicas, size_t count,
                                       unsigned how)
{
    struct fanout *fanout = sheet_create(&reassign_form, count);
    struct alter_partition_reassignments_request *request = fanout ? sheet_request(fanout) : NULL;
    if (request) {
        request->allow_replication_factor_change = !(how & KC_KEEP_REPLICATION_FACTOR);
    }
    return sheet_take(fanout, new_rows, replicas, sizeof(*replicas));
}

static const struct mirror_row ongoing_rows[] = {
    MIRROR(struct kc_reassignment, partition, "partitionIndex"),
    MIRROR_LIST(struct kc_reassignment, replicas, replica_count, "replicas"),
    MIRROR_LIST(struct kc_reassignment, adding, adding_count, "addingReplicas"),
    MIRROR_LIST(struct kc_reassignment, removing, removing_count, "removingReplicas"),
    MIRROR_END,
};
static const struct mirror_row reassignments_rows[] = {
    MIRROR_FLAT(struct kc_reassignments, items, count, "topics", "name", "partitions",
                ongoing_rows),
    MIRROR_END,
};

#define LIST_FORM                                                                       \
    .family = SHEET_FAMILY("listing reassignments"), .api_key = KEY_LIST_REASSIGNMENTS, \
    .route = SHEET_CONTROLLER, .rows = reassignments_rows
static const struct sheet_form list_form = {
    LIST_FORM, .asked = { "topics", "name", "partitionIndexes", { NULL } }
};
static const struct sheet_form list_all_form = { LIST_FORM };

struct fanout *admin_replicas_list(const struct kc_partition *partitions, size_t count)
{
    if (count == 0) {
        return sheet_take_request(sheet_create(&list_all_form, 1)); /* null is the default: all */
    }
    return sheet_take(sheet_create(&list_form, count), sheet_plain, partitions,
                      sizeof(*partitions));
}

static const struct mirror_row elected_rows[] = {
    MIRROR(struct kc_partition_result, partition, "partitionId"),
    MIRROR(struct kc_partition_result, err, "errorCode"),
    MIRROR(struct kc_partition_result, text, "errorMessage"),
    MIRROR_END,
};
static const struct mirror_row elections_rows[] = {
    MIRROR_FLAT(struct kc_partition_results, items, count, "replicaElectionResults", "topic",
                "partitionResult", elected_rows),
    MIRROR_END,
};

static void elect_all_taken(struct fanout *fanout, size_t item)
{
    (void)item;
    const struct kc_partition_results *results = &fanout->harvest->as.partition_results;
    for (size_t i = 0; i < results->count; i++) {
        if (!results->items[i].text || !results->items[i].text[0]) {
            results->items[i].text = kc_err_text(results->items[i].err);
        }
    }
}

#define ELECT_FORM                                                            \
    .family = SHEET_FAMILY("electing leaders"), .api_key = KEY_ELECT_LEADERS, \
    .route = SHEET_CONTROLLER
static const struct sheet_form elect_all_form = {
    ELECT_FORM,
    .rows = elections_rows,
    .taken = elect_all_taken,
};
static const struct sheet_form elect_form = {
    ELECT_FORM,
    .asked = { "topicPartitions", "topic", "partitions", { NULL } },
    .answered = { "replicaElectionResults", "topic", "partitionResult", { "partitionId" } },
    PARTITION_RESULT,
};

/* Version 0 knows preferred leaders only. */
static void elect_set(struct fanout *fanout, enum kc_election election)
{
    struct elect_leaders_request *request = sheet_request(fanout);
    request->election_type = (int8_t)election;
}

struct fanout *admin_replicas_elect(enum kc_election election,
                                    const struct kc_partition *partitions, size_t count)
{
    struct fanout *fanout =
        sheet_create(count > 0 ? &elect_form : &elect_all_form, count > 0 ? count : 1);
    if (fanout) {
        elect_set(fanout, election);
    }
    if (count > 0) {
        return sheet_take(fanout, sheet_plain, partitions, sizeof(*partitions));
    }
    if (fanout) {
        struct elect_leaders_request *request = sheet_request(fanout);
        request->topic_partitions.count = -1; /* null: all */
    }
    return sheet_take_request(fanout);
}

static const struct mirror_row size_rows[] = {
    MIRROR(struct kc_replica_size, partition, "partitionIndex"),
    MIRROR(struct kc_replica_size, size, "partitionSize"),
    MIRROR(struct kc_replica_size, offset_lag, "offsetLag"),
    MIRROR(struct kc_replica_size, is_future, "isFutureKey"),
    MIRROR_END,
};
static const struct mirror_row dir_rows[] = {
    MIRROR(struct kc_log_dir, path, "logDir"),
    MIRROR(struct kc_log_dir, err, "errorCode"),
    MIRROR(struct kc_log_dir, total_bytes, "totalBytes"),
    MIRROR(struct kc_log_dir, usable_bytes, "usableBytes"),
    MIRROR(struct kc_log_dir, is_cordoned, "isCordoned"),
    MIRROR_FLAT(struct kc_log_dir, replicas, replica_count, "topics", "name", "partitions",
                size_rows),
    MIRROR_END,
};
static const struct mirror_row broker_dirs_rows[] = {
    MIRROR_EACH(struct kc_broker_log_dirs, dirs, dir_count, "results", dir_rows),
    MIRROR_END,
};
static const struct sheet_form dirs_form = {
    .family = SHEET_FAMILY("describing log directories"),
    .api_key = KEY_DESCRIBE_LOG_DIRS,
    .route = SHEET_BROKER,
    .rows = broker_dirs_rows,
    .size = sizeof(struct kc_broker_log_dirs),
    .err = offsetof(struct kc_broker_log_dirs, err),
    .text = offsetof(struct kc_broker_log_dirs, text),
};

struct fanout *admin_replicas_dirs(const int32_t *broker_ids, size_t count)
{
    struct fanout *fanout = sheet_create(&dirs_form, count);
    struct describe_log_dirs_request *request = fanout ? sheet_request(fanout) : NULL;
    if (request) {
        request->topics.count = -1; /* null: all */
    }
    return sheet_take_brokers(fanout, broker_ids);
}

/* The items of a branch with their directories, those of a directory side by side, and in it those
 * of a topic. */
struct replicas_move {
    const char *path;
    struct place place;
};

static int compare_moves(const void *a, const void *b)
{
    const struct replicas_move *left = a;
    const struct replicas_move *right = b;
    int order = strcmp(left->path, right->path);
    order = order ? order : strcmp(left->place.partition->topic, right->place.partition->topic);
    int32_t one = left->place.partition->partition;
    int32_t other = right->place.partition->partition;
    return order ? order : (one > other) - (one < other);
}

static void add_move(struct fanout_branch *branch, const struct replicas_move *move,
                     struct alter_replica_log_dirs_request *request, size_t left)
{
    struct alter_replica_log_dirs_request_alter_replica_log_dir *dir =
        request->dirs.count > 0 ? &request->dirs.items[request->dirs.count - 1] : NULL;
    struct slice path = slice_text(move->path);
    struct slice topic = slice_text(move->place.partition->topic);
    if (!dir || !slice_equal(dir->path, path)) {
        dir = &request->dirs.items[request->dirs.count++];
        dir->path = path;
        dir->topics.items = fanout_branch_alloc(branch, left, sizeof(*dir->topics.items));
    }
    if (!dir->topics.items) {
        return;
    }
    struct alter_replica_log_dirs_request_alter_replica_log_dir_topic *last =
        dir->topics.count > 0 ? &dir->topics.items[dir->topics.count - 1] : NULL;
    if (!last || !slice_equal(last->name, topic)) {
        last = &dir->topics.items[dir->topics.count++];
        last->name = topic;
        last->partitions.items = fanout_branch_alloc(branch, left, sizeof(*last->partitions.items));
    }
    if (last->partitions.items) {
        last->partitions.items[last->partitions.count++] = move->place.partition->partition;
    }
}

static void moves_fill(struct fanout_branch *branch)
{
    const struct kc_replica_move *wanted = *sheet_extra(branch->fanout);
    struct alter_replica_log_dirs_request *request = branch->message;
    size_t count = branch->item_count;
    struct replicas_move *moves = fanout_branch_alloc(branch, count, sizeof(*moves));
    request->dirs.items = fanout_branch_alloc(branch, count, sizeof(*request->dirs.items));
    if (!moves || !request->dirs.items) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct kc_replica_move *move = &wanted[branch->items[i]];
        /* It begins as a partition does. */
        moves[i] = (struct replicas_move){
            move->path, { (const struct kc_partition *)(const void *)move, branch->items[i] }
        };
    }
    qsort(moves, count, sizeof(*moves), compare_moves);
    for (size_t i = 0; i < count && !branch->fanout->error.code; i++) {
        add_move(branch, &moves[i], request, count - i);
    }
}

static const struct sheet_form moves_form = {
    .family = SHEET_FAMILY("moving replicas between directories"),
    .api_key = KEY_ALTER_LOG_DIRS,
    .route = SHEET_BROKER,
    .answered = { "results", "topicName", "partitions", { "partitionIndex" } },
    .fill = moves_fill,
    PARTITION_RESULT,
};

struct fanout *admin_replicas_move(const struct kc_replica_move *moves, size_t count)
{
    struct fanout *fanout = sheet_create(&moves_form, count);
    struct kc_replica_move *copy = fanout ? fanout_alloc(fanout, count, sizeof(*copy)) : NULL;
    if (!copy) {
        fanout_destroy(fanout);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = moves[i];
        copy[i].topic = fanout_text(fanout, moves[i].topic);
        copy[i].path = fanout_text(fanout, moves[i].path);
        fanout->items[i].node.id = moves[i].broker_id;
    }
    *sheet_extra(fanout) = copy;
    return sheet_take(fanout, NULL, copy, sizeof(*copy));
}
