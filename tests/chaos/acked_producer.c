/* chaos: sends numbered records until SIGTERM and writes down, one line each, what became of every
 * one: "NUMBER PARTITION OFFSET" when it was acknowledged, "NUMBER ERROR" when it was not.
 *
 *   acked_producer TOPIC FIRST_NUMBER [NAME=VALUE...]     properties of the producer; acks=all,
 *                                                         idempotent by default
 * The lines go to standard output, unbuffered and whole, from the thread that reports. */
#include <libclient/client.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void write_line(const char *line, int size)
{
    if (write(STDOUT_FILENO, line, (size_t)size) != size) {
        _exit(3);
    }
}

static void report(void *context, const struct kc_delivery *delivery)
{
    char line[128];
    uintptr_t number = (uintptr_t)context;
    int size =
        delivery->err == KC_ERR_NONE
            ? snprintf(line, sizeof(line), "%" PRIuPTR " %" PRId32 " %" PRId64 "\n", number,
                       delivery->partition, delivery->offset)
            : snprintf(line, sizeof(line), "%" PRIuPTR " %s\n", number, kc_err_name(delivery->err));
    write_line(line, size);
}

static struct kc_producer *open_producer(int count, char **settings)
{
    struct kc_error error = { 0 };
    struct kc_config *config = kc_config_create();
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    enum kc_err err = kc_config_set(config, "bootstrap.servers", servers, &error);
    for (int i = 0; i < count && err == KC_ERR_NONE; i++) {
        char *value = strchr(settings[i], '=');
        if (!value) {
            fprintf(stderr, "%s is no NAME=VALUE\n", settings[i]);
            exit(1);
        }
        *value = 0;
        err = kc_config_set(config, settings[i], value + 1, &error);
    }
    struct kc_producer *producer = err ? NULL : kc_producer_create(config, &error);
    if (!producer) {
        fprintf(stderr, "acked_producer: %s\n", error.text);
        exit(1);
    }
    kc_config_destroy(config);
    return producer;
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: acked_producer TOPIC FIRST_NUMBER [NAME=VALUE...]\n");
        return 1;
    }
    struct kc_producer *producer = open_producer(count - 3, arguments + 3);
    (void)sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
    struct kc_error error = { 0 };
    uintptr_t number = strtoull(arguments[2], NULL, 10);
    for (; !stopped; number++) {
        char value[32];
        (void)snprintf(value, sizeof(value), "%" PRIuPTR, number);
        struct kc_record record = { .topic = arguments[1], .value = kc_text(value) };
        enum kc_err err = kc_producer_send(producer, &record, report, (void *)number, &error);
        if (err != KC_ERR_NONE) {
            char line[128];
            int size =
                snprintf(line, sizeof(line), "%" PRIuPTR " refused %s\n", number, kc_err_name(err));
            write_line(line, size);
        }
        /* Some thousand records a second: batches form, and a run stays small enough to check. */
        if (number % 8 == 0) {
            (void)usleep(1000);
        }
    }
    enum kc_err err = kc_producer_close(producer, 60000, &error);
    if (err != KC_ERR_NONE) {
        fprintf(stderr, "acked_producer: %s\n", error.text);
    }
    kc_producer_destroy(producer);
    return err == KC_ERR_NONE ? 0 : 1;
}
