/* tests: producer/timeline: which record has which timestamp, for few changes and for many. */
#include "producer/bundle_pool.h"
#include "producer/timeline.h"
#include "support/test.h"

TEST(a_run_is_one_change)
{
    struct timeline timeline = { .count = 0 };
    size_t place = 0;
    static const int64_t stamps[] = { 5, 5, 5, 7, 6, 6 };
    for (size_t i = 0; i < 6; i++) {
        timeline_add(&timeline, i, stamps[i]);
    }
    assert_int_equal(timeline.count, 3);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(timeline_at(&timeline, i, &place), stamps[i]);
    }
    place = 0;
    assert_int_equal(timeline_at(&timeline, 5, &place), 6); /* some may be left out */
}

enum { RECORDS = 30 };

struct told {
    int64_t stamps[RECORDS];
    int count;
};

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct told *told = context;
    told->stamps[told->count++] = delivery->timestamp_ms;
}

/* As many records as there are, with a new timestamp every `run` of them. */
static void check_reports(int run, bool is_whole)
{
    struct bundle_pool pool;
    struct told told = { .count = 0 };
    enum kc_err err = KC_ERR_NONE;
    bundle_pool_init(&pool, 1 << 20, 4096);
    struct bundle *bundle = bundle_pool_take(&pool, 4096, 0, NULL, NULL, &err);
    assert_non_null(bundle);
    for (int i = 0; i < RECORDS; i++) {
        assert_true(bundle_append(bundle, 1000 - i / run, SLICE_NULL, slice_text("value"), NULL, 0,
                                  on_delivery, &told, NULL));
    }
    assert_int_equal(timeline_is_whole(&bundle->timeline), is_whole);
    struct bundle_listener nobody = { 0 };
    struct bundle_fate fate = { .status = KC_WRITTEN, .base_offset = 3, .append_time_ms = -1 };
    bundle_report(bundle, &nobody, "t", 0, &fate);
    assert_int_equal(told.count, RECORDS);
    for (int i = 0; i < RECORDS; i++) {
        assert_int_equal(told.stamps[i], 1000 - i / run);
    }
    bundle_pool_give(bundle);
    bundle_pool_finish(&pool);
}

TEST(reports_tell_each_records_time)
{
    check_reports(RECORDS, true);
    check_reports(4, true);
    check_reports(3, false); /* ten changes: the records themselves are read */
    check_reports(1, false);
}
