/* wire: length prefix and headers. A frame on the wire is int32 size, header, body. */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "wire/api.h"

/* A request as a server sees it before the body is decoded. */
struct request_head {
    const struct api *api; /* NULL: the key is unknown */
    int16_t key;
    int16_t version;
    int32_t correlation_id;
    struct slice client_id; /* borrowed; null allowed */
};

/* Reads the request header of a frame's payload (the size prefix already taken off) and leaves the
 * reader at the body. An unknown key or a version outside the table is not an error here (api is
 * NULL, or version out of range): only key, version and correlation id are then read.
 * KC_ERR_MALFORMED when it is cut or senseless. */
enum kc_err request_head_read(struct reader *reader, struct request_head *ret_head);

/* Appends size prefix, header and body of a request. KC_ERR_* as message_encode. On failure out is
 * as before. */
enum kc_err request_write(struct writer *writer, const struct api *api, int16_t version,
                          int32_t correlation_id, struct slice client_id, const void *request);

/* Reads a response header and leaves the reader at the body. */
enum kc_err response_head_read(struct reader *reader, const struct api *api, int16_t version,
                               int32_t *ret_correlation_id);

/* Appends size prefix, header and body of a response. */
enum kc_err response_write(struct writer *writer, const struct api *api, int16_t version,
                           int32_t correlation_id, const void *response);

#endif
