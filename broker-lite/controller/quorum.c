/* controller: the quorum: proposals in, committed batches out; the engine between. */
#include "controller/quorum.h"

#include "controller/quorum_io.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { ELECTION_MS = 1000, HEARTBEAT_MS = 100, PROPOSALS_TOGETHER_MAX = FILE_PARTS_MAX };

struct proposal {
    struct list link;
    struct raft_buffer buffer; /* the engine's once raft_apply took it */
    quorum_proposed *proposed;
    void *context;
};

struct quorum {
    struct raft raft;
    struct raft_fsm fsm;
    struct quorum_io io;
    struct list waiting; /* struct proposal, oldest first */
    struct list running; /* those of the apply in flight */
    struct raft_apply apply;
    bool is_applying;
    bool was_leader;
    bool started;
    int64_t high_watermark;
    void (*closed)(void *context);
    void *closed_context;
    bool is_closed;
};

static void proposals_end(struct list *list, enum kc_err err)
{
    struct list ended;
    list_init(&ended);
    list_splice(&ended, list);
    while (!list_is_empty(&ended)) {
        struct proposal *proposal = LIST_ITEM(list_first(&ended), struct proposal, link);
        list_remove(&proposal->link);
        proposal->proposed(proposal->context, err);
        free(proposal);
    }
}

static enum kc_err err_of(int status)
{
    switch (status) {
    case 0:
        return KC_ERR_NONE;
    case RAFT_NOTLEADER:
    case RAFT_LEADERSHIPLOST:
        return KC_ERR_NOT_CONTROLLER;
    case RAFT_SHUTDOWN:
    case RAFT_CANCELED:
        return KC_ERR_CLOSED;
    case RAFT_NOMEM:
        return KC_ERR_NO_MEMORY;
    default:
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
}

static void propose_next(struct quorum *quorum);

static void apply_done(struct raft_apply *request, int status, void *result)
{
    struct quorum *quorum = request->data;
    (void)result;
    quorum->is_applying = false;
    proposals_end(&quorum->running, err_of(status));
    propose_next(quorum);
}

/* The engine gives up on nothing that it took: a refusal leaves the buffers ours. */
static void refuse_running(struct quorum *quorum, int status)
{
    LIST_EACH(node, &quorum->running)
    {
        raft_free(LIST_ITEM(node, struct proposal, link)->buffer.base);
    }
    proposals_end(&quorum->running, err_of(status));
}

/* One apply in flight, carrying all that waits: more than one is what the engine is known to handle
 * badly when the disk fails. */
static void propose_next(struct quorum *quorum)
{
    struct raft_buffer buffers[PROPOSALS_TOGETHER_MAX];
    unsigned count = 0;
    if (quorum->is_applying || list_is_empty(&quorum->waiting)) {
        return;
    }
    while (count < PROPOSALS_TOGETHER_MAX && !list_is_empty(&quorum->waiting)) {
        struct proposal *proposal = LIST_ITEM(list_first(&quorum->waiting), struct proposal, link);
        list_remove(&proposal->link);
        list_append(&quorum->running, &proposal->link);
        buffers[count++] = proposal->buffer;
    }
    quorum->apply.data = quorum;
    quorum->is_applying = true;
    int status = quorum->io.stopped || quorum->closed
                     ? RAFT_SHUTDOWN
                     : raft_apply(&quorum->raft, &quorum->apply, buffers, count, apply_done);
    if (status) {
        quorum->is_applying = false;
        refuse_running(quorum, status);
    }
}

void quorum_propose(struct quorum *quorum, struct slice batch, quorum_proposed *proposed,
                    void *context)
{
    struct proposal *proposal = calloc(1, sizeof(*proposal));
    if (proposal) {
        proposal->buffer.base = quorum_io_copy(batch, &proposal->buffer.len);
    }
    if (!proposal || !proposal->buffer.base) {
        free(proposal);
        proposed(context, KC_ERR_NO_MEMORY);
        return;
    }
    proposal->proposed = proposed;
    proposal->context = context;
    list_append(&quorum->waiting, &proposal->link);
    propose_next(quorum);
}

static int fsm_apply(struct raft_fsm *fsm, const struct raft_buffer *buffer, void **result)
{
    struct quorum *quorum = fsm->data;
    struct batch batch;
    *result = NULL;
    if (quorum->io.stopped) {
        return RAFT_SHUTDOWN;
    }
    if (batch_read(slice_of(buffer->base, buffer->len), &batch)) {
        quorum_io_fail(&quorum->io, "cannot apply", quorum->io.log.path, EINVAL);
        return RAFT_MALFORMED;
    }
    quorum->high_watermark = batch_last_offset(&batch) + 1;
    enum kc_err err = quorum->io.options.apply(quorum->io.options.context, batch.bytes);
    if (err) {
        trace_log(quorum->io.options.trace, TRACE_ERROR, "controller", "record at offset %lld: %s",
                  (long long)batch.base_offset, kc_err_text(err));
        quorum_io_fail(&quorum->io, "cannot apply a record of", quorum->io.log.path, EINVAL);
        return RAFT_MALFORMED;
    }
    return 0;
}

static int fsm_snapshot(struct raft_fsm *fsm, struct raft_buffer *bufs[], unsigned *n_bufs)
{
    (void)fsm;
    (void)bufs;
    (void)n_bufs;
    return RAFT_BUSY;
}

static int fsm_restore(struct raft_fsm *fsm, struct raft_buffer *buf)
{
    (void)fsm;
    (void)buf;
    return RAFT_INVALID;
}

static void note_leadership(struct quorum *quorum)
{
    bool leader = raft_state(&quorum->raft) == RAFT_LEADER;
    if (leader != quorum->was_leader && !quorum->io.stopped) {
        quorum->was_leader = leader;
        quorum->io.options.leadership(quorum->io.options.context, leader, quorum_epoch(quorum));
    }
}

static enum kc_err start_failed(struct quorum *quorum, int status, struct kc_error *error)
{
    if (error) {
        error->code = KC_ERR_IO;
        (void)snprintf(error->text, sizeof(error->text), "%.200s: the quorum cannot start: %s",
                       quorum->io.options.directory, raft_strerror(status));
    }
    return KC_ERR_IO;
}

static int bootstrap(struct quorum *quorum, const char *address)
{
    struct raft_configuration configuration;
    raft_configuration_init(&configuration);
    int status = raft_configuration_add(&configuration, (raft_id)quorum->io.options.node_id,
                                        address, RAFT_VOTER);
    if (!status) {
        status = raft_bootstrap(&quorum->raft, &configuration);
    }
    raft_configuration_close(&configuration);
    return status;
}

static int engine_start(struct quorum *quorum)
{
    char address[32];
    (void)snprintf(address, sizeof(address), "node-%d", quorum->io.options.node_id);
    int status = raft_init(&quorum->raft, &quorum->io.io, &quorum->fsm,
                           (raft_id)quorum->io.options.node_id, address);
    if (status) {
        return status;
    }
    quorum->started = true;
    raft_set_election_timeout(&quorum->raft, ELECTION_MS);
    raft_set_heartbeat_timeout(&quorum->raft, HEARTBEAT_MS);
    raft_set_pre_vote(&quorum->raft, true);
    /* No snapshots yet: the metadata log of one node stays small. */
    raft_set_snapshot_threshold(&quorum->raft, UINT_MAX);
    if (quorum->io.log.count == 0) {
        status = bootstrap(quorum, address);
    }
    return status ? status : raft_start(&quorum->raft);
}

static void engine_closed(struct raft *raft)
{
    struct quorum *quorum = raft->data;
    quorum->is_closed = true;
    if (quorum->closed) {
        quorum->closed(quorum->closed_context);
    }
}

enum kc_err quorum_create(const struct quorum_options *options, struct quorum **ret_quorum,
                          struct kc_error *error)
{
    struct quorum *quorum = calloc(1, sizeof(*quorum));
    if (!quorum) {
        return KC_ERR_NO_MEMORY;
    }
    list_init(&quorum->waiting);
    list_init(&quorum->running);
    enum kc_err err = quorum_io_open(&quorum->io, options, error);
    if (err) {
        free(quorum);
        return err;
    }
    quorum->fsm = (struct raft_fsm){ .version = 1,
                                     .data = quorum,
                                     .apply = fsm_apply,
                                     .snapshot = fsm_snapshot,
                                     .restore = fsm_restore };
    int status = engine_start(quorum);
    quorum->raft.data = quorum;
    if (status) {
        err = start_failed(quorum, status, error);
        quorum->io.stopped = true;
        if (quorum->started) {
            raft_close(&quorum->raft, engine_closed);
        }
        quorum_destroy(quorum);
        return err;
    }
    *ret_quorum = quorum;
    note_leadership(quorum);
    return KC_ERR_NONE;
}

void quorum_tick(struct quorum *quorum)
{
    if (!quorum->io.stopped && !quorum->closed && quorum->io.tick) {
        quorum->io.tick(&quorum->io.io);
        note_leadership(quorum);
    }
}

bool quorum_is_leader(const struct quorum *quorum)
{
    return quorum->was_leader && !quorum->io.stopped && !quorum->closed;
}

int32_t quorum_epoch(const struct quorum *quorum)
{
    return quorum->io.vote.epoch;
}

int32_t quorum_leader(const struct quorum *quorum)
{
    return quorum->was_leader ? quorum->io.options.node_id : -1;
}

int64_t quorum_high_watermark(const struct quorum *quorum)
{
    return quorum->high_watermark;
}

void quorum_close(struct quorum *quorum, void (*closed)(void *context), void *context)
{
    quorum->closed = closed;
    quorum->closed_context = context;
    LIST_EACH(node, &quorum->waiting)
    {
        raft_free(LIST_ITEM(node, struct proposal, link)->buffer.base);
    }
    proposals_end(&quorum->waiting, KC_ERR_CLOSED);
    raft_close(&quorum->raft, engine_closed);
}

void quorum_destroy(struct quorum *quorum)
{
    if (quorum) {
        quorum_io_finish(&quorum->io);
        free(quorum);
    }
}
