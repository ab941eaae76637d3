/* libclient: handles records one by one and commits each when it is done: a record is handled again
 * after a crash in between, and never left out.
 *
 *   at_least_once TOPIC GROUP COUNT     $BOOTSTRAP_SERVERS; ends after COUNT records */
#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what, const struct kc_error *error)
{
    return fprintf(stderr, "%s: %s\n", what, error->text), 1;
}

/* The work itself. What it does should do no harm when it is done twice. */
static void handle(const struct kc_record *record)
{
    printf("%.*s\n", (int)record->value.size, (const char *)record->value.data);
}

/* Others own these now, or soon: everything that was handled is committed already. */
static void on_revoked(void *context, struct kc_consumer *consumer,
                       const struct kc_partition *partitions, size_t count)
{
    fprintf(stderr, "gave back %zu partitions\n", count);
}

int main(int argc, char **argv)
{
    struct kc_error error;
    struct kc_record record;
    struct kc_rebalance_listener listener = { .revoked = on_revoked };
    struct kc_config *config = kc_config_create();
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    if (argc != 4) {
        return fprintf(stderr, "usage: at_least_once TOPIC GROUP COUNT\n"), 1;
    }
    kc_config_set(config, "bootstrap.servers", servers ? servers : "localhost:9092", NULL);
    kc_config_set(config, "group.id", argv[2], NULL);
    kc_config_set(config, "auto.offset.reset", "earliest", NULL);
    kc_config_set(config, "enable.auto.commit", "false", NULL);

    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer ||
        kc_consumer_subscribe(consumer, (const char *const[]){ argv[1] }, 1, &listener, &error)) {
        return fail("subscribe", &error);
    }
    for (long long left = strtoll(argv[3], NULL, 10); left > 0;) {
        enum kc_err err = kc_consumer_poll_record(consumer, 1000, &record, &error);
        if (err == KC_ERR_TIMED_OUT) {
            continue;
        }
        if (err) {
            fprintf(stderr, "%s\n", error.text);
            continue;
        }
        handle(&record);
        struct kc_position next = { .topic = record.topic,
                                    .partition = record.partition,
                                    .offset = record.offset + 1,
                                    .leader_epoch = record.leader_epoch };
        if (kc_consumer_commit_sync(consumer, &next, 1, 10000, &error)) {
            /* After a rebalance another member handles it again: that is "at least". */
            fprintf(stderr, "commit: %s\n", error.text);
        }
        left--;
    }
    enum kc_err err = kc_consumer_close(consumer, 10000, &error);
    kc_consumer_destroy(consumer);
    return err ? fail("close", &error) : 0;
}
