/* console-producer: every record's fate is counted; failures are printed and make the tool exit
 * with 1. */
#include "console-producer/sender.h"

#include <inttypes.h>
#include <stdio.h>

static bool count_failure(struct sender *sender)
{
    return atomic_fetch_add(&sender->failed_count, 1) < SENDER_SHOWN_MAX;
}

void sender_report(struct sender *sender, const char *topic, uint64_t number, const char *text)
{
    if (count_failure(sender)) {
        fprintf(stderr, "ERROR Error when sending message to topic %s, line %" PRIu64 ": %s\n",
                topic, number, text);
    }
}

/* Runs on the library's I/O thread. */
static void delivered(void *context, const struct kc_delivery *delivery)
{
    struct sender *sender = context;
    if (delivery->err && count_failure(sender)) {
        fprintf(stderr, "ERROR Error when sending message to topic %s: %s%s\n", delivery->topic,
                kc_err_text(delivery->err),
                delivery->status == KC_MAYBE_WRITTEN ? " (it may have been written)" : "");
    }
}

/* Errors of this one record: the next may fare better. */
static bool is_of_record(enum kc_err err)
{
    return err == KC_ERR_TOO_LARGE || err == KC_ERR_MESSAGE_TOO_LARGE ||
           err == KC_ERR_RECORD_LIST_TOO_LARGE || err == KC_ERR_INVALID_RECORD ||
           err == KC_ERR_INVALID_TIMESTAMP;
}

bool sender_send(struct sender *sender, const struct kc_record *record, uint64_t number)
{
    struct kc_error error;
    enum kc_err err = KC_ERR_NONE;
    if (sender->sync) {
        err = kc_producer_send_sync(sender->producer, record, -1, NULL, &error);
    } else {
        err = kc_producer_send(sender->producer, record, delivered, sender, &error);
    }
    if (!err) {
        return true;
    }
    sender_report(sender, record->topic, number, error.text);
    return !sender->sync && is_of_record(err);
}

bool sender_finish(struct sender *sender)
{
    struct kc_error error;
    if (kc_producer_flush(sender->producer, -1, &error)) {
        sender_report(sender, "", 0, error.text);
    }
    /* All is reported by now; what is left is to leave in order. */
    (void)kc_producer_close(sender->producer, 10000, &error);
    uint64_t failed = atomic_load(&sender->failed_count);
    if (failed > SENDER_SHOWN_MAX) {
        fprintf(stderr, "ERROR %" PRIu64 " messages were not written\n", failed);
    }
    return failed == 0;
}
