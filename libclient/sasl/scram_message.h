/* sasl: the messages of SCRAM (RFC 5802, section 7) as a client writes and reads them, with Kafka's
 * extension for delegation tokens (KIP-48). */
#ifndef SASL_SCRAM_MESSAGE_H
#define SASL_SCRAM_MESSAGE_H

#include "sasl/mechanism.h"

/* RFC 7677 and Kafka ask for 4096 iterations at least. Kafka stores at most 16384; a server that
 * wants many more keeps a thread from all else: 2^17 take some 50 ms. */
enum {
    SCRAM_MESSAGE_ITERATIONS_MIN = 4096,
    SCRAM_MESSAGE_ITERATIONS_MAX = 1 << 17,
    SCRAM_MESSAGE_SALT_MAX = 256,
    SCRAM_MESSAGE_NONCE_MAX = 1024,
    SCRAM_MESSAGE_SIZE_MAX = 8192
};

/* The server's first message. */
struct scram_challenge {
    struct slice nonce; /* of both sides, borrowed from the message */
    uint8_t salt[SCRAM_MESSAGE_SALT_MAX];
    size_t salt_size;
    int32_t iterations;
};

/* Appends the client's first message without its "n,,": the part that is signed. nonce: printable,
 * no comma. */
enum kc_err scram_message_ask(struct bytes *out, struct slice username, struct slice nonce,
                              bool is_token);

/* Reads the server's first message; its nonce must begin with ours and add to it. An error names
 * what is wrong: KC_ERR_SASL_AUTHENTICATION_FAILED. */
enum kc_err scram_message_read_challenge(struct slice message, struct slice our_nonce,
                                         struct scram_challenge *ret_challenge,
                                         struct kc_error *error);

/* Reads the server's last message, its signature: at most size_max bytes. The server's own error
 * (e=) is one, too. */
enum kc_err scram_message_read_verdict(struct slice message, size_t size_max,
                                       uint8_t *ret_signature, size_t *ret_size,
                                       struct kc_error *error);

#endif
