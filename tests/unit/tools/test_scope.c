/* tools: topics and partitions on the command line. */
#include "consumer-groups/describe.h"
#include "consumer-groups/scope.h"
#include "support/test.h"

#include <string.h>

TEST(topic_words)
{
    struct partitions partitions = { 0 };
    const char *bad = NULL;
    size_t size = 0;
    assert_true(scope_parse(&partitions, "a:0,2", &bad, &size));
    assert_true(scope_parse(&partitions, "b", &bad, &size));
    assert_int_equal(partitions.count, 3);
    assert_string_equal(partitions.items[1].topic, "a");
    assert_int_equal(partitions.items[1].partition, 2);
    assert_int_equal(partitions.items[2].partition, -1);
    assert_false(scope_parse(&partitions, "a:1,x", &bad, &size));
    assert_int_equal(size, 1);
    assert_int_equal(*bad, 'x');
    assert_false(scope_parse(&partitions, "a:", &bad, &size));
    assert_false(scope_parse(&partitions, "a:1,,2", &bad, &size));
    partitions_finish(&partitions);
}

TEST(sorted_without_doubles)
{
    struct partitions partitions = { 0 };
    for (int i = 20; i > 0; i--) {
        partitions_add(&partitions, i % 2 ? "a" : "b", i / 4);
    }
    partitions_sort(&partitions);
    for (size_t i = 1; i < partitions.count; i++) {
        assert_true(partitions_compare(&partitions.items[i - 1], &partitions.items[i]) < 0);
    }
    assert_int_equal(partitions.count, 11);
    partitions_add(&partitions, "c", 0);
    assert_int_equal(partitions.count, 12);
    partitions_finish(&partitions);
    partitions_sort(&partitions);
}

TEST(assignments)
{
    const struct kc_partition items[] = { { "b", 0 }, { "a", 2 }, { "a", 0 } };
    struct text text = { 0 };
    describe_assignment(items, 3, &text);
    assert_string_equal(text_view(&text), "a:0,2;b:0");
    text_finish(&text);
}

TEST(lag)
{
    struct lag_row row = { .committed = 3, .end = 5 };
    assert_int_equal(lag_of(&row), 2);
    row.committed = 9;
    assert_int_equal(lag_of(&row), 0);
    row.committed = -1;
    assert_int_equal(lag_of(&row), -1);
}
