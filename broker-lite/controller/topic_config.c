/* controller: the table of topic settings and what is special among them. */
#include "controller/topic_config.h"

#include "base/attr.h"

#include <stdio.h>
#include <stdlib.h>

#define INT_MAX_VALUE INT32_MAX
#define CODECS "uncompressed,zstd,lz4,snappy,gzip,producer"

/* clang-format off */
const struct topic_config topic_config_table[] = {
    { "cleanup.policy", CONFIG_LIST, "delete", "log.cleanup.policy", 0, 0, "compact,delete" },
    { "compression.gzip.level", CONFIG_INT, "-1", "compression.gzip.level", 1, 9, NULL, true },
    { "compression.lz4.level", CONFIG_INT, "9", "compression.lz4.level", 1, 17, NULL },
    { "compression.type", CONFIG_STRING, "producer", "compression.type", 0, 0, CODECS },
    { "compression.zstd.level", CONFIG_INT, "3", "compression.zstd.level", -131072, 22, NULL },
    { "delete.retention.ms", CONFIG_LONG, "86400000",
      "log.cleaner.delete.retention.ms", 0, INT64_MAX, NULL },
    { "file.delete.delay.ms", CONFIG_LONG, "60000",
      "log.segment.delete.delay.ms", 0, INT64_MAX, NULL },
    { "flush.messages", CONFIG_LONG, "9223372036854775807",
      "log.flush.interval.messages", 1, INT64_MAX, NULL },
    { "flush.ms", CONFIG_LONG, "9223372036854775807", "log.flush.interval.ms", 0, INT64_MAX,
      NULL, false, true },
    { "follower.replication.throttled.replicas", CONFIG_LIST, "", NULL, 0, 0, NULL },
    { "index.interval.bytes", CONFIG_INT, "4096",
      "log.index.interval.bytes", 0, INT_MAX_VALUE, NULL },
    { "leader.replication.throttled.replicas", CONFIG_LIST, "", NULL, 0, 0, NULL },
    { "local.retention.bytes", CONFIG_LONG, "-2",
      "log.local.retention.bytes", -2, INT64_MAX, NULL },
    { "local.retention.ms", CONFIG_LONG, "-2", "log.local.retention.ms", -2, INT64_MAX, NULL },
    { "max.compaction.lag.ms", CONFIG_LONG, "9223372036854775807",
      "log.cleaner.max.compaction.lag.ms", 1, INT64_MAX, NULL },
    { "max.message.bytes", CONFIG_INT, "1048588", "message.max.bytes", 0, INT_MAX_VALUE, NULL },
    { "message.timestamp.after.max.ms", CONFIG_LONG, "3600000",
      "log.message.timestamp.after.max.ms", 0, INT64_MAX, NULL },
    { "message.timestamp.before.max.ms", CONFIG_LONG, "9223372036854775807",
      "log.message.timestamp.before.max.ms", 0, INT64_MAX, NULL },
    { "message.timestamp.type", CONFIG_STRING, "CreateTime",
      "log.message.timestamp.type", 0, 0, "CreateTime,LogAppendTime" },
    { "min.cleanable.dirty.ratio", CONFIG_DOUBLE, "0.5",
      "log.cleaner.min.cleanable.ratio", 0, 1, NULL },
    { "min.compaction.lag.ms", CONFIG_LONG, "0",
      "log.cleaner.min.compaction.lag.ms", 0, INT64_MAX, NULL },
    { "min.insync.replicas", CONFIG_INT, "1", "min.insync.replicas", 1, INT_MAX_VALUE, NULL },
    { "preallocate", CONFIG_BOOLEAN, "false", "log.preallocate", 0, 0, NULL },
    { "remote.log.copy.disable", CONFIG_BOOLEAN, "false", NULL, 0, 0, NULL },
    { "remote.log.delete.on.disable", CONFIG_BOOLEAN, "false", NULL, 0, 0, NULL },
    { "remote.storage.enable", CONFIG_BOOLEAN, "false", NULL, 0, 0, NULL },
    { "retention.bytes", CONFIG_LONG, "-1", "log.retention.bytes", INT64_MIN, INT64_MAX, NULL },
    { "retention.ms", CONFIG_LONG, "604800000", "log.retention.ms", -1, INT64_MAX, NULL,
      false, true },
    { "segment.bytes", CONFIG_INT, "1073741824",
      "log.segment.bytes", 1048576, INT_MAX_VALUE, NULL },
    { "segment.index.bytes", CONFIG_INT, "10485760",
      "log.index.size.max.bytes", 4, INT_MAX_VALUE, NULL },
    { "segment.jitter.ms", CONFIG_LONG, "0", "log.roll.jitter.ms", 0, INT64_MAX, NULL, false,
      true },
    { "segment.ms", CONFIG_LONG, "604800000", "log.roll.ms", 1, INT64_MAX, NULL, false, true },
    { "unclean.leader.election.enable", CONFIG_BOOLEAN, "false",
      "unclean.leader.election.enable", 0, 0, NULL },
};
/* clang-format on */
const size_t topic_config_count = ARRAY_COUNT(topic_config_table);

const struct topic_config *topic_config_find(struct slice name)
{
    for (size_t i = 0; i < topic_config_count; i++) {
        if (slice_is(name, topic_config_table[i].name)) {
            return &topic_config_table[i];
        }
    }
    return NULL;
}

static bool is_replica(struct slice item)
{
    size_t digits[2] = { 0, 0 };
    int side = 0;
    for (size_t i = 0; i < item.size; i++) {
        if (item.data[i] == ':' && side == 0) {
            side = 1;
        } else if (item.data[i] < '0' || item.data[i] > '9') {
            return false;
        } else {
            digits[side]++;
        }
    }
    return digits[0] > 0 && digits[1] > 0;
}

/* The lists of throttled replicas: "*", or PARTITION:BROKER items. */
static enum kc_err check_replicas(const struct topic_config *row, struct slice value,
                                  char *ret_text)
{
    const uint8_t *start = value.data;
    const uint8_t *end = value.data + value.size;
    if (value.size == 0 || slice_is(value, "*")) {
        return KC_ERR_NONE;
    }
    for (;;) {
        const uint8_t *comma = memchr(start, ',', (size_t)(end - start));
        if (!is_replica(config_trim(slice_of(start, (size_t)((comma ? comma : end) - start))))) {
            (void)snprintf(ret_text, CONFIG_TEXT_SIZE,
                           "Invalid value [%.*s] for configuration %s: %s must be the literal '*' "
                           "or a list of replicas in the following format: "
                           "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
                           (int)MIN_OF(value.size, (size_t)64), (const char *)value.data, row->name,
                           row->name);
            return KC_ERR_INVALID_CONFIG;
        }
        if (!comma) {
            return KC_ERR_NONE;
        }
        start = comma + 1;
    }
}

static enum kc_err check_tiers(struct slice value, char *ret_text)
{
    if (!config_is_true(value)) {
        return KC_ERR_NONE;
    }
    (void)snprintf(ret_text, CONFIG_TEXT_SIZE,
                   "Tiered Storage functionality is disabled in the broker. Topic cannot be "
                   "configured with remote log storage.");
    return KC_ERR_INVALID_CONFIG;
}

enum kc_err topic_config_check(struct slice name, struct slice value, char *ret_text)
{
    const struct topic_config *row = topic_config_find(name);
    if (!row) {
        (void)snprintf(ret_text, CONFIG_TEXT_SIZE, "Unknown topic config name: %.*s",
                       (int)MIN_OF(name.size, (size_t)128), (const char *)name.data);
        return KC_ERR_INVALID_CONFIG;
    }
    const struct config_rule rule = { row->name, row->kind,    row->min,
                                      row->max,  row->choices, row->or_minus_one };
    enum kc_err err = config_rule_check(&rule, value, ret_text);
    if (!err && row->kind == CONFIG_LIST && !row->choices) {
        err = check_replicas(row, config_trim(value), ret_text);
    }
    if (!err && strcmp(row->name, "remote.storage.enable") == 0) {
        err = check_tiers(value, ret_text);
    }
    return err;
}

enum kc_err topic_config_check_together(const char *min_lag_ms, const char *max_lag_ms,
                                        char *ret_text)
{
    long long min = min_lag_ms ? strtoll(min_lag_ms, NULL, 10) : 0;
    long long max = max_lag_ms ? strtoll(max_lag_ms, NULL, 10) : INT64_MAX;
    if (min <= max) {
        return KC_ERR_NONE;
    }
    (void)snprintf(ret_text, CONFIG_TEXT_SIZE,
                   "conflict topic config setting min.compaction.lag.ms (%lld) > "
                   "max.compaction.lag.ms (%lld)",
                   min, max);
    return KC_ERR_INVALID_CONFIG;
}
