/* libclient: keys and values that are more than bytes. A message is a record whose key and value
 * are objects (a text, a number, a uuid, ...); serializers turn them into Kafka's bytes, in the
 * wire forms of Kafka's own Java serializers, and deserializers turn bytes into objects. Who deals
 * in bytes uses struct kc_record and pays for none of this. */
#ifndef LIBCLIENT_SERIALIZER_H
#define LIBCLIENT_SERIALIZER_H

#include <libclient/producer.h>

#ifdef __cplusplus
extern "C" {
#endif

enum kc_object_type {
    KC_OBJECT_NULL,
    KC_OBJECT_BYTES,   /* as.bytes */
    KC_OBJECT_STRING,  /* as.bytes: UTF-8, not zero-terminated */
    KC_OBJECT_BOOLEAN, /* one byte */
    KC_OBJECT_INT16,   /* Java's Short: big-endian, as the following */
    KC_OBJECT_INT32,   /* Integer */
    KC_OBJECT_INT64,   /* Long */
    KC_OBJECT_FLOAT,
    KC_OBJECT_DOUBLE,
    KC_OBJECT_UUID,  /* as.uuid; on the wire Java's 36 characters */
    KC_OBJECT_JSON,  /* as.bytes: JSON text. Its syntax is checked, and it travels as it is written,
                        so that numbers of 64 bits stay exact */
    KC_OBJECT_CUSTOM /* as.custom, for a serializer of one's own */
};

/* Borrows what it points at. */
struct kc_object {
    enum kc_object_type type;
    union kc_object_value {
        struct kc_bytes bytes;
        bool boolean;
        int16_t int16;
        int32_t int32;
        int64_t int64;
        float float32;
        double float64;
        uint8_t uuid[16];
        const void *custom;
    } as;
};

/* NULL as data or text makes a null. */
struct kc_object kc_object_null(void);
struct kc_object kc_object_bytes(const void *data, size_t size);
struct kc_object kc_object_string(const char *text);
struct kc_object kc_object_boolean(bool value);
struct kc_object kc_object_int16(int16_t value);
struct kc_object kc_object_int32(int32_t value);
struct kc_object kc_object_int64(int64_t value);
struct kc_object kc_object_float(float value);
struct kc_object kc_object_double(double value);
struct kc_object kc_object_uuid(const uint8_t uuid[16]);
struct kc_object kc_object_json(const char *text);
struct kc_object kc_object_custom(const void *object);

/* As struct kc_record; see there. */
struct kc_message {
    const char *topic;
    unsigned flags; /* KC_RECORD_* */
    int32_t partition;
    int64_t timestamp_ms;
    struct kc_object key;
    struct kc_object value;
    const struct kc_header *headers;
    size_t header_count;
    struct kc_bytes encoded_headers;
};

/* Memory for what a serializer, a deserializer or an interceptor makes. In a send it is freed when
 * the send returns; for kc_consumer_deserialize the caller makes and resets it. */
struct kc_scratch;
struct kc_scratch *kc_scratch_create(void); /* NULL when memory is out */
void kc_scratch_destroy(struct kc_scratch *scratch);
void kc_scratch_reset(struct kc_scratch *scratch); /* frees what was handed out */
/* Zeroed; NULL when memory is out, past 256 MiB, or when scratch is NULL. */
void *kc_scratch_alloc(struct kc_scratch *scratch, size_t size);

/* A serializer of one's own. Runs in the thread that sends. *ret_bytes must stay valid until the
 * send returns (from scratch, or part of the object). An error ends the send with it; error->text
 * is then what the caller reads. */
struct kc_serializer {
    enum kc_err (*serialize)(void *context, const struct kc_message *message,
                             const struct kc_object *object, struct kc_scratch *scratch,
                             struct kc_bytes *ret_bytes, struct kc_error *error);
    void *context;
};

/* A deserializer of one's own. Runs in the thread that calls kc_consumer_deserialize, never for
 * null. The object borrows from the record or from scratch. */
struct kc_deserializer {
    enum kc_err (*deserialize)(void *context, const struct kc_record *record, struct kc_bytes bytes,
                               struct kc_scratch *scratch, struct kc_object *ret_object,
                               struct kc_error *error);
    void *context;
};

/* Copied; NULL goes back to what key.serializer and its kin name. Without any, every object is
 * serialized as what it is, and everything is deserialized as bytes. Named there (Kafka's Java
 * class, or string bytes boolean short integer long float double uuid void json), objects must be
 * of that type, or null. */
void kc_config_set_key_serializer(struct kc_config *config, const struct kc_serializer *serializer);
void kc_config_set_value_serializer(struct kc_config *config,
                                    const struct kc_serializer *serializer);
void kc_config_set_key_deserializer(struct kc_config *config,
                                    const struct kc_deserializer *deserializer);
void kc_config_set_value_deserializer(struct kc_config *config,
                                      const struct kc_deserializer *deserializer);

/* Serializes key and value, then does as kc_producer_send. Also KC_ERR_INVALID when an object is
 * not of the configured type or not valid JSON, and what a serializer of one's own returns. */
enum kc_err kc_producer_send_message(struct kc_producer *producer, const struct kc_message *message,
                                     kc_delivery_callback *callback, void *context,
                                     struct kc_error *error);

struct kc_consumer;

/* Key and value of a record as the consumer's deserializers read them; either may be NULL. The
 * objects borrow from the record and from scratch (NULL is fine for what is built in).
 * KC_ERR_INVALID_RECORD, or the deserializer's own error, with topic, partition and offset in the
 * text: the record is as good as before, its bytes can be kept, and polling goes on behind it. Any
 * thread. */
enum kc_err kc_consumer_deserialize(const struct kc_consumer *consumer,
                                    const struct kc_record *record, struct kc_scratch *scratch,
                                    struct kc_object *ret_key, struct kc_object *ret_value,
                                    struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
