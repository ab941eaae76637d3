/* bench: no broker either: as many bytes through a TCP socket of loopback to a process that throws
 * them away, or from one that only writes. The processor time is that of the measured side. */
#include "bench.h"
#include "link.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, RECORD_OVERHEAD = 10 };

static int64_t bytes_of(const struct job *job)
{
    return job->count * (job->size + RECORD_OVERHEAD);
}

static void write_all(int socket, int64_t bytes, const char *block)
{
    for (; bytes > 0; bytes -= BLOCK_BYTES) {
        link_send(socket, block, (size_t)(bytes < BLOCK_BYTES ? bytes : BLOCK_BYTES));
    }
}

static void read_all(int socket, int64_t bytes, char *block)
{
    for (; bytes > 0; bytes -= BLOCK_BYTES) {
        if (!link_receive(socket, block, (size_t)(bytes < BLOCK_BYTES ? bytes : BLOCK_BYTES))) {
            bench_die("loopback", "the other end is gone");
        }
    }
}

/* The other end, in a child: does the opposite, then says so with one byte. */
static pid_t start_other(int listening, const struct job *job, bool it_reads, char *block)
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
        read_all(socket, bytes_of(job), block);
    } else {
        write_all(socket, bytes_of(job), block);
    }
    link_send(socket, block, 1);
    _exit(0);
}

static void run(const struct job *job, struct report *report, bool it_reads)
{
    char server[64];
    char done;
    char *block = bench_alloc(BLOCK_BYTES, 1);
    int listening = link_listen(server, sizeof server);
    pid_t child = start_other(listening, job, it_reads, block);
    int socket = link_connect(server, 0);
    bench_start(report);
    if (it_reads) {
        write_all(socket, bytes_of(job), block);
    } else {
        read_all(socket, bytes_of(job), block);
    }
    if (!link_receive(socket, &done, 1)) {
        bench_die("loopback", "the other end is gone");
    }
    bench_stop(report);
    report->records = job->count;
    report->bytes = bytes_of(job);
    (void)waitpid(child, NULL, 0);
    (void)close(socket);
    (void)close(listening);
    free(block);
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
