/* tools: explicit replicas. */
#include "support/test.h"
#include "topics/assignment.h"

TEST(partitions_and_replicas)
{
    struct assignment assignment = { 0 };
    char error[200];
    assert_true(assignment_parse(&assignment, "1:2,2:3,3:1", error, sizeof error));
    assert_int_equal(assignment.partition_count, 3);
    assert_int_equal(assignment.replication_factor, 2);
    assert_int_equal(assignment.brokers[1][0], 2);
    assert_int_equal(assignment.brokers[2][1], 1);
    assignment_finish(&assignment);
}

static void bad(const char *words, const char *wanted)
{
    struct assignment assignment = { 0 };
    char error[200] = "";
    assert_false(assignment_parse(&assignment, words, error, sizeof error));
    assert_string_equal(error, wanted);
    assignment_finish(&assignment);
}

TEST(malformed)
{
    bad("1:1", "Partition replica lists may not contain duplicate entries: 1");
    bad("1,1:2", "Partition 1 has different replication factor: [1, 2]");
    bad("a:b", "For input string: \"a\"");
    bad("1,", "For input string: \"\"");
    bad("", "For input string: \"\"");
    bad("1:-2", "For input string: \"-2\"");
}
