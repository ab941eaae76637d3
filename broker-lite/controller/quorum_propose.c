/* controller: proposals on their way into the metadata log. */
#include "controller/metadata_batch.h"
#include "controller/quorum_parts.h"

#include <stdlib.h>

enum { TOGETHER_BYTES_MAX = 1 << 20 /* proposals written as one; a larger one goes alone */ };

struct proposal {
    struct list link;
    struct bytes batch;
    quorum_proposed *proposed;
    void *context;
};

static void proposal_end(struct proposal *proposal, enum kc_err err)
{
    list_remove(&proposal->link);
    proposal->proposed(proposal->context, err);
    bytes_finish(&proposal->batch);
    free(proposal);
}

static void proposals_end(struct list *list, enum kc_err err)
{
    struct list ended;
    list_init(&ended);
    list_splice(&ended, list);
    while (!list_is_empty(&ended)) {
        proposal_end(LIST_ITEM(list_first(&ended), struct proposal, link), err);
    }
}

static enum kc_err err_of(const struct quorum *quorum, int status)
{
    if (status == 0) {
        return KC_ERR_NONE;
    }
    if (quorum->io.stopped) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    if (quorum->is_closing) {
        return KC_ERR_CLOSED;
    }
    switch (status) {
    case RAFT_NOTLEADER:
    case RAFT_LEADERSHIPLOST:
        return KC_ERR_NOT_CONTROLLER;
    case RAFT_NOMEM:
        return KC_ERR_NO_MEMORY;
    default:
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
}

void quorum_propose_fail(struct quorum *quorum, enum kc_err err)
{
    proposals_end(&quorum->running, err);
    proposals_end(&quorum->waiting, err);
}

static void propose_next(struct quorum *quorum);

static void apply_done(struct raft_apply *request, int status, void *result)
{
    struct quorum *quorum = request->data;
    (void)result;
    quorum->is_applying = false;
    proposals_end(&quorum->running, err_of(quorum, status));
    propose_next(quorum);
}

/* Moves what may be written together from waiting to running and joins it. */
static void gather(struct quorum *quorum, struct metadata_batch *joined)
{
    struct list *node;
    size_t size = 0;
    while ((node = list_first(&quorum->waiting))) {
        struct proposal *proposal = LIST_ITEM(node, struct proposal, link);
        bool is_first = list_is_empty(&quorum->running);
        size += proposal->batch.size;
        if (!is_first && size > TOGETHER_BYTES_MAX) {
            return;
        }
        struct slice batch = bytes_slice(&proposal->batch);
        enum kc_err err = quorum->io.options.check(quorum->io.options.context, batch, is_first);
        if (err == KC_ERR_WOULD_BLOCK) {
            return;
        }
        if (!err) {
            err = metadata_batch_join(joined, batch);
        }
        if (err) {
            proposal_end(proposal, err);
        } else {
            list_remove(&proposal->link);
            list_append(&quorum->running, &proposal->link);
        }
    }
}

/* Gives the engine one entry. The memory is the engine's once it took it; 0 or a RAFT_ code. */
static int engine_apply(struct quorum *quorum, struct slice batch)
{
    struct raft_buffer buffer;
    buffer.base = quorum_io_copy(batch, &buffer.len);
    if (!buffer.base) {
        return RAFT_NOMEM;
    }
    quorum->apply.data = quorum;
    quorum->is_applying = true;
    int status = raft_apply(&quorum->raft, &quorum->apply, &buffer, 1, apply_done);
    if (status) {
        quorum->is_applying = false;
        raft_free(buffer.base);
    }
    return status;
}

/* One apply in flight, carrying all that waits as one entry: more than one is what the engine is
 * known to handle badly when the disk fails, and one batch is all that a crash can tear. */
static void propose_next(struct quorum *quorum)
{
    if (quorum->is_proposing) {
        return;
    }
    quorum->is_proposing = true;
    while ((!quorum->is_applying || quorum->io.stopped) && !list_is_empty(&quorum->waiting)) {
        struct metadata_batch joined;
        struct bytes closed;
        int status = RAFT_SHUTDOWN;
        if (quorum->io.stopped || quorum->is_closing) {
            proposals_end(&quorum->waiting, err_of(quorum, status));
            continue;
        }
        metadata_batch_init(&joined);
        bytes_init(&closed, METADATA_BATCH_BYTES_MAX * 2);
        gather(quorum, &joined);
        if (!list_is_empty(&quorum->running)) {
            enum kc_err err =
                metadata_batch_close(&joined, clock_wall_ms(quorum->io.options.clock), &closed);
            status = err ? RAFT_NOMEM : engine_apply(quorum, bytes_slice(&closed));
        }
        metadata_batch_finish(&joined);
        bytes_finish(&closed);
        if (!quorum->is_applying) {
            proposals_end(&quorum->running, err_of(quorum, status));
        }
    }
    quorum->is_proposing = false;
}

void quorum_propose(struct quorum *quorum, struct slice batch, quorum_proposed *proposed,
                    void *context)
{
    struct proposal *proposal = calloc(1, sizeof(*proposal));
    if (proposal) {
        bytes_init(&proposal->batch, batch.size);
    }
    if (!proposal || !bytes_append(&proposal->batch, batch.data, batch.size)) {
        free(proposal);
        proposed(context, KC_ERR_NO_MEMORY);
        return;
    }
    proposal->proposed = proposed;
    proposal->context = context;
    list_append(&quorum->waiting, &proposal->link);
    propose_next(quorum);
}
