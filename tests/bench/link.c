/* bench: blocking sockets. */
#include "link.h"

#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_BYTES_MAX = 256 << 20 };

static struct sockaddr_in parse(const char *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    char host[64] = "";
    size_t size = strcspn(server, ":");
    if (server[size] != ':' || size >= sizeof host) {
        bench_die(server, "not HOST:PORT");
    }
    memcpy(host, server, size);
    address.sin_port = htons((uint16_t)strtoul(server + size + 1, NULL, 10));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        bench_die(server, "not an IPv4 address");
    }
    return address;
}

/* As both ends of ours do over loopback (net/loopback.h): nobody here is slowed by pacing. */
static void unpace(int link)
{
    (void)setsockopt(link, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen("reno"));
}

int link_connect(const char *server, int receive_bytes)
{
    struct sockaddr_in address = parse(server);
    int on = 1;
    int link = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_bytes > 0) {
        (void)setsockopt(link, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    unpace(link);
    if (link < 0 || connect(link, (struct sockaddr *)&address, sizeof address) < 0) {
        bench_die(server, strerror(errno));
    }
    (void)setsockopt(link, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return link;
}

int link_listen(char *ret_server, size_t size_max)
{
    struct sockaddr_in address = parse("127.0.0.1:0");
    socklen_t size = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unpace(listening);
    if (listening < 0 || bind(listening, (struct sockaddr *)&address, size) < 0 ||
        listen(listening, 1) < 0 ||
        getsockname(listening, (struct sockaddr *)&address, &size) < 0) {
        bench_die("listen", strerror(errno));
    }
    (void)snprintf(ret_server, size_max, "127.0.0.1:%d", (int)ntohs(address.sin_port));
    return listening;
}

void link_open(struct link *link, const char *server)
{
    link_open_small(link, server, 0);
}

void link_open_small(struct link *link, const char *server, int receive_bytes)
{
    link->socket = link_connect(server, receive_bytes);
    bytes_init(&link->frame, FRAME_BYTES_MAX);
    arena_init(&link->arena, 0);
}

void link_close(struct link *link)
{
    (void)close(link->socket);
    bytes_finish(&link->frame);
    arena_finish(&link->arena);
}

void link_send(int socket, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);
        if (sent < 0) {
            bench_die("send", strerror(errno));
        }
        at += sent;
        size -= (size_t)sent;
    }
}

bool link_receive(int socket, void *data, size_t size)
{
    char *at = data;
    while (size > 0) {
        ssize_t got = recv(socket, at, size, MSG_WAITALL);
        if (got < 0) {
            bench_die("recv", strerror(errno));
        }
        if (got == 0) {
            return false;
        }
        at += got;
        size -= (size_t)got;
    }
    return true;
}

void link_answer(struct link *link, const struct api *api, int16_t version, void *ret_response)
{
    uint8_t prefix[4];
    struct reader reader;
    int32_t correlation_id;
    if (!link_receive(link->socket, prefix, sizeof prefix)) {
        bench_die("broker", "it closed the connection");
    }
    link->frame.size = 0;
    size_t size = load_u32(prefix);
    if (!bytes_reserve(&link->frame, size)) {
        bench_die("frame", "too large");
    }
    if (!link_receive(link->socket, link->frame.data, size)) {
        bench_die("broker", "it closed the connection");
    }
    arena_reset(&link->arena);
    reader_init(&reader, slice_of(link->frame.data, size));
    if (response_head_read(&reader, api, version, &correlation_id) ||
        message_decode(api->response, version, &reader, &link->arena, ret_response)) {
        bench_die("answer", "it cannot be decoded");
    }
}
