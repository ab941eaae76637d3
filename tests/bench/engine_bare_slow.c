/* bench: many bare connections that read slowly: each asks for one piece of the log after the
 * other, at places of its own, and takes the answers in small bites at a fixed rate (0: as fast as
 * they come). One thread serves them all. */
#include "engine_bare.h"
#include "fetch_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PREFIX_SIZE = 4,
    BITE_BYTES = 65536,
    REQUEST_BYTES_MAX = 4096,
    RECEIVE_BUFFER_BYTES = 65536, /* so that it is the broker that has to wait */
    TICK_MS = 5,
    EVENTS_MAX = 256,
    STRIDE = 7919, /* pieces are asked for in an order that no read-ahead guesses */
};

struct slow_reader {
    struct link link;
    struct bytes request;
    int64_t next; /* number of the next piece */
    uint8_t prefix[PREFIX_SIZE];
    size_t prefix_size;
    size_t left; /* of the answer */
    int64_t taken;
};

static void ask(struct slow_reader *reader, const struct job *job)
{
    int64_t last = job->count - 2 * job->piece / job->size; /* from where a piece is there whole */
    int64_t offsets[1] = { last > 0 ? reader->next * STRIDE % last : 0 };
    fetch_request_write(job, offsets, (int32_t)job->piece, &reader->request);
    link_send(reader->link.socket, reader->request.data, reader->request.size);
    reader->next += job->members;
    reader->prefix_size = 0;
    reader->left = PREFIX_SIZE;
}

/* Takes at most `size` bytes; false when there are none. What follows the prefix is thrown away by
 * the system, not copied: 200 consumers have processors of their own, this one thread has not. */
static bool bite(struct slow_reader *reader, size_t size)
{
    bool in_prefix = reader->prefix_size < PREFIX_SIZE;
    uint8_t *place = in_prefix ? reader->prefix + reader->prefix_size : NULL;
    ssize_t got = recv(reader->link.socket, place, size < reader->left ? size : reader->left,
                       MSG_DONTWAIT | (in_prefix ? 0 : MSG_TRUNC));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (got <= 0) {
        bench_die("broker", "it closed the connection");
    }
    reader->left -= (size_t)got;
    reader->taken += got;
    if (in_prefix) {
        reader->prefix_size += (size_t)got;
        reader->left = reader->prefix_size < PREFIX_SIZE ? PREFIX_SIZE - reader->prefix_size
                                                         : load_u32(reader->prefix);
    }
    return true;
}

static void serve(struct slow_reader *reader, const struct job *job, int64_t allowed)
{
    while (reader->taken < allowed) {
        int64_t size = allowed - reader->taken;
        if (!bite(reader, size < BITE_BYTES ? (size_t)size : BITE_BYTES)) {
            return;
        }
        if (reader->left == 0) {
            if ((int64_t)load_u32(reader->prefix) < job->piece / 2) {
                bench_die("fetch", "an answer with hardly any records");
            }
            ask(reader, job);
        }
    }
}

static void open_reader(struct slow_reader *reader, const struct job *job, int64_t number)
{
    link_open_small(&reader->link, job->servers, RECEIVE_BUFFER_BYTES);
    bytes_init(&reader->request, REQUEST_BYTES_MAX);
    reader->next = number;
    ask(reader, job);
}

/* Everybody who may take more is tried once a tick. */
static void read_at_rate(struct slow_reader *readers, const struct job *job)
{
    double start = bench_seconds();
    for (double now = start; now < start + (double)job->seconds; now = bench_seconds()) {
        int64_t allowed = (int64_t)((now - start) * (double)job->rate);
        bench_pause_ms(TICK_MS);
        for (int64_t i = 0; i < job->members; i++) {
            serve(&readers[i], job, allowed);
        }
    }
}

/* Not with poll: to look at 200 sockets for the few that have something was half of this thread's
 * time, and with it the limit of a fast broker. */
static void read_what_comes(struct slow_reader *readers, const struct job *job)
{
    struct epoll_event events[EVENTS_MAX];
    int set = epoll_create1(EPOLL_CLOEXEC);
    for (int64_t i = 0; i < job->members; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &readers[i] };
        if (epoll_ctl(set, EPOLL_CTL_ADD, readers[i].link.socket, &event) < 0) {
            bench_die("epoll", strerror(errno));
        }
    }
    double end = bench_seconds() + (double)job->seconds;
    while (bench_seconds() < end) {
        int count = epoll_wait(set, events, EVENTS_MAX, WAIT_MS);
        if (count < 0) {
            bench_die("epoll", strerror(errno));
        }
        for (int i = 0; i < count; i++) {
            struct slow_reader *reader = events[i].data.ptr;
            serve(reader, job, reader->taken + BITE_BYTES);
        }
    }
    (void)close(set);
}

void engine_bare_slow(const struct job *job, struct report *report)
{
    struct slow_reader *readers = bench_alloc((size_t)job->members, sizeof *readers);
    for (int64_t i = 0; i < job->members; i++) {
        open_reader(&readers[i], job, i);
    }
    bench_start(report);
    if (job->rate) {
        read_at_rate(readers, job);
    } else {
        read_what_comes(readers, job);
    }
    bench_stop(report);
    for (int64_t i = 0; i < job->members; i++) {
        report->bytes += readers[i].taken;
        bytes_finish(&readers[i].request);
        link_close(&readers[i].link);
    }
    report->records = report->bytes / job->size;
    free(readers);
}
