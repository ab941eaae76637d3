/* bench: a bare connection to a broker: frames out, frames in, nothing checked but errors. */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include "base/bytes.h"
#include "wire/frame.h"

struct link {
    int socket;
    struct bytes frame; /* the last one read, without its length */
    struct arena arena; /* of the last answer */
};

/* HOST:PORT, IPv4 as numbers. */
void link_open(struct link *link, const char *server);
/* With a receive buffer of that size from the first packet on. */
void link_open_small(struct link *link, const char *server, int receive_bytes);
void link_close(struct link *link);

/* A socket that listens on a free port of loopback, and one connected to an address, its receive
 * buffer of that size (0: as the system likes). */
int link_listen(char *ret_server, size_t size_max);
int link_connect(const char *server, int receive_bytes);

void link_send(int socket, const void *data, size_t size);
/* False at the end of the stream before the first byte. */
bool link_receive(int socket, void *data, size_t size);

/* Reads one frame and decodes it; the answer lives until the next one. */
void link_answer(struct link *link, const struct api *api, int16_t version, void *ret_response);

#endif
