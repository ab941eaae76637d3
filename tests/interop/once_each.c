/* interop: sends numbered records while somebody hurts the cluster, then reads all of it back: each
 * must be there once, in order, at the offset that was acknowledged.
 *
 *   once_each TOPIC PARTITIONS COUNT RATE [NAME=VALUE...]    RATE: records a second; properties of
 *                                                            the producer
 * Record n goes to partition n % PARTITIONS. Prints "sent N" now and then, "flushed" when all is
 * reported, and then waits for a line on standard input before it reads: the cluster should be
 * whole then. Ends with the counts; exit status 0: everything as promised. */
#include <libclient/client.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEP = 2000, READ_MS = 60000, FLUSH_MS = 600000, VALUE_SIZE = 100 };

struct fate {
    int64_t offset; /* acknowledged; -1: not said */
    int64_t found;  /* in the log; -1: not there */
    enum kc_err err;
    uint8_t reports;
};

struct task {
    const char *topic;
    int32_t partitions;
    size_t count;
    size_t rate;
    struct fate *fates;
};

static void stop_with(const char *what, const struct kc_error *error)
{
    fprintf(stderr, "once_each: %s: %s\n", what, error->text);
    exit(2);
}

static void report(void *context, const struct kc_delivery *delivery)
{
    struct fate *fate = context;
    fate->err = delivery->err;
    fate->offset = delivery->offset;
    fate->reports++;
}

static void pace(const struct task *task, size_t sent, const struct timespec *start)
{
    struct timespec until = *start;
    uint64_t nanoseconds = (uint64_t)sent * 1000000000u / task->rate + (uint64_t)start->tv_nsec;
    until.tv_sec += (time_t)(nanoseconds / 1000000000u);
    until.tv_nsec = (long)(nanoseconds % 1000000000u);
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void send_all(const struct task *task, struct kc_producer *producer)
{
    struct kc_error error;
    struct timespec start;
    char value[VALUE_SIZE + 1];
    memset(value, '.', VALUE_SIZE);
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < task->count; i++) {
        (void)snprintf(value, sizeof(value), "%020zu%080zu", i, i * 7);
        struct kc_record record = { .topic = task->topic,
                                    .flags = KC_RECORD_PARTITION,
                                    .partition = (int32_t)(i % (size_t)task->partitions),
                                    .value = kc_bytes(value, VALUE_SIZE) };
        if (kc_producer_send(producer, &record, report, &task->fates[i], &error)) {
            stop_with("send", &error);
        }
        if ((i + 1) % STEP == 0) {
            printf("sent %zu\n", i + 1);
            (void)fflush(stdout);
            pace(task, i + 1, &start);
        }
    }
    if (kc_producer_flush(producer, FLUSH_MS, &error)) {
        stop_with("flush", &error);
    }
}

/* The end of each partition; the number of records in all. */
static size_t find_ends(const struct task *task, struct kc_config *config, int64_t *ends)
{
    struct kc_error error;
    struct kc_position *wanted = calloc((size_t)task->partitions, sizeof(*wanted));
    struct kc_admin *admin = kc_admin_create(config, &error);
    struct kc_positions *found;
    size_t total = 0;
    for (int32_t i = 0; i < task->partitions; i++) {
        wanted[i] = (struct kc_position){ .topic = task->topic,
                                          .partition = i,
                                          .offset = KC_OFFSET_LATEST };
    }
    if (!admin ||
        kc_admin_list_offsets(admin, wanted, (size_t)task->partitions, READ_MS, &found, &error)) {
        stop_with("ends", &error);
    }
    for (int32_t i = 0; i < task->partitions; i++) {
        ends[i] = found->items[i].offset;
        total += (size_t)ends[i];
    }
    kc_positions_destroy(found);
    kc_admin_destroy(admin);
    free(wanted);
    return total;
}

struct verdict {
    size_t in_log;
    size_t twice;
    size_t strangers;
    size_t disordered;
    size_t lost;
    size_t moved;
    size_t unacked;
    size_t unacked_in_log;
    size_t misreported;
};

static void look_at(const struct task *task, const struct kc_record *record, int64_t *latest,
                    struct verdict *verdict)
{
    char wanted[VALUE_SIZE + 1];
    char digits[21] = { 0 };
    if (record->value.size == VALUE_SIZE) {
        memcpy(digits, record->value.data, sizeof(digits) - 1);
    }
    size_t number = strtoull(digits, NULL, 10);
    (void)snprintf(wanted, sizeof(wanted), "%020zu%080zu", number, number * 7);
    verdict->in_log++;
    if (number >= task->count || record->value.size != VALUE_SIZE ||
        memcmp(wanted, record->value.data, VALUE_SIZE) != 0 ||
        record->partition != (int32_t)(number % (size_t)task->partitions)) {
        verdict->strangers++;
        return;
    }
    struct fate *fate = &task->fates[number];
    verdict->twice += fate->found >= 0;
    verdict->disordered += (int64_t)number <= latest[record->partition];
    latest[record->partition] = (int64_t)number;
    fate->found = record->offset;
}

static void read_all(const struct task *task, struct kc_config *config, struct verdict *verdict)
{
    struct kc_error error;
    int64_t *ends = calloc((size_t)task->partitions, sizeof(*ends));
    int64_t *latest = calloc((size_t)task->partitions, sizeof(*latest));
    struct kc_position *from = calloc((size_t)task->partitions, sizeof(*from));
    size_t total = find_ends(task, config, ends);
    for (int32_t i = 0; i < task->partitions; i++) {
        latest[i] = -1;
        from[i] = (struct kc_position){ .topic = task->topic, .partition = i, .leader_epoch = -1 };
    }
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    if (!consumer || kc_consumer_assign(consumer, from, (size_t)task->partitions, &error)) {
        stop_with("consumer", &error);
    }
    while (verdict->in_log < total) {
        struct kc_batch *batch = kc_consumer_poll(consumer, READ_MS, &error);
        if (!batch) {
            stop_with("poll", &error);
        }
        for (struct kc_record record; kc_batch_next(batch, &record);) {
            look_at(task, &record, latest, verdict);
        }
        kc_batch_release(batch);
    }
    kc_consumer_destroy(consumer);
    free(ends);
    free(latest);
    free(from);
}

static int conclude(const struct task *task, struct verdict *verdict)
{
    for (size_t i = 0; i < task->count; i++) {
        const struct fate *fate = &task->fates[i];
        verdict->misreported += fate->reports != 1;
        if (fate->err != KC_ERR_NONE) {
            verdict->unacked++;
            verdict->unacked_in_log += fate->found >= 0;
        } else {
            verdict->lost += fate->found < 0;
            verdict->moved += fate->found >= 0 && fate->offset >= 0 && fate->found != fate->offset;
        }
    }
    printf("records=%zu in_log=%zu lost=%zu twice=%zu disordered=%zu moved=%zu strangers=%zu "
           "unacked=%zu unacked_in_log=%zu misreported=%zu\n",
           task->count, verdict->in_log, verdict->lost, verdict->twice, verdict->disordered,
           verdict->moved, verdict->strangers, verdict->unacked, verdict->unacked_in_log,
           verdict->misreported);
    return verdict->lost + verdict->twice + verdict->disordered + verdict->moved +
               verdict->strangers + verdict->misreported >
           0;
}

static struct kc_config *with_settings(const struct kc_config *config, int count, char **pairs)
{
    struct kc_error error = { .text = "no NAME=VALUE" };
    struct kc_config *settings = kc_config_copy(config);
    for (int i = 0; i < count; i++) {
        char *value = strchr(pairs[i], '=');
        if (value) {
            *value++ = 0;
        }
        if (!value || kc_config_set(settings, pairs[i], value, &error)) {
            stop_with(pairs[i], &error);
        }
    }
    return settings;
}

int main(int count, char **arguments)
{
    if (count < 5) {
        fprintf(stderr, "usage: once_each TOPIC PARTITIONS COUNT RATE [NAME=VALUE...]\n");
        return 2;
    }
    struct kc_error error = { .text = "out of memory" };
    struct task task = { .topic = arguments[1],
                         .partitions = (int32_t)strtol(arguments[2], NULL, 10),
                         .count = strtoull(arguments[3], NULL, 10),
                         .rate = strtoull(arguments[4], NULL, 10) };
    struct kc_config *config = kc_config_create();
    (void)kc_config_set(config, "bootstrap.servers", getenv("BOOTSTRAP_SERVERS"), NULL);
    struct kc_config *settings = with_settings(config, count - 5, arguments + 5);
    task.fates = calloc(task.count, sizeof(*task.fates));
    struct kc_producer *producer = task.fates ? kc_producer_create(settings, &error) : NULL;
    if (!producer) {
        stop_with("producer", &error);
    }
    for (size_t i = 0; i < task.count; i++) {
        task.fates[i].offset = task.fates[i].found = -1;
    }
    send_all(&task, producer);
    kc_producer_destroy(producer);
    printf("flushed\n");
    (void)fflush(stdout);
    (void)getchar();
    struct verdict verdict = { 0 };
    read_all(&task, config, &verdict);
    kc_config_destroy(settings);
    kc_config_destroy(config);
    int code = conclude(&task, &verdict);
    free(task.fates);
    return code;
}
