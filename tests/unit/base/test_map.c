/* tests: map. */
#include "base/map.h"
#include "base/random.h"
#include "support/test.h"

enum { NUMBERS = 2000 };

TEST(finds_what_was_put)
{
    struct map map;
    int one = 1;
    int two = 2;
    void *old = &one;

    map_init(&map, 42);
    assert_null(map_get(&map, slice_text("a")));
    assert_null(map_remove(&map, slice_text("a")));
    assert_true(map_put(&map, slice_text("a"), &one, &old));
    assert_null(old);
    assert_ptr_equal(map_get(&map, slice_text("a")), &one);
    assert_null(map_get(&map, slice_text("b")));
    assert_true(map_put(&map, slice_text("a"), &two, &old));
    assert_ptr_equal(old, &one);
    assert_int_equal(map.count, 1);
    assert_ptr_equal(map_remove(&map, slice_text("a")), &two);
    assert_int_equal(map.count, 0);
    map_finish(&map);
    map_finish(NULL);
}

TEST(tells_null_from_empty)
{
    struct map map;
    int value;

    map_init(&map, 42);
    assert_true(map_put(&map, SLICE_EMPTY, &value, NULL));
    assert_null(map_get(&map, SLICE_NULL));
    assert_ptr_equal(map_get(&map, SLICE_EMPTY), &value);
    map_finish(&map);
}

/* Against a plain array that tells which numbers are in. */
TEST(survives_any_mix_of_calls)
{
    struct map map = { 0 };
    struct random random;
    int64_t numbers[NUMBERS];
    bool in[NUMBERS] = { false };
    size_t count = 0;

    random_init(&random, 3);
    map_init(&map, random_next(&random));
    for (int64_t i = 0; i < NUMBERS; i++) {
        numbers[i] = i;
    }
    for (int round = 0; round < 100000; round++) {
        size_t i = random_below(&random, NUMBERS);
        struct slice key = map_key_of(&numbers[i]);
        assert_ptr_equal(map_get(&map, key), in[i] ? &numbers[i] : NULL);
        if (in[i]) {
            assert_ptr_equal(map_remove(&map, key), &numbers[i]);
            count--;
        } else {
            assert_true(map_put(&map, key, &numbers[i], NULL));
            count++;
        }
        in[i] = !in[i];
        assert_int_equal(map.count, count);
    }
    assert_true(map.capacity <= 4096);
    size_t position = 0;
    size_t seen = 0;
    for (int64_t *number; (number = map_next(&map, &position));) {
        assert_true(in[*number]);
        in[*number] = false;
        seen++;
    }
    assert_int_equal(seen, count);
    map_finish(&map);
}
