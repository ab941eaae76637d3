/* unit: the group's requests as they go out and come back. */
#include "script.h"
#include "support/test.h"

static void end(struct script *scene)
{
    consumer_destroy(scene->consumer);
    scene->consumer = NULL;
    script_end(scene);
}

/* Joins as the only member, decides, and returns the SyncGroup that says so. */
static struct cluster_request *lead(struct script *scene)
{
    struct slice topic = slice_text("t");
    struct join_group_response join;
    struct join_group_response_join_group_response_member member;
    script_begin(scene, true);
    assert_int_equal(consumer_subscribe(scene->consumer, &topic, 1), KC_ERR_NONE);
    struct cluster_request *request = script_take(scene, API_JOIN_GROUP, -1);
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
    script_reply(request, 5, &join);
    consumer_drive(scene->consumer);
    request = script_take(scene, API_SYNC_GROUP, -1);
    assert_non_null(request);
    return request;
}

/* The group hands the plan back. */
static void follow(struct script *scene, struct cluster_request *request)
{
    const struct sync_group_request *asked_sync = request->message;
    struct sync_group_response sync;
    assert_int_equal(asked_sync->assignments.count, 1);
    message_defaults(&sync_group_response_type, &sync);
    sync.assignment = asked_sync->assignments.items[0].assignment;
    script_reply(request, 5, &sync);
    struct news *news = script_take_news(scene, NEWS_ASSIGNED);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_assigned, news)->count, 3);
    news_destroy(news);
}

TEST(a_lone_leader_takes_everything)
{
    struct script scene;
    follow(&scene, lead(&scene));
    assert_null(script_take_news(&scene, NEWS_REVOKED));
    consumer_drive(scene.consumer);
    assert_non_null(script_take(&scene, API_OFFSET_FETCH, -1) ? &scene : NULL);
    end(&scene);
}

/* Nobody tells of it again: a watch hears of changes only. */
TEST(a_leader_plans_anew_when_a_topic_changed_while_its_plan_was_on_its_way)
{
    struct script scene;
    struct cluster_request *request = lead(&scene);
    struct metadata_topic *topic = metadata_topic(&scene.cluster.metadata, slice_text("t"));
    topic->partition_count = 2;
    scene.cluster.watch->on_metadata(scene.cluster.watch);
    follow(&scene, request);
    struct news *news = script_take_news(&scene, NEWS_REVOKED);
    assert_non_null(news);
    news_destroy(news);
    consumer_released(scene.consumer, scene.consumer->rebalance);
    assert_non_null(script_take(&scene, API_JOIN_GROUP, -1));
    topic->partition_count = 3;
    end(&scene);
}

/* Its answer may come after that to JoinGroup, on another connection. */
TEST(a_heartbeat_of_an_earlier_generation_is_dropped)
{
    struct script scene;
    script_begin(&scene, true);
    script_join(&scene, 1);
    scene.consumer->member.heartbeat_us = 0;
    consumer_drive(scene.consumer);
    struct cluster_request *beat = script_take(&scene, API_HEARTBEAT, -1);
    assert_int_equal(beat->use, CLUSTER_USE_HEARTBEAT);
    cluster_request(beat->cluster, beat);
    group_answer(scene.consumer, MEMBER_COMMIT_FAILED, KC_ERR_REBALANCE_IN_PROGRESS, NULL);
    consumer_released(scene.consumer, scene.consumer->rebalance);
    assert_null(script_take(&scene, API_HEARTBEAT, -1));
    script_join(&scene, 2);
    scene.consumer->member.heartbeat_us = 0;
    consumer_drive(scene.consumer);
    beat = script_take(&scene, API_HEARTBEAT, -1);
    assert_int_equal(((const struct heartbeat_request *)beat->message)->generation_id, 2);
    cluster_request(beat->cluster, beat);
    end(&scene);
}

/* ---- KIP-848 ---- */

/* What a heartbeat says to be held: so many partitions, -1 for no word of it. */
static int32_t told_owned(const struct cluster_request *beat)
{
    const struct consumer_group_heartbeat_request *message = beat->message;
    if (message->topic_partitions.count != 1) {
        return message->topic_partitions.count;
    }
    return message->topic_partitions.items[0].partitions.count;
}

static void answer_beat(struct cluster_request *beat, int32_t count)
{
    script_answer_beat(beat, 1, count);
}

static void expect_news(struct script *scene, enum news_kind kind, size_t count)
{
    struct news *news = script_take_news(scene, kind);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_assigned, news)->count, count);
    news_destroy(news);
}

/* A member of a KIP-848 group that holds two partitions, all of it told. */
static void hold_two(struct script *scene)
{
    struct slice topic = slice_text("t");
    script_begin(scene, true);
    scene->consumer->member.config.protocol = MEMBER_PROTOCOL_NEXT;
    assert_int_equal(consumer_subscribe(scene->consumer, &topic, 1), KC_ERR_NONE);
    struct cluster_request *beat = script_beat(scene);
    assert_int_equal(told_owned(beat), 0);
    answer_beat(beat, 2);
    consumer_drive(scene->consumer);
    expect_news(scene, NEWS_ASSIGNED, 2);
    beat = script_beat(scene);
    assert_int_equal(told_owned(beat), 2);
    answer_beat(beat, -1);
}

/* The application is still committing what it gives back when the coordinator moves: the new one
 * must not hear that it is free. */
TEST(what_is_being_given_back_is_not_told_to_be_free)
{
    struct script scene;
    hold_two(&scene);
    group_step(scene.consumer, MEMBER_COMMIT_FAILED); /* for a heartbeat at once */
    answer_beat(script_beat(&scene), 1);
    consumer_drive(scene.consumer);
    expect_news(&scene, NEWS_REVOKED, 1);
    group_step(scene.consumer, MEMBER_COMMIT_FAILED);
    struct cluster_request *beat = script_beat(&scene);
    assert_int_equal(told_owned(beat), -1);
    script_refuse(beat, KC_ERR_NOT_COORDINATOR);
    consumer_drive(scene.consumer);
    beat = script_beat(&scene);
    assert_int_equal(told_owned(beat), -1);
    answer_beat(beat, -1);
    consumer_released(scene.consumer, scene.consumer->rebalance);
    beat = script_beat(&scene);
    assert_int_equal(told_owned(beat), 1);
    answer_beat(beat, -1);
    end(&scene);
}

/* A heartbeat that says what is held may free in the group what it does not name: nothing is taken
 * until its answer is there. */
TEST(an_assignment_waits_for_the_answer_to_what_was_told)
{
    struct script scene;
    hold_two(&scene);
    group_step(scene.consumer, MEMBER_COMMIT_FAILED);
    struct cluster_request *beat = script_beat(&scene);
    group_step(scene.consumer, MEMBER_COMMIT_FAILED); /* another, when that is answered */
    answer_beat(beat, 3);
    consumer_drive(scene.consumer);
    assert_null(script_take_news(&scene, NEWS_ASSIGNED));
    answer_beat(script_beat(&scene), -1);
    consumer_drive(scene.consumer);
    expect_news(&scene, NEWS_ASSIGNED, 1);
    beat = script_beat(&scene);
    assert_int_equal(told_owned(beat), 3);
    answer_beat(beat, -1);
    end(&scene);
}

/* Where a leave goes says what it must not overtake: commits of who is in, the heartbeat that joins
 * of who is not. */
TEST(a_leave_overtakes_neither_commits_nor_the_joining)
{
    struct script scene;
    struct slice topic = slice_text("t");
    hold_two(&scene);
    consumer_unsubscribe(scene.consumer, MEMBER_PARTING_DEFAULT, NULL, NULL);
    struct cluster_request *leave = script_beat(&scene);
    assert_int_equal(leave->use, CLUSTER_USE_COORDINATOR);
    script_refuse(leave, KC_ERR_DISCONNECTED);
    assert_int_equal(consumer_subscribe(scene.consumer, &topic, 1), KC_ERR_NONE);
    struct cluster_request *beat = script_beat(&scene);
    assert_int_equal(beat->use, CLUSTER_USE_HEARTBEAT);
    cluster_request(beat->cluster, beat);
    consumer_unsubscribe(scene.consumer, MEMBER_PARTING_DEFAULT, NULL, NULL);
    leave = script_beat(&scene);
    assert_int_equal(leave->use, CLUSTER_USE_HEARTBEAT);
    script_refuse(leave, KC_ERR_DISCONNECTED);
    end(&scene);
}
