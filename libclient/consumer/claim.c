/* consumer: one assigned partition as both threads know it. */
#include "consumer/claim.h"

#include <assert.h>
#include <stdlib.h>

struct claim *claim_create(struct slice topic, int32_t partition)
{
    struct claim *claim = calloc(1, sizeof(*claim) + topic.size + 1);

    if (!claim) {
        return NULL;
    }
    refs_init(&claim->refs);
    list_init(&claim->link);
    list_init(&claim->held);
    atomic_init(&claim->damaged, -1);
    atomic_init(&claim->end_offset, -1);
    claim->stored = -1;
    claim->stored_epoch = -1;
    claim->offset = -1;
    claim->leader_epoch = -1;
    claim->committed = -1;
    claim->partition = partition;
    claim->topic_size = topic.size;
    memcpy(claim->topic, topic.data, topic.size);
    return claim;
}

void claim_take(struct claim *claim)
{
    refs_take(&claim->refs);
}

void claim_drop(struct claim *claim)
{
    if (claim && refs_drop(&claim->refs)) {
        assert(!list_is_linked(&claim->link) && list_is_empty(&claim->held));
        free(claim);
    }
}
