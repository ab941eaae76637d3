/* tests: topic settings against what Apache Kafka 4.3 accepts, refuses and says. */
#include "controller/topic_config.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

TEST(the_table_is_sorted_and_fits_itself)
{
    char text[CONFIG_TEXT_SIZE];
    assert_int_equal(topic_config_count, 33);
    for (size_t i = 0; i < topic_config_count; i++) {
        const struct topic_config *row = &topic_config_table[i];
        assert_true(i == 0 || strcmp(topic_config_table[i - 1].name, row->name) < 0);
        assert_ptr_equal(topic_config_find(slice_text(row->name)), row);
        assert_int_equal(
            topic_config_check(slice_text(row->name), slice_text(row->default_value), text),
            KC_ERR_NONE);
    }
    assert_null(topic_config_find(slice_text("retention")));
    assert_null(topic_config_find(SLICE_EMPTY));
}

/* Name and value; the reason that follows "Invalid value V for configuration N: ", NULL: accepted.
 */
static const struct probe {
    const char *name;
    const char *value;
    const char *reason;
} probes[] = {
    { "retention.ms", "-1", NULL },
    { "retention.ms", "-2", "Value must be at least -1" },
    { "retention.ms", "9223372036854775807", NULL },
    { "retention.ms", "9223372036854775808", "Not a number of type LONG" },
    { "retention.ms", "1.5", "Not a number of type LONG" },
    { "retention.ms", "+5", NULL },
    { "retention.ms", " 5 ", NULL },
    { "retention.ms", "", "Not a number of type LONG" },
    { "retention.ms", "abc", "Not a number of type LONG" },
    { "retention.ms", "00000000000000000000000000000000000000000001", "Not a number of type LONG" },
    { "retention.bytes", "-1", NULL },
    { "retention.bytes", "-100", NULL },
    { "segment.bytes", "1048575", "Value must be at least 1048576" },
    { "segment.bytes", "1048576", NULL },
    { "segment.bytes", "2147483647", NULL },
    { "segment.bytes", "2147483648", "Not a number of type INT" },
    { "segment.ms", "0", "Value must be at least 1" },
    { "segment.ms", "1", NULL },
    { "segment.jitter.ms", "-1", "Value must be at least 0" },
    { "segment.index.bytes", "3", "Value must be at least 4" },
    { "segment.index.bytes", "4", NULL },
    { "flush.messages", "0", "Value must be at least 1" },
    { "flush.ms", "-1", "Value must be at least 0" },
    { "max.message.bytes", "-1", "Value must be at least 0" },
    { "max.message.bytes", "0", NULL },
    { "index.interval.bytes", "-1", "Value must be at least 0" },
    { "delete.retention.ms", "-1", "Value must be at least 0" },
    { "min.compaction.lag.ms", "-1", "Value must be at least 0" },
    { "max.compaction.lag.ms", "0", "Value must be at least 1" },
    { "file.delete.delay.ms", "-1", "Value must be at least 0" },
    { "min.cleanable.dirty.ratio", "-0.1", "Value must be at least 0" },
    { "min.cleanable.dirty.ratio", "1.1", "Value must be no more than 1" },
    { "min.cleanable.dirty.ratio", "1e-1", NULL },
    { "min.cleanable.dirty.ratio", "abc", "Not a number of type DOUBLE" },
    { "min.cleanable.dirty.ratio", "NaN", "Not a number of type DOUBLE" }, /* Kafka takes it */
    { "cleanup.policy", "compact,delete", NULL },
    { "cleanup.policy", "delete , compact", NULL },
    { "cleanup.policy", "delete,delete", NULL },
    { "cleanup.policy", "", NULL },
    { "cleanup.policy", "none", "String must be one of: compact, delete" },
    { "unclean.leader.election.enable", "TRUE", NULL },
    { "unclean.leader.election.enable", "yes", "Expected value to be either true or false" },
    { "preallocate", "1", "Expected value to be either true or false" },
    { "min.insync.replicas", "0", "Value must be at least 1" },
    { "compression.type", "GZIP",
      "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer" },
    { "compression.type", "none",
      "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer" },
    { "compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1" },
    { "compression.gzip.level", "-1", NULL },
    { "compression.gzip.level", "9", NULL },
    { "compression.gzip.level", "10", "Value must be between 1 and 9 or equal to -1" },
    { "compression.lz4.level", "0", "Value must be at least 1" },
    { "compression.lz4.level", "18", "Value must be no more than 17" },
    { "compression.zstd.level", "-131073", "Value must be at least -131072" },
    { "compression.zstd.level", "23", "Value must be no more than 22" },
    { "message.timestamp.type", "createtime", "String must be one of: CreateTime, LogAppendTime" },
    { "message.timestamp.type", "LogAppendTime", NULL },
    { "message.timestamp.before.max.ms", "-1", "Value must be at least 0" },
    { "message.timestamp.after.max.ms", "-1", "Value must be at least 0" },
    { "local.retention.ms", "-3", "Value must be at least -2" },
    { "local.retention.bytes", "-3", "Value must be at least -2" },
};

TEST(values_as_kafka_takes_them)
{
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        const struct probe *probe = &probes[i];
        char text[CONFIG_TEXT_SIZE] = "";
        char expected[CONFIG_TEXT_SIZE] = "";
        enum kc_err err =
            topic_config_check(slice_text(probe->name), slice_text(probe->value), text);
        if (probe->reason) {
            (void)snprintf(expected, sizeof(expected), "Invalid value %s for configuration %s: %s",
                           probe->value, probe->name, probe->reason);
        }
        if (err != (probe->reason ? KC_ERR_INVALID_CONFIG : KC_ERR_NONE) ||
            strcmp(text, expected) != 0) {
            fail_msg("%s=%s: %s \"%s\"", probe->name, probe->value, kc_err_name(err), text);
        }
    }
}

TEST(throttled_replicas_and_tiers)
{
    static const char *const good[] = { "", "*", "0:1", "1:2,3:4", "1:2 , 3:4" };
    static const char *const bad[] = { "x", "*,1:2", "1:", ":1", "1:2:3", "1:2,", "1" };
    char text[CONFIG_TEXT_SIZE];
    struct slice name = slice_text("leader.replication.throttled.replicas");
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(topic_config_check(name, slice_text(good[i]), text), KC_ERR_NONE);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(topic_config_check(name, slice_text(bad[i]), text), KC_ERR_INVALID_CONFIG);
    }
    assert_int_equal(topic_config_check(name, slice_text("x"), text), KC_ERR_INVALID_CONFIG);
    assert_string_equal(text, "Invalid value [x] for configuration "
                              "leader.replication.throttled.replicas: "
                              "leader.replication.throttled.replicas must be the literal '*' or a "
                              "list of replicas in the following format: "
                              "[partitionId]:[brokerId],[partitionId]:[brokerId],...");
    name = slice_text("remote.storage.enable");
    assert_int_equal(topic_config_check(name, slice_text("false"), text), KC_ERR_NONE);
    assert_int_equal(topic_config_check(name, slice_text("true"), text), KC_ERR_INVALID_CONFIG);
    assert_string_equal(text, "Tiered Storage functionality is disabled in the broker. Topic "
                              "cannot be configured with remote log storage.");
}

TEST(unknown_and_long_things)
{
    char text[CONFIG_TEXT_SIZE];
    char longest[2000];
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(topic_config_check(slice_text("no.such.config"), slice_text("1"), text),
                     KC_ERR_INVALID_CONFIG);
    assert_string_equal(text, "Unknown topic config name: no.such.config");
    struct slice junk = slice_of(longest, sizeof(longest));
    assert_int_equal(topic_config_check(junk, junk, text), KC_ERR_INVALID_CONFIG);
    for (size_t i = 0; i < topic_config_count; i++) {
        const struct topic_config *row = &topic_config_table[i];
        assert_int_equal(topic_config_check(slice_text(row->name), junk, text),
                         KC_ERR_INVALID_CONFIG);
    }
}
