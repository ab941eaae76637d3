/* controller: one committed record in, the image changed. Only this file and apply_partition.c
 * write the image (image.c stores). */
#include "controller/config_resource.h"
#include "controller/feature.h"
#include "controller/image_parts.h"
#include "controller/metadata_batch.h"
#include "controller/settings.h"
#include "controller/topic_name.h"
#include "record/record.h"
#include "wire/messages.h"

#include <stdlib.h>

void apply_notify(struct image *image, enum image_change_kind kind, const struct image_topic *topic,
                  int32_t partition)
{
    if (image->changed) {
        struct image_change change = { kind, topic, partition };
        image->changed(image->context, &change);
    }
}

enum kc_err apply_decode(struct change *change, const struct message_type *type, void *ret_record)
{
    enum kc_err err =
        message_decode(type, change->version, change->reader, change->arena, ret_record);
    if (err == KC_ERR_NONE && reader_left(change->reader) > 0) {
        err = KC_ERR_CORRUPT_FILE;
    }
    return err == KC_ERR_MALFORMED ? KC_ERR_CORRUPT_FILE : err;
}

/* Sets topic->folded where the name may collide. False: no memory. */
static bool fold_name(struct image_topic *topic)
{
    struct slice name = slice_text(topic->name);
    topic->folded = slice_dup_text(name);
    if (topic->folded && !topic_name_fold(name, topic->folded)) {
        free(topic->folded);
        topic->folded = NULL;
        return true;
    }
    return topic->folded != NULL;
}

static struct slice id_of(const struct image_topic *topic)
{
    return slice_of(topic->id.bytes, sizeof(topic->id.bytes));
}

static void forget_topic(struct image *image, const struct image_topic *topic)
{
    (void)map_remove(&image->topics, slice_text(topic->name));
    (void)map_remove(&image->topic_ids, id_of(topic));
    if (topic->folded && image_topic_folded(image, slice_text(topic->folded)) == topic) {
        (void)map_remove(&image->folded_names, slice_text(topic->folded));
    }
}

static enum kc_err apply_topic(struct change *change)
{
    struct image *image = change->image;
    struct topic_record record;
    enum kc_err err = apply_decode(change, &topic_record_type, &record);
    if (err) {
        return err;
    }
    if (image_topic(image, record.name) || image_topic_by_id(image, &record.topic_id)) {
        return KC_ERR_CORRUPT_FILE;
    }
    struct image_topic *topic = calloc(1, sizeof(*topic));
    if (!topic || !(topic->name = slice_dup_text(record.name)) || !fold_name(topic)) {
        image_topic_destroy(topic);
        return KC_ERR_NO_MEMORY;
    }
    topic->id = record.topic_id;
    topic->internal = topic_name_is_internal(record.name);
    if (!map_put(&image->topics, slice_text(topic->name), topic, NULL) ||
        !map_put(&image->topic_ids, id_of(topic), topic, NULL) ||
        (topic->folded && !map_put(&image->folded_names, slice_text(topic->folded), topic, NULL))) {
        forget_topic(image, topic);
        image_topic_destroy(topic);
        return KC_ERR_NO_MEMORY;
    }
    apply_notify(image, IMAGE_TOPIC_CREATED, topic, -1);
    return KC_ERR_NONE;
}

static enum kc_err apply_remove_topic(struct change *change)
{
    struct remove_topic_record record;
    enum kc_err err = apply_decode(change, &remove_topic_record_type, &record);
    if (err) {
        return err;
    }
    struct image_topic *topic = image_topic_by_id(change->image, &record.topic_id);
    if (!topic) {
        return KC_ERR_CORRUPT_FILE;
    }
    apply_notify(change->image, IMAGE_TOPIC_REMOVED, topic, -1);
    forget_topic(change->image, topic);
    image_topic_destroy(topic);
    return KC_ERR_NONE;
}

static enum kc_err apply_topic_config(struct change *change, const struct config_record *record)
{
    struct image_topic *topic = image_topic(change->image, record->resource_name);
    if (!topic) {
        return KC_ERR_CORRUPT_FILE;
    }
    enum kc_err err = settings_put(&topic->settings, record->name, record->value);
    if (err == KC_ERR_NONE) {
        apply_notify(change->image, IMAGE_SETTINGS_CHANGED, topic, -1);
    }
    return err;
}

/* Settings of groups and client metrics are looked up when they are used: nobody is told. */
static enum kc_err apply_config(struct change *change)
{
    struct config_record record;
    enum kc_err err = apply_decode(change, &config_record_type, &record);
    if (err) {
        return err;
    }
    switch (record.resource_type) {
    case CONFIG_RESOURCE_TOPIC:
        return apply_topic_config(change, &record);
    case CONFIG_RESOURCE_BROKER:
        err = record.resource_name.size == 0
                  ? settings_put(&change->image->cluster_settings, record.name, record.value)
                  : config_resource_put(change->image, record.resource_type, record.resource_name,
                                        record.name, record.value);
        if (err == KC_ERR_NONE) {
            apply_notify(change->image, IMAGE_SETTINGS_CHANGED, NULL, -1);
        }
        return err;
    case CONFIG_RESOURCE_GROUP:
    case CONFIG_RESOURCE_CLIENT_METRICS:
        return config_resource_put(change->image, record.resource_type, record.resource_name,
                                   record.name, record.value);
    default:
        return KC_ERR_NONE;
    }
}

static enum kc_err apply_producer_ids(struct change *change)
{
    struct producer_ids_record record;
    enum kc_err err = apply_decode(change, &producer_ids_record_type, &record);
    if (err) {
        return err;
    }
    if (record.next_producer_id < change->image->next_producer_id) {
        return KC_ERR_CORRUPT_FILE;
    }
    change->image->next_producer_id = record.next_producer_id;
    return KC_ERR_NONE;
}

static enum kc_err apply_register_broker(struct change *change)
{
    struct register_broker_record record;
    enum kc_err err = apply_decode(change, &register_broker_record_type, &record);
    if (err) {
        return err;
    }
    if (record.end_points.count < 1) {
        return KC_ERR_CORRUPT_FILE;
    }
    struct image_broker *broker = calloc(1, sizeof(*broker));
    if (!broker) {
        return KC_ERR_NO_MEMORY;
    }
    broker->id = record.broker_id;
    broker->epoch = record.broker_epoch;
    broker->host = slice_dup_text(record.end_points.items[0].host);
    broker->port = record.end_points.items[0].port;
    broker->rack = slice_dup_text(record.rack);
    broker->fenced = record.fenced;
    if (record.log_dirs.count == 1) {
        broker->directory = record.log_dirs.items[0];
    }
    void *old = NULL;
    bool is_whole = broker->host && (broker->rack || slice_is_null(record.rack));
    if (!is_whole || !map_put(&change->image->brokers, map_key_of(&broker->id), broker, &old)) {
        image_broker_destroy(broker);
        return KC_ERR_NO_MEMORY;
    }
    image_broker_destroy(old);
    apply_notify(change->image, IMAGE_BROKER_CHANGED, NULL, -1);
    return KC_ERR_NONE;
}

static enum kc_err apply_unfence_broker(struct change *change)
{
    struct unfence_broker_record record;
    enum kc_err err = apply_decode(change, &unfence_broker_record_type, &record);
    if (err) {
        return err;
    }
    struct image_broker *broker = image_broker(change->image, record.id);
    if (!broker) {
        return KC_ERR_CORRUPT_FILE;
    }
    broker->fenced = false;
    apply_notify(change->image, IMAGE_BROKER_CHANGED, NULL, -1);
    return KC_ERR_NONE;
}

static enum kc_err apply_feature(struct change *change)
{
    struct feature_level_record record;
    enum kc_err err = apply_decode(change, &feature_level_record_type, &record);
    if (err) {
        return err;
    }
    enum image_feature feature = feature_find(record.name);
    if (feature < IMAGE_FEATURE_COUNT) {
        change->image->features[feature] = record.feature_level;
    }
    return KC_ERR_NONE;
}

/* What no client here can match is passed over. */
static enum kc_err apply_client_quota(struct change *change)
{
    struct client_quota_record record;
    struct quota_entity entity = { { false }, { { NULL, 0 } } };
    enum quota_key key;
    enum kc_err err = apply_decode(change, &client_quota_record_type, &record);
    if (err || !quota_key_find(record.key, &key)) {
        return err;
    }
    for (int32_t i = 0; i < record.entity.count; i++) {
        enum quota_part part;
        if (!quota_part_find(record.entity.items[i].entity_type, &part)) {
            return KC_ERR_NONE;
        }
        entity.has[part] = true;
        entity.names[part] = record.entity.items[i].entity_name;
    }
    err = quota_table_put(&change->image->quotas, &entity, key, record.remove ? 0 : record.value);
    return err == KC_ERR_INVALID ? KC_ERR_NONE : err;
}

static enum kc_err apply_nothing(struct change *change)
{
    (void)change;
    return KC_ERR_NONE;
}

/* Record type to handler; NULL: not known to this version. */
static enum kc_err (*const apply_by_type[])(struct change *) = {
    [0] = apply_register_broker,  [2] = apply_topic,
    [3] = apply_partition,        [4] = apply_config,
    [5] = apply_partition_change, [8] = apply_unfence_broker,
    [9] = apply_remove_topic,     [12] = apply_feature,
    [14] = apply_client_quota,    [15] = apply_producer_ids,
    [20] = apply_nothing,
};

enum kc_err image_apply(struct image *image, struct slice value, int64_t offset, int32_t epoch)
{
    struct reader reader;
    reader_init(&reader, value);
    uint32_t type;
    struct change change = { .image = image, .reader = &reader, .offset = offset };
    enum kc_err err = metadata_record_open(&reader, &type, &change.version);
    if (err) {
        return err;
    }
    if (type >= ARRAY_COUNT(apply_by_type) || !apply_by_type[type]) {
        return KC_ERR_UNSUPPORTED;
    }
    struct arena arena;
    arena_init(&arena, 0);
    change.arena = &arena;
    err = apply_by_type[type](&change);
    arena_finish(&arena);
    if (err == KC_ERR_NONE) {
        image->last_offset = offset;
        image->last_epoch = epoch;
    }
    return err;
}

enum kc_err image_apply_batch(struct image *image, struct slice bytes)
{
    struct batch batch;
    enum kc_err err = batch_read(bytes, &batch);
    if (err || batch_codec(&batch) != COMPRESSION_NONE) {
        return KC_ERR_CORRUPT_FILE;
    }
    if (batch_is_control(&batch)) {
        image->last_offset = batch_last_offset(&batch);
        image->last_epoch = batch.partition_leader_epoch;
        return KC_ERR_NONE;
    }
    struct batch_reader reader;
    struct record record;
    err = batch_reader_init(&reader, &batch, NULL, NULL);
    while (err == KC_ERR_NONE) {
        err = batch_reader_next(&reader, &record);
        if (err == KC_ERR_WOULD_BLOCK) {
            return KC_ERR_NONE;
        }
        if (err == KC_ERR_NONE) {
            err = image_apply(image, record.value, record.offset, batch.partition_leader_epoch);
        }
    }
    return err == KC_ERR_NO_MEMORY || err == KC_ERR_UNSUPPORTED ? err : KC_ERR_CORRUPT_FILE;
}
