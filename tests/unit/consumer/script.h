/* tests: a consumer's I/O side on a scripted cluster: requests wait until a test answers them. */
#ifndef CONSUMER_SCRIPT_H
#define CONSUMER_SCRIPT_H

#include "consumer/fetched.h"
#include "consumer/state.h"
#include "net/conn.h"

/* Stands in for cluster/cluster.c, whose functions script.c has. */
struct cluster {
    struct metadata metadata;
    struct list requests;
    struct cluster_watch *watch;
    int refreshes;
    int forgotten;
    int retries;
    int hints;
    struct kc_error last_error;
};

struct script {
    struct cluster cluster;
    struct loop *loop;
    struct budget *budget;
    struct consumer *consumer;
    struct list news;
    struct claim *claims[3];
    size_t claim_count;
    int fetches_out; /* when records were last delivered */
};

struct fetch_script {
    struct fetch_response response;
    struct fetch_response_fetchable_topic_response topic;
    struct fetch_response_partition_data partitions[4];
    uint8_t batches[4][256];
};

/* A consumer of group "g" or of none; topic "t" has three partitions, led by brokers 1, 2, 1. */
void script_begin(struct script *scene, bool has_group);
void script_end(struct script *scene);
/* Member "m" of group "g" in this generation, which somebody else leads and gives it nothing;
 * subscribes to "t" if it was not asked to join already. */
void script_join(struct script *scene, int32_t generation);
/* KIP-848: the heartbeat that waits, taken out; there must be one. */
struct cluster_request *script_beat(struct script *scene);
/* The group answers, with the first partitions of "t" as the assignment; count -1: with none. */
void script_answer_beat(struct cluster_request *beat, int32_t epoch, int32_t count);
void script_assign(struct script *scene, size_t count, int64_t offset);
struct news *script_take_news(struct script *scene, enum news_kind kind);
/* The oldest waiting request of this kind, taken out; NULL: none. broker -1: any. */
struct cluster_request *script_take(struct script *scene, int16_t api_key, int32_t broker_id);
/* Answers as the wire would: encoded, and decoded by the consumer. */
void script_reply(struct cluster_request *request, int16_t version, const void *response);
void script_refuse(struct cluster_request *request, enum kc_err err);
void script_fetch(struct fetch_script *script);
struct fetch_response_partition_data *script_partition(struct fetch_script *script,
                                                       int32_t partition, enum kc_err err);
void script_data(struct fetch_script *script, int32_t partition, int64_t offset, int count);
void script_expect_data(struct script *scene, int32_t partition, int64_t offset);
/* What a Fetch request says of the partition, or NULL. */
const struct fetch_request_fetch_partition *script_asked(const struct cluster_request *request,
                                                         int32_t partition);

#endif
