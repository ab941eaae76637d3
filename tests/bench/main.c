/* bench: one run.
 *
 *   bench ENGINE WORK SERVERS TOPIC [WORD=NUMBER...] [-- SETTING=VALUE...]
 *
 * ENGINE  libclient, libclient-many, librdkafka:SHARED_OBJECT, bare, loopback
 * WORK    produce consume acknowledge pace slow echo topics rest rebalance, and `create` (no
 *         engine: -)
 * WORD    count size partitions threads members seconds wait rate piece, keys=1 flush=1 acks=1 and
 *         codec=NAME */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_word(struct job *job, const char *word)
{
    static const struct {
        const char *name;
        size_t place;
    } numbers[] = {
        { "count=", offsetof(struct job, count) },
        { "size=", offsetof(struct job, size) },
        { "partitions=", offsetof(struct job, partitions) },
        { "threads=", offsetof(struct job, threads) },
        { "members=", offsetof(struct job, members) },
        { "seconds=", offsetof(struct job, seconds) },
        { "wait=", offsetof(struct job, wait) },
        { "rate=", offsetof(struct job, rate) },
        { "piece=", offsetof(struct job, piece) },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        size_t size = strlen(numbers[i].name);
        if (strncmp(word, numbers[i].name, size) == 0) {
            int64_t value = strtoll(word + size, NULL, 10);
            memcpy((char *)job + numbers[i].place, &value, sizeof value);
            return true;
        }
    }
    if (strcmp(word, "keys=1") == 0) {
        job->keys = true;
    } else if (strcmp(word, "flush=1") == 0) {
        job->flush = true;
    } else if (strncmp(word, "acks=", 5) == 0) {
        job->acks = strcmp(word + 5, "1") == 0 ? 1 : -1;
    } else if (strncmp(word, "codec=", 6) == 0) {
        job->codec = word + 6;
    } else {
        return false;
    }
    return true;
}

static void read_words(struct job *job, int count, char **words)
{
    int i = 0;
    for (; i < count && strcmp(words[i], "--") != 0; i++) {
        if (!read_word(job, words[i])) {
            bench_die(words[i], "unknown word");
        }
    }
    job->settings = words + i + 1;
    job->setting_count = i < count ? count - i - 1 : 0;
}

static const struct engine *find_engine(const char *name, struct job *job)
{
    static const struct engine *const engines[] = { &engine_libclient, &engine_libclient_many,
                                                    &engine_librdkafka, &engine_bare,
                                                    &engine_loopback };
    size_t size = strcspn(name, ":");
    job->library = name[size] ? name + size + 1 : "librdkafka.so.1";
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        if (strlen(engines[i]->name) == size && memcmp(engines[i]->name, name, size) == 0) {
            return engines[i];
        }
    }
    bench_die(name, "no such engine");
}

static void run(const struct engine *engine, const char *work, const struct job *job,
                struct report *report)
{
    const struct {
        const char *name;
        void (*run)(const struct job *job, struct report *report);
    } works[] = {
        { "produce", engine->produce },
        { "consume", engine->consume },
        { "echo", engine->echo },
        { "topics", engine->topics },
        { "rest", engine->rest },
        { "rebalance", engine->rebalance },
        { "acknowledge", engine->acknowledge },
        { "pace", engine->pace },
        { "slow", engine->slow },
    };
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        if (works[i].run && strcmp(works[i].name, work) == 0) {
            works[i].run(job, report);
            return;
        }
    }
    bench_die(work, "this engine does no such work");
}

static void print_word(const char *name, double value, const char *format)
{
    if (value != 0) {
        printf(" %s=", name);
        printf(format, value);
    }
}

static void print_report(const struct report *report)
{
    printf("records=%" PRId64, report->records);
    print_word("bytes", (double)report->bytes, "%.0f");
    print_word("seconds", report->seconds, "%.6f");
    print_word("cpu_seconds", report->cpu_seconds, "%.6f");
    print_word("p50_us", report->p50_us, "%.1f");
    print_word("p99_us", report->p99_us, "%.1f");
    print_word("p999_us", report->p999_us, "%.1f");
    print_word("resident_bytes", (double)report->resident_bytes, "%.0f");
    print_word("join_seconds", report->join_seconds, "%.4f");
    print_word("leave_seconds", report->leave_seconds, "%.4f");
    printf("\n");
}

int main(int count, char **words)
{
    if (count < 5) {
        bench_die("usage",
                  "bench ENGINE WORK SERVERS TOPIC [WORD=NUMBER...] [-- SETTING=VALUE...]");
    }
    struct job job = { .servers = words[3],
                       .topic = words[4],
                       .count = 1,
                       .size = 100,
                       .partitions = 1,
                       .threads = 1,
                       .members = 1,
                       .seconds = 1,
                       .wait = WAIT_MS / 1000,
                       .rate = 0,
                       .piece = 1 << 20,
                       .acks = -1,
                       .codec = "none" };
    struct report report = { 0 };
    read_words(&job, count - 5, words + 5);
    if (strcmp(words[2], "create") == 0) {
        setup_topics(&job, job.count);
        return 0;
    }
    run(find_engine(words[1], &job), words[2], &job, &report);
    print_report(&report);
    return 0;
}
