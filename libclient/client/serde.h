/* client: the serializers and deserializers that are built in, in the wire forms of Kafka's own
 * (org.apache.kafka.common.serialization). Pure. */
#ifndef CLIENT_SERDE_H
#define CLIENT_SERDE_H

#include "base/slice.h"

#include <libclient/serializer.h>

struct serde {
    const char *name;           /* "integer" */
    const char *const *classes; /* "Integer", of IntegerSerializer and IntegerDeserializer */
    enum kc_object_type type;
};

enum { SERDE_SIZE_MAX = 36 }; /* of what is not borrowed from the object */

/* The one that a value of key.serializer (or of its kin) names: a class of org.apache.kafka with
 * the suffix "Serializer" or "Deserializer", or a short name; NULL: none is built in. */
const struct serde *serde_find(const char *value);

/* serde NULL: the object's own type. The bytes are in `small` or borrowed from the object.
 * KC_ERR_INVALID with what is wrong, without saying of what. */
enum kc_err serde_encode(const struct serde *serde, const struct kc_object *object,
                         uint8_t small[SERDE_SIZE_MAX], struct kc_bytes *ret_bytes,
                         struct kc_error *error);

/* The object borrows the bytes, which are not null. KC_ERR_INVALID_RECORD with what is wrong. */
enum kc_err serde_decode(const struct serde *serde, struct kc_bytes bytes,
                         struct kc_object *ret_object, struct kc_error *error);

#endif
