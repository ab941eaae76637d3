/* tests: the consensus of one voter: what was acknowledged is there after every kind of end, and a
 * disk that fails ends it for good. */
#include "unit/controller/quorum_stage.h"

#include "record/batch.h"

#include <raft.h>
#include <stdio.h>
#include <stdlib.h>

static void start(struct stage *stage)
{
    struct kc_error error = { 0 };
    enum kc_err err = stage_start(stage, &error);
    if (err) {
        fail_msg("%s: %s", kc_err_name(err), error.text);
    }
}

static struct stage *fresh(void)
{
    struct stage *stage = malloc(sizeof(*stage));
    assert_non_null(stage);
    stage_init(stage);
    start(stage);
    return stage;
}

static void finish(struct stage *stage)
{
    stage_finish(stage);
    free(stage);
}

TEST(propose_and_reopen)
{
    struct stage *stage = fresh();
    assert_true(stage->is_leader);
    assert_true(quorum_is_leader(stage->quorum));
    assert_int_equal(quorum_leader(stage->quorum), 1);
    assert_int_equal(quorum_epoch(stage->quorum), 1);
    for (int i = 0; i < 20; i++) {
        const struct stage_proposal *proposal = stage_propose(stage, i);
        assert_int_equal(proposal->answers, 0);
        stage_pump(stage);
        assert_int_equal(proposal->answers, 1);
        assert_int_equal(proposal->err, KC_ERR_NONE);
        assert_true(proposal->was_applied);
    }
    /* The voters' record, then two records a topic. */
    assert_int_equal(quorum_high_watermark(stage->quorum), 41);
    for (int pass = 0; pass < 3; pass++) {
        stage_stop(stage);
        stage->was_clean = pass == 1;
        start(stage);
        for (int i = 0; i < 20; i++) {
            assert_true(stage_has(stage, i));
        }
        assert_int_equal(stage->image.topics.count, 20);
        assert_int_equal(quorum_high_watermark(stage->quorum), 41);
        assert_true(quorum_is_leader(stage->quorum));
    }
    (void)stage_propose(stage, 99);
    stage_pump(stage);
    assert_true(stage_has(stage, 99));
    finish(stage);
}

TEST(those_that_wait_are_written_together)
{
    struct stage *stage = fresh();
    size_t syncs = sim_disk_syncs(stage->disk);
    for (int i = 0; i < 10; i++) {
        (void)stage_propose(stage, i);
    }
    stage_pump(stage);
    assert_int_equal(sim_disk_syncs(stage->disk), syncs + 2); /* the first, then the nine */
    for (int i = 0; i < 10; i++) {
        assert_int_equal(stage->proposals[i].answers, 1);
        assert_int_equal(stage->proposals[i].err, KC_ERR_NONE);
        assert_true(stage->proposals[i].was_applied);
        assert_true(stage_has(stage, i));
    }
    assert_int_equal(quorum_high_watermark(stage->quorum), 21);
    finish(stage);
}

TEST(of_two_alike_the_second_is_refused)
{
    struct stage *stage = fresh();
    static const int numbers[] = { 7, 7, 8, 8, 9 };
    static const enum kc_err expected[] = { KC_ERR_NONE, KC_ERR_TOPIC_ALREADY_EXISTS, KC_ERR_NONE,
                                            KC_ERR_TOPIC_ALREADY_EXISTS, KC_ERR_NONE };
    for (size_t i = 0; i < 5; i++) {
        (void)stage_propose(stage, numbers[i]);
    }
    stage_pump(stage);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(stage->proposals[i].answers, 1);
        assert_int_equal(stage->proposals[i].err, expected[i]);
    }
    assert_int_equal(stage->failures, 0);
    stage_stop(stage);
    start(stage);
    assert_int_equal(stage->image.topics.count, 3);
    finish(stage);
}

TEST(senseless_proposals_are_refused)
{
    struct stage *stage = fresh();
    struct stage_proposal *proposal;
    struct bytes batch;
    bytes_init(&batch, 1 << 20);
    stage_topic_batch(1, &batch);
    stage_propose_batch(stage, slice_text("nothing"), &proposal);
    assert_int_equal(proposal->err, KC_ERR_INVALID);
    for (size_t size = 0; size < batch.size; size++) {
        stage_propose_batch(stage, slice_of(batch.data, size), &proposal);
        assert_int_equal(proposal->answers, 1);
        assert_int_equal(proposal->err, KC_ERR_INVALID);
    }
    bytes_finish(&batch);
    assert_int_equal(sim_disk_size(stage->disk, STAGE_LOG) > 0, 1);
    assert_int_equal(stage->image.topics.count, 0);
    finish(stage);
}

TEST(close_with_proposals_on_their_way)
{
    struct stage *stage = fresh();
    for (int i = 0; i < 5; i++) {
        (void)stage_propose(stage, i); /* the first is being written */
    }
    stage_stop(stage);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(stage->proposals[i].answers, 1);
        assert_int_equal(stage->proposals[i].err, KC_ERR_CLOSED);
    }
    start(stage);
    assert_true(stage->image.topics.count <= 1);
    finish(stage);
}

/* What was acknowledged within the first `count` operations is there. */
static void verify_crash(const struct stage *before, size_t count, uint64_t seed, int lost_percent)
{
    struct stage *after = malloc(sizeof(*after));
    struct kc_error error = { 0 };
    assert_non_null(after);
    stage_init_on(after, sim_disk_crash(before->disk, count, seed, lost_percent));
    enum kc_err err = stage_start(after, &error);
    if (err) {
        fail_msg("cut after %zu operations, seed %d, %d %% lost: %s", count, (int)seed,
                 lost_percent, error.text);
    }
    for (int i = 0; i < before->proposal_count; i++) {
        const struct stage_proposal *proposal = &before->proposals[i];
        if (proposal->err == KC_ERR_NONE && proposal->answers && proposal->disk_count <= count &&
            !stage_has(after, proposal->number)) {
            fail_msg("cut after %zu operations, seed %d, %d %% lost: t%d is gone", count, (int)seed,
                     lost_percent, proposal->number);
        }
    }
    (void)stage_propose(after, 300);
    stage_pump(after);
    assert_true(stage_has(after, 300));
    stage_stop(after);
    after->was_clean = true;
    start(after);
    assert_true(stage_has(after, 300));
    finish(after);
}

TEST(power_cuts)
{
    static const int lost[] = { 0, 50, 100 };
    struct stage *stage = fresh();
    for (int i = 0; i < 24; i++) {
        (void)stage_propose(stage, i);
        if (i % 3 == 0) {
            stage_pump(stage);
        }
    }
    stage_pump(stage);
    size_t total = sim_disk_count(stage->disk);
    for (size_t count = 0; count <= total; count++) {
        for (uint64_t seed = 1; seed <= 8; seed++) {
            verify_crash(stage, count, seed, lost[seed % 3]);
        }
    }
    finish(stage);
}

/* A proposal that fails must leave nothing that serves, whatever fails. */
static void verify_failure(struct stage *stage, const char *cause)
{
    for (int i = 0; i < 6; i++) {
        (void)stage_propose(stage, i);
        if (i % 2 == 0) {
            stage_pump(stage);
        }
    }
    stage_pump(stage);
    bool has_failed = false;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(stage->proposals[i].answers, 1);
        assert_false(has_failed && stage->proposals[i].err == KC_ERR_NONE);
        has_failed = has_failed || stage->proposals[i].err == KC_ERR_KAFKA_STORAGE_ERROR;
    }
    assert_true(has_failed);
    assert_int_equal(stage->failures, 1);
    assert_non_null(strstr(stage->failure, STAGE_LOG));
    assert_non_null(strstr(stage->failure, cause));
    assert_false(quorum_is_leader(stage->quorum));
    quorum_tick(stage->quorum);
    sim_disk_faults(stage->disk)->fail_write_after = -1;
    sim_disk_faults(stage->disk)->fail_sync_after = -1;
    sim_disk_faults(stage->disk)->capacity = -1;
    size_t count = sim_disk_count(stage->disk);
    const struct stage_proposal *late = stage_propose(stage, 50);
    stage_pump(stage);
    assert_int_equal(late->answers, 1);
    assert_int_equal(late->err, KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(sim_disk_count(stage->disk), count);
    assert_int_equal(stage->failures, 1);
    stage_stop(stage);
    start(stage);
    for (int i = 0; i < 6; i++) {
        assert_true(stage->proposals[i].err != KC_ERR_NONE || stage_has(stage, i));
    }
    finish(stage);
}

TEST(disks_that_fail)
{
    for (int64_t after = 0; after < 3; after++) {
        for (int sticky = 0; sticky < 2; sticky++) {
            struct stage *stage = fresh();
            struct sim_disk_faults *faults = sim_disk_faults(stage->disk);
            faults->sticky = sticky;
            faults->fail_sync_after = (int64_t)sim_disk_syncs(stage->disk) + after;
            verify_failure(stage, "Input/output error");
            stage = fresh();
            faults = sim_disk_faults(stage->disk);
            faults->sticky = sticky;
            faults->fail_write_after = 2 + after; /* quorum-state and the voters' record before */
            verify_failure(stage, "Input/output error");
        }
    }
    for (int64_t room = 1; room < 500; room += 45) {
        struct stage *stage = fresh();
        sim_disk_faults(stage->disk)->capacity =
            sim_disk_size(stage->disk, STAGE_LOG) +
            sim_disk_size(stage->disk, STAGE_DIRECTORY "/quorum-state") + room;
        verify_failure(stage, "No space left on device");
    }
}

TEST(a_disk_that_fails_at_the_start)
{
    int starts = 0;
    for (int64_t after = 0; starts < 2; after++) {
        struct stage *stage = malloc(sizeof(*stage));
        struct kc_error error = { 0 };
        assert_non_null(stage);
        assert_true(after < 40);
        stage_init(stage);
        sim_disk_faults(stage->disk)->fail_sync_after = starts ? -1 : after;
        sim_disk_faults(stage->disk)->fail_write_after = starts ? after : -1;
        enum kc_err err = stage_start(stage, &error);
        assert_int_equal(stage->failures, 0);
        if (err) {
            assert_int_equal(err, KC_ERR_IO);
            assert_non_null(strstr(error.text, STAGE_DIRECTORY));
            assert_non_null(strstr(error.text, "Input/output error"));
            assert_null(stage->quorum);
        } else {
            starts++;
            after = -1;
        }
        finish(stage);
    }
}

/* A record that does not fit the image: the checks were passed by, as by another version. */
static enum kc_err refuse(void *context, struct slice batch)
{
    (void)context;
    (void)batch;
    return KC_ERR_CORRUPT_FILE;
}

static enum kc_err take(void *context, struct slice batch, bool first)
{
    (void)context;
    (void)batch;
    (void)first;
    return KC_ERR_NONE;
}

static void run_now(void *context, struct quorum_job *job)
{
    (void)context;
    job->work(job);
    job->done(job);
}

static void ignore_leadership(void *context, bool leader, int32_t epoch)
{
    (void)context;
    (void)leader;
    (void)epoch;
}

TEST(records_that_do_not_apply)
{
    struct stage *stage = fresh();
    struct kc_error error = { 0 };
    struct quorum *quorum = NULL;
    (void)stage_propose(stage, 1);
    stage_pump(stage);
    stage_stop(stage);
    struct quorum_options options = { .node_id = 1,
                                      .host = "localhost",
                                      .directory = STAGE_DIRECTORY,
                                      .files = sim_disk_files(stage->disk),
                                      .clock = &stage->clock,
                                      .random = &stage->random,
                                      .submit = run_now,
                                      .check = take,
                                      .apply = refuse,
                                      .leadership = ignore_leadership };
    assert_int_equal(quorum_create(&options, &quorum, &error), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_non_null(strstr(error.text, "the batch at offset 1 of " STAGE_LOG));
    start(stage);
    finish(stage);
}

TEST(logs_of_others)
{
    struct stage *stage = fresh();
    const struct file_system *files = sim_disk_files(stage->disk);
    struct kc_error error = { 0 };
    struct quorum *quorum = NULL;
    struct bytes batch;
    stage_stop(stage);
    struct quorum_options options = { .node_id = 2,
                                      .host = "localhost",
                                      .directory = STAGE_DIRECTORY,
                                      .files = files,
                                      .clock = &stage->clock,
                                      .random = &stage->random,
                                      .submit = run_now,
                                      .check = take,
                                      .apply = refuse,
                                      .leadership = ignore_leadership };
    assert_int_equal(quorum_create(&options, &quorum, &error), KC_ERR_IO);
    assert_non_null(strstr(error.text, "not the voter of " STAGE_LOG));
    /* A log without voters at its beginning; one of a later term than any that was begun. */
    bytes_init(&batch, 1 << 20);
    stage_topic_batch(1, &batch);
    batch_set_leader_epoch(batch.data, 1);
    assert_int_equal(file_replace(files, STAGE_LOG, bytes_slice(&batch)), 0);
    assert_int_equal(quorum_create(&options, &quorum, &error), KC_ERR_CORRUPT_FILE);
    assert_non_null(strstr(error.text, STAGE_LOG ": position 0"));
    bytes_finish(&batch);
    assert_int_equal(file_remove(files, STAGE_DIRECTORY "/quorum-state"), 0);
    assert_int_equal(quorum_create(&options, &quorum, &error), KC_ERR_CORRUPT_FILE);
    finish(stage);
}

/* ---- memory of the engine ---- */

struct heap {
    int64_t blocks;
    int64_t fail_after; /* -1: never */
};

static bool heap_fails(struct heap *heap)
{
    return heap->fail_after >= 0 && heap->fail_after-- == 0;
}

static void *heap_malloc(void *data, size_t size)
{
    struct heap *heap = data;
    void *block = heap_fails(heap) ? NULL : malloc(size);
    heap->blocks += block != NULL;
    return block;
}

static void heap_free(void *data, void *block)
{
    struct heap *heap = data;
    heap->blocks -= block != NULL;
    free(block);
}

static void *heap_calloc(void *data, size_t count, size_t size)
{
    struct heap *heap = data;
    void *block = heap_fails(heap) ? NULL : calloc(count, size);
    heap->blocks += block != NULL;
    return block;
}

static void *heap_realloc(void *data, void *block, size_t size)
{
    struct heap *heap = data;
    void *moved = heap_fails(heap) ? NULL : realloc(block, size);
    heap->blocks += moved && !block;
    return moved;
}

static void *heap_aligned_alloc(void *data, size_t alignment, size_t size)
{
    struct heap *heap = data;
    void *block = heap_fails(heap) ? NULL : aligned_alloc(alignment, size);
    heap->blocks += block != NULL;
    return block;
}

static void heap_aligned_free(void *data, size_t alignment, void *block)
{
    (void)alignment;
    heap_free(data, block);
}

static void scene(struct stage *stage)
{
    for (int i = 0; i < 8; i++) {
        (void)stage_propose(stage, i);
        if (i % 4 == 1) {
            stage_pump(stage);
        }
    }
    quorum_tick(stage->quorum);
    stage_stop(stage);
    for (int i = 0; i < stage->proposal_count; i++) {
        assert_int_equal(stage->proposals[i].answers, 1);
    }
}

TEST(memory_of_the_engine)
{
    struct heap heap = { .fail_after = -1 };
    struct raft_heap raft_heap = { .data = &heap,
                                   .malloc = heap_malloc,
                                   .free = heap_free,
                                   .calloc = heap_calloc,
                                   .realloc = heap_realloc,
                                   .aligned_alloc = heap_aligned_alloc,
                                   .aligned_free = heap_aligned_free };
    raft_heap_set(&raft_heap);
    bool was_reached = true;
    for (int64_t after = -1; was_reached; after++) {
        struct stage *stage = malloc(sizeof(*stage));
        assert_non_null(stage);
        stage_init(stage);
        start(stage);
        heap.fail_after = after;
        scene(stage);
        assert_int_equal(heap.blocks, 0);
        was_reached = after < 0 || heap.fail_after < 0;
        heap.fail_after = -1;
        /* Whatever was acknowledged is there for one that has memory. */
        start(stage);
        for (int i = 0; i < stage->proposal_count; i++) {
            assert_true(stage->proposals[i].err != KC_ERR_NONE || stage_has(stage, i));
        }
        finish(stage);
        assert_int_equal(heap.blocks, 0);
        assert_true(after < 500);
    }
    raft_heap_set_default();
}
