/* net: SaslHandshake and SaslAuthenticate. */
#include "net/login.h"

#include "wire/frame.h"

#include <stdarg.h>
#include <stdio.h>

/* Version 1: what the mechanism says goes into SaslAuthenticate, not bare onto the line. */
enum { LOGIN_HANDSHAKE_VERSION = 1, LOGIN_ARENA_MAX = 1 << 20, LOGIN_NAMES_SIZE = 256 };

BASE_PRINTF(3, 4)
static enum kc_err login_fail(struct login *login, enum kc_err err, const char *format, ...)
{
    char text[sizeof(login->error.text)];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    login->state = LOGIN_FAILED;
    return mechanism_fail(&login->error, err, "%s: %s", login->credential->mechanism->name, text);
}

static enum kc_err login_send(struct login *login, int16_t api_key, int16_t version,
                              const void *request, struct bytes *out)
{
    struct writer writer;
    if (login->rounds == LOGIN_ROUNDS_MAX) {
        return login_fail(login, KC_ERR_MALFORMED, "the exchange does not end");
    }
    login->rounds++;
    login->correlation_id++;
    writer_init(&writer, out);
    enum kc_err err = request_write(&writer, api_find(api_key), version, login->correlation_id,
                                    login->client_id, request);
    return err == KC_ERR_NONE ? err : login_fail(login, err, "%s", kc_err_text(err));
}

static enum kc_err login_say(struct login *login, const struct bytes *words, struct bytes *out)
{
    struct sasl_authenticate_request request;
    message_defaults(&sasl_authenticate_request_type, &request);
    request.auth_bytes = bytes_slice(words);
    /* Room for the frame at once: a buffer that grows would leave its bytes behind. */
    if (!bytes_reserve(out, words->size + login->client_id.size + 64)) {
        return login_fail(login, KC_ERR_NO_MEMORY, "no memory to log in");
    }
    return login_send(login, API_SASL_AUTHENTICATE, login->version, &request, out);
}

enum kc_err login_start(struct login *login, const struct credential *credential,
                        struct slice client_id, const struct version_table *versions,
                        int32_t first_correlation_id, const uint8_t nonce[LOGIN_NONCE_SIZE],
                        struct bytes *out)
{
    struct sasl_handshake_request request;
    const struct mechanism *mechanism = credential->mechanism;
    int16_t version = 0;
    login_finish(login);
    login->credential = credential;
    login->client_id = client_id;
    login->correlation_id = first_correlation_id - 1;
    if (version_pick(versions, API_SASL_HANDSHAKE, LOGIN_HANDSHAKE_VERSION, LOGIN_HANDSHAKE_VERSION,
                     &version) != KC_ERR_NONE ||
        version_pick(versions, API_SASL_AUTHENTICATE, 0, -1, &login->version) != KC_ERR_NONE) {
        return login_fail(login, KC_ERR_UNSUPPORTED_VERSION,
                          "the broker does not know SaslHandshake %d and SaslAuthenticate",
                          LOGIN_HANDSHAKE_VERSION);
    }
    login->dialog = mechanism->create(credential, slice_of(nonce, LOGIN_NONCE_SIZE));
    if (!login->dialog) {
        return login_fail(login, KC_ERR_NO_MEMORY, "no memory to log in");
    }
    message_defaults(&sasl_handshake_request_type, &request);
    request.mechanism = slice_text(mechanism->name);
    login->state = LOGIN_MECHANISM;
    return login_send(login, API_SASL_HANDSHAKE, version, &request, out);
}

enum talk { TALK_START, TALK_STEP, TALK_RESUME };

static enum kc_err talk_to(struct login *login, enum talk talk, struct slice challenge,
                           const struct mechanism_chore *chore, struct bytes *words)
{
    const struct mechanism *mechanism = login->credential->mechanism;
    struct kc_error error = { 0 };
    enum kc_err err = talk == TALK_START  ? mechanism->start(login->dialog, words, &error)
                      : talk == TALK_STEP ? mechanism->step(login->dialog, challenge, words, &error)
                                          : mechanism->resume(login->dialog, chore, words, &error);
    return err == KC_ERR_NONE ? err : login_fail(login, err, "%s", error.text);
}

/* What the mechanism says goes out, and is wiped here. */
static enum kc_err login_talk(struct login *login, enum talk talk, struct slice challenge,
                              const struct mechanism_chore *chore, struct bytes *out)
{
    const struct mechanism *mechanism = login->credential->mechanism;
    struct bytes words;
    bytes_init(&words, MECHANISM_MESSAGE_MAX);
    enum kc_err err = talk_to(login, talk, challenge, chore, &words);
    if (err == KC_ERR_NONE) {
        login->chore = mechanism->chore ? mechanism->chore(login->dialog) : NULL;
        if (login->chore) {
            login->state = LOGIN_CHORE;
        } else if (!mechanism->is_done(login->dialog)) {
            login->state = LOGIN_EXCHANGE;
            err = login_say(login, &words, out);
        } else {
            login->state = LOGIN_DONE;
        }
    }
    bytes_wipe(&words);
    bytes_finish(&words);
    return err;
}

struct mechanism_chore *login_chore(struct login *login)
{
    struct mechanism_chore *chore = login->chore;
    login->chore = NULL;
    return chore;
}

enum kc_err login_resume(struct login *login, const struct mechanism_chore *chore,
                         struct bytes *out)
{
    if (login->state != LOGIN_CHORE) {
        return mechanism_fail(&login->error, KC_ERR_WRONG_STATE, "nothing was to be worked out");
    }
    return login_talk(login, TALK_RESUME, SLICE_NULL, chore, out);
}

/* "PLAIN, SCRAM-SHA-256", cut at the size. */
static void list_names(const struct sasl_handshake_response *response, char text[LOGIN_NAMES_SIZE])
{
    size_t used = 0;
    (void)snprintf(text, LOGIN_NAMES_SIZE, "none");
    for (int32_t i = 0; i < response->mechanisms.count && used < LOGIN_NAMES_SIZE; i++) {
        struct slice name = response->mechanisms.items[i];
        int added = snprintf(text + used, LOGIN_NAMES_SIZE - used, "%s%.*s", used ? ", " : "",
                             (int)MIN_OF(name.size, (size_t)64), (const char *)name.data);
        used += (size_t)added;
    }
}

static enum kc_err take_handshake(struct login *login,
                                  const struct sasl_handshake_response *response, struct bytes *out)
{
    enum kc_err err = (enum kc_err)response->error_code;
    if (err == KC_ERR_UNSUPPORTED_SASL_MECHANISM) {
        char names[LOGIN_NAMES_SIZE];
        list_names(response, names);
        return login_fail(login, err, "the broker does not offer it; it offers %s", names);
    }
    if (err == KC_ERR_ILLEGAL_SASL_STATE) {
        return login_fail(login, err,
                          "the broker does not want a login here; is it a listener for "
                          "security.protocol=PLAINTEXT?");
    }
    if (err != KC_ERR_NONE) {
        return login_fail(login, err, "the broker answers SaslHandshake with %s", kc_err_name(err));
    }
    return login_talk(login, TALK_START, SLICE_NULL, NULL, out);
}

static enum kc_err take_authenticate(struct login *login,
                                     const struct sasl_authenticate_response *response,
                                     struct bytes *out)
{
    enum kc_err err = (enum kc_err)response->error_code;
    if (err != KC_ERR_NONE) {
        struct slice told = response->error_message;
        return told.size > 0 ? login_fail(login, err, "%.*s", (int)MIN_OF(told.size, (size_t)300),
                                          (const char *)told.data)
                             : login_fail(login, err, "%s", kc_err_text(err));
    }
    login->lifetime_ms = MAX_OF(response->session_lifetime_ms, (int64_t)0);
    return login_talk(login, TALK_STEP, response->auth_bytes, NULL, out);
}

static enum kc_err take_answer(struct login *login, struct slice frame, struct arena *arena,
                               struct bytes *out)
{
    bool is_handshake = login->state == LOGIN_MECHANISM;
    const struct api *api = api_find(is_handshake ? API_SASL_HANDSHAKE : API_SASL_AUTHENTICATE);
    int16_t version = is_handshake ? LOGIN_HANDSHAKE_VERSION : login->version;
    struct sasl_handshake_response handshake;
    struct sasl_authenticate_response authenticate;
    struct reader reader;
    reader_init(&reader, frame);
    int32_t correlation_id = 0;
    enum kc_err err = response_head_read(&reader, api, version, &correlation_id);
    if (err == KC_ERR_NONE && correlation_id != login->correlation_id) {
        err = KC_ERR_MALFORMED;
    }
    if (err == KC_ERR_NONE) {
        err = message_decode(api->response, version, &reader, arena,
                             is_handshake ? (void *)&handshake : (void *)&authenticate);
    }
    if (err != KC_ERR_NONE) {
        return login_fail(login, err, "the answer to %s cannot be read", api->name);
    }
    return is_handshake ? take_handshake(login, &handshake, out)
                        : take_authenticate(login, &authenticate, out);
}

enum kc_err login_step(struct login *login, struct slice frame, struct bytes *out)
{
    if (login->state != LOGIN_MECHANISM && login->state != LOGIN_EXCHANGE) {
        return mechanism_fail(&login->error, KC_ERR_WRONG_STATE,
                              "an answer that nothing asked for");
    }
    struct arena arena;
    arena_init(&arena, LOGIN_ARENA_MAX);
    enum kc_err err = take_answer(login, frame, &arena, out);
    arena_finish(&arena);
    return err;
}

void login_finish(struct login *login)
{
    if (login->chore) {
        login->chore->destroy(login->chore);
    }
    if (login->dialog) {
        login->credential->mechanism->destroy(login->dialog);
    }
    *login = (struct login){ 0 };
}
