/* net: the stream filter at the bottom: a TCP socket. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "net/stream.h"

/* A socket that is connecting; on_open or on_end follows, never before this returns. NULL when
 * memory is out. */
struct stream *tcp_connect(struct loop *loop, const struct sockaddr *address);

/* The oldest waiting connection of a listening handle; it is open already (no on_open). NULL when
 * there is none or it cannot be taken. */
struct stream *tcp_accept(struct loop *loop, uv_stream_t *listening);

/* "127.0.0.1:9092" of the other end into ret_text (64 bytes), and its raw address for counting (16
 * bytes, IPv4 mapped). False when it is gone. Only for a stream made here. */
bool tcp_peer(struct stream *stream, char *ret_text, uint8_t *ret_address);

/* The same of a socket address. */
void tcp_address_text(const struct sockaddr *address, char *ret_text);

#endif
