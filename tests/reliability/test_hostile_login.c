/* reliability: brokers that lie while somebody logs in (S20, S21, S25): a typed error in time, no
 * storm of attempts, and the password in no text and no log line (S33). */
#include "imposter.h"

#include "base/attr.h"
#include "support/test.h"

#include <libclient/client.h>
#include <stdatomic.h>
#include <stdio.h>

enum { CALL_MS = 1500, ATTEMPTS_MAX = 12 };

#define SECRET "open-sesame"

struct login_case {
    const char *name;
    const char *mechanism;
    struct imposter_lie lie;
    enum kc_err err;
    const char *text; /* in the error's */
};

/* ---- lies ---- */

static void twist_mechanisms(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct sasl_handshake_response *handshake = response;
    handshake->error_code = KC_ERR_UNSUPPORTED_SASL_MECHANISM;
    handshake->mechanisms.count = (int32_t)lie->value;
    for (int32_t i = 0; i < handshake->mechanisms.count; i++) {
        handshake->mechanisms.items[i] = slice_text("GSSAPI");
    }
}

static void twist_handshake(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct sasl_handshake_response *)response)->error_code = (int16_t)lie->value;
}

static void twist_refusal(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct sasl_authenticate_response *answer = response;
    answer->error_code = (int16_t)lie->value;
    answer->error_message = lie->more ? slice_text("not tonight") : SLICE_NULL;
}

static void twist_words(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    static const char *const words[] = { "r=theirs-alone,s=W22Z,i=4096", "m=x,r=y,s=W22Z,i=4096",
                                         "e=unknown-user" };
    ((struct sasl_authenticate_response *)response)->auth_bytes = slice_text(words[lie->value]);
}

static void bend_correlation(struct bytes *frame, const struct imposter_lie *lie)
{
    store_u32(frame->data + 4, load_u32(frame->data + 4) + 1);
}

static void bend_cut(struct bytes *frame, const struct imposter_lie *lie)
{
    frame->size = MIN_OF(frame->size, 4 + (size_t)lie->value);
    store_u32(frame->data, (uint32_t)frame->size - 4);
}

static void bend_length(struct bytes *frame, const struct imposter_lie *lie)
{
    store_u32(frame->data, (uint32_t)lie->value);
}

static void bend_silence(struct bytes *frame, const struct imposter_lie *lie)
{
    frame->size = 0;
}

/* ---- who logs in ---- */

/* On the library's threads. */
static void on_line(void *context, enum kc_log_level level, const char *text)
{
    if (strstr(text, SECRET)) {
        atomic_fetch_add((_Atomic int *)context, 1);
    }
}

static struct kc_admin *log_in(int port, const char *mechanism, _Atomic int *leaks)
{
    struct kc_config *config = kc_config_create();
    struct kc_error error;
    char server[32];
    (void)snprintf(server, sizeof(server), "127.0.0.1:%d", port);
    const char *const settings[][2] = {
        { "bootstrap.servers", server }, { "security.protocol", "SASL_PLAINTEXT" },
        { "sasl.mechanism", mechanism }, { "sasl.username", "alice" },
        { "sasl.password", SECRET },     { "socket.connection.setup.timeout.ms", "500" }
    };
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        assert_int_equal(kc_config_set(config, settings[i][0], settings[i][1], &error), 0);
    }
    kc_config_set_log(config, on_line, leaks, KC_LOG_DEBUG);
    struct kc_admin *admin = kc_admin_create(config, &error);
    kc_config_destroy(config);
    assert_non_null(admin);
    return admin;
}

static void check(const struct login_case *one)
{
    _Atomic int leaks = 0;
    struct imposter *imposter = imposter_start(&one->lie, 1);
    struct kc_admin *admin = log_in(imposter_port(imposter), one->mechanism, &leaks);
    struct kc_topic_descriptions *topics = NULL;
    struct kc_error error = { 0 };
    enum kc_err err = kc_admin_list_topics(admin, CALL_MS, &topics, &error);
    kc_topic_descriptions_destroy(topics);
    kc_admin_destroy(admin);
    unsigned attempts = imposter_asked(imposter, API_SASL_HANDSHAKE);
    if (err != one->err || (err && !strstr(error.text, one->text)) || strstr(error.text, SECRET)) {
        fail_msg("%s: %s (%s), wanted %s (%s)", one->name, kc_err_name(err), error.text,
                 kc_err_name(one->err), one->text);
    }
    if (attempts < 1 || attempts > ATTEMPTS_MAX || leaks > 0) {
        fail_msg("%s: %u attempts, %d leaks", one->name, attempts, leaks);
    }
    imposter_stop(imposter);
}

static const enum kc_err denied = KC_ERR_SASL_AUTHENTICATION_FAILED;

TEST(an_honest_broker_lets_in)
{
    check(&(struct login_case){ "honest", "PLAIN", { .api_key = -1 }, KC_ERR_NONE, "" });
}

TEST(refusals_are_told)
{
    const struct login_case cases[] = {
        { "other mechanisms",
          "PLAIN",
          { API_SASL_HANDSHAKE, .twist = twist_mechanisms, .value = 1 },
          KC_ERR_UNSUPPORTED_SASL_MECHANISM,
          "PLAIN: the broker does not offer it; it offers GSSAPI" },
        { "no mechanism",
          "PLAIN",
          { API_SASL_HANDSHAKE, .twist = twist_mechanisms },
          KC_ERR_UNSUPPORTED_SASL_MECHANISM,
          "it offers none" },
        { "no login here",
          "PLAIN",
          { API_SASL_HANDSHAKE, .twist = twist_handshake, .value = KC_ERR_ILLEGAL_SASL_STATE },
          KC_ERR_ILLEGAL_SASL_STATE,
          "does not want a login" },
        { "refused",
          "PLAIN",
          { API_SASL_AUTHENTICATE, .twist = twist_refusal, .value = 58, .more = 1 },
          denied,
          "(PLAIN: not tonight)" },
        { "refused without a word",
          "SCRAM-SHA-512",
          { API_SASL_AUTHENTICATE, .twist = twist_refusal, .value = 58 },
          denied,
          "SCRAM-SHA-512: " },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        check(&cases[i]);
    }
}

TEST(brokers_that_prove_nothing_are_refused)
{
    const struct login_case cases[] = {
        { "welcome", "SCRAM-SHA-256", { .api_key = -1 }, denied, "not SCRAM's" },
        { "another nonce",
          "SCRAM-SHA-256",
          { API_SASL_AUTHENTICATE, .twist = twist_words, .value = 0 },
          denied,
          "nonce" },
        { "an extension",
          "SCRAM-SHA-512",
          { API_SASL_AUTHENTICATE, .twist = twist_words, .value = 1 },
          denied,
          "extension" },
        { "an error in its words",
          "SCRAM-SHA-512",
          { API_SASL_AUTHENTICATE, .twist = twist_words, .value = 2 },
          denied,
          "not SCRAM's" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        check(&cases[i]);
    }
}

TEST(broken_frames_are_told_and_not_tried_without_pause)
{
    static const int16_t keys[] = { API_SASL_HANDSHAKE, API_SASL_AUTHENTICATE };
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const struct login_case cases[] = {
            { "correlation id",
              "PLAIN",
              { keys[i], .bend = bend_correlation },
              KC_ERR_MALFORMED,
              "cannot be read" },
            { "cut",
              "PLAIN",
              { keys[i], .bend = bend_cut, .value = 5 },
              KC_ERR_MALFORMED,
              "cannot be read" },
            { "huge",
              "PLAIN",
              { keys[i], .bend = bend_length, .value = 0x7fffffff },
              KC_ERR_TOO_LARGE,
              "larger than the limit" },
            { "silence",
              "PLAIN",
              { keys[i], .bend = bend_silence },
              KC_ERR_TIMED_OUT,
              "no answer within" },
        };
        for (size_t j = 0; j < ARRAY_COUNT(cases); j++) {
            check(&cases[j]);
        }
    }
}
