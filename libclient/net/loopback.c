/* net: connections that never leave this machine. */
#include "net/loopback.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>

bool loopback_has(const struct sockaddr *address)
{
    static const uint8_t mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };

    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
               memcmp(&v6.sin6_addr, mapped, sizeof(mapped)) == 0;
    }
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    return false;
}

/* Where the system's congestion control is one that paces (bbr), the kernel sets a timer for every
 * 64 kB of a connection: on a virtual machine half of the time that a fetch takes. There is nothing
 * to be found out about the way to oneself. Reno is part of every kernel and open to everybody;
 * where it fails nothing is lost. */
void loopback_unpace(int descriptor, const struct sockaddr *address)
{
    if (loopback_has(address)) {
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen("reno"));
    }
}
