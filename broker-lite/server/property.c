/* server: the broker's properties. */
#include "server/property.h"

#include "base/attr.h"
#include "server/property_foreign.h"

#define INT_TOP INT32_MAX
#define LONG_TOP INT64_MAX
#define LONG_TOP_TEXT "9223372036854775807"
#define TIME_TYPES "CreateTime,LogAppendTime"

/* clang-format off */
const struct property property_table[] = {
    { "advertised.listeners", PROPERTY_LIST, NULL, 0, 0, NULL },
    { "auto.create.topics.enable", PROPERTY_BOOLEAN, "true", 0, 0, NULL },
    { "broker.id", PROPERTY_INT, NULL, 0, INT_TOP, NULL },
    { "broker.rack", PROPERTY_STRING, NULL, 0, 0, NULL },
    { "cluster.id", PROPERTY_STRING, NULL, 0, 0, NULL },
    { "compression.type", PROPERTY_STRING, "producer", 0, 0, "producer" },
    { "connections.max.idle.ms", PROPERTY_LONG, "600000", -1, LONG_TOP, NULL },
    { "controller.listener.names", PROPERTY_LIST, NULL, 0, 0, NULL },
    { "controller.quorum.voters", PROPERTY_LIST, NULL, 0, 0, NULL },
    { "default.replication.factor", PROPERTY_INT, "1", 1, 32767, NULL },
    { "delete.topic.enable", PROPERTY_BOOLEAN, "true", 0, 0, NULL },
    { "fetch.max.bytes", PROPERTY_INT, "57671680", 1024, INT_TOP, NULL },
    { "group.consumer.assignors", PROPERTY_LIST, "uniform,range", 0, 0, NULL },
    { "group.consumer.heartbeat.interval.ms", PROPERTY_INT, "5000", 1, INT_TOP, NULL },
    { "group.consumer.max.heartbeat.interval.ms", PROPERTY_INT, "15000", 1, INT_TOP, NULL },
    { "group.consumer.max.session.timeout.ms", PROPERTY_INT, "60000", 1, INT_TOP, NULL },
    { "group.consumer.max.size", PROPERTY_INT, "2147483647", 1, INT_TOP, NULL },
    { "group.consumer.min.heartbeat.interval.ms", PROPERTY_INT, "5000", 1, INT_TOP, NULL },
    { "group.consumer.min.session.timeout.ms", PROPERTY_INT, "45000", 1, INT_TOP, NULL },
    { "group.consumer.session.timeout.ms", PROPERTY_INT, "45000", 1, INT_TOP, NULL },
    { "group.initial.rebalance.delay.ms", PROPERTY_INT, "3000", 0, INT_TOP, NULL },
    { "group.max.session.timeout.ms", PROPERTY_INT, "1800000", 1, INT_TOP, NULL },
    { "group.max.size", PROPERTY_INT, "2147483647", 1, INT_TOP, NULL },
    { "group.min.session.timeout.ms", PROPERTY_INT, "6000", 1, INT_TOP, NULL },
    { "inter.broker.listener.name", PROPERTY_STRING, NULL, 0, 0, NULL },
    { "listener.security.protocol.map", PROPERTY_LIST, NULL, 0, 0, NULL },
    { "listeners", PROPERTY_LIST, "PLAINTEXT://localhost:9092", 0, 0, NULL },
    { "log.cleaner.backoff.ms", PROPERTY_LONG, "15000", 0, LONG_TOP, NULL },
    { "log.cleaner.dedupe.buffer.size", PROPERTY_LONG, "134217728", 0, LONG_TOP, NULL },
    { "log.cleaner.delete.retention.ms", PROPERTY_LONG, "86400000", 0, LONG_TOP, NULL },
    { "log.cleaner.enable", PROPERTY_BOOLEAN, "true", 0, 0, NULL },
    { "log.cleaner.max.compaction.lag.ms", PROPERTY_LONG, LONG_TOP_TEXT, 1, LONG_TOP, NULL },
    { "log.cleaner.min.cleanable.ratio", PROPERTY_DOUBLE, "0.5", 0, 1, NULL },
    { "log.cleaner.min.compaction.lag.ms", PROPERTY_LONG, "0", 0, LONG_TOP, NULL },
    { "log.cleanup.policy", PROPERTY_LIST, "delete", 0, 0, "delete,compact" },
    { "log.dir", PROPERTY_STRING, NULL, 0, 0, NULL },
    { "log.dirs", PROPERTY_LIST, NULL, 0, 0, NULL },
    { "log.flush.interval.messages", PROPERTY_LONG, LONG_TOP_TEXT, 1, LONG_TOP, NULL },
    { "log.flush.interval.ms", PROPERTY_LONG, NULL, 0, LONG_TOP, NULL },
    { "log.flush.offset.checkpoint.interval.ms", PROPERTY_INT, "60000", 0, INT_TOP, NULL },
    { "log.index.interval.bytes", PROPERTY_INT, "4096", 0, INT_TOP, NULL },
    { "log.index.size.max.bytes", PROPERTY_INT, "10485760", 4, INT_TOP, NULL },
    { "log.message.timestamp.after.max.ms", PROPERTY_LONG, "3600000", 0, LONG_TOP, NULL },
    { "log.message.timestamp.before.max.ms", PROPERTY_LONG, LONG_TOP_TEXT, 0, LONG_TOP, NULL },
    { "log.message.timestamp.type", PROPERTY_STRING, "CreateTime", 0, 0, TIME_TYPES },
    { "log.retention.bytes", PROPERTY_LONG, "-1", INT64_MIN, LONG_TOP, NULL },
    { "log.retention.check.interval.ms", PROPERTY_LONG, "300000", 1, LONG_TOP, NULL },
    { "log.retention.hours", PROPERTY_INT, "168", -1, INT_TOP, NULL },
    { "log.retention.minutes", PROPERTY_INT, NULL, -1, INT_TOP, NULL },
    { "log.retention.ms", PROPERTY_LONG, NULL, -1, LONG_TOP, NULL },
    { "log.roll.hours", PROPERTY_INT, "168", 1, INT_TOP, NULL },
    { "log.roll.jitter.hours", PROPERTY_INT, "0", 0, INT_TOP, NULL },
    { "log.roll.jitter.ms", PROPERTY_LONG, NULL, 0, LONG_TOP, NULL },
    { "log.roll.ms", PROPERTY_LONG, NULL, 1, LONG_TOP, NULL },
    { "log.segment.bytes", PROPERTY_INT, "1073741824", 1048576, INT_TOP, NULL },
    { "log.segment.delete.delay.ms", PROPERTY_LONG, "60000", 0, LONG_TOP, NULL },
    { "max.connections", PROPERTY_INT, "2147483647", 0, INT_TOP, NULL },
    { "max.connections.per.ip", PROPERTY_INT, "2147483647", 0, INT_TOP, NULL },
    { "max.incremental.fetch.session.cache.slots", PROPERTY_INT, "1000", 0, INT_TOP, NULL },
    { "message.max.bytes", PROPERTY_INT, "1048588", 0, INT_TOP, NULL },
    { "metadata.log.dir", PROPERTY_STRING, NULL, 0, 0, NULL },
    { "metrics.listener", PROPERTY_STRING, NULL, 0, 0, NULL },
    { "min.insync.replicas", PROPERTY_INT, "1", 1, INT_TOP, NULL },
    { "node.id", PROPERTY_INT, NULL, 0, INT_TOP, NULL },
    { "num.partitions", PROPERTY_INT, "1", 1, INT_TOP, NULL },
    { "offset.metadata.max.bytes", PROPERTY_INT, "4096", 0, INT_TOP, NULL },
    { "offsets.retention.check.interval.ms", PROPERTY_LONG, "600000", 1, LONG_TOP, NULL },
    { "offsets.retention.minutes", PROPERTY_INT, "10080", 1, INT_TOP, NULL },
    { "offsets.topic.num.partitions", PROPERTY_INT, "50", 1, INT_TOP, NULL },
    { "offsets.topic.replication.factor", PROPERTY_INT, "3", 1, 32767, NULL },
    { "offsets.topic.segment.bytes", PROPERTY_INT, "104857600", 1, INT_TOP, NULL },
    { "process.roles", PROPERTY_LIST, "broker,controller", 0, 0, "broker,controller" },
    { "producer.id.expiration.ms", PROPERTY_INT, "86400000", 1, INT_TOP, NULL },
    { "queued.max.request.bytes", PROPERTY_LONG, "-1", -1, LONG_TOP, NULL },
    { "socket.listen.backlog.size", PROPERTY_INT, "511", 1, INT_TOP, NULL },
    { "socket.request.max.bytes", PROPERTY_INT, "104857600", 1, INT_TOP, NULL },
    { "transaction.abort.timed.out.transaction.cleanup.interval.ms", PROPERTY_INT, "10000", 1,
      INT_TOP, NULL },
    { "transaction.max.timeout.ms", PROPERTY_INT, "900000", 1, INT_TOP, NULL },
    { "transaction.partition.verification.enable", PROPERTY_BOOLEAN, "true", 0, 0, NULL },
    { "transaction.remove.expired.transaction.cleanup.interval.ms", PROPERTY_INT, "3600000", 1,
      INT_TOP, NULL },
    { "transaction.state.log.min.isr", PROPERTY_INT, "2", 1, INT_TOP, NULL },
    { "transaction.state.log.num.partitions", PROPERTY_INT, "50", 1, INT_TOP, NULL },
    { "transaction.state.log.replication.factor", PROPERTY_INT, "3", 1, 32767, NULL },
    { "transaction.state.log.segment.bytes", PROPERTY_INT, "104857600", 1, INT_TOP, NULL },
    { "transactional.id.expiration.ms", PROPERTY_INT, "604800000", 1, INT_TOP, NULL },
    { "unclean.leader.election.enable", PROPERTY_BOOLEAN, "false", 0, 0, NULL },
};
/* clang-format on */
const size_t property_count = ARRAY_COUNT(property_table);

static const struct property ignored = { .name = "", .kind = PROPERTY_IGNORED };
static const struct property refused = { .name = "", .kind = PROPERTY_REFUSED };

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
