/* controller: the image, what the metadata log adds up to: brokers, topics, partitions, configs,
 * quotas, producer id blocks. One thread owns it; it changes only through image_apply, record by
 * record, in log order (Kafka's metadata records, KIP-631). */
#ifndef CONTROLLER_IMAGE_H
#define CONTROLLER_IMAGE_H

#include "base/map.h"
#include "base/uuid.h"
#include "controller/quota_table.h"
#include "wire/codec.h"

enum { IMAGE_REPLICAS_MAX = 32 };

struct image_partition {
    int32_t leader; /* -1: none */
    int32_t leader_epoch;
    int32_t partition_epoch;
    int32_t replica_count;
    int32_t isr_count;
    int32_t *replicas; /* replica_count ids, then isr_count ids, then directories: one block */
    int32_t *isr;
    struct uuid *directories; /* of each replica (KIP-858); zero: not assigned yet */
};

struct image_setting {
    char *name;
    char *value;
};

/* Settings of one topic or broker, sorted by name. */
struct image_settings {
    struct image_setting *items;
    int32_t count;
};

struct image_topic {
    struct uuid id;
    char *name;
    char *folded; /* what colliding names share, see topic_name_fold; NULL: it collides with none */
    struct image_partition *partitions;
    int32_t partition_count;
    struct image_settings settings;
    bool internal; /* __consumer_offsets, __transaction_state */
};

struct image_broker {
    int64_t id;
    int64_t epoch;
    char *host;
    int32_t port;
    char *rack; /* NULL: none */
    bool fenced;
    struct uuid directory; /* of its only log directory; zero: it has several */
};

enum image_change_kind {
    IMAGE_TOPIC_CREATED,     /* partitions follow as IMAGE_PARTITION_CHANGED */
    IMAGE_TOPIC_REMOVED,     /* sent before the topic is freed */
    IMAGE_PARTITION_CHANGED, /* new, or another leader or isr */
    IMAGE_SETTINGS_CHANGED,
    IMAGE_BROKER_CHANGED
};

struct image_change {
    enum image_change_kind kind;
    const struct image_topic *topic; /* NULL for brokers */
    int32_t partition;               /* -1 where it does not apply */
};

/* Features with levels; feature.h has their names. */
enum image_feature {
    IMAGE_GROUP_VERSION,
    IMAGE_METADATA_VERSION,
    IMAGE_TRANSACTION_VERSION,
    IMAGE_FEATURE_COUNT
};

struct image {
    struct map topics;                      /* name -> struct image_topic */
    struct map topic_ids;                   /* 16 bytes -> struct image_topic */
    struct map folded_names;                /* folded name -> struct image_topic */
    struct map brokers;                     /* id -> struct image_broker */
    struct image_settings cluster_settings; /* broker resource "": every broker's dynamic default */
    struct map resources; /* struct config_resource: settings of single brokers, groups, metrics */
    int16_t features[IMAGE_FEATURE_COUNT]; /* levels; 0: not switched on */
    struct quota_table quotas;
    int64_t next_producer_id;
    int64_t last_offset; /* of the newest applied record; -1: none */
    int32_t last_epoch;
    char cluster_id[UUID_TEXT_SIZE];
    void (*changed)(void *context, const struct image_change *change); /* may be NULL */
    void *context;
};

void image_init(struct image *image, uint64_t seed);
void image_finish(struct image *image);

/* Applies one committed record: its value as in the log (frame version, type, version, body).
 * KC_ERR_CORRUPT_FILE on a record that does not parse or does not fit the image, KC_ERR_UNSUPPORTED
 * for a record type that this version does not know, KC_ERR_NO_MEMORY. Records that mean nothing
 * here (NoOp, features that are not known) are taken and ignored. */
enum kc_err image_apply(struct image *image, struct slice value, int64_t offset, int32_t epoch);

/* Applies every record of one batch of the metadata log; control batches are skipped. */
enum kc_err image_apply_batch(struct image *image, struct slice batch);

struct image_topic *image_topic(const struct image *image, struct slice name);
/* The topic whose name is so when folded (topic_name_fold). */
struct image_topic *image_topic_folded(const struct image *image, struct slice folded);
struct image_topic *image_topic_by_id(const struct image *image, const struct uuid *id);
struct image_broker *image_broker(const struct image *image, int32_t id);

/* The partition, or NULL when topic is NULL or has no such partition. */
struct image_partition *image_partition(const struct image_topic *topic, int32_t partition);

/* The directory of the partition's replica on this broker; zero: not assigned, or no replica. */
struct uuid image_directory(const struct image_partition *partition, int32_t broker);

/* The value of a setting, or NULL. */
const char *image_setting(const struct image_settings *settings, struct slice name);

/* All topics, sorted by name, in a malloc'ed array that the caller frees; NULL when memory is out
 * (count 0 too: then not NULL). */
struct image_topic **image_topics_sorted(const struct image *image, size_t *ret_count);

#endif
