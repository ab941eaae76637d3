/* controller: plans for topics. Texts are Kafka's (ReplicationControlManager, 4.3). */
#include "controller/topics.h"

#include "controller/topic_config.h"
#include "controller/topic_name.h"

#include <stdarg.h>
#include <stdio.h>

enum { RESOURCE_TOPIC = 2, PARTITION_RECORD_VERSION = 1, BROKERS_MAX = 1024 };

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

static void check_name(const struct image *image, struct slice name, const struct slice *others,
                       size_t other_count, struct topic_planned *planned)
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
    size_t position = 0;
    const struct image_topic *topic;
    while ((topic = map_next(&image->topics, &position))) {
        if (topic_name_collides(name, slice_text(topic->name))) {
            refuse(planned, KC_ERR_INVALID_TOPIC_EXCEPTION,
                   "Topic '%.*s' collides with existing topic: %s", SLICE_ARGS(name), topic->name);
            return;
        }
    }
    for (size_t i = 0; i < other_count; i++) {
        if (topic_name_collides(name, others[i])) {
            refuse(planned, KC_ERR_INVALID_TOPIC_EXCEPTION,
                   "Topic '%.*s' collides with existing topic: %.*s", SLICE_ARGS(name),
                   SLICE_ARGS(others[i]));
            return;
        }
    }
}

static void check_settings(const struct create_topics_request_creatable_topic *topic,
                           struct topic_planned *planned)
{
    char text[TOPIC_CONFIG_TEXT_SIZE];
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

static void check_replicas(const struct image *image, const int32_t *replicas, int32_t count,
                           int32_t expected, struct topic_planned *planned)
{
    if (count <= 0 || count > IMAGE_REPLICAS_MAX) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "The manual partition assignment includes an empty replica list.");
        return;
    }
    if (count != expected) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "The manual partition assignment includes a partition with %d replica(s), but this "
               "is not consistent with previous partitions, which have %d replica(s).",
               count, expected);
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
}

/* ---- placement ---- */

/* Ids of the brokers that may take replicas, in order of id; the count. */
static int32_t usable_brokers(const struct image *image, int32_t *ret_ids)
{
    int32_t count = 0;
    size_t position = 0;
    const struct image_broker *broker;
    while ((broker = map_next(&image->brokers, &position)) && count < BROKERS_MAX) {
        int32_t place = count;
        if (broker->fenced) {
            continue;
        }
        while (place > 0 && ret_ids[place - 1] > broker->id) {
            ret_ids[place] = ret_ids[place - 1];
            place--;
        }
        ret_ids[place] = (int32_t)broker->id;
        count++;
    }
    return count;
}

static void add_partition(struct metadata_batch *batch, const struct uuid *topic_id,
                          int32_t partition, int32_t *replicas, int32_t count)
{
    struct partition_record record;
    struct uuid directories[IMAGE_REPLICAS_MAX] = { 0 };
    message_defaults(&partition_record_type, &record);
    record.partition_id = partition;
    record.topic_id = *topic_id;
    record.replicas.items = replicas;
    record.replicas.count = count;
    record.isr.items = replicas;
    record.isr.count = count;
    record.leader = replicas[0];
    record.leader_epoch = 0;
    record.partition_epoch = 0;
    record.directories.items = directories; /* unassigned (KIP-858) */
    record.directories.count = count;
    metadata_batch_add(batch, &partition_record_type, PARTITION_RECORD_VERSION, &record);
}

/* Leaders go round the brokers from a random one; followers are the next brokers, the distance
 * growing with each round, so that a broker's load spreads. */
static void place_partitions(struct metadata_batch *batch, const struct uuid *topic_id,
                             int32_t first, int32_t end, int16_t factor, const int32_t *brokers,
                             int32_t broker_count, struct random *random)
{
    int32_t start = (int32_t)random_below(random, (uint64_t)broker_count);
    for (int32_t partition = first; partition < end; partition++) {
        int32_t replicas[IMAGE_REPLICAS_MAX];
        int32_t leader = (start + partition) % broker_count;
        int32_t shift = broker_count > 1 ? (partition / broker_count) % (broker_count - 1) : 0;
        replicas[0] = brokers[leader];
        for (int16_t i = 1; i < factor; i++) {
            int32_t step = 1 + (shift + i - 1) % (broker_count - 1);
            replicas[i] = brokers[(leader + step) % broker_count];
        }
        add_partition(batch, topic_id, partition, replicas, factor);
    }
}

static void check_factor(int32_t factor, int32_t broker_count, struct topic_planned *planned)
{
    if (factor <= 0 || factor > IMAGE_REPLICAS_MAX) {
        refuse(planned, KC_ERR_INVALID_REPLICATION_FACTOR,
               "Replication factor must be larger than 0, or -1 to use the default value.");
    } else if (factor > broker_count) {
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

/* Kafka puts a topic's settings before its topic record; ours come after, so that each record fits
 * the image it meets. */
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

static void check_assignments(const struct image *image,
                              const struct create_topics_request_creatable_topic *topic,
                              struct topic_planned *planned)
{
    int32_t count = topic->assignments.count;
    if (topic->replication_factor != -1) {
        refuse(planned, KC_ERR_INVALID_REQUEST,
               "A manual partition assignment was specified, but replication factor was not set "
               "to -1.");
    } else if (topic->num_partitions != -1) {
        refuse(planned, KC_ERR_INVALID_REQUEST,
               "A manual partition assignment was specified, but numPartitions was not set to "
               "-1.");
    }
    int32_t expected = topic->assignments.items[0].broker_ids.count;
    for (int32_t i = 0; i < count && !planned->err; i++) {
        const struct create_topics_request_creatable_replica_assignment *assignment =
            &topic->assignments.items[i];
        /* The tools send them in order; anything else is refused, as gaps would be. */
        if (assignment->partition_index != i) {
            refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
                   "partitions should be a consecutive 0-based integer sequence");
            return;
        }
        check_replicas(image, assignment->broker_ids.items, assignment->broker_ids.count, expected,
                       planned);
    }
    planned->partition_count = count;
    planned->replication_factor = (int16_t)expected;
}

static void check_counts(const struct topics_defaults *defaults,
                         const struct create_topics_request_creatable_topic *topic,
                         int32_t broker_count, struct topic_planned *planned)
{
    int32_t count = topic->num_partitions == -1 ? defaults->num_partitions : topic->num_partitions;
    int16_t factor = topic->replication_factor == -1 ? defaults->default_replication_factor
                                                     : topic->replication_factor;
    if (topic->replication_factor < -1 || topic->replication_factor == 0) {
        factor = 0;
    }
    if (count <= 0) {
        refuse(planned, KC_ERR_INVALID_PARTITIONS,
               "Number of partitions was set to an invalid non-positive value.");
        return;
    }
    if (count > defaults->partitions_max) {
        refuse(planned, KC_ERR_POLICY_VIOLATION,
               "%d partitions are more than this broker's limit of %d for one topic.", count,
               defaults->partitions_max);
        return;
    }
    check_factor(factor, broker_count, planned);
    planned->partition_count = count;
    planned->replication_factor = factor;
}

void topics_plan_create(const struct image *image, const struct topics_defaults *defaults,
                        struct random *random,
                        const struct create_topics_request_creatable_topic *topic,
                        const struct slice *planned, size_t planned_count,
                        struct metadata_batch *batch, struct topic_planned *ret_planned)
{
    int32_t brokers[BROKERS_MAX];
    int32_t broker_count = usable_brokers(image, brokers);
    bool manual = topic->assignments.count > 0;
    memset(ret_planned, 0, sizeof(*ret_planned));
    check_name(image, topic->name, planned, planned_count, ret_planned);
    if (!ret_planned->err) {
        if (manual) {
            check_assignments(image, topic, ret_planned);
        } else {
            check_counts(defaults, topic, broker_count, ret_planned);
        }
    }
    if (!ret_planned->err) {
        check_settings(topic, ret_planned);
    }
    if (ret_planned->err) {
        return;
    }
    uuid_random(random, &ret_planned->id);
    add_topic(batch, topic, &ret_planned->id);
    add_settings(batch, topic);
    if (!manual) {
        place_partitions(batch, &ret_planned->id, 0, ret_planned->partition_count,
                         ret_planned->replication_factor, brokers, broker_count, random);
        return;
    }
    for (int32_t i = 0; i < topic->assignments.count; i++) {
        add_partition(batch, &ret_planned->id, i, topic->assignments.items[i].broker_ids.items,
                      topic->assignments.items[i].broker_ids.count);
    }
}

/* ---- more partitions ---- */

static void check_increase(const struct topics_defaults *defaults, const struct image_topic *topic,
                           const struct create_partitions_request_create_partitions_topic *request,
                           struct topic_planned *planned)
{
    int32_t more = request->count - topic->partition_count;
    if (more == 0) {
        refuse(planned, KC_ERR_INVALID_PARTITIONS, "Topic already has %d partition(s).",
               topic->partition_count);
    } else if (more < 0) {
        refuse(planned, KC_ERR_INVALID_PARTITIONS,
               "The topic %s currently has %d partition(s); %d would not be an increase.",
               topic->name, topic->partition_count, request->count);
    } else if (request->count > defaults->partitions_max) {
        refuse(planned, KC_ERR_POLICY_VIOLATION,
               "%d partitions are more than this broker's limit of %d for one topic.",
               request->count, defaults->partitions_max);
    } else if (request->assignments.count >= 0 && request->assignments.count != more) {
        refuse(planned, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "Attempted to add %d additional partition(s), but only %d assignment(s) were "
               "specified.",
               more, request->assignments.count);
    }
}

void topics_plan_partitions(const struct image *image, const struct topics_defaults *defaults,
                            struct random *random,
                            const struct create_partitions_request_create_partitions_topic *request,
                            struct metadata_batch *batch, struct topic_planned *ret_planned)
{
    int32_t brokers[BROKERS_MAX];
    int32_t broker_count = usable_brokers(image, brokers);
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
    if (ret_planned->err) {
        return;
    }
    ret_planned->id = topic->id;
    ret_planned->partition_count = request->count;
    ret_planned->replication_factor = (int16_t)factor;
    if (!manual) {
        place_partitions(batch, &topic->id, topic->partition_count, request->count, (int16_t)factor,
                         brokers, broker_count, random);
        return;
    }
    for (int32_t i = 0; i < request->assignments.count; i++) {
        add_partition(batch, &topic->id, topic->partition_count + i,
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
