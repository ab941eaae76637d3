/* base: counts of values by size. */
#include "base/histogram.h"

#include "base/attr.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define VALUE_MAX (((int64_t)1 << HISTOGRAM_VALUE_BITS) - 1)

enum { SUB_COUNT = 1 << HISTOGRAM_BITS };

/* Below 32 the value itself; else the doubling that it lies in, and its next five bits. */
static size_t bucket_of(int64_t value)
{
    if (value < SUB_COUNT) {
        return (size_t)value;
    }
    size_t shift = BASE_BIT_WIDTH((uint64_t)value) - HISTOGRAM_BITS - 1;
    return (shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

static int64_t middle_of(size_t bucket)
{
    if (bucket < 2 * SUB_COUNT) {
        return (int64_t)bucket;
    }
    size_t shift = (bucket >> HISTOGRAM_BITS) - 1;
    int64_t low = (int64_t)(bucket - (shift << HISTOGRAM_BITS)) << shift;
    return low + (((int64_t)1 << shift) - 1) / 2;
}

static void add_sum(struct histogram *histogram, int64_t sum)
{
    histogram->sum = sum > INT64_MAX - histogram->sum ? INT64_MAX : histogram->sum + sum;
}

static void add_bucket(uint32_t *bucket, uint32_t count)
{
    *bucket = count > UINT32_MAX - *bucket ? UINT32_MAX : *bucket + count;
}

void histogram_record(struct histogram *histogram, int64_t value)
{
    value = MAX_OF(value, 0);
    histogram->min = histogram->count == 0 ? value : MIN_OF(histogram->min, value);
    histogram->max = MAX_OF(histogram->max, value);
    histogram->count++;
    add_sum(histogram, value);
    add_bucket(&histogram->buckets[bucket_of(MIN_OF(value, VALUE_MAX))], 1);
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    if (other->count == 0) {
        return;
    }
    histogram->min = histogram->count == 0 ? other->min : MIN_OF(histogram->min, other->min);
    histogram->max = MAX_OF(histogram->max, other->max);
    histogram->count += other->count;
    add_sum(histogram, other->sum);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        add_bucket(&histogram->buckets[i], other->buckets[i]);
    }
}

void histogram_clear(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

/* What the buckets hold: less than `count` when one is full. */
static int64_t bucket_sum(const struct histogram *histogram)
{
    int64_t sum = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        sum += histogram->buckets[i];
    }
    return sum;
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
    int64_t total = bucket_sum(histogram);
    int64_t rank = (int64_t)ceil(share * (double)total);
    int64_t seen = 0;
    if (total == 0) {
        return 0;
    }
    rank = MAX_OF(MIN_OF(rank, total), 1);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank) {
            return MAX_OF(MIN_OF(middle_of(i), histogram->max), histogram->min);
        }
    }
    return histogram->max;
}

int64_t histogram_below(const struct histogram *histogram, int power)
{
    size_t end = power >= HISTOGRAM_VALUE_BITS ? HISTOGRAM_BUCKETS : bucket_of((int64_t)1 << power);
    int64_t count = 0;
    for (size_t i = 0; i < end; i++) {
        count += histogram->buckets[i];
    }
    return count;
}

int64_t histogram_average(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : histogram->sum / histogram->count;
}

double histogram_deviation(const struct histogram *histogram)
{
    double total = (double)bucket_sum(histogram);
    double average = 0;
    double squares = 0;
    if (total < 1) {
        return 0;
    }
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        average += (double)middle_of(i) * histogram->buckets[i] / total;
    }
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        double distance = (double)middle_of(i) - average;
        squares += distance * distance * histogram->buckets[i] / total;
    }
    return sqrt(squares);
}
