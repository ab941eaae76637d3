/* tests: levels of features: altered, announced, obeyed, and kept over a restart. */
#include "versions.h"

#include "support/test.h"

static int16_t level_of(struct line *line, const char *name)
{
    struct api_versions_request request;
    struct api_versions_response response;
    message_defaults(&api_versions_request_type, &request);
    request.client_software_name = slice_text("unit-test");
    request.client_software_version = slice_text("1.0");
    line_ask(line, 18, 3, &request, &response);
    assert_int_equal(response.supported_features.count, 3);
    assert_true(response.finalized_features_epoch > 0);
    for (int32_t i = 0; i < response.finalized_features.count; i++) {
        if (slice_is(response.finalized_features.items[i].name, name)) {
            return response.finalized_features.items[i].max_version_level;
        }
    }
    return 0;
}

enum { UP = 1, SAFE = 2 };

static int16_t change(struct line *line, const char *name, int16_t level, int8_t kind,
                      bool validate_only)
{
    struct update_features_request_feature_update_key updates[2];
    struct update_features_request request;
    struct update_features_response response;
    message_defaults(&update_features_request_type, &request);
    for (int i = 0; i < 2; i++) {
        message_defaults(&update_features_request_feature_update_key_type, &updates[i]);
    }
    updates[0].feature = slice_text("metadata.version");
    updates[0].max_version_level = 30;
    updates[1].feature = slice_text(name);
    updates[1].max_version_level = level;
    updates[1].upgrade_type = kind;
    request.feature_updates.items = updates;
    request.feature_updates.count = 2;
    request.validate_only = validate_only;
    line_ask(line, 57, 2, &request, &response);
    assert_int_equal(response.error_message.size == 0, response.error_code == 0);
    return response.error_code;
}

static int16_t beat(struct line *line, int16_t *ret_described)
{
    struct slice group = slice_text("g");
    struct consumer_group_heartbeat_request request;
    struct consumer_group_heartbeat_response response;
    struct consumer_group_describe_request question;
    struct consumer_group_describe_response answer;
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    request.group_id = group;
    request.member_id = slice_text("m");
    request.rebalance_timeout_ms = 1000;
    line_ask(line, 68, 1, &request, &response);
    message_defaults(&consumer_group_describe_request_type, &question);
    question.group_ids.items = &group;
    question.group_ids.count = 1;
    int16_t err = response.error_code;
    line_ask(line, 69, 1, &question, &answer);
    *ret_described = answer.groups.items[0].error_code;
    return err;
}

TEST(levels_are_changed_and_kept)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    assert_int_equal(level_of(&line, "metadata.version"), 30);
    assert_int_equal(level_of(&line, "group.version"), 1);
    assert_int_equal(change(&line, "transaction.version", 1, SAFE, true), 0);
    assert_int_equal(level_of(&line, "transaction.version"), 2);
    assert_int_equal(change(&line, "transaction.version", 1, SAFE, false), 0);
    assert_int_equal(level_of(&line, "transaction.version"), 1);
    assert_int_equal(change(&line, "transaction.version", 0, UP, false),
                     KC_ERR_INVALID_UPDATE_VERSION);
    line_close(&line);
    served_stop(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    assert_int_equal(level_of(&line, "transaction.version"), 1);
    assert_int_equal(level_of(&line, "group.version"), 1);
    line_close(&line);
    served_stop(&served);
}

TEST(consumer_groups_can_be_switched_off)
{
    struct served served;
    struct line line;
    int16_t described;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    line_await_coordinator(&line, "g");
    assert_int_equal(change(&line, "group.version", 0, SAFE, false), 0);
    assert_int_equal(level_of(&line, "group.version"), 0);
    assert_int_equal(beat(&line, &described), KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(described, KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(change(&line, "group.version", 1, UP, false), 0);
    assert_int_equal(beat(&line, &described), KC_ERR_INVALID_REQUEST); /* no topics: as before */
    assert_int_equal(described, KC_ERR_GROUP_ID_NOT_FOUND);
    line_close(&line);
    served_stop(&served);
}
