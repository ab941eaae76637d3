/* client: interceptors between a batch and the application. Counted: batches outlive the consumer
 * that made them. */
#ifndef CLIENT_SIEVE_H
#define CLIENT_SIEVE_H

#include "client/plug.h"
#include "consumer/fetched.h"

struct sieve;

/* *ret_sieve stays NULL when no interceptor looks at records. KC_ERR_NO_MEMORY. */
enum kc_err sieve_create(const struct plug *plug, struct sieve **ret_sieve);
/* One owner less; NULL is fine. */
void sieve_drop(struct sieve *sieve);

/* The batch gets one owner of the sieve (NULL: none), unless it has one. */
void sieve_attach(struct sieve *sieve, struct kc_batch *batch);

/* The next record that no interceptor leaves out; false at the end. sieve_search is its slow half.
 */
bool sieve_search(struct kc_batch *batch, struct kc_record *ret_record);

static inline bool sieve_next(struct kc_batch *batch, struct kc_record *ret_record)
{
    return BASE_UNLIKELY(batch->sieve != NULL) ? sieve_search(batch, ret_record)
                                               : fetched_batch_next(batch, ret_record);
}

#endif
