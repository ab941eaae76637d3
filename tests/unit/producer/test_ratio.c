/* tests: the estimate of the ratio moves as Java's does. */
#include "producer/ratio.h"
#include "support/test.h"

TEST(better_comes_slowly)
{
    int ratio = RATIO_NONE;
    ratio = ratio_learn(ratio, 10000, 2000);
    assert_int_equal(ratio, 995);
    for (int i = 0; i < 158; i++) {
        ratio = ratio_learn(ratio, 10000, 2000);
    }
    assert_int_equal(ratio, 205);
    assert_int_equal(ratio_learn(ratio, 10000, 2000), 200);
    assert_int_equal(ratio_learn(202, 10000, 2000), 200);
    assert_int_equal(ratio_learn(200, 10000, 2000), 200);
}

TEST(worse_comes_at_once)
{
    assert_int_equal(ratio_learn(200, 10000, 9000), 900);
    assert_int_equal(ratio_learn(200, 10000, 2010), 250);
    assert_int_equal(ratio_learn(1000, 100, 120), 1200);
}

TEST(batches_are_filled_to_their_packed_size)
{
    assert_int_equal(ratio_fill(RATIO_NONE, 16384), 15603);
    assert_int_equal(ratio_fill(250, 16384), 62415);
    /* Nothing that is packed vanishes. */
    assert_int_equal(ratio_learn(2, 1000000000, 1), 1);
    assert_int_equal(ratio_learn(5, 0, 0), 5);
}
