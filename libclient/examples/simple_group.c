/* libclient: a member of a consumer group that prints what it reads. Run it twice to share the
 * work.
 *
 *   simple_group TOPIC GROUP [COUNT]     $BOOTSTRAP_SERVERS; ends after COUNT records
 *
 * What a poll returned is committed in the background by the polls that follow, and by close. */
#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what, const struct kc_error *error)
{
    return fprintf(stderr, "%s: %s\n", what, error->text), 1;
}

int main(int argc, char **argv)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    if (argc < 3) {
        return fprintf(stderr, "usage: simple_group TOPIC GROUP [COUNT]\n"), 1;
    }
    long long left = argc > 3 ? strtoll(argv[3], NULL, 10) : -1;
    kc_config_set(config, "bootstrap.servers", servers ? servers : "localhost:9092", NULL);
    kc_config_set(config, "group.id", argv[2], NULL);
    kc_config_set(config, "auto.offset.reset", "earliest", NULL);

    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer ||
        kc_consumer_subscribe(consumer, (const char *const[]){ argv[1] }, 1, NULL, &error)) {
        return fail("subscribe", &error);
    }
    while (left != 0) {
        struct kc_batch *batch = kc_consumer_poll(consumer, 1000, &error);
        if (!batch && error.code) {
            fprintf(stderr, "%s\n", error.text); /* one partition or one moment: polling goes on */
        }
        for (struct kc_record record; batch && left != 0 && kc_batch_next(batch, &record);) {
            printf("%d\t%lld\t%.*s\n", record.partition, (long long)record.offset,
                   (int)record.value.size, (const char *)record.value.data);
            left -= left > 0;
        }
        kc_batch_release(batch);
    }
    enum kc_err err = kc_consumer_close(consumer, 10000, &error);
    kc_consumer_destroy(consumer);
    return err ? fail("close", &error) : 0;
}
