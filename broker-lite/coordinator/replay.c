/* coordinator: reading a partition of an internal topic. */
#include "coordinator/replay.h"

enum { REPLAY_CHUNK_BYTES = 1 << 20, REPLAY_BYTES_MAX = 64 << 20 };

struct replaying {
    const struct replay *replay;
    struct arena arena;
    struct bytes chunk;
    struct bytes decompressed;
    struct decompressor *decompressor;
};

static enum kc_err take_batch(struct replaying *replaying, const struct batch *batch)
{
    const struct replay *replay = replaying->replay;
    struct batch_reader reader;
    struct record record;
    if (batch_is_control(batch)) {
        return replay->control ? replay->control(replay->context, batch) : KC_ERR_NONE;
    }
    enum kc_err err =
        batch_reader_init(&reader, batch, replaying->decompressor, &replaying->decompressed);
    while (!err) {
        err = batch_reader_next(&reader, &record);
        if (err == KC_ERR_WOULD_BLOCK) {
            return KC_ERR_NONE;
        }
        if (!err) {
            arena_reset(&replaying->arena);
            err = replay->record(replay->context, batch, &record, &replaying->arena);
        }
    }
    return err;
}

static enum kc_err take_chunk(struct replaying *replaying, struct partition *partition,
                              int64_t *offset)
{
    struct log_read read = { .offset = *offset,
                             .offset_max = log_end_offset(partition->log),
                             .bytes_max = REPLAY_CHUNK_BYTES,
                             .one_batch_min = true };
    replaying->chunk.size = 0;
    enum kc_err err = log_read_into(partition->log, &read, &replaying->chunk);
    struct slice rest = bytes_slice(&replaying->chunk);
    int64_t before = *offset;
    while (!err && rest.size > 0) {
        struct batch batch;
        err = batch_read(rest, &batch);
        if (err == KC_ERR_WOULD_BLOCK) {
            err = KC_ERR_NONE;
            break;
        }
        err = err ? err : take_batch(replaying, &batch);
        if (!err) {
            *offset = batch_last_offset(&batch) + 1;
            rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
        }
    }
    return err ? err : *offset > before ? KC_ERR_NONE : KC_ERR_CORRUPT_MESSAGE;
}

enum kc_err replay_partition(const struct replay *replay, struct partition *partition)
{
    struct replaying replaying = { .replay = replay, .decompressor = decompressor_create() };
    int64_t offset = log_start_offset(partition->log);
    enum kc_err err = replaying.decompressor ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    arena_init(&replaying.arena, REPLAY_BYTES_MAX);
    bytes_init(&replaying.chunk, REPLAY_BYTES_MAX);
    bytes_init(&replaying.decompressed, REPLAY_BYTES_MAX);
    while (!err && offset < log_end_offset(partition->log)) {
        err = take_chunk(&replaying, partition, &offset);
    }
    arena_finish(&replaying.arena);
    bytes_finish(&replaying.chunk);
    bytes_finish(&replaying.decompressed);
    decompressor_destroy(replaying.decompressor);
    return err;
}
