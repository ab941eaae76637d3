/* sasl: the client's side of SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677): the password
 * stays here, and the server proves that it knows it, too. */
#ifndef SASL_SCRAM_CLIENT_H
#define SASL_SCRAM_CLIENT_H

#include "sasl/mechanism.h"

extern const struct mechanism scram_client_sha256;
extern const struct mechanism scram_client_sha512;

#endif
