/* tests: a member of a group as an application has it. */
#include "fellow.h"

static void on_assigned(void *context, struct kc_consumer *consumer,
                        const struct kc_partition *partitions, size_t count)
{
    ((struct fellow *)context)->assigned += (unsigned)count;
}

static void on_revoked(void *context, struct kc_consumer *consumer,
                       const struct kc_partition *partitions, size_t count)
{
    ((struct fellow *)context)->revoked += (unsigned)count;
}

static void on_lost(void *context, struct kc_consumer *consumer,
                    const struct kc_partition *partitions, size_t count)
{
    ((struct fellow *)context)->lost += (unsigned)count;
}

void fellow_on_commit(void *context, enum kc_err err, const struct kc_position *positions,
                      size_t count)
{
    struct fellow *fellow = context;
    fellow->commits++;
    fellow->commit_err = err;
}

static void set(struct kc_config *config, const char *name, const char *value)
{
    struct kc_error error;
    if (kc_config_set(config, name, value, &error)) {
        fail_msg("%s", error.text);
    }
}

void fellow_join(struct fellow *fellow, const char *address, const char *protocol,
                 const char *topic, const char *const *settings)
{
    struct kc_rebalance_listener listener = { on_assigned, on_revoked, on_lost, fellow };
    struct kc_config *config = kc_config_create();
    struct kc_error error;
    memset(fellow, 0, sizeof(*fellow));
    set(config, "bootstrap.servers", address);
    set(config, "group.id", "g");
    set(config, "group.protocol", protocol);
    set(config, "enable.auto.commit", "false");
    set(config, "auto.offset.reset", "earliest");
    set(config, "heartbeat.interval.ms", "100");
    for (; settings && *settings; settings += 2) {
        set(config, settings[0], settings[1]);
    }
    fellow->consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    assert_non_null(fellow->consumer);
    assert_int_equal(kc_consumer_subscribe(fellow->consumer, &topic, 1, &listener, &error),
                     KC_ERR_NONE);
}

bool fellow_poll(struct fellow *fellow, bool strict)
{
    struct kc_record record;
    struct kc_error error;
    enum kc_err err = kc_consumer_poll_record(fellow->consumer, FELLOW_POLL_MS, &record, &error);
    if (strict && err && err != KC_ERR_TIMED_OUT) {
        fail_msg("%s", error.text);
    }
    return err == KC_ERR_NONE;
}

void fellow_poll_until_assigned(struct fellow *fellow)
{
    while (fellow->assigned == 0) {
        (void)fellow_poll(fellow, true);
    }
}

void fellow_close(struct fellow *fellow, int timeout_ms)
{
    struct kc_error error;
    if (kc_consumer_close(fellow->consumer, timeout_ms, &error)) {
        fail_msg("close: %s", error.text);
    }
    kc_consumer_destroy(fellow->consumer);
}
