/* sasl: who logs in, by which mechanism, and the secret that proves it. */
#ifndef SASL_CREDENTIAL_H
#define SASL_CREDENTIAL_H

#include "base/slice.h"

struct mechanism;

struct credential {
    const struct mechanism *mechanism;
    struct slice username; /* UTF-8, as the password is; both end with a zero besides */
    struct slice password;
    bool is_token; /* the name is a delegation token's id and the password its HMAC in base64
                      (KIP-48): SCRAM tells the broker so */
};

/* A copy on the heap of what is given; NULL when memory is out. It does not change: any thread may
 * read it. */
struct credential *credential_create(const struct mechanism *mechanism, struct slice username,
                                     struct slice password, bool is_token);

/* Wipes it. NULL is fine. */
void credential_destroy(struct credential *credential);

#endif
