/* consumer-perf-test: Kafka's columns. */
#include "consumer-perf-test/progress.h"
#include "support/test.h"

#include <stdlib.h>
#include <time.h>

static void start(struct progress *progress)
{
    setenv("TZ", "UTC", 1);
    tzset();
    progress_init(progress, "ss.SSS", 1000);
}

TEST(the_total_leaves_out_the_time_without_partitions)
{
    struct progress progress;
    struct text text = { 0 };
    start(&progress);
    progress_assigned(&progress, 3, 1500);
    progress.count = 400;
    progress.bytes = 2 << 20;
    progress_total(&progress, 3000, &text);
    assert_string_equal(text_view(&text), "01.000, 03.000, 2.0000, 1.0000, 400, 200.0000, 500, "
                                          "1500, 1.3333, 266.6667\n");
    text_finish(&text);
}

TEST(losing_some_partitions_is_no_rebalance_time)
{
    struct progress progress;
    start(&progress);
    progress_assigned(&progress, 3, 1100);
    progress_assigned(&progress, -1, 1200);
    progress_assigned(&progress, 1, 1900);
    assert_int_equal(progress.join_ms, 100);
    progress_assigned(&progress, -3, 2000);
    progress_assigned(&progress, 3, 2500);
    assert_int_equal(progress.join_ms, 600);
}

TEST(lines_tell_what_came_since_the_last_one)
{
    struct progress progress;
    struct text text = { 0 };
    start(&progress);
    progress_assigned(&progress, 1, 2000);
    progress_line(&progress, 2000, &text);
    assert_int_equal(text.size, 0);
    progress.count = 100;
    progress.bytes = 1 << 20;
    progress_line(&progress, 2000, &text);
    assert_string_equal(text_view(&text),
                        "02.000, 0, 1.0000, 1.0000, 100, 100.0000, 1000, 0, 0.0000, 0.0000\n");
    text.size = 0;
    progress.count = 150;
    progress.bytes = 2 << 20;
    progress_line(&progress, 2500, &text);
    assert_string_equal(text_view(&text),
                        "02.500, 0, 2.0000, 2.0000, 150, 100.0000, 0, 500, 2.0000, 100.0000\n");
    text_finish(&text);
}

TEST(heads)
{
    struct text text = { 0 };
    progress_header(true, &text);
    assert_string_equal(text_view(&text),
                        "time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, "
                        "nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, "
                        "fetch.nMsg.sec\n");
    text_finish(&text);
}
