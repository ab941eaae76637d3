/* unit: incremental fetches (KIP-227) as they go out and come back. */
#include "script.h"
#include "support/test.h"

/* Partitions 0 and 2 are fetched from broker 1, in session 7. */
static struct cluster_request *open_session(struct script *scene)
{
    struct fetch_script script;
    script_begin(scene, false);
    script_assign(scene, 3, 0);
    script_fetch(&script);
    (void)script_partition(&script, 0, KC_ERR_NONE);
    (void)script_partition(&script, 2, KC_ERR_NONE);
    script.response.session_id = 7;
    struct cluster_request *request = script_take(scene, API_FETCH, 1);
    const struct fetch_request *message = request->message;
    assert_int_equal(message->session_id, 0);
    assert_int_equal(message->session_epoch, 0);
    script_reply(request, 17, &script.response);
    return script_take(scene, API_FETCH, 1);
}

TEST(only_what_changed_is_said)
{
    struct script scene;
    struct fetch_script script;
    struct cluster_request *request = open_session(&scene);
    const struct fetch_request *message = request->message;
    assert_int_equal(message->session_id, 7);
    assert_int_equal(message->session_epoch, 1);
    assert_int_equal(message->topics.count, 0);
    script_fetch(&script);
    script_data(&script, 2, 0, 3); /* the other has no news: nothing is wrong */
    script.response.session_id = 7;
    script_reply(request, 17, &script.response);
    script_expect_data(&scene, 2, 0);
    request = script_take(&scene, API_FETCH, 1);
    message = request->message;
    assert_int_equal(message->session_epoch, 2);
    assert_null(script_asked(request, 0));
    assert_int_equal(script_asked(request, 2)->fetch_offset, 3);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(what_is_paused_is_forgotten_and_comes_back)
{
    struct script scene;
    struct fetch_script script;
    struct cluster_request *request = open_session(&scene);
    consumer_pause(scene.consumer, scene.claims[0], true);
    script_fetch(&script);
    script.response.session_id = 7;
    script_reply(request, 17, &script.response);
    request = script_take(&scene, API_FETCH, 1);
    const struct fetch_request *message = request->message;
    assert_int_equal(message->forgotten_topics_data.count, 1);
    assert_int_equal(message->forgotten_topics_data.items[0].partitions.items[0], 0);
    consumer_pause(scene.consumer, scene.claims[0], false);
    script_fetch(&script);
    script.response.session_id = 7;
    script_reply(request, 17, &script.response);
    request = script_take(&scene, API_FETCH, 1);
    message = request->message;
    assert_int_equal(message->forgotten_topics_data.count, 0);
    assert_non_null(script_asked(request, 0));
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

TEST(a_session_that_the_broker_dropped_is_opened_anew)
{
    struct script scene;
    struct fetch_script script;
    struct cluster_request *request = open_session(&scene);
    script_fetch(&script);
    script.response.error_code = KC_ERR_FETCH_SESSION_ID_NOT_FOUND;
    script_reply(request, 17, &script.response);
    request = script_take(&scene, API_FETCH, 1);
    assert_non_null(request); /* at once */
    const struct fetch_request *message = request->message;
    assert_int_equal(message->session_id, 0);
    assert_int_equal(message->session_epoch, 0);
    assert_non_null(script_asked(request, 0));
    assert_non_null(script_asked(request, 2));
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}

/* A broker that says so of a request that opens one would be asked without end. */
TEST(a_broker_that_refuses_every_session_is_asked_with_pauses)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    scene.consumer->options.policy.retry = (struct retry_policy){ 1000, 1000 };
    script_assign(&scene, 3, 0);
    script_fetch(&script);
    script.response.error_code = KC_ERR_FETCH_SESSION_ID_NOT_FOUND;
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    assert_null(script_take(&scene, API_FETCH, 1));
    script_end(&scene);
}

static const struct fetch_request *take_farewell(struct script *scene,
                                                 struct cluster_request **ret_request)
{
    LIST_EACH(node, &scene->cluster.requests)
    {
        struct cluster_request *request = LIST_ITEM(node, struct cluster_request, link);
        const struct fetch_request *message = request->message;
        if (request->api_key == API_FETCH && message->session_epoch == -1) {
            list_remove(node);
            *ret_request = request;
            return message;
        }
    }
    return NULL;
}

static void count_up(void *context)
{
    (*(int *)context)++;
}

TEST(a_source_that_ends_ends_its_session)
{
    struct script scene;
    struct cluster_request *request = open_session(&scene);
    const struct fetch_request *message;
    struct fetch_script script;
    cluster_request(&scene.cluster, request); /* waits for records */
    consumer_unassign(scene.consumer, scene.claims[0]);
    consumer_drive(scene.consumer);
    assert_null(take_farewell(&scene, &request)); /* partition 2 goes on in it */
    consumer_unassign(scene.consumer, scene.claims[2]);
    consumer_unassign(scene.consumer, scene.claims[1]); /* at broker 2 there is no session */
    consumer_drive(scene.consumer);
    assert_null(script_take(&scene, API_FETCH, 2));
    message = take_farewell(&scene, &request);
    assert_non_null(message);
    assert_int_equal(request->broker_id, 1);
    assert_int_equal(request->use, CLUSTER_USE_GENERAL);
    assert_int_equal(message->session_id, 7);
    assert_int_equal(message->topics.count, 0);
    script_fetch(&script);
    script.response.responses.count = 0;
    script_reply(request, 17, &script.response);
    script_end(&scene);
}

TEST(leaving_waits_until_the_brokers_know)
{
    struct script scene;
    int left = 0;
    struct cluster_request *request = open_session(&scene);
    cluster_request(&scene.cluster, request);
    consumer_unsubscribe(scene.consumer, MEMBER_PARTING_DEFAULT, count_up, &left);
    assert_int_equal(left, 0);
    assert_non_null(take_farewell(&scene, &request));
    assert_null(take_farewell(&scene, &request));
    script_refuse(request, KC_ERR_TIMED_OUT); /* or had their chance */
    assert_int_equal(left, 1);
    script_end(&scene);
    assert_int_equal(left, 1);
}

TEST(the_end_of_the_consumer_waits_for_no_broker)
{
    struct script scene;
    int left = 0;
    struct cluster_request *request = open_session(&scene);
    cluster_request(&scene.cluster, request);
    consumer_unsubscribe(scene.consumer, MEMBER_PARTING_DEFAULT, count_up, &left);
    assert_int_equal(left, 0);
    script_end(&scene);
    assert_int_equal(left, 1);
}

/* Nobody knows what became of the request: the next one ends what it may have left behind. */
TEST(a_full_request_ends_the_session_before_it)
{
    struct script scene;
    struct fetch_script script;
    struct cluster_request *request = open_session(&scene);
    scene.consumer->options.policy.retry = (struct retry_policy){ 0, 0 };
    script_refuse(request, KC_ERR_DISCONNECTED);
    consumer_drive(scene.consumer);
    request = script_take(&scene, API_FETCH, 1);
    const struct fetch_request *message = request->message;
    assert_int_equal(message->session_id, 7);
    assert_int_equal(message->session_epoch, 0);
    assert_non_null(script_asked(request, 0));
    script_fetch(&script);
    (void)script_partition(&script, 0, KC_ERR_NONE);
    (void)script_partition(&script, 2, KC_ERR_NONE);
    script.response.session_id = 8;
    script_reply(request, 17, &script.response);
    request = script_take(&scene, API_FETCH, 1);
    message = request->message;
    assert_int_equal(message->session_id, 8);
    assert_int_equal(message->session_epoch, 1);
    cluster_request(&scene.cluster, request);
    script_end(&scene);
}
