/* client: functions of the application's that a config carries, and running them. */
#include "client/plug.h"

#include "base/attr.h"
#include "client/config.h"
#include "client/reason.h"
#include "wire/api.h"

void kc_config_set_key_serializer(struct kc_config *config, const struct kc_serializer *serializer)
{
    if (config) {
        config->plug.key_serializer = serializer ? *serializer : (struct kc_serializer){ 0 };
    }
}

void kc_config_set_value_serializer(struct kc_config *config,
                                    const struct kc_serializer *serializer)
{
    if (config) {
        config->plug.value_serializer = serializer ? *serializer : (struct kc_serializer){ 0 };
    }
}

void kc_config_set_key_deserializer(struct kc_config *config,
                                    const struct kc_deserializer *deserializer)
{
    if (config) {
        config->plug.key_deserializer =
            deserializer ? *deserializer : (struct kc_deserializer){ 0 };
    }
}

void kc_config_set_value_deserializer(struct kc_config *config,
                                      const struct kc_deserializer *deserializer)
{
    if (config) {
        config->plug.value_deserializer =
            deserializer ? *deserializer : (struct kc_deserializer){ 0 };
    }
}

static enum kc_err check_adding(const struct kc_config *config, const void *what, size_t count,
                                struct kc_error *error)
{
    if (!config || !what) {
        return reason_set(error, KC_ERR_INVALID, "a config and what to add are needed");
    }
    return count < KC_INTERCEPTORS_MAX
               ? reason_clear(error)
               : reason_set(error, KC_ERR_TOO_LARGE, "a config takes %d of them",
                            KC_INTERCEPTORS_MAX);
}

enum kc_err kc_config_add_producer_interceptor(struct kc_config *config,
                                               const struct kc_producer_interceptor *interceptor,
                                               struct kc_error *error)
{
    enum kc_err err =
        check_adding(config, interceptor, config ? config->plug.producer_count : 0, error);
    if (err == KC_ERR_NONE) {
        config->plug.producers[config->plug.producer_count++] = *interceptor;
    }
    return err;
}

enum kc_err kc_config_add_consumer_interceptor(struct kc_config *config,
                                               const struct kc_consumer_interceptor *interceptor,
                                               struct kc_error *error)
{
    enum kc_err err =
        check_adding(config, interceptor, config ? config->plug.consumer_count : 0, error);
    if (err == KC_ERR_NONE) {
        config->plug.consumers[config->plug.consumer_count++] = *interceptor;
    }
    return err;
}

enum kc_err kc_config_add_broker_hooks(struct kc_config *config,
                                       const struct kc_broker_hooks *hooks, struct kc_error *error)
{
    enum kc_err err = check_adding(config, hooks, config ? config->plug.hook_count : 0, error);
    if (err == KC_ERR_NONE) {
        config->plug.hooks[config->plug.hook_count++] = *hooks;
    }
    return err;
}

const char *kc_api_name(int16_t api_key)
{
    const struct api *api = api_find(api_key);
    return api ? api->name : "unknown";
}

static bool is_sound(const struct kc_message *message)
{
    return message->topic && message->topic[0] != 0 &&
           !(message->flags & KC_RECORD_PARTITION && message->partition < 0) &&
           !(message->flags & KC_RECORD_TIMESTAMP && message->timestamp_ms < 0);
}

bool plug_send(const struct plug *plug, const struct trace *trace, struct kc_message *message,
               struct kc_scratch *scratch, size_t *ret_at)
{
    for (size_t i = 0; i < plug->producer_count; i++) {
        const struct kc_producer_interceptor *interceptor = &plug->producers[i];
        struct kc_message before = *message;
        if (!interceptor->on_send) {
            continue;
        }
        bool is_taken = interceptor->on_send(interceptor->context, message, scratch);
        if (!is_sound(message)) {
            trace_log(trace, TRACE_WARN, "interceptor",
                      "number %zu left a message that cannot be sent; its change does not count",
                      i + 1);
            *message = before;
        }
        if (!is_taken) {
            *ret_at = i;
            return false;
        }
    }
    return true;
}

void plug_acknowledge(const struct plug *plug, const struct kc_delivery *delivery)
{
    for (size_t i = 0; i < plug->producer_count; i++) {
        const struct kc_producer_interceptor *interceptor = &plug->producers[i];
        if (interceptor->on_acknowledgement) {
            interceptor->on_acknowledgement(interceptor->context, delivery);
        }
    }
}

bool plug_consume(const struct plug *plug, struct kc_record *record)
{
    for (size_t i = 0; i < plug->consumer_count; i++) {
        const struct kc_consumer_interceptor *interceptor = &plug->consumers[i];
        if (interceptor->on_consume && !interceptor->on_consume(interceptor->context, record)) {
            return false;
        }
    }
    return true;
}

void plug_commit(const struct plug *plug, enum kc_err err, const struct kc_position *positions,
                 size_t count)
{
    for (size_t i = 0; i < plug->consumer_count; i++) {
        const struct kc_consumer_interceptor *interceptor = &plug->consumers[i];
        if (interceptor->on_commit) {
            interceptor->on_commit(interceptor->context, err, positions, count);
        }
    }
}

static enum kc_err serialize_one(const struct plug_coder *coder, const struct kc_message *message,
                                 const struct kc_object *object, struct kc_scratch *scratch,
                                 uint8_t small[SERDE_SIZE_MAX], struct kc_bytes *ret_bytes,
                                 struct kc_error *error)
{
    struct kc_error cause = { 0 };
    enum kc_err err =
        coder->own.serialize
            ? coder->own.serialize(coder->own.context, message, object, scratch, ret_bytes, &cause)
            : serde_encode(coder->serde, object, small, ret_bytes, &cause);
    if (err != KC_ERR_NONE) {
        return reason_set(error, err, "topic '%s', %s: %s", message->topic,
                          object == &message->key ? "key" : "value",
                          cause.text[0] ? cause.text : kc_err_text(err));
    }
    return KC_ERR_NONE;
}

enum kc_err plug_serialize(const struct plug_coder *key, const struct plug_coder *value,
                           const struct kc_message *message, struct kc_scratch *scratch,
                           struct plug_small *small, struct kc_record *ret_record,
                           struct kc_error *error)
{
    struct kc_record record = { .topic = message->topic,
                                .flags = message->flags,
                                .partition = message->partition,
                                .timestamp_ms = message->timestamp_ms,
                                .headers = message->headers,
                                .header_count = message->header_count,
                                .encoded_headers = message->encoded_headers };
    enum kc_err err =
        serialize_one(key, message, &message->key, scratch, small->key, &record.key, error);
    if (err == KC_ERR_NONE) {
        err = serialize_one(value, message, &message->value, scratch, small->value, &record.value,
                            error);
    }
    if (err == KC_ERR_NONE) {
        *ret_record = record;
    }
    return err;
}

enum kc_err plug_deserialize(const struct plug_decoder *decoder, const struct kc_record *record,
                             bool is_key, struct kc_scratch *scratch, struct kc_object *ret_object,
                             struct kc_error *error)
{
    struct kc_error cause = { 0 };
    struct kc_object object = kc_object_null();
    struct kc_bytes bytes = is_key ? record->key : record->value;
    enum kc_err err = KC_ERR_NONE;
    if (bytes.data) {
        const struct kc_deserializer *own = &decoder->own;
        err = own->deserialize
                  ? own->deserialize(own->context, record, bytes, scratch, &object, &cause)
                  : serde_decode(decoder->serde, bytes, &object, &cause);
    }
    if (err != KC_ERR_NONE) {
        return reason_set(error, err, "topic '%s' partition %d offset %lld, %s: %s", record->topic,
                          record->partition, (long long)record->offset, is_key ? "key" : "value",
                          cause.text[0] ? cause.text : kc_err_text(err));
    }
    *ret_object = object;
    return KC_ERR_NONE;
}
