/* tests: producer state: sequences, epochs, transactions, snapshots. */
#include "base/crc32c.h"
#include "log/producer_snapshot.h"
#include "unit/log/log_fixture.h"

#include <stdlib.h>

/* Three producers as Kafka 4.3's own ProducerSnapshot writes them (version 1 in front, the CRC made
 * by its rule over what follows it). */
static const char snapshot_entries[] =
    "00000003000001bdbfa7dedb0009ffffffff000001385c17d0fa001e2f8f000000000000008b16478ba300001245af"
    "062493000000000009d1705a64000000ae007089172cfb2f54000000890ada24c8cac7e9bfffffffff000000000000"
    "07110000000000001d7811f70000034effffffffffffffff00593f7000000000000004ac0000002600000000000d78"
    "57";

static struct batch batch_of(int64_t producer_id, int16_t epoch, int32_t sequence, int32_t count,
                             int64_t offset, bool transactional)
{
    return (struct batch){ .base_offset = offset,
                           .magic = 2,
                           .attributes = transactional ? BATCH_ATTRIBUTE_TRANSACTIONAL : 0,
                           .last_offset_delta = count - 1,
                           .max_timestamp = 1000,
                           .producer_id = producer_id,
                           .producer_epoch = epoch,
                           .base_sequence = sequence,
                           .record_count = count };
}

static const struct producers_origin client = { .is_client = true };
static const struct producers_origin coordinator = { 0 };

static enum kc_err try_batch(struct producers *producers, const struct batch *batch)
{
    struct producer_batch duplicate;
    struct producer_txn txn;
    enum kc_err err = producers_check(producers, batch, &client, &duplicate);
    if (err == KC_ERR_NONE) {
        assert_int_equal(producers_reserve(producers, batch), KC_ERR_NONE);
        (void)producers_apply(producers, batch, &txn);
    }
    return err;
}

static enum kc_err try(struct producers *producers, int16_t epoch, int32_t sequence, int32_t count,
                       int64_t offset)
{
    struct batch batch = batch_of(1, epoch, sequence, count, offset, false);
    return try_batch(producers, &batch);
}

TEST(sequences)
{
    struct producers producers;
    producers_init(&producers, 1);
    /* Unknown producers may begin anywhere (KIP-360). */
    assert_int_equal(try(&producers, 0, 40, 2, 0), KC_ERR_NONE);
    assert_int_equal(try(&producers, 0, 43, 2, 2), KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_int_equal(try(&producers, 0, 41, 2, 2), KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_int_equal(try(&producers, 0, 40, 2, 2), KC_ERR_DUPLICATE_SEQUENCE_NUMBER);
    assert_int_equal(try(&producers, 0, 42, 2, 2), KC_ERR_NONE);
    /* A new epoch begins at 0. */
    assert_int_equal(try(&producers, 1, 44, 2, 4), KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_int_equal(try(&producers, 1, 0, 2, 4), KC_ERR_NONE);
    assert_int_equal(try(&producers, 0, 44, 2, 6), KC_ERR_INVALID_PRODUCER_EPOCH);
    assert_int_equal(try(&producers, 1, 2, INT32_MAX - 2, 6), KC_ERR_NONE);
    producers_finish(&producers);
}

TEST(sequences_wrap)
{
    struct producers producers;
    producers_init(&producers, 1);
    assert_int_equal(try(&producers, 0, INT32_MAX - 1, 4, 0), KC_ERR_NONE);
    assert_int_equal(producers_find(&producers, 1)->batches[0].last_sequence, 1);
    assert_int_equal(try(&producers, 0, INT32_MAX - 1, 4, 4), KC_ERR_DUPLICATE_SEQUENCE_NUMBER);
    assert_int_equal(try(&producers, 0, 2, 1, 4), KC_ERR_NONE);
    producers_finish(&producers);
}

TEST(transactions)
{
    struct producers producers;
    struct producer_txn txn;
    struct producer_batch duplicate;
    struct fixture_batch *marker = malloc(sizeof(*marker));
    struct batch batch = batch_of(1, 0, 0, 3, 10, true);
    assert_non_null(marker);
    producers_init(&producers, 1);
    assert_true(producers_first_unstable(&producers) == INT64_MAX);
    assert_int_equal(try_batch(&producers, &batch), KC_ERR_NONE);
    batch = batch_of(2, 0, 0, 3, 13, true);
    assert_int_equal(try_batch(&producers, &batch), KC_ERR_NONE);
    batch = batch_of(1, 0, 3, 1, 16, false);
    assert_int_equal(try_batch(&producers, &batch), KC_ERR_INVALID_TXN_STATE);
    assert_int_equal(producers_first_unstable(&producers), 10);

    fixture_marker(marker, false, 1, 0, 5);
    assert_int_equal(batch_read(slice_of(marker->data, marker->size), &batch), KC_ERR_NONE);
    batch.base_offset = 16;
    assert_int_equal(producers_check(&producers, &batch, &coordinator, &duplicate), KC_ERR_NONE);
    assert_int_equal(producers_reserve(&producers, &batch), KC_ERR_NONE);
    assert_true(producers_apply(&producers, &batch, &txn));
    assert_true(txn.aborted);
    assert_int_equal(txn.first_offset, 10);
    assert_int_equal(txn.last_offset, 16);
    assert_int_equal(producers_stable_after(&producers, &txn), 13);
    assert_int_equal(producers_first_unstable(&producers), 10);
    producers_advance(&producers, 16);
    assert_int_equal(producers_first_unstable(&producers), 10);
    producers_advance(&producers, 17);
    assert_int_equal(producers_first_unstable(&producers), 13);
    producers_expire(&producers, 1000000, 10);
    assert_null(producers_find(&producers, 1));
    assert_non_null(producers_find(&producers, 2)); /* its transaction is open */
    free(marker);
    producers_finish(&producers);
}

TEST(snapshot_is_kafkas)
{
    struct producers producers;
    struct bytes file;
    size_t size = 0;
    uint8_t *entries = test_unhex(snapshot_entries, &size);
    producers_init(&producers, 1);
    bytes_init(&file, 4096);
    uint8_t head[6];
    store_u16(head, 1);
    store_u32(head + 2, crc32c(0, entries, size));
    assert_true(bytes_append(&file, head, sizeof(head)) && bytes_append(&file, entries, size));
    assert_int_equal(producer_snapshot_parse(&producers, bytes_slice(&file), 9), KC_ERR_NONE);
    const struct producer_entry *entry = producers_find(&producers, 643440);
    assert_non_null(entry);
    assert_int_equal(entry->epoch, 23140);
    assert_int_equal(entry->coordinator_epoch, -1);
    assert_int_equal(entry->current_txn_first_offset, 1809);
    assert_int_equal(entry->batch_count, 1);
    assert_int_equal(entry->batches[0].last_sequence, 174);
    assert_int_equal(entry->batches[0].offset_delta, 137);
    assert_true(entry->batches[0].last_offset == INT64_C(31675930023505748));
    assert_int_equal(producers_find(&producers, 7544)->batch_count, 0);
    assert_int_equal(producers_first_unstable(&producers), 1809);

    struct bytes out;
    struct producers again;
    bytes_init(&out, 4096);
    producers_init(&again, 2);
    assert_true(producer_snapshot_show(&producers, &out));
    assert_int_equal(out.size, file.size);
    assert_int_equal(producer_snapshot_parse(&again, bytes_slice(&out), 9), KC_ERR_NONE);
    assert_int_equal(producers_find(&again, 643440)->epoch, 23140);
    for (size_t i = 0; i < out.size; i++) {
        out.data[i] ^= 0x10;
        assert_int_equal(producer_snapshot_parse(&again, bytes_slice(&out), 9),
                         KC_ERR_CORRUPT_FILE);
        out.data[i] ^= 0x10;
        assert_int_equal(producer_snapshot_parse(&again, slice_of(out.data, i), 9),
                         KC_ERR_CORRUPT_FILE);
    }
    free(entries);
    bytes_finish(&file);
    bytes_finish(&out);
    producers_finish(&producers);
    producers_finish(&again);
}
