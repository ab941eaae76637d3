/* controller: the quorum: its start, its state machine, its end. */
#include "controller/quorum.h"

#include "controller/quorum_parts.h"
#include "controller/quorum_voters.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { ELECTION_MS = 1000, HEARTBEAT_MS = 100 };

/* The io has stopped. What the engine holds is never answered by it: it is answered here. */
static void io_failed(struct quorum_io *io)
{
    struct quorum *quorum = io->context;
    if (quorum->is_starting) {
        return;
    }
    if (!quorum->is_proposing) {
        quorum_propose_fail(quorum, KC_ERR_KAFKA_STORAGE_ERROR);
    }
    io->options.failed(io->options.context, io->failure);
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
        quorum_io_fail(&quorum->io, "cannot apply", quorum->io.log.path, "not a record batch");
        return RAFT_MALFORMED;
    }
    enum kc_err err = quorum->io.options.apply(quorum->io.options.context, batch.bytes);
    if (err) {
        char what[64];
        (void)snprintf(what, sizeof(what), "cannot apply the batch at offset %lld of",
                       (long long)batch.base_offset);
        quorum_io_fail(&quorum->io, what, quorum->io.log.path, kc_err_text(err));
        return RAFT_MALFORMED;
    }
    quorum->high_watermark = batch_last_offset(&batch) + 1;
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
    if (leader != quorum->was_leader && !quorum->io.stopped && !quorum->is_closing) {
        quorum->was_leader = leader;
        quorum->io.options.leadership(quorum->io.options.context, leader, quorum_epoch(quorum));
    }
}

/* The io knows better than the engine why. */
static enum kc_err start_failed(const struct quorum *quorum, int status, struct kc_error *error)
{
    const char *failure = quorum->io.failure;
    enum kc_err err = status == RAFT_NOMEM       ? KC_ERR_NO_MEMORY
                      : status == RAFT_MALFORMED ? KC_ERR_KAFKA_STORAGE_ERROR
                                                 : KC_ERR_IO;
    if (error) {
        error->code = err;
        (void)snprintf(error->text, sizeof(error->text), "%.200s: the quorum cannot start: %s",
                       quorum->io.options.directory, raft_strerror(status));
        if (failure[0]) {
            (void)snprintf(error->text, sizeof(error->text), "%s", failure);
        }
    }
    return err;
}

static int bootstrap(struct quorum *quorum, const char *address)
{
    struct raft_configuration configuration;
    raft_configuration_init(&configuration);
    int status = raft_configuration_add(
        &configuration, quorum_voters_id(quorum->io.options.node_id), address, RAFT_VOTER);
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
                           quorum_voters_id(quorum->io.options.node_id), address);
    if (status) {
        return status;
    }
    quorum->has_engine = true;
    raft_set_election_timeout(&quorum->raft, ELECTION_MS);
    raft_set_heartbeat_timeout(&quorum->raft, HEARTBEAT_MS);
    raft_set_pre_vote(&quorum->raft, true);
    /* No snapshots yet: the metadata log of one node stays small. */
    raft_set_snapshot_threshold(&quorum->raft, UINT_MAX);
    if (quorum->io.log.count == 0) {
        status = bootstrap(quorum, address);
    }
    if (!status) {
        status = raft_start(&quorum->raft);
    }
    /* The only voter leads at once; who is not in the log would wait for ever. */
    if (!status && raft_state(&quorum->raft) != RAFT_LEADER) {
        quorum_io_fail(&quorum->io, "this node is not the voter of", quorum->io.log.path,
                       "another node's log, or node.id was changed");
    }
    return status;
}

static void engine_closed(struct raft *raft)
{
    struct quorum *quorum = raft->data;
    quorum->is_closed = true;
    if (quorum->closed) {
        quorum->closed(quorum->closed_context);
    }
}

static void quorum_init(struct quorum *quorum)
{
    list_init(&quorum->waiting);
    list_init(&quorum->running);
    quorum->io.failed = io_failed;
    quorum->io.context = quorum;
    quorum->is_starting = true;
    quorum->raft.data = quorum;
    quorum->fsm = (struct raft_fsm){ .version = 1,
                                     .data = quorum,
                                     .apply = fsm_apply,
                                     .snapshot = fsm_snapshot,
                                     .restore = fsm_restore };
}

enum kc_err quorum_create(const struct quorum_options *options, struct quorum **ret_quorum,
                          struct kc_error *error)
{
    struct quorum *quorum = calloc(1, sizeof(*quorum));
    if (!quorum) {
        return KC_ERR_NO_MEMORY;
    }
    quorum_init(quorum);
    enum kc_err err = quorum_io_open(&quorum->io, options, error);
    if (err) {
        free(quorum);
        return err;
    }
    int status = engine_start(quorum);
    quorum->is_starting = false;
    if (status || quorum->io.stopped) {
        err = start_failed(quorum, status ? status : RAFT_IOERR, error);
        quorum->io.stopped = true;
        quorum->is_closing = true;
        /* Half made for want of memory the engine cannot be taken down: it is left where it is. */
        quorum->has_engine = quorum->has_engine && status != RAFT_NOMEM;
        if (quorum->has_engine) {
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
    if (!quorum->is_closing) {
        quorum_io_tick(&quorum->io);
        note_leadership(quorum);
    }
}

bool quorum_is_leader(const struct quorum *quorum)
{
    return quorum->was_leader && !quorum->io.stopped && !quorum->is_closing;
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
    assert(!quorum->is_closing);
    quorum->is_closing = true;
    quorum->closed = closed;
    quorum->closed_context = context;
    quorum_propose_fail(quorum, KC_ERR_CLOSED);
    raft_close(&quorum->raft, engine_closed);
}

void quorum_destroy(struct quorum *quorum)
{
    if (quorum) {
        assert(!quorum->has_engine || quorum->is_closed);
        quorum_io_finish(&quorum->io);
        free(quorum);
    }
}
