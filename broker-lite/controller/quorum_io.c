/* controller: our raft_io. */
#include "controller/quorum_io.h"

#include "controller/metadata_batch.h"
#include "record/control.h"
#include "wire/messages.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* C-Raft 0.15 loads buffers only when their sizes are multiples of this. */
enum { ENTRY_ALIGNMENT = 8, CONTROL_BATCH_BYTES_MAX = 4096 };

/* One append of the engine: its entries as batches, written and synced by a job. */
struct io_append {
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

/* ---- configurations as VotersRecord control batches ---- */

static enum kc_err voters_encode(const struct raft_configuration *configuration,
                                 const struct quorum_options *options, struct bytes *out)
{
    struct voters_record_voter voters[16];
    struct voters_record_endpoint endpoints[16];
    if (configuration->n > ARRAY_COUNT(voters)) {
        return KC_ERR_INVALID;
    }
    for (unsigned i = 0; i < configuration->n; i++) {
        message_defaults(&voters_record_voter_type, &voters[i]);
        message_defaults(&voters_record_endpoint_type, &endpoints[i]);
        endpoints[i].name = slice_text("CONTROLLER");
        endpoints[i].host = slice_text(options->host);
        endpoints[i].port = (uint16_t)options->port;
        voters[i].voter_id = (int32_t)configuration->servers[i].id;
        voters[i].voter_directory_id = options->directory_id;
        voters[i].endpoints.items = &endpoints[i];
        voters[i].endpoints.count = 1;
    }
    struct voters_record record;
    message_defaults(&voters_record_type, &record);
    record.voters.items = voters;
    record.voters.count = (int32_t)configuration->n;
    struct writer writer;
    writer_init(&writer, out);
    return message_encode(&voters_record_type, 0, &record, &writer);
}

/* A control batch of one record. */
static enum kc_err control_batch(enum control_type type, struct slice value, int64_t timestamp_ms,
                                 uint8_t *buffer, size_t capacity, struct slice *ret_batch)
{
    uint8_t key[4] = { 0, 0, 0, (uint8_t)type };
    struct batch_writer writer;
    batch_writer_init(&writer, buffer, capacity);
    if (!batch_writer_append(&writer, timestamp_ms, slice_of(key, sizeof(key)), value, NULL, 0)) {
        return KC_ERR_TOO_LARGE;
    }
    struct batch_close close = { .control = true,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    return batch_writer_close(&writer, &close, NULL, NULL, ret_batch);
}

/* The engine's encoding of the configuration in a control batch. */
static enum kc_err configuration_load(const struct record *record, struct raft_buffer *ret_buffer)
{
    struct voters_record voters;
    struct arena arena;
    struct raft_configuration configuration;
    arena_init(&arena, 1 << 20);
    raft_configuration_init(&configuration);
    enum kc_err err = message_decode_all(&voters_record_type, 0, record->value, &arena, &voters);
    int failure = 0;
    for (int32_t i = 0; !err && !failure && i < voters.voters.count; i++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "node-%d", voters.voters.items[i].voter_id);
        failure = raft_configuration_add(&configuration, (raft_id)voters.voters.items[i].voter_id,
                                         address, RAFT_VOTER);
    }
    if (!err && !failure) {
        failure = raft_configuration_encode(&configuration, ret_buffer);
    }
    raft_configuration_close(&configuration);
    arena_finish(&arena);
    return err || failure ? KC_ERR_CORRUPT_FILE : KC_ERR_NONE;
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
    struct raft_entry entry = { .term = (raft_term)batch->partition_leader_epoch,
                                .type = RAFT_COMMAND };
    enum kc_err err = KC_ERR_NONE;
    if (batch_is_control(batch)) {
        struct batch_reader reader;
        struct record record;
        entry.type = RAFT_CHANGE;
        err = batch_reader_init(&reader, batch, NULL, NULL);
        if (!err) {
            err = batch_reader_next(&reader, &record);
        }
        if (err || control_type_of(record.key) != CONTROL_KRAFT_VOTERS) {
            return KC_ERR_CORRUPT_FILE;
        }
        err = configuration_load(&record, &entry.buf);
    } else {
        entry.buf.base = quorum_io_copy(batch->bytes, &entry.buf.len);
        err = entry.buf.base ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    }
    if (!err) {
        err = entry_remember(context, &entry);
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
    *voted_for = io->vote.voted_id >= 0 ? (raft_id)io->vote.voted_id : 0;
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
    struct quorum_vote vote = { io_of(raft_io)->vote.epoch, (int32_t)server_id };
    return vote_store(io_of(raft_io), &vote);
}

static int io_bootstrap(struct raft_io *raft_io, const struct raft_configuration *configuration)
{
    struct quorum_io *io = io_of(raft_io);
    uint8_t buffer[CONTROL_BATCH_BYTES_MAX];
    struct bytes value;
    struct slice batch;
    if (io->log.count > 0) {
        return RAFT_CANTBOOTSTRAP;
    }
    bytes_init(&value, CONTROL_BATCH_BYTES_MAX / 2);
    enum kc_err err = voters_encode(configuration, &io->options, &value);
    if (!err) {
        err = control_batch(CONTROL_KRAFT_VOTERS, bytes_slice(&value),
                            clock_wall_ms(io->options.clock), buffer, sizeof(buffer), &batch);
    }
    bytes_finish(&value);
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

static void append_destroy(struct io_append *append)
{
    free(append->parts);
    bytes_finish(&append->own);
    free(append);
}

static void append_work(struct quorum_job *job)
{
    struct io_append *append = job->context;
    append->failure =
        quorum_log_write(&append->io->log, append->parts, append->part_count, append->position);
}

static void append_submit(struct io_append *append)
{
    append->is_running = true;
    append->io->options.submit(append->io->options.context, &append->job);
}

/* Newest first: the engine cuts its log back at each one. */
static void cancel_appends(struct quorum_io *io)
{
    while (!list_is_empty(&io->appends)) {
        struct io_append *append = LIST_ITEM(io->appends.prev, struct io_append, link);
        list_remove(&append->link);
        append->callback(append->request, RAFT_CANCELED);
        append_destroy(append);
    }
}

/* The engine's memory is borrowed by the job that is out: closing waits for it. */
static void maybe_closed(struct quorum_io *io)
{
    struct list *first = list_first(&io->appends);
    if (!io->close || io->is_calling ||
        (first && LIST_ITEM(first, struct io_append, link)->is_running)) {
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
    struct io_append *append = job->context;
    struct quorum_io *io = append->io;
    append->is_running = false;
    if (append->failure) {
        quorum_io_fail(io, "cannot write", io->log.path, strerror(append->failure));
    }
    if (!io->stopped && !io->close) {
        list_remove(&append->link);
        struct list *next = list_first(&io->appends);
        if (next) {
            append_submit(LIST_ITEM(next, struct io_append, link));
        }
        io->is_calling = true;
        append->callback(append->request, 0);
        io->is_calling = false;
        append_destroy(append);
    }
    maybe_closed(io);
}

void quorum_io_tick(struct quorum_io *io)
{
    if (!io->stopped && io->tick) {
        io->is_calling = true;
        io->tick(&io->io);
        io->is_calling = false;
        maybe_closed(io);
    }
}

/* A barrier becomes a batch with a NoOpRecord: harmless when it is loaded as a command. */
static enum kc_err append_barrier(struct io_append *append)
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
static enum kc_err append_prepare(struct io_append *append, const struct raft_entry entries[],
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
        own += is_own ? batch.bytes.size : 0;
    }
    return KC_ERR_NONE;
}

static int io_append(struct raft_io *raft_io, struct raft_io_append *request,
                     const struct raft_entry entries[], unsigned n, raft_io_append_cb callback)
{
    struct quorum_io *io = io_of(raft_io);
    struct io_append *append = calloc(1, sizeof(*append));
    if (io->stopped || n > FILE_PARTS_MAX || !append) {
        free(append);
        return io->stopped ? RAFT_SHUTDOWN : n > FILE_PARTS_MAX ? RAFT_TOOMANY : RAFT_NOMEM;
    }
    append->io = io;
    append->request = request;
    append->callback = callback;
    append->position = io->log.size;
    append->job = (struct quorum_job){ append_work, append_done, append };
    bytes_init(&append->own, CONTROL_BATCH_BYTES_MAX);
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
    maybe_closed(io);
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
                               .append = io_append,
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
