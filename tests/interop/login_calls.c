/* interop: sends records one by one, so many ms apart, and tells how the connections fared: a line
 * "sent N failed N renewed N lost N logins N".
 *
 *   login_calls SERVER TOPIC COUNT PAUSE_MS PROPERTIES_FILE */
#include <libclient/client.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counted from the log, on the I/O thread; read when the producer is gone. */
struct fortune {
    int renewed;
    int lost;
    int logins;
};

static void die(const char *what, const struct kc_error *error)
{
    (void)fprintf(stderr, "login_calls: %s: %s\n", what, error->text);
    exit(1);
}

static void on_line(void *context, enum kc_log_level level, const char *text)
{
    struct fortune *fortune = context;
    (void)level;
    fortune->renewed += strstr(text, "renewed the login at") != NULL;
    fortune->lost += strstr(text, "is lost") != NULL;
    fortune->logins += strstr(text, "logged in to") != NULL;
}

int main(int argc, char **argv)
{
    struct fortune fortune = { 0, 0, 0 };
    struct kc_error error = { 0 };
    struct kc_config *config = kc_config_create();
    if (argc != 6 || kc_config_load(config, argv[5], &error) ||
        kc_config_set(config, "bootstrap.servers", argv[1], &error)) {
        die("SERVER TOPIC COUNT PAUSE_MS PROPERTIES_FILE", &error);
    }
    kc_config_set_log(config, on_line, &fortune, KC_LOG_DEBUG);
    struct kc_producer *producer = kc_producer_create(config, &error);
    kc_config_destroy(config);
    if (!producer) {
        die("create", &error);
    }
    int count = (int)strtol(argv[3], NULL, 10);
    int failed = 0;
    for (int i = 0; i < count; i++) {
        struct kc_record record = { .topic = argv[2], .value = kc_text("value") };
        if (kc_producer_send_sync(producer, &record, 30000, NULL, &error)) {
            (void)fprintf(stderr, "login_calls: %s\n", error.text);
            failed++;
        }
        (void)poll(NULL, 0, (int)strtol(argv[4], NULL, 10));
    }
    (void)kc_producer_close(producer, 30000, NULL);
    kc_producer_destroy(producer);
    printf("sent %d failed %d renewed %d lost %d logins %d\n", count, failed, fortune.renewed,
           fortune.lost, fortune.logins);
    return 0;
}
