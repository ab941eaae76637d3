/* libclient: copies a topic exactly once: what is read, what is written from it and how far it was
 * read become visible together, whatever fails in between.
 *
 *   transactional_copy SERVERS INPUT OUTPUT ID [ABORT_PERCENT SEED]
 *
 * ID names the consumer group and the transactional.id: a second copier with the same ID takes over
 * from the first. ABORT_PERCENT of the transactions are aborted for the sake of it. Both topics
 * have as many partitions. Ends with SIGTERM or SIGINT. */
#include <libclient/client.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { CALL_MS = 30000, POLL_MS = 200 };

struct copier {
    struct kc_consumer *consumer;
    struct kc_producer *producer;
    const char *output;
    unsigned long abort_percent;
    unsigned long chance;
    struct kc_error error;
};

/* SIGTERM and SIGINT are blocked, so that they wait here until a transaction is through. */
static bool is_over(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT);
}

static bool is_to_abort(struct copier *copier)
{
    copier->chance = (copier->chance * 1103515245 + 12345) & 0x7fffffff;
    return copier->chance / 65536 % 100 < copier->abort_percent;
}

/* Makes the call until its outcome is known: a time-out leaves it open. */
static enum kc_err insist(struct copier *copier,
                          enum kc_err (*call)(struct kc_producer *, int, struct kc_error *))
{
    enum kc_err err;
    do {
        err = call(copier->producer, CALL_MS, &copier->error);
    } while (err && copier->error.kind == KC_KIND_RETRIABLE);
    return err;
}

static enum kc_err send_batch(struct copier *copier, struct kc_batch *batch, int64_t *ret_next)
{
    struct kc_record record;
    while (kc_batch_next(batch, &record)) {
        *ret_next = record.offset + 1;
        record.topic = copier->output;
        if (kc_producer_send(copier->producer, &record, NULL, NULL, &copier->error)) {
            return copier->error.code;
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err send_offset(struct copier *copier, const struct kc_batch *batch, int64_t next)
{
    struct kc_position position = {
        kc_batch_topic(batch), kc_batch_partition(batch), next, -1, NULL, KC_ERR_NONE
    };
    struct kc_group_metadata *group = NULL;
    enum kc_err err = kc_consumer_group_metadata(copier->consumer, &group, &copier->error);
    while (!err &&
           (err = kc_producer_send_offsets_to_transaction(copier->producer, &position, 1, group,
                                                          CALL_MS, &copier->error)) &&
           copier->error.kind == KC_KIND_RETRIABLE) {
        err = KC_ERR_NONE;
    }
    kc_group_metadata_destroy(group);
    return err;
}

/* What was read since the last commit will be read again. */
static enum kc_err rewind_input(struct copier *copier)
{
    struct kc_positions *assigned = NULL;
    struct kc_positions *committed = NULL;
    enum kc_err err = kc_consumer_assignment(copier->consumer, &assigned, &copier->error);
    for (size_t i = 0; !err && i < assigned->count; i++) {
        const struct kc_position *at = &assigned->items[i];
        struct kc_partition partition = { at->topic, at->partition };
        err = kc_consumer_committed(copier->consumer, &partition, 1, CALL_MS, &committed,
                                    &copier->error);
        if (!err) {
            int64_t offset = committed->items[0].offset;
            err = kc_consumer_seek(copier->consumer, at->topic, at->partition,
                                   offset < 0 ? KC_OFFSET_EARLIEST : offset, &copier->error);
            kc_positions_destroy(committed);
        }
    }
    kc_positions_destroy(assigned);
    return err;
}

/* One batch, one transaction. An error return is the end. */
static enum kc_err copy_batch(struct copier *copier, struct kc_batch *batch)
{
    int64_t next = 0;
    bool is_chosen = is_to_abort(copier);
    if (kc_producer_begin_transaction(copier->producer, &copier->error)) {
        return copier->error.code;
    }
    enum kc_err err = send_batch(copier, batch, &next);
    if (!err && next > 0) {
        err = send_offset(copier, batch, next);
    }
    if (!err && !is_chosen) {
        err = insist(copier, kc_producer_commit_transaction);
        if (!err) {
            return KC_ERR_NONE;
        }
    }
    if (err) {
        fprintf(stderr, "transactional_copy: %s\n", copier->error.text);
        if (copier->error.kind != KC_KIND_ABORTABLE) {
            return err;
        }
    }
    err = insist(copier, kc_producer_abort_transaction);
    return err ? err : rewind_input(copier);
}

static enum kc_err copy(struct copier *copier)
{
    enum kc_err err = insist(copier, kc_producer_init_transactions);
    while (!err && !is_over()) {
        struct kc_batch *batch = kc_consumer_poll(copier->consumer, POLL_MS, &copier->error);
        if (batch) {
            err = copy_batch(copier, batch);
            kc_batch_release(batch);
        } else if (copier->error.code && copier->error.kind != KC_KIND_RETRIABLE) {
            err = copier->error.code;
        }
    }
    return err;
}

static bool set_up(struct copier *copier, const char *servers, const char *input, const char *id)
{
    struct kc_config *config = kc_config_create();
    kc_config_set(config, "bootstrap.servers", servers, NULL);
    kc_config_set(config, "transactional.id", id, NULL);
    copier->producer = kc_producer_create(config, &copier->error);
    kc_config_destroy(config);

    config = kc_config_create();
    kc_config_set(config, "bootstrap.servers", servers, NULL);
    kc_config_set(config, "group.id", id, NULL);
    kc_config_set(config, "group.instance.id", id, NULL);
    kc_config_set(config, "isolation.level", "read_committed", NULL);
    kc_config_set(config, "auto.offset.reset", "earliest", NULL);
    kc_config_set(config, "enable.auto.commit", "false", NULL);
    /* One batch is one transaction: short ones are seen sooner. */
    kc_config_set(config, "max.partition.fetch.bytes", "65536", NULL);
    copier->consumer = copier->producer ? kc_consumer_create(config, &copier->error) : NULL;
    kc_config_destroy(config);
    return copier->consumer &&
           !kc_consumer_subscribe(copier->consumer, (const char *const[]){ input }, 1, NULL,
                                  &copier->error);
}

int main(int argc, char **argv)
{
    sigset_t ends;
    if (argc < 5) {
        fprintf(stderr, "transactional_copy SERVERS INPUT OUTPUT ID [ABORT_PERCENT SEED]\n");
        return 1;
    }
    struct copier copier = { .output = argv[3],
                             .abort_percent = argc > 5 ? strtoul(argv[5], NULL, 10) : 0,
                             .chance = argc > 6 ? strtoul(argv[6], NULL, 10) : 1 };
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    bool is_good = set_up(&copier, argv[1], argv[2], argv[4]) && copy(&copier) == KC_ERR_NONE;
    if (!is_good) {
        fprintf(stderr, "transactional_copy: %s\n", copier.error.text);
    }
    kc_consumer_destroy(copier.consumer);
    kc_producer_close(copier.producer, CALL_MS, NULL);
    kc_producer_destroy(copier.producer);
    return is_good ? 0 : 1;
}
