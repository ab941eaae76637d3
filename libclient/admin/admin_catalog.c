/* admin: topics as they are: all by Metadata; some by DescribeTopicPartitions (KIP-966: pages, and
 * eligible leader replicas), else Metadata. */
#include "admin/admin.h"
#include "admin/roll.h"
#include "wire/mirror.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_METADATA = 3, KEY_DESCRIBE_TOPIC_PARTITIONS = 75 };
enum { VERSION_NONE_MADE = 4, VERSION_OPERATIONS = 8, VERSION_IDS = 12 };
enum { STAGE_PAGES = 1, STAGE_METADATA, STAGE_ALL };

struct catalog_state {
    struct roll roll;
    struct slice cursor_topic; /* null: the first page; in the fanout's arena */
    int32_t cursor_partition;
    size_t *capacities; /* of each item's partitions */
    struct uuid *ids;   /* NULL: the items have names */
    unsigned with;
};

/* The generated names are long. */
#define PAGE_TOPIC describe_topic_partitions_response_describe_topic_partitions_response_topic
#define PAGE_TYPE(thing) \
    describe_topic_partitions_response_describe_topic_partitions_response_##thing##_type

static void catalog_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)text;
    if (item < fanout->harvest->as.topics.count) {
        fanout->harvest->as.topics.items[item].err = err;
    } else {
        fanout_set_error(fanout, err, text);
    }
}

#define PARTITION_ROWS                                                                         \
    MIRROR(struct kc_partition_description, partition, "partitionIndex"),                      \
        MIRROR(struct kc_partition_description, err, "errorCode"),                             \
        MIRROR(struct kc_partition_description, leader, "leaderId"),                           \
        MIRROR(struct kc_partition_description, leader_epoch, "leaderEpoch"),                  \
        MIRROR_LIST(struct kc_partition_description, replicas, replica_count, "replicaNodes"), \
        MIRROR_LIST(struct kc_partition_description, isr, isr_count, "isrNodes"),              \
        MIRROR_LIST(struct kc_partition_description, offline_replicas, offline_replica_count,  \
                    "offlineReplicas")
#define TOPIC_ROWS                                                                    \
    MIRROR(struct kc_topic_description, id, "topicId"),                               \
        MIRROR(struct kc_topic_description, err, "errorCode"),                        \
        MIRROR(struct kc_topic_description, operations, "topicAuthorizedOperations"), \
        MIRROR(struct kc_topic_description, internal, "isInternal")

static const struct mirror_row partition_rows[] = { PARTITION_ROWS, MIRROR_END };
static const struct mirror_row topic_rows[] = {
    TOPIC_ROWS,
    MIRROR(struct kc_topic_description, name, "name"),
    MIRROR_EACH(struct kc_topic_description, partitions, partition_count, "partitions",
                partition_rows),
    MIRROR_END,
};
/* A page brings a part of the partitions. */
static const struct mirror_row page_partition_rows[] = {
    PARTITION_ROWS,
    MIRROR_LIST(struct kc_partition_description, elr, elr_count, "eligibleLeaderReplicas"),
    MIRROR_LIST(struct kc_partition_description, last_known_elr, last_known_elr_count,
                "lastKnownElr"),
    MIRROR_END,
};
static const struct mirror_row page_rows[] = { TOPIC_ROWS, MIRROR_END };

static int compare_partitions(const void *a, const void *b)
{
    const struct kc_partition_description *left = a;
    const struct kc_partition_description *right = b;
    return (left->partition > right->partition) - (left->partition < right->partition);
}

static int compare_topics(const void *a, const void *b)
{
    const struct kc_topic_description *left = a;
    const struct kc_topic_description *right = b;
    return strcmp(left->name, right->name);
}

static void sort_partitions(struct kc_topic_description *topic)
{
    if (topic->partition_count > 1) {
        qsort(topic->partitions, topic->partition_count, sizeof(*topic->partitions),
              compare_partitions);
    }
}

static void read_into(struct harvest *harvest, const struct message_type *type, const void *from,
                      const struct mirror_row *rows, void *to)
{
    if (!mirror_read(type, from, rows, &harvest->arena, to)) {
        harvest->failed = true;
    }
}

static void take_topic(struct harvest *harvest,
                       const struct metadata_response_metadata_response_topic *from,
                       struct kc_topic_description *topic)
{
    const char *name = topic->name;
    read_into(harvest, &metadata_response_metadata_response_topic_type, from, topic_rows, topic);
    topic->name = topic->name ? topic->name : name ? name : "";
    sort_partitions(topic);
}

static void metadata_answer(struct fanout_branch *branch, const void *message)
{
    const struct metadata_response *response = message;
    struct fanout *fanout = branch->fanout;
    const struct catalog_state *state = fanout->state;
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct metadata_response_metadata_response_topic *from = &response->topics.items[i];
        struct slice key =
            state->ids ? slice_of(&from->topic_id, sizeof(from->topic_id)) : from->name;
        for (const struct roll_entry *entry = roll_find(&state->roll, key); entry;
             entry = entry->next) {
            take_topic(fanout->harvest, from, &fanout->harvest->as.topics.items[entry->item]);
            fanout_move(fanout, entry->item, FANOUT_DONE);
        }
    }
}

static void all_answer(struct fanout_branch *branch, const void *message)
{
    const struct metadata_response *response = message;
    struct fanout *fanout = branch->fanout;
    struct kc_topic_descriptions *topics = &fanout->harvest->as.topics;
    if (response->error_code) {
        fanout_fail(fanout, 0, response->error_code, SLICE_NULL);
        return;
    }
    size_t count = response->topics.count > 0 ? (size_t)response->topics.count : 0;
    topics->items = harvest_array(fanout->harvest, count, sizeof(*topics->items));
    topics->count = topics->items ? count : 0;
    for (size_t i = 0; i < topics->count; i++) {
        take_topic(fanout->harvest, &response->topics.items[i], &topics->items[i]);
    }
    if (topics->count > 1 && !fanout->harvest->failed) {
        qsort(topics->items, topics->count, sizeof(*topics->items), compare_topics);
    }
    fanout_move(fanout, 0, FANOUT_DONE);
}

/* A topic can come in several pages. */
static void take_page(struct fanout *fanout, const struct PAGE_TOPIC *from, size_t item)
{
    struct catalog_state *state = fanout->state;
    struct harvest *harvest = fanout->harvest;
    struct kc_topic_description *topic = &harvest->as.topics.items[item];
    struct harvest_list list = { topic->partition_count, topic->partitions };
    size_t count = from->partitions.count > 0 ? (size_t)from->partitions.count : 0;
    struct kc_partition_description *to =
        harvest_grow(harvest, &list, sizeof(*to), count, &state->capacities[item]);
    topic->partitions = list.items;
    topic->partition_count = list.count;
    read_into(harvest, &PAGE_TYPE(topic), from, page_rows, topic);
    for (size_t i = 0; to && i < count; i++, to++) {
        read_into(harvest, &PAGE_TYPE(partition), &from->partitions.items[i], page_partition_rows,
                  to);
    }
    sort_partitions(topic);
}

/* Where the next page begins; topics of this page stay open when it begins inside them. */
static bool keep_cursor(struct fanout *fanout,
                        const struct describe_topic_partitions_response_cursor *cursor)
{
    struct catalog_state *state = fanout->state;
    if (!cursor) {
        state->cursor_topic = SLICE_NULL;
        return true;
    }
    bool is_stuck = !slice_is_null(state->cursor_topic) &&
                    slice_equal(state->cursor_topic, cursor->topic_name) &&
                    cursor->partition_index <= state->cursor_partition;
    if (is_stuck) {
        fanout_set_error(fanout, KC_ERR_MALFORMED,
                         "the pages of DescribeTopicPartitions do not "
                         "advance");
        return false;
    }
    state->cursor_topic = arena_copy(&fanout->arena, cursor->topic_name);
    state->cursor_partition = cursor->partition_index;
    return true;
}

static void page_answer(struct fanout_branch *branch, const void *message)
{
    const struct describe_topic_partitions_response *response = message;
    struct fanout *fanout = branch->fanout;
    struct catalog_state *state = fanout->state;
    if (!keep_cursor(fanout, response->next_cursor)) {
        return;
    }
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct PAGE_TOPIC *from = &response->topics.items[i];
        bool is_whole =
            !slice_equal(from->name, state->cursor_topic) || slice_is_null(state->cursor_topic);
        for (const struct roll_entry *entry = roll_find(&state->roll, from->name); entry;
             entry = entry->next) {
            if (fanout->items[entry->item].is_asked) {
                take_page(fanout, from, entry->item);
                fanout_move(fanout, entry->item, is_whole ? FANOUT_DONE : STAGE_PAGES);
            }
        }
    }
    for (size_t i = 0; response->next_cursor && i < branch->item_count; i++) {
        if (fanout->items[branch->items[i]].stage == STAGE_PAGES) {
            fanout_move(fanout, branch->items[i], STAGE_PAGES);
        }
    }
}

static bool page_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    if (reply->err != KC_ERR_UNSUPPORTED_VERSION) {
        return false;
    }
    for (size_t i = 0; i < branch->item_count; i++) {
        fanout_move(branch->fanout, branch->items[i], STAGE_METADATA);
    }
    return true;
}

static void plan_page(struct fanout_branch *branch)
{
    const struct catalog_state *state = branch->fanout->state;
    struct describe_topic_partitions_request *request = branch->message;
    request->topics.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->topics.items));
    for (size_t i = 0; request->topics.items && i < branch->item_count; i++) {
        const char *name = branch->fanout->harvest->as.topics.items[branch->items[i]].name;
        request->topics.items[i].name = slice_text(name);
        request->topics.count = (int32_t)i + 1;
    }
    if (!slice_is_null(state->cursor_topic)) {
        request->cursor = fanout_branch_alloc(branch, 1, sizeof(*request->cursor));
    }
    if (request->cursor) {
        request->cursor->topic_name = state->cursor_topic;
        request->cursor->partition_index = state->cursor_partition;
    }
    branch->refused = page_refused;
}

static void plan_metadata(struct fanout_branch *branch)
{
    const struct catalog_state *state = branch->fanout->state;
    struct metadata_request *request = branch->message;
    request->topics.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->topics.items));
    for (size_t i = 0; request->topics.items && i < branch->item_count; i++) {
        const char *name = branch->fanout->harvest->as.topics.items[branch->items[i]].name;
        request->topics.items[i].name = state->ids ? SLICE_NULL : slice_text(name);
        if (state->ids) {
            request->topics.items[i].topic_id = state->ids[branch->items[i]];
        }
        request->topics.count = (int32_t)i + 1;
    }
    request->allow_auto_topic_creation = false;
    request->include_topic_authorized_operations = (state->with & KC_WITH_OPERATIONS) != 0;
    branch->request.version_min = state->ids ? VERSION_IDS /* KIP-516 */
                                  : request->include_topic_authorized_operations
                                      ? VERSION_OPERATIONS /* KIP-430 */
                                      : VERSION_NONE_MADE;
}

static void describe_plan(struct fanout *fanout)
{
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_PAGES, CLUSTER_ANY, KEY_DESCRIBE_TOPIC_PARTITIONS, page_answer);
    if (branch) {
        plan_page(branch);
    }
    branch = fanout_gather(fanout, STAGE_METADATA, CLUSTER_ANY, KEY_METADATA, metadata_answer);
    if (branch) {
        plan_metadata(branch);
    }
}

static void describe_release(struct fanout *fanout)
{
    struct catalog_state *state = fanout->state;
    if (state) {
        roll_finish(&state->roll);
    }
}

static const struct fanout_family describe_family = {
    .what = "describing topics",
    .plan = describe_plan,
    .fail = catalog_fail,
    .release = describe_release,
};

static void list_plan(struct fanout *fanout)
{
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_ALL, CLUSTER_ANY, KEY_METADATA, all_answer);
    if (branch) {
        struct metadata_request *request = branch->message;
        request->topics.count = -1; /* null: all */
        request->allow_auto_topic_creation = false;
        branch->request.version_min = VERSION_NONE_MADE;
    }
}

static const struct fanout_family list_family = {
    .what = "listing topics",
    .plan = list_plan,
    .fail = catalog_fail,
};

struct fanout *admin_catalog_list(void)
{
    return fanout_create(&list_family, 1, STAGE_ALL);
}

static struct fanout *describe_begin(size_t count, uint8_t stage, unsigned with)
{
    struct fanout *fanout = fanout_create(&describe_family, count, stage);
    struct catalog_state *state = fanout ? fanout_alloc(fanout, 1, sizeof(*state)) : NULL;
    if (!state) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = state;
    roll_init(&state->roll);
    state->with = with;
    state->capacities = fanout_alloc(fanout, count, sizeof(*state->capacities));
    struct kc_topic_descriptions *topics = &fanout->harvest->as.topics;
    topics->items = harvest_array(fanout->harvest, count, sizeof(*topics->items));
    topics->count = topics->items ? count : 0;
    for (size_t i = 0; i < topics->count; i++) {
        topics->items[i].operations = INT32_MIN;
    }
    if (!topics->items || !state->capacities) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

struct fanout *admin_catalog_describe(const char *const *names, size_t count, unsigned with)
{
    struct fanout *fanout = describe_begin(count, STAGE_PAGES, with);
    bool fits = fanout != NULL;
    for (size_t i = 0; fits && i < count; i++) {
        struct catalog_state *state = fanout->state;
        struct kc_topic_description *topic = &fanout->harvest->as.topics.items[i];
        topic->name = harvest_text(fanout->harvest, slice_text(names[i]));
        fits = !fanout->harvest->failed && roll_add(&state->roll, slice_text(topic->name), i);
    }
    if (!fits) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

struct fanout *admin_catalog_describe_ids(const char *const *ids, size_t count, unsigned with)
{
    struct fanout *fanout = describe_begin(count, STAGE_METADATA, with);
    struct catalog_state *state = fanout ? fanout->state : NULL;
    if (state) {
        state->ids = fanout_alloc(fanout, count, sizeof(*state->ids));
    }
    bool fits = state && state->ids;
    for (size_t i = 0; fits && i < count; i++) {
        struct kc_topic_description *topic = &fanout->harvest->as.topics.items[i];
        bool is_uuid = uuid_parse(slice_text(ids[i]), &state->ids[i]);
        topic->name = "";
        topic->err = is_uuid ? KC_ERR_NONE : KC_ERR_UNKNOWN_TOPIC_ID;
        (void)snprintf(topic->id, sizeof(topic->id), "%s", ids[i]);
        fits = roll_add(&state->roll, slice_of(&state->ids[i], sizeof(state->ids[i])), i);
    }
    if (!fits) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}
