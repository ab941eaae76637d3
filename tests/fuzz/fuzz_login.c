/* tests/fuzz: what a server says to somebody who logs in, and the line of settings that says as
 * whom: read or refused with a reason; nobody gets past SCRAM without the password. Input: the
 * first byte chooses. */
#include "client/jaas.h"
#include "sasl/base64.h"
#include "sasl/credential.h"
#include "sasl/mechanism.h"
#include "support/mechanism_talk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 1 << 17 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The two messages of a server, a zero between them. */
static void try_scram(const char *name, struct slice input)
{
    static const uint8_t nonce[15] = { 0xac, 0xea, 0x6b, 0x34, 0x67, 0xf0, 0x11, 0xb7,
                                       0x91, 0x5a, 0x06, 0xcd, 0x12, 0x4a, 0x8e };
    const struct mechanism *mechanism = mechanism_find(slice_text(name));
    struct credential *credential =
        credential_create(mechanism, slice_text("user"), slice_text("pencil"), false);
    void *dialog = mechanism->create(credential, slice_of(nonce, sizeof(nonce)));
    const uint8_t *zero = input.size > 0 ? memchr(input.data, 0, input.size) : NULL;
    size_t first = zero ? (size_t)(zero - input.data) : input.size;
    struct kc_error error = { 0 };
    struct bytes out;
    bytes_init(&out, WORDS_MAX);
    enum kc_err err = mechanism->start(dialog, &out, &error);
    assert(err == KC_ERR_NONE);
    err = mechanism_talk_step(mechanism, dialog, slice_of(input.data, first), &out, &error);
    assert(!mechanism->is_done(dialog));
    if (err == KC_ERR_NONE && zero) {
        err = mechanism_talk_step(mechanism, dialog, slice_of(zero + 1, input.size - first - 1),
                                  &out, &error);
        assert(mechanism->is_done(dialog) == (err == KC_ERR_NONE));
    }
    assert(err == KC_ERR_NONE || error.text[0]);
    mechanism->destroy(dialog);
    credential_destroy(credential);
    bytes_finish(&out);
}

static void try_jaas(struct slice input)
{
    struct kc_error error = { 0 };
    struct jaas jaas;
    char *line = slice_dup_text(input);
    if (line && jaas_parse(line, &jaas, &error) == KC_ERR_NONE) {
        assert(jaas.option_count <= JAAS_OPTIONS_MAX);
        for (size_t i = 0; i < jaas.option_count; i++) {
            assert(jaas.options[i].value.size <= input.size);
        }
        jaas_finish(&jaas);
    } else {
        assert(!line || error.text[0]);
    }
    free(line);
}

static void try_base64(struct slice input)
{
    uint8_t bytes[64];
    char text[BASE64_TEXT_SIZE(sizeof(bytes))];
    size_t size = 0;
    if (base64_parse(input, sizeof(bytes), bytes, &size)) {
        base64_show(slice_of(bytes, size), text);
        /* Bits behind the last byte are not looked at. */
        assert(strlen(text) == input.size && memcmp(text, input.data, input.size / 4 * 4 - 4) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct slice input = slice_of(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        try_scram("SCRAM-SHA-256", input);
        break;
    case 1:
        try_scram("SCRAM-SHA-512", input);
        break;
    case 2:
        try_jaas(input);
        break;
    default:
        try_base64(input);
    }
    return 0;
}
