/* tests: a consumer's I/O side on a scripted cluster. */
#include "script.h"

#include "record/batch_writer.h"
#include "support/test.h"

#include <stdlib.h>

void cluster_request(struct cluster *cluster, struct cluster_request *request)
{
    request->cluster = cluster;
    list_append(&cluster->requests, &request->link);
}

bool cluster_request_again(struct cluster *cluster, struct cluster_request *request)
{
    cluster->retries++;
    cluster_request(cluster, request);
    return true;
}

void cluster_request_cancel(struct cluster *cluster, struct cluster_request *request)
{
    if (request->cluster && list_is_linked(&request->link)) {
        list_remove(&request->link);
    }
}

void cluster_forget_coordinator(struct cluster *cluster, enum cluster_target target,
                                struct slice key)
{
    cluster->forgotten++;
}

void cluster_watch_add(struct cluster *cluster, struct cluster_watch *watch)
{
    cluster->watch = watch;
}

void cluster_watch_remove(struct cluster_watch *watch)
{
}

void cluster_throttle(struct cluster *cluster, int32_t broker_id, enum cluster_use use,
                      int32_t throttle_time_ms)
{
}

const struct metadata *cluster_metadata(const struct cluster *cluster)
{
    return &cluster->metadata;
}

const struct metadata_topic *cluster_topic(const struct cluster *cluster, struct slice name)
{
    return metadata_topic(&cluster->metadata, name);
}

enum kc_err cluster_want_topic(struct cluster *cluster, struct slice name)
{
    return KC_ERR_NONE;
}

void cluster_unwant_topic(struct cluster *cluster, struct slice name)
{
}

void cluster_want_all_topics(struct cluster *cluster)
{
}

void cluster_unwant_all_topics(struct cluster *cluster)
{
}

void cluster_refresh_metadata(struct cluster *cluster)
{
    cluster->refreshes++;
}

void cluster_hint_broker(struct cluster *cluster, int32_t id, struct slice host, int32_t port,
                         struct slice rack)
{
}

void cluster_hint_leader(struct cluster *cluster, struct slice topic, int32_t partition,
                         int32_t leader, int32_t leader_epoch)
{
    cluster->hints++;
    (void)metadata_hint_leader(&cluster->metadata, metadata_topic(&cluster->metadata, topic),
                               partition, leader, leader_epoch);
}

int64_t cluster_failing_us(const struct cluster *cluster, struct kc_error *ret_error)
{
    return 0;
}

void cluster_last_error(const struct cluster *cluster, struct kc_error *ret_error)
{
    *ret_error = cluster->last_error;
}

bool cluster_refusal(const struct cluster *cluster, struct kc_error *ret_error)
{
    bool is_refused = cluster->last_error.code == KC_ERR_SASL_AUTHENTICATION_FAILED;
    if (is_refused) {
        *ret_error = cluster->last_error;
    }
    return is_refused;
}

static void deliver(void *context, struct list *news)
{
    struct script *scene = context;
    scene->fetches_out = 0;
    LIST_EACH(node, &scene->cluster.requests)
    {
        scene->fetches_out += LIST_ITEM(node, struct cluster_request, link)->api_key == API_FETCH;
    }
    list_splice(&scene->news, news);
}

static int64_t polled_us(void *context)
{
    return INT64_MAX;
}

/* Topic "t": three partitions, leaders 1, 2, 1. */
static void teach(struct script *scene)
{
    struct metadata_response_metadata_response_broker brokers[2] = {
        { .node_id = 1, .host = slice_text("a"), .port = 1, .rack = SLICE_NULL },
        { .node_id = 2, .host = slice_text("b"), .port = 2, .rack = SLICE_NULL },
    };
    struct metadata_response_metadata_response_partition partitions[3];
    struct metadata_response_metadata_response_topic topic;
    struct metadata_response response;
    message_defaults(&metadata_response_type, &response);
    message_defaults(&metadata_response_metadata_response_topic_type, &topic);
    for (int32_t i = 0; i < 3; i++) {
        message_defaults(&metadata_response_metadata_response_partition_type, &partitions[i]);
        partitions[i].partition_index = i;
        partitions[i].leader_id = i == 1 ? 2 : 1;
        partitions[i].leader_epoch = 5;
    }
    topic.name = slice_text("t");
    topic.topic_id.bytes[0] = 9;
    topic.partitions.items = partitions;
    topic.partitions.count = 3;
    response.brokers.items = brokers;
    response.brokers.count = 2;
    response.topics.items = &topic;
    response.topics.count = 1;
    assert_int_equal(metadata_update(&scene->cluster.metadata, &response, true, 1), KC_ERR_NONE);
}

void script_begin(struct script *scene, bool has_group)
{
    memset(scene, 0, sizeof(*scene));
    list_init(&scene->news);
    list_init(&scene->cluster.requests);
    metadata_init(&scene->cluster.metadata, 1);
    teach(scene);
    scene->loop = loop_create();
    scene->budget = budget_create(1 << 20);
    assert_true(scene->loop && scene->budget);
    struct consumer_options options = {
        .group_id = has_group ? slice_text("g") : SLICE_NULL,
        .rack = SLICE_NULL,
        .assignors = { &assignor_table[0] },
        .assignor_count = 1,
        .session_timeout_ms = 45000,
        .heartbeat_interval_ms = 3000,
        .max_poll_interval_ms = 300000,
        .fetch_min_bytes = 1,
        .fetch_max_bytes = 1 << 20,
        .fetch_max_wait_ms = 500,
        .max_partition_fetch_bytes = 1 << 16,
        .request_timeout_ms = 30000,
        .default_api_timeout_ms = 60000,
        .check_crcs = true,
        .policy = { .reset_timestamp = POSITION_EARLIEST, .retry = { 0, 0 } },
    };
    struct consumer_host host = { .cluster = &scene->cluster,
                                  .loop = scene->loop,
                                  .clock = &clock_system,
                                  .budget = scene->budget,
                                  .deliver = deliver,
                                  .polled_us = polled_us,
                                  .context = scene,
                                  .seed = 1 };
    scene->consumer = consumer_create(&options, &host);
    assert_non_null(scene->consumer);
}

void script_join(struct script *scene, int32_t generation)
{
    struct slice topic = slice_text("t");
    struct join_group_response join;
    struct sync_group_response sync;
    if (scene->consumer->member.state == MEMBER_OUT) {
        assert_int_equal(consumer_subscribe(scene->consumer, &topic, 1), KC_ERR_NONE);
    }
    message_defaults(&join_group_response_type, &join);
    join.member_id = slice_text("m");
    join.leader = slice_text("somebody else");
    join.generation_id = generation;
    join.protocol_name = slice_text("range");
    script_reply(script_take(scene, API_JOIN_GROUP, -1), 5, &join);
    message_defaults(&sync_group_response_type, &sync);
    script_reply(script_take(scene, API_SYNC_GROUP, -1), 5, &sync);
    news_destroy(script_take_news(scene, NEWS_ASSIGNED));
    assert_true(member_is_in(&scene->consumer->member));
}

struct cluster_request *script_beat(struct script *scene)
{
    struct cluster_request *beat = script_take(scene, API_CONSUMER_GROUP_HEARTBEAT, -1);
    assert_non_null(beat);
    return beat;
}

void script_answer_beat(struct cluster_request *beat, int32_t epoch, int32_t count)
{
    int32_t numbers[] = { 0, 1, 2 };
    struct consumer_group_heartbeat_response response;
    struct consumer_group_heartbeat_response_assignment assignment;
    struct consumer_group_heartbeat_response_topic_partitions topic = {
        .topic_id = { { 9 } }, .partitions = { .count = count, .items = numbers }
    };
    message_defaults(&consumer_group_heartbeat_response_type, &response);
    message_defaults(&consumer_group_heartbeat_response_assignment_type, &assignment);
    assignment.topic_partitions.items = &topic;
    assignment.topic_partitions.count = 1;
    response.member_epoch = epoch;
    response.assignment = count >= 0 ? &assignment : NULL;
    script_reply(beat, 0, &response);
}

void script_assign(struct script *scene, size_t count, int64_t offset)
{
    int64_t offsets[3] = { offset, offset, offset };
    int32_t epochs[3] = { -1, -1, -1 };
    for (size_t i = 0; i < count; i++) {
        scene->claims[i] = claim_create(slice_text("t"), (int32_t)i);
        assert_non_null(scene->claims[i]);
    }
    scene->claim_count = count;
    assert_int_equal(consumer_assign(scene->consumer, scene->claims, offsets, epochs, count, false),
                     KC_ERR_NONE);
    consumer_drive(scene->consumer);
}

void script_end(struct script *scene)
{
    consumer_destroy(scene->consumer);
    assert_true(list_is_empty(&scene->cluster.requests));
    LIST_EACH_SAFE(node, &scene->news)
    {
        list_remove(node);
        news_destroy(LIST_ITEM(node, struct news, link));
    }
    for (size_t i = 0; i < scene->claim_count; i++) {
        claim_drop(scene->claims[i]);
    }
    budget_drop(scene->budget);
    loop_destroy(scene->loop);
    metadata_finish(&scene->cluster.metadata);
}

struct cluster_request *script_take(struct script *scene, int16_t api_key, int32_t broker_id)
{
    LIST_EACH(node, &scene->cluster.requests)
    {
        struct cluster_request *request = LIST_ITEM(node, struct cluster_request, link);
        if (request->api_key == api_key && (broker_id < 0 || request->broker_id == broker_id)) {
            list_remove(node);
            return request;
        }
    }
    return NULL;
}

void script_reply(struct cluster_request *request, int16_t version, const void *response)
{
    const struct api *api = api_find(request->api_key);
    struct bytes out;
    struct writer writer;
    if (request->prepare) {
        assert_int_equal(request->prepare(request, version), KC_ERR_NONE);
    }
    bytes_init(&out, 1 << 20);
    writer_init(&writer, &out);
    assert_int_equal(message_encode(api->response, version, response, &writer), KC_ERR_NONE);
    struct frame_buffer *frame = frame_buffer_create(out.size);
    assert_non_null(frame);
    memcpy(frame->data, out.data, out.size);
    frame->size = out.size;
    struct conn_reply answer = { .frame = frame, .api = api, .version = version };
    reader_init(&answer.body, frame_buffer_slice(frame));
    request->done(request, &answer);
    frame_buffer_drop(frame);
    bytes_finish(&out);
}

void script_refuse(struct cluster_request *request, enum kc_err err)
{
    struct conn_reply answer = { .err = err, .text = "scripted" };
    request->done(request, &answer);
}

void script_fetch(struct fetch_script *script)
{
    memset(script, 0, sizeof(*script));
    message_defaults(&fetch_response_type, &script->response);
    message_defaults(&fetch_response_fetchable_topic_response_type, &script->topic);
    script->topic.topic = slice_text("t");
    script->topic.topic_id.bytes[0] = 9;
    script->topic.partitions.items = script->partitions;
    script->response.responses.items = &script->topic;
    script->response.responses.count = 1;
}

struct fetch_response_partition_data *script_partition(struct fetch_script *script,
                                                       int32_t partition, enum kc_err err)
{
    struct fetch_response_partition_data *data =
        &script->partitions[script->topic.partitions.count++];
    message_defaults(&fetch_response_partition_data_type, data);
    data->partition_index = partition;
    data->error_code = (int16_t)err;
    data->aborted_transactions.count = -1;
    data->records = SLICE_EMPTY;
    return data;
}

void script_data(struct fetch_script *script, int32_t partition, int64_t offset, int count)
{
    struct fetch_response_partition_data *data = script_partition(script, partition, KC_ERR_NONE);
    uint8_t *buffer = script->batches[data - script->partitions];
    struct batch_writer writer;
    struct batch_close close = { .base_offset = offset,
                                 .partition_leader_epoch = 5,
                                 .producer_id = -1,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    batch_writer_init(&writer, buffer, sizeof(script->batches[0]));
    for (int i = 0; i < count; i++) {
        assert_true(batch_writer_append(&writer, 1, SLICE_NULL, slice_text("v"), NULL, 0));
    }
    data->high_watermark = offset + count;
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &data->records), KC_ERR_NONE);
}

struct news *script_take_news(struct script *scene, enum news_kind kind)
{
    LIST_EACH(node, &scene->news)
    {
        struct news *news = LIST_ITEM(node, struct news, link);
        if (news->kind == kind) {
            list_remove(node);
            return news;
        }
    }
    return NULL;
}

void script_expect_data(struct script *scene, int32_t partition, int64_t offset)
{
    struct news *news = script_take_news(scene, NEWS_FETCHED);
    assert_non_null(news);
    struct fetched *fetched = LIST_ITEM(news, struct fetched, news);
    assert_int_equal(fetched->claim->partition, partition);
    assert_int_equal(fetched->offset, offset);
    news_destroy(news);
}

const struct fetch_request_fetch_partition *script_asked(const struct cluster_request *request,
                                                         int32_t partition)
{
    const struct fetch_request *message = request->message;
    assert_int_equal(message->topics.count, 1);
    for (int32_t i = 0; i < message->topics.items[0].partitions.count; i++) {
        if (message->topics.items[0].partitions.items[i].partition == partition) {
            return &message->topics.items[0].partitions.items[i];
        }
    }
    return NULL;
}
