/* net: sockets behind the stream interface. Bytes move by sendmsg and recv on a polled descriptor
 * rather than by uv_write (tcp_write.c): that keeps a lost peer from raising SIGPIPE in the
 * application, and makes destroying take effect at once. */
#include "net/tcp_state.h"

#include "base/attr.h"
#include "net/loopback.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_poll(uv_poll_t *poll, int status, int events);

void tcp_poll(struct tcp *tcp)
{
    int events = 0;
    if (tcp->is_closing) {
        /* Who was told of a write may have destroyed the stream: libuv does not poll it any more,
         * and may not be asked to. */
        return;
    }
    if (!tcp->is_ended && tcp->failure == 0) {
        events |= tcp->wants_read && !tcp->is_connecting ? UV_READABLE : 0;
        events |= tcp->is_connecting || !list_is_empty(&tcp->writes) ? UV_WRITABLE : 0;
    }
    if (events == tcp->events) {
        return;
    }
    tcp->events = events;
    if (events) {
        (void)uv_poll_start(&tcp->poll, events, on_poll);
    } else {
        (void)uv_poll_stop(&tcp->poll);
    }
}

static void tcp_end(struct tcp *tcp, enum kc_err err, const char *text)
{
    if (tcp->is_ended || tcp->is_closing) {
        return;
    }
    tcp->is_ended = true;
    tcp_poll(tcp);
    if (err != KC_ERR_NONE) {
        tcp_finish_writes(tcp, KC_ERR_DISCONNECTED);
    }
    if (!tcp->is_closing) {
        tcp->stream.handler->on_end(tcp->stream.context, err, text);
    }
}

static void on_failure(struct loop_timer *timer)
{
    struct tcp *tcp = timer->context;
    char text[64];
    tcp_error_text(tcp->failure, text);
    tcp_end(tcp, tcp->is_connecting ? KC_ERR_CONNECT : KC_ERR_DISCONNECTED, text);
}

void tcp_fail_later(struct tcp *tcp, int rc)
{
    if (tcp->failure == 0) {
        tcp->failure = rc;
        loop_timer_start(&tcp->timer, 0);
        tcp_poll(tcp);
    }
}

static void tcp_receive(struct tcp *tcp)
{
    size_t budget = TCP_TURN_MAX;
    while (tcp->wants_read && !tcp->is_closing && !tcp->is_ended && budget > 0) {
        uint8_t *data = NULL;
        size_t size = 0;
        tcp->stream.handler->on_space(tcp->stream.context, &data, &size);
        if (tcp->is_closing) {
            return;
        }
        ssize_t got = recv(tcp->descriptor, data, size, 0);
        if (got > 0) {
            budget -= MIN_OF(budget, (size_t)got);
            tcp->stream.handler->on_read(tcp->stream.context, (size_t)got);
            if ((size_t)got < size) {
                return;
            }
        } else if (got == 0) {
            tcp_end(tcp, KC_ERR_NONE, "the peer closed the connection");
        } else if (errno != EINTR) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                char text[64];
                tcp_error_text(-errno, text);
                tcp_end(tcp, KC_ERR_DISCONNECTED, text);
            }
            return;
        }
    }
}

static int socket_error(int descriptor)
{
    int value = 0;
    socklen_t size = sizeof(value);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &size) != 0) {
        value = errno;
    }
    return -value;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct tcp *tcp = poll->data;
    if (tcp->is_connecting) {
        int rc = socket_error(tcp->descriptor);
        if (rc == 0 && status >= 0) {
            tcp->is_connecting = false;
            tcp_poll(tcp);
            tcp->stream.handler->on_open(tcp->stream.context);
            return;
        }
        char text[64];
        tcp_error_text(rc != 0 ? rc : status, text);
        tcp_end(tcp, KC_ERR_CONNECT, text);
        return;
    }
    if (status < 0) {
        /* libuv has stopped polling. Reading tells the cause, after what was still received. */
        tcp->events = 0;
        tcp_receive(tcp);
        if (!tcp->is_closing && !tcp->is_ended) {
            int rc = socket_error(tcp->descriptor);
            char text[64];
            tcp_error_text(rc != 0 ? rc : UV_ECONNRESET, text);
            tcp_end(tcp, KC_ERR_DISCONNECTED, text);
        }
        return;
    }
    if (events & UV_WRITABLE) {
        tcp_flush(tcp);
    }
    if (events & UV_READABLE) {
        tcp_receive(tcp);
    }
}

static void filter_write(struct stream *stream, struct stream_write *write)
{
    struct tcp *tcp = CONTAINER_OF(stream, struct tcp, stream);
    bool was_empty = list_is_empty(&tcp->writes);
    write->next = 0;
    write->skip = 0;
    list_append(&tcp->writes, &write->link);
    if (was_empty && !tcp->is_flushing && !tcp->is_connecting && tcp->failure == 0) {
        tcp_flush(tcp);
    }
}

static void filter_read_start(struct stream *stream)
{
    struct tcp *tcp = CONTAINER_OF(stream, struct tcp, stream);
    tcp->wants_read = true;
    tcp_poll(tcp);
}

static void filter_read_stop(struct stream *stream)
{
    struct tcp *tcp = CONTAINER_OF(stream, struct tcp, stream);
    tcp->wants_read = false;
    tcp_poll(tcp);
}

static void filter_half_close(struct stream *stream)
{
    struct tcp *tcp = CONTAINER_OF(stream, struct tcp, stream);
    tcp->wants_half_close = true;
    if (!tcp->is_flushing && !tcp->is_connecting && list_is_empty(&tcp->writes)) {
        tcp_flush(tcp);
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void filter_destroy(struct stream *stream, bool reset)
{
    struct tcp *tcp = CONTAINER_OF(stream, struct tcp, stream);
    if (tcp->is_closing) {
        return;
    }
    tcp->is_closing = true;
    loop_timer_finish(&tcp->timer);
    uv_close((uv_handle_t *)&tcp->poll, on_closed);
    if (reset) {
        struct linger linger = { .l_onoff = 1, .l_linger = 0 };
        (void)setsockopt(tcp->descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    (void)close(tcp->descriptor);
    tcp_finish_writes(tcp, KC_ERR_CLOSED);
}

static const struct stream_filter tcp_filter = {
    .name = "tcp",
    .write = filter_write,
    .read_start = filter_read_start,
    .read_stop = filter_read_stop,
    .half_close = filter_half_close,
    .destroy = filter_destroy,
};

/* Takes over the descriptor, also on failure. */
static struct tcp *tcp_create(struct loop *loop, int descriptor)
{
    struct tcp *tcp = calloc(1, sizeof(*tcp));
    if (!tcp || uv_poll_init(loop_uv(loop), &tcp->poll, descriptor) != 0) {
        free(tcp);
        (void)close(descriptor);
        return NULL;
    }
    int one = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    tcp->stream.filter = &tcp_filter;
    tcp->loop = loop;
    tcp->poll.data = tcp;
    tcp->descriptor = descriptor;
    list_init(&tcp->writes);
    loop_timer_init(&tcp->timer, loop, on_failure, tcp);
    return tcp;
}

static void set_buffer(int descriptor, int option, int size)
{
    if (size > 0) {
        (void)setsockopt(descriptor, SOL_SOCKET, option, &size, sizeof(size));
    }
}

struct stream *tcp_connect(struct loop *loop, const struct sockaddr *address, int send_buffer_size,
                           int receive_buffer_size)
{
    int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = descriptor < 0 ? -errno : 0;
    if (descriptor < 0) {
        /* The failure needs a stream to be told on. */
        descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            return NULL;
        }
    }
    struct tcp *tcp = tcp_create(loop, descriptor);
    if (!tcp) {
        return NULL;
    }
    tcp->is_connecting = true;
    set_buffer(descriptor, SO_SNDBUF, send_buffer_size);
    set_buffer(descriptor, SO_RCVBUF, receive_buffer_size);
    loopback_unpace(descriptor, address);
    if (rc == 0 && connect(descriptor, address, tcp_address_size(address)) != 0 &&
        errno != EINPROGRESS) {
        rc = -errno;
    }
    if (rc != 0) {
        tcp_fail_later(tcp, rc);
    }
    tcp_poll(tcp);
    return &tcp->stream;
}

struct stream *tcp_accept(struct loop *loop, int listening, int *ret_rc)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    int descriptor =
        accept4(listening, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        *ret_rc = errno == EWOULDBLOCK ? UV_EAGAIN : -errno;
        return NULL;
    }
    loopback_unpace(descriptor, (const struct sockaddr *)&address); /* it may listen to all */
    struct tcp *tcp = tcp_create(loop, descriptor);
    if (!tcp) {
        *ret_rc = UV_ENOMEM;
        return NULL;
    }
    return &tcp->stream;
}

bool tcp_peer(struct stream *stream, char *ret_text, uint8_t *ret_address)
{
    struct tcp *tcp = CONTAINER_OF(stream, struct tcp, stream);
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    if (getpeername(tcp->descriptor, (struct sockaddr *)&address, &size) != 0) {
        return false;
    }
    tcp_address_text((const struct sockaddr *)&address, ret_text);
    if (address.ss_family == AF_INET6) {
        memcpy(ret_address, &((struct sockaddr_in6 *)&address)->sin6_addr, 16);
    } else {
        memset(ret_address, 0, 10);
        memset(ret_address + 10, 0xff, 2);
        memcpy(ret_address + 12, &((struct sockaddr_in *)&address)->sin_addr, 4);
    }
    return true;
}
