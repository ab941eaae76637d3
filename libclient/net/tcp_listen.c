/* net: listening sockets. */
#include "net/tcp_state.h"

#include "net/loopback.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int tcp_listen(const struct sockaddr *address, int backlog)
{
    int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -errno;
    }
    int one = 1;
    int zero = 0;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (address->sa_family == AF_INET6) {
        (void)setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
    }
    loopback_unpace(descriptor, address);
    if (bind(descriptor, address, tcp_address_size(address)) != 0 ||
        listen(descriptor, backlog) != 0) {
        int rc = -errno;
        (void)close(descriptor);
        return rc;
    }
    return descriptor;
}

void tcp_listen_close(int listening)
{
    (void)close(listening);
}

uint16_t tcp_listen_port(int listening)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    if (getsockname(listening, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}
