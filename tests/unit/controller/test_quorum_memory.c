/* tests: the quorum when memory runs out, the engine's own included: every proposal is answered
 * once, what was acknowledged is there at the next start, nothing crashes. The engine may keep
 * memory that it had half made; this test takes it back. */
#include "support/heap.h"
#include "unit/controller/quorum_stage.h"

#include <raft.h>
#include <stdlib.h>

enum { PROPOSALS = 6, BLOCKS_MAX = 4096, RUNS_MAX = 5000 };

/* ---- the engine's heap ---- */

struct engine_heap {
    void *blocks[BLOCKS_MAX];
};

static void *keep(struct engine_heap *heap, void *block)
{
    size_t place = 0;
    while (block && heap->blocks[place]) {
        place++;
        assert_true(place < BLOCKS_MAX);
    }
    if (block) {
        heap->blocks[place] = block;
    }
    return block;
}

static void forget(struct engine_heap *heap, const void *block)
{
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        if (heap->blocks[i] == block) {
            heap->blocks[i] = NULL;
            return;
        }
    }
    assert_null(block);
}

static void *engine_malloc(void *data, size_t size)
{
    return keep(data, malloc(size));
}

static void engine_free(void *data, void *block)
{
    forget(data, block);
    free(block);
}

static void *engine_calloc(void *data, size_t count, size_t size)
{
    return keep(data, calloc(count, size));
}

static void *engine_realloc(void *data, void *block, size_t size)
{
    void *larger = realloc(block, size);
    if (larger) {
        forget(data, block);
        (void)keep(data, larger);
    }
    return larger;
}

static void *engine_aligned_alloc(void *data, size_t alignment, size_t size)
{
    return keep(data, aligned_alloc(alignment, size));
}

static void engine_aligned_free(void *data, size_t alignment, void *block)
{
    (void)alignment;
    engine_free(data, block);
}

static size_t take_back(struct engine_heap *heap)
{
    size_t count = 0;
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        count += heap->blocks[i] ? 1 : 0;
        free(heap->blocks[i]);
        heap->blocks[i] = NULL;
    }
    return count;
}

/* ---- runs ---- */

struct run {
    struct engine_heap heap;
    struct stage stage;
    struct bytes batches[PROPOSALS];
    struct stage_proposal *proposals[PROPOSALS];
};

/* The first start may fail; the second has memory. */
static void start(struct run *run)
{
    struct kc_error error = { 0 };
    if (stage_start(&run->stage, &error) == KC_ERR_NONE) {
        return;
    }
    assert_true(heap_failed());
    image_check_finish(&run->stage.check);
    image_finish(&run->stage.image);
    heap_pause();
    (void)take_back(&run->heap);
    heap_resume();
    assert_int_equal(sim_disk_open_files(run->stage.disk), 0);
    if (stage_start(&run->stage, &error) != KC_ERR_NONE) {
        fail_msg("%s", error.text);
    }
}

static void propose_all(struct run *run)
{
    for (int i = 0; i < PROPOSALS; i++) {
        stage_propose_batch(&run->stage, bytes_slice(&run->batches[i]), &run->proposals[i]);
        if (i != 2) {
            stage_pump(&run->stage); /* the third and the fourth go together */
        }
    }
    quorum_tick(run->stage.quorum);
}

static void check_answers(struct run *run, bool is_failed)
{
    for (int i = 0; i < PROPOSALS; i++) {
        const struct stage_proposal *proposal = run->proposals[i];
        assert_int_equal(proposal->answers, 1);
        if (proposal->err == KC_ERR_NONE) {
            assert_true(stage_has(&run->stage, i));
        } else {
            assert_true(is_failed);
        }
    }
}

/* True when an allocation failed in it: in the first life, or at the second start. */
static bool run_once(struct run *run, size_t n, bool at_restart)
{
    stage_init(&run->stage);
    heap_fail_at(at_restart ? 0 : n);
    start(run);
    propose_all(run);
    heap_pause();
    stage_stop(&run->stage);
    (void)take_back(&run->heap);
    heap_resume();
    if (at_restart) {
        heap_fail_at(n);
        start(run);
    }
    bool is_failed = heap_failed();
    heap_pause();
    if (!at_restart) {
        start(run);
    }
    check_answers(run, is_failed);
    stage_finish(&run->stage);
    (void)take_back(&run->heap);
    heap_fail_at(0);
    return is_failed;
}

static void run_all(bool at_restart)
{
    struct run *run = calloc(1, sizeof(*run));
    assert_non_null(run);
    struct raft_heap heap = { &run->heap,         engine_malloc,  engine_free,
                              engine_calloc,      engine_realloc, engine_aligned_alloc,
                              engine_aligned_free };
    raft_heap_set(&heap);
    for (int i = 0; i < PROPOSALS; i++) {
        bytes_init(&run->batches[i], 1 << 20);
        stage_topic_batch(i, &run->batches[i]);
    }
    size_t before = heap_live();
    for (size_t n = 1; run_once(run, n, at_restart); n++) {
        assert_int_equal(heap_live(), before);
        assert_true(n < RUNS_MAX);
    }
    for (int i = 0; i < PROPOSALS; i++) {
        bytes_finish(&run->batches[i]);
    }
    raft_heap_set_default();
    free(run);
}

TEST(starting_and_proposing)
{
    run_all(false);
}

TEST(starting_again)
{
    run_all(true);
}
