/* client: memory for what serializers, deserializers and interceptors make. */
#ifndef CLIENT_MESSAGE_SCRATCH_H
#define CLIENT_MESSAGE_SCRATCH_H

#include "base/arena.h"

#include <libclient/serializer.h>

struct kc_scratch {
    struct arena arena;
};

void message_scratch_init(struct kc_scratch *scratch);
void message_scratch_finish(struct kc_scratch *scratch);

#endif
