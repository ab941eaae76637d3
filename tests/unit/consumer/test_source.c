/* unit: what is asked of brokers, and what is made of answers that are late, partial, doubled or
 * wrong. */
#include "script.h"
#include "support/test.h"

TEST(each_leader_is_asked_for_its_partitions)
{
    struct script scene;
    script_begin(&scene, false);
    script_assign(&scene, 3, 100);
    struct cluster_request *first = script_take(&scene, API_FETCH, 1);
    struct cluster_request *second = script_take(&scene, API_FETCH, 2);
    assert_non_null(first);
    assert_non_null(second);
    assert_non_null(script_asked(first, 0));
    assert_non_null(script_asked(first, 2));
    assert_null(script_asked(first, 1));
    assert_int_equal(script_asked(second, 1)->fetch_offset, 100);
    assert_int_equal(script_asked(second, 1)->current_leader_epoch, 5);
    cluster_request(&scene.cluster, first);
    cluster_request(&scene.cluster, second);
    script_end(&scene);
}

TEST(data_moves_on_and_the_served_go_to_the_end)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 3, 0);
    script_fetch(&script);
    script_data(&script, 0, 0, 3);
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    script_expect_data(&scene, 0, 0);
    struct cluster_request *next = script_take(&scene, API_FETCH, 1);
    assert_non_null(next);
    const struct fetch_request *message = next->message;
    assert_int_equal(script_asked(next, 0)->fetch_offset, 3);
    assert_int_equal(script_asked(next, 0)->last_fetched_epoch, 5);
    assert_int_equal(message->topics.items[0].partitions.items[0].partition, 2);
    cluster_request(&scene.cluster, next);
    script_end(&scene);
}

TEST(the_next_request_is_out_before_records_are_delivered)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 0);
    script_fetch(&script);
    script_data(&script, 0, 0, 3);
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    assert_int_equal(scene.fetches_out, 1);
    script_expect_data(&scene, 0, 0);
    script_end(&scene);
}

TEST(a_piece_grows_on_a_slow_way_and_shrinks_on_a_fast_one)
{
    enum { MB = 1 << 20 };
    const struct {
        size_t piece;
        size_t got;
        int64_t took_us;
        size_t next;
    } cases[] = {
        { 4 * MB, 4 * MB, 200000, 8 * MB },     /* 20 MB/s */
        { 32 * MB, 20 * MB, 100000, 64 * MB },  /* nearly full */
        { 4 * MB, 2 * MB - 1, 200000, 4 * MB }, /* the broker had no more */
        { 4 * MB, 4 * MB, 4194, 4 * MB },       /* 1 GB/s */
        { 8 * MB, 8 * MB, 4000, 4 * MB },       /* 2 GB/s */
        { 4 * MB, 4 * MB, 1000, 4 * MB },       /* the least */
        { 4 * MB, 4 * MB, 0, 4 * MB },
        { 1 << 30, 1 << 30, INT64_MAX, 1 << 30 }, /* the most */
    };

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(source_piece(cases[i].piece, cases[i].got, cases[i].took_us),
                         cases[i].next);
    }
}

static int32_t asked_at_once(int32_t fetch_min_bytes, int32_t fetch_max_bytes)
{
    struct script scene;
    script_begin(&scene, false);
    scene.consumer->options.fetch_min_bytes = fetch_min_bytes;
    scene.consumer->options.fetch_max_bytes = fetch_max_bytes;
    scene.budget->bytes_max = 64 << 20;
    script_assign(&scene, 1, 0);
    struct cluster_request *request = script_take(&scene, API_FETCH, 1);
    int32_t max_bytes = ((const struct fetch_request *)request->message)->max_bytes;
    cluster_request(&scene.cluster, request);
    script_end(&scene);
    return max_bytes;
}

TEST(a_request_asks_for_a_piece_within_the_settings)
{
    assert_int_equal(asked_at_once(1, 50 << 20), 4 << 20);
    assert_int_equal(asked_at_once(1, 100000), 100000);
    assert_int_equal(asked_at_once(10 << 20, 50 << 20), 10 << 20);
    assert_int_equal(asked_at_once(0, 50 << 20), 4 << 20);
}

TEST(few_partitions_share_a_piece_unless_their_limit_was_set)
{
    enum { MB = 1 << 20 };
    struct consumer_options options = { .max_partition_fetch_bytes = MB,
                                        .partition_fetch_may_grow = true,
                                        .fetch_max_bytes = 50 * MB };

    assert_int_equal(source_share(&options, 4 * MB, 1), 4 * MB);
    assert_int_equal(source_share(&options, 4 * MB, 3), 4 * MB / 3);
    assert_int_equal(source_share(&options, 4 * MB, 4), MB);
    assert_int_equal(source_share(&options, 4 * MB, 100), MB);
    assert_int_equal(source_share(&options, (size_t)1 << 30, 1), 50 * MB);
    options.fetch_max_bytes = 1000; /* Kafka's limit of a partition holds by itself */
    assert_int_equal(source_share(&options, 4 * MB, 1), MB);
    options.fetch_max_bytes = 50 * MB;
    options.partition_fetch_may_grow = false;
    assert_int_equal(source_share(&options, 4 * MB, 1), MB);
}

/* What the one partition of a request may bring. */
static int32_t asked_of_one(bool may_grow)
{
    struct script scene;
    script_begin(&scene, false);
    scene.consumer->options.partition_fetch_may_grow = may_grow;
    scene.budget->bytes_max = 64 << 20;
    script_assign(&scene, 1, 0);
    struct cluster_request *request = script_take(&scene, API_FETCH, 1);
    int32_t max_bytes = script_asked(request, 0)->partition_max_bytes;
    cluster_request(&scene.cluster, request);
    script_end(&scene);
    return max_bytes;
}

TEST(a_request_asks_one_partition_for_its_share)
{
    assert_int_equal(asked_of_one(true), 1 << 20); /* fetch.max.bytes */
    assert_int_equal(asked_of_one(false), 1 << 16);
}

TEST(unknown_offsets_are_looked_up_first)
{
    struct script scene;
    struct list_offsets_response response;
    struct list_offsets_response_list_offsets_topic_response topic;
    struct list_offsets_response_list_offsets_partition_response partition;
    script_begin(&scene, false);
    script_assign(&scene, 1, KC_OFFSET_EARLIEST);
    assert_null(script_take(&scene, API_FETCH, -1));
    struct cluster_request *request = script_take(&scene, API_LIST_OFFSETS, 1);
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
    script_reply(request, 6, &response);
    struct news *news = script_take_news(&scene, NEWS_PLACED);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_placed, news)->offset, 7);
    news_destroy(news);
    consumer_drive(scene.consumer);
    request = script_take(&scene, API_FETCH, 1);
    assert_int_equal(script_asked(request, 0)->fetch_offset, 7);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(a_partition_named_twice_counts_once)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 0);
    script_fetch(&script);
    script_data(&script, 0, 0, 2);
    script_data(&script, 0, 0, 2);
    script_data(&script, 2, 0, 2); /* never asked for */
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    script_expect_data(&scene, 0, 0);
    assert_null(script_take_news(&scene, NEWS_FETCHED));
    script_end(&scene);
}

TEST(what_is_left_out_is_asked_again)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 3, 0);
    script_fetch(&script);
    script_data(&script, 2, 0, 1);
    script_reply(script_take(&scene, API_FETCH, 1), 12, &script.response); /* by name */
    script_expect_data(&scene, 2, 0);
    struct cluster_request *next = script_take(&scene, API_FETCH, 1);
    assert_non_null(next);
    assert_int_equal(script_asked(next, 0)->fetch_offset, 0);
    cluster_request(&scene.cluster, next);
    script_end(&scene);
}

TEST(data_from_before_a_seek_is_dropped)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 0);
    struct cluster_request *late = script_take(&scene, API_FETCH, 1);
    consumer_seek(scene.consumer, scene.claims[0], 500, -1, 1, false);
    script_fetch(&script);
    script_data(&script, 0, 0, 3);
    script_reply(late, 17, &script.response);
    assert_null(script_take_news(&scene, NEWS_FETCHED));
    struct cluster_request *next = script_take(&scene, API_FETCH, 1);
    assert_int_equal(script_asked(next, 0)->fetch_offset, 500);
    cluster_request(&scene.cluster, next);
    script_end(&scene);
}

TEST(out_of_range_resets_by_the_policy)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 1000);
    script_fetch(&script);
    (void)script_partition(&script, 0, KC_ERR_OFFSET_OUT_OF_RANGE);
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    struct cluster_request *lookup = script_take(&scene, API_LIST_OFFSETS, 1);
    assert_non_null(lookup);
    const struct list_offsets_request *message = lookup->message;
    assert_int_equal(message->topics.items[0].partitions.items[0].timestamp, POSITION_EARLIEST);
    cluster_request(&scene.cluster, lookup);
    script_end(&scene);
}

TEST(a_leader_that_moved_is_followed_by_its_hint)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 10);
    script_fetch(&script);
    struct fetch_response_partition_data *data =
        script_partition(&script, 0, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    data->current_leader.leader_id = 2;
    data->current_leader.leader_epoch = 6;
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    assert_int_equal(scene.cluster.hints, 1);
    assert_true(scene.cluster.refreshes > 0);
    consumer_drive(scene.consumer);
    struct cluster_request *next = script_take(&scene, API_FETCH, 2);
    assert_non_null(next);
    assert_int_equal(script_asked(next, 0)->current_leader_epoch, 6);
    assert_int_equal(script_asked(next, 0)->fetch_offset, 10);
    cluster_request(&scene.cluster, next);
    script_end(&scene);
}

TEST(a_truncated_log_is_read_from_where_it_parts)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 100);
    script_fetch(&script);
    struct fetch_response_partition_data *data = script_partition(&script, 0, KC_ERR_NONE);
    data->diverging_epoch.epoch = 4;
    data->diverging_epoch.end_offset = 60;
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    struct cluster_request *next = script_take(&scene, API_FETCH, 1);
    assert_int_equal(script_asked(next, 0)->fetch_offset, 60);
    assert_int_equal(script_asked(next, 0)->last_fetched_epoch, 4);
    cluster_request(&scene.cluster, next);
    struct news *news = script_take_news(&scene, NEWS_ERROR); /* never silent */
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_error, news)->error.code, KC_ERR_LOG_TRUNCATED);
    news_destroy(news);
    script_end(&scene);
}

TEST(records_that_run_backwards_are_refused_and_told_when_it_lasts)
{
    struct script scene;
    script_begin(&scene, false);
    script_assign(&scene, 1, 100);
    for (int i = 0; i < 4; i++) {
        struct fetch_script script;
        script_fetch(&script);
        script_data(&script, 0, 5, 2);
        struct cluster_request *request = script_take(&scene, API_FETCH, 1);
        assert_int_equal(script_asked(request, 0)->fetch_offset, 100);
        assert_null(script_take_news(&scene, NEWS_ERROR));
        script_reply(request, 17, &script.response);
        assert_null(script_take_news(&scene, NEWS_FETCHED));
    }
    struct news *news = script_take_news(&scene, NEWS_ERROR);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_error, news)->error.code, KC_ERR_CORRUPT_MESSAGE);
    news_destroy(news);
    script_end(&scene);
}

TEST(paused_partitions_are_not_asked_for)
{
    struct script scene;
    script_begin(&scene, false);
    script_assign(&scene, 1, 0);
    struct cluster_request *request = script_take(&scene, API_FETCH, 1);
    consumer_pause(scene.consumer, scene.claims[0], true);
    script_refuse(request, KC_ERR_DISCONNECTED);
    consumer_drive(scene.consumer);
    assert_null(script_take(&scene, API_FETCH, 1));
    consumer_pause(scene.consumer, scene.claims[0], false);
    consumer_drive(scene.consumer);
    request = script_take(&scene, API_FETCH, 1);
    assert_non_null(request);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(a_full_budget_stops_fetching_until_there_is_room)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 0);
    struct cluster_request *request = script_take(&scene, API_FETCH, 1);
    budget_charge(scene.budget, 1 << 20);
    script_fetch(&script);
    script_data(&script, 0, 0, 1);
    script_reply(request, 17, &script.response);
    assert_null(script_take(&scene, API_FETCH, 1));
    assert_true(budget_refund(scene.budget, 1 << 20));
    consumer_refill(scene.consumer);
    request = script_take(&scene, API_FETCH, 1);
    assert_non_null(request);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

static bool is_rack(const struct cluster_request *request, const char *rack)
{
    return slice_is(((const struct fetch_request *)request->message)->rack_id, rack);
}

/* KIP-392. The leader, broker 1, names broker 2 until it knows that it is dead. */
TEST(a_follower_is_read_from_until_it_fails)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    scene.consumer->options.rack = slice_text("here");
    scene.consumer->options.policy.retry = (struct retry_policy){ 0, 0 };
    script_assign(&scene, 1, 10);
    for (int i = 0; i < 2; i++) {
        struct cluster_request *request = script_take(&scene, API_FETCH, 1);
        assert_non_null(request);
        assert_true(is_rack(request, "here"));
        script_fetch(&script);
        script_partition(&script, 0, KC_ERR_NONE)->preferred_read_replica = 2;
        script_reply(request, 17, &script.response);
        request = script_take(&scene, API_FETCH, 2);
        assert_non_null(request);
        assert_int_equal(script_asked(request, 0)->fetch_offset, 10);
        script_refuse(request, KC_ERR_DISCONNECTED);
        consumer_drive(scene.consumer);
        request = script_take(&scene, API_FETCH, 1);
        assert_non_null(request); /* at once, and it gets records: the leader does not know why */
        assert_true(is_rack(request, ""));
        scene.consumer->rackless_us = 0; /* later */
        script_refuse(request, KC_ERR_DISCONNECTED);
        consumer_drive(scene.consumer);
    }
    script_end(&scene);
}

TEST(a_follower_that_lacks_the_offset_is_left_for_the_leader)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    scene.consumer->options.policy.reset_timestamp = POSITION_RESET_NONE;
    script_assign(&scene, 1, 10);
    script_fetch(&script);
    script_partition(&script, 0, KC_ERR_NONE)->preferred_read_replica = 2;
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    script_fetch(&script);
    (void)script_partition(&script, 0, KC_ERR_OFFSET_OUT_OF_RANGE);
    script_reply(script_take(&scene, API_FETCH, 2), 17, &script.response);
    assert_null(script_take_news(&scene, NEWS_ERROR));
    struct cluster_request *request = script_take(&scene, API_FETCH, 1);
    assert_non_null(request);
    assert_int_equal(script_asked(request, 0)->fetch_offset, 10);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}
