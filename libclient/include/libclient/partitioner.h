/* libclient: which partition a record goes to. partitioner.class chooses among the built-in ways;
 * this header is for those of your own. */
#ifndef LIBCLIENT_PARTITIONER_H
#define LIBCLIENT_PARTITIONER_H

#include <libclient/config.h>
#include <libclient/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A topic's partitions as metadata tells them now; valid during the call of the partitioner. */
struct kc_partitions;

/* At least 1; partitions are numbered from 0. */
int32_t kc_partitions_count(const struct kc_partitions *partitions);

/* The broker that leads the partition; -1 while none is known, or when there is no such partition.
 */
int32_t kc_partitions_leader(const struct kc_partitions *partitions, int32_t partition);

/* Whether a leader is known, and takes records: with partitioner.availability.timeout.ms a broker
 * that took nothing for so long does not. */
bool kc_partitions_is_available(const struct kc_partitions *partitions, int32_t partition);

enum { KC_PARTITION_ANY = -1 }; /* leave the choice to partitioner.class */

/* Returns the partition of the record, 0 to kc_partitions_count - 1, or KC_PARTITION_ANY; for
 * anything else the record is refused (KC_ERR_INVALID). Called once for each record that names no
 * partition itself, in the thread that sends, by many threads at once when many send, and with no
 * lock held; it should be quick. */
typedef int32_t kc_partitioner(void *context, const struct kc_record *record,
                               const struct kc_partitions *partitions);

/* Producers made of this config ask the partitioner first; NULL: none. context is kept, not owned.
 */
void kc_config_set_partitioner(struct kc_config *config, kc_partitioner *partitioner,
                               void *context);

/* The partition of a key by Java's default (murmur2), which every producer with default settings
 * takes; -1 when the key is null or partition_count is below 1. */
int32_t kc_partition_of_key(struct kc_bytes key, int32_t partition_count);

#ifdef __cplusplus
}
#endif

#endif
