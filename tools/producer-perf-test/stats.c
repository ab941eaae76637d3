/* producer-perf-test: what Kafka's tool counts, in its words. */
#include "producer-perf-test/stats.h"

#include "common/memory.h"

#include <inttypes.h>
#include <stdlib.h>

static const double mebibyte = 1024.0 * 1024.0;

void stats_init(struct stats *stats, int64_t count, int64_t interval_ms, bool steady,
                int64_t now_ms)
{
    int64_t samples = count < STATS_SAMPLES_MAX ? count : STATS_SAMPLES_MAX;
    *stats = (struct stats){ .interval_ms = interval_ms, .steady = steady };
    stats->sampling = count / samples;
    stats->sample_capacity = (size_t)(count / stats->sampling) + 1;
    stats->samples = memory_alloc(stats->sample_capacity * sizeof *stats->samples);
    stats->total.start_ms = now_ms;
    stats->window.start_ms = now_ms;
}

void stats_finish(struct stats *stats)
{
    free(stats->samples);
    *stats = (struct stats){ 0 };
}

static void add(struct stats_sum *sum, int64_t latency_ms, int64_t bytes)
{
    sum->count++;
    sum->bytes += bytes;
    sum->latency_ms += latency_ms;
    sum->latency_ms_max = latency_ms > sum->latency_ms_max ? latency_ms : sum->latency_ms_max;
}

/* Java prints what a division by zero gives as NaN and Infinity, without a sign. */
static void add_number(struct text *text, int digits, double dividend, double divisor)
{
    if (divisor == 0) {
        text_add(text, dividend == 0 ? "NaN" : "Infinity");
    } else {
        text_format(text, "%.*f", digits, dividend / divisor);
    }
}

static void add_rates(struct text *text, const struct stats_sum *sum, int digits, int64_t now_ms)
{
    double elapsed = (double)(now_ms - sum->start_ms);
    add_number(text, digits, 1000.0 * (double)sum->count, elapsed);
    text_add(text, " records/sec (");
    add_number(text, 2, 1000.0 * (double)sum->bytes / mebibyte, elapsed);
    text_add(text, " MB/sec), ");
}

static void add_window(struct stats *stats, int64_t now_ms, struct text *text)
{
    const struct stats_sum *sum = &stats->window;
    text_format(text, "%" PRId64 " records sent, ", sum->count);
    add_rates(text, sum, 1, now_ms);
    add_number(text, 1, (double)sum->latency_ms, (double)sum->count);
    text_format(text, " ms avg latency, %.1f ms max latency.\n", (double)sum->latency_ms_max);
}

void stats_record(struct stats *stats, int64_t latency_ms, int64_t bytes, int64_t now_ms,
                  bool quiet, struct text *text)
{
    if (stats->total.count % stats->sampling == 0 && stats->sample_count < stats->sample_capacity) {
        stats->samples[stats->sample_count++] =
            (int32_t)(latency_ms < INT32_MAX ? latency_ms : INT32_MAX);
    }
    add(&stats->total, latency_ms, bytes);
    add(&stats->window, latency_ms, bytes);
    if (now_ms - stats->window.start_ms < stats->interval_ms) {
        return;
    }
    if (stats->steady && stats->total.count == stats->window.count) {
        text_add(text, "In steady state.\n");
    }
    if (!quiet) {
        add_window(stats, now_ms, text);
    }
    stats->window = (struct stats_sum){ .start_ms = now_ms };
}

static int compare(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a;
    int32_t right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static int percentile(const struct stats *stats, double share)
{
    return stats->sample_count ? stats->samples[(size_t)(share * (double)stats->sample_count)] : 0;
}

void stats_total(struct stats *stats, int64_t now_ms, struct text *text)
{
    const struct stats_sum *sum = &stats->total;
    qsort(stats->samples, stats->sample_count, sizeof *stats->samples, compare);
    text_format(text, "%" PRId64 "%s records sent, ", sum->count,
                stats->steady ? " steady state" : "");
    add_rates(text, sum, 6, now_ms);
    add_number(text, 2, (double)sum->latency_ms, (double)sum->count);
    text_format(text,
                " ms avg latency, %.2f ms max latency, %d ms 50th, %d ms 95th, %d ms 99th, %d ms "
                "99.9th.\n",
                (double)sum->latency_ms_max, percentile(stats, 0.5), percentile(stats, 0.95),
                percentile(stats, 0.99), percentile(stats, 0.999));
}
