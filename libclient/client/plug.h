/* client: functions of the application's that a config carries: serializers, interceptors, hooks,
 * where statistics go. Plain values: a copy of the config copies them. */
#ifndef CLIENT_PLUG_H
#define CLIENT_PLUG_H

#include "base/trace.h"
#include "client/serde.h"

#include <libclient/interceptor.h>

struct plug {
    struct kc_serializer key_serializer; /* no function: what is built in */
    struct kc_serializer value_serializer;
    struct kc_deserializer key_deserializer;
    struct kc_deserializer value_deserializer;
    struct kc_producer_interceptor producers[KC_INTERCEPTORS_MAX];
    struct kc_consumer_interceptor consumers[KC_INTERCEPTORS_MAX];
    struct kc_broker_hooks hooks[KC_INTERCEPTORS_MAX];
    size_t producer_count;
    size_t consumer_count;
    size_t hook_count;
};

/* Runs on_send of all; false: one refused (its number in *ret_at). What spoils the message is
 * undone and traced. */
bool plug_send(const struct plug *plug, const struct trace *trace, struct kc_message *message,
               struct kc_scratch *scratch, size_t *ret_at);
void plug_acknowledge(const struct plug *plug, const struct kc_delivery *delivery);

/* False: the record is left out. */
bool plug_consume(const struct plug *plug, struct kc_record *record);
void plug_commit(const struct plug *plug, enum kc_err err, const struct kc_position *positions,
                 size_t count);

/* How one of key and value is turned: by a function of the application's, else by what is built in
 * (NULL: an object's own type; as bytes). */
struct plug_coder {
    struct kc_serializer own;
    const struct serde *serde;
};
struct plug_decoder {
    struct kc_deserializer own;
    const struct serde *serde;
};

/* Key and value as bytes: in small, in scratch, or borrowed from the message. The text says which
 * of the two failed. */
struct plug_small {
    uint8_t key[SERDE_SIZE_MAX];
    uint8_t value[SERDE_SIZE_MAX];
};
enum kc_err plug_serialize(const struct plug_coder *key, const struct plug_coder *value,
                           const struct kc_message *message, struct kc_scratch *scratch,
                           struct plug_small *small, struct kc_record *ret_record,
                           struct kc_error *error);

/* As kc_consumer_deserialize, for one of the two. */
enum kc_err plug_deserialize(const struct plug_decoder *decoder, const struct kc_record *record,
                             bool is_key, struct kc_scratch *scratch, struct kc_object *ret_object,
                             struct kc_error *error);

#endif
