/* tests: backoff. */
#include "support/test.h"

#include "cluster/retry.h"

TEST(doubles_up_to_the_maximum)
{
    const struct retry_policy policy = { 100, 1000 };
    const int64_t expected[] = { 0, 100, 200, 400, 800, 1000, 1000 };
    struct random random;
    random_init(&random, 1);
    for (int i = 0; i < 7; i++) {
        for (int j = 0; j < 100; j++) {
            int64_t delay_ms = retry_delay_ms(&policy, i, &random);
            assert_true(delay_ms >= expected[i] * 8 / 10 && delay_ms <= expected[i] * 12 / 10);
        }
    }
    assert_true(retry_delay_ms(&policy, INT32_MAX, &random) <= 1200);
}

TEST(jitter_spreads_and_zero_means_none)
{
    const struct retry_policy policy = { 1000, 1000 };
    const struct retry_policy none = { 0, 1000 };
    struct random random;
    random_init(&random, 2);
    int64_t first = retry_delay_ms(&policy, 1, &random);
    int different = 0;
    for (int i = 0; i < 20; i++) {
        different += retry_delay_ms(&policy, 1, &random) != first;
    }
    assert_true(different > 10);
    assert_int_equal(retry_delay_ms(&none, 5, &random), 0);
}
