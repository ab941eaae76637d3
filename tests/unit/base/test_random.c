/* tests: random. */
#include "base/random.h"
#include "support/test.h"

TEST(same_seed_same_sequence)
{
    struct random a;
    struct random b;
    struct random c;
    int different = 0;

    random_init(&a, 7);
    random_init(&b, 7);
    random_init(&c, 8);
    for (int i = 0; i < 100; i++) {
        uint64_t drawn = random_next(&a);
        assert_true(drawn == random_next(&b));
        different += drawn != random_next(&c);
    }
    assert_int_equal(different, 100);
}

/* The published generators' first outputs for seed 0. */
TEST(is_xoshiro_seeded_by_splitmix)
{
    struct random random;

    random_init(&random, 0);
    assert_true(random.state[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(random.state[1] == UINT64_C(0x6e789e6aa1b965f4));
    assert_true(random_next(&random) == UINT64_C(0x99ec5f36cb75f2b4));
}

TEST(stays_below_its_bound)
{
    struct random random;
    int seen[10] = { 0 };

    random_init(&random, 1);
    assert_int_equal(random_below(&random, 0), 0);
    assert_int_equal(random_below(&random, 1), 0);
    for (int i = 0; i < 10000; i++) {
        uint64_t drawn = random_below(&random, 10);
        assert_true(drawn < 10);
        seen[drawn]++;
        assert_true(random_below(&random, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
    }
    for (int i = 0; i < 10; i++) {
        assert_in_range(seen[i], 850, 1150);
    }
}

TEST(jitters_within_percent)
{
    struct random random;
    int64_t least = INT64_MAX;
    int64_t most = 0;

    random_init(&random, 1);
    for (int i = 0; i < 10000; i++) {
        int64_t value = random_jitter(&random, 1000, 20);
        least = value < least ? value : least;
        most = value > most ? value : most;
        assert_true(random_jitter(&random, INT64_MAX, 100) >= 0);
    }
    assert_true(least >= 800 && least < 810);
    assert_true(most <= 1200 && most > 1190);
    assert_int_equal(random_jitter(&random, 0, 20), 0);
    assert_int_equal(random_jitter(&random, 50, 0), 50);
    assert_int_equal(random_jitter(&random, -1, 20), -1);
}

TEST(fills_whole_buffers)
{
    struct random random;
    uint8_t data[24] = { 0 };
    uint8_t guard[3] = { 1, 2, 3 };

    random_init(&random, 9);
    random_fill(&random, data + 1, 21);
    assert_int_equal(data[0], 0);
    assert_int_equal(data[22], 0);
    random_fill(&random, guard, 0);
    assert_int_equal(guard[0], 1);
}

TEST(kernel_seeds_differ)
{
    assert_true(random_seed() != random_seed());
}
