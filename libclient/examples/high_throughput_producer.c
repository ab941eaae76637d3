/* libclient: sends many small records as fast as the broker takes them, and prints what became of
 * them. Large batches, compression, no work per record: the deliveries come a batch at a time. */
#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUN = 500 }; /* records of one call */

struct outcome {
    long long written; /* the I/O thread's until close returns */
    long long failed;
};

static void on_batch(void *context, const struct kc_batch_delivery *delivery)
{
    struct outcome *outcome = context;
    *(delivery->err ? &outcome->failed : &outcome->written) += (long long)delivery->count;
}

static void set(struct kc_config *config, const char *name, const char *value)
{
    struct kc_error error;
    if (kc_config_set(config, name, value, &error)) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
}

static void send_all(struct kc_producer *producer, const char *topic, long count)
{
    struct kc_error error;
    static const char value[] = "a hundred bytes of a value that repeats itself and so is "
                                "compressed well by every codec there is....";
    struct kc_record records[RUN];
    for (int i = 0; i < RUN; i++) {
        records[i] = (struct kc_record){ .topic = topic, .value = kc_text(value) };
    }
    while (count > 0) {
        size_t taken = 0;
        size_t wanted = count < RUN ? (size_t)count : RUN;
        /* Waits where buffer.memory is used up: the broker sets the pace. */
        if (kc_producer_send_many(producer, records, wanted, NULL, NULL, NULL, &taken, &error)) {
            fprintf(stderr, "%s\n", error.text);
            exit(1);
        }
        count -= (long)taken;
    }
}

int main(int argc, char **argv)
{
    struct kc_error error;
    struct outcome outcome = { 0 };
    struct kc_producer_statistics told;
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    struct kc_config *config = kc_config_create();
    set(config, "bootstrap.servers", servers ? servers : "localhost:9092");
    set(config, "linger.ms", "20");
    set(config, "batch.size", "262144");
    set(config, "compression.type", "lz4");
    kc_config_set_batch_delivery(config, on_batch, &outcome);
    struct kc_producer *producer = kc_producer_create(config, &error);
    if (!producer) {
        return fprintf(stderr, "%s\n", error.text), 1;
    }
    send_all(producer, argc > 1 ? argv[1] : "many", argc > 2 ? strtol(argv[2], NULL, 10) : 1000000);
    if (kc_producer_close(producer, 60000, &error)) {
        fprintf(stderr, "%s\n", error.text);
    }
    kc_producer_statistics(producer, &told, &error);
    kc_producer_destroy(producer);
    kc_config_destroy(config);
    printf("%lld written, %lld failed, batches of %lld records, half of the answers "
           "within %lld us\n",
           outcome.written, outcome.failed, (long long)told.batch_records.average,
           (long long)told.traffic.round_trip_us.p50);
    return outcome.failed ? 1 : 0;
}
