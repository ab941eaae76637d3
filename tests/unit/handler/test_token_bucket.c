/* tests: permits that come at a steady rate (KIP-599). */
#include "handler/token_bucket.h"

#include "support/test.h"

/* The example of the KIP: 5 a second, 100 samples of one second. */
static const struct token_flow five = { 5, 500 };

TEST(a_burst_is_paid_back_by_waiting)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, &five, 1000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 1000), 0);
    token_bucket_take(&bucket, &five, 560, 1000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 1000), 12000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 6000), 7000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 13000), 0);
    token_bucket_take(&bucket, &five, 1, 13000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 13000), 200);
}

TEST(no_more_than_the_burst_is_saved)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, &five, 0);
    token_bucket_take(&bucket, &five, 500, 1000000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 1000000), 0);
    token_bucket_take(&bucket, &five, 5, 1000000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 1000000), 1000);
}

/* A lower quota holds at once: what was saved is cut. */
TEST(the_flow_may_change)
{
    const struct token_flow one = { 1, 10 };
    struct token_bucket bucket;
    token_bucket_init(&bucket, &five, 0);
    token_bucket_take(&bucket, &one, 15, 0);
    assert_int_equal(token_bucket_debt_ms(&bucket, &one, 0), 5000);
    assert_int_equal(token_bucket_debt_ms(&bucket, &five, 0), 1000);
}

TEST(a_debt_without_end_is_cut)
{
    const struct token_flow trickle = { 1e-9, 1e-8 };
    struct token_bucket bucket;
    token_bucket_init(&bucket, &trickle, 0);
    token_bucket_take(&bucket, &trickle, 1e9, 0);
    assert_int_equal(token_bucket_debt_ms(&bucket, &trickle, 0), INT32_MAX);
}
