/* tests: wire/error_path: every error code of an answer, and nothing else. */
#include "wire/error_path.h"

#include "support/test.h"
#include "wire/api.h"
#include "wire/messages.h"
#include "wire/refusal.h"

#include <stdlib.h>

struct seen {
    int64_t count;
    int64_t sum;
};

static void on_error(void *context, int16_t code)
{
    struct seen *seen = context;
    seen->count++;
    seen->sum += code;
}

static struct seen look(const struct message_type *type, const void *message)
{
    struct error_path path;
    struct seen seen = { 0 };
    error_path_init(&path, type);
    error_path_walk(&path, message, on_error, &seen);
    return seen;
}

TEST(errors_at_every_depth_are_found)
{
    struct produce_response_partition_produce_response partitions[3];
    struct produce_response_topic_produce_response topics[2];
    struct produce_response response;
    message_defaults(&produce_response_type, &response);
    for (int i = 0; i < 3; i++) {
        message_defaults(&produce_response_partition_produce_response_type, &partitions[i]);
    }
    for (int i = 0; i < 2; i++) {
        message_defaults(&produce_response_topic_produce_response_type, &topics[i]);
    }
    topics[0].partition_responses.items = partitions;
    topics[0].partition_responses.count = 2;
    topics[1].partition_responses.items = &partitions[2];
    topics[1].partition_responses.count = 1;
    response.responses.items = topics;
    response.responses.count = 2;
    assert_int_equal(look(&produce_response_type, &response).count, 0);
    partitions[1].error_code = 6;
    partitions[2].error_code = -1;
    assert_int_equal(look(&produce_response_type, &response).count, 2);
    assert_int_equal(look(&produce_response_type, &response).sum, 5);
}

TEST(null_lists_and_answers_without_errors)
{
    struct fetch_response response;
    message_defaults(&fetch_response_type, &response);
    response.responses.count = -1;
    response.error_code = 70;
    assert_int_equal(look(&fetch_response_type, &response).sum, 70);
    struct error_path path;
    error_path_init(&path, &list_groups_request_type);
    assert_int_equal(path.count, 0);
    error_path_walk(&path, NULL, on_error, NULL);
}

/* An answer that refuses the whole request has an error, whatever the API. */
TEST(every_api_shows_its_refusal)
{
    int found = 0;
    for (int16_t key = 0; key < 100; key++) {
        const struct api *api = api_find(key);
        if (!api) {
            continue;
        }
        void *response = calloc(1, message_struct_size(api->response));
        assert_non_null(response);
        message_defaults(api->response, response);
        assert_int_equal(look(api->response, response).count, 0);
        if (refusal_mark(api->response, api->version_max, response, NULL, true,
                         KC_ERR_NOT_CONTROLLER)) {
            assert_int_equal(look(api->response, response).sum, KC_ERR_NOT_CONTROLLER);
            found++;
        }
        free(response);
    }
    assert_true(found > 30);
}
