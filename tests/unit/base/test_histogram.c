/* tests: the histogram's quantiles against exact ones, its bounds, merging. */
#include "base/attr.h"
#include "base/histogram.h"
#include "base/random.h"
#include "support/test.h"

#include <math.h>
#include <stdlib.h>

enum { VALUES = 20000 };

static int compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static int64_t exact_quantile(const int64_t *sorted, size_t count, double share)
{
    size_t rank = (size_t)ceil(share * (double)count);
    return sorted[rank == 0 ? 0 : rank - 1];
}

static void check_quantiles(const struct histogram *histogram, int64_t *values, size_t count)
{
    static const double shares[] = { 0, 0.01, 0.5, 0.75, 0.9, 0.95, 0.99, 0.9999, 1 };
    qsort(values, count, sizeof(*values), compare);
    for (size_t i = 0; i < ARRAY_COUNT(shares); i++) {
        int64_t exact = exact_quantile(values, count, shares[i]);
        int64_t told = histogram_quantile(histogram, shares[i]);
        if (llabs(told - exact) > exact / 64) {
            fail_msg("share %g: %lld, exactly %lld", shares[i], (long long)told, (long long)exact);
        }
    }
    assert_int_equal(histogram->min, values[0]);
    assert_int_equal(histogram->max, values[count - 1]);
    assert_int_equal(histogram->count, count);
}

TEST(quantiles_are_within_the_stated_error)
{
    static int64_t values[VALUES];
    struct histogram histogram;
    struct random random;
    random_init(&random, 7);
    for (int bits = 1; bits <= HISTOGRAM_VALUE_BITS; bits++) {
        int64_t sum = 0;
        histogram_clear(&histogram);
        for (size_t i = 0; i < VALUES; i++) {
            /* Many sizes: a value of some of the bits. */
            values[i] = (int64_t)(random_next(&random) >> (64 - bits)) >>
                        random_next(&random) % (uint64_t)bits;
            sum += values[i];
            histogram_record(&histogram, values[i]);
        }
        check_quantiles(&histogram, values, VALUES);
        assert_int_equal(histogram.sum, sum);
        assert_int_equal(histogram_average(&histogram), sum / VALUES);
    }
}

TEST(every_value_lies_in_a_bucket_whose_middle_is_near)
{
    for (int bits = 0; bits < HISTOGRAM_VALUE_BITS; bits++) {
        for (int64_t delta = -2; delta <= 2; delta++) {
            struct histogram histogram = { 0 };
            int64_t value = ((int64_t)1 << bits) + delta;
            value = value < 0 ? 0 : value;
            histogram_record(&histogram, 0);
            histogram_record(&histogram, value);
            histogram_record(&histogram, INT64_MAX);
            assert_true(llabs(histogram_quantile(&histogram, 0.5) - value) <= value / 64);
        }
    }
}

TEST(an_empty_one_tells_zeros)
{
    struct histogram histogram = { 0 };
    assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
    assert_int_equal(histogram_average(&histogram), 0);
    assert_true(histogram_deviation(&histogram) == 0);
    assert_int_equal(histogram.min, 0);
    assert_int_equal(histogram.max, 0);
}

TEST(values_outside_are_counted_at_the_ends)
{
    struct histogram histogram = { 0 };
    histogram_record(&histogram, -5);
    histogram_record(&histogram, INT64_MAX);
    histogram_record(&histogram, INT64_MAX);
    assert_int_equal(histogram.min, 0);
    assert_int_equal(histogram.max, INT64_MAX);
    assert_int_equal(histogram.sum, INT64_MAX);
    assert_int_equal(histogram.count, 3);
    assert_int_equal(histogram_quantile(&histogram, 0.1), 0);
    assert_true(histogram_quantile(&histogram, 1) >=
                ((int64_t)1 << HISTOGRAM_VALUE_BITS) / 64 * 63);
}

TEST(merging_counts_as_recording_did)
{
    static int64_t values[VALUES];
    struct histogram all = { 0 };
    struct histogram parts[3] = { 0 };
    struct random random;
    random_init(&random, 11);
    for (size_t i = 0; i < VALUES; i++) {
        values[i] = (int64_t)(random_next(&random) >> 40);
        histogram_record(&all, values[i]);
        histogram_record(&parts[i % 2], values[i]);
    }
    struct histogram merged = { 0 };
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) { /* the last is empty */
        histogram_merge(&merged, &parts[i]);
    }
    assert_memory_equal(&merged, &all, sizeof(all));
    check_quantiles(&merged, values, VALUES);
}

TEST(a_full_bucket_stays_full)
{
    struct histogram histogram = { 0 };
    histogram.buckets[3] = UINT32_MAX - 1;
    histogram.count = UINT32_MAX - 1;
    histogram.min = histogram.max = 3;
    histogram_record(&histogram, 3);
    histogram_record(&histogram, 3);
    assert_int_equal(histogram.buckets[3], UINT32_MAX);
    assert_int_equal(histogram.count, (int64_t)UINT32_MAX + 1);
    histogram_merge(&histogram, &histogram);
    assert_int_equal(histogram.buckets[3], UINT32_MAX);
    assert_int_equal(histogram_quantile(&histogram, 0.5), 3);
}

TEST(the_deviation_is_near_the_exact_one)
{
    struct histogram histogram = { 0 };
    struct random random;
    random_init(&random, 3);
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < VALUES; i++) {
        int64_t value = (int64_t)(random_next(&random) % 100000);
        histogram_record(&histogram, value);
        sum += (double)value;
        squares += (double)value * (double)value;
    }
    double exact = sqrt(squares / VALUES - (sum / VALUES) * (sum / VALUES));
    assert_true(fabs(histogram_deviation(&histogram) - exact) < exact / 50);
}

TEST(values_below_a_power_of_two_are_counted)
{
    struct histogram histogram = { 0 };
    for (int64_t value = 0; value < 5000; value++) {
        histogram_record(&histogram, value);
    }
    histogram_record(&histogram, INT64_MAX);
    for (int power = 0; power <= 12; power++) {
        assert_int_equal(histogram_below(&histogram, power), (int64_t)1 << power);
    }
    assert_int_equal(histogram_below(&histogram, 13), 5000);
    assert_int_equal(histogram_below(&histogram, HISTOGRAM_VALUE_BITS), 5001);
}
