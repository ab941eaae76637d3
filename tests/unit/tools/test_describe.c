/* tools: the tables of consumer-groups --describe, letter by letter as Kafka prints them. */
#include "consumer-groups/describe.h"
#include "support/test.h"

static struct kc_partition read_by_one[] = { { "a", 2 }, { "a", 0 }, { "c", 0 } };
static struct kc_member_description members[] = {
    { .member_id = "reader-1-6ccca9b4-4c0a-45f2-8e4c-1d4f9a7f5c11",
      .client_id = "reader-1",
      .host = "/127.0.0.1",
      .partitions = read_by_one,
      .partition_count = 3,
      .member_epoch = -1 },
    { .member_id = "two",
      .instance_id = "i",
      .client_id = "c",
      .host = "/127.0.0.1",
      .member_epoch = -1 },
};

static struct kc_group_description group_of(size_t member_count)
{
    return (struct kc_group_description){ .group_id = "g-active",
                                          .state = member_count > 0 ? "Stable" : "Empty",
                                          .protocol_type = "consumer",
                                          .assignor = member_count > 0 ? "range" : "",
                                          .type = "Classic",
                                          .coordinator = { 1, "127.0.0.1", 20001, NULL },
                                          .members = members,
                                          .member_count = member_count };
}

TEST(offsets)
{
    struct kc_group_description group = group_of(1);
    struct lag_row rows[] = { { "a", 0, 0, 4, 6, &members[0] }, { "b", 3, -1, -1, 7, NULL } };
    struct lag lag = { .rows = rows, .count = 2 };
    struct text text = { 0 };
    describe_offsets(&lag, &group, false, &text);
    assert_string_equal(
        text_view(&text),
        "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG      "
        "       CONSUMER-ID                                   HOST            CLIENT-ID\n"
        "g-active        a               0          4               6               2        "
        "       reader-1-6ccca9b4-4c0a-45f2-8e4c-1d4f9a7f5c11 /127.0.0.1      reader-1\n"
        "g-active        b               3          -               7               -        "
        "       -                                             -               -\n");
    text_finish(&text);
}

TEST(offsets_verbose_and_without_rows)
{
    struct kc_group_description group = group_of(0);
    struct lag_row row = { "a", 0, 0, 4, 4, NULL };
    struct lag lag = { .rows = &row, .count = 1 };
    struct text text = { 0 };
    describe_offsets(&lag, &group, true, &text);
    assert_string_equal(
        text_view(&text),
        "\nGROUP           TOPIC           PARTITION  LEADER-EPOCH    CURRENT-OFFSET  "
        "LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n"
        "g-active        a               0          0               4               4         "
        "      0               -               -               -\n");
    text_finish(&text);
    lag.count = 0;
    describe_offsets(&lag, &group, false, &text);
    assert_string_equal(text_view(&text), "");
}

TEST(members_of_an_empty_group)
{
    struct kc_group_description group = group_of(0);
    struct text text = { 0 };
    describe_members(&group, false, &text);
    assert_string_equal(
        text_view(&text),
        "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     \n");
    text_finish(&text);
    describe_members(&group, true, &text);
    assert_string_equal(text_view(&text),
                        "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       "
                        "#PARTITIONS     CURRENT-EPOCH   CURRENT-ASSIGNMENT   TARGET-EPOCH    "
                        "TARGET-ASSIGNMENT   \n");
    text_finish(&text);
}

TEST(members_verbose)
{
    struct kc_group_description group = group_of(2);
    struct text text = { 0 };
    describe_members(&group, true, &text);
    assert_string_equal(
        text_view(&text),
        "\nGROUP           CONSUMER-ID                                   GROUP-INSTANCE-ID HOST   "
        "         CLIENT-ID       #PARTITIONS     CURRENT-EPOCH   CURRENT-ASSIGNMENT   "
        "TARGET-EPOCH    TARGET-ASSIGNMENT   \n"
        "g-active        reader-1-6ccca9b4-4c0a-45f2-8e4c-1d4f9a7f5c11 -                 "
        "/127.0.0.1      reader-1        3               -               a:0,2;c:0            "
        "-               -                   \n"
        "g-active        two                                           i                 "
        "/127.0.0.1      c               0               -               -                    "
        "-               -                   \n");
    text_finish(&text);
}

TEST(state)
{
    struct kc_group_description group = group_of(0);
    struct text text = { 0 };
    describe_state(&group, false, &text);
    assert_string_equal(
        text_view(&text),
        "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                "
        "#MEMBERS\n"
        "g-active        127.0.0.1:20001  (1)      -                    Empty                0\n");
    text_finish(&text);
    group = group_of(1);
    describe_state(&group, true, &text);
    assert_string_equal(
        text_view(&text),
        "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                "
        "GROUP-EPOCH     TARGET-ASSIGNMENT-EPOCH   #MEMBERS\n"
        "g-active        127.0.0.1:20001  (1)      range                Stable               "
        "-               -                         1\n");
    text_finish(&text);
}

TEST(json)
{
    struct kc_group_description group = group_of(0);
    struct lag_row row = { "a", 0, -1, -1, 4, NULL };
    struct lag lag = { .rows = &row, .count = 1 };
    struct text text = { 0 };
    struct json json = { .text = &text };
    describe_json(&lag, &group, &json);
    assert_string_equal(
        text_view(&text),
        "{\"group\":\"g-active\",\"state\":\"Empty\",\"type\":\"Classic\","
        "\"assignment_strategy\":null,\"coordinator\":{\"id\":1,\"host\":\"127.0.0.1\","
        "\"port\":20001},\"members\":[],\"offsets\":[{\"topic\":\"a\",\"partition\":0,"
        "\"current_offset\":null,\"log_end_offset\":4,\"lag\":null,\"leader_epoch\":null,"
        "\"consumer_id\":null,\"client_id\":null,\"host\":null}]}");
    text_finish(&text);
}
