/* tools: what the tools read out of words. */
#include "common/number.h"
#include "console-consumer/consumer_options.h"
#include "console-producer/producer_options.h"
#include "support/test.h"

#include <stdint.h>

TEST(numbers)
{
    int64_t value = 0;
    assert_true(number_parse("-3", -5, 5, &value));
    assert_int_equal(value, -3);
    assert_true(number_parse("+5", -5, 5, &value));
    assert_false(number_parse("6", -5, 5, &value));
    assert_false(number_parse("", -5, 5, &value));
    assert_false(number_parse(" 1", -5, 5, &value));
    assert_false(number_parse("1 ", -5, 5, &value));
    assert_false(number_parse("0x1", -5, 5, &value));
    assert_false(number_parse("1.0", -5, 5, &value));
    assert_false(number_parse("9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_int_equal(value, 5);
}

TEST(server_lists)
{
    assert_true(producer_options_is_server_list("localhost:9092"));
    assert_true(producer_options_is_server_list("a:1,[::1]:9092"));
    assert_false(producer_options_is_server_list("nonsense"));
    assert_false(producer_options_is_server_list("127.0.0.1"));
    assert_false(producer_options_is_server_list("a:1,"));
    assert_false(producer_options_is_server_list(":9092"));
    assert_false(producer_options_is_server_list("a:x"));
    assert_false(producer_options_is_server_list(""));
}

TEST(consume_offsets)
{
    int64_t offset = 77;
    assert_true(consumer_options_offset("EARLIEST", &offset));
    assert_int_equal(offset, KC_OFFSET_EARLIEST);
    assert_true(consumer_options_offset("latest", &offset));
    assert_int_equal(offset, KC_OFFSET_LATEST);
    assert_true(consumer_options_offset("12", &offset));
    assert_int_equal(offset, 12);
    assert_false(consumer_options_offset("-3", &offset));
    assert_false(consumer_options_offset("middle", &offset));
}

static struct options read(const struct options_tool *tool, int count, const char *const *words)
{
    struct options options;
    assert_true(options_read(&options, tool, count, (char *const *)words));
    return options;
}

TEST(producer_settings)
{
    const char *words[] = { "--topic",      "t",  "--command-property", "linger.ms=5",
                            "--batch-size", "99", "--compression-codec" };
    struct options options = read(&console_producer_tool, 7, words);
    struct properties settings = { 0 };
    producer_options_settings(&options, &settings);
    assert_string_equal(properties_get(&settings, "linger.ms"), "5");
    assert_string_equal(properties_get(&settings, "batch.size"), "99");
    assert_string_equal(properties_get(&settings, "compression.type"), "gzip");
    assert_string_equal(properties_get(&settings, "acks"), "-1");
    assert_string_equal(properties_get(&settings, "client.id"), "console-producer");
    properties_finish(&settings);
    options_finish(&options);
}

TEST(consumer_settings)
{
    const char *words[] = { "--topic", "t", "--from-beginning", "--consumer-property",
                            "client.id=me" };
    struct options options = read(&console_consumer_tool, 5, words);
    struct wish wish = { .topic = "t", .partition = -1 };
    struct properties settings = { 0 };
    consumer_options_settings(&options, &wish, &settings);
    assert_string_equal(properties_get(&settings, "client.id"), "me");
    assert_string_equal(properties_get(&settings, "auto.offset.reset"), "earliest");
    assert_string_equal(properties_get(&settings, "enable.auto.commit"), "false");
    assert_non_null(properties_get(&settings, "group.id"));
    properties_finish(&settings);
    options_finish(&options);
}

TEST(consumer_of_a_group_commits)
{
    const char *words[] = { "--topic", "t", "--group", "g" };
    struct options options = read(&console_consumer_tool, 4, words);
    struct wish wish = { .topic = "t", .partition = -1 };
    struct properties settings = { 0 };
    consumer_options_settings(&options, &wish, &settings);
    assert_string_equal(properties_get(&settings, "group.id"), "g");
    assert_string_equal(properties_get(&settings, "auto.offset.reset"), "latest");
    assert_null(properties_get(&settings, "enable.auto.commit"));
    properties_finish(&settings);
    options_finish(&options);
}
