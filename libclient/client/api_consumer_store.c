/* client: offsets that the application keeps and commits itself. */
#include "client/consumer_handle.h"

#include <libclient/offsets.h>
#include <stdlib.h>

static enum kc_err store_check(struct kc_consumer *consumer, const struct kc_position *positions,
                               size_t count, struct kc_error *error)
{
    if (!consumer) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    if (consumer->is_closed) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    for (size_t i = 0; i < count; i++) {
        if (!positions[i].topic || positions[i].partition < 0 || positions[i].offset < 0) {
            return reason_set(error, KC_ERR_INVALID,
                              "a position needs a topic, a partition and an offset of 0 or more");
        }
    }
    return reason_clear(error);
}

/* Epoch 0 from zeroed structs would be taken for a real one: only what records told is. */
static int32_t store_epoch(const struct claim *claim, const struct kc_position *position)
{
    return position->offset == claim->offset ? claim->leader_epoch : -1;
}

enum kc_err kc_consumer_store(struct kc_consumer *consumer, const struct kc_position *positions,
                              size_t count, struct kc_error *error)
{
    enum kc_err err = store_check(consumer, positions, count, error);

    if (!err && !consumer->keeps_stored) {
        return reason_set(error, KC_ERR_WRONG_STATE,
                          "storing offsets needs enable.auto.offset.store=false");
    }
    for (size_t i = 0; i < count && !err; i++) {
        if (!consumer_handle_claim(consumer, positions[i].topic, positions[i].partition)) {
            err = reason_set(error, KC_ERR_WRONG_STATE, "%s-%d is not assigned to this consumer",
                             positions[i].topic, positions[i].partition);
        }
    }
    for (size_t i = 0; i < count && !err; i++) {
        struct claim *claim =
            consumer_handle_claim(consumer, positions[i].topic, positions[i].partition);
        claim->stored = positions[i].offset;
        claim->stored_epoch = store_epoch(claim, &positions[i]);
    }
    return err;
}

static struct kc_position store_after(const struct kc_record *record, const char *metadata)
{
    return (struct kc_position){ .topic = record->topic,
                                 .partition = record->partition,
                                 .offset = record->offset + 1,
                                 .leader_epoch = record->leader_epoch,
                                 .metadata = metadata };
}

enum kc_err kc_consumer_store_record(struct kc_consumer *consumer, const struct kc_record *record,
                                     struct kc_error *error)
{
    if (!record) {
        return reason_set(error, KC_ERR_INVALID, "a record is needed");
    }
    struct kc_position position = store_after(record, NULL);
    enum kc_err err = kc_consumer_store(consumer, &position, 1, error);
    if (!err) {
        consumer_handle_claim(consumer, record->topic, record->partition)->stored_epoch =
            record->leader_epoch;
    }
    return err;
}

enum kc_err kc_consumer_commit_positions_async(struct kc_consumer *consumer,
                                               const struct kc_position *positions, size_t count,
                                               kc_commit_callback *callback, void *context,
                                               struct kc_error *error)
{
    enum kc_err err = store_check(consumer, positions, count, error);

    if (err) {
        return err;
    }
    if (!config_string(consumer->handle.config, "group.id")) {
        return reason_set(error, KC_ERR_INVALID, "group.id is needed to commit offsets");
    }
    err = consumer_handle_commit_async(consumer, positions, count, callback, context);
    return err ? reason_plain(error, err) : KC_ERR_NONE;
}

enum kc_err kc_consumer_commit_record_async(struct kc_consumer *consumer,
                                            const struct kc_record *record, const char *metadata,
                                            kc_commit_callback *callback, void *context,
                                            struct kc_error *error)
{
    if (!record) {
        return reason_set(error, KC_ERR_INVALID, "a record is needed");
    }
    struct kc_position position = store_after(record, metadata);
    return kc_consumer_commit_positions_async(consumer, &position, 1, callback, context, error);
}
