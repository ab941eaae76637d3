/* controller: the broker's properties. */
#include "controller/property.h"

#include "base/attr.h"
#include "controller/property_foreign.h"

#include <stdio.h>
#include <stdlib.h>

#define INT_TOP INT32_MAX
#define LONG_TOP INT64_MAX
#define LONG_TOP_TEXT "9223372036854775807"
#define CODECS "uncompressed,zstd,lz4,snappy,gzip,producer"
#define TIME_TYPES "CreateTime,LogAppendTime"

/* clang-format off */
const struct property property_table[] = {
    { "advertised.listeners", CONFIG_LIST, NULL, 0, 0, NULL },
    { "auto.create.topics.enable", CONFIG_BOOLEAN, "true", 0, 0, NULL },
    { "background.threads", CONFIG_INT, "10", 1, INT_TOP, NULL, PROPERTY_IDLE },
    { "broker.id", CONFIG_INT, NULL, 0, INT_TOP, NULL },
    { "broker.rack", CONFIG_STRING, NULL, 0, 0, NULL },
    { "cluster.id", CONFIG_STRING, NULL, 0, 0, NULL },
    { "compression.gzip.level", CONFIG_INT, "-1", 1, 9, NULL, PROPERTY_DYNAMIC, true },
    { "compression.lz4.level", CONFIG_INT, "9", 1, 17, NULL, PROPERTY_DYNAMIC },
    { "compression.type", CONFIG_STRING, "producer", 0, 0, CODECS, PROPERTY_DYNAMIC },
    { "compression.zstd.level", CONFIG_INT, "3", -131072, 22, NULL, PROPERTY_DYNAMIC },
    { "connections.max.idle.ms", CONFIG_LONG, "600000", -1, LONG_TOP, NULL },
    { "controller.listener.names", CONFIG_LIST, NULL, 0, 0, NULL },
    { "controller.quorum.voters", CONFIG_LIST, NULL, 0, 0, NULL },
    { "controller.quota.window.num", CONFIG_INT, "11", 1, 1000, NULL },
    { "controller.quota.window.size.seconds", CONFIG_INT, "1", 1, INT_TOP, NULL },
    { "default.replication.factor", CONFIG_INT, "1", 1, 32767, NULL },
    { "delete.topic.enable", CONFIG_BOOLEAN, "true", 0, 0, NULL },
    { "fetch.max.bytes", CONFIG_INT, "57671680", 1024, INT_TOP, NULL },
    { "follower.fetch.last.tiered.offset.enable",
      CONFIG_BOOLEAN, "false", 0, 0, NULL, PROPERTY_IDLE },
    { "follower.replication.throttled.rate",
      CONFIG_LONG, NULL, 0, LONG_TOP, NULL, PROPERTY_IDLE },
    { "group.consumer.assignment.interval.ms",
      CONFIG_INT, "1000", 0, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "group.consumer.assignors", CONFIG_LIST, "uniform,range", 0, 0, NULL },
    { "group.consumer.heartbeat.interval.ms", CONFIG_INT, "5000", 1, INT_TOP, NULL },
    { "group.consumer.max.assignment.interval.ms", CONFIG_INT, "15000", 0, INT_TOP, NULL },
    { "group.consumer.max.heartbeat.interval.ms", CONFIG_INT, "15000", 1, INT_TOP, NULL },
    { "group.consumer.max.session.timeout.ms", CONFIG_INT, "60000", 1, INT_TOP, NULL },
    { "group.consumer.max.size", CONFIG_INT, "2147483647", 1, INT_TOP, NULL },
    { "group.consumer.migration.policy", CONFIG_STRING, "bidirectional", 0, 0, NULL },
    { "group.consumer.min.assignment.interval.ms", CONFIG_INT, "0", 0, INT_TOP, NULL },
    { "group.consumer.min.heartbeat.interval.ms", CONFIG_INT, "5000", 1, INT_TOP, NULL },
    { "group.consumer.min.session.timeout.ms", CONFIG_INT, "45000", 1, INT_TOP, NULL },
    { "group.consumer.session.timeout.ms", CONFIG_INT, "45000", 1, INT_TOP, NULL },
    { "group.coordinator.cached.buffer.max.bytes",
      CONFIG_INT, "1048588", 524288, INT_TOP, NULL, PROPERTY_IDLE },
    { "group.initial.rebalance.delay.ms", CONFIG_INT, "3000", 0, INT_TOP, NULL },
    { "group.max.session.timeout.ms", CONFIG_INT, "1800000", 1, INT_TOP, NULL },
    { "group.max.size", CONFIG_INT, "2147483647", 1, INT_TOP, NULL },
    { "group.min.session.timeout.ms", CONFIG_INT, "6000", 1, INT_TOP, NULL },
    { "inter.broker.listener.name", CONFIG_STRING, NULL, 0, 0, NULL },
    { "leader.replication.throttled.rate",
      CONFIG_LONG, NULL, 0, LONG_TOP, NULL, PROPERTY_IDLE },
    { "listener.security.protocol.map", CONFIG_LIST, NULL, 0, 0, NULL },
    { "listeners", CONFIG_LIST, "PLAINTEXT://localhost:9092", 0, 0, NULL },
    { "log.cleaner.backoff.ms", CONFIG_LONG, "15000", 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.cleaner.dedupe.buffer.size",
      CONFIG_LONG, "134217728", 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.cleaner.delete.retention.ms",
      CONFIG_LONG, "86400000", 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.cleaner.enable", CONFIG_BOOLEAN, "true", 0, 0, NULL },
    { "log.cleaner.io.buffer.load.factor", CONFIG_DOUBLE, "0.9", 0, LONG_TOP, NULL, PROPERTY_IDLE },
    { "log.cleaner.io.buffer.size", CONFIG_INT, "524288", 0, INT_TOP, NULL, PROPERTY_IDLE },
    { "log.cleaner.io.max.bytes.per.second",
      CONFIG_DOUBLE, "1.7976931348623157E308", 0, 0, NULL, PROPERTY_IDLE },
    { "log.cleaner.max.compaction.lag.ms",
      CONFIG_LONG, LONG_TOP_TEXT, 1, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.cleaner.min.cleanable.ratio", CONFIG_DOUBLE, "0.5", 0, 1, NULL, PROPERTY_DYNAMIC },
    { "log.cleaner.min.compaction.lag.ms", CONFIG_LONG, "0", 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.cleaner.threads", CONFIG_INT, "1", 0, INT_TOP, NULL, PROPERTY_IDLE },
    { "log.cleanup.policy", CONFIG_LIST, "delete", 0, 0, "delete,compact", PROPERTY_DYNAMIC },
    { "log.dir", CONFIG_STRING, NULL, 0, 0, NULL },
    { "log.dirs", CONFIG_LIST, NULL, 0, 0, NULL },
    { "log.flush.interval.messages",
      CONFIG_LONG, LONG_TOP_TEXT, 1, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.flush.interval.ms", CONFIG_LONG, NULL, 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.flush.offset.checkpoint.interval.ms", CONFIG_INT, "60000", 0, INT_TOP, NULL },
    { "log.index.interval.bytes", CONFIG_INT, "4096", 0, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.index.size.max.bytes", CONFIG_INT, "10485760", 4, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.local.retention.bytes", CONFIG_LONG, "-2", -2, LONG_TOP, NULL, PROPERTY_IDLE },
    { "log.local.retention.ms", CONFIG_LONG, "-2", -2, LONG_TOP, NULL, PROPERTY_IDLE },
    { "log.message.timestamp.after.max.ms",
      CONFIG_LONG, "3600000", 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.message.timestamp.before.max.ms",
      CONFIG_LONG, LONG_TOP_TEXT, 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.message.timestamp.type",
      CONFIG_STRING, "CreateTime", 0, 0, TIME_TYPES, PROPERTY_DYNAMIC },
    { "log.preallocate", CONFIG_BOOLEAN, "false", 0, 0, NULL, PROPERTY_DYNAMIC },
    { "log.retention.bytes", CONFIG_LONG, "-1", INT64_MIN, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.retention.check.interval.ms", CONFIG_LONG, "300000", 1, LONG_TOP, NULL },
    { "log.retention.hours", CONFIG_INT, "168", -1, INT_TOP, NULL },
    { "log.retention.minutes", CONFIG_INT, NULL, -1, INT_TOP, NULL },
    { "log.retention.ms", CONFIG_LONG, NULL, -1, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.roll.hours", CONFIG_INT, "168", 1, INT_TOP, NULL },
    { "log.roll.jitter.hours", CONFIG_INT, "0", 0, INT_TOP, NULL },
    { "log.roll.jitter.ms", CONFIG_LONG, NULL, 0, 0, NULL, PROPERTY_DYNAMIC },
    { "log.roll.ms", CONFIG_LONG, NULL, 0, 0, NULL, PROPERTY_DYNAMIC },
    { "log.segment.bytes", CONFIG_INT, "1073741824", 1048576, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "log.segment.delete.delay.ms", CONFIG_LONG, "60000", 0, LONG_TOP, NULL, PROPERTY_DYNAMIC },
    { "max.connection.creation.rate", CONFIG_INT, "2147483647", 0, INT_TOP, NULL, PROPERTY_IDLE },
    { "max.connections", CONFIG_INT, "2147483647", 0, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "max.connections.per.ip", CONFIG_INT, "2147483647", 0, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "max.incremental.fetch.session.cache.slots", CONFIG_INT, "1000", 0, INT_TOP, NULL },
    { "message.max.bytes", CONFIG_INT, "1048588", 0, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "metadata.log.dir", CONFIG_STRING, NULL, 0, 0, NULL },
    { "metrics.listener", CONFIG_STRING, NULL, 0, 0, NULL },
    { "min.insync.replicas", CONFIG_INT, "1", 1, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "node.id", CONFIG_INT, NULL, 0, INT_TOP, NULL },
    { "num.io.threads", CONFIG_INT, "8", 1, INT_TOP, NULL, PROPERTY_IDLE },
    { "num.network.threads", CONFIG_INT, "3", 1, INT_TOP, NULL, PROPERTY_IDLE },
    { "num.partitions", CONFIG_INT, "1", 1, INT_TOP, NULL },
    { "num.recovery.threads.per.data.dir", CONFIG_INT, "2", 1, INT_TOP, NULL, PROPERTY_IDLE },
    { "num.replica.fetchers", CONFIG_INT, "1", 1, INT_TOP, NULL, PROPERTY_IDLE },
    { "offset.metadata.max.bytes", CONFIG_INT, "4096", 0, INT_TOP, NULL },
    { "offsets.retention.check.interval.ms", CONFIG_LONG, "600000", 1, LONG_TOP, NULL },
    { "offsets.retention.minutes", CONFIG_INT, "10080", 1, INT_TOP, NULL },
    { "offsets.topic.num.partitions", CONFIG_INT, "50", 1, INT_TOP, NULL },
    { "offsets.topic.replication.factor", CONFIG_INT, "3", 1, 32767, NULL },
    { "offsets.topic.segment.bytes", CONFIG_INT, "104857600", 1, INT_TOP, NULL },
    { "process.roles", CONFIG_LIST, "broker,controller", 0, 0, "broker,controller" },
    { "producer.id.expiration.ms", CONFIG_INT, "86400000", 1, INT_TOP, NULL, PROPERTY_DYNAMIC },
    { "queued.max.request.bytes", CONFIG_LONG, "-1", -1, LONG_TOP, NULL },
    { "quota.window.num", CONFIG_INT, "11", 1, 1000, NULL },
    { "quota.window.size.seconds", CONFIG_INT, "1", 1, INT_TOP, NULL },
    { "replica.alter.log.dirs.io.max.bytes.per.second",
      CONFIG_LONG, NULL, 0, LONG_TOP, NULL, PROPERTY_IDLE },
    { "socket.listen.backlog.size", CONFIG_INT, "511", 1, INT_TOP, NULL },
    { "socket.request.max.bytes", CONFIG_INT, "104857600", 1, INT_TOP, NULL },
    { "transaction.abort.timed.out.transaction.cleanup.interval.ms",
      CONFIG_INT, "10000", 1, INT_TOP, NULL },
    { "transaction.max.timeout.ms", CONFIG_INT, "900000", 1, INT_TOP, NULL },
    { "transaction.partition.verification.enable",
      CONFIG_BOOLEAN, "true", 0, 0, NULL, PROPERTY_DYNAMIC },
    { "transaction.remove.expired.transaction.cleanup.interval.ms",
      CONFIG_INT, "3600000", 1, INT_TOP, NULL },
    { "transaction.state.log.min.isr", CONFIG_INT, "2", 1, INT_TOP, NULL },
    { "transaction.state.log.num.partitions", CONFIG_INT, "50", 1, INT_TOP, NULL },
    { "transaction.state.log.replication.factor", CONFIG_INT, "3", 1, 32767, NULL },
    { "transaction.state.log.segment.bytes", CONFIG_INT, "104857600", 1, INT_TOP, NULL },
    { "transactional.id.expiration.ms", CONFIG_INT, "604800000", 1, INT_TOP, NULL },
    { "unclean.leader.election.enable", CONFIG_BOOLEAN, "false", 0, 0, NULL, PROPERTY_DYNAMIC },
};
/* clang-format on */
const size_t property_count = ARRAY_COUNT(property_table);

static const struct property ignored = { .name = "", .role = PROPERTY_IGNORED };
static const struct property refused = { .name = "", .role = PROPERTY_REFUSED };

const struct property *property_find(struct slice name)
{
    for (size_t i = 0; i < property_count; i++) {
        if (slice_is(name, property_table[i].name)) {
            return &property_table[i];
        }
    }
    return property_foreign_is_ignored(name)   ? &ignored
           : property_foreign_is_refused(name) ? &refused
                                               : NULL;
}

/* What Kafka looks at only when it has read all properties, and says in words of its own. The value
 * is a number. */
static enum kc_err check_required(const struct property *row, struct slice value, char *ret_text)
{
    static const struct {
        const char *name;
        long long min;
        bool or_minus_one;
        const char *what;
    } required[] = {
        { "log.retention.ms", 1, true, "unlimited (-1) or, greater than or equal to 1" },
        { "log.roll.jitter.ms", 0, false, "greater than or equal to 0" },
        { "log.roll.ms", 1, false, "greater than or equal to 1" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(required); i++) {
        char text[32];
        if (strcmp(row->name, required[i].name) != 0) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARGS(value));
        long long number = strtoll(text, NULL, 10);
        if (number < required[i].min && !(required[i].or_minus_one && number == -1)) {
            (void)snprintf(ret_text, CONFIG_TEXT_SIZE, "requirement failed: %s must be %s",
                           row->name, required[i].what);
            return KC_ERR_INVALID_CONFIG;
        }
    }
    return KC_ERR_NONE;
}

enum kc_err property_check(const struct property *row, struct slice value, char *ret_text)
{
    const struct config_rule rule = { row->name, row->kind,    row->min,
                                      row->max,  row->choices, row->or_minus_one };
    enum kc_err err = config_rule_check(&rule, value, ret_text);
    return err ? err : check_required(row, config_trim(value), ret_text);
}

const char *property_synonym(const char *name, int i)
{
    static const char *const chains[][4] = {
        { "log.retention.ms", "log.retention.minutes", "log.retention.hours" },
        { "log.roll.ms", "log.roll.hours" },
        { "log.roll.jitter.ms", "log.roll.jitter.hours" },
    };
    for (size_t chain = 0; chain < ARRAY_COUNT(chains); chain++) {
        for (size_t k = 0; chains[chain][k]; k++) {
            if (strcmp(chains[chain][k], name) == 0) {
                return chains[chain][i];
            }
        }
    }
    return i == 0 ? name : NULL;
}

enum { NEAREST_NAME_MAX = 64, NEAREST_DISTANCE_MAX = 4, NEAREST_SIZE_PER_EDIT = 3 };

/* Edits (insert, remove, replace) that turn one into the other, by rows of the usual table. */
static int distance(struct slice a, const char *b)
{
    int row[NEAREST_NAME_MAX + 1];
    size_t b_size = strlen(b);
    if (a.size > NEAREST_NAME_MAX || b_size > NEAREST_NAME_MAX) {
        return NEAREST_NAME_MAX;
    }
    for (size_t j = 0; j <= b_size; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 1; i <= a.size; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= b_size; j++) {
            int change = diagonal + (a.data[i - 1] != (uint8_t)b[j - 1]);
            diagonal = row[j];
            row[j] = MIN_OF(MIN_OF(row[j] + 1, row[j - 1] + 1), change);
        }
    }
    return row[b_size];
}

const char *property_nearest(struct slice name)
{
    const char *nearest = NULL;
    int best = (int)MIN_OF(name.size / NEAREST_SIZE_PER_EDIT, (size_t)NEAREST_DISTANCE_MAX) + 1;
    size_t position = 0;
    for (size_t i = 0;; i++) {
        const char *known =
            i < property_count ? property_table[i].name : property_foreign_next(&position);
        if (!known) {
            return nearest;
        }
        int edits = distance(name, known);
        if (edits < best) {
            best = edits;
            nearest = known;
        }
    }
}
