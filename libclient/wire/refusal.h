/* wire: error codes in any answer, by the tables alone. An error code is an int16 field named
 * errorCode, or ending so (partitionErrorCode). */
#ifndef WIRE_REFUSAL_H
#define WIRE_REFUSAL_H

#include "wire/api.h"

/* A topic as messages name it: by name, by id, or both. */
struct refusal_topic {
    struct slice name; /* null: not known */
    struct uuid id;    /* zero: not known */
};

/* True when the message names the topic at any depth; a null list of topics names all. */
bool refusal_names(const struct message_type *type, int16_t version, const void *message,
                   const struct refusal_topic *topic);

/* Puts the error into an answer: into every item of its lists that has a place for one, outermost
 * first (the lists of errors inside such an item become empty, as Kafka leaves them); where no item
 * has one, into the answer itself. topic not NULL: only into items of that topic. is_top: only into
 * the answer itself. The lists must be the caller's to change. False: there is no place for it. */
bool refusal_mark(const struct message_type *type, int16_t version, void *message,
                  const struct refusal_topic *topic, bool is_top, enum kc_err err);

/* Makes the answer that refuses a whole request: an item for each item of the request, with its
 * name, id or number (none when is_top), and the error as above. Lists come from the arena; strings
 * are borrowed from the request. KC_ERR_NO_MEMORY. */
enum kc_err refusal_make(const struct api *api, int16_t version, const void *request,
                         struct arena *arena, bool is_top, enum kc_err err, void *ret_response);

/* Sets throttleTimeMs; false when the version has none. */
bool refusal_throttle(const struct message_type *type, int16_t version, void *message,
                      int32_t throttle_ms);

#endif
