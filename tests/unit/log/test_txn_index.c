/* tests: the transaction index, in Kafka's bytes, and what is wrong with others; and the log's use
 * of it. */
#include "log/txn_index.h"
#include "unit/log/keyed_log.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Two entries of Kafka's TransactionIndex: version 0, producer 7, 10 to 16, stable 13; producer 9,
 * 13 to 20, stable 21. */
static const char kafkas_bytes[] =
    "00000000000000000007000000000000000a0000000000000010000000000000000d"
    "00000000000000000009000000000000000d00000000000000140000000000000015";

TEST(bytes_are_kafkas)
{
    size_t size;
    uint8_t *bytes = test_unhex(kafkas_bytes, &size);
    struct slice file = slice_of(bytes, size);
    uint8_t again[TXN_INDEX_ENTRY];
    assert_int_equal(txn_index_count(file), 2);
    struct txn_index_entry entry = txn_index_at(file, 0);
    assert_int_equal(entry.producer_id, 7);
    assert_int_equal(entry.first_offset, 10);
    assert_int_equal(entry.last_offset, 16);
    assert_int_equal(entry.last_stable_offset, 13);
    txn_index_show(&entry, again);
    assert_memory_equal(again, bytes, TXN_INDEX_ENTRY);
    assert_int_equal(txn_index_count_below(file, 16), 0);
    assert_int_equal(txn_index_count_below(file, 17), 1);
    assert_int_equal(txn_index_count_below(file, 21), 2);
    free(bytes);
}

TEST(what_is_wrong_is_seen)
{
    size_t size;
    uint8_t *bytes = test_unhex(kafkas_bytes, &size);
    struct slice file = slice_of(bytes, size);
    assert_true(txn_index_is_sane(file, 12, 21));
    assert_true(txn_index_is_sane(SLICE_EMPTY, 0, 0));
    assert_false(txn_index_is_sane(file, 17, INT64_MAX));
    assert_false(txn_index_is_sane(file, 12, 20));
    assert_false(txn_index_is_sane(slice_of(bytes, size - 1), 12, 21));
    bytes[1] = 1; /* a version that is none */
    assert_false(txn_index_is_sane(file, 12, 21));
    bytes[1] = 0;
    memcpy(bytes + TXN_INDEX_ENTRY, bytes, TXN_INDEX_ENTRY); /* the same marker twice */
    assert_false(txn_index_is_sane(file, 12, 21));
    free(bytes);
}

/* ---- in a log ---- */

static void write_one(struct log *log, int64_t producer_id, int32_t sequence)
{
    struct fixture_batch *batch = malloc(sizeof(*batch));
    struct log_appended appended;
    fixture_batch(batch, &(struct fixture_options){ .count = 1,
                                                    .timestamp = 1000,
                                                    .producer_id = producer_id,
                                                    .base_sequence = sequence,
                                                    .transactional = true });
    assert_int_equal(fixture_append(log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended), 0);
    free(batch);
}

static size_t aborted(struct log *log, int64_t from, int64_t to, struct log_aborted ret[8])
{
    struct bytes out;
    bytes_init(&out, 8 * sizeof(struct log_aborted));
    assert_int_equal(log_aborted_in(log, from, to, &out), 0);
    size_t count = out.size / sizeof(struct log_aborted);
    if (count > 0) {
        memcpy(ret, out.data, out.size);
    }
    bytes_finish(&out);
    return count;
}

static void damage(const char *path)
{
    struct slice part = slice_text("damaged");
    int file;
    assert_int_equal(file_open(&file_system_real, path, FILE_WRITE | FILE_CREATE, &file), 0);
    assert_int_equal(file_write(&file_system_real, file, &part, 1, 0), 0);
    file_close(&file_system_real, file);
}

static struct log *open_log(struct log_dir *dir, bool clean)
{
    struct log *log;
    struct log_open open = fixture_open(dir);
    open.clean = clean;
    open.high_watermark = INT64_MAX;
    assert_int_equal(log_open(&open, &log, NULL, NULL), 0);
    return log;
}

static void check_story(struct log *log)
{
    struct log_aborted found[8];
    assert_int_equal(aborted(log, 0, 100, found), 2);
    assert_int_equal(found[0].producer_id, 1); /* began first, though it ended last */
    assert_int_equal(found[0].first_offset, 0);
    assert_int_equal(found[1].producer_id, 2);
    assert_int_equal(found[1].first_offset, 1);
    assert_int_equal(aborted(log, 0, 1, found), 1);
    assert_int_equal(aborted(log, 4, 100, found), 1); /* the later marker */
    assert_int_equal(aborted(log, 6, 100, found), 0);
    assert_int_equal(log_last_stable_offset(log), log_end_offset(log));
}

/* Three producers, two of them aborted in an order of their own, over two segments; the same after
 * a clean end, after none, and with the index damaged or lost. */
TEST(survives_whatever_happens_to_the_file)
{
    struct log_dir dir;
    char directory[PATH_MAX];
    char path[PATH_MAX + 64];
    test_directory(directory);
    assert_int_equal(log_dir_init(&dir, directory, &file_system_real, NULL), 0);
    struct log *log = open_log(&dir, false);
    write_one(log, 1, 0);        /* 0 */
    write_one(log, 2, 0);        /* 1 */
    write_one(log, 3, 0);        /* 2 */
    keyed_marker(log, false, 2); /* 3 */
    assert_int_equal(log_last_stable_offset(log), 0);
    assert_int_equal(log_roll(log, 1000), 0);
    keyed_marker(log, true, 3);  /* 4 */
    keyed_marker(log, false, 1); /* 5 */
    check_story(log);
    static const char *const names[] = { "00000000000000000000.txnindex",
                                         "00000000000000000004.txnindex" };
    for (int round = 0; round < 6; round++) {
        bool clean = round % 2 == 0;
        if (clean) {
            assert_int_equal(log_close(log), 0);
        }
        log_destroy(log);
        if (round >= 2) {
            const char *name = names[round / 2 - 1];
            (void)snprintf(path, sizeof(path), "%s/topic-0/%s", directory, name);
            damage(path);
        }
        log = open_log(&dir, clean);
        check_story(log);
    }
    /* Cut inside: the entry of what is cut goes. */
    struct log_aborted found[8];
    assert_int_equal(log_truncate_to(log, 5), 0);
    assert_int_equal(aborted(log, 0, 100, found), 1);
    assert_int_equal(log_last_stable_offset(log), 0); /* open again */
    log_destroy(log);
    log_dir_close(&dir, false, -1);
}

/* KIP-890: the marker has an epoch above that of the records, and may come twice. */
TEST(markers_know_the_transaction_version)
{
    struct producers producers;
    struct producer_batch duplicate;
    struct producer_txn txn;
    const struct producers_origin first = { .transaction_version = 0 };
    const struct producers_origin second = { .transaction_version = 2 };
    struct batch data = { .magic = 2,
                          .attributes = BATCH_ATTRIBUTE_TRANSACTIONAL,
                          .producer_id = 1,
                          .producer_epoch = 4,
                          .record_count = 1 };
    struct fixture_batch *marker = malloc(sizeof(*marker));
    struct batch batch;
    producers_init(&producers, 1);
    assert_int_equal(producers_reserve(&producers, &data), 0);
    (void)producers_apply(&producers, &data, &txn);
    assert_true(producers_is_open(&producers, 1, 4));
    assert_false(producers_is_open(&producers, 1, 5));
    assert_false(producers_is_open(&producers, 2, 4));
    fixture_marker(marker, true, 1, 4, 1);
    assert_int_equal(batch_read(slice_of(marker->data, marker->size), &batch), 0);
    assert_int_equal(producers_check(&producers, &batch, &first, &duplicate), 0);
    assert_int_equal(producers_check(&producers, &batch, &second, &duplicate),
                     KC_ERR_INVALID_PRODUCER_EPOCH);
    fixture_marker(marker, true, 1, 5, 1);
    assert_int_equal(batch_read(slice_of(marker->data, marker->size), &batch), 0);
    batch.base_offset = 1;
    assert_int_equal(producers_check(&producers, &batch, &second, &duplicate), 0);
    assert_int_equal(producers_reserve(&producers, &batch), 0);
    assert_true(producers_apply(&producers, &batch, &txn));
    assert_false(producers_is_open(&producers, 1, 5));
    assert_int_equal(producers_check(&producers, &batch, &second, &duplicate), 0);
    free(marker);
    producers_finish(&producers);
}
