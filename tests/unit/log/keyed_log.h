/* tests: logs of records with keys, written and read as text: "a=1 b=2 a=-" are three records, the
 * last a tombstone of a. */
#ifndef LOG_KEYED_LOG_H
#define LOG_KEYED_LOG_H

#include "unit/log/log_fixture.h"

struct keyed_batch {
    const char *records;
    int64_t timestamp;
    int64_t producer_id; /* 0: none */
    int32_t base_sequence;
    bool transactional;
    enum compression codec;
};

/* Appends one batch; all of it is committed. */
void keyed_append(struct log *log, const struct keyed_batch *batch);
void keyed_put(struct log *log, const char *records, int64_t timestamp);
void keyed_marker(struct log *log, bool commit, int64_t producer_id);

/* "0:a=1 2:b=2 7:commit 9:abort", by offset; batches without records as "5:()". The text is good
 * until the next call. */
const char *keyed_show(struct log *log, char *text, size_t size);

/* One whole round, if it is due (else false), with room for so many keys. */
bool keyed_compact(struct log *log, size_t map_bytes_max, int64_t now_ms);

#endif
