/* tests: SaslHandshake and SaslAuthenticate: what is sent, what is made of the answers. */
#include "net/login.h"
#include "support/test.h"
#include "wire/frame.h"

static const uint8_t nonce[LOGIN_NONCE_SIZE] = { 7 };

struct talk {
    struct login login;
    struct credential *credential;
    struct version_table versions;
    struct bytes out;
    struct request_head head;
};

static void heard(struct talk *talk, int16_t key, int16_t version)
{
    struct reader reader;
    assert_true(talk->out.size > 4);
    reader_init(&reader, slice_of(talk->out.data + 4, talk->out.size - 4));
    assert_int_equal(request_head_read(&reader, &talk->head), 0);
    assert_int_equal(talk->head.key, key);
    assert_int_equal(talk->head.version, version);
    assert_int_equal(talk->head.correlation_id, talk->login.correlation_id);
    talk->out.size = 0;
}

static void talk_init(struct talk *talk, const char *mechanism)
{
    memset(talk, 0, sizeof(*talk));
    bytes_init(&talk->out, 4096);
    version_table_clear(&talk->versions);
    talk->versions.ranges[API_SASL_HANDSHAKE] = (struct version_range){ 0, 1 };
    talk->versions.ranges[API_SASL_AUTHENTICATE] = (struct version_range){ 0, 2 };
    talk->credential = credential_create(mechanism_find(slice_text(mechanism)), slice_text("alice"),
                                         slice_text("secret"), false);
}

static enum kc_err talk_start(struct talk *talk)
{
    return login_start(&talk->login, talk->credential, slice_text("me"), &talk->versions, 42, nonce,
                       &talk->out);
}

static void talk_finish(struct talk *talk)
{
    login_finish(&talk->login);
    credential_destroy(talk->credential);
    bytes_finish(&talk->out);
}

static enum kc_err answer(struct talk *talk, int16_t key, int16_t version, const void *response)
{
    struct bytes frame;
    struct writer writer;
    bytes_init(&frame, 1 << 20);
    writer_init(&writer, &frame);
    assert_int_equal(
        response_write(&writer, api_find(key), version, talk->head.correlation_id, response), 0);
    enum kc_err err =
        login_step(&talk->login, slice_of(frame.data + 4, frame.size - 4), &talk->out);
    bytes_finish(&frame);
    return err;
}

static enum kc_err answer_handshake(struct talk *talk, int16_t code, const char *const *names,
                                    int32_t count)
{
    struct slice items[8];
    struct sasl_handshake_response response;
    message_defaults(&sasl_handshake_response_type, &response);
    for (int32_t i = 0; i < count; i++) {
        items[i] = slice_text(names[i]);
    }
    response.error_code = code;
    response.mechanisms.items = items;
    response.mechanisms.count = count;
    return answer(talk, API_SASL_HANDSHAKE, 1, &response);
}

static enum kc_err answer_exchange(struct talk *talk, int16_t code, const char *text,
                                   const char *words)
{
    struct sasl_authenticate_response response;
    message_defaults(&sasl_authenticate_response_type, &response);
    response.error_code = code;
    response.error_message = slice_text(text);
    response.auth_bytes = slice_text(words);
    response.session_lifetime_ms = 3600000;
    return answer(talk, API_SASL_AUTHENTICATE, talk->login.version, &response);
}

TEST(plain_logs_in_with_two_requests)
{
    static const char *const names[] = { "PLAIN" };
    struct talk talk;
    talk_init(&talk, "PLAIN");
    assert_int_equal(talk_start(&talk), 0);
    heard(&talk, API_SASL_HANDSHAKE, 1);
    assert_int_equal(talk.head.correlation_id, 42);
    assert_int_equal(answer_handshake(&talk, 0, names, 1), 0);
    assert_int_equal(talk.login.state, LOGIN_EXCHANGE);
    assert_non_null(memmem(talk.out.data, talk.out.size, "\0alice\0secret", 13));
    heard(&talk, API_SASL_AUTHENTICATE, 2);
    assert_int_equal(talk.head.correlation_id, 43);
    assert_int_equal(answer_exchange(&talk, 0, NULL, ""), 0);
    assert_int_equal(talk.login.state, LOGIN_DONE);
    assert_int_equal(talk.login.lifetime_ms, 3600000);
    assert_int_equal(talk.out.size, 0);
    talk_finish(&talk);
}

TEST(an_older_broker_gets_an_older_version)
{
    struct talk talk;
    talk_init(&talk, "PLAIN");
    talk.versions.ranges[API_SASL_AUTHENTICATE].max = 0;
    assert_int_equal(talk_start(&talk), 0);
    heard(&talk, API_SASL_HANDSHAKE, 1);
    assert_int_equal(answer_handshake(&talk, 0, NULL, 0), 0);
    heard(&talk, API_SASL_AUTHENTICATE, 0);
    struct sasl_authenticate_response response;
    message_defaults(&sasl_authenticate_response_type, &response);
    assert_int_equal(answer(&talk, API_SASL_AUTHENTICATE, 0, &response), 0);
    assert_int_equal(talk.login.state, LOGIN_DONE);
    assert_int_equal(talk.login.lifetime_ms, 0);
    talk_finish(&talk);
}

TEST(a_broker_without_sasl_is_told_from_others)
{
    struct talk talk;
    talk_init(&talk, "PLAIN");
    talk.versions.ranges[API_SASL_HANDSHAKE].max = 0;
    assert_int_equal(talk_start(&talk), KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(talk.login.state, LOGIN_FAILED);
    assert_int_equal(talk.out.size, 0);
    assert_non_null(strstr(talk.login.error.text, "PLAIN: the broker does not know"));
    talk_finish(&talk);
}

static void check_refused(struct talk *talk, enum kc_err got, enum kc_err wanted, const char *text)
{
    assert_int_equal(got, wanted);
    assert_int_equal(talk->login.state, LOGIN_FAILED);
    assert_int_equal(talk->login.error.code, wanted);
    if (!strstr(talk->login.error.text, text)) {
        fail_msg("'%s', wanted '%s'", talk->login.error.text, text);
    }
    assert_null(strstr(talk->login.error.text, "secret"));
    talk_finish(talk);
}

static void talk_asked(struct talk *talk, const char *mechanism)
{
    talk_init(talk, mechanism);
    assert_int_equal(talk_start(talk), 0);
    heard(talk, API_SASL_HANDSHAKE, 1);
}

TEST(another_mechanism_is_named)
{
    static const char *const names[] = { "GSSAPI", "SCRAM-SHA-512" };
    struct talk talk;
    talk_asked(&talk, "SCRAM-SHA-256");
    check_refused(&talk, answer_handshake(&talk, KC_ERR_UNSUPPORTED_SASL_MECHANISM, names, 2),
                  KC_ERR_UNSUPPORTED_SASL_MECHANISM,
                  "SCRAM-SHA-256: the broker does not offer it; it offers GSSAPI, SCRAM-SHA-512");
    talk_asked(&talk, "PLAIN");
    check_refused(&talk, answer_handshake(&talk, KC_ERR_UNSUPPORTED_SASL_MECHANISM, NULL, 0),
                  KC_ERR_UNSUPPORTED_SASL_MECHANISM, "it offers none");
    char name[301];
    memset(name, 'M', 300);
    name[300] = 0;
    const char *const many[] = { name, name, name, name, name, name, name, name };
    talk_asked(&talk, "PLAIN");
    check_refused(&talk, answer_handshake(&talk, KC_ERR_UNSUPPORTED_SASL_MECHANISM, many, 8),
                  KC_ERR_UNSUPPORTED_SASL_MECHANISM, "MMMM, MMMM");
}

TEST(other_refusals_are_told)
{
    struct talk talk;
    talk_asked(&talk, "PLAIN");
    check_refused(&talk, answer_handshake(&talk, KC_ERR_ILLEGAL_SASL_STATE, NULL, 0),
                  KC_ERR_ILLEGAL_SASL_STATE, "security.protocol=PLAINTEXT");
    talk_asked(&talk, "PLAIN");
    check_refused(&talk, answer_handshake(&talk, KC_ERR_INVALID_REQUEST, NULL, 0),
                  KC_ERR_INVALID_REQUEST, "INVALID_REQUEST");
    talk_asked(&talk, "PLAIN");
    assert_int_equal(answer_handshake(&talk, 0, NULL, 0), 0);
    heard(&talk, API_SASL_AUTHENTICATE, 2);
    check_refused(&talk,
                  answer_exchange(&talk, KC_ERR_SASL_AUTHENTICATION_FAILED, "Wrong password", ""),
                  KC_ERR_SASL_AUTHENTICATION_FAILED, "PLAIN: Wrong password");
    talk_asked(&talk, "PLAIN");
    assert_int_equal(answer_handshake(&talk, 0, NULL, 0), 0);
    heard(&talk, API_SASL_AUTHENTICATE, 2);
    check_refused(&talk, answer_exchange(&talk, KC_ERR_SASL_AUTHENTICATION_FAILED, NULL, ""),
                  KC_ERR_SASL_AUTHENTICATION_FAILED, "SASL authentication failed");
}

/* "You are welcome", says a broker that never saw the password. */
TEST(a_broker_that_proves_nothing_is_refused)
{
    struct talk talk;
    talk_asked(&talk, "SCRAM-SHA-512");
    assert_int_equal(answer_handshake(&talk, 0, NULL, 0), 0);
    heard(&talk, API_SASL_AUTHENTICATE, 2);
    check_refused(&talk, answer_exchange(&talk, 0, NULL, ""), KC_ERR_SASL_AUTHENTICATION_FAILED,
                  "not SCRAM's");
}

TEST(foreign_answers_are_refused)
{
    struct talk talk;
    talk_asked(&talk, "PLAIN");
    talk.head.correlation_id++;
    check_refused(&talk, answer_handshake(&talk, 0, NULL, 0), KC_ERR_MALFORMED,
                  "the answer to SaslHandshake cannot be read");
    talk_asked(&talk, "PLAIN");
    check_refused(&talk, login_step(&talk.login, SLICE_EMPTY, &talk.out), KC_ERR_MALFORMED,
                  "cannot be read");
    talk_init(&talk, "PLAIN");
    assert_int_equal(login_step(&talk.login, SLICE_EMPTY, &talk.out), KC_ERR_WRONG_STATE);
    talk_finish(&talk);
}
