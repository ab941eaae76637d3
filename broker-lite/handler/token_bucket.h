/* handler: permits that come at a steady rate and may be saved up to a burst: Kafka's TokenBucket
 * (KIP-599). Pure: time comes from outside (milliseconds, never backwards). */
#ifndef HANDLER_TOKEN_BUCKET_H
#define HANDLER_TOKEN_BUCKET_H

#include <stdint.h>

struct token_bucket {
    double tokens; /* below 0: taken in advance */
    int64_t filled_ms;
};

/* What comes a second, and how much of it is kept. */
struct token_flow {
    double rate;
    double burst;
};

/* Full. */
void token_bucket_init(struct token_bucket *bucket, const struct token_flow *flow, int64_t now_ms);

void token_bucket_take(struct token_bucket *bucket, const struct token_flow *flow, double count,
                       int64_t now_ms);

/* How long until nothing is owed; 0: nothing is. At most INT32_MAX. */
int32_t token_bucket_debt_ms(struct token_bucket *bucket, const struct token_flow *flow,
                             int64_t now_ms);

#endif
