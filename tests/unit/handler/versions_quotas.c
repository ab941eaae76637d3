/* tests: DescribeClientQuotas, AlterClientQuotas and DescribeUserScramCredentials in every version.
 */
#include "versions.h"

#include "support/test.h"

static void alter(struct versions *v, const char *name, double value, int16_t wanted)
{
    struct alter_client_quotas_request_entity_data parts[] = {
        { slice_text("user"), slice_text("u") }, { slice_text("client-id"), slice_text(name) }
    };
    struct alter_client_quotas_request_op_data op = { slice_text("producer_byte_rate"), value,
                                                      false };
    struct alter_client_quotas_request_entry_data entry = { { parts, 2 }, { &op, 1 } };
    struct alter_client_quotas_request request;
    struct alter_client_quotas_response response;
    message_defaults(&alter_client_quotas_request_type, &request);
    request.entries.items = &entry;
    request.entries.count = 1;
    line_ask(&v->line, 49, v->version, &request, &response);
    assert_int_equal(response.entries.count, 1);
    assert_int_equal(response.entries.items[0].error_code, wanted);
    assert_int_equal(response.entries.items[0].entity.count, 2);
    assert_true(slice_is(response.entries.items[0].entity.items[0].entity_name, name));
    assert_int_equal(slice_is_null(response.entries.items[0].error_message), wanted == 0);
}

static void ask_alter(struct versions *v)
{
    alter(v, v->group, 12345, 0);
    alter(v, v->group, -1, KC_ERR_INVALID_REQUEST);
}

static void ask_describe(struct versions *v)
{
    struct describe_client_quotas_request_component_data components[] = {
        { slice_text("client-id"), 0, slice_text(v->group) },
        { slice_text("user"), 2, SLICE_NULL },
    };
    struct describe_client_quotas_request request;
    struct describe_client_quotas_response response;
    alter(v, v->group, 12345, 0);
    message_defaults(&describe_client_quotas_request_type, &request);
    request.components.items = components;
    request.components.count = 2;
    line_ask(&v->line, 48, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.entries.count, 1);
    assert_int_equal(response.entries.items[0].values.count, 1);
    assert_true(response.entries.items[0].values.items[0].value == 12345);
    request.components.count = 1;
    request.strict = true; /* the user is more than was asked for */
    line_ask(&v->line, 48, v->version, &request, &response);
    assert_int_equal(response.entries.count, 0);
    components[0].entity_type = slice_text("planet");
    line_ask(&v->line, 48, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(response.entries.count, -1);
}

static void ask_users(struct versions *v)
{
    struct describe_user_scram_credentials_request_user_name names[] = { { slice_text("ann") },
                                                                         { slice_text("bob") },
                                                                         { slice_text("ann") } };
    struct describe_user_scram_credentials_request request;
    struct describe_user_scram_credentials_response response;
    message_defaults(&describe_user_scram_credentials_request_type, &request);
    request.users.count = -1; /* all */
    line_ask(&v->line, 50, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.results.count, 0);
    request.users.items = names;
    request.users.count = 3;
    line_ask(&v->line, 50, v->version, &request, &response);
    assert_int_equal(response.results.count, 2);
    assert_int_equal(response.results.items[0].error_code, KC_ERR_DUPLICATE_RESOURCE);
    assert_int_equal(response.results.items[1].error_code, KC_ERR_RESOURCE_NOT_FOUND);
    assert_true(slice_is(response.results.items[1].error_message,
                         "Attempt to describe a user credential that does not exist: bob"));
}

const struct versions_row versions_of_quotas[] = {
    { 48, ask_describe },
    { 49, ask_alter },
    { 50, ask_users },
    { -1, NULL },
};
