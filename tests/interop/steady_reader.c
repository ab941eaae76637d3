/* interop: reads partition 0 of a topic from its beginning for as long as stdin is open, and tells
 * what it meets, a line each: "record OFFSET VALUE", "error NAME TEXT". For each line of stdin it
 * prints "statistics JSON".
 *
 *   steady_reader SERVER TOPIC [PROPERTY=VALUE]... */
#include <libclient/client.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what, const struct kc_error *error)
{
    fprintf(stderr, "steady_reader: %s: %s\n", what, error->text);
    exit(1);
}

static struct kc_consumer *open_consumer(int argc, char **argv)
{
    struct kc_config *config = kc_config_create();
    struct kc_error error = { 0 };
    if (kc_config_set(config, "bootstrap.servers", argv[1], &error)) {
        die(argv[1], &error);
    }
    for (int i = 3; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        *value++ = 0;
        if (kc_config_set(config, argv[i], value, &error)) {
            die(argv[i], &error);
        }
    }
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    struct kc_position start = { .topic = argv[2], .offset = KC_OFFSET_EARLIEST };
    if (!consumer || kc_consumer_assign(consumer, &start, 1, &error)) {
        die(argv[2], &error);
    }
    kc_config_destroy(config);
    return consumer;
}

static void tell_all(struct kc_consumer *consumer)
{
    struct kc_error error;
    struct kc_batch *batch;
    do {
        batch = kc_consumer_poll(consumer, 0, &error);
        for (struct kc_record record; kc_batch_next(batch, &record);) {
            printf("record %lld %.*s\n", (long long)record.offset, (int)record.value.size,
                   (const char *)record.value.data);
        }
        kc_batch_release(batch);
        if (!batch && error.code) {
            printf("error %s %s\n", kc_err_name(error.code), error.text);
        }
    } while (batch || error.code);
    (void)fflush(stdout);
}

/* False at the end of stdin. */
static bool answer(struct kc_consumer *consumer)
{
    char line[256];
    if (read(STDIN_FILENO, line, sizeof(line)) <= 0) {
        return false;
    }
    char *json = kc_consumer_statistics_json(consumer);
    printf("statistics %s\n", json ? json : "{}");
    kc_statistics_destroy(json);
    (void)fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    struct kc_error error;
    if (argc < 3) {
        fprintf(stderr, "usage: steady_reader SERVER TOPIC [PROPERTY=VALUE]...\n");
        return 2;
    }
    struct kc_consumer *consumer = open_consumer(argc, argv);
    struct pollfd watched[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                                { .fd = kc_consumer_fd(consumer, &error), .events = POLLIN } };
    if (watched[1].fd < 0) {
        die("kc_consumer_fd", &error);
    }
    do {
        (void)poll(watched, 2, -1);
        tell_all(consumer);
    } while (!(watched[0].revents & (POLLIN | POLLHUP)) || answer(consumer));
    if (kc_consumer_close(consumer, 10000, &error)) {
        die("close", &error);
    }
    kc_consumer_destroy(consumer);
    return 0;
}
