/* libclient: sends one record and reads it back; built with pkg-config alone. */
#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    kc_config_set(config, "bootstrap.servers", servers ? servers : "localhost:9092", NULL);

    struct kc_record record = { .topic = "roundtrip", .value = kc_text("hello") };
    struct kc_delivery sent;
    struct kc_producer *producer = kc_producer_create(config, &error);
    if (!producer || kc_producer_send_sync(producer, &record, 10000, &sent, &error)) {
        return fprintf(stderr, "produce: %s\n", error.text), 1;
    }
    kc_producer_destroy(producer);

    struct kc_position from = { "roundtrip", sent.partition, sent.offset, -1, NULL, KC_ERR_NONE };
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    if (!consumer || kc_consumer_assign(consumer, &from, 1, &error) ||
        kc_consumer_poll_record(consumer, 10000, &record, &error)) {
        return fprintf(stderr, "consume: %s\n", error.text), 1;
    }
    printf("%.*s\n", (int)record.value.size, (const char *)record.value.data);
    kc_consumer_destroy(consumer);
    kc_config_destroy(config);
}
