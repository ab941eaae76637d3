/* net: what a socket tells people. */
#include "net/tcp.h"

#include <netinet/in.h>
#include <stdio.h>

void tcp_error_text(int rc, char *ret_text)
{
    (void)uv_strerror_r(rc, ret_text, 64);
    if (ret_text[0] >= 'a' && ret_text[0] <= 'z') {
        ret_text[0] = (char)(ret_text[0] - 'a' + 'A');
    }
}

void tcp_address_text(const struct sockaddr *address, char *ret_text)
{
    char host[48] = "?";
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        (void)uv_ip6_name(v6, host, sizeof(host));
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        snprintf(ret_text, 64, is_mapped ? "%s:%u" : "[%s]:%u", host + (is_mapped ? 7 : 0),
                 ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        (void)uv_ip4_name(v4, host, sizeof(host));
        snprintf(ret_text, 64, "%s:%u", host, ntohs(v4->sin_port));
    }
}
