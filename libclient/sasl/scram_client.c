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

enum scram_state {
    SCRAM_IDLE,
    SCRAM_ASKED,
    SCRAM_SALTING, /* until resume brings the salted password */
    SCRAM_PROVEN,
    SCRAM_DONE,
    SCRAM_FAILED
};

/* PBKDF2 takes a server's word for how long: 2 ms at Kafka's 4096 rounds. The password follows. */
struct scram_chore {
    struct mechanism_chore chore;
    bool is_sha512;
    struct slice password;
    struct scram_challenge challenge;
    bool is_good;
    uint8_t salted[SCRAM_SALT_PASSWORD_MAX];
};

struct scram_client {
    const struct credential *credential;
    bool is_sha512;
    enum scram_state state;
    char nonce[BASE64_TEXT_SIZE(MECHANISM_NONCE_MAX)];
    struct bytes words;        /* what both sides sign: RFC 5802's AuthMessage */
    size_t position;           /* in them, of what is to be said next */
    struct scram_chore *chore; /* not taken yet */
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

static void chore_destroy(struct mechanism_chore *chore)
{
    struct scram_chore *salting = chore ? CONTAINER_OF(chore, struct scram_chore, chore) : NULL;
    if (salting) {
        OPENSSL_cleanse(salting, sizeof(*salting) + salting->password.size);
        free(salting);
    }
}

static void chore_work(struct mechanism_chore *chore)
{
    struct scram_chore *salting = CONTAINER_OF(chore, struct scram_chore, chore);
    salting->is_good =
        scram_salt_password(salting->is_sha512, salting->password,
                            slice_of(salting->challenge.salt, salting->challenge.salt_size),
                            salting->challenge.iterations, salting->salted) > 0;
}

/* NULL when memory is out. */
static struct scram_chore *chore_create(const struct scram_client *client,
                                        const struct scram_challenge *challenge)
{
    struct slice password = client->credential->password;
    struct scram_chore *salting = calloc(1, sizeof(*salting) + password.size);
    if (salting) {
        salting->chore = (struct mechanism_chore){ chore_work, chore_destroy };
        salting->is_sha512 = client->is_sha512;
        salting->challenge = *challenge;
        salting->challenge.nonce = SLICE_NULL; /* the message's */
        salting->password = slice_of(salting + 1, password.size);
        if (password.size > 0) {
            memcpy(salting + 1, password.data, password.size);
        }
    }
    return salting;
}

static enum kc_err no_memory(struct kc_error *error)
{
    return mechanism_fail(error, KC_ERR_NO_MEMORY, "no memory to log in");
}

static enum kc_err take_challenge(struct scram_client *client, struct slice message,
                                  struct kc_error *error)
{
    static const char binding[] = "c=biws,r="; /* "n,," in base64 */
    struct scram_challenge challenge;
    enum kc_err err =
        scram_message_read_challenge(message, slice_text(client->nonce), &challenge, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    struct bytes *words = &client->words;
    bool fits = bytes_append(words, ",", 1) && bytes_append(words, message.data, message.size) &&
                bytes_append(words, ",", 1);
    client->position = words->size;
    fits = fits && bytes_append(words, binding, sizeof(binding) - 1) &&
           bytes_append(words, challenge.nonce.data, challenge.nonce.size);
    client->chore = fits ? chore_create(client, &challenge) : NULL;
    if (!client->chore) {
        return no_memory(error);
    }
    client->state = SCRAM_SALTING;
    return KC_ERR_NONE;
}

static struct mechanism_chore *chore(void *dialog)
{
    struct scram_client *client = dialog;
    struct scram_chore *salting = client->chore;
    client->chore = NULL;
    return salting ? &salting->chore : NULL;
}

/* Both proofs; client->words is whole by then. */
static enum kc_err prove(struct scram_client *client, const struct scram_chore *salting,
                         struct bytes *out, struct kc_error *error)
{
    char text[BASE64_TEXT_SIZE(SCRAM_PROOF_SIZE_MAX)];
    struct slice words = bytes_slice(&client->words);
    if (!salting->is_good ||
        !scram_proof_make(client->is_sha512, salting->salted, words, &client->proof)) {
        return no_memory(error);
    }
    base64_show(slice_of(client->proof.client, client->proof.size), text);
    if (!bytes_append(out, words.data + client->position, words.size - client->position) ||
        !bytes_append(out, ",p=", 3) || !bytes_append(out, text, strlen(text))) {
        return no_memory(error);
    }
    client->state = SCRAM_PROVEN;
    return KC_ERR_NONE;
}

static enum kc_err resume(void *dialog, const struct mechanism_chore *chore, struct bytes *out,
                          struct kc_error *error)
{
    struct scram_client *client = dialog;
    enum kc_err err =
        client->state == SCRAM_SALTING
            ? prove(client, CONTAINER_OF(chore, const struct scram_chore, chore), out, error)
            : mechanism_fail(error, KC_ERR_WRONG_STATE, "nothing was to be worked out");
    client->state = err == KC_ERR_NONE ? client->state : SCRAM_FAILED;
    return err;
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
        err = take_challenge(client, challenge, error);
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
        chore_destroy(client->chore ? &client->chore->chore : NULL);
        OPENSSL_cleanse(client, sizeof(*client));
        free(client);
    }
}

const struct mechanism scram_client_sha256 = {
    .name = "SCRAM-SHA-256",
    .create = create_sha256,
    .start = start,
    .step = step,
    .chore = chore,
    .resume = resume,
    .is_done = is_done,
    .destroy = destroy,
};

const struct mechanism scram_client_sha512 = {
    .name = "SCRAM-SHA-512",
    .create = create_sha512,
    .start = start,
    .step = step,
    .chore = chore,
    .resume = resume,
    .is_done = is_done,
    .destroy = destroy,
};
