/* server: what a broker says of itself in the metadata log when it starts. */
#ifndef SERVER_REGISTRATION_H
#define SERVER_REGISTRATION_H

#include "base/uuid.h"
#include "controller/image.h"
#include "controller/metadata_batch.h"

struct registration {
    int32_t node_id;
    const char *host;
    int32_t port;
    const char *rack; /* NULL: none */
    const char *listener_name;
    struct uuid incarnation;
    const struct uuid *directory_ids; /* of the log directories that work */
    int32_t directory_count;
};

/* Adds the records to the batch: what a cluster begins with when the image has nothing yet, the
 * broker itself, unfenced. The broker epoch is the offset that the registration will get (KIP-631),
 * given as epoch. */
void registration_plan(const struct image *image, const struct registration *registration,
                       int64_t epoch, struct metadata_batch *batch);

#endif
