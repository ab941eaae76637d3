/* server: the broker's state for a human eye: one JSON object, the same over HTTP and in the log.
 */
#include "server/broker_parts.h"

#include "base/clock.h"
#include "coordinator/groups.h"
#include "coordinator/transactions.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

enum { STATUS_GROUPS_MAX = 1000, STATUS_UNAVAILABLE_MAX = 1000 };

/* cJSON's own calls fail quietly without memory; the object is then short of a field, and the text
 * is refused (is_short). */
struct status {
    cJSON *root;
    bool is_short;
};

static void put_number(struct status *status, cJSON *object, const char *name, int64_t value)
{
    status->is_short |= !cJSON_AddNumberToObject(object, name, (double)value);
}

static void put_text(struct status *status, cJSON *object, const char *name, const char *text)
{
    status->is_short |= !cJSON_AddStringToObject(object, name, text);
}

static cJSON *put_object(struct status *status, cJSON *object, const char *name)
{
    cJSON *inner = cJSON_AddObjectToObject(object, name);
    status->is_short |= !inner;
    return inner;
}

static cJSON *put_item(struct status *status, cJSON *list)
{
    cJSON *item = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        item = NULL;
    }
    status->is_short |= !item;
    return item;
}

static cJSON *put_list(struct status *status, const char *name)
{
    cJSON *list = cJSON_AddArrayToObject(status->root, name);
    status->is_short |= !list;
    return list;
}

static void put_node(struct status *status, const struct broker *broker)
{
    cJSON *root = status->root;
    const struct histogram *rounds = broker->load ? loop_load_rounds(broker->load) : NULL;
    put_text(status, root, "version", BROKER_LITE_VERSION);
    put_number(status, root, "node", broker->config->node_id);
    put_text(status, root, "cluster", broker->image.cluster_id);
    put_text(status, root, "state",
             broker->is_stopping ? "stopping"
             : broker->is_ready  ? "ready"
                                 : "starting");
    put_number(status, root, "controller", quorum_leader(broker->quorum));
    put_number(status, root, "controller_epoch", quorum_epoch(broker->quorum));
    put_number(status, root, "metadata_offset", broker->image.last_offset);
    put_number(status, root, "uptime_ms", clock_now_ms(&clock_system) - broker->started_ms);
    put_number(status, root, "resident_bytes", broker_resident_bytes());
    if (rounds) {
        cJSON *loop = put_object(status, root, "loop");
        put_number(status, loop, "rounds", rounds->count);
        put_number(status, loop, "busy_p99_us", histogram_quantile(rounds, 0.99));
        put_number(status, loop, "stall_max_us", rounds->max);
    }
}

static void put_listeners(struct status *status, const struct broker *broker)
{
    cJSON *list = put_list(status, "listeners");
    for (size_t i = 0; i < NODE_LISTENERS_MAX; i++) {
        const struct listener *listener = broker->listeners[i];
        if (listener) {
            const struct listener_totals *totals = listener_totals(listener);
            cJSON *item = put_item(status, list);
            put_text(status, item, "name", broker->config->listeners[i].name);
            put_number(status, item, "port", listener_port(listener));
            put_number(status, item, "connections", (int64_t)listener_session_count(listener));
            put_number(status, item, "accepted", totals->accepted);
            put_number(status, item, "refused", totals->refused);
            put_number(status, item, "bytes_in", totals->bytes_in);
            put_number(status, item, "bytes_out", totals->bytes_out);
            put_number(status, item, "buffered_bytes", (int64_t)listener_buffered_bytes(listener));
        }
    }
}

static void put_requests(struct status *status, const struct broker *broker)
{
    cJSON *requests = put_object(status, status->root, "requests");
    put_number(status, requests, "refused", broker->node.refused_calls);
    for (int16_t key = 0; key < CALL_STATS_KEYS; key++) {
        const struct call_stats *stats = broker->node.stats[key];
        const struct api *api = stats ? api_find(key) : NULL;
        if (api) {
            cJSON *item = put_object(status, requests, api->name);
            put_number(status, item, "count", stats->requests);
            put_number(status, item, "errors", call_stats_error_total(stats));
            put_number(status, item, "p50_us", histogram_quantile(&stats->latency_us, 0.5));
            put_number(status, item, "p99_us", histogram_quantile(&stats->latency_us, 0.99));
            put_number(status, item, "max_us", stats->latency_us.max);
        }
    }
}

static void put_logs(struct status *status, const struct broker *broker)
{
    const struct log *log;
    int64_t bytes = 0;
    int64_t failed = 0;
    for (size_t position = 0; (log = log_manager_next(broker->storage.logs, &position));) {
        bytes += log_size(log);
        failed += log_is_failed(log);
    }
    cJSON *logs = put_object(status, status->root, "logs");
    put_number(status, logs, "topics", (int64_t)broker->image.topics.count);
    put_number(status, logs, "partitions", (int64_t)log_manager_count(broker->storage.logs));
    put_number(status, logs, "failed", failed);
    put_number(status, logs, "bytes", bytes);
}

static void put_directories(struct status *status, const struct broker *broker)
{
    const struct log_manager *logs = broker->storage.logs;
    cJSON *list = put_list(status, "log_directories");
    for (size_t i = 0; i < log_manager_dir_count(logs); i++) {
        const struct log_dir *dir = log_manager_dir(logs, i);
        struct file_space space = { -1, -1 };
        char id[UUID_TEXT_SIZE];
        cJSON *item = put_item(status, list);
        uuid_show(&dir->id, id);
        put_text(status, item, "path", dir->path);
        put_text(status, item, "id", id);
        put_text(status, item, "state", dir->failed ? "offline" : "online");
        if (!dir->failed && file_space(dir->files, dir->path, &space) == 0) {
            put_number(status, item, "usable_bytes", space.usable_bytes);
        }
    }
}

/* What the partition answers instead of serving; KC_ERR_NONE: it serves. */
static enum kc_err why_unavailable(const struct broker *broker, const struct image_topic *topic,
                                   int32_t index)
{
    const struct partition *partition = partitions_peek(broker->partitions, topic, index);
    if (!partition || partition->err) {
        return partition ? partition->err : KC_ERR_NONE;
    }
    bool is_unreadable =
        partition->is_leader && ((strcmp(topic->name, "__consumer_offsets") == 0 &&
                                  groups_are_unreadable(broker->node.groups, index)) ||
                                 (strcmp(topic->name, "__transaction_state") == 0 &&
                                  transactions_are_unreadable(broker->node.transactions, index)));
    return is_unreadable ? KC_ERR_NOT_COORDINATOR : KC_ERR_NONE;
}

static void put_unavailable(struct status *status, const struct broker *broker)
{
    size_t count = 0;
    int rows = 0;
    struct image_topic **topics = image_topics_sorted(&broker->image, &count);
    cJSON *list = put_list(status, "unavailable_partitions");
    status->is_short |= !topics;
    for (size_t i = 0; topics && i < count; i++) {
        for (int32_t j = 0; j < topics[i]->partition_count && rows < STATUS_UNAVAILABLE_MAX; j++) {
            enum kc_err err = why_unavailable(broker, topics[i], j);
            if (err) {
                cJSON *item = put_item(status, list);
                put_text(status, item, "topic", topics[i]->name);
                put_number(status, item, "partition", j);
                put_text(status, item, "error", kc_err_name(err));
                rows++;
            }
        }
    }
    free(topics);
}

static void put_groups(struct status *status, const struct broker *broker)
{
    size_t count;
    struct group **groups = groups_sorted(broker->node.groups, &count);
    cJSON *list = put_list(status, "groups");
    status->is_short |= !groups;
    for (size_t i = 0; groups && i < count && i < STATUS_GROUPS_MAX; i++) {
        const struct group_offset *offset;
        int64_t lag = 0;
        for (size_t position = 0; (offset = map_next(&groups[i]->offsets, &position));) {
            lag += MAX_OF(broker_lag(broker, offset), 0);
        }
        cJSON *item = put_item(status, list);
        put_text(status, item, "group", groups[i]->id);
        put_text(status, item, "state", group_state_name(groups[i]->state));
        put_number(status, item, "members", groups[i]->member_count);
        put_number(status, item, "lag", lag);
    }
    free(groups);
}

char *broker_status(const struct broker *broker)
{
    struct status status = { .root = cJSON_CreateObject() };
    if (!status.root) {
        return NULL;
    }
    put_node(&status, broker);
    put_listeners(&status, broker);
    put_requests(&status, broker);
    put_logs(&status, broker);
    put_directories(&status, broker);
    put_unavailable(&status, broker);
    put_groups(&status, broker);
    char *text = status.is_short ? NULL : cJSON_Print(status.root);
    cJSON_Delete(status.root);
    return text;
}
