/* sasl: SCRAM, the client's states. cyrus-sasl's plug-in cannot send Kafka's tokenauth=true and
 * keeps its state behind callbacks and a folder of plug-ins; the arithmetic is OpenSSL's. */
#include "sasl/scram_client.h"

#include "sasl/base64.h"
#include "sasl/credential.h"
#include "sasl/scram_message.h"
#include "sasl/scram_proof.h"
#include "sasl/scram_salt.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

enum scram_state { SCRAM_IDLE, SCRAM_ASKED, SCRAM_PROVEN, SCRAM_DONE, SCRAM_FAILED };

struct scram_client {
    const struct credential *credential;
    bool is_sha512;
    enum scram_state state;
    char nonce[BASE64_TEXT_SIZE(MECHANISM_NONCE_MAX)];
    struct bytes words; /* what both sides sign: RFC 5802's AuthMessage */
    struct scram_proof proof;
};

static struct scram_client *create(const struct credential *credential, struct slice nonce,
                                   bool is_sha512)
{
    struct scram_client *client = calloc(1, sizeof(*client));
    assert(nonce.size > 0 && nonce.size <= MECHANISM_NONCE_MAX);
    if (client) {
        client->credential = credential;
        client->is_sha512 = is_sha512;
        base64_show(nonce, client->nonce);
        bytes_init(&client->words, MECHANISM_MESSAGE_MAX);
    }
    return client;
}

static void *create_sha256(const struct credential *credential, struct slice nonce)
{
    return create(credential, nonce, false);
}

static void *create_sha512(const struct credential *credential, struct slice nonce)
{
    return create(credential, nonce, true);
}

static enum kc_err start(void *dialog, struct bytes *out, struct kc_error *error)
{
    struct scram_client *client = dialog;
    if (client->state != SCRAM_IDLE) {
        return mechanism_fail(error, KC_ERR_WRONG_STATE, "the login has begun already");
    }
    /* No channel binding, no authorization id. */
    if (scram_message_ask(&client->words, client->credential->username, slice_text(client->nonce),
                          client->credential->is_token) ||
        !bytes_append(out, "n,,", 3) ||
        !bytes_append(out, client->words.data, client->words.size)) {
        return mechanism_fail(error, KC_ERR_NO_MEMORY, "no memory to log in, or a name too long");
    }
    client->state = SCRAM_ASKED;
    return KC_ERR_NONE;
}

/* Both proofs; client->words is whole by then. */
static bool prove(struct scram_client *client, const struct scram_challenge *challenge)
{
    uint8_t salted[SCRAM_SALT_PASSWORD_MAX];
    bool fits =
        scram_salt_password(client->is_sha512, client->credential->password,
                            slice_of(challenge->salt, challenge->salt_size), challenge->iterations,
                            salted) > 0 &&
        scram_proof_make(client->is_sha512, salted, bytes_slice(&client->words), &client->proof);
    OPENSSL_cleanse(salted, sizeof(salted));
    return fits;
}

static enum kc_err answer_challenge(struct scram_client *client, struct slice message,
                                    struct bytes *out, struct kc_error *error)
{
    static const char binding[] = "c=biws,r="; /* "n,," in base64 */
    struct scram_challenge challenge;
    char text[BASE64_TEXT_SIZE(SCRAM_PROOF_SIZE_MAX)];
    enum kc_err err =
        scram_message_read_challenge(message, slice_text(client->nonce), &challenge, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    struct bytes *words = &client->words;
    bool fits = bytes_append(words, ",", 1) && bytes_append(words, message.data, message.size) &&
                bytes_append(words, ",", 1);
    size_t position = words->size;
    fits = fits && bytes_append(words, binding, sizeof(binding) - 1) &&
           bytes_append(words, challenge.nonce.data, challenge.nonce.size) &&
           prove(client, &challenge);
    if (fits) {
        base64_show(slice_of(client->proof.client, client->proof.size), text);
        fits = bytes_append(out, words->data + position, words->size - position) &&
               bytes_append(out, ",p=", 3) && bytes_append(out, text, strlen(text));
    }
    if (!fits) {
        return mechanism_fail(error, KC_ERR_NO_MEMORY, "no memory to log in");
    }
    client->state = SCRAM_PROVEN;
    return KC_ERR_NONE;
}

/* A server that does not know the password is not the one that we mean. */
static enum kc_err check_verdict(struct scram_client *client, struct slice message,
                                 struct kc_error *error)
{
    uint8_t signature[SCRAM_PROOF_SIZE_MAX];
    size_t size = 0;
    enum kc_err err =
        scram_message_read_verdict(message, sizeof(signature), signature, &size, error);
    if (err == KC_ERR_NONE && !scram_proof_is(&client->proof, slice_of(signature, size))) {
        err = mechanism_fail(error, KC_ERR_SASL_AUTHENTICATION_FAILED,
                             "the server's signature is wrong: it does not know the password");
    }
    if (err == KC_ERR_NONE) {
        client->state = SCRAM_DONE;
    }
    return err;
}

static enum kc_err step(void *dialog, struct slice challenge, struct bytes *out,
                        struct kc_error *error)
{
    struct scram_client *client = dialog;
    enum kc_err err = KC_ERR_WRONG_STATE;
    if (client->state == SCRAM_ASKED) {
        err = answer_challenge(client, challenge, out, error);
    } else if (client->state == SCRAM_PROVEN) {
        err = check_verdict(client, challenge, error);
    } else {
        err = mechanism_fail(error, err, "an answer that nothing asked for");
    }
    client->state = err == KC_ERR_NONE ? client->state : SCRAM_FAILED;
    return err;
}

static bool is_done(const void *dialog)
{
    return ((const struct scram_client *)dialog)->state == SCRAM_DONE;
}

static void destroy(void *dialog)
{
    struct scram_client *client = dialog;
    if (client) {
        bytes_finish(&client->words);
        OPENSSL_cleanse(client, sizeof(*client));
        free(client);
    }
}

const struct mechanism scram_client_sha256 = {
    .name = "SCRAM-SHA-256",
    .create = create_sha256,
    .start = start,
    .step = step,
    .is_done = is_done,
    .destroy = destroy,
};

const struct mechanism scram_client_sha512 = {
    .name = "SCRAM-SHA-512",
    .create = create_sha512,
    .start = start,
    .step = step,
    .is_done = is_done,
    .destroy = destroy,
};
