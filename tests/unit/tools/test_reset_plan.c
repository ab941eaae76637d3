/* tools: where a reset goes. */
#include "consumer-groups/reset_plan.h"
#include "support/test.h"

static void plans(enum reset_scenario scenario, int64_t amount, struct reset_facts facts,
                  enum reset_note note, int64_t offset, int64_t wanted)
{
    int64_t got = -77;
    int64_t before = -77;
    assert_int_equal(reset_plan(scenario, amount, &facts, &got, &before), note);
    assert_true(got == offset);
    assert_true(before == wanted);
}

static const struct reset_facts facts = {
    .earliest = 10, .latest = 50, .committed = 20, .at_time = 30
};
static const struct reset_facts bare = {
    .earliest = 10, .latest = 50, .committed = -1, .at_time = -1
};

TEST(ends)
{
    plans(RESET_TO_EARLIEST, 0, facts, RESET_FINE, 10, -1);
    plans(RESET_TO_LATEST, 0, facts, RESET_FINE, 50, -1);
}

TEST(current)
{
    plans(RESET_TO_CURRENT, 0, facts, RESET_FINE, 20, -1);
    plans(RESET_TO_CURRENT, 0, bare, RESET_FINE, 50, -1);
}

TEST(time)
{
    plans(RESET_TO_TIME, 0, facts, RESET_FINE, 30, -1);
    plans(RESET_TO_TIME, 0, bare, RESET_NO_RECORD, 50, -1);
}

TEST(offset_is_clamped)
{
    plans(RESET_TO_OFFSET, 10, facts, RESET_FINE, 10, 10);
    plans(RESET_TO_OFFSET, 50, facts, RESET_FINE, 50, 50);
    plans(RESET_TO_OFFSET, 51, facts, RESET_TOO_HIGH, 50, 51);
    plans(RESET_TO_OFFSET, -5, facts, RESET_TOO_LOW, 10, -5);
}

TEST(shift_is_clamped)
{
    plans(RESET_SHIFT_BY, 5, facts, RESET_FINE, 25, 25);
    plans(RESET_SHIFT_BY, -10, facts, RESET_FINE, 10, 10);
    plans(RESET_SHIFT_BY, -11, facts, RESET_TOO_LOW, 10, 9);
    plans(RESET_SHIFT_BY, INT64_MAX, facts, RESET_TOO_HIGH, 50, INT64_MAX);
    plans(RESET_SHIFT_BY, INT64_MIN, facts, RESET_TOO_LOW, 10, INT64_MIN + 20);
    plans(RESET_SHIFT_BY, 1, bare, RESET_NOT_COMMITTED, -77, -1);
}
