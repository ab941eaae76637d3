/* admin: changes of topics, which the controller makes: create, delete, more partitions. */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_CREATE_TOPICS = 19, KEY_DELETE_TOPICS = 20, KEY_CREATE_PARTITIONS = 37 };
enum { VERSION_IDS = 6, VERSION_DESCRIBED = 5 };

#define ITEM_RESULT                                                                     \
    .size = sizeof(struct kc_item_result), .err = offsetof(struct kc_item_result, err), \
    .text = offsetof(struct kc_item_result, text)

static int32_t *copy_ids(struct fanout *fanout, const int32_t *ids, size_t count)
{
    int32_t *copy = fanout_alloc(fanout, count, sizeof(*copy));
    if (copy && count > 0) {
        memcpy(copy, ids, count * sizeof(*copy));
    }
    return copy;
}

static const struct mirror_row setting_rows[] = {
    MIRROR(struct kc_setting, name, "name"),
    MIRROR(struct kc_setting, value, "value"),
    MIRROR_END,
};
static const struct mirror_row topic_rows[] = {
    MIRROR(struct kc_new_topic, name, "name"),
    MIRROR(struct kc_new_topic, partition_count, "numPartitions"),
    MIRROR(struct kc_new_topic, replication_factor, "replicationFactor"),
    MIRROR_EACH(struct kc_new_topic, settings, setting_count, "configs", setting_rows),
    MIRROR_END,
};

#define CREATE_FORM                                                                                \
    .family = SHEET_FAMILY("creating topics"), .api_key = KEY_CREATE_TOPICS,                       \
    .route = SHEET_CONTROLLER, .is_named = true, .asked = { .list = "topics", .key = { "name" } }, \
    .answered = { .list = "topics", .key = { "name" } }

static const struct sheet_form create_form = { CREATE_FORM, ITEM_RESULT };

static const struct mirror_row created_config_rows[] = {
    MIRROR(struct kc_config_entry, name, "name"),
    MIRROR(struct kc_config_entry, value, "value"),
    MIRROR(struct kc_config_entry, source, "configSource"),
    MIRROR(struct kc_config_entry, read_only, "readOnly"),
    MIRROR(struct kc_config_entry, sensitive, "isSensitive"),
    MIRROR_END,
};
static const struct mirror_row created_rows[] = {
    MIRROR(struct kc_created_topic, id, "topicId"),
    MIRROR(struct kc_created_topic, partition_count, "numPartitions"),
    MIRROR(struct kc_created_topic, replication_factor, "replicationFactor"),
    MIRROR(struct kc_created_topic, settings_err, "topicConfigErrorCode"),
    MIRROR_EACH(struct kc_created_topic, settings, setting_count, "configs", created_config_rows),
    MIRROR_END,
};
static const struct sheet_form described_form = {
    CREATE_FORM,
    .version_min = VERSION_DESCRIBED,
    .rows = created_rows,
    .size = sizeof(struct kc_created_topic),
    .err = offsetof(struct kc_created_topic, err),
    .text = offsetof(struct kc_created_topic, text),
};

static void assign_new(struct fanout *fanout, const struct kc_new_topic *from,
                       struct create_topics_request_creatable_topic *topic)
{
    size_t count = (size_t)from->partition_count;
    topic->num_partitions = -1;
    topic->replication_factor = -1;
    topic->assignments.items = fanout_alloc(fanout, count, sizeof(*topic->assignments.items));
    topic->assignments.count = topic->assignments.items ? (int32_t)count : 0;
    for (int32_t i = 0; i < topic->assignments.count; i++) {
        topic->assignments.items[i].partition_index = i;
        topic->assignments.items[i].broker_ids.items =
            copy_ids(fanout, from->assignments[i], (size_t)from->replication_factor);
        topic->assignments.items[i].broker_ids.count = from->replication_factor;
    }
}

struct fanout *admin_topics_create(const struct kc_new_topic *topics, size_t count, unsigned how,
                                   bool described)
{
    struct fanout *fanout =
        sheet_go_about(sheet_create(described ? &described_form : &create_form, count), how);
    fanout = sheet_take(fanout, topic_rows, topics, sizeof(*topics));
    for (size_t i = 0; fanout && i < count; i++) {
        if (topics[i].assignments) {
            assign_new(fanout, &topics[i], sheet_item(fanout, i));
        }
    }
    return fanout_checked(fanout);
}

/* Version 6 has another list, of names or ids (KIP-516). */
static enum kc_err delete_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    struct delete_topics_request *message = branch->message;
    message->topics.count = version >= VERSION_IDS ? (int32_t)branch->item_count : 0;
    message->topic_names.count = version >= VERSION_IDS ? 0 : (int32_t)branch->item_count;
    return KC_ERR_NONE;
}

static void delete_fill(struct fanout_branch *branch)
{
    struct delete_topics_request *request = branch->message;
    struct slice *names = fanout_branch_alloc(branch, branch->item_count, sizeof(*names));
    for (int32_t i = 0; names && i < request->topics.count; i++) {
        names[i] = request->topics.items[i].name;
    }
    request->topic_names.items = names;
    branch->request.prepare = delete_prepare;
}

static const struct sheet_form delete_form = {
    .family = SHEET_FAMILY("deleting topics"),
    .api_key = KEY_DELETE_TOPICS,
    .route = SHEET_CONTROLLER,
    .is_named = true,
    .asked = { .list = "topics", .key = { "name" } },
    .answered = { .list = "responses", .key = { "name" } },
    .fill = delete_fill,
    ITEM_RESULT,
};

struct fanout *admin_topics_delete(const char *const *names, size_t count, unsigned how)
{
    static const struct mirror_row rows[] = { MIRROR(struct kc_setting, name, "name"), MIRROR_END };
    return sheet_take(sheet_go_about(sheet_create(&delete_form, count), how), rows, names,
                      sizeof(*names));
}

static const struct sheet_form delete_id_form = {
    .family = SHEET_FAMILY("deleting topics by id"),
    .api_key = KEY_DELETE_TOPICS,
    .version_min = VERSION_IDS,
    .route = SHEET_CONTROLLER,
    .is_named = true,
    .asked = { .list = "topics", .key = { "topicId" } },
    .answered = { .list = "responses", .key = { "topicId" } },
    ITEM_RESULT,
};

struct fanout *admin_topics_delete_ids(const char *const *ids, size_t count, unsigned how)
{
    static const struct mirror_row rows[] = { MIRROR(struct kc_setting, name, "topicId"),
                                              MIRROR_END };
    return sheet_take(sheet_go_about(sheet_create(&delete_id_form, count), how), rows, ids,
                      sizeof(*ids));
}

static const struct sheet_form raise_form = {
    .family = SHEET_FAMILY("adding partitions"),
    .api_key = KEY_CREATE_PARTITIONS,
    .route = SHEET_CONTROLLER,
    .is_named = true,
    .asked = { .list = "topics", .key = { "name" } },
    .answered = { .list = "results", .key = { "name" } },
    ITEM_RESULT,
};
static const struct mirror_row raise_rows[] = {
    MIRROR(struct kc_new_partitions, topic, "name"),
    MIRROR(struct kc_new_partitions, total_count, "count"),
    MIRROR_END,
};

static void assign_added(struct fanout *fanout, const struct kc_new_partitions *from,
                         struct create_partitions_request_create_partitions_topic *topic)
{
    size_t count = from->assignment_count;
    topic->assignments.items = fanout_alloc(fanout, count, sizeof(*topic->assignments.items));
    topic->assignments.count = topic->assignments.items ? (int32_t)count : -1;
    for (int32_t i = 0; i < topic->assignments.count; i++) {
        topic->assignments.items[i].broker_ids.items =
            copy_ids(fanout, from->assignments[i], (size_t)from->replication_factor);
        topic->assignments.items[i].broker_ids.count = from->replication_factor;
    }
}

struct fanout *admin_topics_raise(const struct kc_new_partitions *topics, size_t count,
                                  unsigned how)
{
    struct fanout *fanout = sheet_go_about(sheet_create(&raise_form, count), how);
    fanout = sheet_take(fanout, raise_rows, topics, sizeof(*topics));
    for (size_t i = 0; fanout && i < count; i++) {
        struct create_partitions_request_create_partitions_topic *asked = sheet_item(fanout, i);
        asked->assignments.count = -1; /* null: where the cluster wants */
        if (topics[i].assignments) {
            assign_added(fanout, &topics[i], asked);
        }
    }
    return fanout_checked(fanout);
}
