/* net: asks the system for all addresses of a host (client.dns.lookup=use_all_dns_ips). */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/loop.h"

struct resolve; /* one look-up under way */

enum { RESOLVE_ADDRESSES_MAX = 64 };

struct resolve_result {
    enum kc_err err;  /* KC_ERR_RESOLVE, KC_ERR_NO_MEMORY */
    const char *text; /* "cannot resolve 'loclhost' (Name or service not known)" */
    const struct sockaddr_storage *addresses;
    size_t count; /* at least 1 when err is 0 */
};

/* Starts; done is called once from the loop, never before this returns, and the look-up is gone
 * then. The result is borrowed for the call. host NULL or "" means all interfaces (for listening);
 * literal addresses never wait for the name service. NULL when memory is out. */
struct resolve *resolve_start(struct loop *loop, const char *host, uint16_t port,
                              void (*done)(void *context, const struct resolve_result *result),
                              void *context);

/* done is not called any more. NULL is fine. */
void resolve_cancel(struct resolve *resolve);

#endif
