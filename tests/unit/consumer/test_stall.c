/* unit: every answer to "why is nothing coming?". */
#include "script.h"
#include "support/test.h"

static struct kc_stall ask(struct script *scene)
{
    struct kc_stall stall;
    consumer_stall(scene->consumer, scene->claims[0], &stall);
    assert_int_equal(strncmp(stall.text, "t-", 2), 0);
    return stall;
}

static struct metadata_topic *topic(struct script *scene)
{
    return metadata_topic(&scene->cluster.metadata, slice_text("t"));
}

/* Partition 0 is at offset 10 of 10 or more; its fetch is answered. */
static void read_some(struct script *scene, int64_t high_watermark, enum kc_err err,
                      int32_t throttle_ms)
{
    struct fetch_script script;
    script_begin(scene, false);
    scene->consumer->options.policy.retry = (struct retry_policy){ 60000, 60000 };
    script_assign(scene, 1, 10);
    script_fetch(&script);
    script_partition(&script, 0, err)->high_watermark = high_watermark;
    script.response.throttle_time_ms = throttle_ms;
    script_reply(script_take(scene, API_FETCH, 1), 17, &script.response);
}

TEST(records_are_on_their_way)
{
    struct script scene;
    script_begin(&scene, false);
    script_assign(&scene, 1, 10);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_NONE);
    assert_int_equal(stall.err, KC_ERR_NONE);
    assert_int_equal(stall.broker_id, 1);
    assert_int_equal(stall.offset, 10);
    assert_int_equal(stall.end_offset, -1);
    assert_string_equal(stall.text, "t-0: records are here or on their way");
    script_end(&scene);
}

TEST(everything_was_read)
{
    struct script scene;
    read_some(&scene, 10, KC_ERR_NONE, 0);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_END);
    assert_int_equal(stall.offset, 10);
    assert_int_equal(stall.end_offset, 10);
    script_end(&scene);
    read_some(&scene, 11, KC_ERR_NONE, 0);
    assert_int_equal(ask(&scene).reason, KC_STALL_NONE);
    script_end(&scene);
}

TEST(paused)
{
    struct script scene;
    read_some(&scene, 10, KC_ERR_NONE, 0);
    consumer_pause(scene.consumer, scene.claims[0], true);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_PAUSED);
    assert_string_equal(stall.text, "t-0: paused");
    consumer_pause(scene.consumer, scene.claims[0], false);
    assert_int_equal(ask(&scene).reason, KC_STALL_END);
    script_end(&scene);
}

TEST(its_position_is_asked_for)
{
    struct script scene;
    script_begin(&scene, false);
    script_assign(&scene, 1, KC_OFFSET_EARLIEST); /* of the leader */
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_POSITION);
    assert_int_equal(stall.offset, -1);
    script_end(&scene);
    script_begin(&scene, true);
    script_assign(&scene, 1, KC_OFFSET_NONE); /* of the group */
    assert_int_equal(ask(&scene).reason, KC_STALL_POSITION);
    consumer_unassign(scene.consumer, scene.claims[0]); /* on its way to the application */
    assert_int_equal(ask(&scene).reason, KC_STALL_POSITION);
    script_end(&scene);
}

TEST(a_seek_is_waited_for)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    scene.consumer->options.policy.reset_timestamp = POSITION_RESET_NONE;
    script_assign(&scene, 1, 10);
    script_fetch(&script);
    (void)script_partition(&script, 0, KC_ERR_OFFSET_OUT_OF_RANGE);
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    assert_int_equal(ask(&scene).reason, KC_STALL_NEEDS_SEEK);
    assert_int_equal(ask(&scene).err, KC_ERR_OFFSET_OUT_OF_RANGE);
    consumer_seek(scene.consumer, scene.claims[0], 0, -1, 1, false);
    assert_int_equal(ask(&scene).reason, KC_STALL_NONE);
    assert_int_equal(ask(&scene).err, KC_ERR_NONE);
    script_end(&scene);
}

TEST(no_leader_is_known)
{
    struct script scene;
    script_begin(&scene, false);
    topic(&scene)->partitions[0].leader = -1;
    script_assign(&scene, 1, 10);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_LEADER);
    assert_int_equal(stall.broker_id, -1);
    assert_string_equal(stall.text, "t-0: no leader is known");
    script_end(&scene);
}

TEST(nobody_can_be_reached_for_a_leader)
{
    struct script scene;
    script_begin(&scene, false);
    topic(&scene)->partitions[0].leader = -1;
    script_assign(&scene, 1, 10);
    scene.cluster.last_error.code = KC_ERR_SASL_AUTHENTICATION_FAILED;
    assert_int_equal(ask(&scene).reason, KC_STALL_LEADER); /* somebody answered just now */
    scene.consumer->heard_us -= 1000000;
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_UNREACHABLE);
    assert_int_equal(stall.err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_non_null(strstr(stall.text, kc_err_text(KC_ERR_SASL_AUTHENTICATION_FAILED)));
    script_end(&scene);
}

TEST(its_broker_cannot_be_reached)
{
    struct script scene;
    script_begin(&scene, false);
    scene.consumer->options.policy.retry = (struct retry_policy){ 60000, 60000 };
    script_assign(&scene, 1, 10);
    script_refuse(script_take(&scene, API_FETCH, 1), KC_ERR_DISCONNECTED);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_UNREACHABLE);
    assert_int_equal(stall.err, KC_ERR_DISCONNECTED);
    assert_int_equal(stall.broker_id, 1);
    scene.cluster.last_error.code = KC_ERR_SASL_AUTHENTICATION_FAILED; /* why there is no other */
    assert_int_equal(ask(&scene).err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    script_end(&scene);
}

TEST(its_broker_refused)
{
    struct script scene;
    read_some(&scene, 10, KC_ERR_TOPIC_AUTHORIZATION_FAILED, 0);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_ERROR);
    assert_int_equal(stall.err, KC_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_non_null(strstr(stall.text, "its broker refused: "));
    script_end(&scene);
}

/* Metadata may say it before anybody could be asked. */
TEST(the_topic_is_refused)
{
    struct script scene;
    static const enum kc_err errs[] = { KC_ERR_TOPIC_AUTHORIZATION_FAILED,
                                        KC_ERR_UNKNOWN_TOPIC_OR_PARTITION };
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        script_begin(&scene, false);
        topic(&scene)->partitions[0].leader = -1;
        topic(&scene)->err = errs[i];
        script_assign(&scene, 1, 10);
        struct kc_stall stall = ask(&scene);
        assert_int_equal(stall.reason, KC_STALL_ERROR);
        assert_int_equal(stall.err, errs[i]);
        topic(&scene)->err = KC_ERR_LEADER_NOT_AVAILABLE; /* as of a topic that was just made */
        assert_int_equal(ask(&scene).reason, KC_STALL_LEADER);
        script_end(&scene);
    }
}

TEST(there_is_no_such_partition)
{
    struct script scene;
    struct claim *claim = claim_create(slice_text("t"), 9);
    int64_t offset = 0;
    int32_t epoch = -1;
    script_begin(&scene, false);
    assert_non_null(claim);
    scene.claims[scene.claim_count++] = claim;
    assert_int_equal(consumer_assign(scene.consumer, &claim, &offset, &epoch, 1, false),
                     KC_ERR_NONE);
    consumer_drive(scene.consumer);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_ERROR);
    assert_int_equal(stall.err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    script_end(&scene);
}

TEST(its_broker_asked_to_wait)
{
    struct script scene;
    read_some(&scene, 10, KC_ERR_NONE, 60000);
    struct kc_stall stall = ask(&scene);
    assert_int_equal(stall.reason, KC_STALL_THROTTLED);
    assert_string_equal(stall.text, "t-0: its broker asked to wait");
    script_end(&scene);
}

TEST(its_own_records_fill_its_share)
{
    struct script scene;
    struct fetch_script script;
    size_t share = (size_t)8 << 16;
    script_begin(&scene, false);
    script_assign(&scene, 1, 10);
    atomic_fetch_add(&scene.claims[0]->queued_bytes, share);
    script_fetch(&script);
    script_data(&script, 0, 10, 1);
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    script_expect_data(&scene, 0, 10);
    assert_int_equal(ask(&scene).reason, KC_STALL_NO_ROOM);
    atomic_fetch_sub(&scene.claims[0]->queued_bytes, share);
    script_end(&scene);
}

TEST(records_of_others_fill_the_budget)
{
    struct script scene;
    struct fetch_script script;
    script_begin(&scene, false);
    script_assign(&scene, 1, 10);
    budget_charge(scene.budget, 1 << 20);
    script_fetch(&script);
    script_data(&script, 0, 10, 1);
    script_reply(script_take(&scene, API_FETCH, 1), 17, &script.response);
    script_expect_data(&scene, 0, 10);
    assert_int_equal(ask(&scene).reason, KC_STALL_NO_ROOM);
    (void)budget_refund(scene.budget, 1 << 20);
    consumer_refill(scene.consumer);
    assert_int_equal(ask(&scene).reason, KC_STALL_END);
    script_end(&scene);
}
