/* tests: offsets of transactions under way, found by partition. */
#include "coordinator/group_parts.h"

#include "support/test.h"

static void put(struct group *group, int64_t producer_id, const char *topic, int32_t partition,
                int64_t offset)
{
    const struct groups_offset from = { .topic = slice_text(topic),
                                        .partition = partition,
                                        .offset = offset };
    assert_true(group_txn_put(group, producer_id, &from, 1, offset));
}

static size_t count_of(const struct group *group)
{
    size_t count = 0;
    LIST_EACH(link, &group->txn_offsets)
    {
        count++;
    }
    return count;
}

TEST(a_producers_last_word_on_a_partition_counts)
{
    struct group *group = group_create(slice_text("g"), 1);
    put(group, 7, "t", 0, 10);
    put(group, 8, "t", 0, 11);
    put(group, 7, "t", 0, 12);
    put(group, 7, "t", 1, 13);
    assert_int_equal(count_of(group), 3);
    assert_int_equal(group->txn_places.count, 2);
    /* In the order of their records. */
    int64_t last = 0;
    LIST_EACH(link, &group->txn_offsets)
    {
        const struct group_txn_offset *item = LIST_ITEM(link, struct group_txn_offset, link);
        assert_true(item->offset.offset > last);
        last = item->offset.offset;
    }
    group_destroy(group);
}

TEST(what_is_committed_and_has_no_place_yet_stays_beside_the_next)
{
    struct group *group = group_create(slice_text("g"), 1);
    put(group, 7, "t", 0, 10);
    LIST_ITEM(list_first(&group->txn_offsets), struct group_txn_offset, link)->is_committed = true;
    put(group, 7, "t", 0, 20);
    assert_int_equal(count_of(group), 2);
    group_destroy(group);
}

TEST(a_partition_is_dropped_for_all_producers)
{
    struct group *group = group_create(slice_text("g"), 1);
    put(group, 7, "t", 0, 10);
    put(group, 8, "t", 0, 11);
    put(group, 8, "t", 1, 12);
    put(group, 8, "u", 0, 13);
    group_txn_drop(group, slice_text("t"), 0);
    assert_false(group_txn_has(group, slice_text("t"), 0));
    assert_true(group_txn_has(group, slice_text("t"), 1));
    assert_true(group_txn_has(group, slice_text("u"), 0));
    group_txn_drop(group, slice_text("t"), 0);
    group_txn_drop(group, slice_text("v"), 5);
    assert_int_equal(count_of(group), 2);
    group_destroy(group);
}

TEST(many_partitions_come_and_go)
{
    enum { PARTITIONS = 20000 };
    struct group *group = group_create(slice_text("g"), 1);
    for (int32_t round = 0; round < 3; round++) {
        for (int32_t i = 0; i < PARTITIONS; i++) {
            put(group, 7, "t", i, round * PARTITIONS + i + 1);
        }
        assert_int_equal(count_of(group), PARTITIONS);
    }
    while (!list_is_empty(&group->txn_offsets)) {
        group_txn_offset_destroy(
            LIST_ITEM(list_first(&group->txn_offsets), struct group_txn_offset, link));
    }
    assert_int_equal(group->txn_places.count, 0);
    group_destroy(group);
}
