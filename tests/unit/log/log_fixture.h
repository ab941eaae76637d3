/* tests: what the log's tests share: batches with known contents, a log in a directory, and a
 * check that a log holds exactly what was put in. */
#ifndef LOG_LOG_FIXTURE_H
#define LOG_LOG_FIXTURE_H

#include "log/log.h"
#include "support/test.h"

enum { FIXTURE_BATCH_MAX = 64 * 1024 };

struct fixture_batch {
    uint8_t data[FIXTURE_BATCH_MAX];
    size_t size;
};

struct fixture_options {
    int32_t count;       /* records */
    size_t value_size;   /* 0: short */
    int64_t timestamp;   /* of all records */
    int64_t producer_id; /* 0: none */
    int16_t producer_epoch;
    int32_t base_sequence;
    bool transactional;
    int64_t salt; /* value of record i: "v<salt + i>" padded */
};

/* One batch as a client sends it. */
void fixture_batch(struct fixture_batch *batch, const struct fixture_options *options);

/* A marker batch. */
void fixture_marker(struct fixture_batch *batch, bool commit, int64_t producer_id,
                    int16_t producer_epoch, int32_t coordinator_epoch);

enum kc_err fixture_append(struct log *log, struct fixture_batch *batch, enum log_origin origin,
                           int32_t leader_epoch, int64_t now_ms, struct log_appended *ret);

/* Appends `count` records whose values are their offsets; fails the test when it cannot. */
void fixture_fill(struct log *log, int32_t count, int64_t now_ms);
enum kc_err fixture_try_fill(struct log *log, int32_t count, int64_t now_ms);

/* Every record from the start to the end is there, in order, without a gap, and its value is its
 * offset. Returns the number of records. */
int64_t fixture_verify(struct log *log);

struct log_open fixture_open(struct log_dir *dir);

/* A trace that counts lines. */
struct fixture_trace {
    struct trace trace;
    size_t lines;
    char last[1024];
};
void fixture_trace_init(struct fixture_trace *trace);

#endif
