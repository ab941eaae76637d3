/* tests: AlterConfigs and ListConfigResources in every version. */
#include "versions.h"

#include "support/test.h"

/* The topic's own value of a setting, or null when it is not its own. */
static struct slice own_value(struct versions *v, const char *topic, const char *name)
{
    struct slice key = slice_text(name);
    struct describe_configs_request_describe_configs_resource resource = { 2,
                                                                           slice_text(topic),
                                                                           { &key, 1 } };
    struct describe_configs_request request;
    struct describe_configs_response response;
    message_defaults(&describe_configs_request_type, &request);
    request.resources.items = &resource;
    request.resources.count = 1;
    line_ask(&v->line, 32, 4, &request, &response);
    assert_int_equal(response.results.items[0].configs.count, 1);
    return response.results.items[0].configs.items[0].config_source == 1
               ? response.results.items[0].configs.items[0].value
               : SLICE_NULL;
}

static void replace(struct versions *v, bool validate_only, const char *name, const char *value)
{
    struct alter_configs_request_alterable_config good = { slice_text(name), slice_text(value) };
    struct alter_configs_request_alterable_config null = { slice_text("retention.ms"), SLICE_NULL };
    struct alter_configs_request_alterable_config bad = { slice_text("retention.ms"),
                                                          slice_text("soon") };
    struct alter_configs_request_alter_configs_resource resources[] = {
        { 2, slice_text("replaced"), { &good, 1 } },
        { 2, slice_text("there"), { &bad, 1 } },
        { 2, slice_text("nowhere"), { &good, 1 } },
        { 99, slice_text("x"), { &good, 1 } },
        { 4, SLICE_EMPTY, { &null, 1 } },
    };
    const int16_t errs[] = { 0, KC_ERR_INVALID_CONFIG, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
                             KC_ERR_INVALID_REQUEST, KC_ERR_INVALID_REQUEST };
    struct alter_configs_request request;
    struct alter_configs_response response;
    message_defaults(&alter_configs_request_type, &request);
    request.resources.items = resources;
    request.resources.count = 5;
    request.validate_only = validate_only;
    line_ask(&v->line, 33, v->version, &request, &response);
    assert_int_equal(response.responses.count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(response.responses.items[i].error_code, errs[i]);
        assert_int_equal(response.responses.items[i].resource_type, resources[i].resource_type);
        assert_int_equal(slice_is_null(response.responses.items[i].error_message), errs[i] == 0);
    }
}

/* The list is the whole: what it does not name is not set any more. */
static void ask_replace(struct versions *v)
{
    if (v->version == 0) {
        (void)line_create_topic(&v->line, "replaced", 1);
    }
    replace(v, false, "retention.ms", "5000");
    assert_true(slice_is(own_value(v, "replaced", "retention.ms"), "5000"));
    replace(v, true, "segment.bytes", "2000000");
    assert_true(slice_is(own_value(v, "replaced", "retention.ms"), "5000"));
    replace(v, false, "segment.bytes", "2000000");
    assert_true(slice_is(own_value(v, "replaced", "segment.bytes"), "2000000"));
    assert_true(slice_is_null(own_value(v, "replaced", "retention.ms")));
}

static bool has(const struct list_config_resources_response *response, int8_t type,
                const char *name)
{
    for (int32_t i = 0; i < response->config_resources.count; i++) {
        if (response->config_resources.items[i].resource_type == type &&
            slice_is(response->config_resources.items[i].resource_name, name)) {
            return true;
        }
    }
    return false;
}

static void ask_list(struct versions *v)
{
    int8_t types[] = { 4, 16, 32 };
    struct list_config_resources_request request;
    struct list_config_resources_response response;
    message_defaults(&list_config_resources_request_type, &request);
    line_ask(&v->line, 74, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    if (v->version == 0) {
        assert_int_equal(response.config_resources.count, 0);
        return;
    }
    assert_true(has(&response, 2, "there"));
    assert_true(has(&response, 4, "1"));
    assert_true(has(&response, 8, "1"));
    request.resource_types.items = types;
    request.resource_types.count = 3;
    line_ask(&v->line, 74, v->version, &request, &response);
    assert_int_equal(response.config_resources.count, 1);
    assert_true(has(&response, 4, "1"));
    types[2] = 99;
    line_ask(&v->line, 74, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(response.config_resources.count, 0);
}

static void ask_features(struct versions *v)
{
    struct update_features_request_feature_update_key update;
    struct update_features_request request;
    struct update_features_response response;
    message_defaults(&update_features_request_type, &request);
    message_defaults(&update_features_request_feature_update_key_type, &update);
    update.feature = slice_text("transaction.version");
    update.max_version_level = 2;
    request.feature_updates.items = &update;
    request.feature_updates.count = 1;
    line_ask(&v->line, 57, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.error_message.size, 0);
    assert_int_equal(response.results.count, v->version < 2 ? 1 : 0);
    update.max_version_level = 1;
    line_ask(&v->line, 57, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_INVALID_UPDATE_VERSION);
    assert_int_equal(response.results.count, 0);
    update.max_version_level = 2;
    update.allow_downgrade = v->version == 0;
    update.upgrade_type = v->version == 0 ? 1 : 3;
    line_ask(&v->line, 57, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
}

const struct versions_row versions_of_configs[] = {
    { 33, ask_replace },
    { 57, ask_features },
    { 74, ask_list },
    { -1, NULL },
};
