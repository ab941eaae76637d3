/* libclient: prints one partition from its first record to what is its end now, without a group.
 *
 *   partition_dump TOPIC PARTITION     $BOOTSTRAP_SERVERS */
#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what, const struct kc_error *error)
{
    return fprintf(stderr, "%s: %s\n", what, error->text), 1;
}

static void show(const struct kc_record *record)
{
    printf("%lld\t%lld\t%.*s\t%.*s\n", (long long)record->offset, (long long)record->timestamp_ms,
           (int)record->key.size, record->key.data ? (const char *)record->key.data : "",
           (int)record->value.size, record->value.data ? (const char *)record->value.data : "");
}

int main(int argc, char **argv)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    if (argc != 3) {
        return fprintf(stderr, "usage: partition_dump TOPIC PARTITION\n"), 1;
    }
    int32_t partition = (int32_t)strtol(argv[2], NULL, 10);
    struct kc_moment ends[] = { { argv[1], partition, KC_MOMENT_EARLIEST, 0, -1, KC_ERR_NONE },
                                { argv[1], partition, KC_MOMENT_LATEST, 0, -1, KC_ERR_NONE } };
    kc_config_set(config, "bootstrap.servers", servers ? servers : "localhost:9092", NULL);

    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer || kc_consumer_find_offsets(consumer, ends, 2, 10000, &error)) {
        return fail("offsets", &error);
    }
    struct kc_position from = { .topic = argv[1],
                                .partition = partition,
                                .offset = ends[0].offset };
    if (kc_consumer_assign(consumer, &from, 1, &error)) {
        return fail("assign", &error);
    }
    /* The position, not the records, tells when the end is reached: the last ones may be markers of
     * transactions, which nobody sees. */
    for (int64_t next = ends[0].offset; next < ends[1].offset;) {
        struct kc_batch *batch = kc_consumer_poll(consumer, 1000, &error);
        if (!batch && error.code) {
            return fail("poll", &error);
        }
        for (struct kc_record record; batch && kc_batch_next(batch, &record);) {
            if (record.offset < ends[1].offset) {
                show(&record);
            }
        }
        kc_batch_release(batch);
        if (kc_consumer_position(consumer, argv[1], partition, &next, &error)) {
            return fail("position", &error);
        }
    }
    kc_consumer_destroy(consumer);
    return 0;
}
