/* broker-lite: a test of a producer against a real log. The answer to its first request is lost. */
#include <broker-lite/fault.h>
#include <libclient/client.h>
#include <stdio.h>

int main(void)
{
    struct kc_error error;
    struct bl_broker *broker = bl_start(NULL, &error);
    struct bl_fault fault = { .api = "Produce", .deed = BL_CLOSE, .after = true, .count = 1 };
    if (!broker || bl_fault_add(broker, &fault, NULL, &error)) {
        return fprintf(stderr, "%s\n", error.text), 1;
    }
    struct kc_config *config = kc_config_create();
    kc_config_set(config, "bootstrap.servers", bl_address(broker), NULL);
    struct kc_record record = { .topic = "test", .value = kc_text("once") };
    struct kc_delivery sent;
    struct kc_producer *producer = kc_producer_create(config, &error);
    if (!producer || kc_producer_send_sync(producer, &record, 10000, &sent, &error)) {
        return fprintf(stderr, "%s\n", error.text), 1;
    }
    printf("offset %lld\n", (long long)sent.offset); /* 0: the second try was not written again */
    kc_producer_destroy(producer);
    kc_config_destroy(config);
    return bl_stop(broker, &error) ? 1 : 0;
}
