/* sasl: SCRAM's messages: attributes of one letter, separated by commas. */
#include "sasl/scram_message.h"

#include "sasl/base64.h"

enum { SHOWN_MAX = 64 };

static enum kc_err refuse(struct kc_error *error, const char *what)
{
    return mechanism_fail(error, KC_ERR_SASL_AUTHENTICATION_FAILED, "%s", what);
}

/* A name may hold what separates attributes. */
static bool append_name(struct bytes *out, struct slice name)
{
    bool fits = true;
    for (size_t i = 0; i < name.size; i++) {
        const char *code = name.data[i] == ',' ? "=2C" : name.data[i] == '=' ? "=3D" : NULL;
        fits = fits && bytes_append(out, code ? code : (const char *)&name.data[i], code ? 3 : 1);
    }
    return fits;
}

enum kc_err scram_message_ask(struct bytes *out, struct slice username, struct slice nonce,
                              bool is_token)
{
    static const char token[] = ",tokenauth=true";
    bool fits = bytes_append(out, "n=", 2) && append_name(out, username) &&
                bytes_append(out, ",r=", 3) && bytes_append(out, nonce.data, nonce.size) &&
                (!is_token || bytes_append(out, token, sizeof(token) - 1));
    return fits ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

/* The value of the attribute that must come next. */
static bool take(struct slice *rest, char name, struct slice *ret_value)
{
    if (rest->size < 2 || rest->data[0] != name || rest->data[1] != '=') {
        return false;
    }
    const uint8_t *comma = memchr(rest->data, ',', rest->size);
    size_t end = comma ? (size_t)(comma - rest->data) : rest->size;
    *ret_value = slice_of(rest->data + 2, end - 2);
    size_t used = comma ? end + 1 : end;
    *rest = slice_of(rest->data + used, rest->size - used);
    return true;
}

static bool is_nonce(struct slice nonce, struct slice ours)
{
    if (nonce.size <= ours.size || nonce.size > SCRAM_MESSAGE_NONCE_MAX ||
        memcmp(nonce.data, ours.data, ours.size) != 0) {
        return false;
    }
    for (size_t i = 0; i < nonce.size; i++) {
        if (nonce.data[i] < 0x21 || nonce.data[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* Digits only, as the grammar has it; -1: no number, or more than we count. */
static int32_t parse_count(struct slice text)
{
    int32_t count = 0;
    if (text.size == 0 || text.size > 9 || text.data[0] == '0') {
        return -1;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }
        count = count * 10 + (text.data[i] - '0');
    }
    return count;
}

enum kc_err scram_message_read_challenge(struct slice message, struct slice our_nonce,
                                         struct scram_challenge *ret_challenge,
                                         struct kc_error *error)
{
    struct scram_challenge challenge = { 0 };
    struct slice rest = message;
    struct slice salt;
    struct slice count;
    if (message.size > SCRAM_MESSAGE_SIZE_MAX) {
        return refuse(error, "the server's first message is too long");
    }
    if (rest.size > 0 && rest.data[0] == 'm') {
        return refuse(error, "the server demands an extension of SCRAM that is not known here");
    }
    if (!take(&rest, 'r', &challenge.nonce) || !take(&rest, 's', &salt) ||
        !take(&rest, 'i', &count)) {
        return refuse(error, "the server's first message is not SCRAM's");
    }
    if (!is_nonce(challenge.nonce, our_nonce)) {
        return refuse(error, "the server's nonce does not continue ours");
    }
    if (!base64_parse(salt, sizeof(challenge.salt), challenge.salt, &challenge.salt_size)) {
        return refuse(error, "the server's salt is no base64, or too long");
    }
    challenge.iterations = parse_count(count);
    if (challenge.iterations < SCRAM_MESSAGE_ITERATIONS_MIN ||
        challenge.iterations > SCRAM_MESSAGE_ITERATIONS_MAX) {
        return mechanism_fail(error, KC_ERR_SASL_AUTHENTICATION_FAILED,
                              "the server wants %.*s iterations, allowed are %d to %d",
                              (int)MIN_OF(count.size, (size_t)SHOWN_MAX), (const char *)count.data,
                              SCRAM_MESSAGE_ITERATIONS_MIN, SCRAM_MESSAGE_ITERATIONS_MAX);
    }
    *ret_challenge = challenge;
    return KC_ERR_NONE;
}

enum kc_err scram_message_read_verdict(struct slice message, size_t size_max,
                                       uint8_t *ret_signature, size_t *ret_size,
                                       struct kc_error *error)
{
    struct slice rest = message;
    struct slice value;
    if (take(&rest, 'e', &value)) {
        return mechanism_fail(error, KC_ERR_SASL_AUTHENTICATION_FAILED, "the server says: %.*s",
                              (int)MIN_OF(value.size, (size_t)SHOWN_MAX), (const char *)value.data);
    }
    if (!take(&rest, 'v', &value)) {
        return refuse(error, "the server's last message is not SCRAM's");
    }
    return base64_parse(value, size_max, ret_signature, ret_size)
               ? KC_ERR_NONE
               : refuse(error, "the server's signature is no base64, or too long");
}
