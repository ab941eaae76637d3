/* tests: options: every row, nearest names, ranges, rules between options, properties files. */
#include "client/config.h"
#include "client/config_rules.h"
#include "client/option.h"
#include "support/test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static enum kc_err set(const char *name, const char *value, struct kc_error *error)
{
    struct kc_config *config = kc_config_create();
    enum kc_err err = kc_config_set(config, name, value, error);
    kc_config_destroy(config);
    return err;
}

TEST(rows_are_sorted_and_their_defaults_are_valid)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct kc_option *row = &option_table[i].row;
        struct kc_error error = { 0 };
        assert_non_null(row->text);
        assert_ptr_equal(kc_option_at(i), row);
        assert_ptr_equal(option_find(slice_text(row->name)), &option_table[i]);
        if (i > 0) {
            assert_true(strcmp(option_table[i - 1].row.name, row->name) < 0);
        }
        if (row->default_value && option_table[i].use != OPTION_ALIAS &&
            set(row->name, row->default_value, &error) != KC_ERR_NONE) {
            fail_msg("%s", error.text);
        }
    }
    assert_null(kc_option_at(option_count));
}

TEST(defaults_are_those_of_the_java_client)
{
    struct kc_config *config = kc_config_create();
    assert_string_equal(kc_config_get(config, "acks"), "all");
    assert_int_equal(config_long(config, "linger.ms"), 5);
    assert_int_equal(config_int(config, "batch.size"), 16384);
    assert_int_equal(config_long(config, "buffer.memory"), 33554432);
    assert_int_equal(config_int(config, "max.poll.records"), 500);
    assert_true(config_bool(config, "enable.idempotence"));
    assert_string_equal(config_string(config, "isolation.level"), "read_uncommitted");
    assert_null(kc_config_get(config, "group.id"));
    assert_null(kc_config_get(config, "no.such.name"));
    kc_config_destroy(config);
}

TEST(a_typo_gets_the_nearest_name)
{
    struct kc_error error;
    assert_int_equal(set("bootstrap.server", "a:1", &error), KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "'bootstrap.servers'"));
    assert_int_equal(set("lingr.ms", "1", &error), KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "'linger.ms'"));
    assert_int_equal(set("zzzzzzzzzzzzzzzzzzzzzzzz", "1", &error), KC_ERR_INVALID);
    assert_null(strstr(error.text, "did you mean"));
}

TEST(values_are_checked)
{
    static const struct {
        const char *name;
        const char *value;
        enum kc_err err;
    } rows[] = {
        { "acks", "all", KC_ERR_NONE },
        { "acks", "-1", KC_ERR_NONE },
        { "acks", "2", KC_ERR_INVALID },
        { "acks", "ALL", KC_ERR_INVALID },
        { "linger.ms", " 7 ", KC_ERR_NONE },
        { "linger.ms", "-1", KC_ERR_INVALID },
        { "linger.ms", "5ms", KC_ERR_INVALID },
        { "linger.ms", "", KC_ERR_INVALID },
        { "linger.ms", "9223372036854775808", KC_ERR_INVALID },
        { "batch.size", "2147483648", KC_ERR_INVALID },
        { "batch.size", "+100", KC_ERR_NONE },
        { "max.in.flight.requests.per.connection", "0", KC_ERR_INVALID },
        { "enable.idempotence", "TRUE", KC_ERR_NONE },
        { "enable.idempotence", "yes", KC_ERR_INVALID },
        { "group.protocol", "Consumer", KC_ERR_NONE },
        { "auto.offset.reset", "by_duration:PT1H", KC_ERR_NONE },
        { "auto.offset.reset", "by_duration:", KC_ERR_INVALID },
        { "auto.offset.reset", "smallest", KC_ERR_INVALID },
        { "compression.type", "brotli", KC_ERR_INVALID },
        { "compression.zstd.level", "-131072", KC_ERR_NONE },
        { "security.protocol", "plaintext", KC_ERR_NONE },
        { "security.protocol", "SSL", KC_ERR_UNSUPPORTED },
        { "security.protocol", "sasl_plaintext", KC_ERR_NONE },
        { "security.protocol", "sasl_ssl", KC_ERR_UNSUPPORTED },
        { "transactional.id", "x", KC_ERR_NONE },
        { "partitioner.class", "org.example.Mine", KC_ERR_UNSUPPORTED },
        { "partitioner.class", "org.apache.kafka.clients.producer.RoundRobinPartitioner",
          KC_ERR_NONE },
        { "partitioner", "murmur2_random", KC_ERR_NONE },
        { "partitioner.class", "murmur3", KC_ERR_UNSUPPORTED },
        { "ssl.truststore.location", "/x.jks", KC_ERR_NONE },
        { "message.timeout.ms", "5", KC_ERR_NONE },
        { "key.serializer", "org.apache.kafka.common.serialization.StringSerializer", KC_ERR_NONE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kc_error error = { 0 };
        if (set(rows[i].name, rows[i].value, &error) != rows[i].err) {
            fail_msg("%s=%s: %s", rows[i].name, rows[i].value, error.text);
        }
        if (rows[i].err != KC_ERR_NONE) {
            assert_non_null(strstr(error.text, rows[i].name));
        }
    }
}

TEST(values_are_kept_as_the_table_spells_them)
{
    char names[CONFIG_NAMES_SIZE];
    struct kc_config *config = kc_config_create();
    (void)kc_config_set(config, "group.protocol", "CONSUMER", NULL);
    (void)kc_config_set(config, "enable.auto.commit", "FALSE", NULL);
    (void)kc_config_set(config, "metadata.broker.list", "a:1 , b:2,,", NULL);
    (void)kc_config_set(config, "key.serializer", "string", NULL);
    assert_false(config_missed(config, OPTION_JAVA, names));
    (void)kc_config_set(config, "interceptor.classes", "x.Y", NULL);
    struct kc_config *copy = kc_config_copy(config);
    kc_config_destroy(config);
    assert_string_equal(config_string(copy, "group.protocol"), "consumer");
    assert_false(config_bool(copy, "enable.auto.commit"));
    struct slice rest = config_list(copy, "bootstrap.servers");
    struct slice item;
    assert_true(config_list_next(&rest, &item) && slice_is(item, "a:1"));
    assert_true(config_list_next(&rest, &item) && slice_is(item, "b:2"));
    assert_false(config_list_next(&rest, &item));
    assert_true(config_missed(copy, OPTION_JAVA, names));
    assert_string_equal(names, "interceptor.classes");
    kc_config_destroy(copy);
}

TEST(an_admin_client_starts_from_controllers_or_from_brokers)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    (void)kc_config_set(config, "bootstrap.controllers", "c:1", NULL);
    assert_int_equal(config_check(config, KC_OPTION_ADMIN, &error), KC_ERR_NONE);
    assert_true(config_rules_of_controllers(config, KC_OPTION_ADMIN));
    assert_int_equal(config_check(config, KC_OPTION_CONSUMER, &error), KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "bootstrap.servers"));
    (void)kc_config_set(config, "bootstrap.servers", "a:1", NULL);
    assert_int_equal(config_check(config, KC_OPTION_ADMIN, &error), KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "bootstrap.controllers"));
    assert_int_equal(config_check(config, KC_OPTION_CONSUMER, &error), KC_ERR_NONE);
    assert_false(config_rules_of_controllers(config, KC_OPTION_CONSUMER));
    (void)kc_config_set(config, "bootstrap.controllers", " , ", NULL);
    assert_int_equal(config_check(config, KC_OPTION_ADMIN, &error), KC_ERR_NONE);
    assert_false(config_rules_of_controllers(config, KC_OPTION_ADMIN));
    kc_config_destroy(config);
}

TEST(idempotence_conflicts_as_in_java)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "bootstrap.servers"));
    (void)kc_config_set(config, "bootstrap.servers", "a:1", NULL);
    assert_true(config_rules_idempotent(config));
    (void)kc_config_set(config, "acks", "1", NULL);
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_NONE);
    assert_false(config_rules_idempotent(config));
    (void)kc_config_set(config, "enable.idempotence", "true", NULL);
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_INVALID);
    (void)kc_config_set(config, "acks", "all", NULL);
    (void)kc_config_set(config, "retries", "0", NULL);
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_INVALID);
    (void)kc_config_set(config, "retries", "3", NULL);
    (void)kc_config_set(config, "max.in.flight", "6", NULL);
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_INVALID);
    (void)kc_config_set(config, "max.in.flight", "5", NULL);
    (void)kc_config_set(config, "request.timeout.ms", "200000", NULL);
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_NONE);
    assert_int_equal(config_rules_delivery_timeout_ms(config), 200005);
    (void)kc_config_set(config, "delivery.timeout.ms", "1000", NULL);
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_INVALID);
    assert_int_equal(config_check(config, KC_OPTION_CONSUMER, &error), KC_ERR_NONE);
    kc_config_destroy(config);
}

static void load(const char *text, struct kc_config *config, enum kc_err expected,
                 struct kc_error *error)
{
    char path[PATH_MAX + 16];
    test_directory(path);
    size_t size = strlen(path);
    (void)snprintf(path + size, sizeof(path) - size, "/p");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(kc_config_load(config, path, error), expected);
}

TEST(properties_files_are_read_as_java_does)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    load("# c\n! d=e\n\n  bootstrap.servers = a:1,\\\r\n   b:2\r\nlinger.ms:7\nacks\t1\n"
         "client.id=\\u00e4\\\\ \\=\\t.\ngroup.id=last no newline",
         config, KC_ERR_NONE, &error);
    assert_string_equal(kc_config_get(config, "bootstrap.servers"), "a:1,b:2");
    assert_string_equal(kc_config_get(config, "linger.ms"), "7");
    assert_string_equal(kc_config_get(config, "acks"), "1");
    assert_string_equal(kc_config_get(config, "client.id"), "\xc3\xa4\\ =\t.");
    assert_string_equal(kc_config_get(config, "group.id"), "last no newline");
    load("acks=all\n\nnope=1\n", config, KC_ERR_INVALID, &error);
    assert_non_null(strstr(error.text, "/p:3: unknown property 'nope'"));
    load("acks=\\u12", config, KC_ERR_INVALID, &error);
    load("client.id=\\uD83D\\ude00", config, KC_ERR_NONE, &error);
    assert_string_equal(kc_config_get(config, "client.id"), "\xf0\x9f\x98\x80");
    /* Half a character, no hexadecimal digits, what would end the value. */
    load("client.id=\\uD83D", config, KC_ERR_INVALID, &error);
    load("client.id=\\uD83D\\u0041", config, KC_ERR_INVALID, &error);
    load("client.id=\\ude00", config, KC_ERR_INVALID, &error);
    load("client.id=\\u0x1F", config, KC_ERR_INVALID, &error);
    load("client.id=a\\u0000b", config, KC_ERR_INVALID, &error);
    assert_string_equal(kc_config_get(config, "client.id"), "\xf0\x9f\x98\x80");
    assert_int_equal(kc_config_load(config, "/does/not/exist", &error), KC_ERR_IO);
    assert_non_null(strstr(error.text, "/does/not/exist"));
    kc_config_destroy(config);
}

TEST(durations_of_any_length_can_be_counted_in_microseconds)
{
    struct kc_config *config = kc_config_create();
    kc_config_set(config, "metadata.max.age.ms", "9223372036854775807", NULL);
    kc_config_set(config, "connections.max.idle.ms", "-1", NULL);
    assert_true(config_ms(config, "metadata.max.age.ms") > INT64_C(3000000000000));
    assert_true(config_ms(config, "metadata.max.age.ms") < INT64_MAX / 2000);
    assert_int_equal(config_ms(config, "connections.max.idle.ms"), -1);
    assert_int_equal(config_ms(config, "linger.ms"), 5);
    kc_config_destroy(config);
}

static void keep_line(void *context, enum kc_log_level level, const char *text)
{
    (void)snprintf(context, 128, "%d %s", (int)level, text);
}

TEST(the_log_goes_where_it_is_told)
{
    char line[128] = "";
    struct kc_config *config = kc_config_create();
    kc_config_set_log(config, keep_line, line, KC_LOG_WARN);
    assert_ptr_equal(config->log_context, line);
    config->log(config->log_context, KC_LOG_WARN, "x");
    assert_string_equal(line, "4 x");
    kc_config_destroy(config);
}

TEST(options_without_effect_are_listed_once)
{
    char names[CONFIG_NAMES_SIZE];
    struct kc_config *config = kc_config_create();
    assert_false(config_missed(config, OPTION_IDLE, names));
    assert_string_equal(names, "");
    (void)kc_config_set(config, "enable.metrics.push", "true", NULL); /* as it is anyway */
    (void)kc_config_set(config, "linger.ms", "1", NULL);
    assert_false(config_missed(config, OPTION_IDLE, names));
    (void)kc_config_set(config, "enable.metrics.push", "false", NULL);
    (void)kc_config_set(config, "ssl.protocol", "TLSv1.2", NULL);
    assert_true(config_missed(config, OPTION_IDLE, names));
    assert_string_equal(names, "enable.metrics.push, ssl.protocol");
    for (size_t i = 0; i < option_count; i++) {
        if (option_table[i].use == OPTION_IDLE && option_table[i].type == OPTION_STRING) {
            (void)kc_config_set(config, option_table[i].row.name, "x", NULL);
        }
    }
    assert_true(config_missed(config, OPTION_IDLE, names)); /* cut, not longer than its place */
    assert_true(strlen(names) < CONFIG_NAMES_SIZE);
    kc_config_destroy(config);
}

/* As people write them for the Java client: its classes, librdkafka's names, a file of Windows. */
TEST(a_file_of_a_java_producer_loads)
{
    struct kc_error error;
    char names[CONFIG_NAMES_SIZE];
    struct kc_config *config = kc_config_create();
    load("# orders service\r\n"
         "bootstrap.servers=kafka-1.example.com:9092,\\\r\n"
         "                  kafka-2.example.com:9092\r\n"
         "client.id=orders\\u002dservice \\u00fc\r\n"
         "key.serializer=org.apache.kafka.common.serialization.LongSerializer\r\n"
         "value.serializer=io.confluent.kafka.serializers.KafkaAvroSerializer\r\n"
         "interceptor.classes=com.example.Tracing,com.example.Audit\r\n"
         "metric.reporters=com.example.Reporter\r\n"
         "metrics.recording.level=DEBUG\r\n"
         "acks=1\r\n"
         "acks = all\r\n"
         "linger.ms: 20\r\n"
         "batch.size 65536\r\n"
         "message.max.bytes=2000000\r\n"
         "compression.codec=zstd\r\n"
         "! the old way of writing it\r\n"
         "request.required.acks=-1\r\n"
         "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\\r\n"
         "  username\\=\"u\" \\\r\n"
         "  password\\=\"a\\\\b\";\r\n"
         "ssl.truststore.location=/x.jks\r\n",
         config, KC_ERR_NONE, &error);
    assert_string_equal(kc_config_get(config, "bootstrap.servers"),
                        "kafka-1.example.com:9092,kafka-2.example.com:9092");
    assert_string_equal(kc_config_get(config, "client.id"), "orders-service \xc3\xbc");
    assert_string_equal(kc_config_get(config, "acks"), "-1"); /* the last wins */
    assert_int_equal(config_long(config, "linger.ms"), 20);
    assert_int_equal(config_int(config, "batch.size"), 65536);
    assert_int_equal(config_int(config, "max.request.size"), 2000000);
    assert_string_equal(kc_config_get(config, "compression.type"), "zstd");
    assert_string_equal(kc_config_get(config, "sasl.jaas.config"),
                        "org.apache.kafka.common.security.plain.PlainLoginModule required "
                        "username=\"u\" password=\"a\\b\";");
    assert_true(config_missed(config, OPTION_JAVA, names));
    assert_string_equal(
        names, "interceptor.classes, metric.reporters, metrics.recording.level, value.serializer");
    assert_true(config_missed(config, OPTION_IDLE, names));
    assert_string_equal(names, "ssl.truststore.location");
    assert_int_equal(config_check(config, KC_OPTION_PRODUCER, &error), KC_ERR_NONE);
    load("bootstrap.servers=a:1\r\n\r\nbatch.szie=1\r\n", config, KC_ERR_INVALID, &error);
    assert_non_null(strstr(error.text, "/p:3: unknown property 'batch.szie'; did you mean "
                                       "'batch.size'?"));
    kc_config_destroy(config);
}

/* A class that is set again to one that is built in is foreign no more. */
TEST(the_last_class_counts)
{
    char names[CONFIG_NAMES_SIZE];
    struct kc_config *config = kc_config_create();
    (void)kc_config_set(config, "key.serializer", "com.example.Own", NULL);
    (void)kc_config_set(config, "value.serializer", "com.example.Own", NULL);
    (void)kc_config_set(config, "metric.reporters", "com.example.Own", NULL);
    assert_true(config_missed(config, OPTION_JAVA, names));
    assert_string_equal(names, "key.serializer, metric.reporters, value.serializer");
    (void)kc_config_set(config, "value.serializer",
                        "org.apache.kafka.common.serialization.StringSerializer", NULL);
    assert_true(config_missed(config, OPTION_JAVA, names));
    assert_string_equal(names, "key.serializer, metric.reporters");
    (void)kc_config_set(config, "metric.reporters", "", NULL);
    assert_true(config_missed(config, OPTION_JAVA, names));
    assert_string_equal(names, "key.serializer");
    (void)kc_config_set(config, "key.serializer", "integer", NULL);
    assert_false(config_missed(config, OPTION_JAVA, names));
    kc_config_destroy(config);
}
