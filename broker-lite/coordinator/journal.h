/* coordinator: group state as records of __consumer_offsets, in Kafka's formats: keys are int16
 * type and body, values int16 version and body. */
#ifndef COORDINATOR_JOURNAL_H
#define COORDINATOR_JOURNAL_H

#include "coordinator/group_classic.h"
#include "replica/partition.h"

/* One batch on its way into the log. */
struct journal {
    struct bytes keys;   /* encoded keys and values, one after another */
    struct bytes places; /* struct journal_place each */
    int32_t count;
    int64_t producer_id; /* -1: the records are not part of a transaction */
    int16_t producer_epoch;
    enum kc_err err; /* the first failure */
};

void journal_init(struct journal *journal);
void journal_finish(struct journal *journal);

/* A committed offset; the group's record; a tombstone of either. topic_id may be NULL. */
void journal_add_offset(struct journal *journal, struct slice group, struct slice topic,
                        const struct uuid *topic_id, int32_t partition,
                        const struct group_offset *offset);
void journal_add_offset_tombstone(struct journal *journal, struct slice group, struct slice topic,
                                  int32_t partition);
void journal_add_group(struct journal *journal, const struct group *group, bool assignments);
void journal_add_group_tombstone(struct journal *journal, struct slice group);

/* Any record: value_type's `version` is written in front of the value; value NULL: a tombstone. */
void journal_add_record(struct journal *journal, const struct message_type *key_type,
                        const void *key, const struct message_type *value_type, int16_t version,
                        const void *value);

/* All records of the other one. */
void journal_add_journal(struct journal *journal, const struct journal *other);

/* Appends the batch; *ret_end is the offset that the high watermark must reach for it to be
 * committed. KC_ERR_NOT_COORDINATOR, KC_ERR_COORDINATOR_NOT_AVAILABLE,
 * KC_ERR_INVALID_COMMIT_OFFSET_SIZE (too large), KC_ERR_INVALID_PRODUCER_EPOCH and
 * KC_ERR_INVALID_TXN_STATE (records of a transaction), KC_ERR_UNKNOWN_SERVER_ERROR. */
enum kc_err journal_append(struct journal *journal, struct partition *partition, int64_t wall_ms,
                           int64_t *ret_end);

/* A record read back. */
struct journal_record {
    enum { JOURNAL_OFFSET, JOURNAL_GROUP, JOURNAL_OTHER } kind;
    bool is_tombstone;
    struct offset_commit_key offset_key;
    struct offset_commit_value offset;
    struct group_metadata_key group_key;
    struct group_metadata_value group;
};

/* Decodes one record; lists are taken from the arena. Types that are not known here (groups of
 * other protocols) give JOURNAL_OTHER. KC_ERR_CORRUPT_MESSAGE. */
enum kc_err journal_read(struct slice key, struct slice value, struct arena *arena,
                         struct journal_record *ret_record);

/* Decodes a value by the version in front of it. KC_ERR_CORRUPT_MESSAGE, KC_ERR_MALFORMED,
 * KC_ERR_NO_MEMORY. */
enum kc_err journal_read_value(const struct message_type *type, struct slice value,
                               struct arena *arena, void *ret_value);

/* The partition of __consumer_offsets that keeps a group, and of __transaction_state that keeps a
 * transactional id: Java's String.hashCode, made positive,
 * modulo. UTF-8 in. */
int32_t journal_partition_of(struct slice group, int32_t partition_count);

#endif
