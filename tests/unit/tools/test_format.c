/* tools: records become lines by Kafka's rules. */
#include "console-consumer/format.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

static const struct kc_header headers[] = { { { "h1", 2 }, { "a", 1 } },
                                            { { "h2", 2 }, { NULL, 0 } },
                                            { { "h1", 2 }, { "b", 1 } } };

static struct kc_record record_of(const char *key, const char *value)
{
    struct kc_record record = { .topic = "t",
                                .partition = 2,
                                .offset = 7,
                                .timestamp_ms = 1700000000000,
                                .key = kc_text(key),
                                .value = kc_text(value) };
    return record;
}

static void prints(const char *const *words, const char *class_name, const struct kc_record *record,
                   const char *wanted)
{
    struct properties properties = { 0 };
    struct format format;
    struct text text = { 0 };
    for (; *words; words++) {
        properties_argument(&properties, *words);
    }
    assert_true(format_init(&format, class_name, &properties));
    assert_true(format_record(&format, record, &text));
    assert_string_equal(text_view(&text), wanted);
    text_finish(&text);
    properties_finish(&properties);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(value_alone)
{
    struct kc_record record = record_of("k", "v");
    prints(WORDS("x=1"), NULL, &record, "v\n");
    record.value = kc_text(NULL);
    prints(WORDS("x=1"), NULL, &record, "null\n");
    prints(WORDS("null.literal=NIL", "print.key=TRUE"), NULL, &record, "k\tNIL\n");
    record.value = kc_text("");
    prints(WORDS("print.key=yes"), NULL, &record, "\n");
    record.value = kc_bytes("a\0b", 3);
}

TEST(all_columns)
{
    struct kc_record record = record_of("k", "v");
    record.headers = headers;
    record.header_count = 3;
    prints(WORDS("print.timestamp=true", "print.partition=true", "print.offset=true",
                 "print.epoch=true", "print.headers=true", "print.key=true"),
           NULL, &record,
           "CreateTime:1700000000000\tPartition:2\tOffset:7\tEpoch:NOT_PRESENT\t"
           "h1:a,h2:null,h1:b\tk\tv\n");
    prints(WORDS("print.headers=true", "headers.separator=&", "key.separator=|",
                 "line.separator=;\n", "null.literal=-"),
           NULL, &record, "h1:a&h2:-&h1:b|v;\n");
}

TEST(separator_only_before_another_column)
{
    struct kc_record record = record_of("k", "v");
    prints(WORDS("print.value=false", "print.key=true"), NULL, &record, "k\n");
    prints(WORDS("print.value=false", "print.offset=true"), NULL, &record, "Offset:7\n");
    prints(WORDS("print.value=false"), NULL, &record, "");
    prints(WORDS("print.value=false", "print.headers=true"), NULL, &record, "NO_HEADERS\n");
    prints(WORDS("print.key=true"), "org.apache.kafka.tools.consumer.NoOpMessageFormatter", &record,
           "");
    prints(WORDS("print.key=true"), "org.apache.kafka.tools.consumer.LoggingMessageFormatter",
           &record, "k\tv\n");
}

TEST(kinds_of_timestamps)
{
    struct kc_record record = record_of("k", "v");
    record.flags = KC_RECORD_LOG_APPEND_TIME;
    prints(WORDS("print.timestamp=true"), NULL, &record, "LogAppendTime:1700000000000\tv\n");
    record.timestamp_ms = -1;
    prints(WORDS("print.timestamp=true"), NULL, &record, "NO_TIMESTAMP\tv\n");
}

TEST(refused_bytes_leave_nothing)
{
    struct properties properties = { 0 };
    struct format format;
    struct text text = { 0 };
    struct kc_record record = record_of("k", "12345");
    properties_argument(&properties, "print.key=true");
    properties_argument(&properties, "value.deserializer=IntegerDeserializer");
    assert_true(format_init(&format, NULL, &properties));
    text_add(&text, "before");
    assert_false(format_record(&format, &record, &text));
    assert_int_equal(text.size, 6);
    assert_string_equal(format.error, "Size of data received by IntegerDeserializer is not 4");
    record.value = kc_text(NULL);
    assert_true(format_record(&format, &record, &text));
    assert_string_equal(text_view(&text), "beforek\tnull\n");
    text_finish(&text);
    properties_finish(&properties);
}

TEST(unknown_classes)
{
    struct properties properties = { 0 };
    struct format format;
    assert_false(format_init(&format, "no.such.Formatter", &properties));
    assert_non_null(strstr(format.error, "no.such.Formatter"));
    properties_argument(&properties, "key.deserializer=no.such.Deserializer");
    assert_false(format_init(&format, NULL, &properties));
    assert_non_null(strstr(format.error, "no.such.Deserializer"));
    properties_finish(&properties);
}

static void decodes(const char *name, const void *data, size_t size, const char *wanted)
{
    struct text text = { 0 };
    char error[200] = "";
    const struct decoder *decoder = decoder_find(name);
    assert_non_null(decoder);
    if (wanted) {
        assert_true(decoder_write(decoder, kc_bytes(data, size), &text, error, sizeof error));
        assert_string_equal(text_view(&text), wanted);
    } else {
        assert_false(decoder_write(decoder, kc_bytes(data, size), &text, error, sizeof error));
        assert_true(error[0] != '\0');
    }
    text_finish(&text);
}

TEST(whole_numbers)
{
    decodes("org.apache.kafka.common.serialization.IntegerDeserializer", "\xff\xff\xff\xfe", 4,
            "-2");
    decodes("ShortDeserializer", "\x80\x00", 2, "-32768");
    decodes("LongDeserializer", "\x7f\xff\xff\xff\xff\xff\xff\xff", 8, "9223372036854775807");
    decodes("LongDeserializer", "1234", 4, NULL);
    decodes("BooleanDeserializer", "\x01", 1, "true");
    decodes("BooleanDeserializer", "\x02", 1, NULL);
    decodes("BytesDeserializer", "a\\\x01~", 4, "a\\x5C\\x01~");
    decodes("StringDeserializer", "gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f");
    assert_null(decoder_find("VoidDeserializer"));
}

static void decodes_double(double value, const char *wanted)
{
    uint64_t bits = 0;
    uint8_t data[8];
    memcpy(&bits, &value, 8);
    for (int i = 0; i < 8; i++) {
        data[i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    decodes("DoubleDeserializer", data, 8, wanted);
}

TEST(real_numbers_as_java_prints_them)
{
    decodes_double(0.0, "0.0");
    decodes_double(-0.0, "-0.0");
    decodes_double(1.0, "1.0");
    decodes_double(-12.5, "-12.5");
    decodes_double(0.1, "0.1");
    decodes_double(0.001, "0.001");
    decodes_double(0.0001, "1.0E-4");
    decodes_double(1234567.0, "1234567.0");
    decodes_double(12345678.0, "1.2345678E7");
    decodes_double(100.0, "100.0");
    decodes_double(1e300, "1.0E300");
    decodes_double(3.141592653589793, "3.141592653589793");
    decodes("FloatDeserializer", "\x3d\xcc\xcc\xcd", 4, "0.1");
    decodes("FloatDeserializer", "\x7f\x80\x00\x00", 4, "Infinity");
}
