/* controller: appends of the engine. */
#include "controller/quorum_append.h"

#include "controller/metadata_batch.h"
#include "wire/messages.h"

#include <stdlib.h>

enum { BARRIERS_BYTES_MAX = 4096 };

/* One append of the engine: its entries as batches, written and synced by a job. */
struct append {
    struct list link;
    struct quorum_io *io;
    struct raft_io_append *request;
    raft_io_append_cb callback;
    struct quorum_job job;
    struct slice *parts;
    size_t part_count;
    struct bytes own; /* batches made here (barriers) */
    int64_t position;
    bool is_running; /* its job is out */
    int failure;     /* errno of the job */
};

static void append_destroy(struct append *append)
{
    free(append->parts);
    bytes_finish(&append->own);
    free(append);
}

static void append_work(struct quorum_job *job)
{
    struct append *append = job->context;
    append->failure =
        quorum_log_write(&append->io->log, append->parts, append->part_count, append->position);
}

static void append_submit(struct append *append)
{
    append->is_running = true;
    append->io->options.submit(append->io->options.context, &append->job);
}

/* Newest first: the engine cuts its log back at each one. */
static void cancel_appends(struct quorum_io *io)
{
    while (!list_is_empty(&io->appends)) {
        struct append *append = LIST_ITEM(io->appends.prev, struct append, link);
        list_remove(&append->link);
        append->callback(append->request, RAFT_CANCELED);
        append_destroy(append);
    }
}

/* The engine's memory is borrowed by the job that is out: closing waits for it. */
void quorum_append_settle(struct quorum_io *io)
{
    struct list *first = list_first(&io->appends);
    if (!io->close || io->is_calling ||
        (first && LIST_ITEM(first, struct append, link)->is_running)) {
        return;
    }
    raft_io_close_cb close = io->close;
    cancel_appends(io);
    io->close = NULL;
    close(&io->io);
}

/* After a failure appends are kept, unanswered, until the engine is closed: it is never told of an
 * error, and nothing more is written. */
static void append_done(struct quorum_job *job)
{
    struct append *append = job->context;
    struct quorum_io *io = append->io;
    append->is_running = false;
    if (append->failure) {
        quorum_io_fail(io, "cannot write", io->log.path, strerror(append->failure));
    }
    if (!io->stopped && !io->close) {
        list_remove(&append->link);
        struct list *next = list_first(&io->appends);
        if (next) {
            append_submit(LIST_ITEM(next, struct append, link));
        }
        io->is_calling = true;
        append->callback(append->request, 0);
        io->is_calling = false;
        append_destroy(append);
    }
    quorum_append_settle(io);
}

/* A barrier becomes a batch with a NoOpRecord: harmless when it is loaded as a command. */
static enum kc_err append_barrier(struct append *append)
{
    struct metadata_batch batch;
    struct no_op_record record;
    metadata_batch_init(&batch);
    message_defaults(&no_op_record_type, &record);
    metadata_batch_add(&batch, &no_op_record_type, 0, &record);
    enum kc_err err =
        metadata_batch_close(&batch, clock_wall_ms(append->io->options.clock), &append->own);
    metadata_batch_finish(&batch);
    return err;
}

/* Gives each entry its offsets and lists its bytes. Barriers are written into append->own, whose
 * memory may move: so first all of them, then the parts. */
static enum kc_err append_prepare(struct append *append, const struct raft_entry entries[],
                                  unsigned n)
{
    struct quorum_io *io = append->io;
    for (unsigned i = 0; i < n; i++) {
        enum kc_err err = KC_ERR_NONE;
        if (entries[i].type == RAFT_BARRIER) {
            err = append_barrier(append);
        } else if (entries[i].type != RAFT_COMMAND) {
            err = KC_ERR_UNSUPPORTED; /* membership changes are not offered yet */
        }
        if (err) {
            return err;
        }
    }
    uint8_t *own = append->own.data;
    for (unsigned i = 0; i < n; i++) {
        struct batch batch;
        bool is_own = entries[i].type == RAFT_BARRIER;
        uint8_t *data = is_own ? own : entries[i].buf.base;
        size_t room =
            is_own ? (size_t)(append->own.data + append->own.size - own) : entries[i].buf.len;
        if (batch_read(slice_of(data, room), &batch)) {
            return KC_ERR_INVALID;
        }
        enum kc_err err =
            quorum_log_prepare(&io->log, data, batch.bytes.size, (int32_t)entries[i].term);
        if (err) {
            return err;
        }
        append->parts[append->part_count++] = batch.bytes;
        if (is_own) {
            own += batch.bytes.size; /* NULL when there is no barrier */
        }
    }
    return KC_ERR_NONE;
}

int quorum_append_begin(struct raft_io *raft_io, struct raft_io_append *request,
                        const struct raft_entry entries[], unsigned n, raft_io_append_cb callback)
{
    struct quorum_io *io = raft_io->impl;
    struct append *append = calloc(1, sizeof(*append));
    if (io->stopped || n > FILE_PARTS_MAX || !append) {
        free(append);
        return io->stopped ? RAFT_SHUTDOWN : n > FILE_PARTS_MAX ? RAFT_TOOMANY : RAFT_NOMEM;
    }
    append->io = io;
    append->request = request;
    append->callback = callback;
    append->position = io->log.size;
    append->job = (struct quorum_job){ append_work, append_done, append };
    bytes_init(&append->own, BARRIERS_BYTES_MAX);
    append->parts = calloc(n, sizeof(*append->parts));
    enum kc_err err = append->parts ? append_prepare(append, entries, n) : KC_ERR_NO_MEMORY;
    if (err) {
        /* A half-prepared append leaves places that nothing was written to. */
        quorum_io_fail(io, "cannot append to", io->log.path, kc_err_text(err));
        append_destroy(append);
        return RAFT_NOMEM;
    }
    bool is_idle = list_is_empty(&io->appends);
    list_append(&io->appends, &append->link);
    if (is_idle) {
        append_submit(append);
    }
    return 0;
}
