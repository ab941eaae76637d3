/* tests: ApiVersions, its downgrade, and what is refused; version negotiation. */
#include "support/test.h"

#include "net/handshake.h"
#include "wire/frame.h"

struct talk {
    struct handshake handshake;
    struct version_table versions;
    struct bytes out;
    struct request_head head;
};

/* What was sent last: its head. */
static void heard(struct talk *talk)
{
    struct reader reader;
    assert_true(talk->out.size > 4);
    reader_init(&reader, slice_of(talk->out.data + 4, talk->out.size - 4));
    assert_int_equal(request_head_read(&reader, &talk->head), 0);
    assert_int_equal(talk->head.key, API_API_VERSIONS);
    talk->out.size = 0;
}

static void talk_start(struct talk *talk)
{
    memset(talk, 0, sizeof(*talk));
    bytes_init(&talk->out, 4096);
    handshake_init(&talk->handshake, slice_text("me"), "libclient", "1", &talk->versions);
    assert_int_equal(handshake_start(&talk->handshake, &talk->out), 0);
    heard(talk);
}

static enum kc_err answer(struct talk *talk, int16_t version, int16_t error_code, int16_t key,
                          int16_t max, int32_t correlation_id)
{
    struct api_versions_response_api_version keys[] = { { key, 0, max } };
    struct api_versions_response response;
    message_defaults(&api_versions_response_type, &response);
    response.error_code = error_code;
    response.api_keys.items = keys;
    response.api_keys.count = 1;
    struct bytes frame;
    bytes_init(&frame, 4096);
    struct writer writer;
    writer_init(&writer, &frame);
    assert_int_equal(
        response_write(&writer, api_find(API_API_VERSIONS), version, correlation_id, &response), 0);
    enum kc_err err =
        handshake_step(&talk->handshake, slice_of(frame.data + 4, frame.size - 4), &talk->out);
    bytes_finish(&frame);
    return err;
}

TEST(learns_the_versions)
{
    struct talk talk;
    talk_start(&talk);
    assert_int_equal(talk.head.version, api_find(API_API_VERSIONS)->version_max);
    assert_int_equal(answer(&talk, talk.head.version, 0, API_METADATA, 5, talk.head.correlation_id),
                     0);
    assert_int_equal(talk.handshake.state, HANDSHAKE_DONE);
    int16_t version = -1;
    assert_int_equal(version_pick(&talk.versions, API_METADATA, 0, -1, &version), 0);
    assert_int_equal(version, 5);
    assert_int_equal(version_pick(&talk.versions, API_METADATA, 0, 3, &version), 0);
    assert_int_equal(version, 3);
    assert_int_equal(version_pick(&talk.versions, API_METADATA, 6, -1, &version),
                     KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(version_pick(&talk.versions, API_FETCH, 0, -1, &version),
                     KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(version_pick(&talk.versions, -5, 0, -1, &version), KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(version_pick(&talk.versions, 32000, 0, -1, &version),
                     KC_ERR_UNSUPPORTED_VERSION);
    bytes_finish(&talk.out);
}

TEST(downgrades_once)
{
    struct talk talk;
    talk_start(&talk);
    assert_int_equal(
        answer(&talk, 0, KC_ERR_UNSUPPORTED_VERSION, API_API_VERSIONS, 2, talk.head.correlation_id),
        0);
    assert_int_equal(talk.handshake.state, HANDSHAKE_VERSIONS);
    heard(&talk);
    assert_int_equal(talk.head.version, 2);
    assert_int_equal(
        answer(&talk, 0, KC_ERR_UNSUPPORTED_VERSION, API_API_VERSIONS, 1, talk.head.correlation_id),
        KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(talk.handshake.state, HANDSHAKE_FAILED);
    bytes_finish(&talk.out);
}

TEST(refuses_other_answers)
{
    struct talk talk;
    talk_start(&talk);
    assert_int_equal(answer(&talk, talk.head.version, 0, 3, 5, talk.head.correlation_id + 1),
                     KC_ERR_MALFORMED);
    bytes_finish(&talk.out);
    talk_start(&talk);
    assert_int_equal(
        answer(&talk, talk.head.version, KC_ERR_INVALID_REQUEST, 3, 5, talk.head.correlation_id),
        KC_ERR_INVALID_REQUEST);
    bytes_finish(&talk.out);
    talk_start(&talk);
    assert_int_equal(handshake_step(&talk.handshake, SLICE_EMPTY, &talk.out), KC_ERR_MALFORMED);
    bytes_finish(&talk.out);
}
