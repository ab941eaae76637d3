/* coordinator: records of __consumer_offsets. */
#include "coordinator/journal.h"

#include "record/batch_writer.h"

#include <stdlib.h>

enum {
    JOURNAL_BYTES_MAX = 64 << 20,
    OFFSET_VALUE_VERSION = 4, /* as Kafka 4.3 writes them */
    OFFSET_VALUE_EXPIRES = 1, /* the only one with a time of its own to expire at */
    GROUP_VALUE_VERSION = 3,
    RECORD_OVERHEAD_MAX = 40
};

struct journal_place {
    size_t key_size;
    size_t value_size; /* SIZE_MAX: a tombstone */
};

void journal_init(struct journal *journal)
{
    bytes_init(&journal->keys, JOURNAL_BYTES_MAX);
    bytes_init(&journal->places, JOURNAL_BYTES_MAX);
    journal->count = 0;
    journal->producer_id = BATCH_NO_PRODUCER_ID;
    journal->producer_epoch = -1;
    journal->err = KC_ERR_NONE;
}

void journal_finish(struct journal *journal)
{
    bytes_finish(&journal->keys);
    bytes_finish(&journal->places);
}

void journal_add_record(struct journal *journal, const struct message_type *key_type,
                        const void *key, const struct message_type *value_type, int16_t version,
                        const void *value)
{
    struct journal_place place = { 0, SIZE_MAX };
    size_t start = journal->keys.size;
    struct writer writer;
    if (journal->err) {
        return;
    }
    writer_init(&writer, &journal->keys);
    write_i16(&writer, message_key(key_type));
    journal->err = message_encode(key_type, 0, key, &writer);
    place.key_size = journal->keys.size - start;
    if (!journal->err && value) {
        start = journal->keys.size;
        write_i16(&writer, version);
        journal->err = message_encode(value_type, version, value, &writer);
        place.value_size = journal->keys.size - start;
    }
    if (!journal->err && !bytes_append(&journal->places, &place, sizeof(place))) {
        journal->err = KC_ERR_NO_MEMORY;
    }
    journal->count++;
}

void journal_add_journal(struct journal *journal, const struct journal *other)
{
    if (journal->err) {
        return;
    }
    journal->err = other->err;
    if (!journal->err &&
        (!bytes_append(&journal->keys, other->keys.data, other->keys.size) ||
         !bytes_append(&journal->places, other->places.data, other->places.size))) {
        journal->err = KC_ERR_NO_MEMORY;
    }
    journal->count += other->count;
}

static struct offset_commit_key offset_key(struct slice group, struct slice topic,
                                           int32_t partition)
{
    struct offset_commit_key key;
    message_defaults(&offset_commit_key_type, &key);
    key.group = group;
    key.topic = topic;
    key.partition = partition;
    return key;
}

void journal_add_offset(struct journal *journal, struct slice group, struct slice topic,
                        const struct uuid *topic_id, int32_t partition,
                        const struct group_offset *offset)
{
    struct offset_commit_key key = offset_key(group, topic, partition);
    struct offset_commit_value value;
    message_defaults(&offset_commit_value_type, &value);
    value.offset = offset->offset;
    value.leader_epoch = offset->leader_epoch;
    value.metadata = slice_text(offset->metadata);
    value.commit_timestamp = offset->commit_ms;
    value.expire_timestamp = offset->expire_ms > 0 ? offset->expire_ms : -1;
    if (topic_id) {
        value.topic_id = *topic_id;
    }
    journal_add_record(journal, &offset_commit_key_type, &key, &offset_commit_value_type,
                       offset->expire_ms > 0 ? OFFSET_VALUE_EXPIRES : OFFSET_VALUE_VERSION, &value);
}

void journal_add_offset_tombstone(struct journal *journal, struct slice group, struct slice topic,
                                  int32_t partition)
{
    struct offset_commit_key key = offset_key(group, topic, partition);
    journal_add_record(journal, &offset_commit_key_type, &key, NULL, 0, NULL);
}

static void fill_member(const struct group *group, const struct group_member *member,
                        bool assignments, struct group_metadata_value_member_metadata *item)
{
    struct slice subscription = group_member_metadata(group, member);
    message_defaults(&group_metadata_value_member_metadata_type, item);
    item->member_id = slice_text(member->id);
    item->group_instance_id = slice_text(member->instance_id);
    item->client_id = slice_text(member->client_id);
    item->client_host = slice_text(member->client_host);
    item->rebalance_timeout = member->rebalance_ms;
    item->session_timeout = member->session_ms;
    item->subscription = slice_is_null(subscription) ? SLICE_EMPTY : subscription;
    item->assignment = assignments ? member->assignment : SLICE_EMPTY;
}

void journal_add_group(struct journal *journal, const struct group *group, bool assignments)
{
    struct group_metadata_key key;
    struct group_metadata_value value;
    struct group_metadata_value_member_metadata *items =
        calloc((size_t)group->member_count + 1, sizeof(*items));
    if (!items) {
        journal->err = journal->err ? journal->err : KC_ERR_NO_MEMORY;
        return;
    }
    message_defaults(&group_metadata_key_type, &key);
    message_defaults(&group_metadata_value_type, &value);
    key.group = slice_text(group->id);
    value.protocol_type = group->protocol_type ? slice_text(group->protocol_type) : SLICE_EMPTY;
    value.generation = group->generation;
    value.protocol = slice_text(group->protocol);
    value.leader = slice_text(group->leader);
    value.current_state_timestamp = group->state_ms;
    value.members.items = items;
    value.members.count = 0;
    LIST_EACH(link, &group->members)
    {
        fill_member(group, LIST_ITEM(link, struct group_member, link), assignments,
                    &items[value.members.count++]);
    }
    journal_add_record(journal, &group_metadata_key_type, &key, &group_metadata_value_type,
                       GROUP_VALUE_VERSION, &value);
    free(items);
}

void journal_add_group_tombstone(struct journal *journal, struct slice group)
{
    struct group_metadata_key key;
    message_defaults(&group_metadata_key_type, &key);
    key.group = group;
    journal_add_record(journal, &group_metadata_key_type, &key, NULL, 0, NULL);
}

/* ---- appending ---- */

static bool write_records(const struct journal *journal, struct batch_writer *writer,
                          int64_t wall_ms)
{
    const uint8_t *at = journal->keys.data;
    for (int32_t i = 0; i < journal->count; i++) {
        struct journal_place place;
        memcpy(&place, journal->places.data + (size_t)i * sizeof(place), sizeof(place));
        struct slice key = slice_of(at, place.key_size);
        struct slice value = SLICE_NULL;
        at += place.key_size;
        if (place.value_size != SIZE_MAX) {
            value = slice_of(at, place.value_size);
            at += place.value_size;
        }
        if (!batch_writer_append(writer, wall_ms, key, value, NULL, 0)) {
            return false;
        }
    }
    return true;
}

/* What a client is told of a failed append. */
static enum kc_err client_err(enum kc_err err)
{
    switch (err) {
    case KC_ERR_NONE:
        return KC_ERR_NONE;
    case KC_ERR_NOT_LEADER_OR_FOLLOWER:
    case KC_ERR_KAFKA_STORAGE_ERROR:
        return KC_ERR_NOT_COORDINATOR;
    case KC_ERR_NO_MEMORY:
        return KC_ERR_COORDINATOR_NOT_AVAILABLE;
    case KC_ERR_INVALID_PRODUCER_EPOCH:
    case KC_ERR_INVALID_TXN_STATE:
        return err;
    case KC_ERR_MESSAGE_TOO_LARGE:
    case KC_ERR_RECORD_LIST_TOO_LARGE:
        return KC_ERR_INVALID_COMMIT_OFFSET_SIZE;
    default:
        return KC_ERR_UNKNOWN_SERVER_ERROR;
    }
}

enum kc_err journal_append(struct journal *journal, struct partition *partition, int64_t wall_ms,
                           int64_t *ret_end)
{
    size_t capacity =
        BATCH_HEADER_SIZE + journal->keys.size + (size_t)journal->count * RECORD_OVERHEAD_MAX;
    uint8_t *memory = malloc(capacity);
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .transactional = journal->producer_id != BATCH_NO_PRODUCER_ID,
                                 .producer_id = journal->producer_id,
                                 .producer_epoch = journal->producer_epoch,
                                 .base_sequence = -1 };
    struct slice batch;
    struct log_appended appended;
    enum kc_err err = journal->err ? journal->err : memory ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    if (!err) {
        batch_writer_init(&writer, memory, capacity);
        err = write_records(journal, &writer, wall_ms) ? KC_ERR_NONE : KC_ERR_TOO_LARGE;
    }
    if (!err) {
        err = batch_writer_close(&writer, &close, NULL, NULL, &batch);
    }
    if (!err) {
        struct log_append append = { .data = memory,
                                     .size = batch.size,
                                     .origin = LOG_ORIGIN_COORDINATOR,
                                     .leader_epoch = partition->leader_epoch,
                                     .now_ms = wall_ms,
                                     .checked = true };
        err = partition_append(partition, &append, &appended);
    }
    free(memory);
    if (!err) {
        *ret_end = appended.last_offset + 1;
    }
    return client_err(err);
}

/* ---- reading back ---- */

enum kc_err journal_read_value(const struct message_type *type, struct slice value,
                               struct arena *arena, void *ret_value)
{
    struct reader reader;
    reader_init(&reader, value);
    int16_t version = read_i16(&reader);
    if (reader.err || version < 0 || version > message_version_max(type)) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    return message_decode(type, version, &reader, arena, ret_value);
}

enum kc_err journal_read(struct slice key, struct slice value, struct arena *arena,
                         struct journal_record *ret_record)
{
    struct reader reader;
    reader_init(&reader, key);
    int16_t type = read_i16(&reader);
    enum kc_err err = KC_ERR_NONE;
    ret_record->is_tombstone = slice_is_null(value);
    ret_record->kind = JOURNAL_OTHER;
    if (reader.err) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    /* Type 0 is the same key as type 1, of an older writer. */
    if (type == 0 || type == 1) {
        ret_record->kind = JOURNAL_OFFSET;
        err = message_decode(&offset_commit_key_type, 0, &reader, arena, &ret_record->offset_key);
        if (!err && !ret_record->is_tombstone) {
            err = journal_read_value(&offset_commit_value_type, value, arena, &ret_record->offset);
        }
    } else if (type == 2) {
        ret_record->kind = JOURNAL_GROUP;
        err = message_decode(&group_metadata_key_type, 0, &reader, arena, &ret_record->group_key);
        if (!err && !ret_record->is_tombstone) {
            err = journal_read_value(&group_metadata_value_type, value, arena, &ret_record->group);
        }
    }
    return err && err != KC_ERR_NO_MEMORY ? KC_ERR_CORRUPT_MESSAGE : err;
}

/* ---- placing ---- */

/* The next code point of UTF-8; a wrong byte counts as U+FFFD, as Java decodes it. */
static uint32_t next_point(const uint8_t **at, const uint8_t *end)
{
    uint8_t first = *(*at)++;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t point = more == 3   ? first & 0x07u
                     : more == 2 ? first & 0x0fu
                     : more == 1 ? first & 0x1fu
                                 : first;
    if (more == 0) {
        return first < 0x80 ? first : 0xfffd;
    }
    if (end - *at < more) {
        return 0xfffd;
    }
    for (int i = 0; i < more; i++) {
        point = point << 6 | (*(*at)++ & 0x3fu);
    }
    return point;
}

int32_t journal_partition_of(struct slice group, int32_t partition_count)
{
    uint32_t hash = 0;
    const uint8_t *at = group.data;
    const uint8_t *end = group.data + group.size;
    while (at < end) {
        uint32_t point = next_point(&at, end);
        if (point >= 0x10000) {
            point -= 0x10000;
            hash = hash * 31 + (0xd800 + (point >> 10));
            hash = hash * 31 + (0xdc00 + (point & 0x3ff));
        } else {
            hash = hash * 31 + point;
        }
    }
    /* Kafka's Utils.abs: the smallest integer becomes 0. */
    int32_t positive = hash == 0x80000000u ? 0 : abs((int32_t)hash);
    return positive % partition_count;
}
