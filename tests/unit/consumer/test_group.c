/* unit: the group's requests as they go out and come back. */
#include "script.h"
#include "support/test.h"

TEST(a_lone_leader_takes_everything)
{
    struct script scene;
    struct slice topic = slice_text("t");
    struct join_group_response join;
    struct join_group_response_join_group_response_member member;
    struct sync_group_response sync;
    script_begin(&scene, true);
    assert_int_equal(consumer_subscribe(scene.consumer, &topic, 1), KC_ERR_NONE);
    struct cluster_request *request = script_take(&scene, API_JOIN_GROUP, -1);
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
    consumer_drive(scene.consumer);
    request = script_take(&scene, API_SYNC_GROUP, -1);
    assert_non_null(request);
    const struct sync_group_request *asked_sync = request->message;
    assert_int_equal(asked_sync->assignments.count, 1);
    message_defaults(&sync_group_response_type, &sync);
    sync.assignment = asked_sync->assignments.items[0].assignment;
    script_reply(request, 5, &sync);
    struct news *news = script_take_news(&scene, NEWS_ASSIGNED);
    assert_non_null(news);
    assert_int_equal(LIST_ITEM(news, struct news_assigned, news)->count, 3);
    news_destroy(news);
    consumer_drive(scene.consumer);
    assert_non_null(script_take(&scene, API_OFFSET_FETCH, -1) ? &scene : NULL);
    consumer_destroy(scene.consumer);
    scene.consumer = NULL;
    script_end(&scene);
}
