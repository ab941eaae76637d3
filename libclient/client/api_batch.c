/* client: batches of records in the application's hands. */
#include "client/sieve.h"

bool kc_batch_next(struct kc_batch *batch, struct kc_record *ret_record)
{
    return batch && sieve_next(batch, ret_record);
}

const char *kc_batch_topic(const struct kc_batch *batch)
{
    return batch->claim->topic;
}

int32_t kc_batch_partition(const struct kc_batch *batch)
{
    return batch->claim->partition;
}

int64_t kc_batch_high_watermark(const struct kc_batch *batch)
{
    return batch->high_watermark;
}

void kc_batch_release(struct kc_batch *batch)
{
    fetched_batch_destroy(batch);
}
