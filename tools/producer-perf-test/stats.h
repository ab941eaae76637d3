/* producer-perf-test: counts, rates and latencies of what was acknowledged. Times come from
 * outside. One thread records; what it prints goes into a text. */
#ifndef PRODUCER_PERF_TEST_STATS_H
#define PRODUCER_PERF_TEST_STATS_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { STATS_SAMPLES_MAX = 500000 };

struct stats_sum {
    int64_t count;
    int64_t bytes;
    int64_t latency_ms;
    int64_t latency_ms_max;
    int64_t start_ms;
};

struct stats {
    struct stats_sum total;
    struct stats_sum window; /* since the last line of progress */
    int32_t *samples;        /* every `sampling`-th latency, for the percentiles */
    size_t sample_count;
    size_t sample_capacity;
    int64_t sampling;
    int64_t interval_ms;
    bool steady; /* of what comes after the warmup */
};

void stats_init(struct stats *stats, int64_t count, int64_t interval_ms, bool steady,
                int64_t now_ms);
void stats_finish(struct stats *stats);

/* One record. When the interval is over, a line of progress is appended (unless quiet) and the
 * next one begins. */
void stats_record(struct stats *stats, int64_t latency_ms, int64_t bytes, int64_t now_ms,
                  bool quiet, struct text *text);

/* The last line. Sorts the samples: nothing is recorded after it. */
void stats_total(struct stats *stats, int64_t now_ms, struct text *text);

#endif
