/* client: memory for what serializers, deserializers and interceptors make. */
#include "client/message_scratch.h"

#include <stdlib.h>

enum { SCRATCH_SIZE_MAX = 256 << 20 };

void message_scratch_init(struct kc_scratch *scratch)
{
    arena_init(&scratch->arena, SCRATCH_SIZE_MAX);
}

void message_scratch_finish(struct kc_scratch *scratch)
{
    arena_finish(&scratch->arena);
}

struct kc_scratch *kc_scratch_create(void)
{
    struct kc_scratch *scratch = calloc(1, sizeof(*scratch));
    if (scratch) {
        message_scratch_init(scratch);
    }
    return scratch;
}

void kc_scratch_destroy(struct kc_scratch *scratch)
{
    if (scratch) {
        message_scratch_finish(scratch);
        free(scratch);
    }
}

void kc_scratch_reset(struct kc_scratch *scratch)
{
    if (scratch) {
        arena_reset(&scratch->arena);
    }
}

void *kc_scratch_alloc(struct kc_scratch *scratch, size_t size)
{
    return scratch ? arena_alloc(&scratch->arena, size) : NULL;
}
