/* unit: a consumer's I/O side against a scripted cluster: what it asks, what it makes of answers
 * that are late, partial, doubled or wrong, and what it tells the polling thread. */
#include "consumer/fetched.h"
#include "consumer/state.h"
#include "net/conn.h"
#include "record/batch_writer.h"
#include "support/test.h"

#include <stdlib.h>

/* The script stands in for cluster/cluster.c: requests wait in a list until a test answers them. */
struct cluster {
    struct metadata metadata;
    struct list requests;
    struct cluster_watch *watch;
    int refreshes;
    int forgotten;
    int retries;
    int hints;
};

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

void cluster_last_error(const struct cluster *cluster, struct kc_error *ret_error)
{
    memset(ret_error, 0, sizeof(*ret_error));
}

struct scene {
    struct cluster cluster;
    struct loop *loop;
    struct budget *budget;
    struct consumer *consumer;
    struct list news;
    struct claim *claims[3];
    size_t claim_count;
};

static void deliver(void *context, struct list *news)
{
    struct scene *scene = context;
    list_splice(&scene->news, news);
}

static int64_t polled_us(void *context)
{
    return INT64_MAX;
}

/* Topic "t": three partitions, leaders 1, 2, 1. */
static void teach(struct scene *scene)
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

static void begin(struct scene *scene, bool has_group)
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

static void assign(struct scene *scene, size_t count, int64_t offset)
{
    int64_t offsets[3] = { offset, offset, offset };
    int32_t epochs[3] = { -1, -1, -1 };
    for (size_t i = 0; i < count; i++) {
        scene->claims[i] = claim_create(slice_text("t"), (int32_t)i);
        assert_non_null(scene->claims[i]);
    }
    scene->claim_count = count;
    assert_int_equal(consumer_assign(scene->consumer, scene->claims, offsets, epochs, count),
                     KC_ERR_NONE);
    consumer_drive(scene->consumer);
}

static void finish(struct scene *scene)
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

/* The oldest waiting request of this kind, taken out; NULL: none. broker -1: any. */
static struct cluster_request *take(struct scene *scene, int16_t api_key, int32_t broker_id)
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

/* Answers as the wire would: encoded, and decoded by the consumer. */
static void reply(struct cluster_request *request, int16_t version, const void *response)
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

static void refuse(struct cluster_request *request, enum kc_err err)
{
    struct conn_reply answer = { .err = err, .text = "scripted" };
    request->done(request, &answer);
}

struct fetch_script {
    struct fetch_response response;
    struct fetch_response_fetchable_topic_response topic;
    struct fetch_response_partition_data partitions[4];
    uint8_t batches[4][256];
};

static void script_fetch(struct fetch_script *script)
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

static struct fetch_response_partition_data *script_partition(struct fetch_script *script,
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

static void script_data(struct fetch_script *script, int32_t partition, int64_t offset, int count)
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

static struct news *take_news(struct scene *scene, enum news_kind kind)
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

static void expect_data(struct scene *scene, int32_t partition, int64_t offset)
{
    struct news *news = take_news(scene, NEWS_FETCHED);
    assert_non_null(news);
    struct fetched *fetched = LIST_ITEM(news, struct fetched, news);
    assert_int_equal(fetched->claim->partition, partition);
    assert_int_equal(fetched->offset, offset);
    news_destroy(news);
}

static const struct fetch_request_fetch_partition *asked(const struct cluster_request *request,
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

TEST(each_leader_is_asked_for_its_partitions)
{
    struct scene scene;
    begin(&scene, false);
    assign(&scene, 3, 100);
    struct cluster_request *first = take(&scene, API_FETCH, 1);
    struct cluster_request *second = take(&scene, API_FETCH, 2);
    assert_non_null(first);
    assert_non_null(second);
    assert_non_null(asked(first, 0));
    assert_non_null(asked(first, 2));
    assert_null(asked(first, 1));
    assert_int_equal(asked(second, 1)->fetch_offset, 100);
    assert_int_equal(asked(second, 1)->current_leader_epoch, 5);
    cluster_request(&scene.cluster, first);
    cluster_request(&scene.cluster, second);
    finish(&scene);
}

TEST(data_moves_on_and_the_served_go_to_the_end)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 3, 0);
    script_fetch(&script);
    script_data(&script, 0, 0, 3);
    reply(take(&scene, API_FETCH, 1), 17, &script.response);
    expect_data(&scene, 0, 0);
    struct cluster_request *next = take(&scene, API_FETCH, 1);
    assert_non_null(next);
    const struct fetch_request *message = next->message;
    assert_int_equal(asked(next, 0)->fetch_offset, 3);
    assert_int_equal(asked(next, 0)->last_fetched_epoch, 5);
    assert_int_equal(message->topics.items[0].partitions.items[0].partition, 2);
    cluster_request(&scene.cluster, next);
    finish(&scene);
}

TEST(unknown_offsets_are_looked_up_first)
{
    struct scene scene;
    struct list_offsets_response response;
    struct list_offsets_response_list_offsets_topic_response topic;
    struct list_offsets_response_list_offsets_partition_response partition;
    begin(&scene, false);
    assign(&scene, 1, KC_OFFSET_EARLIEST);
    assert_null(take(&scene, API_FETCH, -1));
    struct cluster_request *request = take(&scene, API_LIST_OFFSETS, 1);
    assert_non_null(request);
    message_defaults(&list_offsets_response_type, &response);
    message_defaults(&list_offsets_response_list_offsets_topic_response_type, &topic);
    message_defaults(&list_offsets_response_list_offsets_partition_response_type, &partition);
    topic.name = slice_text("t");
    topic.partitions.items = &partition;
    topic.partitions.count = 1;
    response.topics.items = &topic;
    response.topics.count = 1;
    partition.offset = 7;
    partition.leader_epoch = 4;
    reply(request, 6, &response);
    struct news *news = take_news(&scene, NEWS_PLACED);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_placed, news)->offset, 7);
    news_destroy(news);
    consumer_drive(scene.consumer);
    request = take(&scene, API_FETCH, 1);
    assert_int_equal(asked(request, 0)->fetch_offset, 7);
    cluster_request(&scene.cluster, request);
    finish(&scene);
}

TEST(a_partition_named_twice_counts_once)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 1, 0);
    script_fetch(&script);
    script_data(&script, 0, 0, 2);
    script_data(&script, 0, 0, 2);
    script_data(&script, 2, 0, 2); /* never asked for */
    reply(take(&scene, API_FETCH, 1), 17, &script.response);
    expect_data(&scene, 0, 0);
    assert_null(take_news(&scene, NEWS_FETCHED));
    finish(&scene);
}

TEST(what_is_left_out_is_asked_again)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 3, 0);
    script_fetch(&script);
    script_data(&script, 2, 0, 1);
    reply(take(&scene, API_FETCH, 1), 12, &script.response); /* by name */
    expect_data(&scene, 2, 0);
    struct cluster_request *next = take(&scene, API_FETCH, 1);
    assert_non_null(next);
    assert_int_equal(asked(next, 0)->fetch_offset, 0);
    cluster_request(&scene.cluster, next);
    finish(&scene);
}

TEST(data_from_before_a_seek_is_dropped)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 1, 0);
    struct cluster_request *late = take(&scene, API_FETCH, 1);
    consumer_seek(scene.consumer, scene.claims[0], 500, -1, 1, false);
    script_fetch(&script);
    script_data(&script, 0, 0, 3);
    reply(late, 17, &script.response);
    assert_null(take_news(&scene, NEWS_FETCHED));
    struct cluster_request *next = take(&scene, API_FETCH, 1);
    assert_int_equal(asked(next, 0)->fetch_offset, 500);
    cluster_request(&scene.cluster, next);
    finish(&scene);
}

TEST(out_of_range_resets_by_the_policy)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 1, 1000);
    script_fetch(&script);
    (void)script_partition(&script, 0, KC_ERR_OFFSET_OUT_OF_RANGE);
    reply(take(&scene, API_FETCH, 1), 17, &script.response);
    struct cluster_request *lookup = take(&scene, API_LIST_OFFSETS, 1);
    assert_non_null(lookup);
    const struct list_offsets_request *message = lookup->message;
    assert_int_equal(message->topics.items[0].partitions.items[0].timestamp, POSITION_EARLIEST);
    cluster_request(&scene.cluster, lookup);
    finish(&scene);
}

TEST(a_leader_that_moved_is_followed_by_its_hint)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 1, 10);
    script_fetch(&script);
    struct fetch_response_partition_data *data =
        script_partition(&script, 0, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    data->current_leader.leader_id = 2;
    data->current_leader.leader_epoch = 6;
    reply(take(&scene, API_FETCH, 1), 17, &script.response);
    assert_int_equal(scene.cluster.hints, 1);
    assert_true(scene.cluster.refreshes > 0);
    consumer_drive(scene.consumer);
    struct cluster_request *next = take(&scene, API_FETCH, 2);
    assert_non_null(next);
    assert_int_equal(asked(next, 0)->current_leader_epoch, 6);
    assert_int_equal(asked(next, 0)->fetch_offset, 10);
    cluster_request(&scene.cluster, next);
    finish(&scene);
}

TEST(a_truncated_log_is_read_from_where_it_parts)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 1, 100);
    script_fetch(&script);
    struct fetch_response_partition_data *data = script_partition(&script, 0, KC_ERR_NONE);
    data->diverging_epoch.epoch = 4;
    data->diverging_epoch.end_offset = 60;
    reply(take(&scene, API_FETCH, 1), 17, &script.response);
    struct cluster_request *next = take(&scene, API_FETCH, 1);
    assert_int_equal(asked(next, 0)->fetch_offset, 60);
    assert_int_equal(asked(next, 0)->last_fetched_epoch, 4);
    cluster_request(&scene.cluster, next);
    finish(&scene);
}

TEST(records_that_run_backwards_are_refused_and_told_when_it_lasts)
{
    struct scene scene;
    begin(&scene, false);
    assign(&scene, 1, 100);
    for (int i = 0; i < 4; i++) {
        struct fetch_script script;
        script_fetch(&script);
        script_data(&script, 0, 5, 2);
        struct cluster_request *request = take(&scene, API_FETCH, 1);
        assert_int_equal(asked(request, 0)->fetch_offset, 100);
        assert_null(take_news(&scene, NEWS_ERROR));
        reply(request, 17, &script.response);
        assert_null(take_news(&scene, NEWS_FETCHED));
    }
    struct news *news = take_news(&scene, NEWS_ERROR);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_error, news)->error.code, KC_ERR_CORRUPT_MESSAGE);
    news_destroy(news);
    finish(&scene);
}

TEST(paused_partitions_are_not_asked_for)
{
    struct scene scene;
    begin(&scene, false);
    assign(&scene, 1, 0);
    struct cluster_request *request = take(&scene, API_FETCH, 1);
    consumer_pause(scene.consumer, scene.claims[0], true);
    refuse(request, KC_ERR_DISCONNECTED);
    consumer_drive(scene.consumer);
    assert_null(take(&scene, API_FETCH, 1));
    consumer_pause(scene.consumer, scene.claims[0], false);
    consumer_drive(scene.consumer);
    request = take(&scene, API_FETCH, 1);
    assert_non_null(request);
    cluster_request(&scene.cluster, request);
    finish(&scene);
}

TEST(a_full_budget_stops_fetching_until_there_is_room)
{
    struct scene scene;
    struct fetch_script script;
    begin(&scene, false);
    assign(&scene, 1, 0);
    struct cluster_request *request = take(&scene, API_FETCH, 1);
    budget_charge(scene.budget, 1 << 20);
    script_fetch(&script);
    script_data(&script, 0, 0, 1);
    reply(request, 17, &script.response);
    assert_null(take(&scene, API_FETCH, 1));
    assert_true(budget_refund(scene.budget, 1 << 20));
    consumer_refill(scene.consumer);
    request = take(&scene, API_FETCH, 1);
    assert_non_null(request);
    cluster_request(&scene.cluster, request);
    finish(&scene);
}

struct commit_log {
    int count;
    int64_t offsets[8];
    enum kc_err errs[8];
};

static struct commit *commit_of(int64_t offset)
{
    struct kc_position position = { .topic = "t", .partition = 0, .offset = offset };
    struct commit *commit = commit_create(&position, 1);
    assert_non_null(commit);
    return commit;
}

static void drain_commits(struct scene *scene, struct commit_log *log)
{
    struct news *news;
    while ((news = take_news(scene, NEWS_COMMITTED))) {
        struct commit *commit = LIST_ITEM(news, struct commit, news);
        log->offsets[log->count] = commit->positions[0].offset;
        log->errs[log->count++] = commit->error.code;
        news_destroy(news);
    }
}

static void answer_commit(struct cluster_request *request, enum kc_err err)
{
    struct offset_commit_response response;
    struct offset_commit_response_offset_commit_response_topic topic;
    struct offset_commit_response_offset_commit_response_partition partition = { 0 };
    message_defaults(&offset_commit_response_type, &response);
    message_defaults(&offset_commit_response_offset_commit_response_topic_type, &topic);
    topic.name = slice_text("t");
    topic.partitions.items = &partition;
    topic.partitions.count = 1;
    partition.error_code = (int16_t)err;
    response.topics.items = &topic;
    response.topics.count = 1;
    reply(request, 9, &response);
}

TEST(commits_are_done_in_the_order_of_the_calls)
{
    struct scene scene;
    struct commit_log log = { 0 };
    begin(&scene, true);
    consumer_commit(scene.consumer, commit_of(10));
    consumer_commit(scene.consumer, commit_of(20));
    consumer_commit(scene.consumer, commit_of(30));
    struct cluster_request *request = take(&scene, API_OFFSET_COMMIT, -1);
    assert_non_null(request);
    assert_null(take(&scene, API_OFFSET_COMMIT, -1)); /* one at a time */
    answer_commit(request, KC_ERR_NOT_COORDINATOR);   /* the first is tried again before others */
    assert_int_equal(scene.cluster.forgotten, 1);
    assert_int_equal(scene.cluster.retries, 1);
    answer_commit(take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_NONE);
    consumer_drive(scene.consumer);
    answer_commit(take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_OFFSET_METADATA_TOO_LARGE);
    consumer_drive(scene.consumer);
    answer_commit(take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_NONE);
    drain_commits(&scene, &log);
    assert_int_equal(log.count, 3);
    assert_int_equal(log.offsets[0], 10);
    assert_int_equal(log.offsets[1], 20);
    assert_int_equal(log.offsets[2], 30);
    assert_int_equal(log.errs[0], KC_ERR_NONE);
    assert_int_equal(log.errs[1], KC_ERR_OFFSET_METADATA_TOO_LARGE);
    assert_int_equal(log.errs[2], KC_ERR_NONE);
    finish(&scene);
}

TEST(a_commit_that_the_answer_forgets_has_failed)
{
    struct scene scene;
    struct commit_log log = { 0 };
    struct offset_commit_response response;
    begin(&scene, true);
    consumer_commit(scene.consumer, commit_of(10));
    message_defaults(&offset_commit_response_type, &response);
    reply(take(&scene, API_OFFSET_COMMIT, -1), 9, &response);
    drain_commits(&scene, &log);
    assert_int_equal(log.errs[0], KC_ERR_MALFORMED);
    finish(&scene);
}

TEST(commits_under_way_are_answered_when_it_ends)
{
    struct scene scene;
    struct commit_log log = { 0 };
    begin(&scene, true);
    consumer_commit(scene.consumer, commit_of(10));
    consumer_commit(scene.consumer, commit_of(20));
    consumer_destroy(scene.consumer);
    scene.consumer = NULL;
    drain_commits(&scene, &log);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.errs[0], KC_ERR_CLOSED);
    assert_int_equal(log.errs[1], KC_ERR_CLOSED);
    finish(&scene);
}

TEST(commits_need_a_group)
{
    struct scene scene;
    struct commit_log log = { 0 };
    begin(&scene, false);
    consumer_commit(scene.consumer, commit_of(10));
    drain_commits(&scene, &log);
    assert_int_equal(log.errs[0], KC_ERR_INVALID_GROUP_ID);
    finish(&scene);
}

TEST(a_lone_leader_takes_everything)
{
    struct scene scene;
    struct slice topic = slice_text("t");
    struct join_group_response join;
    struct join_group_response_join_group_response_member member;
    struct sync_group_response sync;
    begin(&scene, true);
    assert_int_equal(consumer_subscribe(scene.consumer, &topic, 1), KC_ERR_NONE);
    struct cluster_request *request = take(&scene, API_JOIN_GROUP, -1);
    const struct join_group_request *asked_join = request->message;
    message_defaults(&join_group_response_type, &join);
    message_defaults(&join_group_response_join_group_response_member_type, &member);
    member.member_id = slice_text("m");
    member.metadata = asked_join->protocols.items[0].metadata;
    join.members.items = &member;
    join.members.count = 1;
    join.member_id = join.leader = slice_text("m");
    join.generation_id = 1;
    join.protocol_name = slice_text("range");
    reply(request, 5, &join);
    consumer_drive(scene.consumer);
    request = take(&scene, API_SYNC_GROUP, -1);
    assert_non_null(request);
    const struct sync_group_request *asked_sync = request->message;
    assert_int_equal(asked_sync->assignments.count, 1);
    message_defaults(&sync_group_response_type, &sync);
    sync.assignment = asked_sync->assignments.items[0].assignment;
    reply(request, 5, &sync);
    struct news *news = take_news(&scene, NEWS_ASSIGNED);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_assigned, news)->count, 3);
    news_destroy(news);
    consumer_drive(scene.consumer);
    assert_non_null(take(&scene, API_OFFSET_FETCH, -1) ? &scene : NULL);
    consumer_destroy(scene.consumer);
    scene.consumer = NULL;
    finish(&scene);
}
