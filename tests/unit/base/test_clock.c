/* tests: clock. */
#include "base/clock.h"
#include "support/test.h"

#include <time.h>

TEST(monotonic_never_goes_back)
{
    int64_t last = clock_now_us(&clock_system);

    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_now_us(&clock_system);
        assert_true(now >= last);
        last = now;
    }
    assert_true(clock_now_ms(&clock_system) >= last / 1000);
}

TEST(wall_is_the_machines)
{
    int64_t before = (int64_t)time(NULL);
    int64_t now_ms = clock_wall_ms(&clock_system);
    int64_t after = (int64_t)time(NULL);

    /* time() may lag by a tick. */
    assert_true(now_ms / 1000 >= before && now_ms / 1000 <= after + 1);
}

static int64_t seven(void *context)
{
    return *(int64_t *)context * 7;
}

TEST(can_be_faked)
{
    int64_t unit = 1000;
    struct clock clock = { seven, seven, &unit };

    assert_int_equal(clock_now_us(&clock), 7000);
    assert_int_equal(clock_now_ms(&clock), 7);
    assert_int_equal(clock_wall_ms(&clock), 7000);
}

static int64_t counted_wall_ms(void *context)
{
    return ++*(int64_t *)context;
}

TEST(a_remembered_time_is_at_most_a_moment_old)
{
    struct clock_memo memo = { 0 };
    for (int i = 0; i < 200000; i++) {
        int64_t before_ms = clock_wall_ms(&clock_system);
        int64_t told_ms = clock_memo_wall_ms(&memo, &clock_system);
        assert_in_range(told_ms, before_ms - 1, clock_wall_ms(&clock_system));
    }
}

TEST(a_clock_that_is_not_real_is_always_asked)
{
    int64_t count = 0;
    struct clock clock = { .wall_ms = counted_wall_ms, .context = &count };
    struct clock_memo memo = { 0 };
    for (int64_t i = 1; i <= 3; i++) {
        assert_int_equal(clock_memo_wall_ms(&memo, &clock), i);
    }
}
