/* unit: whether the log is still the one that was read is asked of brokers whose Fetch does not
 * tell (KIP-320). */
#include "script.h"
#include "support/test.h"

enum { OLD = 11, NEW = 17 };

/* Partition 0 at offset 100, read under epoch 4; the leader's epoch is 5. The broker turns out to
 * be old: the Fetch is not sent. */
static void begin(struct script *scene, int64_t reset)
{
    script_begin(scene, false);
    scene->consumer->options.policy.reset_timestamp = reset;
    scene->consumer->options.policy.retry = (struct retry_policy){ 0, 0 };
    script_assign(scene, 1, 0);
    consumer_seek(scene->consumer, scene->claims[0], 100, 4, 1, false);
    struct cluster_request *request = script_take(scene, API_FETCH, 1);
    assert_int_equal(request->prepare(request, OLD), KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    script_refuse(request, KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
}

static struct cluster_request *take_question(struct script *scene)
{
    struct cluster_request *request = script_take(scene, API_OFFSET_FOR_LEADER_EPOCH, 1);
    assert_non_null(request);
    const struct offset_for_leader_epoch_request *message = request->message;
    assert_int_equal(request->version_min, 3);
    assert_int_equal(message->replica_id, -1);
    assert_int_equal(message->topics.count, 1);
    assert_true(slice_is(message->topics.items[0].topic, "t"));
    assert_int_equal(message->topics.items[0].partitions.count, 1);
    return request;
}

static void answer(struct cluster_request *request, enum kc_err err, int64_t end_offset,
                   int32_t epoch)
{
    struct offset_for_leader_epoch_response response;
    struct offset_for_leader_epoch_response_offset_for_leader_topic_result topic;
    struct offset_for_leader_epoch_response_epoch_end_offset partition;
    message_defaults(&offset_for_leader_epoch_response_type, &response);
    message_defaults(&offset_for_leader_epoch_response_offset_for_leader_topic_result_type, &topic);
    message_defaults(&offset_for_leader_epoch_response_epoch_end_offset_type, &partition);
    topic.topic = slice_text("t");
    topic.partitions.items = &partition;
    topic.partitions.count = 1;
    response.topics.items = &topic;
    response.topics.count = 1;
    partition.error_code = (int16_t)err;
    partition.end_offset = end_offset;
    partition.leader_epoch = epoch;
    script_reply(request, 3, &response);
}

static void expect_told(struct script *scene, enum kc_err err, const char *text)
{
    struct news *news = script_take_news(scene, NEWS_ERROR);
    assert_non_null(news);
    const struct news_error *told = LIST_ITEM(news, struct news_error, news);
    assert_int_equal(told->error.code, err);
    assert_non_null(strstr(told->error.text, text));
    news_destroy(news);
}

static struct cluster_request *expect_fetch(struct script *scene, int64_t offset)
{
    consumer_drive(scene->consumer);
    struct cluster_request *request = script_take(scene, API_FETCH, 1);
    assert_non_null(request);
    assert_int_equal(script_asked(request, 0)->fetch_offset, offset);
    assert_int_equal(request->prepare(request, OLD), KC_ERR_NONE);
    return request;
}

TEST(what_is_still_there_is_fetched)
{
    struct script scene;
    begin(&scene, POSITION_RESET_NONE);
    assert_null(script_take(&scene, API_FETCH, 1));
    struct cluster_request *request = take_question(&scene);
    const struct offset_for_leader_epoch_request *message = request->message;
    assert_int_equal(message->topics.items[0].partitions.items[0].partition, 0);
    assert_int_equal(message->topics.items[0].partitions.items[0].leader_epoch, 4);
    assert_int_equal(message->topics.items[0].partitions.items[0].current_leader_epoch, 5);
    answer(request, KC_ERR_NONE, 100, 4);
    request = expect_fetch(&scene, 100);
    assert_null(script_take_news(&scene, NEWS_ERROR));
    assert_null(script_take(&scene, API_OFFSET_FOR_LEADER_EPOCH, -1)); /* once */
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(what_was_lost_is_told_and_read_again)
{
    struct script scene;
    begin(&scene, POSITION_LATEST);
    answer(take_question(&scene), KC_ERR_NONE, 60, 3);
    expect_told(&scene, KC_ERR_LOG_TRUNCATED, "t-0: the log was truncated at offset 60 below 100");
    struct cluster_request *request = expect_fetch(&scene, 60);
    assert_int_equal(script_asked(request, 0)->last_fetched_epoch, 3);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(without_a_policy_a_seek_is_waited_for)
{
    struct script scene;
    struct kc_stall stall;
    begin(&scene, POSITION_RESET_NONE);
    answer(take_question(&scene), KC_ERR_NONE, 60, 4);
    expect_told(&scene, KC_ERR_LOG_TRUNCATED, "waiting for a seek");
    consumer_drive(scene.consumer);
    assert_null(script_take(&scene, API_FETCH, -1));
    consumer_stall(scene.consumer, scene.claims[0], &stall);
    assert_int_equal(stall.reason, KC_STALL_NEEDS_SEEK);
    assert_int_equal(stall.err, KC_ERR_LOG_TRUNCATED);
    consumer_seek(scene.consumer, scene.claims[0], 60, -1, 2,
                  false); /* as given: nothing to prove */
    struct cluster_request *request = expect_fetch(&scene, 60);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(a_log_that_knows_nothing_of_the_epoch_is_another_one)
{
    struct script scene;
    begin(&scene, POSITION_EARLIEST);
    answer(take_question(&scene), KC_ERR_NONE, -1, -1);
    expect_told(&scene, KC_ERR_LOG_TRUNCATED, "another one than what was read up to offset 100");
    consumer_drive(scene.consumer);
    assert_null(script_take(&scene, API_FETCH, -1));
    struct cluster_request *request = script_take(&scene, API_LIST_OFFSETS, 1); /* the policy */
    assert_non_null(request);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(a_log_that_knows_nothing_of_the_epoch_without_a_policy)
{
    struct script scene;
    begin(&scene, POSITION_RESET_NONE);
    answer(take_question(&scene), KC_ERR_NONE, -1, -1);
    expect_told(&scene, KC_ERR_LOG_TRUNCATED, "waiting for a seek");
    assert_null(script_take_news(&scene, NEWS_ERROR)); /* one error for one loss */
    assert_int_equal(scene.claims[0]->position->state, POSITION_STUCK);
    script_end(&scene);
}

TEST(a_new_leader_is_asked_anew_and_the_same_one_is_not)
{
    struct script scene;
    struct fetch_script script;
    begin(&scene, POSITION_LATEST);
    answer(take_question(&scene), KC_ERR_NONE, 120, 4);
    struct cluster_request *request = expect_fetch(&scene, 100);
    script_fetch(&script);
    script_data(&script, 0, 100, 3);
    script_reply(request, OLD, &script.response);
    script_expect_data(&scene, 0, 100);
    request = expect_fetch(&scene, 103); /* under the leader that gave the data */
    cluster_hint_leader(&scene.cluster, slice_text("t"), 0, 1, 6);
    script_refuse(request, KC_ERR_DISCONNECTED);
    consumer_drive(scene.consumer);
    request = take_question(&scene);
    const struct offset_for_leader_epoch_request *message = request->message;
    assert_int_equal(message->topics.items[0].partitions.items[0].leader_epoch, 5);
    assert_int_equal(message->topics.items[0].partitions.items[0].current_leader_epoch, 6);
    answer(request, KC_ERR_NONE, 101, 5);
    expect_told(&scene, KC_ERR_LOG_TRUNCATED, "at offset 101 below 103");
    cluster_request(&scene.cluster, expect_fetch(&scene, 101));
    script_end(&scene);
}

TEST(a_question_that_fails_is_asked_again_and_nothing_is_fetched_before)
{
    struct script scene;
    static const enum kc_err errs[] = { KC_ERR_FENCED_LEADER_EPOCH, KC_ERR_UNKNOWN_LEADER_EPOCH,
                                        KC_ERR_NOT_LEADER_OR_FOLLOWER };
    begin(&scene, POSITION_LATEST);
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        answer(take_question(&scene), errs[i], -1, -1);
        assert_null(script_take(&scene, API_FETCH, -1));
        assert_null(script_take_news(&scene, NEWS_ERROR));
        consumer_drive(scene.consumer);
    }
    script_refuse(take_question(&scene), KC_ERR_DISCONNECTED);
    consumer_drive(scene.consumer);
    answer(take_question(&scene), KC_ERR_TOPIC_AUTHORIZATION_FAILED, -1, -1);
    expect_told(&scene, KC_ERR_TOPIC_AUTHORIZATION_FAILED, "t-0");
    script_end(&scene);
}

/* Java does the same: there is no way to know. */
TEST(a_broker_that_cannot_be_asked_is_taken_at_its_word)
{
    struct script scene;
    begin(&scene, POSITION_RESET_NONE);
    script_refuse(take_question(&scene), KC_ERR_UNSUPPORTED_VERSION);
    cluster_request(&scene.cluster, expect_fetch(&scene, 100));
    assert_null(script_take_news(&scene, NEWS_ERROR));
    script_end(&scene);
}

TEST(an_answer_from_before_a_seek_counts_for_nothing)
{
    struct script scene;
    begin(&scene, POSITION_LATEST);
    struct cluster_request *late = take_question(&scene);
    consumer_seek(scene.consumer, scene.claims[0], 500, -1, 2, false);
    answer(late, KC_ERR_NONE, 60, 4);
    assert_null(script_take_news(&scene, NEWS_ERROR));
    cluster_request(&scene.cluster, expect_fetch(&scene, 500));
    script_end(&scene);
}

TEST(brokers_that_tell_by_themselves_are_not_asked)
{
    struct script scene;
    script_begin(&scene, false);
    script_assign(&scene, 1, 0);
    consumer_seek(scene.consumer, scene.claims[0], 100, 4, 1, false);
    struct cluster_request *request = script_take(&scene, API_FETCH, 1);
    assert_int_equal(request->prepare(request, NEW), KC_ERR_NONE);
    cluster_request(&scene.cluster, request);
    assert_null(script_take(&scene, API_OFFSET_FOR_LEADER_EPOCH, -1));
    script_end(&scene);
}
