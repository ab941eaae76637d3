/* tests: partitions are chosen as the Java client and librdkafka choose them. */
#include "producer/partitioner.h"
#include "support/test.h"

#include <stdlib.h>

struct murmur_row {
    const char *key; /* hex */
    int32_t of_3;
    int32_t of_12;
    int32_t of_1000;
};

/* Made by org.apache.kafka.common.utils.Utils.murmur2. */
static const struct murmur_row rows[] = {
    { "", 0, 9, 681 },
    { "61", 1, 4, 524 },
    { "6162", 2, 2, 434 },
    { "616263", 0, 3, 107 },
    { "61626364", 2, 8, 100 },
    { "6162636465", 1, 1, 741 },
    { "666f6f626172", 0, 6, 166 },
    { "3231", 0, 0, 340 },
    { "612d6c6974746c652d6269742d6c6f6e672d737472696e67", 2, 8, 112 },
    { "612d6c6974746c652d6269742d6c6f6e6765722d737472696e67", 2, 11, 819 },
    { "6c6b6a683233346c68396669756839307932336f697568736166756a6861646f6632323970687239683139683839"
      "6838",
      2, 5, 677 },
    { "757365722d31", 2, 8, 828 },
    { "757365722d32", 2, 8, 856 },
    { "21ac1142fc4c5d4cd0d6b39a5c0183b25004a5a87014d26fa6adafc5903971d1240aadf6f2", 0, 9, 141 },
};

TEST(murmur2_as_java)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size;
        uint8_t *key = test_unhex(rows[i].key, &size);
        struct slice bytes = slice_of(key, size);
        enum partitioner_kind kind = PARTITIONER_MURMUR2_RANDOM;
        assert_int_equal(partitioner_of_key(kind, bytes, 3), rows[i].of_3);
        assert_int_equal(partitioner_of_key(kind, bytes, 12), rows[i].of_12);
        assert_int_equal(partitioner_of_key(kind, bytes, 1000), rows[i].of_1000);
        free(key);
    }
}

/* Made by librdkafka 2.0.2: a program printed rd_kafka_msg_partitioner_consistent, _murmur2 and
 * _fnv1a of each key (NULL: no key) for 3, 12 and 1000 partitions. */
static const struct {
    const char *key; /* hex */
    int32_t consistent[3];
    int32_t murmur2[3];
    int32_t fnv1a[3];
} rdkafka_rows[] = {
    { NULL, { 0, 0, 0 }, { 0, 9, 681 }, { 0, 3, 35 } },
    { "", { 0, 0, 0 }, { 0, 9, 681 }, { 0, 3, 35 } },
    { "61", { 0, 3, 907 }, { 1, 4, 524 }, { 0, 0, 76 } },
    { "6162", { 2, 5, 885 }, { 2, 2, 434 }, { 0, 6, 946 } },
    { "616263", { 0, 6, 578 }, { 0, 3, 107 }, { 2, 11, 331 } },
    { "61626364", { 1, 1, 369 }, { 2, 8, 100 }, { 0, 3, 763 } },
    { "6162636465", { 0, 9, 485 }, { 1, 1, 741 }, { 0, 0, 136 } },
    { "666f6f626172", { 2, 5, 69 }, { 0, 6, 166 }, { 0, 0, 576 } },
    { "3231", { 1, 4, 532 }, { 0, 0, 340 }, { 0, 0, 452 } },
    { "757365722d31", { 2, 8, 524 }, { 2, 8, 828 }, { 0, 0, 796 } },
    { "757365722d32", { 1, 10, 150 }, { 2, 8, 856 }, { 0, 3, 939 } },
    { "612d6c6974746c652d6269742d6c6f6e672d737472696e67",
      { 0, 6, 554 },
      { 2, 8, 112 },
      { 1, 4, 104 } },
    { "612d6c6974746c652d6269742d6c6f6e6765722d737472696e67",
      { 2, 2, 890 },
      { 2, 11, 819 },
      { 0, 9, 313 } },
    { "fffe80", { 2, 8, 300 }, { 0, 3, 251 }, { 1, 4, 688 } },
    { "6b61666b61", { 2, 11, 399 }, { 1, 4, 580 }, { 2, 5, 545 } },
};

TEST(keys_go_where_librdkafka_sends_them)
{
    static const int32_t counts[3] = { 3, 12, 1000 };
    for (size_t i = 0; i < sizeof(rdkafka_rows) / sizeof(rdkafka_rows[0]); i++) {
        const char *hex = rdkafka_rows[i].key;
        size_t size = 0;
        uint8_t *bytes = hex ? test_unhex(hex, &size) : NULL;
        struct slice key = !hex ? SLICE_NULL : size > 0 ? slice_of(bytes, size) : SLICE_EMPTY;
        for (int j = 0; j < 3; j++) {
            int32_t crc = rdkafka_rows[i].consistent[j];
            int32_t murmur = rdkafka_rows[i].murmur2[j];
            int32_t fnv = rdkafka_rows[i].fnv1a[j];
            assert_int_equal(partitioner_of_key(PARTITIONER_CONSISTENT, key, counts[j]), crc);
            assert_int_equal(partitioner_of_key(PARTITIONER_MURMUR2, key, counts[j]), murmur);
            assert_int_equal(partitioner_of_key(PARTITIONER_FNV1A, key, counts[j]), fnv);
            /* The random ones differ without a key; CRC32's with an empty one, too. */
            assert_int_equal(partitioner_of_key(PARTITIONER_CONSISTENT_RANDOM, key, counts[j]),
                             size > 0 ? crc : -1);
            assert_int_equal(partitioner_of_key(PARTITIONER_MURMUR2_RANDOM, key, counts[j]),
                             hex ? murmur : -1);
            assert_int_equal(partitioner_of_key(PARTITIONER_FNV1A_RANDOM, key, counts[j]),
                             hex ? fnv : -1);
        }
        free(bytes);
    }
}

TEST(names_of_java_and_of_librdkafka)
{
    static const struct {
        const char *name;
        enum partitioner_kind kind;
        bool ignores_keys;
    } names[] = {
        { "", PARTITIONER_MURMUR2_RANDOM, false },
        { "org.apache.kafka.clients.producer.RoundRobinPartitioner", PARTITIONER_ROUND_ROBIN,
          false },
        { "RoundRobinPartitioner", PARTITIONER_ROUND_ROBIN, false },
        { "org.apache.kafka.clients.producer.internals.DefaultPartitioner",
          PARTITIONER_MURMUR2_RANDOM, false },
        { "org.apache.kafka.clients.producer.UniformStickyPartitioner", PARTITIONER_MURMUR2_RANDOM,
          true },
        { "consistent_random", PARTITIONER_CONSISTENT_RANDOM, false },
        { "fnv1a", PARTITIONER_FNV1A, false },
        { "random", PARTITIONER_RANDOM, false },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        enum partitioner_kind kind;
        bool ignores_keys = false;
        assert_true(partitioner_parse(slice_text(names[i].name), &kind, &ignores_keys));
        assert_int_equal(kind, names[i].kind);
        assert_int_equal(ignores_keys, names[i].ignores_keys);
    }
    enum partitioner_kind kind = PARTITIONER_FNV1A;
    bool ignores_keys = false;
    assert_false(partitioner_parse(slice_text("org.example.fnv1a"), &kind, &ignores_keys));
    assert_false(partitioner_parse(slice_text("murmur3"), &kind, &ignores_keys));
    assert_int_equal(kind, PARTITIONER_FNV1A);
}

static int32_t load_of(const void *context, int32_t partition)
{
    return ((const int32_t *)context)[partition];
}

static struct partitioner_view view_of(const int32_t *loads, int32_t count, bool is_adaptive)
{
    return (struct partitioner_view){
        .count = count, .is_adaptive = is_adaptive, .load = load_of, .context = loads
    };
}

TEST(sticky_stays_until_batch_size_is_produced)
{
    static const int32_t loads[100] = { 0 };
    struct partitioner_view view = view_of(loads, 100, false);
    struct partitioner partitioner;
    partitioner_init(&partitioner, 7);
    assert_int_equal(partitioner_current(&partitioner, 100), -1);
    partitioner_move(&partitioner, -1, &view);
    int32_t first = partitioner_current(&partitioner, 100);
    assert_in_range(first, 0, 99);
    assert_false(partitioner_count(&partitioner, 999, 1000, true));
    /* Enough bytes, but the batch is open: stays, up to twice the size. */
    assert_false(partitioner_count(&partitioner, 500, 1000, false));
    assert_true(partitioner_count(&partitioner, 0, 1000, true));
    assert_false(partitioner_count(&partitioner, 500, 1000, false));
    assert_true(partitioner_count(&partitioner, 1, 1000, false));
    partitioner_move(&partitioner, first, &view);
    assert_int_equal(atomic_load(&partitioner.produced_size), 0);
    /* Who comes late with the old choice changes nothing. */
    int32_t second = partitioner_current(&partitioner, 100);
    assert_true(second != first);
    partitioner_move(&partitioner, first, &view);
    assert_true(partitioner_is_current(&partitioner, second));
}

static void count_moves(uint64_t seed, const struct partitioner_view *view, int count, int *hits)
{
    struct partitioner partitioner;
    partitioner_init(&partitioner, seed);
    for (int i = 0; i < count; i++) {
        partitioner_move(&partitioner, partitioner_current(&partitioner, view->count), view);
        hits[partitioner_current(&partitioner, view->count)]++;
    }
}

TEST(sticky_choice_is_uniform)
{
    static const int32_t loads[10] = { 9, 0, 0, 0, 0, 0, 0, 0, 0, 3 };
    int hits[10] = { 0 };
    struct partitioner_view view = view_of(loads, 10, false);
    count_moves(1, &view, 10000, hits);
    for (int i = 0; i < 10; i++) {
        assert_in_range(hits[i], 850, 1150);
    }
}

TEST(sticky_choice_avoids_partitions_without_leader)
{
    static const int32_t loads[4] = { 0, PARTITIONER_LEADERLESS, 5, PARTITIONER_LEADERLESS };
    int hits[4] = { 0 };
    struct partitioner_view view = view_of(loads, 4, false);
    count_moves(1, &view, 10000, hits);
    assert_int_equal(hits[1] + hits[3], 0);
    assert_in_range(hits[0], 4700, 5300);
    /* None is led: any will do. */
    static const int32_t none[2] = { PARTITIONER_LEADERLESS, PARTITIONER_LEADERLESS };
    int any[2] = { 0 };
    view = view_of(none, 2, true);
    count_moves(1, &view, 10000, any);
    assert_in_range(any[0], 4700, 5300);
}

/* KIP-794's example: queues of 0, 3 and 1 give chances of 4, 1 and 3 in 8. */
TEST(adaptive_choice_weighs_queues)
{
    static const int32_t loads[3] = { 0, 3, 1 };
    int hits[3] = { 0 };
    struct partitioner_view view = view_of(loads, 3, true);
    count_moves(5, &view, 80000, hits);
    assert_in_range(hits[0], 39000, 41000);
    assert_in_range(hits[1], 9500, 10500);
    assert_in_range(hits[2], 29000, 31000);
}

TEST(adaptive_choice_avoids_slow_brokers_and_missing_leaders)
{
    static const int32_t loads[5] = { 2, PARTITIONER_SLOW, 2, PARTITIONER_LEADERLESS, 1 };
    int hits[5] = { 0 };
    struct partitioner_view view = view_of(loads, 5, true);
    count_moves(5, &view, 40000, hits);
    assert_int_equal(hits[1] + hits[3], 0);
    assert_in_range(hits[0], 9500, 10500);
    assert_in_range(hits[2], 9500, 10500);
    assert_in_range(hits[4], 19000, 21000);
    /* All are slow: as if none were, but still only where there is a leader. */
    static const int32_t slow[3] = { PARTITIONER_SLOW, PARTITIONER_LEADERLESS, PARTITIONER_SLOW };
    int any[3] = { 0 };
    view = view_of(slow, 3, true);
    count_moves(5, &view, 10000, any);
    assert_int_equal(any[1], 0);
    assert_in_range(any[0], 4700, 5300);
}

TEST(the_same_seed_gives_the_same_choices)
{
    static const int32_t loads[7] = { 0, 1, 2, 3, 4, 5, 6 };
    struct partitioner_view view = view_of(loads, 7, true);
    struct partitioner one;
    struct partitioner two;
    partitioner_init(&one, 11);
    partitioner_init(&two, 11);
    for (int i = 0; i < 1000; i++) {
        partitioner_move(&one, partitioner_current(&one, 7), &view);
        partitioner_move(&two, partitioner_current(&two, 7), &view);
        assert_int_equal(partitioner_current(&one, 7), partitioner_current(&two, 7));
    }
}

TEST(sticky_choice_survives_fewer_partitions)
{
    static const int32_t loads[4] = { 0 };
    struct partitioner_view view = view_of(loads, 4, false);
    struct partitioner partitioner;
    partitioner_init(&partitioner, 3);
    atomic_store(&partitioner.current, 50);
    assert_int_equal(partitioner_current(&partitioner, 4), -1);
    partitioner_move(&partitioner, -1, &view);
    assert_in_range(partitioner_current(&partitioner, 4), 0, 3);
}

TEST(round_robin_takes_each_led_partition_in_turn)
{
    static const int32_t loads[4] = { 0, PARTITIONER_LEADERLESS, 0, 0 };
    static const int32_t led[3] = { 0, 2, 3 };
    struct partitioner_view view = view_of(loads, 4, true);
    struct partitioner partitioner;
    partitioner_init(&partitioner, 3);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(partitioner_round_robin(&partitioner, &view), led[i % 3]);
    }
    view.is_all_led = true;
    for (int i = 9; i < 18; i++) {
        assert_int_equal(partitioner_round_robin(&partitioner, &view), i % 4);
    }
}

TEST(random_draws_again_where_no_leader_is)
{
    static const int32_t loads[2] = { 0, PARTITIONER_LEADERLESS };
    struct partitioner_view view = view_of(loads, 2, false);
    struct partitioner partitioner;
    int hits[2] = { 0 };
    partitioner_init(&partitioner, 3);
    for (int i = 0; i < 10000; i++) {
        hits[partitioner_random(&partitioner, &view)]++;
    }
    assert_in_range(hits[0], 7200, 7800);
}
