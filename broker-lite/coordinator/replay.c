/* coordinator: reading a partition of an internal topic. */
#include "coordinator/replay.h"

#include <stdlib.h>

enum { REPLAY_CHUNK_BYTES = 1 << 20, REPLAY_BYTES_MAX = 64 << 20 };

struct replay {
    struct replay_options options;
    struct loop_job job;
    struct log_range range; /* of the job that is out */
    int64_t offset;         /* told up to here */
    enum kc_err err;
    bool is_cancelled;
    struct arena arena;
    struct bytes chunk;
    struct bytes decompressed;
    struct decompressor *decompressor;
};

/* ---- on a pool thread ---- */

static enum kc_err take_batch(struct replay *replay, const struct batch *batch)
{
    const struct replay_options *options = &replay->options;
    struct batch_reader reader;
    struct record record;
    if (batch_is_control(batch)) {
        return options->control ? options->control(options->context, batch) : KC_ERR_NONE;
    }
    enum kc_err err =
        batch_reader_init(&reader, batch, replay->decompressor, &replay->decompressed);
    while (!err) {
        err = batch_reader_next(&reader, &record);
        if (err == KC_ERR_WOULD_BLOCK) {
            return KC_ERR_NONE;
        }
        if (!err) {
            arena_reset(&replay->arena);
            err = options->record(options->context, batch, &record, &replay->arena);
        }
    }
    return err;
}

static enum kc_err read_chunk(struct replay *replay)
{
    size_t size = 0;
    replay->chunk.size = 0;
    if (!bytes_reserve(&replay->chunk, replay->range.size)) {
        return KC_ERR_NO_MEMORY;
    }
    if (log_range_copy(&replay->range, replay->chunk.data, &size)) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    replay->chunk.size = size;
    return KC_ERR_NONE;
}

static enum kc_err take_chunk(struct replay *replay)
{
    int64_t before = replay->offset;
    enum kc_err err = read_chunk(replay);
    struct slice rest = bytes_slice(&replay->chunk);
    while (!err && rest.size > 0) {
        struct batch batch;
        err = batch_read(rest, &batch);
        if (err == KC_ERR_WOULD_BLOCK) {
            err = KC_ERR_NONE; /* its rest comes with the next piece */
            break;
        }
        err = err ? err : take_batch(replay, &batch);
        if (!err) {
            replay->offset = batch_last_offset(&batch) + 1;
            rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
        }
    }
    return err ? err : replay->offset > before ? KC_ERR_NONE : KC_ERR_CORRUPT_MESSAGE;
}

static void replay_work(struct loop_job *job)
{
    struct replay *replay = CONTAINER_OF(job, struct replay, job);
    if (!replay->err && replay->range.size > 0) {
        replay->err = take_chunk(replay);
    }
}

/* ---- on the loop ---- */

static void replay_free(struct replay *replay)
{
    arena_finish(&replay->arena);
    bytes_finish(&replay->chunk);
    bytes_finish(&replay->decompressed);
    decompressor_destroy(replay->decompressor);
    free(replay);
}

static void finish(struct replay *replay)
{
    struct partition *partition = replay->options.partition;
    replay->options.done(replay->options.context, replay->err);
    replay_free(replay);
    partition_unhold(partition);
}

/* An empty range is a job, too: what done may do, it does from the loop. */
static void read_next(struct replay *replay)
{
    struct log *log = replay->options.partition->log;
    struct log_read read = { .offset = replay->offset,
                             .offset_max = log_end_offset(log),
                             .bytes_max = REPLAY_CHUNK_BYTES,
                             .one_batch_min = true };
    replay->range = (struct log_range){ 0 };
    replay->err = log_read(log, &read, &replay->range);
    if (!replay->err && replay->range.size == 0) {
        replay->offset = read.offset_max; /* compaction took all that was left */
    }
    loop_work(replay->options.loop, &replay->job);
}

static void replay_done(struct loop_job *job)
{
    struct replay *replay = CONTAINER_OF(job, struct replay, job);
    struct partition *partition = replay->options.partition;
    log_range_release(&replay->range);
    if (replay->is_cancelled || partition->err || !partition->is_leader) {
        replay->err = KC_ERR_NOT_COORDINATOR;
    }
    if (replay->err || replay->offset >= log_end_offset(partition->log)) {
        finish(replay);
    } else {
        read_next(replay);
    }
}

struct replay *replay_begin(const struct replay_options *options)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    if (!replay) {
        return NULL;
    }
    replay->options = *options;
    arena_init(&replay->arena, REPLAY_BYTES_MAX);
    bytes_init(&replay->chunk, REPLAY_BYTES_MAX);
    bytes_init(&replay->decompressed, REPLAY_BYTES_MAX);
    replay->decompressor = decompressor_create();
    if (!replay->decompressor) {
        replay_free(replay);
        return NULL;
    }
    replay->job.work = replay_work;
    replay->job.done = replay_done;
    replay->offset = log_start_offset(options->partition->log);
    partition_hold(options->partition);
    read_next(replay);
    return replay;
}

void replay_cancel(struct replay *replay)
{
    replay->is_cancelled = true;
}
