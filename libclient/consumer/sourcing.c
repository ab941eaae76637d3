/* consumer: which broker each partition is fetched from. */
#include "consumer/state.h"

enum { SOURCING_TELL_INTERVAL_US = 1000000, SOURCING_TELL_MAX = 16 };

/* Which broker a partition is fetched from: the leader, or for a while a replica that the leader
 * named (KIP-392). -1: nobody known. */
static int32_t sourcing_broker_of(struct consumer *consumer, struct position *position,
                                  int64_t now_us)
{
    const struct metadata *metadata = cluster_metadata(consumer->host.cluster);
    const struct metadata_partition *known =
        metadata_partition(metadata, claim_topic(position->claim), position->claim->partition);

    if (position->read_replica >= 0 && position->state == POSITION_READY &&
        now_us < position->read_replica_until_us &&
        metadata_broker(metadata, position->read_replica)) {
        return position->read_replica;
    }
    return known ? known->leader : -1;
}

static struct source *sourcing_source(struct consumer *consumer, int32_t broker_id)
{
    LIST_EACH(node, &consumer->sources)
    {
        struct source *source = LIST_ITEM(node, struct source, link);
        if (source->broker_id == broker_id) {
            return source;
        }
    }
    return source_create(consumer, broker_id);
}

/* A partition that its topic does not have. False: it does, or was told of a moment ago, or is
 * missing for a moment only: a KIP-848 group may name a new one before we have heard of it. */
static bool sourcing_check_known(struct consumer *consumer, struct position *position,
                                 int64_t now_us)
{
    const struct claim *claim = position->claim;
    const struct metadata_topic *topic = cluster_topic(consumer->host.cluster, claim_topic(claim));

    if (!topic || topic->err || claim->partition < topic->partition_count ||
        position->retry_us > now_us) {
        return false;
    }
    if (position->missed_us == 0) {
        position->missed_us = now_us;
    }
    if (topic->heard_us - position->missed_us < SOURCING_TELL_INTERVAL_US) {
        return false;
    }
    position->retry_us = now_us + SOURCING_TELL_INTERVAL_US;
    consumer_tell_error(consumer, position, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
                        "topic '%s' has no partition %d: it has %d", claim->topic, claim->partition,
                        topic->partition_count);
    return true;
}

void sourcing_drive(struct consumer *consumer, int64_t now_us)
{
    bool refresh = false;
    size_t told = 0;

    if (!consumer->must_place) {
        return;
    }
    consumer->must_place = false;
    LIST_EACH(node, &consumer->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, link);
        int32_t broker_id = sourcing_broker_of(consumer, position, now_us);
        struct source *source = broker_id >= 0 ? sourcing_source(consumer, broker_id) : NULL;
        source_adopt(source, position);
        if (!source) {
            refresh = true;
            /* The others in their turn: an assignment may name a hundred thousand. */
            told += told < SOURCING_TELL_MAX && sourcing_check_known(consumer, position, now_us);
        }
    }
    LIST_EACH_SAFE(node, &consumer->sources)
    {
        struct source *source = LIST_ITEM(node, struct source, link);
        if (list_is_empty(&source->positions)) {
            source_end(source);
        }
    }
    if (refresh) {
        /* Looked at again: an answer that still knows no leader changes nothing, and the watch is
         * told of changes only. */
        consumer->must_place = true;
        cluster_refresh_metadata(consumer->host.cluster);
    }
}
