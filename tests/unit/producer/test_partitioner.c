/* tests: partitions are chosen as the Java client chooses them. */
#include "producer/partitioner.h"
#include "support/test.h"

#include <stdlib.h>

struct murmur_row {
    const char *key; /* hex */
    int32_t hash;
    int32_t of_3;
    int32_t of_12;
    int32_t of_1000;
};

/* Made by org.apache.kafka.common.utils.Utils.murmur2. */
static const struct murmur_row rows[] = {
    { "", 275646681, 0, 9, 681 },
    { "61", -1563381124, 1, 4, 524 },
    { "6162", 316155434, 2, 2, 434 },
    { "616263", 479470107, 0, 3, 107 },
    { "61626364", -1323649548, 2, 8, 100 },
    { "6162636465", 461995741, 1, 1, 741 },
    { "666f6f626172", -790332482, 0, 6, 166 },
    { "3231", -973932308, 0, 0, 340 },
    { "612d6c6974746c652d6269742d6c6f6e672d737472696e67", -985981536, 2, 8, 112 },
    { "612d6c6974746c652d6269742d6c6f6e6765722d737472696e67", -1486304829, 2, 11, 819 },
    { "6c6b6a683233346c68396669756839307932336f697568736166756a6861646f6632323970687239683139683839"
      "6838",
      -58897971, 2, 5, 677 },
    { "616263", 479470107, 0, 3, 107 },
    { "757365722d31", 1404122828, 2, 8, 828 },
    { "757365722d32", -324981792, 2, 8, 856 },
    { "6c6b6a683233346c68396669756839307932336f697568736166756a6861646f6632323970687239683139683839"
      "6838",
      -58897971, 2, 5, 677 },
    { "21ac1142fc4c5d4cd0d6b39a5c0183b25004a5a87014d26fa6adafc5903971d1240aadf6f2", 537267141, 0, 9,
      141 },
};

TEST(murmur2_as_java)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size;
        uint8_t *key = test_unhex(rows[i].key, &size);
        struct slice bytes = slice_of(key, size);
        assert_int_equal(partitioner_murmur2(bytes), rows[i].hash);
        assert_int_equal(partitioner_of_key(bytes, 3), rows[i].of_3);
        assert_int_equal(partitioner_of_key(bytes, 12), rows[i].of_12);
        assert_int_equal(partitioner_of_key(bytes, 1000), rows[i].of_1000);
        free(key);
    }
}

TEST(sticky_stays_until_batch_size_is_produced)
{
    struct partitioner partitioner;
    partitioner_init(&partitioner, 7);
    int32_t first = partitioner_sticky(&partitioner, 100);
    assert_in_range(first, 0, 99);
    partitioner_produced(&partitioner, 100, 999, 1000, true);
    assert_int_equal(partitioner_sticky(&partitioner, 100), first);
    /* Enough bytes, but the batch is open: stays, up to twice the size. */
    partitioner_produced(&partitioner, 100, 500, 1000, false);
    assert_true(partitioner_is_current(&partitioner, first));
    partitioner_produced(&partitioner, 100, 1, 1000, true);
    assert_int_equal(atomic_load(&partitioner.produced_size), 0);
    partitioner_produced(&partitioner, 100, 1999, 1000, false);
    assert_int_equal(atomic_load(&partitioner.produced_size), 1999);
    partitioner_produced(&partitioner, 100, 1, 1000, false);
    assert_int_equal(atomic_load(&partitioner.produced_size), 0);
}

TEST(sticky_choice_is_uniform)
{
    struct partitioner partitioner;
    int hits[10] = { 0 };
    partitioner_init(&partitioner, 1);
    for (int i = 0; i < 10000; i++) {
        hits[partitioner_sticky(&partitioner, 10)]++;
        partitioner_produced(&partitioner, 10, 1, 1, true);
    }
    for (int i = 0; i < 10; i++) {
        assert_in_range(hits[i], 850, 1150);
    }
}

TEST(sticky_choice_survives_fewer_partitions)
{
    struct partitioner partitioner;
    partitioner_init(&partitioner, 3);
    atomic_store(&partitioner.current, 50);
    assert_in_range(partitioner_sticky(&partitioner, 4), 0, 3);
}

TEST(round_robin_takes_each_in_turn)
{
    struct partitioner partitioner;
    partitioner_init(&partitioner, 3);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(partitioner_round_robin(&partitioner, 3), i % 3);
    }
}
