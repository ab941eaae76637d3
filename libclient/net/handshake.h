/* net: what is said first on a fresh connection: ApiVersions (KIP-35, KIP-511); a login
 * (net/login.h) may follow. Pure: frames in, frames out. */
#ifndef NET_HANDSHAKE_H
#define NET_HANDSHAKE_H

#include "base/bytes.h"
#include "net/version.h"

#include <libclient/error.h>

enum handshake_state { HANDSHAKE_IDLE, HANDSHAKE_VERSIONS, HANDSHAKE_DONE, HANDSHAKE_FAILED };

struct handshake {
    enum handshake_state state;
    int16_t version;        /* of the ApiVersions request under way */
    bool is_downgraded;     /* once is enough: a second refusal is an error */
    int32_t correlation_id; /* of the request under way */
    struct slice client_id;
    const char *software_name;
    const char *software_version;
    struct version_table *versions; /* filled when done */
    struct kc_error error;          /* why it failed */
};

/* The texts and the table live as long as the handshake. */
void handshake_init(struct handshake *handshake, struct slice client_id, const char *software_name,
                    const char *software_version, struct version_table *versions);

/* Appends the first request to out. */
enum kc_err handshake_start(struct handshake *handshake, struct bytes *out);

/* Takes the answer (without its size prefix) and appends the next request, if any. Then state is
 * HANDSHAKE_DONE, HANDSHAKE_FAILED (the error is returned too, text in error) or unchanged. */
enum kc_err handshake_step(struct handshake *handshake, struct slice frame, struct bytes *out);

#endif
