/* net: which versions of each API a peer has, and which one to speak. Pure. */
#ifndef NET_VERSION_H
#define NET_VERSION_H

#include "wire/messages.h"

#include <libclient/error.h>

enum { VERSION_KEYS_MAX = 128 };

struct version_range {
    int16_t min; /* min > max: the peer lacks the API */
    int16_t max;
};

struct version_table {
    struct version_range ranges[VERSION_KEYS_MAX];
    int64_t features_epoch;      /* of the cluster's finalized features (KIP-584); -1: none told */
    int16_t transaction_version; /* finalized transaction.version (KIP-890); 0: none told */
};

/* Nothing supported. */
void version_table_clear(struct version_table *table);

/* From an ApiVersions response; keys out of range are skipped. */
void version_table_fill(struct version_table *table, const struct api_versions_response *response);

/* The newest version that we, the peer and the caller's [floor, cap] share (cap -1: no cap).
 * KC_ERR_UNSUPPORTED_VERSION when there is none. */
enum kc_err version_pick(const struct version_table *table, int16_t api_key, int16_t floor,
                         int16_t cap, int16_t *ret_version);

#endif
