/* consumer-perf-test: what was read so far, and the lines that tell it. Times come from outside. */
#ifndef CONSUMER_PERF_TEST_PROGRESS_H
#define CONSUMER_PERF_TEST_PROGRESS_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *date_format; /* checked before */
    int64_t start_ms;
    int64_t count;
    int64_t bytes;
    int64_t join_ms;    /* without partitions, all in all */
    int64_t lost_at_ms; /* when there were no more */
    int64_t assigned;
    /* Since the last line: */
    int64_t line_ms;
    int64_t line_count; /* the total when it was printed */
    int64_t line_bytes;
    int64_t line_join_ms;
};

void progress_init(struct progress *progress, const char *date_format, int64_t now_ms);
void progress_header(bool detailed, struct text *text);

/* Partitions came, or (count below 0) went. */
void progress_assigned(struct progress *progress, int64_t count, int64_t now_ms);

/* A line of what came since the last one; nothing when that is nothing. */
void progress_line(struct progress *progress, int64_t now_ms, struct text *text);

/* The line of all. */
void progress_total(const struct progress *progress, int64_t now_ms, struct text *text);

#endif
