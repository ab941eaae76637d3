/* unit: fetched data measured, cut and walked: also what a hostile or broken broker sends. */
#include "consumer/fetched.h"
#include "record/control.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { DATA_MAX = 1 << 16 };

struct scene {
    struct claim *claim;
    struct budget *budget;
    struct frame_buffer *frame;
    struct decompressor *decompressor;
};

static void begin(struct scene *scene)
{
    scene->claim = claim_create(slice_text("t"), 0);
    scene->budget = budget_create(1 << 20);
    scene->frame = frame_buffer_create(DATA_MAX);
    scene->decompressor = decompressor_create();
    assert_true(scene->claim && scene->budget && scene->frame && scene->decompressor);
    scene->frame->size = 0;
}

static void end(struct scene *scene)
{
    assert_int_equal(atomic_load(&scene->budget->used), 0);
    assert_int_equal(atomic_load(&scene->claim->queued_bytes), 0);
    decompressor_destroy(scene->decompressor);
    frame_buffer_drop(scene->frame);
    budget_drop(scene->budget);
    claim_drop(scene->claim);
}

/* Appends a batch of `count` records "v<offset>" to the frame. */
static void add(struct scene *scene, int64_t base_offset, int count, enum compression codec,
                int64_t producer_id)
{
    static const uint8_t key[] = "k";
    uint8_t buffer[DATA_MAX / 2];
    struct batch_writer writer;
    struct slice batch;
    struct bytes out;
    struct compressor *compressor = NULL;
    struct batch_close close = { .base_offset = base_offset,
                                 .partition_leader_epoch = 3,
                                 .codec = codec,
                                 .transactional = producer_id >= 0,
                                 .producer_id = producer_id,
                                 .producer_epoch = producer_id >= 0 ? 0 : -1,
                                 .base_sequence = producer_id >= 0 ? 0 : -1 };
    batch_writer_init(&writer, buffer, sizeof(buffer));
    for (int i = 0; i < count; i++) {
        char text[32];
        int size = snprintf(text, sizeof(text), "v%lld", (long long)(base_offset + i));
        assert_true(batch_writer_append(&writer, 1000 + i, slice_of(key, 1),
                                        slice_of(text, (size_t)size), NULL, 0));
    }
    bytes_init(&out, DATA_MAX);
    if (codec != COMPRESSION_NONE) {
        compressor = compressor_create(codec, COMPRESSION_LEVEL_DEFAULT);
    }
    assert_int_equal(batch_writer_close(&writer, &close, compressor, &out, &batch), KC_ERR_NONE);
    assert_true(scene->frame->size + batch.size <= scene->frame->capacity);
    memcpy(scene->frame->data + scene->frame->size, batch.data, batch.size);
    scene->frame->size += batch.size;
    bytes_finish(&out);
    compressor_destroy(compressor);
}

static void add_marker(struct scene *scene, int64_t offset, int64_t producer_id, bool commit)
{
    uint8_t *place = scene->frame->data + scene->frame->size;
    size_t size =
        control_write_marker(place, CONTROL_MARKER_SIZE_MAX, commit, 1000, producer_id, 0, 1);
    assert_true(size > 0);
    batch_set_base_offset(place, offset);
    scene->frame->size += size;
}

static struct fetched *fetch(struct scene *scene, int64_t offset,
                             const struct fetched_abort *aborts, size_t abort_count)
{
    struct fetched_extent extent;
    struct slice records = frame_buffer_slice(scene->frame);
    assert_int_equal(fetched_measure(records, offset, &extent), KC_ERR_NONE);
    struct fetched *fetched =
        fetched_create(scene->claim, scene->budget, scene->frame,
                       slice_of(records.data, extent.size), offset, aborts, abort_count);
    assert_non_null(fetched);
    fetched->check_crcs = true;
    return fetched;
}

/* "10-12 20": the offsets of all records that come out, a blank between batches; ends with the
 * error's name if there is one. */
static const char *walk_by(struct scene *scene, struct fetched *fetched, int32_t records_max,
                           char *out, size_t size)
{
    enum kc_err err;
    struct kc_batch *batch;
    out[0] = 0;
    while ((err = fetched_cut(fetched, scene->decompressor, records_max, &batch)) == KC_ERR_NONE) {
        struct kc_record record;
        int64_t first = -1;
        int64_t last = -1;
        while (fetched_batch_next(batch, &record)) {
            char text[32];
            (void)snprintf(text, sizeof(text), "v%lld", (long long)record.offset);
            assert_true(slice_is(slice_of(record.value.data, record.value.size), text));
            assert_int_equal(record.leader_epoch, 3);
            assert_string_equal(record.topic, "t");
            assert_true(last == -1 || record.offset == last + 1);
            first = first == -1 ? record.offset : first;
            last = record.offset;
        }
        size_t used = strlen(out);
        (void)snprintf(out + used, size - used, "%s%lld-%lld", used ? " " : "", (long long)first,
                       (long long)last);
        assert_true(batch->next_offset > last);
        assert_int_equal(batch->next_offset, fetched->offset);
        assert_true(last - first < records_max);
        fetched_batch_destroy(batch);
    }
    if (err != KC_ERR_WOULD_BLOCK) {
        size_t used = strlen(out);
        (void)snprintf(out + used, size - used, "%s%s", used ? " " : "", kc_err_name(err));
    }
    return out;
}

static const char *walk(struct scene *scene, struct fetched *fetched, char *out, size_t size)
{
    return walk_by(scene, fetched, INT32_MAX, out, size);
}

TEST(plain_batches_are_one_run)
{
    struct scene scene;
    char text[256];
    begin(&scene);
    add(&scene, 10, 3, COMPRESSION_NONE, -1);
    add(&scene, 13, 2, COMPRESSION_NONE, -1);
    struct fetched *fetched = fetch(&scene, 11, NULL, 0);
    assert_true(atomic_load(&scene.budget->used) > 0);
    assert_string_equal(walk(&scene, fetched, text, sizeof(text)), "11-14");
    assert_int_equal(fetched->offset, 15);
    fetched_destroy(fetched);
    end(&scene);
}

TEST(compressed_batches_stand_alone)
{
    struct scene scene;
    char text[256];
    begin(&scene);
    add(&scene, 0, 2, COMPRESSION_NONE, -1);
    add(&scene, 2, 5, COMPRESSION_LZ4, -1);
    add(&scene, 7, 1, COMPRESSION_ZSTD, -1);
    add(&scene, 8, 1, COMPRESSION_NONE, -1);
    struct fetched *fetched = fetch(&scene, 0, NULL, 0);
    assert_string_equal(walk(&scene, fetched, text, sizeof(text)), "0-1 2-6 7-7 8-8");
    fetched_destroy(fetched);
    end(&scene);
}

TEST(aborted_transactions_are_left_out)
{
    struct scene scene;
    char text[256];
    struct fetched_abort aborts[] = { { 7, 0 } };
    begin(&scene);
    add(&scene, 0, 2, COMPRESSION_NONE, 7);
    add(&scene, 2, 2, COMPRESSION_NONE, 8);
    add(&scene, 4, 1, COMPRESSION_NONE, 7);
    add_marker(&scene, 5, 7, false);
    add_marker(&scene, 6, 8, true);
    add(&scene, 7, 2, COMPRESSION_NONE, 7); /* its next transaction, which commits */
    add_marker(&scene, 9, 7, true);
    struct fetched *fetched = fetch(&scene, 0, aborts, 1);
    assert_string_equal(walk(&scene, fetched, text, sizeof(text)), "2-3 7-8");
    assert_int_equal(fetched->offset, 10);
    fetched_destroy(fetched);
    end(&scene);
}

TEST(the_same_producer_may_abort_twice)
{
    struct scene scene;
    char text[256];
    struct fetched_abort aborts[] = { { 7, 4 }, { 7, 0 } }; /* in whatever order */
    begin(&scene);
    add(&scene, 0, 2, COMPRESSION_NONE, 7);
    add_marker(&scene, 2, 7, false);
    add(&scene, 3, 1, COMPRESSION_NONE, -1);
    add(&scene, 4, 2, COMPRESSION_NONE, 7);
    add_marker(&scene, 6, 7, false);
    add(&scene, 7, 1, COMPRESSION_NONE, 7);
    struct fetched *fetched = fetch(&scene, 0, aborts, 2);
    assert_string_equal(walk(&scene, fetched, text, sizeof(text)), "3-3 7-7");
    fetched_destroy(fetched);
    end(&scene);
}

TEST(nothing_visible_still_moves_on)
{
    struct scene scene;
    char text[256];
    begin(&scene);
    add_marker(&scene, 5, 7, true);
    struct fetched *fetched = fetch(&scene, 5, NULL, 0);
    assert_string_equal(walk(&scene, fetched, text, sizeof(text)), "");
    assert_int_equal(fetched->offset, 6);
    fetched_destroy(fetched);
    end(&scene);
}

TEST(a_broken_crc_is_told_at_its_place)
{
    struct scene scene;
    char text[256];
    begin(&scene);
    add(&scene, 0, 2, COMPRESSION_NONE, -1);
    size_t second = scene.frame->size;
    add(&scene, 2, 2, COMPRESSION_NONE, -1);
    scene.frame->data[second + BATCH_HEADER_SIZE + 6] ^= 1;
    struct fetched *fetched = fetch(&scene, 0, NULL, 0);
    assert_string_equal(walk(&scene, fetched, text, sizeof(text)), "0-1 CORRUPT_MESSAGE");
    assert_int_equal(fetched->offset, 2);
    fetched_destroy(fetched);
    end(&scene);
}

TEST(a_senseless_record_ends_the_batch_and_is_noted)
{
    struct scene scene;
    struct kc_batch *batch;
    struct kc_record record;
    begin(&scene);
    add(&scene, 20, 3, COMPRESSION_NONE, -1);
    struct fetched *fetched = fetch(&scene, 20, NULL, 0);
    fetched->check_crcs = false;
    struct batch header;
    assert_int_equal(batch_read(frame_buffer_slice(scene.frame), &header), KC_ERR_NONE);
    scene.frame->data[BATCH_HEADER_SIZE + 10] = 0x7f; /* length of the second record */
    assert_int_equal(fetched_cut(fetched, scene.decompressor, INT32_MAX, &batch), KC_ERR_NONE);
    int count = 0;
    while (fetched_batch_next(batch, &record)) {
        count++;
    }
    assert_true(count < 3);
    assert_true(batch->is_damaged);
    assert_int_equal(atomic_load(&scene.claim->damaged), 20 + count);
    assert_false(fetched_batch_next(batch, &record));
    fetched_batch_destroy(batch);
    fetched_destroy(fetched);
    end(&scene);
}

TEST(a_limit_ends_runs_between_batches_and_splits_long_ones)
{
    struct scene scene;
    char text[256];
    begin(&scene);
    add(&scene, 0, 3, COMPRESSION_NONE, -1);
    add(&scene, 3, 2, COMPRESSION_NONE, -1);
    add(&scene, 5, 12, COMPRESSION_NONE, -1);
    add(&scene, 17, 5, COMPRESSION_NONE, -1);
    struct fetched *fetched = fetch(&scene, 0, NULL, 0);
    assert_string_equal(walk_by(&scene, fetched, 5, text, sizeof(text)),
                        "0-4 5-9 10-14 15-16 17-21");
    assert_true(fetched_is_over(fetched));
    fetched_destroy(fetched);
    fetched = fetch(&scene, 0, NULL, 0);
    assert_string_equal(walk_by(&scene, fetched, 12, text, sizeof(text)), "0-4 5-16 17-21");
    fetched_destroy(fetched);
    fetched = fetch(&scene, 2, NULL, 0);
    assert_string_equal(walk_by(&scene, fetched, 2, text, sizeof(text)),
                        "2-2 3-4 5-6 7-8 9-10 11-12 13-14 15-16 17-18 19-20 21-21");
    fetched_destroy(fetched);
    end(&scene);
}

TEST(a_limit_counts_only_what_was_asked_for)
{
    struct scene scene;
    char text[256];
    begin(&scene);
    add(&scene, 0, 10, COMPRESSION_NONE, -1);
    add(&scene, 10, 1, COMPRESSION_NONE, -1);
    struct fetched *fetched = fetch(&scene, 7, NULL, 0);
    assert_string_equal(walk_by(&scene, fetched, 3, text, sizeof(text)), "7-9 10-10");
    fetched_destroy(fetched);
    fetched = fetch(&scene, 6, NULL, 0);
    assert_string_equal(walk_by(&scene, fetched, 3, text, sizeof(text)), "6-8 9-9 10-10");
    fetched_destroy(fetched);
    end(&scene);
}

TEST(a_limit_splits_compressed_batches_without_copying)
{
    struct scene scene;
    char text[256];
    begin(&scene);
    for (int codec = COMPRESSION_GZIP; codec <= COMPRESSION_ZSTD; codec++) {
        add(&scene, (int64_t)(codec - COMPRESSION_GZIP) * 5, 5, (enum compression)codec, -1);
    }
    struct fetched *fetched = fetch(&scene, 1, NULL, 0);
    assert_string_equal(walk_by(&scene, fetched, 2, text, sizeof(text)),
                        "1-2 3-4 5-6 7-8 9-9 10-11 12-13 14-14 15-16 17-18 19-19");
    fetched_destroy(fetched);
    struct kc_batch *batches[2];
    fetched = fetch(&scene, 0, NULL, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fetched_cut(fetched, scene.decompressor, 2, &batches[i]), KC_ERR_NONE);
    }
    assert_ptr_equal(batches[0]->unpacked, batches[1]->unpacked);
    assert_ptr_equal(batches[0]->reader.end, batches[1]->reader.data);
    fetched_destroy(fetched); /* with a part that nobody took */
    fetched_batch_destroy(batches[0]);
    struct kc_record record;
    assert_true(fetched_batch_next(batches[1], &record));
    assert_int_equal(record.offset, 2);
    fetched_batch_destroy(batches[1]);
    end(&scene);
}

TEST(a_limit_of_one_meets_control_batches_and_aborted_ones)
{
    struct scene scene;
    char text[256];
    struct fetched_abort aborts[] = { { 7, 2 } };
    begin(&scene);
    add(&scene, 0, 2, COMPRESSION_NONE, 8);
    add(&scene, 2, 3, COMPRESSION_NONE, 7);
    add_marker(&scene, 5, 7, false);
    add_marker(&scene, 6, 8, true);
    add(&scene, 7, 2, COMPRESSION_LZ4, 7);
    add_marker(&scene, 9, 7, true);
    struct fetched *fetched = fetch(&scene, 0, aborts, 1);
    assert_string_equal(walk_by(&scene, fetched, 1, text, sizeof(text)), "0-0 1-1 7-7 8-8");
    assert_int_equal(fetched->offset, 10);
    fetched_destroy(fetched);
    end(&scene);
}

/* Made by Java: offsets 100, 105 and 106 in one message of format 0. */
TEST(a_limit_splits_compressed_message_sets)
{
    static const char *const hex =
        "000000000000006a00000051970c0f010001ffffffff000000431f8b08000000000000ff6360008314201608"
        "3baf100fe631268208438814432648ce3388d91b229704228ca0725920b9af9c0f2a2072c920c218004e5f18"
        "e754000000";
    static const int64_t offsets[] = { 100, 105, 106 };
    struct scene scene;
    size_t size;
    uint8_t *data = test_unhex(hex, &size);
    begin(&scene);
    memcpy(scene.frame->data, data, size);
    scene.frame->size = size;
    free(data);
    for (int32_t limit = 1; limit <= 3; limit++) {
        struct fetched *fetched = fetch(&scene, 100, NULL, 0);
        struct kc_batch *batch;
        int count = 0;
        while (fetched_cut(fetched, scene.decompressor, limit, &batch) == KC_ERR_NONE) {
            struct kc_record record;
            int before = count;
            while (fetched_batch_next(batch, &record)) {
                assert_int_equal(record.offset, offsets[count++]);
            }
            assert_in_range(count - before, 1, limit);
            assert_int_equal(fetched->offset, offsets[count - 1] + 1);
            fetched_batch_destroy(batch);
        }
        assert_int_equal(count, 3);
        fetched_destroy(fetched);
    }
    end(&scene);
}

TEST(a_limit_does_not_hide_damage)
{
    struct scene scene;
    struct kc_batch *batch;
    struct kc_record record;
    begin(&scene);
    add(&scene, 20, 5, COMPRESSION_NONE, -1);
    size_t second = scene.frame->size;
    add(&scene, 25, 5, COMPRESSION_NONE, -1);
    struct fetched *fetched = fetch(&scene, 20, NULL, 0);
    fetched->check_crcs = false;
    scene.frame->data[BATCH_HEADER_SIZE + 11] = 0x7f; /* length of the second record */
    scene.frame->data[second + BATCH_HEADER_SIZE + 8] ^= 1;
    assert_int_equal(fetched_cut(fetched, scene.decompressor, 3, &batch), KC_ERR_NONE);
    assert_null(fetched->part);
    int count = 0;
    while (fetched_batch_next(batch, &record)) {
        count++;
    }
    assert_true(count <= 3);
    assert_true(batch->is_damaged);
    assert_int_equal(atomic_load(&scene.claim->damaged), 20 + count);
    fetched_batch_destroy(batch);
    fetched->check_crcs = true; /* the next batch ended no run: it is looked at now */
    assert_int_equal(fetched_cut(fetched, scene.decompressor, 3, &batch), KC_ERR_CORRUPT_MESSAGE);
    assert_int_equal(fetched->offset, 25);
    fetched_destroy(fetched);
    end(&scene);
}

TEST(measure_leaves_a_cut_tail_for_the_next_fetch)
{
    struct scene scene;
    struct fetched_extent extent;
    begin(&scene);
    add(&scene, 0, 2, COMPRESSION_NONE, -1);
    size_t whole = scene.frame->size;
    add(&scene, 2, 2, COMPRESSION_NONE, -1);
    for (size_t size = whole; size < scene.frame->size; size++) {
        assert_int_equal(fetched_measure(slice_of(scene.frame->data, size), 0, &extent),
                         KC_ERR_NONE);
        assert_int_equal(extent.size, whole);
        assert_int_equal(extent.next_offset, 2);
    }
    for (size_t size = 1; size < whole; size++) {
        assert_int_equal(fetched_measure(slice_of(scene.frame->data, size), 0, &extent),
                         KC_ERR_TOO_LARGE);
    }
    assert_int_equal(fetched_measure(slice_of(scene.frame->data, 0), 9, &extent), KC_ERR_NONE);
    assert_int_equal(extent.next_offset, 9);
    end(&scene);
}

TEST(measure_refuses_offsets_that_lie)
{
    struct scene scene;
    struct fetched_extent extent;
    begin(&scene);
    add(&scene, 5, 2, COMPRESSION_NONE, -1);
    /* All below what was asked: going on would fetch the same for ever. */
    assert_int_equal(fetched_measure(frame_buffer_slice(scene.frame), 7, &extent),
                     KC_ERR_CORRUPT_MESSAGE);
    add(&scene, 3, 2, COMPRESSION_NONE, -1);
    assert_int_equal(fetched_measure(frame_buffer_slice(scene.frame), 5, &extent), KC_ERR_NONE);
    assert_int_equal(extent.next_offset, 7); /* the one that runs backwards is left out */
    batch_set_base_offset(scene.frame->data, -5);
    assert_int_equal(fetched_measure(frame_buffer_slice(scene.frame), 0, &extent),
                     KC_ERR_CORRUPT_MESSAGE);
    batch_set_base_offset(scene.frame->data, INT64_MAX);
    assert_int_equal(fetched_measure(frame_buffer_slice(scene.frame), 0, &extent),
                     KC_ERR_CORRUPT_MESSAGE);
    end(&scene);
}

TEST(a_batch_outlives_everything_else)
{
    struct scene scene;
    struct kc_batch *batch;
    struct kc_record record;
    begin(&scene);
    add(&scene, 0, 1, COMPRESSION_NONE, -1);
    struct fetched *fetched = fetch(&scene, 0, NULL, 0);
    assert_int_equal(fetched_cut(fetched, scene.decompressor, INT32_MAX, &batch), KC_ERR_NONE);
    fetched_destroy(fetched);
    end(&scene);
    assert_true(fetched_batch_next(batch, &record));
    assert_string_equal(record.topic, "t");
    assert_false(fetched_batch_next(batch, &record));
    fetched_batch_destroy(batch);
}

TEST(the_budget_says_once_when_there_is_room_again)
{
    struct budget *budget = budget_create(100);
    assert_int_equal(budget_room(budget), 100);
    budget_charge(budget, 60);
    budget_charge(budget, 60);
    assert_int_equal(budget_room(budget), 0);
    assert_false(budget_refund(budget, 60)); /* still above half */
    assert_true(budget_refund(budget, 60));
    budget_charge(budget, 10);
    assert_false(budget_refund(budget, 10)); /* nobody starves */
    budget_drop(budget);
}
