/* tests: arena. */
#include "base/arena.h"
#include "support/test.h"

TEST(gives_zeroed_aligned_memory)
{
    struct arena arena;

    arena_init(&arena, 0);
    for (size_t size = 0; size < 300; size++) {
        uint8_t *memory = arena_alloc(&arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(memory[i], 0);
        }
        memset(memory, 0xff, size);
    }
    arena_finish(&arena);
}

TEST(zeroes_again_after_reset)
{
    struct arena arena;

    arena_init(&arena, 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
            uint64_t *memory = arena_alloc_array(&arena, 100, sizeof(*memory));
            assert_non_null(memory);
            assert_true(memory[0] == 0 && memory[99] == 0);
            memset(memory, 0xff, 100 * sizeof(*memory));
        }
        assert_true(arena.used >= 80000);
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_finish(&arena);
}

TEST(settles_on_one_block)
{
    struct arena arena;

    arena_init(&arena, 0);
    for (int round = 0; round < 20; round++) {
        arena_reset(&arena);
        for (int i = 0; i < 1000; i++) {
            assert_non_null(arena_alloc(&arena, 1000));
        }
    }
    struct arena_block *settled = arena.blocks;
    arena_reset(&arena);
    for (int i = 0; i < 1000; i++) {
        assert_non_null(arena_alloc(&arena, 1000));
    }
    assert_ptr_equal(arena.blocks, settled);
    arena_finish(&arena);
}

TEST(keeps_its_limit)
{
    struct arena arena;

    arena_init(&arena, 1000);
    assert_null(arena_alloc(&arena, 1001));
    assert_non_null(arena_alloc(&arena, 500));
    assert_null(arena_alloc(&arena, 500));
    assert_non_null(arena_alloc(&arena, 480));
    arena_reset(&arena);
    assert_non_null(arena_alloc(&arena, 900));
    arena_finish(&arena);
}

TEST(refuses_overflow)
{
    struct arena arena;

    arena_init(&arena, 0);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_alloc_array(&arena, (size_t)1 << 63, 2));
    assert_non_null(arena_alloc_array(&arena, 0, 8));
    assert_null(arena_copy(&arena, (struct slice){ (const uint8_t *)"x", SIZE_MAX }).data);
    arena_finish(&arena);
}

TEST(copies_and_prints)
{
    struct arena arena;

    arena_init(&arena, 0);
    struct slice copy = arena_copy(&arena, slice_text("hello"));
    assert_string_equal((const char *)copy.data, "hello");
    assert_int_equal(copy.size, 5);
    assert_true(slice_is_null(arena_copy(&arena, SLICE_NULL)));
    assert_false(slice_is_null(arena_copy(&arena, SLICE_EMPTY)));
    assert_string_equal(arena_printf(&arena, "%s-%d", "topic", 7), "topic-7");
    arena_finish(&arena);
    arena_finish(&arena);
    arena_finish(NULL);
}
