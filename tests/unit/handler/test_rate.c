/* tests: rates over sliding samples, with numbers worked out by the rules of Kafka's Rate. */
#include "handler/rate.h"

#include "support/test.h"

#include <stdlib.h>

static const struct rate_window eleven = { 11, 1000 };

static struct rate *rate_make(const struct rate_window *window, int64_t now_ms)
{
    struct rate *rate = malloc(rate_size(window));
    assert_non_null(rate);
    rate_init(rate, now_ms);
    return rate;
}

static void assert_near(double a, double b)
{
    if (a - b > 1e-6 || b - a > 1e-6) {
        fail_msg("%f is not %f", a, b);
    }
}

/* A window that has just begun counts as ten whole samples. */
TEST(a_first_burst_is_spread_over_ten_samples)
{
    struct rate *rate = rate_make(&eleven, 5000);
    assert_near(rate_measure(rate, &eleven, 5000), 0);
    rate_add(rate, &eleven, 1000, 5000);
    assert_near(rate_measure(rate, &eleven, 5000), 100);
    assert_near(rate_measure(rate, &eleven, 5500), 1000 / 10.5);
    assert_near(rate_measure(rate, &eleven, 6000), 100); /* one whole, nine missing, none begun */
    assert_near(rate_measure(rate, &eleven, 15000), 100);
    assert_near(rate_measure(rate, &eleven, 15999), 1000 / 10.999);
    assert_near(rate_measure(rate, &eleven, 16000), 0); /* it has left the window */
    free(rate);
}

/* (rate - limit) / limit * window */
TEST(excess_is_the_time_in_which_the_rate_falls_to_the_limit)
{
    static const struct {
        double amount;
        int64_t at_ms;
        double limit;
        int32_t excess_ms;
    } rows[] = {
        { 1000, 0, 100, 0 },     /* exactly the limit */
        { 1001, 0, 100, 10 },    /* 100.1 over ten seconds */
        { 1500, 0, 100, 5000 },  /* 150 */
        { 5000, 0, 100, 40000 }, /* longer than the window */
        { 1, 0, 1e300, 0 },      { 1e9, 0, 1e-9, INT32_MAX },
        { 1100, 500, 100, 500 }, /* begun at 0, measured after half a second: 10.5 s */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rate *rate = rate_make(&eleven, 0);
        rate_add(rate, &eleven, rows[i].amount, rows[i].at_ms);
        assert_int_equal(rate_excess_ms(rate, &eleven, rows[i].limit, rows[i].at_ms),
                         rows[i].excess_ms);
        free(rate);
    }
}

TEST(old_samples_leave_one_by_one)
{
    struct rate *rate = rate_make(&eleven, 0);
    for (int second = 0; second < 11; second++) {
        rate_add(rate, &eleven, 100, second * 1000);
    }
    /* Eleven samples of 100; the newest has just begun, ten seconds have passed. */
    assert_near(rate_measure(rate, &eleven, 10000), 110);
    assert_near(rate_measure(rate, &eleven, 10999), 1100 / 10.999);
    /* The first leaves 11 s after its last amount. It begins anew, so the oldest is the second. */
    assert_near(rate_measure(rate, &eleven, 11000), 1000 / 10.0);
    rate_add(rate, &eleven, 300, 11000);
    assert_near(rate_measure(rate, &eleven, 11000), 1300 / 10.0);
    for (int second = 12; second < 100; second++) {
        rate_add(rate, &eleven, 100, second * 1000);
    }
    assert_near(rate_measure(rate, &eleven, 99000), 110);
    free(rate);
}

TEST(a_sample_that_overlaps_the_window_counts_whole)
{
    struct rate *rate = rate_make(&eleven, 0);
    rate_add(rate, &eleven, 100, 0);
    rate_add(rate, &eleven, 100, 999); /* the same sample, used last at 999 */
    assert_near(rate_measure(rate, &eleven, 11500), 200 / 11.5);
    assert_near(rate_measure(rate, &eleven, 11999), 0);
    free(rate);
}

TEST(what_is_taken_back_was_never_there)
{
    struct rate *rate = rate_make(&eleven, 0);
    rate_add(rate, &eleven, 500, 100);
    double before = rate_measure(rate, &eleven, 200);
    rate_add(rate, &eleven, 1e6, 200);
    assert_true(rate_excess_ms(rate, &eleven, 100, 200) > 0);
    rate_add(rate, &eleven, -1e6, 200);
    assert_near(rate_measure(rate, &eleven, 200), before);
    free(rate);
}

TEST(a_window_of_one_sample)
{
    const struct rate_window one = { 1, 1000 };
    struct rate *rate = rate_make(&one, 0);
    rate_add(rate, &one, 10, 0);
    /* No whole sample is demanded: a millisecond is the least. */
    assert_near(rate_measure(rate, &one, 0), 10000);
    assert_near(rate_measure(rate, &one, 500), 20);
    assert_near(rate_measure(rate, &one, 1000), 0);
    rate_add(rate, &one, 7, 1000);
    assert_near(rate_measure(rate, &one, 1500), 14);
    free(rate);
}
