/* controller: who votes, as a control batch of the metadata log (VotersRecord, KIP-853): what the
 * engine calls a configuration. */
#ifndef CONTROLLER_QUORUM_VOTERS_H
#define CONTROLLER_QUORUM_VOTERS_H

#include "controller/quorum.h"
#include "record/batch.h"

#include <raft.h>

enum { QUORUM_VOTERS_BYTES_MAX = 4096, QUORUM_VOTERS_MAX = 16 };

/* The engine's ids begin at 1, Kafka's at 0. */
static inline raft_id quorum_voters_id(int32_t node_id)
{
    return (raft_id)node_id + 1;
}

static inline int32_t quorum_voters_node(raft_id id)
{
    return (int32_t)(id - 1);
}

/* Writes the batch (base offset 0) into the buffer. KC_ERR_INVALID: too many voters;
 * KC_ERR_TOO_LARGE, KC_ERR_NO_MEMORY. */
enum kc_err quorum_voters_write(const struct raft_configuration *configuration,
                                const struct quorum_options *options,
                                uint8_t buffer[QUORUM_VOTERS_BYTES_MAX], struct slice *ret_batch);

/* The configuration in the engine's own encoding; the memory is raft_malloc's. KC_ERR_CORRUPT_FILE
 * when the batch is another control batch or senseless. */
enum kc_err quorum_voters_read(const struct batch *batch, struct raft_buffer *ret_buffer);

#endif
