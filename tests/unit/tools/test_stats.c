/* producer-perf-test: counts and lines in Kafka's form. */
#include "producer-perf-test/stats.h"
#include "support/test.h"

#include <string.h>

TEST(total_tells_rates_and_percentiles)
{
    struct stats stats;
    struct text text = { 0 };
    stats_init(&stats, 100, 5000, false, 1000);
    for (int i = 0; i < 100; i++) {
        stats_record(&stats, i, 1048576, 1000 + i, false, &text);
    }
    assert_int_equal(text.size, 0);
    stats_total(&stats, 2000, &text);
    assert_string_equal(text_view(&text),
                        "100 records sent, 100.000000 records/sec (100.00 MB/sec), 49.50 ms avg "
                        "latency, 99.00 ms max latency, 50 ms 50th, 95 ms 95th, 99 ms 99th, 99 ms "
                        "99.9th.\n");
    text_finish(&text);
    stats_finish(&stats);
}

TEST(nothing_sent_in_no_time)
{
    struct stats stats;
    struct text text = { 0 };
    stats_init(&stats, 2, 5000, false, 1000);
    stats_total(&stats, 1000, &text);
    assert_string_equal(text_view(&text),
                        "0 records sent, NaN records/sec (NaN MB/sec), NaN ms avg latency, 0.00 ms "
                        "max latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.\n");
    text_finish(&text);
    stats_finish(&stats);
}

TEST(progress_at_the_end_of_an_interval)
{
    struct stats stats;
    struct text text = { 0 };
    stats_init(&stats, 10, 1000, false, 0);
    stats_record(&stats, 5, 10, 500, false, &text);
    stats_record(&stats, 15, 10, 999, false, &text);
    assert_int_equal(text.size, 0);
    stats_record(&stats, 10, 10, 2000, false, &text);
    assert_string_equal(text_view(&text), "3 records sent, 1.5 records/sec (0.00 MB/sec), 10.0 ms "
                                          "avg latency, 15.0 ms max latency.\n");
    text.size = 0;
    /* Quiet while another one tells it. */
    stats_record(&stats, 7, 10, 3000, true, &text);
    assert_int_equal(text.size, 0);
    assert_int_equal(stats.window.count, 0);
    assert_int_equal(stats.total.count, 4);
    text_finish(&text);
    stats_finish(&stats);
}

TEST(the_steady_state_says_so_once)
{
    struct stats stats;
    struct text text = { 0 };
    stats_init(&stats, 10, 1000, true, 0);
    stats_record(&stats, 1, 1, 1000, true, &text);
    assert_string_equal(text_view(&text), "In steady state.\n");
    text.size = 0;
    stats_record(&stats, 1, 1, 2000, true, &text);
    assert_int_equal(text.size, 0);
    stats_total(&stats, 2000, &text);
    assert_memory_equal(text_view(&text), "2 steady state records sent, 1.000000 records/sec",
                        strlen("2 steady state records sent, 1.000000 records/sec"));
    text_finish(&text);
    stats_finish(&stats);
}

TEST(many_records_are_sampled)
{
    struct stats stats;
    struct text text = { 0 };
    int64_t count = 4 * (int64_t)STATS_SAMPLES_MAX + 3;
    stats_init(&stats, count, INT64_MAX, false, 0);
    for (int64_t i = 0; i < count; i++) {
        stats_record(&stats, i % 4 == 0 ? 7 : 1, 1, 0, false, &text);
    }
    assert_int_equal(stats.sampling, 4);
    assert_int_equal(stats.sample_count, STATS_SAMPLES_MAX + 1);
    stats_total(&stats, 1000, &text);
    assert_non_null(strstr(text_view(&text), "7 ms 50th, 7 ms 95th, 7 ms 99th, 7 ms 99.9th."));
    text_finish(&text);
    stats_finish(&stats);
}
