/* net: the stream filter at the bottom: a TCP socket. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "net/stream.h"

/* A socket that is connecting; on_open or on_end follows, never before this returns. NULL when
 * memory is out. */
/* Sizes of the kernel's buffers; 0 or less leaves them to the system. */
struct stream *tcp_connect(struct loop *loop, const struct sockaddr *address, int send_buffer_size,
                           int receive_buffer_size);

/* Listens on the address; gives a non-blocking socket to poll for reading, or a negative libuv
 * error code. */
int tcp_listen(const struct sockaddr *address, int backlog);
void tcp_listen_close(int listening);

/* The oldest waiting connection of a listening socket; it is open already (no on_open). On failure
 * NULL, and ret_rc holds the libuv error code: UV_EAGAIN when there is none. */
struct stream *tcp_accept(struct loop *loop, int listening, int *ret_rc);

/* The port that a listening socket got. */
uint16_t tcp_listen_port(int listening);

/* "Connection refused" of a libuv error code into ret_text (64 bytes). */
void tcp_error_text(int rc, char *ret_text);

/* "127.0.0.1:9092" of the other end into ret_text (64 bytes), and its raw address for counting (16
 * bytes, IPv4 mapped). False when it is gone. Only for a stream made here. */
bool tcp_peer(struct stream *stream, char *ret_text, uint8_t *ret_address);

/* The same of a socket address. */
void tcp_address_text(const struct sockaddr *address, char *ret_text);

#endif
