/* base: counts of values by size, in buckets that grow with the value: quantiles within a stated
 * error, in bounded memory, mergeable. Pure; one thread at a time. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

/* Values below 32 are exact. Above, each doubling is cut into 32 buckets of equal width, and a
 * quantile is the middle of its bucket: off by at most 1/64 of the value. */
enum {
    HISTOGRAM_BITS = 5,
    HISTOGRAM_VALUE_BITS = 36, /* 19 hours of microseconds, 64 GiB */
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS
};

/* Zeroed is empty. Negative values count as 0, those past the end as the greatest. A bucket that
 * is full (4 milliards) counts no further; min, max, sum and count stay exact. */
struct histogram {
    int64_t count;
    int64_t sum; /* stays at INT64_MAX when it gets there */
    int64_t min; /* 0 when empty */
    int64_t max;
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *histogram, int64_t value);

/* Adds what the other has counted, as if each value had been recorded here. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);

void histogram_clear(struct histogram *histogram);

/* The value below or at which `share` (0..1) of the values lie; never outside min..max. 0 when
 * empty. */
int64_t histogram_quantile(const struct histogram *histogram, double share);

/* How many values are below 2^power; power at most HISTOGRAM_VALUE_BITS. Exact while no bucket is
 * full. */
int64_t histogram_below(const struct histogram *histogram, int power);

/* Rounded down; 0 when empty. */
int64_t histogram_average(const struct histogram *histogram);

/* The standard deviation, from the buckets' middles; 0 when empty. */
double histogram_deviation(const struct histogram *histogram);

#endif
