/* tests: what the consumer does without memory: fetched data is cut again from the same record on,
 * nothing is skipped or seen twice; assignments and their blobs fail whole. */
#include "consumer/assignor.h"
#include "consumer/blob.h"
#include "consumer/fetched.h"
#include "record/batch_writer.h"
#include "support/heap.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { DATA_MAX = 1 << 16, BATCHES = 8, RECORDS = 20 };

struct data {
    uint8_t bytes[DATA_MAX];
    size_t size;
};

/* Batches of all codecs, one of an aborted transaction among them. */
static void make_batch(struct data *data, int number)
{
    enum compression codec = (enum compression)(number % COMPRESSION_COUNT);
    bool is_aborted = number == 3;
    uint8_t buffer[DATA_MAX / 2];
    struct batch_writer writer;
    struct slice batch;
    struct bytes out;
    struct compressor *compressor = NULL;
    struct batch_close close = { .base_offset = (int64_t)number * RECORDS,
                                 .partition_leader_epoch = 3,
                                 .codec = codec,
                                 .transactional = is_aborted,
                                 .producer_id = is_aborted ? 5 : -1,
                                 .producer_epoch = is_aborted ? 0 : -1,
                                 .base_sequence = is_aborted ? 0 : -1 };

    batch_writer_init(&writer, buffer, sizeof(buffer));
    for (int i = 0; i < RECORDS; i++) {
        assert_true(batch_writer_append(&writer, 1000, SLICE_NULL,
                                        slice_text("a value that repeats, repeats"), NULL, 0));
    }
    bytes_init(&out, DATA_MAX);
    if (codec != COMPRESSION_NONE) {
        compressor = compressor_create(codec, COMPRESSION_LEVEL_DEFAULT);
    }
    assert_int_equal(batch_writer_close(&writer, &close, compressor, &out, &batch), KC_ERR_NONE);
    memcpy(data->bytes + data->size, batch.data, batch.size);
    data->size += batch.size;
    bytes_finish(&out);
    compressor_destroy(compressor);
}

/* Cuts everything; each batch goes on where the one before ended. Returns the records. */
static int walk(struct fetched *fetched, struct decompressor *decompressor, enum kc_err *ret_failed)
{
    int count = 0;
    int64_t next = 0;

    for (;;) {
        struct kc_batch *batch;
        struct kc_record record;
        enum kc_err err = fetched_cut(fetched, decompressor, 7, &batch);
        if (err == KC_ERR_WOULD_BLOCK) {
            assert_int_equal(fetched->offset, BATCHES * RECORDS);
            return count;
        }
        if (err) {
            assert_int_equal(err, KC_ERR_NO_MEMORY);
            assert_int_equal(*ret_failed, KC_ERR_NONE);
            *ret_failed = err;
            continue;
        }
        while (fetched_batch_next(batch, &record)) {
            next = next == 3 * RECORDS ? 4 * RECORDS : next;
            assert_int_equal(record.offset, next);
            next++;
            count++;
        }
        assert_false(batch->is_damaged);
        fetched_batch_destroy(batch);
    }
}

static enum kc_err fetch_body(void *context)
{
    const struct data *data = context;
    struct fetched_abort abort = { 5, 3 * RECORDS };
    struct claim *claim = claim_create(slice_text("t"), 0);
    struct budget *budget = budget_create(1 << 20);
    struct frame_buffer *frame = frame_buffer_create(DATA_MAX);
    struct decompressor *decompressor = decompressor_create();
    struct fetched *fetched = NULL;
    enum kc_err failed = KC_ERR_NONE;

    if (claim && budget && frame && decompressor) {
        memcpy(frame->data, data->bytes, data->size);
        frame->size = data->size;
        fetched = fetched_create(claim, budget, frame, frame_buffer_slice(frame), 0, &abort, 1);
    }
    if (fetched) {
        fetched->check_crcs = true;
        assert_int_equal(walk(fetched, decompressor, &failed), (BATCHES - 1) * RECORDS);
    } else {
        failed = KC_ERR_NO_MEMORY;
    }
    fetched_destroy(fetched);
    assert_true(!budget || atomic_load(&budget->used) == 0);
    decompressor_destroy(decompressor);
    frame_buffer_drop(frame);
    budget_drop(budget);
    claim_drop(claim);
    return failed;
}

TEST(fetched_data)
{
    struct data *data = calloc(1, sizeof(*data));

    assert_non_null(data);
    for (int i = 0; i < BATCHES; i++) {
        make_batch(data, i);
    }
    heap_each(fetch_body, data);
    free(data);
}

/* ---- assignment ---- */

enum { MEMBERS = 5, TOPICS = 3, PARTITIONS = 70 };

static enum kc_err write_and_read(struct assign_member *member, struct arena *arena)
{
    struct consumer_protocol_assignment assignment;
    struct assign_member read = { .generation = -2 };
    struct slice blob = blob_write_assignment(member, arena);
    struct assign_member own = *member;
    own.generation = 4;
    own.rack = slice_text("rack");
    own.owned = member->assigned;
    own.owned_count = member->assigned_count;
    struct slice subscription = blob_write_subscription(&own, arena);

    if (slice_is_null(blob) || slice_is_null(subscription)) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = blob_read_assignment(blob, arena, &assignment);
    if (!err) {
        err = blob_read_subscription(subscription, arena, &read);
    }
    if (!err) {
        assert_int_equal(assignment.assigned_partitions.count, TOPICS);
        assert_int_equal(read.topic_count, TOPICS);
        assert_int_equal(read.generation, 4);
        assert_int_equal(read.owned_count, member->assigned_count);
        assert_true(slice_is(read.rack, "rack"));
    }
    return err;
}

static enum kc_err assign_body(void *context)
{
    const struct assignor *assignor = context;
    static const char *const ids[MEMBERS] = { "a", "b", "c", "d", "e" };
    struct slice names[TOPICS] = { slice_text("t1"), slice_text("t2"), slice_text("t3") };
    struct assign_topic topics[TOPICS];
    struct assign_member members[MEMBERS] = { 0 };
    struct arena arena;
    size_t total = 0;

    for (int i = 0; i < TOPICS; i++) {
        topics[i] = (struct assign_topic){ names[i], PARTITIONS, NULL };
    }
    for (int i = 0; i < MEMBERS; i++) {
        members[i] = (struct assign_member){
            .id = slice_text(ids[i]), .topics = names, .topic_count = TOPICS, .generation = -1
        };
    }
    arena_init(&arena, 0);
    struct assign_group group = { members, MEMBERS, topics, TOPICS, &arena, NULL };
    enum kc_err err = assignor->assign(&group);
    for (int i = 0; !err && i < MEMBERS; i++) {
        total += members[i].assigned_count;
        err = write_and_read(&members[i], &arena);
    }
    assert_true(err || total == TOPICS * PARTITIONS);
    arena_finish(&arena);
    return err;
}

TEST(assignment)
{
    for (size_t i = 0; i < assignor_count; i++) {
        struct assignor assignor = assignor_table[i];
        heap_each(assign_body, &assignor);
    }
}

/* Members that want different topics, in racks, with something in hand. */
static enum kc_err assign_unequal_body(void *context)
{
    const struct assignor *assignor = context;
    struct slice names[2] = { slice_text("t1"), slice_text("t2") };
    struct slice racks[2] = { slice_text("a"), slice_text("b") };
    struct assign_racks near[2] = { { &racks[0], 1 }, { &racks[1], 1 } };
    struct assign_topic topics[2] = { { names[0], 2, near }, { names[1], 2, near } };
    struct assign_partition owned = { names[0], 1 };
    struct assign_member members[2] = { { .id = slice_text("m"),
                                          .topics = names,
                                          .topic_count = 2,
                                          .rack = racks[1],
                                          .owned = &owned,
                                          .owned_count = 1,
                                          .generation = 3 },
                                        { .id = slice_text("n"),
                                          .topics = names,
                                          .topic_count = 1,
                                          .rack = racks[0],
                                          .generation = -1 } };
    struct arena arena;
    arena_init(&arena, 0);
    struct assign_group group = { members, 2, topics, 2, &arena, NULL };
    enum kc_err err = assignor->assign(&group);
    size_t total = members[0].assigned_count + members[1].assigned_count;
    /* What moves is nobody's until it was given back. */
    assert_true(err || total == 4 || (assignor->is_cooperative && total == 3));
    struct assign_telling telling = { .last = &owned, .last_count = 1, .generation = 3 };
    if (!err && assignor->user_data && slice_is_null(assignor->user_data(&telling, &arena))) {
        err = KC_ERR_NO_MEMORY;
    }
    arena_finish(&arena);
    return err;
}

TEST(assignment_of_members_that_differ)
{
    for (size_t i = 0; i < assignor_count; i++) {
        struct assignor assignor = assignor_table[i];
        heap_each(assign_unequal_body, &assignor);
    }
}
