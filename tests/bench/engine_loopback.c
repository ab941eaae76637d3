/* bench: no broker either: the records' bytes through a TCP socket of loopback to a process that
 * throws them away, or from one that only writes. They are the values themselves, one behind the
 * other, as any client has to read them; memory that nobody ever wrote would be one page of zeros,
 * and always in the nearest cache. The processor time is that of the measured side. */
#include "bench.h"
#include "link.h"
#include "value.h"

#include "base/attr.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, RECORD_OVERHEAD = 10 };

/* What either end has in hand, made before the clock starts. */
struct ends {
    int64_t bytes;
    struct value_set values; /* to write */
    char *block;             /* to read into */
};

static void write_all(int socket, const struct ends *ends)
{
    int64_t round = ends->values.starts[VALUE_COUNT];
    int64_t at = 0;
    for (int64_t left = ends->bytes; left > 0;) {
        int64_t size = MIN_OF(MIN_OF(left, round - at), (int64_t)BLOCK_BYTES);
        link_send(socket, ends->values.text + at, (size_t)size);
        at = (at + size) % round;
        left -= size;
    }
}

static void read_all(int socket, const struct ends *ends)
{
    for (int64_t left = ends->bytes; left > 0; left -= BLOCK_BYTES) {
        if (!link_receive(socket, ends->block, (size_t)MIN_OF(left, (int64_t)BLOCK_BYTES))) {
            bench_die("loopback", "the other end is gone");
        }
    }
}

/* The other end, in a child: does the opposite, then says so with one byte. */
static pid_t start_other(int listening, const struct ends *ends, bool it_reads)
{
    pid_t child = fork();
    if (child < 0) {
        bench_die("loopback", "no second process");
    }
    if (child > 0) {
        return child;
    }
    int socket = accept(listening, NULL, NULL);
    if (it_reads) {
        read_all(socket, ends);
    } else {
        write_all(socket, ends);
    }
    link_send(socket, "", 1);
    _exit(0);
}

static void run(const struct job *job, struct report *report, bool it_reads)
{
    char server[64];
    char done;
    struct ends ends = { .bytes = job->count * (job->size + RECORD_OVERHEAD),
                         .block = bench_alloc(BLOCK_BYTES, 1) };
    value_set_init(&ends.values, (size_t)job->size);
    int listening = link_listen(server, sizeof server);
    pid_t child = start_other(listening, &ends, it_reads);
    int socket = link_connect(server, 0);
    bench_start(report);
    if (it_reads) {
        write_all(socket, &ends);
    } else {
        read_all(socket, &ends);
    }
    if (!link_receive(socket, &done, 1)) {
        bench_die("loopback", "the other end is gone");
    }
    bench_stop(report);
    report->records = job->count;
    report->bytes = ends.bytes;
    (void)waitpid(child, NULL, 0);
    (void)close(socket);
    (void)close(listening);
    value_set_finish(&ends.values);
    free(ends.block);
}

static void produce(const struct job *job, struct report *report)
{
    run(job, report, true);
}

static void consume(const struct job *job, struct report *report)
{
    run(job, report, false);
}

const struct engine engine_loopback = { .name = "loopback",
                                        .produce = produce,
                                        .consume = consume };
