/* chaos: one frame over a connection of its own, and what the broker says that it serves. */
#ifndef CHAOS_CALLER_H
#define CHAOS_CALLER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/messages.h"

/* Sends to PORT of this machine, says that no more comes, and takes what comes until the end.
 * False: nothing came for patience_ms, or more than `answer` may hold. */
bool caller_send(int port, struct slice frame, long patience_ms, struct bytes *answer);

/* ApiVersions, version 0; in the arena. */
void caller_ask_served(int port, long patience_ms, struct arena *arena,
                       struct api_versions_response *ret_served);

#endif
