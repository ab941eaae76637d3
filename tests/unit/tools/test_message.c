/* tools: lines become records by Kafka's rules. */
#include "console-producer/message.h"
#include "support/test.h"

#include <string.h>

static struct message_format make(struct properties *properties, const char *const *words)
{
    struct message_format format;
    *properties = (struct properties){ 0 };
    for (; *words; words++) {
        properties_argument(properties, *words);
    }
    (void)message_format_init(&format, properties);
    return format;
}

static void same(struct kc_bytes bytes, const char *wanted)
{
    if (!wanted) {
        assert_null(bytes.data);
        return;
    }
    assert_non_null(bytes.data);
    assert_int_equal(bytes.size, strlen(wanted));
    assert_memory_equal(bytes.data, wanted, bytes.size);
}

static void parses(struct message_format *format, const char *line, const char *key,
                   const char *value)
{
    struct kc_record record = { 0 };
    assert_true(message_parse(format, line, strlen(line), 1, &record));
    same(record.key, key);
    same(record.value, value);
}

static void fails(struct message_format *format, const char *line, uint64_t number,
                  const char *wanted)
{
    struct kc_record record = { 0 };
    assert_false(message_parse(format, line, strlen(line), number, &record));
    assert_string_equal(format->error, wanted);
}

TEST(plain_value)
{
    struct properties properties;
    struct message_format format = make(&properties, (const char *const[]){ NULL });
    parses(&format, "a\tb", NULL, "a\tb");
    parses(&format, "", NULL, "");
    message_format_finish(&format);
    properties_finish(&properties);
}

TEST(keys)
{
    struct properties properties;
    struct message_format format =
        make(&properties, (const char *const[]){ "parse.key=true", NULL });
    parses(&format, "k1\tv1", "k1", "v1");
    parses(&format, "k2\t", "k2", "");
    parses(&format, "\tv3", "", "v3");
    parses(&format, "a\tb\tc", "a", "b\tc");
    fails(&format, "no separator", 2, "No key separator found on line number 2: 'no separator'");
    message_format_finish(&format);
    properties_finish(&properties);
}

TEST(long_separator_and_ignored_errors)
{
    struct properties properties;
    struct message_format format =
        make(&properties, (const char *const[]){ "parse.key=true", "key.separator=->",
                                                 "ignore.error=true", NULL });
    parses(&format, "k->v->w", "k", "v->w");
    parses(&format, "no separator", NULL, "no separator");
    message_format_finish(&format);
    properties_finish(&properties);
}

TEST(headers)
{
    struct properties properties;
    struct message_format format =
        make(&properties, (const char *const[]){ "parse.headers=true", "parse.key=true", NULL });
    struct kc_record record = { 0 };
    const char *line = "h1:v1,h1:,h2:a:b,,\tk\tv";
    assert_true(message_parse(&format, line, strlen(line), 1, &record));
    assert_int_equal(record.header_count, 3);
    same(record.headers[0].key, "h1");
    same(record.headers[0].value, "v1");
    same(record.headers[1].value, "");
    same(record.headers[2].key, "h2");
    same(record.headers[2].value, "a:b");
    same(record.key, "k");
    same(record.value, "v");
    fails(&format, "\tk\tv", 3, "No header key separator found in pair '' on line number 3");
    fails(&format, "a:b,,c:d\tk\tv", 4,
          "No header key separator found in pair '' on line number 4");
    fails(&format, "h1\tk\tv", 1, "No header key separator found in pair 'h1' on line number 1");
    fails(&format, "nothing", 1, "No headers delimiter found on line number 1: 'nothing'");
    message_format_finish(&format);
    properties_finish(&properties);
}

TEST(headers_with_other_separators)
{
    struct properties properties;
    struct message_format format = make(
        &properties, (const char *const[]){ "parse.headers=true", "parse.key=true",
                                            "headers.delimiter=!", "headers.separator=;",
                                            "headers.key.separator==", "key.separator=#", NULL });
    struct kc_record record = { 0 };
    assert_true(message_parse(&format, "a=1;b=2!key#value", 17, 1, &record));
    assert_int_equal(record.header_count, 2);
    same(record.headers[1].key, "b");
    same(record.headers[1].value, "2");
    same(record.key, "key");
    message_format_finish(&format);
    properties_finish(&properties);
}

TEST(header_errors_ignored)
{
    struct properties properties;
    struct message_format format =
        make(&properties, (const char *const[]){ "parse.headers=true", "ignore.error=true", NULL });
    struct kc_record record = { 0 };
    assert_true(message_parse(&format, "h1\tv", 4, 1, &record));
    assert_int_equal(record.header_count, 1);
    same(record.headers[0].value, NULL);
    parses(&format, "no tab", NULL, "no tab");
    message_format_finish(&format);
    properties_finish(&properties);
}

TEST(null_marker)
{
    struct properties properties;
    struct message_format format =
        make(&properties, (const char *const[]){ "parse.headers=true", "parse.key=true",
                                                 "null.marker=NULL", NULL });
    struct kc_record record = { 0 };
    assert_true(message_parse(&format, "h:NULL\tNULL\tNULL", 16, 1, &record));
    assert_int_equal(record.header_count, 1);
    same(record.headers[0].value, NULL);
    same(record.key, NULL);
    same(record.value, NULL);
    assert_true(message_parse(&format, "NULL\tk\tNULLX", 12, 2, &record));
    assert_int_equal(record.header_count, 0);
    same(record.value, "NULLX");
    fails(&format, "NULL:v\tk\tv", 1,
          "Header keys should not be equal to the null marker 'NULL' as they can't be null");
    message_format_finish(&format);
    properties_finish(&properties);
}

static void refuses(const char *one, const char *two, const char *wanted)
{
    struct properties properties = { 0 };
    struct message_format format;
    properties_argument(&properties, one);
    properties_argument(&properties, two);
    assert_false(message_format_init(&format, &properties));
    assert_string_equal(format.error, wanted);
    properties_finish(&properties);
}

TEST(contradicting_separators)
{
    refuses("headers.delimiter=X", "null.marker=X",
            "null.marker and headers.delimiter may not be equal");
    refuses("headers.separator=:", "headers.key.separator=:",
            "headers.separator and headers.key.separator may not be equal");
    refuses("headers.delimiter=:", "headers.key.separator=:",
            "headers.delimiter and headers.key.separator may not be equal");
    refuses("key.separator=;", "null.marker=;", "null.marker and key.separator may not be equal");
}
