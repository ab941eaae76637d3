/* controller: plans for topics. Texts are Kafka's (ReplicationControlManager, 4.3). */
#include "controller/topics.h"

#include "controller/placement.h"
#include "controller/topic_config.h"
#include "controller/topic_name.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RESOURCE_TOPIC = 2 };

static void refuse(struct topic_planned *planned, enum kc_err err, const char *format, ...)
    BASE_PRINTF(3, 4);

static void refuse(struct topic_planned *planned, enum kc_err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    planned->err = err;
    (void)vsnprintf(planned->text, sizeof(planned->text), format, arguments);
    va_end(arguments);
}

/* ---- checks ---- */

static void check_name(const struct image *image, struct slice name, const struct map *others,
                       struct topic_planned *planned)
{
    char text[TOPIC_NAME_TEXT_SIZE];
    if (!topic_name_is_valid(name, text)) {
        refuse(planned, KC_ERR_INVALID_TOPIC_EXCEPTION, "%s", text);
        return;
    }
    if (image_topic(image, name)) {
        refuse(planned, KC_ERR_TOPIC_ALREADY_EXISTS, "Topic '%.*s' already exists.",
               SLICE_ARGS(name));
        return;
    }
    char folded[TOPIC_NAME_SIZE_MAX];
    if (!topic_name_fold(name, folded)) {
        return;
    }
    struct slice key = slice_of(folded, name.size);
    const struct image_topic *topic = image_topic_folded(image, key);
    const struct slice *other = others ? map_get(others, key) : NULL;
    if (topic || other) {
        refuse(planned, KC_ERR_INVALID_TOPIC_EXCEPTION,
               "Topic '%.*s' collides with existing topic: %.*s", SLICE_ARGS(name),
               SLICE_ARGS(topic ? slice_text(topic->name) : *other));
    }
}

static void check_settings(const struct create_topics_request_creatable_topic *topic,
                           struct topic_planned *planned)
{
    char text[CONFIG_TEXT_SIZE];
    for (int32_t i = 0; i < topic->configs.count && !planned->err; i++) {
        struct slice name = topic->configs.items[i].name;
        struct slice value = topic->configs.items[i].value;
        if (slice_is_null(value)) {
            refuse(planned, KC_ERR_INVALID_CONFIG,
                   "Null value not supported for topic configs: %.*s", SLICE_ARGS(name));
        } else if (topic_config_check(name, value, text)) {
            refuse(planned, KC_ERR_INVALID_CONFIG, "%s", text);
        }
    }
}

/* expected: replicas of the partitions before; -1: none. */
static void check_replicas(const struct image *image, const int32_t *replicas, int32_t count,
                           int32_t expected, struct topic_planned *planned)
{
    if (count <= 0) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "The manual partition assignment includes an empty replica list.");
        return;
    }
    if (count > IMAGE_REPLICAS_MAX) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "The manual partition assignment includes a partition with %d replica(s), more than "
               "the limit of %d.",
               count, IMAGE_REPLICAS_MAX);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        if (!image_broker(image, replicas[i])) {
            refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
                   "The manual partition assignment includes broker %d, but no such broker is "
                   "registered.",
                   replicas[i]);
            return;
        }
        for (int32_t j = 0; j < i; j++) {
            if (replicas[i] == replicas[j]) {
                refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
                       "The manual partition assignment includes the broker %d more than once.",
                       replicas[i]);
                return;
            }
        }
    }
    if (expected >= 0 && count != expected) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "The manual partition assignment includes a partition with %d replica(s), but this "
               "is not consistent with previous partitions, which have %d replica(s).",
               count, expected);
    }
}

static void check_partition_limit(const struct topics_defaults *defaults, int32_t count,
                                  struct topic_planned *planned)
{
    if (count > defaults->partitions_max) {
        refuse(planned, KC_ERR_POLICY_VIOLATION,
               "%d partitions are more than this broker's limit of %d for one topic.", count,
               defaults->partitions_max);
    }
}

static void check_factor(int32_t factor, int32_t broker_count, struct topic_planned *planned)
{
    if (factor > broker_count || factor > IMAGE_REPLICAS_MAX) {
        refuse(planned, KC_ERR_INVALID_REPLICATION_FACTOR,
               "Unable to replicate the partition %d time(s): The target replication factor of %d "
               "cannot be reached because only %d broker(s) are registered or some brokers have "
               "all their log directories cordoned.",
               factor, factor, broker_count);
    }
}

/* ---- create ---- */

static void add_topic(struct metadata_batch *batch,
                      const struct create_topics_request_creatable_topic *topic,
                      const struct uuid *id)
{
    struct topic_record record;
    message_defaults(&topic_record_type, &record);
    record.name = topic->name;
    record.topic_id = *id;
    metadata_batch_add(batch, &topic_record_type, 0, &record);
}

/* Between the topic and its partitions, as Kafka puts them: each record fits the image it meets. */
static void add_settings(struct metadata_batch *batch,
                         const struct create_topics_request_creatable_topic *topic)
{
    for (int32_t i = 0; i < topic->configs.count; i++) {
        struct config_record record;
        message_defaults(&config_record_type, &record);
        record.resource_type = RESOURCE_TOPIC;
        record.resource_name = topic->name;
        record.name = topic->configs.items[i].name;
        record.value = topic->configs.items[i].value;
        metadata_batch_add(batch, &config_record_type, 0, &record);
    }
}

/* Lists the assignments by partition; they may come in any order but leave no gap. */
static void
sort_assignments(const struct create_topics_request_creatable_topic *topic,
                 const struct create_topics_request_creatable_replica_assignment **ret_sorted,
                 struct topic_planned *planned)
{
    int32_t count = topic->assignments.count;
    bool has_gap = false;
    for (int32_t i = 0; i < count && !planned->err; i++) {
        const struct create_topics_request_creatable_replica_assignment *item =
            &topic->assignments.items[i];
        int32_t partition = item->partition_index;
        if (partition < 0 || partition >= count) {
            has_gap = true;
        } else if (ret_sorted[partition]) {
            refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
                   "Found multiple manual partition assignments for partition %d", partition);
        } else {
            ret_sorted[partition] = item;
        }
    }
    if (has_gap && !planned->err) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "partitions should be a consecutive 0-based integer sequence");
    }
}

static void
check_assignments(const struct image *image, const struct topics_defaults *defaults,
                  const struct create_topics_request_creatable_topic *topic,
                  const struct create_topics_request_creatable_replica_assignment **ret_sorted,
                  struct topic_planned *planned)
{
    int32_t count = topic->assignments.count;
    if (topic->replication_factor != -1) {
        refuse(planned, KC_ERR_INVALID_REQUEST,
               "A manual partition assignment was specified, but replication factor was not set "
               "to -1.");
        return;
    }
    if (topic->num_partitions != -1) {
        refuse(planned, KC_ERR_INVALID_REQUEST,
               "A manual partition assignment was specified, but numPartitions was not set to "
               "-1.");
        return;
    }
    int32_t expected = -1;
    for (int32_t i = 0; i < count && !planned->err; i++) {
        const struct create_topics_request_creatable_replica_assignment *item =
            &topic->assignments.items[i];
        check_replicas(image, item->broker_ids.items, item->broker_ids.count, expected, planned);
        expected = item->broker_ids.count;
    }
    if (!planned->err) {
        check_partition_limit(defaults, count, planned);
    }
    if (!planned->err) {
        sort_assignments(topic, ret_sorted, planned);
    }
    planned->partition_count = count;
    planned->replication_factor = (int16_t)expected;
}

static void ask_permit(const struct topics_defaults *defaults, int32_t count,
                       struct topic_planned *planned)
{
    if (!planned->err && defaults->permit) {
        planned->err = defaults->permit(defaults->permit_context, count);
    }
}

static void check_counts(const struct topics_defaults *defaults,
                         const struct create_topics_request_creatable_topic *topic,
                         int32_t broker_count, struct topic_planned *planned)
{
    int32_t count = topic->num_partitions == -1 ? defaults->num_partitions : topic->num_partitions;
    int16_t factor = topic->replication_factor == -1 ? defaults->default_replication_factor
                                                     : topic->replication_factor;
    if (factor <= 0) {
        refuse(planned, KC_ERR_INVALID_REPLICATION_FACTOR,
               "Replication factor must be larger than 0, or -1 to use the default value.");
        return;
    }
    if (count <= 0) {
        refuse(planned, KC_ERR_INVALID_PARTITIONS,
               "Number of partitions was set to an invalid non-positive value.");
        return;
    }
    check_partition_limit(defaults, count, planned);
    if (!planned->err) {
        check_factor(factor, broker_count, planned);
    }
    planned->partition_count = count;
    planned->replication_factor = factor;
}

static void plan_placed(const struct image *image, const struct topics_defaults *defaults,
                        struct random *random,
                        const struct create_topics_request_creatable_topic *topic,
                        struct metadata_batch *batch, struct topic_planned *planned)
{
    int32_t brokers[PLACEMENT_BROKERS_MAX];
    int32_t broker_count = placement_brokers(image, brokers);
    check_counts(defaults, topic, broker_count, planned);
    ask_permit(defaults, planned->partition_count, planned);
    if (!planned->err) {
        uuid_random(random, &planned->id);
        add_topic(batch, topic, &planned->id);
        add_settings(batch, topic);
        placement_spread(batch, image, &planned->id, 0, planned->partition_count,
                         planned->replication_factor, brokers, broker_count, random);
    }
}

static void plan_assigned(const struct image *image, const struct topics_defaults *defaults,
                          struct random *random,
                          const struct create_topics_request_creatable_topic *topic,
                          struct metadata_batch *batch, struct topic_planned *planned)
{
    const struct create_topics_request_creatable_replica_assignment **sorted =
        calloc((size_t)topic->assignments.count, sizeof(const void *));
    if (!sorted) {
        refuse(planned, KC_ERR_UNKNOWN_SERVER_ERROR, "out of memory");
        return;
    }
    check_assignments(image, defaults, topic, sorted, planned);
    ask_permit(defaults, planned->partition_count, planned);
    if (!planned->err) {
        uuid_random(random, &planned->id);
        add_topic(batch, topic, &planned->id);
        add_settings(batch, topic);
    }
    for (int32_t i = 0; i < topic->assignments.count && !planned->err; i++) {
        placement_add(batch, image, &planned->id, i, sorted[i]->broker_ids.items,
                      sorted[i]->broker_ids.count);
    }
    free(sorted);
}

void topics_plan_create(const struct image *image, const struct topics_defaults *defaults,
                        struct random *random,
                        const struct create_topics_request_creatable_topic *topic,
                        const struct map *planned, struct metadata_batch *batch,
                        struct topic_planned *ret_planned)
{
    memset(ret_planned, 0, sizeof(*ret_planned));
    check_name(image, topic->name, planned, ret_planned);
    if (!ret_planned->err) {
        check_settings(topic, ret_planned);
    }
    if (ret_planned->err) {
        return;
    }
    if (topic->assignments.count > 0) {
        plan_assigned(image, defaults, random, topic, batch, ret_planned);
    } else {
        plan_placed(image, defaults, random, topic, batch, ret_planned);
    }
}

/* ---- more partitions ---- */

static void check_increase(const struct topics_defaults *defaults, const struct image_topic *topic,
                           const struct create_partitions_request_create_partitions_topic *request,
                           struct topic_planned *planned)
{
    if (request->count == topic->partition_count) {
        refuse(planned, KC_ERR_INVALID_PARTITIONS, "Topic already has %d partition(s).",
               topic->partition_count);
    } else if (request->count < topic->partition_count) {
        refuse(planned, KC_ERR_INVALID_PARTITIONS,
               "The topic %s currently has %d partition(s); %d would not be an increase.",
               topic->name, topic->partition_count, request->count);
    } else if (request->assignments.count >= 0 &&
               request->assignments.count != request->count - topic->partition_count) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "Attempted to add %d additional partition(s), but only %d assignment(s) were "
               "specified.",
               request->count - topic->partition_count, request->assignments.count);
    } else {
        check_partition_limit(defaults, request->count, planned);
    }
}

void topics_plan_partitions(const struct image *image, const struct topics_defaults *defaults,
                            struct random *random,
                            const struct create_partitions_request_create_partitions_topic *request,
                            struct metadata_batch *batch, struct topic_planned *ret_planned)
{
    int32_t brokers[PLACEMENT_BROKERS_MAX];
    int32_t broker_count = placement_brokers(image, brokers);
    struct image_topic *topic = image_topic(image, request->name);
    memset(ret_planned, 0, sizeof(*ret_planned));
    if (!topic) {
        refuse(ret_planned, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, "%s",
               "This server does not host this topic-partition.");
        return;
    }
    int32_t factor = topic->partition_count > 0 ? topic->partitions[0].replica_count : 1;
    check_increase(defaults, topic, request, ret_planned);
    bool manual = request->assignments.count > 0;
    for (int32_t i = 0; manual && !ret_planned->err && i < request->assignments.count; i++) {
        check_replicas(image, request->assignments.items[i].broker_ids.items,
                       request->assignments.items[i].broker_ids.count, factor, ret_planned);
    }
    if (!manual && !ret_planned->err) {
        check_factor(factor, broker_count, ret_planned);
    }
    int32_t more = ret_planned->err ? 0 : request->count - topic->partition_count;
    ask_permit(defaults, more, ret_planned);
    if (ret_planned->err) {
        return;
    }
    ret_planned->id = topic->id;
    ret_planned->partition_count = request->count;
    ret_planned->replication_factor = (int16_t)factor;
    if (!manual) {
        placement_spread(batch, image, &topic->id, topic->partition_count, request->count,
                         (int16_t)factor, brokers, broker_count, random);
        return;
    }
    for (int32_t i = 0; i < request->assignments.count; i++) {
        placement_add(batch, image, &topic->id, topic->partition_count + i,
                      request->assignments.items[i].broker_ids.items,
                      request->assignments.items[i].broker_ids.count);
    }
}

void topics_plan_delete(const struct image_topic *topic, struct metadata_batch *batch)
{
    struct remove_topic_record record;
    message_defaults(&remove_topic_record_type, &record);
    record.topic_id = topic->id;
    metadata_batch_add(batch, &remove_topic_record_type, 0, &record);
}
