/* net: connections that never leave this machine. */
#ifndef NET_LOOPBACK_H
#define NET_LOOPBACK_H

#include <stdbool.h>
#include <sys/socket.h>

/* 127.0.0.0/8, also written as IPv6, and ::1. */
bool loopback_has(const struct sockaddr *address);

/* A socket that listens at, comes from or goes to such an address sends without pacing; with any
 * other it stays as the system has it. Works fully only before the connection is made. */
void loopback_unpace(int descriptor, const struct sockaddr *address);

#endif
