/* tests: records of __transaction_state against Kafka's own bytes, and what is wrong with others.
 */
#include "coordinator/txn_record.h"

#include "support/test.h"

#include <stdlib.h>

/* As Kafka 4.3 writes them: value version 0 with two topics (the status made one that there is). */
static const char kafkas_value[] =
    "00000000072c54f8b73c003500f6a84b010000000200117365676d656e742e62797465732d353430000000010003"
    "1269000a636f6e73756d65722d3700000002000002ae00382de800000000000002e9ffffffffffffffff";
static const char kafkas_key[] = "00000006747820cf8431";

TEST(kafkas_bytes_are_read)
{
    struct arena arena;
    struct slice id;
    struct txn_entry *entry = NULL;
    size_t value_size;
    size_t key_size;
    uint8_t *value = test_unhex(kafkas_value, &value_size);
    uint8_t *key = test_unhex(kafkas_key, &key_size);
    arena_init(&arena, 1 << 20);
    assert_int_equal(
        txn_record_read(slice_of(key, key_size), slice_of(value, value_size), &arena, &id, &entry),
        0);
    assert_int_equal(id.size, 6);
    assert_true(entry->now.producer_id == INT64_C(7886985541436));
    assert_int_equal(entry->now.epoch, 53);
    assert_int_equal(entry->now.timeout_ms, 16164939);
    assert_int_equal(entry->now.state, TXN_ONGOING);
    assert_int_equal(entry->now.updated_ms, 745);
    assert_int_equal(entry->now.start_ms, -1);
    assert_int_equal(entry->partition_count, 3);
    assert_non_null(txn_entry_find(entry, slice_text("consumer-7"), 3681768));
    txn_entry_destroy(entry);
    /* Cut anywhere it is refused, and nothing is left behind. */
    for (size_t i = 0; i < value_size; i++) {
        arena_reset(&arena);
        assert_int_equal(
            txn_record_read(slice_of(key, key_size), slice_of(value, i), &arena, &id, &entry),
            KC_ERR_CORRUPT_MESSAGE);
    }
    for (size_t i = 0; i < key_size; i++) {
        assert_int_equal(
            txn_record_read(slice_of(key, i), slice_of(value, value_size), &arena, &id, &entry),
            KC_ERR_CORRUPT_MESSAGE);
    }
    arena_finish(&arena);
    free(value);
    free(key);
}

static const struct txn_fields fields = { .producer_id = 5,
                                          .previous_producer_id = 4,
                                          .next_producer_id = 6,
                                          .epoch = 3,
                                          .last_epoch = 2,
                                          .timeout_ms = 60000,
                                          .state = TXN_PREPARE_COMMIT,
                                          .start_ms = 100,
                                          .updated_ms = 200,
                                          .client_version = 2 };

static void write_and_read(struct journal *journal, struct slice *ret_id, struct arena *arena,
                           struct txn_entry **ret_entry)
{
    /* The key is int16 type, int16 length and the id; then the value. */
    size_t key_size = 4 + (size_t)load_u16(journal->keys.data + 2);
    assert_int_equal(journal->err, 0);
    struct slice value = journal->keys.size > key_size ? slice_of(journal->keys.data + key_size,
                                                                  journal->keys.size - key_size)
                                                       : SLICE_NULL;
    assert_int_equal(
        txn_record_read(slice_of(journal->keys.data, key_size), value, arena, ret_id, ret_entry),
        0);
}

TEST(what_is_written_is_read)
{
    struct txn_entry *entry = txn_entry_create(slice_text("id"), 5, 60000, 1);
    struct txn_entry *again = NULL;
    struct journal journal;
    struct arena arena;
    struct slice id;
    assert_true(entry && txn_entry_add(entry, slice_text("b"), 1) &&
                txn_entry_add(entry, slice_text("a"), 7) &&
                txn_entry_add(entry, slice_text("b"), 0));
    arena_init(&arena, 1 << 20);
    journal_init(&journal);
    txn_record_add(&journal, slice_text("id"), &fields, entry->partitions, entry->partition_count);
    write_and_read(&journal, &id, &arena, &again);
    assert_true(slice_is(id, "id"));
    assert_int_equal(again->now.previous_producer_id, 4);
    assert_int_equal(again->now.next_producer_id, 6);
    assert_int_equal(again->now.client_version, 2);
    assert_int_equal(again->now.state, TXN_PREPARE_COMMIT);
    assert_int_equal(again->partition_count, 3);
    journal_finish(&journal);
    txn_entry_destroy(again);
    journal_init(&journal);
    txn_record_add_tombstone(&journal, slice_text("id"));
    again = entry;
    write_and_read(&journal, &id, &arena, &again);
    assert_null(again);
    assert_true(slice_is(id, "id"));
    journal_finish(&journal);
    arena_finish(&arena);
    txn_entry_destroy(entry);
}

TEST(keys_of_a_later_kafka_are_passed_over)
{
    struct arena arena;
    struct slice id;
    struct txn_entry *entry;
    const uint8_t key[] = { 0, 1, 0, 0 };
    arena_init(&arena, 1 << 20);
    assert_int_equal(txn_record_read(slice_of(key, sizeof(key)), SLICE_NULL, &arena, &id, &entry),
                     0);
    assert_true(slice_is_null(id));
    assert_null(entry);
    arena_finish(&arena);
}

TEST(a_state_that_is_none_is_refused)
{
    struct arena arena;
    struct slice id;
    struct txn_entry *entry = NULL;
    size_t value_size;
    size_t key_size;
    uint8_t *value = test_unhex(kafkas_value, &value_size);
    uint8_t *key = test_unhex(kafkas_key, &key_size);
    arena_init(&arena, 1 << 20);
    for (int status = 0; status < 256; status++) {
        arena_reset(&arena);
        value[16] = (uint8_t)status;
        enum kc_err err = txn_record_read(slice_of(key, key_size), slice_of(value, value_size),
                                          &arena, &id, &entry);
        assert_int_equal(err, status <= TXN_COMPLETE_ABORT ? 0 : KC_ERR_CORRUPT_MESSAGE);
        if (!err) {
            txn_entry_destroy(entry);
        }
    }
    arena_finish(&arena);
    free(value);
    free(key);
}

TEST(a_topic_that_can_be_none_is_refused)
{
    static const uint8_t wrong[] = { 0, '/', ' ', 0xff };
    struct arena arena;
    struct slice id;
    struct txn_entry *entry = NULL;
    size_t value_size;
    size_t key_size;
    uint8_t *value = test_unhex(kafkas_value, &value_size);
    uint8_t *key = test_unhex(kafkas_key, &key_size);
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof(wrong); i++) {
        arena_reset(&arena);
        value[26] = wrong[i]; /* in segment.bytes-540 */
        assert_int_equal(txn_record_read(slice_of(key, key_size), slice_of(value, value_size),
                                         &arena, &id, &entry),
                         KC_ERR_CORRUPT_MESSAGE);
        assert_null(entry);
    }
    arena_finish(&arena);
    free(value);
    free(key);
}
