/* tests: members of a group held by one program. */
#include "fellow.h"

#include <time.h>

struct kc_error fellow_error;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void move(struct fellow *fellow, const struct kc_partition *partitions, size_t count,
                 bool takes)
{
    for (size_t i = 0; i < count; i++) {
        CHECK(partitions[i].partition < FELLOW_PARTITIONS_MAX);
        CHECK(fellow->holds[partitions[i].partition] != takes);
        fellow->holds[partitions[i].partition] = takes;
        fellow->held += takes ? 1 : -1;
    }
    fellow->rebalances += count > 0;
}

static void on_assigned(void *context, struct kc_consumer *consumer,
                        const struct kc_partition *partitions, size_t count)
{
    move(context, partitions, count, true);
}

static void on_revoked(void *context, struct kc_consumer *consumer,
                       const struct kc_partition *partitions, size_t count)
{
    move(context, partitions, count, false);
}

static void on_lost(void *context, struct kc_consumer *consumer,
                    const struct kc_partition *partitions, size_t count)
{
    move(context, partitions, count, false);
    ((struct fellow *)context)->losses++;
}

void fellow_subscribe(struct fellow *fellow, const struct fellow_place *place)
{
    struct kc_rebalance_listener listener = { on_assigned, on_revoked, on_lost, fellow };
    CHECK(!kc_consumer_subscribe(fellow->consumer, &place->topic, 1, &listener, &fellow_error));
}

void fellow_open(struct fellow *fellow, const struct fellow_place *place,
                 const char *const *settings, const struct kc_assignor *assignor)
{
    struct kc_config *config = kc_config_create();
    *fellow = (struct fellow){ 0 };
    CHECK(!kc_config_set(config, "bootstrap.servers", place->server, &fellow_error));
    CHECK(!kc_config_set(config, "group.id", place->group, &fellow_error));
    CHECK(!kc_config_set(config, "group.protocol", place->protocol, &fellow_error));
    CHECK(!kc_config_set(config, "auto.offset.reset", "earliest", &fellow_error));
    CHECK(!kc_config_set(config, "heartbeat.interval.ms", "200", &fellow_error));
    for (size_t i = 0; settings && settings[i]; i += 2) {
        CHECK(!kc_config_set(config, settings[i], settings[i + 1], &fellow_error));
    }
    CHECK(!assignor || !kc_config_add_assignor(config, assignor, &fellow_error));
    fellow->consumer = kc_consumer_create(config, &fellow_error);
    CHECK(fellow->consumer);
    kc_config_destroy(config);
    fellow_subscribe(fellow, place);
}

void fellow_close(struct fellow *fellow, enum kc_parting parting)
{
    CHECK(!kc_consumer_close_as(fellow->consumer, parting, FELLOW_PATIENCE_MS, &fellow_error));
    kc_consumer_destroy(fellow->consumer);
    CHECK(fellow->held == 0);
    fellow->consumer = NULL;
}

void fellow_poll(struct fellow *const *fellows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fellow *fellow = fellows[i];
        if (fellow && fellow->consumer) {
            kc_batch_release(kc_consumer_poll(fellow->consumer, 20, &fellow->error));
            if (fellow->error.kind == KC_KIND_FATAL) {
                fellow->fatal = fellow->error.code;
            }
        }
    }
}

void fellow_await(struct fellow *const *fellows, size_t count, bool (*holds)(struct fellow *),
                  const char *what)
{
    int64_t deadline_ms = now_ms() + FELLOW_PATIENCE_MS;
    while (!holds(fellows[0])) {
        if (now_ms() > deadline_ms) {
            for (size_t i = 0; i < count; i++) {
                fprintf(stderr, "fellow %zu: held %d, rebalances %d, losses %d, error %s\n", i,
                        fellows[i]->held, fellows[i]->rebalances, fellows[i]->losses,
                        fellows[i]->error.text);
            }
            fprintf(stderr, "in vain: %s\n", what);
            exit(1);
        }
        fellow_poll(fellows, count);
    }
}
