/* client: messages, whose keys and values are objects: interceptors, then serializers, then as a
 * record; and back. */
#include "client/consumer_handle.h"
#include "client/message_scratch.h"
#include "client/producer_handle.h"

#include <stdlib.h>

/* Who hears of a record behind the interceptors. */
struct acknowledgement {
    const struct kc_config *config;
    kc_delivery_callback *callback;
    void *context;
};

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct acknowledgement *acknowledgement = context;
    const struct kc_config *config = acknowledgement->config;
    plug_acknowledge(&config->plug, delivery);
    if (acknowledgement->callback) {
        acknowledgement->callback(acknowledgement->context, delivery);
    } else if (config->batch_delivery) {
        /* The timestamp is the record's own or the broker's: right as either. */
        struct kc_batch_delivery run = { .err = delivery->err,
                                         .status = delivery->status,
                                         .topic = delivery->topic,
                                         .partition = delivery->partition,
                                         .base_offset = delivery->offset,
                                         .append_time_ms = delivery->timestamp_ms,
                                         .count = 1,
                                         .contexts = &acknowledgement->context };
        config->batch_delivery(config->batch_delivery_context, &run);
    }
    free(acknowledgement);
}

struct sending {
    struct kc_producer *producer;
    struct kc_message message; /* as the interceptors left it */
    const struct plug_coder *key;
    const struct plug_coder *value;
    kc_delivery_callback *callback;
    void *context;
    int64_t wait_us;
};

static enum kc_err send_intercepted(struct sending *sending, struct kc_scratch *scratch,
                                    struct kc_error *error)
{
    struct kc_producer *producer = sending->producer;
    const struct plug *plug = &producer->handle.config->plug;
    struct plug_small small;
    struct kc_record record;
    size_t at = 0;
    struct acknowledgement *acknowledgement = malloc(sizeof(*acknowledgement));
    if (!acknowledgement) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    *acknowledgement =
        (struct acknowledgement){ producer->handle.config, sending->callback, sending->context };
    enum kc_err err = KC_ERR_NONE;
    if (!plug_send(plug, &producer->handle.trace, &sending->message, scratch, &at)) {
        err = reason_set(error, KC_ERR_POLICY_VIOLATION, "topic '%s': interceptor %zu refused it",
                         sending->message.topic, at + 1);
    }
    if (err == KC_ERR_NONE) {
        err = plug_serialize(sending->key, sending->value, &sending->message, scratch, &small,
                             &record, error);
    }
    if (err == KC_ERR_NONE) {
        err = producer_handle_put(producer, &record, on_delivery, acknowledgement, sending->wait_us,
                                  error);
    }
    if (err != KC_ERR_NONE) {
        bool is_given = sending->message.flags & KC_RECORD_PARTITION;
        struct kc_delivery delivery = { .err = err,
                                        .status = KC_NOT_WRITTEN,
                                        .topic = sending->message.topic,
                                        .partition = is_given ? sending->message.partition : -1,
                                        .offset = -1,
                                        .timestamp_ms = -1 };
        plug_acknowledge(plug, &delivery);
        free(acknowledgement);
    }
    return err;
}

static bool is_bytes(struct kc_bytes bytes)
{
    return bytes.data || bytes.size == 0;
}

enum kc_err producer_handle_intercept(struct kc_producer *producer, const struct kc_record *record,
                                      kc_delivery_callback *callback, void *context,
                                      int64_t wait_us, struct kc_error *error)
{
    static const struct plug_coder as_it_is;
    struct kc_scratch scratch;
    if (!record || !record->topic || !is_bytes(record->key) || !is_bytes(record->value)) {
        return producer_handle_put(producer, record, callback, context, wait_us, error);
    }
    struct sending sending = {
        .producer = producer,
        .message = { .topic = record->topic,
                     .flags = record->flags,
                     .partition = record->partition,
                     .timestamp_ms = record->timestamp_ms,
                     .key = kc_object_bytes(record->key.data, record->key.size),
                     .value = kc_object_bytes(record->value.data, record->value.size),
                     .headers = record->headers,
                     .header_count = record->header_count,
                     .encoded_headers = record->encoded_headers },
        .key = &as_it_is,
        .value = &as_it_is,
        .callback = callback,
        .context = context,
        .wait_us = wait_us,
    };
    message_scratch_init(&scratch);
    enum kc_err err = send_intercepted(&sending, &scratch, error);
    message_scratch_finish(&scratch);
    return err;
}

enum kc_err kc_producer_send_message(struct kc_producer *producer, const struct kc_message *message,
                                     kc_delivery_callback *callback, void *context,
                                     struct kc_error *error)
{
    struct kc_scratch scratch;
    struct plug_small small;
    struct kc_record record;
    if (!producer || !message || !message->topic) {
        return reason_set(error, KC_ERR_INVALID,
                          "a producer and a message with a topic are needed");
    }
    enum kc_err err;
    message_scratch_init(&scratch);
    if (producer->is_intercepted) {
        struct sending sending = { .producer = producer,
                                   .message = *message,
                                   .key = &producer->key,
                                   .value = &producer->value,
                                   .callback = callback,
                                   .context = context,
                                   .wait_us = producer->max_block_us };
        err = send_intercepted(&sending, &scratch, error);
    } else {
        err = plug_serialize(&producer->key, &producer->value, message, &scratch, &small, &record,
                             error);
        if (err == KC_ERR_NONE) {
            err = producer_handle_put(producer, &record, callback, context, producer->max_block_us,
                                      error);
        }
    }
    message_scratch_finish(&scratch);
    return err;
}

enum kc_err kc_consumer_deserialize(const struct kc_consumer *consumer,
                                    const struct kc_record *record, struct kc_scratch *scratch,
                                    struct kc_object *ret_key, struct kc_object *ret_value,
                                    struct kc_error *error)
{
    struct kc_object key = kc_object_null();
    struct kc_object value = kc_object_null();
    enum kc_err err = KC_ERR_NONE;
    if (!consumer || !record || !record->topic) {
        return reason_set(error, KC_ERR_INVALID, "a consumer and a record of it are needed");
    }
    if (ret_key) {
        err = plug_deserialize(&consumer->key, record, true, scratch, &key, error);
    }
    if (err == KC_ERR_NONE && ret_value) {
        err = plug_deserialize(&consumer->value, record, false, scratch, &value, error);
    }
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (ret_key) {
        *ret_key = key;
    }
    if (ret_value) {
        *ret_value = value;
    }
    return reason_clear(error);
}
