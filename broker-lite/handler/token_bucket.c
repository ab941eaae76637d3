/* handler: permits that come at a steady rate. */
#include "handler/token_bucket.h"

#include "base/attr.h"

void token_bucket_init(struct token_bucket *bucket, const struct token_flow *flow, int64_t now_ms)
{
    bucket->tokens = flow->burst;
    bucket->filled_ms = now_ms;
}

static void fill(struct token_bucket *bucket, const struct token_flow *flow, int64_t now_ms)
{
    double come = flow->rate * (double)(now_ms - bucket->filled_ms) / 1000;
    bucket->tokens = MIN_OF(flow->burst, bucket->tokens + come);
    bucket->filled_ms = now_ms;
}

void token_bucket_take(struct token_bucket *bucket, const struct token_flow *flow, double count,
                       int64_t now_ms)
{
    fill(bucket, flow, now_ms);
    bucket->tokens -= count;
}

int32_t token_bucket_debt_ms(struct token_bucket *bucket, const struct token_flow *flow,
                             int64_t now_ms)
{
    fill(bucket, flow, now_ms);
    if (bucket->tokens >= 0) {
        return 0;
    }
    double wait = -bucket->tokens / flow->rate * 1000 + 0.5;
    return wait < INT32_MAX ? (int32_t)wait : INT32_MAX;
}
