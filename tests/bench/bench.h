/* bench: what the engines share. A run is one process: one engine does one work and prints one line
 * of NAME=VALUE words for run.py. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAIT_MS = 60000 };

/* What to do. Everything borrows the arguments. */
struct job {
    const char *library; /* librdkafka only: the shared object to load */
    const char *servers;
    const char *topic; /* or the prefix of many */
    int64_t count;     /* records, or topics */
    int64_t size;      /* bytes of a value; 0: JSON documents (value.h) */
    int64_t partitions;
    int64_t threads; /* that send through one producer */
    int64_t members; /* of a group */
    int64_t seconds; /* how long rest is watched */
    int64_t wait;    /* seconds that a bare loop gives a partition to be led */
    int64_t rate;    /* bytes a second: of a paced producer, or of each slow reader */
    int64_t piece;   /* bytes that a slow reader asks for at a time */
    bool flush;      /* `create`: nothing is acknowledged that is not on disk */
    bool keys;       /* records have keys, the partitioner chooses; else partition 0 is given */
    int acks;        /* bare loops: -1 for all */
    const char *codec;
    char **settings; /* NAME=VALUE, for the client's configuration */
    int setting_count;
};

/* What came out. Zero is not printed. */
struct report {
    int64_t records;
    int64_t bytes;
    double seconds;
    double cpu_seconds; /* user and system, of the whole process */
    double p50_us, p99_us, p999_us;
    int64_t resident_bytes;
    double join_seconds, leave_seconds;
};

/* An engine does what it has a function for. Failures end the process. */
struct engine {
    const char *name;
    void (*produce)(const struct job *job, struct report *report);
    void (*consume)(const struct job *job, struct report *report);
    void (*acknowledge)(const struct job *job, struct report *report); /* one send at a time */
    void (*pace)(const struct job *job, struct report *report);        /* at a fixed rate */
    void (*slow)(const struct job *job, struct report *report);        /* many slow readers */
    void (*echo)(const struct job *job, struct report *report);        /* one record in flight */
    void (*topics)(const struct job *job, struct report *report);      /* one record to each */
    void (*rest)(const struct job *job, struct report *report);        /* a group of one, no data */
    void (*rebalance)(const struct job *job, struct report *report);
};

extern const struct engine engine_libclient;
extern const struct engine engine_libclient_many; /* sends and reports many at a time */
extern const struct engine engine_librdkafka;
extern const struct engine engine_bare;     /* prebuilt requests, no client */
extern const struct engine engine_loopback; /* no broker either: bytes through a socket */

/* Makes TOPIC with the job's partitions, or with several `topics` TOPIC-0, TOPIC-1, ... */
void setup_topics(const struct job *job, int64_t topics);

/* Wall clock, and the processor time of this process (user and system), in seconds. */
double bench_seconds(void);
double bench_cpu_seconds(void);
int64_t bench_resident_bytes(void);
void bench_pause_ms(int64_t ms);

/* Starts both clocks in the report, and stops them. */
void bench_start(struct report *report);
void bench_stop(struct report *report);

/* Never NULL. */
void *bench_alloc(size_t count, size_t size);

/* Cuts the i-th setting into a name (in the caller's buffer) and its value, which is returned. */
const char *bench_setting(const struct job *job, int index, char *ret_name, size_t size_max);

/* Prints "bench: WHAT: TEXT" and ends the process with status 1. */
_Noreturn void bench_die(const char *what, const char *text);

#endif
