/* console-consumer: polls, prints, flushes before it waits. */
#include "console-consumer/reading.h"

#include "common/now.h"
#include "common/stop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_BYTES = 256 * 1024 };

/* False when standard output takes no more. */
static bool flush(struct reading *reading)
{
    const char *data = reading->output.data;
    size_t left = reading->output.size;
    reading->output.size = 0;
    while (left > 0) {
        ssize_t size = write(STDOUT_FILENO, data, left);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            fprintf(stderr, "Unable to write to standard out, closing consumer. (%s)\n",
                    strerror(errno));
            reading->failed = true;
            reading->unwritten = true;
            return false;
        }
        data += size;
        left -= (size_t)size;
    }
    return true;
}

static bool is_done(const struct reading *reading)
{
    int64_t max = reading->wish->count_max;
    return reading->failed || stop_signal() || (max >= 0 && reading->count >= (uint64_t)max);
}

static void print_one(struct reading *reading, const struct kc_record *record)
{
    reading->count++;
    if (format_record(reading->format, record, &reading->output)) {
        return;
    }
    if (reading->wish->skip_errors) {
        fprintf(stderr, "ERROR Error processing message, skipping this message: %s\n",
                reading->format->error);
        return;
    }
    fprintf(stderr, "ERROR Error processing message: %s\n", reading->format->error);
    reading->failed = true;
}

/* Prints a batch. When the end comes inside it, the place of the first record that was not printed
 * becomes the consumer's position, so that this is what gets committed. */
static void print_batch(struct reading *reading, struct kc_batch *batch)
{
    struct kc_record record;
    while (kc_batch_next(batch, &record)) {
        int64_t max = reading->wish->count_max;
        if (reading->failed || (max >= 0 && reading->count >= (uint64_t)max)) {
            struct kc_error error;
            (void)kc_consumer_seek(reading->consumer, record.topic, record.partition, record.offset,
                                   &error);
            break;
        }
        print_one(reading, &record);
        if (reading->output.size >= OUTPUT_BYTES && !flush(reading)) {
            break;
        }
    }
    kc_batch_release(batch);
}

/* How long the next poll may wait; below 0 without limit. */
static int64_t wait_ms(const struct reading *reading, int64_t quiet_since_ms, int refresh_ms)
{
    int64_t wait = refresh_ms;
    if (reading->wish->timeout_ms >= 0) {
        int64_t left = quiet_since_ms + reading->wish->timeout_ms - now_steady_ms();
        left = left > 0 ? left : 0;
        wait = wait < 0 || left < wait ? left : wait;
    }
    return wait < INT32_MAX ? wait : INT32_MAX;
}

/* Tells a new error once; false when waiting cannot help. */
static bool survive(struct reading *reading, const struct kc_error *error, char *last, size_t size)
{
    if (error->code == KC_ERR_NONE || error->code == KC_ERR_WAKEUP) {
        return true;
    }
    bool retriable = kc_err_is_retriable(error->code);
    if (!retriable || strcmp(error->text, last) != 0) {
        fprintf(stderr, "%s %s\n", retriable ? "WARN" : "ERROR", error->text);
        snprintf(last, size, "%s", error->text);
    }
    reading->failed = !retriable;
    return retriable;
}

void reading_run(struct reading *reading)
{
    char last[sizeof((struct kc_error *)0)->text] = "";
    struct kc_error error;
    int64_t quiet_since_ms = now_steady_ms();
    while (!is_done(reading)) {
        int refresh_ms = subscription_refresh(reading->subscription, reading->consumer);
        struct kc_batch *batch = kc_consumer_poll(reading->consumer, 0, &error);
        if (!batch && error.code == KC_ERR_NONE) {
            if (!flush(reading)) {
                break;
            }
            int64_t wait = wait_ms(reading, quiet_since_ms, refresh_ms);
            batch = kc_consumer_poll(reading->consumer, (int)wait, &error);
        }
        if (batch) {
            print_batch(reading, batch);
            quiet_since_ms = now_steady_ms();
            continue;
        }
        if (!survive(reading, &error, last, sizeof last) ||
            (reading->wish->timeout_ms >= 0 &&
             now_steady_ms() - quiet_since_ms >= reading->wish->timeout_ms)) {
            break;
        }
    }
    (void)flush(reading);
}
