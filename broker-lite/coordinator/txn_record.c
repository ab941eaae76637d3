/* coordinator: records of __transaction_state. */
#include "coordinator/txn_record.h"

#include "log/log.h"

#include <stdlib.h>

enum { VALUE_VERSION = 1 /* what Kafka writes where transaction.version is 1 or more */ };

static void add_key(struct transaction_log_key *key, struct slice id)
{
    message_defaults(&transaction_log_key_type, key);
    key->transactional_id = id;
}

/* Groups neighbours of one topic. schemas and indexes have room for count each. */
static int32_t fill_topics(struct transaction_log_value_partitions_schema *schemas,
                           int32_t *indexes, const struct txn_partition *partitions, size_t count)
{
    int32_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice topic = slice_text(partitions[i].topic);
        if (used == 0 || !slice_equal(schemas[used - 1].topic, topic)) {
            message_defaults(&transaction_log_value_partitions_schema_type, &schemas[used]);
            schemas[used].topic = topic;
            schemas[used].partition_ids.items = &indexes[i];
            schemas[used].partition_ids.count = 0;
            used++;
        }
        indexes[i] = partitions[i].index;
        schemas[used - 1].partition_ids.count++;
    }
    return used;
}

void txn_record_add(struct journal *journal, struct slice id, const struct txn_fields *fields,
                    const struct txn_partition *partitions, size_t count)
{
    struct transaction_log_key key;
    struct transaction_log_value value;
    struct transaction_log_value_partitions_schema *schemas = calloc(count + 1, sizeof(*schemas));
    int32_t *indexes = calloc(count + 1, sizeof(*indexes));
    if (!schemas || !indexes) {
        journal->err = journal->err ? journal->err : KC_ERR_NO_MEMORY;
        free(schemas);
        free(indexes);
        return;
    }
    add_key(&key, id);
    message_defaults(&transaction_log_value_type, &value);
    value.producer_id = fields->producer_id;
    value.previous_producer_id = fields->previous_producer_id;
    value.next_producer_id = fields->next_producer_id;
    value.producer_epoch = fields->epoch;
    value.transaction_timeout_ms = fields->timeout_ms;
    value.transaction_status = (int8_t)fields->state;
    value.transaction_last_update_timestamp_ms = fields->updated_ms;
    value.transaction_start_timestamp_ms = fields->start_ms;
    value.client_transaction_version = fields->client_version;
    value.transaction_partitions.items = schemas;
    value.transaction_partitions.count =
        fields->state == TXN_EMPTY ? -1 : fill_topics(schemas, indexes, partitions, count);
    journal_add_record(journal, &transaction_log_key_type, &key, &transaction_log_value_type,
                       VALUE_VERSION, &value);
    free(schemas);
    free(indexes);
}

void txn_record_add_tombstone(struct journal *journal, struct slice id)
{
    struct transaction_log_key key;
    add_key(&key, id);
    journal_add_record(journal, &transaction_log_key_type, &key, NULL, 0, NULL);
}

/* ---- reading back ---- */

/* An entry keeps names as text: a name with a zero in it would be taken for a shorter one. */
static bool are_topics_sane(const struct transaction_log_value *value)
{
    for (int32_t i = 0; i < value->transaction_partitions.count; i++) {
        if (!log_topic_is_valid(value->transaction_partitions.items[i].topic)) {
            return false;
        }
    }
    return true;
}

static bool is_sane(const struct transaction_log_value *value)
{
    return are_topics_sane(value) && value->producer_id >= 0 && value->producer_epoch >= 0 &&
           value->transaction_status >= TXN_EMPTY &&
           value->transaction_status <= TXN_COMPLETE_ABORT;
}

static enum kc_err make(struct slice id, const struct transaction_log_value *value,
                        struct txn_entry **ret_transaction)
{
    struct txn_entry *transaction =
        txn_entry_create(id, value->producer_id, value->transaction_timeout_ms,
                         value->transaction_last_update_timestamp_ms);
    if (!transaction) {
        return KC_ERR_NO_MEMORY;
    }
    transaction->now.previous_producer_id = value->previous_producer_id;
    transaction->now.next_producer_id = value->next_producer_id;
    transaction->now.epoch = value->producer_epoch;
    transaction->now.state = (enum txn_state)value->transaction_status;
    transaction->now.start_ms = value->transaction_start_timestamp_ms;
    transaction->now.client_version = value->client_transaction_version;
    for (int32_t i = 0; i < value->transaction_partitions.count; i++) {
        const struct transaction_log_value_partitions_schema *topic =
            &value->transaction_partitions.items[i];
        for (int32_t j = 0; j < topic->partition_ids.count; j++) {
            if (!txn_entry_add(transaction, topic->topic, topic->partition_ids.items[j])) {
                txn_entry_destroy(transaction);
                return KC_ERR_NO_MEMORY;
            }
        }
    }
    *ret_transaction = transaction;
    return KC_ERR_NONE;
}

enum kc_err txn_record_read(struct slice key, struct slice value, struct arena *arena,
                            struct slice *ret_id, struct txn_entry **ret_transaction)
{
    struct transaction_log_key decoded_key;
    struct transaction_log_value decoded;
    struct reader reader;
    reader_init(&reader, key);
    int16_t type = read_i16(&reader);
    if (reader.err) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (type != message_key(&transaction_log_key_type)) {
        *ret_id = SLICE_NULL; /* of a later Kafka: passed over, as it does */
        *ret_transaction = NULL;
        return KC_ERR_NONE;
    }
    enum kc_err err = message_decode(&transaction_log_key_type, 0, &reader, arena, &decoded_key);
    if (!err && slice_is_null(value)) {
        *ret_id = decoded_key.transactional_id;
        *ret_transaction = NULL;
        return KC_ERR_NONE;
    }
    if (!err) {
        err = journal_read_value(&transaction_log_value_type, value, arena, &decoded);
    }
    if (!err && !is_sane(&decoded)) {
        err = KC_ERR_CORRUPT_MESSAGE;
    }
    if (!err) {
        err = make(decoded_key.transactional_id, &decoded, ret_transaction);
    }
    if (!err) {
        *ret_id = decoded_key.transactional_id;
    }
    return err && err != KC_ERR_NO_MEMORY ? KC_ERR_CORRUPT_MESSAGE : err;
}
