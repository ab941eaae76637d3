/* libclient: sends the lines of standard input, each with its number as key, and says where the
 * last one went; built with pkg-config alone. */
#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs once for every line, on the library's own thread. */
static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct kc_delivery *last = context;
    if (delivery->err) {
        fprintf(stderr, "a line was not written: %s\n", kc_err_text(delivery->err));
    }
    last->err = last->err ? last->err : delivery->err;
    last->offset = delivery->offset;
}

int main(int argc, char **argv)
{
    struct kc_error error;
    struct kc_delivery last = { .offset = -1 };
    struct kc_config *config = kc_config_create();
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    kc_config_set(config, "bootstrap.servers", servers ? servers : "localhost:9092", NULL);
    struct kc_producer *producer = kc_producer_create(config, &error);
    if (!producer) {
        return fprintf(stderr, "%s\n", error.text), 1;
    }
    char line[4096];
    struct kc_message message = { .topic = argc > 1 ? argv[1] : "lines" };
    for (int64_t number = 1; fgets(line, sizeof(line), stdin); number++) {
        line[strcspn(line, "\n")] = 0;
        message.key = kc_object_int64(number);
        message.value = kc_object_string(line);
        if (kc_producer_send_message(producer, &message, on_delivery, &last, &error)) {
            return fprintf(stderr, "%s\n", error.text), 1;
        }
    }
    if (kc_producer_close(producer, 30000, &error)) { /* waits for all deliveries */
        return fprintf(stderr, "%s\n", error.text), 1;
    }
    kc_producer_destroy(producer);
    kc_config_destroy(config);
    printf("the last line is at offset %lld\n", (long long)last.offset);
    return last.err ? 1 : 0;
}
