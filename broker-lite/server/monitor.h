/* server: pages over HTTP for those who watch the broker (libmicrohttpd, polled by the loop: no
 * thread of its own, so a page is made where the state is owned). Reads only: GET and HEAD.
 * Bounded: 16 connections, 32 KiB each, 10 s of silence. Loop thread only. */
#ifndef SERVER_MONITOR_H
#define SERVER_MONITOR_H

#include "base/bytes.h"
#include "base/trace.h"

#include <libclient/error.h>

struct loop;
struct monitor;

struct monitor_options {
    struct loop *loop;
    const struct trace *trace;
    const char *host; /* resolved when it opens */
    int32_t port;     /* 0: any free one */
    /* Fills the page of a path ("/metrics") and its content type; false: there is none. A page that
     * is left empty for want of memory is answered with 500. */
    bool (*page)(void *context, const char *path, const char **ret_type, struct bytes *ret_body);
    void *context;
    const char *paths; /* all that there are, to be told to who asks for another */
};

/* KC_ERR_RESOLVE, KC_ERR_CONNECT (address in use, ...), KC_ERR_NO_MEMORY, with the text. */
enum kc_err monitor_open(const struct monitor_options *options, struct monitor **ret_monitor,
                         struct kc_error *error);

/* Closes its connections. NULL is fine. */
void monitor_destroy(struct monitor *monitor);

int32_t monitor_port(const struct monitor *monitor);

#endif
