/* consumer-perf-test: the loop. */
#include "consumer-perf-test/consuming.h"

#include "common/connect.h"
#include "common/now.h"
#include "common/stop.h"

#include <inttypes.h>
#include <libclient/subscription.h>
#include <stdio.h>

enum { POLL_MS = 100 };

static void on_assigned(void *context, struct kc_consumer *consumer,
                        const struct kc_partition *partitions, size_t count)
{
    struct consuming *consuming = context;
    (void)consumer;
    (void)partitions;
    progress_assigned(&consuming->progress, (int64_t)count, now_wall_ms());
}

static void on_revoked(void *context, struct kc_consumer *consumer,
                       const struct kc_partition *partitions, size_t count)
{
    struct consuming *consuming = context;
    (void)consumer;
    (void)partitions;
    progress_assigned(&consuming->progress, -(int64_t)count, now_wall_ms());
}

static void subscribe(struct consuming *consuming)
{
    const struct read_wish *wish = consuming->wish;
    struct kc_error error;
    struct kc_rebalance_listener listener = {
        .assigned = on_assigned, .revoked = on_revoked, .lost = on_revoked, .context = consuming
    };
    enum kc_err err =
        wish->topic
            ? kc_consumer_subscribe(consuming->consumer, &wish->topic, 1, &listener, &error)
            : kc_consumer_subscribe_pattern(consuming->consumer, wish->include, &listener, &error);
    if (err) {
        options_fail(consuming->options, "%s", error.text);
    }
}

/* An address that nobody answers ends the tool at once; a topic may come later. */
static void look(const struct consuming *consuming)
{
    struct kc_error error;
    int32_t count;
    enum kc_err err =
        kc_consumer_partition_count(consuming->consumer, consuming->wish->topic,
                                    connect_timeout_ms(consuming->config), &count, &error);
    if (err && err != KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
        options_fail(consuming->options, "%s", error.text);
    }
}

void consuming_start(struct consuming *consuming)
{
    progress_init(&consuming->progress, consuming->wish->date_format, now_wall_ms());
    if (consuming->wish->topic) {
        look(consuming);
    }
    subscribe(consuming);
}

static void print_line(struct consuming *consuming, int64_t now_ms)
{
    struct text text = { 0 };
    progress_line(&consuming->progress, now_ms, &text);
    fputs(text_view(&text), stdout);
    fflush(stdout);
    text_finish(&text);
}

/* Counts a batch. Where the wanted number is reached inside it, the next record becomes the
 * consumer's position, so that this is what the group commits. */
static void count_batch(struct consuming *consuming, struct kc_batch *batch)
{
    struct kc_record record;
    struct kc_error error;
    int64_t count = 0;
    int64_t bytes = 0;
    int64_t left = consuming->wish->count - consuming->progress.count;
    while (kc_batch_next(batch, &record)) {
        if (count == left) {
            (void)kc_consumer_seek(consuming->consumer, record.topic, record.partition,
                                   record.offset, &error);
            break;
        }
        count++;
        bytes += (int64_t)(record.key.size + record.value.size);
    }
    consuming->progress.count += count;
    consuming->progress.bytes += bytes;
    kc_batch_release(batch);
}

/* False when waiting cannot help. */
static bool survives(struct consuming *consuming, const struct kc_error *error)
{
    if (error->code == KC_ERR_NONE || error->code == KC_ERR_WAKEUP ||
        kc_err_is_retriable(error->code)) {
        return true;
    }
    fprintf(stderr, "%s\n", error->text);
    consuming->failed = true;
    return false;
}

void consuming_run(struct consuming *consuming)
{
    const struct read_wish *wish = consuming->wish;
    struct progress *progress = &consuming->progress;
    struct kc_error error = { 0 };
    int64_t consumed_at_ms = now_wall_ms();
    int64_t now_ms = consumed_at_ms;
    while (progress->count < wish->count && now_ms - consumed_at_ms <= wish->timeout_ms &&
           !stop_signal()) {
        struct kc_batch *batch = kc_consumer_poll(consuming->consumer, POLL_MS, &error);
        now_ms = now_wall_ms();
        if (batch) {
            consumed_at_ms = now_ms;
            count_batch(consuming, batch);
        } else if (!survives(consuming, &error)) {
            return;
        }
        if (wish->detailed && now_ms - progress->line_ms >= wish->interval_ms) {
            print_line(consuming, now_ms);
        }
    }
    if (wish->detailed) {
        print_line(consuming, now_wall_ms());
    }
    if (progress->count < wish->count && !stop_signal()) {
        printf("WARNING: Exiting before consuming the expected number of records: timeout (%" PRId64
               " ms) exceeded. You can use the --timeout option to increase the timeout.\n",
               wish->timeout_ms);
        if (error.code) {
            fprintf(stderr, "%s\n", error.text);
            consuming->failed = true;
        }
    }
}
