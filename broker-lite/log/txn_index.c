/* log: the .txnindex file of a segment. */
#include "log/txn_index.h"

void txn_index_show(const struct txn_index_entry *entry, uint8_t ret_bytes[TXN_INDEX_ENTRY])
{
    store_u16(ret_bytes, 0);
    store_u64(ret_bytes + 2, (uint64_t)entry->producer_id);
    store_u64(ret_bytes + 10, (uint64_t)entry->first_offset);
    store_u64(ret_bytes + 18, (uint64_t)entry->last_offset);
    store_u64(ret_bytes + 26, (uint64_t)entry->last_stable_offset);
}

size_t txn_index_count(struct slice file)
{
    return file.size / TXN_INDEX_ENTRY;
}

struct txn_index_entry txn_index_at(struct slice file, size_t place)
{
    const uint8_t *bytes = file.data + place * TXN_INDEX_ENTRY;
    return (struct txn_index_entry){ .producer_id = (int64_t)load_u64(bytes + 2),
                                     .first_offset = (int64_t)load_u64(bytes + 10),
                                     .last_offset = (int64_t)load_u64(bytes + 18),
                                     .last_stable_offset = (int64_t)load_u64(bytes + 26) };
}

bool txn_index_is_sane(struct slice file, int64_t base_offset, int64_t end_offset)
{
    int64_t last = base_offset - 1;
    for (size_t i = 0; i < txn_index_count(file); i++) {
        struct txn_index_entry entry = txn_index_at(file, i);
        if (load_u16(file.data + i * TXN_INDEX_ENTRY) != 0 || entry.last_offset <= last ||
            entry.last_offset >= end_offset || entry.first_offset < 0 ||
            entry.first_offset > entry.last_offset) {
            return false;
        }
        last = entry.last_offset;
    }
    return file.size % TXN_INDEX_ENTRY == 0;
}

size_t txn_index_count_below(struct slice file, int64_t offset)
{
    size_t count = 0;
    while (count < txn_index_count(file) && txn_index_at(file, count).last_offset < offset) {
        count++;
    }
    return count;
}
