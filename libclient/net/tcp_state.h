/* net: the inside of a TCP stream. Inside the room only. */
#ifndef NET_TCP_STATE_H
#define NET_TCP_STATE_H

#include "base/attr.h"
#include "net/tcp.h"

#include <netinet/in.h>

/* What one turn may move before others have theirs. */
enum { TCP_TURN_MAX = 4 << 20 };

struct tcp {
    struct stream stream;
    struct loop *loop;
    uv_poll_t poll;
    struct loop_timer timer; /* tells a failure outside of the call that met it */
    struct list writes;
    int descriptor;
    int events;  /* polled now */
    int failure; /* libuv code to be told */
    bool is_connecting;
    bool wants_read;
    bool wants_half_close;
    bool is_flushing;
    bool is_ended;   /* on_end was called */
    bool is_closing; /* destroyed; memory goes with the poll handle */
};

/* Polls for what is wanted now. */
void tcp_poll(struct tcp *tcp);

/* Tells the failure (a libuv code) from the loop. */
void tcp_fail_later(struct tcp *tcp, int rc);

/* tcp_write.c: sends what the socket takes; and ends all writes with an error. */
void tcp_flush(struct tcp *tcp);
void tcp_finish_writes(struct tcp *tcp, enum kc_err err);

static inline socklen_t tcp_address_size(const struct sockaddr *address)
{
    return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                          : sizeof(struct sockaddr_in);
}

#endif
