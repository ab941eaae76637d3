/* controller: our raft_io. */
#include "controller/quorum_io.h"

#include "controller/quorum_append.h"
#include "controller/quorum_voters.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* C-Raft 0.15 loads buffers only when their sizes are multiples of this. */
enum { ENTRY_ALIGNMENT = 8 };

static struct quorum_io *io_of(struct raft_io *io)
{
    return io->impl;
}

void quorum_io_fail(struct quorum_io *io, const char *what, const char *path, const char *cause)
{
    if (io->stopped) {
        return;
    }
    io->stopped = true;
    (void)snprintf(io->failure, sizeof(io->failure), "metadata log: %s %.200s: %s", what, path,
                   cause);
    io->failed(io);
}

void *quorum_io_copy(struct slice batch, size_t *ret_padded)
{
    size_t padded = (batch.size + ENTRY_ALIGNMENT - 1) / ENTRY_ALIGNMENT * ENTRY_ALIGNMENT;
    uint8_t *copy = raft_malloc(padded);
    if (!copy) {
        return NULL;
    }
    memcpy(copy, batch.data, batch.size);
    memset(copy + batch.size, 0, padded - batch.size);
    *ret_padded = padded;
    return copy;
}

/* ---- opening ---- */

static enum kc_err entry_remember(struct quorum_io *io, const struct raft_entry *entry)
{
    if (io->loaded_count == io->loaded_capacity) {
        size_t capacity = io->loaded_capacity ? io->loaded_capacity * 2 : 64;
        struct raft_entry *entries = raft_realloc(io->loaded, capacity * sizeof(*entries));
        if (!entries) {
            return KC_ERR_NO_MEMORY;
        }
        io->loaded = entries;
        io->loaded_capacity = capacity;
    }
    io->loaded[io->loaded_count++] = *entry;
    return KC_ERR_NONE;
}

static enum kc_err load_batch(void *context, const struct batch *batch)
{
    struct quorum_io *io = context;
    struct raft_entry entry = { .term = (raft_term)batch->partition_leader_epoch,
                                .type = RAFT_COMMAND };
    enum kc_err err = KC_ERR_NONE;
    if (batch->partition_leader_epoch > io->vote.epoch) {
        return KC_ERR_CORRUPT_FILE; /* a term is on disk before its first entry is */
    }
    if (batch_is_control(batch)) {
        entry.type = RAFT_CHANGE;
        err = quorum_voters_read(batch, &entry.buf);
    } else if (io->loaded_count == 0) {
        return KC_ERR_CORRUPT_FILE; /* the engine's first entry is who votes */
    } else {
        entry.buf.base = quorum_io_copy(batch->bytes, &entry.buf.len);
        err = entry.buf.base ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    }
    if (!err) {
        err = entry_remember(io, &entry);
    }
    if (err) {
        raft_free(entry.buf.base);
    }
    return err;
}

static void drop_loaded(struct quorum_io *io)
{
    for (size_t i = 0; i < io->loaded_count; i++) {
        raft_free(io->loaded[i].buf.base);
    }
    raft_free(io->loaded);
    io->loaded = NULL;
    io->loaded_count = 0;
    io->loaded_capacity = 0;
}

/* ---- what the engine calls ---- */

static int io_init(struct raft_io *raft_io, raft_id id, const char *address)
{
    (void)raft_io;
    (void)id;
    (void)address;
    return 0;
}

static int io_load(struct raft_io *raft_io, raft_term *term, raft_id *voted_for,
                   struct raft_snapshot **snapshot, raft_index *start_index,
                   struct raft_entry *entries[], size_t *n_entries)
{
    struct quorum_io *io = io_of(raft_io);
    *term = (raft_term)io->vote.epoch;
    *voted_for = io->vote.voted_id >= 0 ? quorum_voters_id(io->vote.voted_id) : 0;
    *snapshot = NULL;
    *start_index = 1;
    *entries = io->loaded;
    *n_entries = io->loaded_count;
    io->loaded = NULL;
    io->loaded_count = 0;
    io->loaded_capacity = 0;
    return 0;
}

static int io_start(struct raft_io *raft_io, unsigned msecs, raft_io_tick_cb tick,
                    raft_io_recv_cb receive)
{
    (void)msecs;
    io_of(raft_io)->tick = tick;
    io_of(raft_io)->receive = receive;
    return 0;
}

static int vote_store(struct quorum_io *io, const struct quorum_vote *vote)
{
    int failure = quorum_vote_write(io->options.files, io->options.directory, vote);
    if (failure) {
        quorum_io_fail(io, "cannot write quorum-state in", io->options.directory,
                       strerror(failure));
        return RAFT_IOERR;
    }
    io->vote = *vote;
    return 0;
}

static int io_set_term(struct raft_io *raft_io, raft_term term)
{
    if (term > INT32_MAX) {
        return RAFT_TOOBIG;
    }
    struct quorum_vote vote = { (int32_t)term, -1 };
    return vote_store(io_of(raft_io), &vote);
}

static int io_set_vote(struct raft_io *raft_io, raft_id server_id)
{
    struct quorum_vote vote = { io_of(raft_io)->vote.epoch, quorum_voters_node(server_id) };
    return vote_store(io_of(raft_io), &vote);
}

static int io_bootstrap(struct raft_io *raft_io, const struct raft_configuration *configuration)
{
    struct quorum_io *io = io_of(raft_io);
    uint8_t buffer[QUORUM_VOTERS_BYTES_MAX];
    struct slice batch;
    if (io->log.count > 0) {
        return RAFT_CANTBOOTSTRAP;
    }
    enum kc_err err = quorum_voters_write(configuration, &io->options, buffer, &batch);
    if (err) {
        return err == KC_ERR_NO_MEMORY ? RAFT_NOMEM : RAFT_INVALID;
    }
    int result = io_set_term(raft_io, 1);
    if (result) {
        return result;
    }
    int64_t position = io->log.size;
    struct slice written = batch;
    if (quorum_log_prepare(&io->log, buffer, batch.size, 1)) {
        return RAFT_NOMEM;
    }
    int failure = quorum_log_write(&io->log, &written, 1, position);
    if (failure) {
        quorum_io_fail(io, "cannot write", io->log.path, strerror(failure));
        return RAFT_IOERR;
    }
    struct batch loaded;
    err = batch_read(batch, &loaded);
    return err || load_batch(io, &loaded) ? RAFT_NOMEM : 0;
}

static int io_recover(struct raft_io *raft_io, const struct raft_configuration *configuration)
{
    (void)raft_io;
    (void)configuration;
    return RAFT_INVALID; /* forcing a configuration is not offered */
}

void quorum_io_tick(struct quorum_io *io)
{
    if (!io->stopped && io->tick) {
        io->is_calling = true;
        io->tick(&io->io);
        io->is_calling = false;
        quorum_append_settle(io);
    }
}

static int io_truncate(struct raft_io *raft_io, raft_index index)
{
    struct quorum_io *io = io_of(raft_io);
    assert(list_is_empty(&io->appends));
    int failure = quorum_log_truncate(&io->log, (size_t)index);
    if (failure) {
        quorum_io_fail(io, "cannot truncate", io->log.path, strerror(failure));
        return RAFT_IOERR;
    }
    return 0;
}

static int io_send(struct raft_io *raft_io, struct raft_io_send *request,
                   const struct raft_message *message, raft_io_send_cb callback)
{
    (void)raft_io;
    (void)request;
    (void)message;
    (void)callback;
    return RAFT_NOCONNECTION; /* one voter: there is nobody to talk to */
}

static int io_snapshot_put(struct raft_io *raft_io, unsigned trailing,
                           struct raft_io_snapshot_put *request,
                           const struct raft_snapshot *snapshot, raft_io_snapshot_put_cb callback)
{
    (void)raft_io;
    (void)trailing;
    (void)request;
    (void)snapshot;
    (void)callback;
    return RAFT_INVALID; /* the threshold is never reached: see quorum.c */
}

static int io_snapshot_get(struct raft_io *raft_io, struct raft_io_snapshot_get *request,
                           raft_io_snapshot_get_cb callback)
{
    (void)raft_io;
    (void)request;
    (void)callback;
    return RAFT_INVALID;
}

static raft_time io_time(struct raft_io *raft_io)
{
    return (raft_time)clock_now_ms(io_of(raft_io)->options.clock);
}

static int io_random(struct raft_io *raft_io, int min, int max)
{
    uint64_t span = (uint64_t)(max > min ? max - min : 1);
    return min + (int)random_below(io_of(raft_io)->options.random, span);
}

static void io_close(struct raft_io *raft_io, raft_io_close_cb callback)
{
    struct quorum_io *io = io_of(raft_io);
    io->close = callback;
    quorum_append_settle(io);
}

/* Makes the directory when it is not there, and its name durable: all that is synced inside would
 * be lost with it. */
static int make_directory(const struct file_system *files, const char *directory)
{
    char parent[FILE_PATH_MAX];
    if (file_exists(files, directory)) {
        return 0;
    }
    int failure = file_make_directory(files, directory);
    const char *slash = strrchr(directory, '/');
    size_t size = slash ? (size_t)(slash - directory) : 0;
    if (failure || size >= sizeof(parent)) {
        return failure ? failure : ENAMETOOLONG;
    }
    memcpy(parent, directory, size);
    parent[size] = 0;
    return file_sync_directory(files, size > 0 ? parent : slash ? "/" : ".");
}

static enum kc_err open_files(struct quorum_io *io, int64_t *ret_torn, struct kc_error *error)
{
    const struct quorum_options *options = &io->options;
    int failure = make_directory(options->files, options->directory);
    if (failure) {
        if (error) {
            error->code = KC_ERR_IO;
            (void)snprintf(error->text, sizeof(error->text), "%.200s: %s", options->directory,
                           strerror(failure));
        }
        return KC_ERR_IO;
    }
    enum kc_err err = quorum_vote_read(options->files, options->directory, &io->vote, error);
    return err ? err
               : quorum_log_open(&io->log, options->files, options->directory, options->was_clean,
                                 load_batch, io, ret_torn, error);
}

enum kc_err quorum_io_open(struct quorum_io *io, const struct quorum_options *options,
                           struct kc_error *error)
{
    int64_t torn = 0;
    io->options = *options;
    list_init(&io->appends);
    io->log.file = -1;
    enum kc_err err = open_files(io, &torn, error);
    if (err) {
        drop_loaded(io);
        return err;
    }
    if (torn > 0) {
        trace_log(options->trace, TRACE_WARN, "controller", "%s: cut %lld bytes of a torn append",
                  io->log.path, (long long)torn);
    }
    io->io = (struct raft_io){ .version = 1,
                               .impl = io,
                               .init = io_init,
                               .close = io_close,
                               .load = io_load,
                               .start = io_start,
                               .bootstrap = io_bootstrap,
                               .recover = io_recover,
                               .set_term = io_set_term,
                               .set_vote = io_set_vote,
                               .send = io_send,
                               .append = quorum_append_begin,
                               .truncate = io_truncate,
                               .snapshot_put = io_snapshot_put,
                               .snapshot_get = io_snapshot_get,
                               .time = io_time,
                               .random = io_random };
    return KC_ERR_NONE;
}

void quorum_io_finish(struct quorum_io *io)
{
    drop_loaded(io);
    quorum_log_finish(&io->log);
}
