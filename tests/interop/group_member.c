/* interop: a consumer in a group that tells what happens to it, a line an event, for tests that
 * watch several at once. Times are CLOCK_MONOTONIC in microseconds, so that lines of all members on
 * a machine can be put in order.
 *
 *   group_member SERVER TOPIC[,TOPIC...] [NAME=VALUE...]     Kafka's property names
 *
 * TIME epoch NUMBER                               before "assigned": generation or member epoch
 * TIME assigned|revoked|lost TOPIC-PARTITION...   "revoked" is printed at the end of the callback,
 *                                                 as "lost" when its commit tells that it was
 * TIME record TOPIC-PARTITION OFFSET VALUE        each is committed with the next poll
 * TIME error NAME TEXT
 *
 * A topic that begins with ^ is a pattern. SIGTERM closes the consumer and ends the program. */
#include <inttypes.h>
#include <libclient/client.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TOPICS_MAX = 16 };

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    stopping = number;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void tell(const char *what, const struct kc_partition *partitions, size_t count)
{
    printf("%" PRId64 " %s", now_us(), what);
    for (size_t i = 0; i < count; i++) {
        printf(" %s-%d", partitions[i].topic, partitions[i].partition);
    }
    printf("\n");
    fflush(stdout);
}

static void on_assigned(void *context, struct kc_consumer *consumer,
                        const struct kc_partition *partitions, size_t count)
{
    struct kc_group_metadata *metadata = NULL;
    (void)kc_consumer_group_metadata(consumer, &metadata, NULL);
    /* -1: the group has put this member out meanwhile, of which it will hear. */
    printf("%" PRId64 " epoch %d\n", now_us(), metadata ? metadata->generation_id : -1);
    kc_group_metadata_destroy(metadata);
    tell("assigned", partitions, count);
}

/* Commits what is being given back: the next owner begins there. */
static void on_revoked(void *context, struct kc_consumer *consumer,
                       const struct kc_partition *partitions, size_t count)
{
    struct kc_error error;
    enum kc_err err = kc_consumer_commit_sync(consumer, NULL, 0, 10000, &error);
    if (err) {
        printf("%" PRId64 " error %s %s\n", now_us(), kc_err_name(error.code), error.text);
    }
    bool is_out = err == KC_ERR_UNKNOWN_MEMBER_ID || err == KC_ERR_FENCED_MEMBER_EPOCH ||
                  err == KC_ERR_ILLEGAL_GENERATION;
    tell(is_out ? "lost" : "revoked", partitions, count);
}

static void on_lost(void *context, struct kc_consumer *consumer,
                    const struct kc_partition *partitions, size_t count)
{
    tell("lost", partitions, count);
}

/* What the library has to say of itself, for whoever looks into a failure: on stderr. */
static void on_log(void *context, enum kc_log_level level, const char *text)
{
    fprintf(stderr, "%" PRId64 " %s\n", now_us(), text);
}

static void die(const char *what, const struct kc_error *error)
{
    fprintf(stderr, "group_member: %s: %s\n", what, error->text);
    exit(1);
}

static struct kc_consumer *make(int argc, char **argv)
{
    struct kc_config *config = kc_config_create();
    struct kc_error error;
    if (kc_config_set(config, "bootstrap.servers", argv[1], &error)) {
        die("settings", &error);
    }
    for (int i = 3; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value) {
            exit(2);
        }
        *value++ = 0;
        if (kc_config_set(config, argv[i], value, &error)) {
            die("settings", &error);
        }
    }
    kc_config_set_log(config, on_log, NULL, KC_LOG_DEBUG);
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer) {
        die("consumer", &error);
    }
    return consumer;
}

static void subscribe(struct kc_consumer *consumer, char *topics)
{
    struct kc_rebalance_listener listener = { on_assigned, on_revoked, on_lost, NULL };
    const char *names[TOPICS_MAX];
    size_t count = 0;
    struct kc_error error;
    for (char *name; count < TOPICS_MAX && (name = strsep(&topics, ","));) {
        names[count++] = name;
    }
    enum kc_err err = names[0][0] == '^'
                          ? kc_consumer_subscribe_pattern(consumer, names[0], &listener, &error)
                          : kc_consumer_subscribe(consumer, names, count, &listener, &error);
    if (err) {
        die("subscribe", &error);
    }
}

static void take(struct kc_consumer *consumer, struct kc_batch *batch)
{
    for (struct kc_record record; kc_batch_next(batch, &record);) {
        printf("%" PRId64 " record %s-%d %" PRId64 " %.*s\n", now_us(), record.topic,
               record.partition, record.offset, (int)record.value.size,
               (const char *)record.value.data);
    }
    fflush(stdout);
    (void)kc_consumer_commit_async(consumer, batch, NULL, NULL);
    kc_batch_release(batch);
}

int main(int argc, char **argv)
{
    struct kc_error error;
    if (argc < 3) {
        fprintf(stderr, "usage: group_member SERVER TOPIC[,TOPIC...] [NAME=VALUE...]\n");
        return 2;
    }
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGTERM, &action, NULL);
    struct kc_consumer *consumer = make(argc, argv);
    subscribe(consumer, argv[2]);
    while (!stopping) {
        struct kc_batch *batch = kc_consumer_poll(consumer, 100, &error);
        if (batch) {
            take(consumer, batch);
        } else if (error.code) {
            printf("%" PRId64 " error %s %s\n", now_us(), kc_err_name(error.code), error.text);
            fflush(stdout);
        }
    }
    enum kc_err err = kc_consumer_close(consumer, 10000, &error);
    if (err) {
        printf("%" PRId64 " error %s %s\n", now_us(), kc_err_name(err), error.text);
    }
    kc_consumer_destroy(consumer);
    return err ? 1 : 0;
}
