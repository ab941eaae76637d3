/* tests: an outage is told once, when it lasts. */
#include "support/test.h"

#include "cluster/outage.h"

enum { SECOND_US = 1000000 };

TEST(a_lasting_one_is_told_once)
{
    struct outage outage = { 0 };
    assert_false(outage_failure(&outage, 0, 0));
    assert_false(outage_failure(&outage, SECOND_US / 2, SECOND_US - 1));
    assert_true(outage_failure(&outage, SECOND_US, SECOND_US));
    assert_false(outage_failure(&outage, 2 * SECOND_US, 2 * SECOND_US));
    assert_false(outage_failure(&outage, 500 * (int64_t)SECOND_US, 600 * (int64_t)SECOND_US));
}

TEST(an_attempt_that_takes_long_is_told_at_its_end)
{
    struct outage outage = { 0 };
    assert_true(outage_failure(&outage, 5 * SECOND_US, 15 * SECOND_US));
}

TEST(the_next_one_is_told_again)
{
    struct outage outage = { 0 };
    assert_true(outage_failure(&outage, 0, 2 * SECOND_US));
    outage_end(&outage);
    assert_false(outage_failure(&outage, 10 * SECOND_US, 10 * SECOND_US));
    assert_true(outage_failure(&outage, 11 * SECOND_US, 11 * SECOND_US));
}
