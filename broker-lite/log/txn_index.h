/* log: the .txnindex file of a segment: one entry for each aborted transaction whose marker lies in
 * the segment, in the order of the markers (KIP-98, Kafka's format). Pure: bytes in and out. */
#ifndef LOG_TXN_INDEX_H
#define LOG_TXN_INDEX_H

#include "base/bytes.h"

enum {
    TXN_INDEX_ENTRY = 34, /* int16 version 0, producer id, first, last, last stable offset */
    TXN_INDEX_BYTES_MAX = 256 * 1024 * 1024
};

struct txn_index_entry {
    int64_t producer_id;
    int64_t first_offset;
    int64_t last_offset;        /* that of the marker */
    int64_t last_stable_offset; /* that the marker left: what ends later stands later */
};

void txn_index_show(const struct txn_index_entry *entry, uint8_t ret_bytes[TXN_INDEX_ENTRY]);

/* Whole entries in the file. */
size_t txn_index_count(struct slice file);

/* The entry at a place below txn_index_count. */
struct txn_index_entry txn_index_at(struct slice file, size_t place);

/* False when this cannot be the index of a segment that begins at base_offset: a part of an entry,
 * an unknown version, markers below the segment, behind its end, or out of order. */
bool txn_index_is_sane(struct slice file, int64_t base_offset, int64_t end_offset);

/* How many entries lie below the offset: what a cut of the segment there keeps. */
size_t txn_index_count_below(struct slice file, int64_t offset);

#endif
