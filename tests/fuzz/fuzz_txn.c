/* tests/fuzz: what transactions leave on disk: a transaction index that is taken for sane stands in
 * order; a record of __transaction_state that is read is written again and read the same. Input:
 * the first byte chooses; for a record the second is the size of its key. */
#include "coordinator/txn_record.h"
#include "log/txn_index.h"

#include <assert.h>
#include <string.h>

enum { ARENA_BYTES_MAX = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_index(struct slice file)
{
    uint8_t bytes[TXN_INDEX_ENTRY];
    size_t count = txn_index_count(file);
    if (!txn_index_is_sane(file, 0, INT64_MAX)) {
        return;
    }
    assert(count * TXN_INDEX_ENTRY == file.size);
    for (size_t i = 0; i < count; i++) {
        struct txn_index_entry entry = txn_index_at(file, i);
        txn_index_show(&entry, bytes);
        assert(memcmp(bytes, file.data + i * TXN_INDEX_ENTRY, TXN_INDEX_ENTRY) == 0);
        assert(txn_index_count_below(file, entry.last_offset) == i);
    }
}

static void check_equal(const struct txn_entry *a, const struct txn_entry *b)
{
    assert(a->now.producer_id == b->now.producer_id && a->now.epoch == b->now.epoch);
    assert(a->now.state == b->now.state && a->now.timeout_ms == b->now.timeout_ms);
    assert(a->now.start_ms == b->now.start_ms && a->now.updated_ms == b->now.updated_ms);
    assert(a->partition_count == b->partition_count || b->now.state == TXN_EMPTY);
}

static void write_again(struct slice id, const struct txn_entry *entry, struct arena *arena)
{
    struct journal journal;
    struct txn_entry *again = NULL;
    struct slice id_again;
    journal_init(&journal);
    txn_record_add(&journal, id, &entry->now, entry->partitions, entry->partition_count);
    assert(journal.err == KC_ERR_NONE);
    size_t key_size = 4 + (size_t)load_u16(journal.keys.data + 2);
    enum kc_err err =
        txn_record_read(slice_of(journal.keys.data, key_size),
                        slice_of(journal.keys.data + key_size, journal.keys.size - key_size), arena,
                        &id_again, &again);
    assert(err == KC_ERR_NONE && again && slice_equal(id, id_again));
    check_equal(entry, again);
    txn_entry_destroy(again);
    journal_finish(&journal);
}

static void try_record(struct slice key, struct slice value)
{
    struct txn_entry *entry = NULL;
    struct slice id;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    if (txn_record_read(key, value, &arena, &id, &entry) == KC_ERR_NONE && entry) {
        write_again(id, entry, &arena);
        txn_entry_destroy(entry);
    }
    arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t key_size = data[1] < size - 2 ? data[1] : size - 2;
    if (data[0] % 2 == 0) {
        try_index(slice_of(data + 1, size - 1));
    } else {
        try_record(slice_of(data + 2, key_size),
                   slice_of(data + 2 + key_size, size - 2 - key_size));
    }
    return 0;
}
