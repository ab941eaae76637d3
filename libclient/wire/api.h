/* wire: the table of API keys: names, versions, messages. Generated from the schema. */
#ifndef WIRE_API_H
#define WIRE_API_H

#include "wire/codec.h"

enum { API_LISTENER_BROKER = 1, API_LISTENER_CONTROLLER = 2 };

struct api {
    int16_t key;
    const char *name;       /* "Fetch" */
    int16_t version_min;    /* as in Kafka 4.3's definitions */
    int16_t version_max;    /* the newest stable one: an unstable version is never offered */
    int16_t flexible_since; /* INT16_MAX: never */
    uint8_t listeners;      /* API_LISTENER_* bits */
    const struct message_type *request;
    const struct message_type *response;
};

/* The row of a key, or NULL (also for keys that have no versions any more: 4 to 7). Rows are in key
 * order in api_table. */
const struct api *api_find(int16_t key);

extern const struct api api_table[];
extern const size_t api_table_count;

/* Header versions: request 1 or 2 (0 never in 4.x); response 0 or 1, always 0 for ApiVersions. */
int16_t api_request_header_version(const struct api *api, int16_t version);
int16_t api_response_header_version(const struct api *api, int16_t version);

#endif
