/* interop: a producer, a reader and an admin client at work, each of which says what becomes of it:
 * a line "sender NAME", "reader NAME" or "admin NAME MS" when its error (NONE: it works) is another
 * than before. Ends with the end of stdin.
 *
 *   lost_login SERVER TOPIC PROPERTIES_FILE */
#include <libclient/client.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUND_MS = 100, ADMIN_WAIT_MS = 60000, NAME_SIZE = 64 };

struct worker {
    const char *what;
    char last[NAME_SIZE];
};

static void die(const char *what, const struct kc_error *error)
{
    (void)fprintf(stderr, "lost_login: %s: %s\n", what, error->text);
    exit(1);
}

static void tell(struct worker *worker, enum kc_err err, long took_ms)
{
    if (strcmp(worker->last, kc_err_name(err)) != 0) {
        (void)snprintf(worker->last, sizeof(worker->last), "%s", kc_err_name(err));
        printf("%s %s %ld\n", worker->what, worker->last, took_ms);
        (void)fflush(stdout);
    }
}

static long now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_line(void *context, enum kc_log_level level, const char *text)
{
    (void)context;
    (void)fprintf(stderr, "%d %s\n", (int)level, text);
}

static atomic_int delivered; /* the code of the last delivery */

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    (void)context;
    atomic_store(&delivered, (int)delivery->err);
}

static void send_one(struct kc_producer *producer, const char *topic, struct worker *sender)
{
    struct kc_record record = { .topic = topic, .value = kc_text("value") };
    enum kc_err err = kc_producer_send(producer, &record, on_delivery, NULL, NULL);
    tell(sender, err ? err : (enum kc_err)atomic_load(&delivered), 0);
}

static void read_some(struct kc_consumer *consumer, struct worker *reader)
{
    struct kc_error error = { 0 };
    struct kc_batch *batch = kc_consumer_poll(consumer, ROUND_MS, &error);
    if (batch || error.code) {
        tell(reader, error.code, 0);
    }
    kc_batch_release(batch);
}

static void list(struct kc_admin *admin, struct worker *lister)
{
    struct kc_topic_descriptions *topics = NULL;
    long start_ms = now_ms();
    enum kc_err err = kc_admin_list_topics(admin, ADMIN_WAIT_MS, &topics, NULL);
    tell(lister, err, now_ms() - start_ms);
    kc_topic_descriptions_destroy(topics);
}

int main(int argc, char **argv)
{
    struct worker sender = { .what = "sender" };
    struct worker reader = { .what = "reader" };
    struct worker lister = { .what = "admin" };
    struct kc_error error = { 0 };
    struct kc_config *config = kc_config_create();
    if (argc != 4 || kc_config_load(config, argv[3], &error) ||
        kc_config_set(config, "bootstrap.servers", argv[1], &error)) {
        die("SERVER TOPIC PROPERTIES_FILE", &error);
    }
    kc_config_set_log(config, on_line, NULL, KC_LOG_INFO);
    struct kc_producer *producer = kc_producer_create(config, &error);
    struct kc_consumer *consumer = producer ? kc_consumer_create(config, &error) : NULL;
    struct kc_admin *admin = consumer ? kc_admin_create(config, &error) : NULL;
    const struct kc_position position = { .topic = argv[2], .offset = 0 };
    if (!admin || kc_consumer_assign(consumer, &position, 1, &error)) {
        die("create", &error);
    }
    kc_config_destroy(config);
    struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };
    while (poll(&end, 1, ROUND_MS) == 0) {
        send_one(producer, argv[2], &sender);
        read_some(consumer, &reader);
        list(admin, &lister);
    }
    kc_admin_destroy(admin);
    (void)kc_consumer_close(consumer, 1000, NULL);
    kc_consumer_destroy(consumer);
    kc_producer_destroy(producer);
    return 0;
}
