/* tests: a member of group "g" as an application has it, and what its callbacks were told. */
#ifndef RELIABILITY_FELLOW_H
#define RELIABILITY_FELLOW_H

#include "support/test.h"

#include <libclient/client.h>

enum { FELLOW_POLL_MS = 10 };

struct fellow {
    struct kc_consumer *consumer;
    unsigned assigned, revoked, lost; /* partitions */
    unsigned commits;                 /* asynchronous ones that were answered */
    enum kc_err commit_err;           /* the last of them */
};

/* Subscribes to the topic, from its beginning, without auto commit, with quick heartbeats; settings
 * (name, value, ..., NULL; may be NULL) over these. */
void fellow_join(struct fellow *fellow, const char *address, const char *protocol,
                 const char *topic, const char *const *settings);

/* Polls once; true with a record. Errors are none of its business unless it is `strict`. */
bool fellow_poll(struct fellow *fellow, bool strict);

void fellow_poll_until_assigned(struct fellow *fellow);

/* A kc_commit_callback; its context is the fellow. */
void fellow_on_commit(void *context, enum kc_err err, const struct kc_position *positions,
                      size_t count);

/* Closes and destroys; the close must go well. */
void fellow_close(struct fellow *fellow, int timeout_ms);

#endif
