/* client: interceptors between a batch and the application. */
#include "client/sieve.h"

#include "base/lock.h"

#include <stdlib.h>

struct sieve {
    struct refs refs;
    struct plug plug;
};

enum kc_err sieve_create(const struct plug *plug, struct sieve **ret_sieve)
{
    bool is_needed = false;
    for (size_t i = 0; i < plug->consumer_count; i++) {
        is_needed |= plug->consumers[i].on_consume != NULL;
    }
    if (!is_needed) {
        return KC_ERR_NONE;
    }
    struct sieve *sieve = calloc(1, sizeof(*sieve));
    if (!sieve) {
        return KC_ERR_NO_MEMORY;
    }
    refs_init(&sieve->refs);
    sieve->plug = *plug;
    *ret_sieve = sieve;
    return KC_ERR_NONE;
}

void sieve_drop(struct sieve *sieve)
{
    if (sieve && refs_drop(&sieve->refs)) {
        free(sieve);
    }
}

void sieve_attach(struct sieve *sieve, struct kc_batch *batch)
{
    if (sieve && !batch->sieve) {
        refs_take(&sieve->refs);
        batch->sieve = sieve;
        batch->drop_sieve = sieve_drop;
    }
}

bool sieve_search(struct kc_batch *batch, struct kc_record *ret_record)
{
    while (fetched_batch_next(batch, ret_record)) {
        if (plug_consume(&batch->sieve->plug, ret_record)) {
            return true;
        }
    }
    return false;
}
