/* cluster: what is known of brokers, topics and partitions. Pure: responses in, view and changes
 * out. One thread. */
#ifndef CLUSTER_METADATA_H
#define CLUSTER_METADATA_H

#include "base/map.h"
#include "wire/messages.h"

#include <libclient/error.h>

enum { METADATA_TOPIC_NAME_MAX = 249 }; /* Kafka's limit: a longer name is none */

struct metadata_broker {
    int64_t id; /* fits int32_t; wide for the map */
    char *host;
    int32_t port;
    char *rack;     /* NULL: none */
    bool is_listed; /* only while an answer is taken over */
};

struct metadata_partition {
    int32_t leader;       /* -1: none */
    int32_t leader_epoch; /* -1: unknown */
    enum kc_err err;      /* LEADER_NOT_AVAILABLE, ... as last heard */
    int32_t *replicas;    /* with the isr behind it, one block */
    int32_t replica_count;
    int32_t *isr;
    int32_t isr_count;
};

struct metadata_topic {
    struct slice name; /* zero-terminated */
    struct uuid id;    /* zero: unknown */
    enum kc_err err;   /* UNKNOWN_TOPIC_OR_PARTITION, INVALID_TOPIC_EXCEPTION, ...; 0: partitions
                          are valid. A topic that is known keeps its partitions on an error. */
    int64_t heard_us;  /* when err or the partitions were last told */
    bool is_internal;
    struct metadata_partition *partitions;
    int32_t partition_count;
};

struct metadata {
    struct map topics;     /* name -> struct metadata_topic */
    struct map topic_ids;  /* id -> the same */
    struct map brokers;    /* id -> struct metadata_broker */
    char *cluster_id;      /* NULL: unknown */
    int32_t controller_id; /* -1: unknown */
    int64_t updated_us;    /* of the last accepted response; 0: never */
    uint64_t change_count; /* grows with everything that changes what is told below */
};

void metadata_init(struct metadata *metadata, uint64_t seed);
void metadata_finish(struct metadata *metadata);

/* Takes over what a response says. `is_full`: all topics were asked for, so that others are gone.
 * A partition's leader with an older epoch than the known one is not taken over as long as the
 * topic id is the same; another id starts anew. KC_ERR_NO_MEMORY leaves the view usable, partly
 * updated; the response's own error is returned (REBOOTSTRAP_REQUIRED, ...). */
enum kc_err metadata_update(struct metadata *metadata, const struct metadata_response *response,
                            bool is_full, int64_t now_us);

/* KIP-951: a produce or fetch response told the leader. Older epochs are ignored; true when it
 * changed something. */
bool metadata_hint_leader(struct metadata *metadata, struct metadata_topic *topic,
                          int32_t partition, int32_t leader, int32_t leader_epoch);
/* KC_ERR_MALFORMED for an id below 0; KC_ERR_NO_MEMORY. */
enum kc_err metadata_hint_broker(struct metadata *metadata, int32_t id, struct slice host,
                                 int32_t port, struct slice rack);

/* NULL when unknown. Pointers are valid until the next update (a topic's until it is gone). */
/* metadata_broker.c: all brokers are those of the answer; a broker is gone. */
enum kc_err metadata_update_brokers(struct metadata *metadata,
                                    const struct metadata_response *response);
void metadata_drop_broker(struct metadata *metadata, struct metadata_broker *broker);

struct metadata_topic *metadata_topic(const struct metadata *metadata, struct slice name);
struct metadata_topic *metadata_topic_of_id(const struct metadata *metadata, const struct uuid *id);
struct metadata_broker *metadata_broker(const struct metadata *metadata, int32_t id);

/* NULL when the topic or partition is unknown. */
const struct metadata_partition *metadata_partition(const struct metadata *metadata,
                                                    struct slice topic, int32_t partition);

/* Drops a topic (no longer wanted), or all brokers and topics (rebootstrap). */
void metadata_forget_topic(struct metadata *metadata, struct slice name);
void metadata_forget_all(struct metadata *metadata);

#endif
