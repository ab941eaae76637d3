/* unit: commits keep their order and each has one outcome. */
#include "script.h"
#include "support/test.h"

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

static void drain_commits(struct script *scene, struct commit_log *log)
{
    struct news *news;
    while ((news = script_take_news(scene, NEWS_COMMITTED))) {
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
    script_reply(request, 9, &response);
}

TEST(commits_are_done_in_the_order_of_the_calls)
{
    struct script scene;
    struct commit_log log = { 0 };
    script_begin(&scene, true);
    consumer_commit(scene.consumer, commit_of(10));
    consumer_commit(scene.consumer, commit_of(20));
    consumer_commit(scene.consumer, commit_of(30));
    struct cluster_request *request = script_take(&scene, API_OFFSET_COMMIT, -1);
    assert_non_null(request);
    assert_null(script_take(&scene, API_OFFSET_COMMIT, -1)); /* one at a time */
    answer_commit(request, KC_ERR_NOT_COORDINATOR); /* the first is tried again before others */
    assert_int_equal(scene.cluster.forgotten, 1);
    assert_int_equal(scene.cluster.retries, 1);
    answer_commit(script_take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_NONE);
    consumer_drive(scene.consumer);
    answer_commit(script_take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_OFFSET_METADATA_TOO_LARGE);
    consumer_drive(scene.consumer);
    answer_commit(script_take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_NONE);
    drain_commits(&scene, &log);
    assert_int_equal(log.count, 3);
    assert_int_equal(log.offsets[0], 10);
    assert_int_equal(log.offsets[1], 20);
    assert_int_equal(log.offsets[2], 30);
    assert_int_equal(log.errs[0], KC_ERR_NONE);
    assert_int_equal(log.errs[1], KC_ERR_OFFSET_METADATA_TOO_LARGE);
    assert_int_equal(log.errs[2], KC_ERR_NONE);
    script_end(&scene);
}

TEST(a_commit_that_the_answer_forgets_has_failed)
{
    struct script scene;
    struct commit_log log = { 0 };
    struct offset_commit_response response;
    script_begin(&scene, true);
    consumer_commit(scene.consumer, commit_of(10));
    message_defaults(&offset_commit_response_type, &response);
    script_reply(script_take(&scene, API_OFFSET_COMMIT, -1), 9, &response);
    drain_commits(&scene, &log);
    assert_int_equal(log.errs[0], KC_ERR_MALFORMED);
    script_end(&scene);
}

TEST(commits_under_way_are_answered_when_it_ends)
{
    struct script scene;
    struct commit_log log = { 0 };
    script_begin(&scene, true);
    consumer_commit(scene.consumer, commit_of(10));
    consumer_commit(scene.consumer, commit_of(20));
    consumer_destroy(scene.consumer);
    scene.consumer = NULL;
    drain_commits(&scene, &log);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.errs[0], KC_ERR_CLOSED);
    assert_int_equal(log.errs[1], KC_ERR_CLOSED);
    script_end(&scene);
}

TEST(commits_need_a_group)
{
    struct script scene;
    struct commit_log log = { 0 };
    script_begin(&scene, false);
    consumer_commit(scene.consumer, commit_of(10));
    drain_commits(&scene, &log);
    assert_int_equal(log.errs[0], KC_ERR_INVALID_GROUP_ID);
    script_end(&scene);
}

/* ---- of members ---- */

/* The coordinator is not known yet when the group puts the member out. */
TEST(a_commit_that_waits_keeps_the_id_of_its_member)
{
    struct script scene;
    struct commit_log log = { 0 };
    script_begin(&scene, true);
    script_join(&scene, 1);
    consumer_commit(scene.consumer, commit_of(10));
    struct cluster_request *request = script_take(&scene, API_OFFSET_COMMIT, -1);
    const struct offset_commit_request *message = request->message;
    assert_ptr_not_equal(message->member_id.data, scene.consumer->member.id);
    group_answer(scene.consumer, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_UNKNOWN_MEMBER_ID, NULL);
    assert_null(scene.consumer->member.id);
    assert_true(slice_equal(message->member_id, slice_text("m")));
    assert_int_equal(message->generation_id_or_member_epoch, 1);
    answer_commit(request, KC_ERR_UNKNOWN_MEMBER_ID);
    drain_commits(&scene, &log);
    assert_int_equal(log.errs[0], KC_ERR_UNKNOWN_MEMBER_ID);
    script_end(&scene);
}

/* It was tried again while the group went on to its next generation. */
TEST(a_commit_of_an_earlier_generation_puts_nobody_out)
{
    struct script scene;
    struct commit_log log = { 0 };
    script_begin(&scene, true);
    script_join(&scene, 1);
    consumer_commit(scene.consumer, commit_of(10));
    answer_commit(script_take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_COORDINATOR_NOT_AVAILABLE);
    group_answer(scene.consumer, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_REBALANCE_IN_PROGRESS, NULL);
    consumer_released(scene.consumer, scene.consumer->rebalance);
    script_join(&scene, 2);
    answer_commit(script_take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_ILLEGAL_GENERATION);
    drain_commits(&scene, &log);
    assert_int_equal(log.errs[0], KC_ERR_ILLEGAL_GENERATION);
    assert_true(member_is_in(&scene.consumer->member));
    assert_int_equal(scene.consumer->member.generation, 2);
    /* One of this generation does. */
    consumer_commit(scene.consumer, commit_of(20));
    answer_commit(script_take(&scene, API_OFFSET_COMMIT, -1), KC_ERR_ILLEGAL_GENERATION);
    assert_false(member_is_in(&scene.consumer->member));
    script_end(&scene);
}

/* The group would refuse what comes behind the word that the member leaves. */
TEST(who_leaves_sends_all_its_commits_first)
{
    struct script scene;
    struct commit_log log = { 0 };
    script_begin(&scene, true);
    script_join(&scene, 1);
    for (int64_t i = 1; i <= 3; i++) {
        consumer_commit(scene.consumer, commit_of(10 * i));
    }
    consumer_unsubscribe(scene.consumer, MEMBER_PARTING_DEFAULT, NULL, NULL);
    consumer_commit(scene.consumer, commit_of(40)); /* as one that is in no group */
    struct cluster_request *requests[4] = { NULL };
    for (int i = 0; i < 3; i++) {
        requests[i] = script_take(&scene, API_OFFSET_COMMIT, -1);
        assert_non_null(requests[i]);
        const struct offset_commit_request *asked = requests[i]->message;
        assert_int_equal(asked->generation_id_or_member_epoch, 1);
    }
    assert_non_null(script_take(&scene, API_LEAVE_GROUP, -1));
    assert_null(script_take(&scene, API_OFFSET_COMMIT, -1));
    /* Tried again it would take back what the others said. */
    answer_commit(requests[0], KC_ERR_NOT_COORDINATOR);
    answer_commit(requests[1], KC_ERR_NONE);
    answer_commit(requests[2], KC_ERR_NONE);
    assert_int_equal(scene.cluster.retries, 0);
    consumer_drive(scene.consumer);
    requests[3] = script_take(&scene, API_OFFSET_COMMIT, -1);
    assert_non_null(requests[3]);
    const struct offset_commit_request *asked = requests[3]->message;
    assert_int_equal(asked->generation_id_or_member_epoch, -1);
    assert_int_equal(asked->member_id.size, 0);
    answer_commit(requests[3], KC_ERR_NONE);
    drain_commits(&scene, &log);
    assert_int_equal(log.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(log.offsets[i], 10 * (i + 1));
        assert_int_equal(log.errs[i], i == 0 ? KC_ERR_NOT_COORDINATOR : KC_ERR_NONE);
    }
    script_end(&scene);
}

/* ---- of KIP-848 members ---- */

/* Member of a KIP-848 group in this epoch, with a partition and a commit under way that the polling
 * thread waits for, or does not. */
static struct cluster_request *commit_as_next(struct script *scene, int32_t epoch, bool is_held)
{
    struct slice topic = slice_text("t");
    script_begin(scene, true);
    scene->consumer->member.config.protocol = MEMBER_PROTOCOL_NEXT;
    assert_int_equal(consumer_subscribe(scene->consumer, &topic, 1), KC_ERR_NONE);
    script_answer_beat(script_beat(scene), epoch, 1);
    consumer_drive(scene->consumer);
    script_answer_beat(script_beat(scene), epoch, -1); /* it said what it holds */
    struct commit *commit = commit_of(10);
    commit->is_held = is_held;
    consumer_commit(scene->consumer, commit);
    return script_take(scene, API_OFFSET_COMMIT, -1);
}

static int32_t epoch_of(struct cluster_request *request)
{
    assert_non_null(request);
    assert_int_equal(request->prepare(request, 9), KC_ERR_NONE);
    return ((const struct offset_commit_request *)request->message)->generation_id_or_member_epoch;
}

TEST(a_stale_commit_that_is_waited_for_goes_out_again_with_the_newest_epoch)
{
    struct script scene;
    struct commit_log log = { 0 };
    struct cluster_request *request = commit_as_next(&scene, 3, true);
    assert_int_equal(epoch_of(request), 3);
    answer_commit(request, KC_ERR_STALE_MEMBER_EPOCH);
    script_answer_beat(script_beat(&scene), 4, -1); /* at once, to hear of the epoch */
    request = script_take(&scene, API_OFFSET_COMMIT, -1);
    assert_int_equal(epoch_of(request), 4);
    assert_true(slice_is(((const struct offset_commit_request *)request->message)->member_id,
                         scene.consumer->member.id));
    answer_commit(request, KC_ERR_NONE);
    drain_commits(&scene, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.errs[0], KC_ERR_NONE);
    assert_int_equal(scene.cluster.forgotten, 0);
    script_end(&scene);
}

/* Nobody waits: by the time of another try the partition may be somebody else's, who has committed
 * more. */
TEST(a_stale_commit_that_nobody_waits_for_has_failed)
{
    struct script scene;
    struct commit_log log = { 0 };
    answer_commit(commit_as_next(&scene, 3, false), KC_ERR_STALE_MEMBER_EPOCH);
    drain_commits(&scene, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.errs[0], KC_ERR_STALE_MEMBER_EPOCH);
    assert_int_equal(scene.cluster.retries, 0);
    script_answer_beat(script_beat(&scene), 4, -1);
    script_end(&scene);
}

/* The coordinator moved, and the group went on meanwhile. */
TEST(only_a_commit_that_is_waited_for_takes_up_a_newer_epoch)
{
    for (int is_held = 0; is_held <= 1; is_held++) {
        struct script scene;
        struct cluster_request *request = commit_as_next(&scene, 3, is_held);
        answer_commit(request, KC_ERR_COORDINATOR_LOAD_IN_PROGRESS);
        group_step(scene.consumer, MEMBER_COMMIT_FAILED); /* for a heartbeat */
        script_answer_beat(script_beat(&scene), 4, -1);
        request = script_take(&scene, API_OFFSET_COMMIT, -1);
        assert_int_equal(epoch_of(request), is_held ? 4 : 3);
        answer_commit(request, KC_ERR_NONE);
        script_end(&scene);
    }
}

/* Put out between two tries: what it held may be somebody else's now. */
TEST(a_commit_of_who_was_put_out_is_not_tried_again)
{
    static const enum kc_err verdicts[] = { KC_ERR_UNKNOWN_MEMBER_ID, KC_ERR_FENCED_MEMBER_EPOCH };
    for (size_t i = 0; i < 2; i++) {
        struct script scene;
        struct commit_log log = { 0 };
        struct cluster_request *request = commit_as_next(&scene, 3, true);
        answer_commit(request, KC_ERR_STALE_MEMBER_EPOCH);
        script_refuse(script_beat(&scene), verdicts[i]);
        request = script_take(&scene, API_OFFSET_COMMIT, -1);
        assert_non_null(request);
        assert_int_equal(request->prepare(request, 9), KC_ERR_UNKNOWN_MEMBER_ID);
        script_refuse(request, KC_ERR_UNKNOWN_MEMBER_ID); /* as the cluster tells it */
        drain_commits(&scene, &log);
        assert_int_equal(log.errs[0], KC_ERR_UNKNOWN_MEMBER_ID);
        script_end(&scene);
    }
}

TEST(a_commit_that_the_group_disowns_has_failed)
{
    static const enum kc_err verdicts[] = { KC_ERR_UNKNOWN_MEMBER_ID, KC_ERR_FENCED_MEMBER_EPOCH };
    for (size_t i = 0; i < 2; i++) {
        struct script scene;
        struct commit_log log = { 0 };
        answer_commit(commit_as_next(&scene, 3, true), verdicts[i]);
        drain_commits(&scene, &log);
        assert_int_equal(log.errs[0], verdicts[i]);
        assert_int_equal(scene.cluster.retries, 0);
        script_answer_beat(script_beat(&scene), 3, -1); /* asked at once how it stands */
        script_end(&scene);
    }
}
