/* controller: a committed record of a partition in, the image changed. */
#include "controller/image_parts.h"
#include "wire/messages.h"

#include <stdlib.h>

enum { IMAGE_PARTITIONS_MAX = 1000000 };

/* What a partition consists of; replicas and directories of equal number, or no directories. */
struct lists {
    const int32_t *replicas;
    int32_t replica_count;
    const int32_t *isr;
    int32_t isr_count;
    const struct uuid *directories;
    int32_t directory_count;
};

/* Replaces the lists of a partition by copies in one block. Records of old versions have no
 * directories: none is assigned then. */
static enum kc_err partition_set_lists(struct image_partition *partition, const struct lists *lists)
{
    int32_t replica_count = lists->replica_count;
    if (replica_count < 0 || replica_count > IMAGE_REPLICAS_MAX || lists->isr_count < 0 ||
        lists->isr_count > IMAGE_REPLICAS_MAX ||
        (lists->directory_count > 0 && lists->directory_count != replica_count)) {
        return KC_ERR_CORRUPT_FILE;
    }
    size_t id_count = (size_t)(replica_count + lists->isr_count);
    int32_t *block =
        calloc(1, (id_count + 1) * sizeof(*block) + (size_t)replica_count * sizeof(struct uuid));
    if (!block) {
        return KC_ERR_NO_MEMORY;
    }
    struct uuid *directories = (struct uuid *)(void *)(block + id_count);
    for (int32_t i = 0; i < replica_count; i++) {
        block[i] = lists->replicas[i];
    }
    for (int32_t i = 0; i < lists->isr_count; i++) {
        block[replica_count + i] = lists->isr[i];
    }
    for (int32_t i = 0; i < lists->directory_count; i++) {
        directories[i] = lists->directories[i];
    }
    free(partition->replicas);
    partition->replicas = block;
    partition->isr = block + replica_count;
    partition->directories = directories;
    partition->replica_count = replica_count;
    partition->isr_count = lists->isr_count;
    return KC_ERR_NONE;
}

enum kc_err apply_partition(struct change *change)
{
    struct partition_record record;
    enum kc_err err = apply_decode(change, &partition_record_type, &record);
    if (err) {
        return err;
    }
    struct image_topic *topic = image_topic_by_id(change->image, &record.topic_id);
    if (!topic || record.partition_id != topic->partition_count ||
        record.partition_id >= IMAGE_PARTITIONS_MAX) {
        return KC_ERR_CORRUPT_FILE;
    }
    struct image_partition *partitions =
        realloc(topic->partitions, (size_t)(topic->partition_count + 1) * sizeof(*partitions));
    if (!partitions) {
        return KC_ERR_NO_MEMORY;
    }
    topic->partitions = partitions;
    struct image_partition *partition = &partitions[topic->partition_count];
    memset(partition, 0, sizeof(*partition));
    const struct lists lists = { .replicas = record.replicas.items,
                                 .replica_count = record.replicas.count,
                                 .isr = record.isr.items,
                                 .isr_count = record.isr.count,
                                 .directories = record.directories.items,
                                 .directory_count = record.directories.count };
    err = partition_set_lists(partition, &lists);
    if (err) {
        return err;
    }
    partition->leader = record.leader;
    partition->leader_epoch = record.leader_epoch;
    partition->partition_epoch = record.partition_epoch;
    topic->partition_count++;
    apply_notify(change->image, IMAGE_PARTITION_CHANGED, topic, record.partition_id);
    return KC_ERR_NONE;
}

/* The lists as they are with what the record changes. New replicas without directories have none
 * assigned. */
static enum kc_err merge_lists(struct image_partition *partition,
                               const struct partition_change_record *record)
{
    struct lists lists = { .replicas = partition->replicas,
                           .replica_count = partition->replica_count,
                           .isr = partition->isr,
                           .isr_count = partition->isr_count,
                           .directories = partition->directories,
                           .directory_count = partition->replica_count };
    if (record->replicas.count < 0 && record->isr.count < 0 && record->directories.count < 0) {
        return KC_ERR_NONE;
    }
    if (record->replicas.count >= 0) {
        lists.replicas = record->replicas.items;
        lists.replica_count = record->replicas.count;
        lists.directory_count = 0;
    }
    if (record->isr.count >= 0) {
        lists.isr = record->isr.items;
        lists.isr_count = record->isr.count;
    }
    if (record->directories.count >= 0) {
        lists.directories = record->directories.items;
        lists.directory_count = record->directories.count;
    }
    return partition_set_lists(partition, &lists);
}

/* A leader in the record, even the same one, starts a new leader epoch (Kafka's
 * PartitionRegistration.merge). */
enum kc_err apply_partition_change(struct change *change)
{
    struct partition_change_record record;
    enum kc_err err = apply_decode(change, &partition_change_record_type, &record);
    if (err) {
        return err;
    }
    struct image_topic *topic = image_topic_by_id(change->image, &record.topic_id);
    struct image_partition *partition = image_partition(topic, record.partition_id);
    if (!partition) {
        return KC_ERR_CORRUPT_FILE;
    }
    err = merge_lists(partition, &record);
    if (err) {
        return err;
    }
    if (record.leader != -2) {
        partition->leader = record.leader;
        partition->leader_epoch++;
    }
    partition->partition_epoch++;
    apply_notify(change->image, IMAGE_PARTITION_CHANGED, topic, record.partition_id);
    return KC_ERR_NONE;
}
