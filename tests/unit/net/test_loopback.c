/* tests: what counts as this machine, and what follows for its sockets. */
#include "net/loopback.h"

#include "net/tcp.h"
#include "support/stage.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage address = { 0 };
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
        v6->sin6_family = AF_INET6;
    }
    return address;
}

static bool has(const char *text)
{
    struct sockaddr_storage address = address_of(text);
    return loopback_has((const struct sockaddr *)&address);
}

TEST(addresses_of_this_machine)
{
    static const char *const near[] = { "127.0.0.1", "127.0.0.0", "127.255.255.255", "::1",
                                        "::ffff:127.0.0.1" };
    static const char *const far[] = {
        "0.0.0.0", "126.255.255.255", "128.0.0.1", "10.0.0.1",        "::",
        "::2",     "::127",           "fe80::1",   "::ffff:128.0.0.1"
    };
    struct sockaddr none = { .sa_family = AF_UNSPEC };

    for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
        assert_true(has(near[i]));
    }
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
        assert_false(has(far[i]));
    }
    assert_false(loopback_has(&none));
}

/* The name of the congestion control, into 16 bytes. */
static void control_of(int descriptor, char *ret_name)
{
    socklen_t size = 16;
    memset(ret_name, 0, 16);
    assert_int_equal(getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, ret_name, &size), 0);
}

TEST(only_what_stays_here_is_not_paced)
{
    struct sockaddr_storage here = address_of("127.0.0.1");
    struct sockaddr_storage there = address_of("192.0.2.1");
    char usual[16];
    char name[16];
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(descriptor >= 0);
    control_of(descriptor, usual);
    loopback_unpace(descriptor, (const struct sockaddr *)&there);
    control_of(descriptor, name);
    assert_string_equal(name, usual);
    loopback_unpace(descriptor, (const struct sockaddr *)&here);
    control_of(descriptor, name);
    assert_string_equal(name, "reno");
    (void)close(descriptor);
}

TEST(who_listens_here_is_not_paced)
{
    struct sockaddr_storage here = address_of("127.0.0.1");
    struct sockaddr_storage all = address_of("0.0.0.0");
    char usual[16];
    char name[16];
    int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int near = tcp_listen((const struct sockaddr *)&here, 1);
    int open = tcp_listen((const struct sockaddr *)&all, 1);
    assert_true(other >= 0 && near >= 0 && open >= 0);
    control_of(other, usual);
    control_of(near, name);
    assert_string_equal(name, "reno");
    control_of(open, name);
    assert_string_equal(name, usual);
    (void)close(other);
    tcp_listen_close(near);
    tcp_listen_close(open);
}

struct both {
    struct stage stage;
    struct stream *near;
    bool is_open;
};

static void on_open(void *context)
{
    struct both *both = context;
    both->is_open = true;
}

static void on_end(void *context, enum kc_err err, const char *text)
{
    (void)context;
    fail_msg("%s: %s", kc_err_name(err), text);
}

static const struct stream_handler both_calls = { .on_open = on_open, .on_end = on_end };

static bool is_open(void *context)
{
    return ((const struct both *)context)->is_open;
}

/* How many connected sockets the process has, all of which are said not to pace. */
static int count_unpaced(void)
{
    enum { DESCRIPTORS_MAX = 256 };
    int count = 0;

    for (int descriptor = 0; descriptor < DESCRIPTORS_MAX; descriptor++) {
        struct sockaddr_in peer = { 0 };
        socklen_t size = sizeof(peer);
        if (getpeername(descriptor, (struct sockaddr *)&peer, &size) == 0 &&
            peer.sin_family == AF_INET) {
            char name[16];
            control_of(descriptor, name);
            assert_string_equal(name, "reno");
            count++;
        }
    }
    return count;
}

TEST(both_ends_of_a_connection_are_not_paced)
{
    struct both both = { 0 };
    struct sockaddr_storage all = address_of("0.0.0.0");
    struct sockaddr_storage here = address_of("127.0.0.1");
    struct stream *far = NULL;
    int before = count_unpaced();
    int rc = UV_EAGAIN;
    stage_init(&both.stage);
    int listening = tcp_listen((const struct sockaddr *)&all, 1);
    assert_true(listening >= 0);
    ((struct sockaddr_in *)&here)->sin_port = htons(tcp_listen_port(listening));
    both.near = tcp_connect(both.stage.loop, (const struct sockaddr *)&here, 0, 0);
    assert_non_null(both.near);
    stream_listen(both.near, &both_calls, &both);
    stage_run(&both.stage, is_open, &both);
    while (!far && rc == UV_EAGAIN) {
        far = tcp_accept(both.stage.loop, listening, &rc);
    }
    assert_non_null(far);
    assert_int_equal(count_unpaced(), before + 2);
    stream_destroy(both.near, true);
    stream_destroy(far, true);
    tcp_listen_close(listening);
    stage_finish(&both.stage);
}
