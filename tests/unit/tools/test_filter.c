/* tools: lists of states and types. */
#include "consumer-groups/filter.h"
#include "support/test.h"

TEST(states)
{
    struct filter filter;
    assert_true(filter_states(&filter, "Empty, stable ,PREPARINGREBALANCE"));
    assert_int_equal(filter.count, 3);
    assert_string_equal(filter.words[1], "Stable");
    assert_string_equal(filter.words[2], "PreparingRebalance");
    assert_null(filter.words[3]);
    assert_true(filter_takes(&filter, "Empty"));
    assert_false(filter_takes(&filter, "Dead"));
    assert_false(filter_states(&filter, "sleepy"));
    assert_false(filter_states(&filter, "Empty,"));
    assert_false(filter_states(&filter, ""));
}

TEST(types)
{
    struct filter filter;
    assert_true(filter_types(&filter, "classic,Consumer"));
    assert_string_equal(filter.words[0], "Classic");
    assert_false(filter_types(&filter, "share"));
}

TEST(nothing_takes_all)
{
    struct filter filter = { 0 };
    assert_true(filter_takes(&filter, "Empty"));
}
