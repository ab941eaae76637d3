/* tests: base, and the test support itself, when memory runs out. */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/frame_pool.h"
#include "base/heap.h"
#include "base/map.h"
#include "support/heap.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES = 100 };

/* Volatile, lest the compiler leave a call out whose result it can foresee. */
TEST(fails_the_call_asked_for_and_no_other)
{
    heap_fail_at(2);
    void *volatile first = malloc(10);
    void *volatile second = calloc(1, 10);
    void *volatile third = strdup("third");
    heap_pause();
    assert_true(heap_failed());
    assert_int_equal(heap_count(), 3);
    assert_non_null(first);
    assert_null(second);
    assert_string_equal(third, "third");
    heap_fail_at(1);
    void *volatile grown = realloc(third, 1000);
    heap_pause();
    assert_true(heap_failed());
    assert_null(grown);
    free(grown ? grown : third);
    free(first);
}

TEST(counts_the_blocks_that_live)
{
    size_t before = heap_live();
    void *volatile block = malloc(10);
    void *aligned = NULL;
    assert_int_equal(posix_memalign(&aligned, 4096, 10), 0);
    char *printed = NULL;
    assert_true(asprintf(&printed, "%d", 10) > 0);
    assert_int_equal(heap_live(), before + 3);
    block = realloc(block, 20);
    assert_int_equal(heap_live(), before + 3);
    free(block);
    free(aligned);
    free(printed);
    assert_int_equal(heap_live(), before);
}

static enum kc_err fill_map(void *context)
{
    int64_t keys[ENTRIES];
    struct map map;
    bool good = true;

    (void)context;
    map_init(&map, 7);
    for (int64_t i = 0; i < ENTRIES; i++) {
        keys[i] = i;
        if (!map_put(&map, map_key_of(&keys[i]), &keys[i], NULL)) {
            good = false;
            assert_int_equal(map.count, (size_t)i);
            assert_true(map_put(&map, map_key_of(&keys[i]), &keys[i], NULL));
        }
    }
    for (int64_t i = 0; i < ENTRIES; i++) {
        assert_ptr_equal(map_get(&map, map_key_of(&keys[i])), &keys[i]);
    }
    map_finish(&map);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(map_stays_whole)
{
    heap_each(fill_map, NULL);
}

static enum kc_err fill_bytes(void *context)
{
    struct bytes bytes;
    bool good = true;

    (void)context;
    bytes_init(&bytes, 1 << 20);
    for (int i = 0; i < 1000; i++) {
        if (!bytes_append(&bytes, "0123456789", 10)) {
            good = false;
            assert_int_equal(bytes.size, (size_t)i * 10);
            assert_true(bytes_append(&bytes, "0123456789", 10));
        }
    }
    assert_int_equal(bytes.size, 10000);
    assert_memory_equal(bytes.data + 9990, "0123456789", 10);
    bytes_finish(&bytes);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(bytes_stay_whole)
{
    heap_each(fill_bytes, NULL);
}

static enum kc_err fill_arena(void *context)
{
    struct arena arena;
    uint8_t *numbers[ENTRIES] = { 0 };
    bool good = true;

    (void)context;
    arena_init(&arena, 0);
    for (int i = 0; i < ENTRIES; i++) {
        char *text = arena_printf(&arena, "number %d", i);
        struct slice copy = arena_copy(&arena, slice_text("copied"));
        numbers[i] = arena_alloc_array(&arena, 200, sizeof(*numbers[i]));
        good = good && text && copy.data && numbers[i];
        if (numbers[i]) {
            memset(numbers[i], i, 200);
        }
    }
    for (int i = 0; i < ENTRIES; i++) {
        assert_true(!numbers[i] || (numbers[i][0] == i && numbers[i][199] == i));
    }
    arena_reset(&arena);
    arena_finish(&arena);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(arena_stays_whole)
{
    heap_each(fill_arena, NULL);
}

static enum kc_err fill_heap(void *context)
{
    struct heap_node nodes[ENTRIES] = { 0 };
    struct heap heap;
    bool good = true;

    (void)context;
    heap_init(&heap);
    for (int i = 0; i < ENTRIES; i++) {
        if (!heap_insert(&heap, &nodes[i], ENTRIES - i)) {
            good = false;
            assert_int_equal(nodes[i].position, 0);
            assert_true(heap_insert(&heap, &nodes[i], ENTRIES - i));
        }
    }
    for (int i = ENTRIES - 1; i >= 0; i--) {
        assert_ptr_equal(heap_first(&heap), &nodes[i]);
        heap_remove(&heap, &nodes[i]);
    }
    heap_finish(&heap);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(heap_stays_whole)
{
    heap_each(fill_heap, NULL);
}

static enum kc_err grow_frame(void *context)
{
    struct frame_buffer *frame = frame_buffer_create(16);
    struct frame_buffer *larger = NULL;

    (void)context;
    if (frame) {
        memset(frame->data, 7, 16);
        frame->size = 16;
        larger = frame_buffer_grow(frame, 1000);
        frame = larger ? larger : frame;
        assert_int_equal(frame->data[15], 7);
        assert_int_equal(frame->capacity, larger ? 1000 : 16);
    }
    frame_buffer_drop(frame);
    return larger ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static enum kc_err pool_frames(void *context)
{
    struct frame_pool *pool = frame_pool_create(FRAME_POOL_SIZE_MIN);
    struct frame_buffer *frame =
        pool ? frame_pool_take(pool, FRAME_POOL_SIZE_MIN, FRAME_POOL_SIZE_MIN) : NULL;
    bool good = frame != NULL;

    (void)context;
    frame_buffer_drop(frame);
    if (good) {
        assert_int_equal(frame_pool_kept(pool), FRAME_POOL_SIZE_MIN);
    }
    frame_pool_destroy(pool);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(frame_pool_stays_whole)
{
    heap_each(pool_frames, NULL);
}

TEST(frame_buffer_stays_whole)
{
    heap_each(grow_frame, NULL);
}

static enum kc_err copy_text(void *context)
{
    char *text = slice_dup_text(slice_text("text"));
    bool good = text != NULL;

    (void)context;
    free(text);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(slice_gives_nothing)
{
    heap_each(copy_text, NULL);
}
