/* bench: clocks, memory, and how a run fails. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double bench_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double bench_cpu_seconds(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

int64_t bench_resident_bytes(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || !fgets(text, sizeof text, file)) {
        bench_die("/proc/self/statm", "cannot be read");
    }
    (void)fclose(file);
    return strtoll(text + strcspn(text, " "), NULL, 10) * sysconf(_SC_PAGESIZE);
}

void bench_pause_ms(int64_t ms)
{
    struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };
    (void)nanosleep(&pause, NULL);
}

void bench_start(struct report *report)
{
    report->cpu_seconds = -bench_cpu_seconds();
    report->seconds = -bench_seconds();
}

void bench_stop(struct report *report)
{
    report->seconds += bench_seconds();
    report->cpu_seconds += bench_cpu_seconds();
}

void *bench_alloc(size_t count, size_t size)
{
    void *data = calloc(count ? count : 1, size);
    if (!data) {
        bench_die("memory", "there is none left");
    }
    return data;
}

const char *bench_setting(const struct job *job, int index, char *ret_name, size_t size_max)
{
    const char *setting = job->settings[index];
    const char *equals = strchr(setting, '=');
    size_t size = equals ? (size_t)(equals - setting) : size_max;
    if (size >= size_max) {
        bench_die(setting, "not NAME=VALUE");
    }
    memcpy(ret_name, setting, size);
    ret_name[size] = 0;
    return equals + 1;
}

_Noreturn void bench_die(const char *what, const char *text)
{
    fprintf(stderr, "bench: %s: %s\n", what, text);
    exit(1);
}
