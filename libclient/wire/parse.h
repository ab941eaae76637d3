/* wire: the way back from message_show: any message from a JSON object. */
#ifndef WIRE_PARSE_H
#define WIRE_PARSE_H

#include "wire/codec.h"

/* Reads one JSON object, named as message_show names: fields that it lacks get their defaults.
 * Whole numbers are exact to 64 bits; bytes and records are base64, uuids Kafka's text.
 * KC_ERR_INVALID for anything else, with a sentence in `why` that names the place
 * ("topics[0].numPartitions: 70000 does not fit int16"); KC_ERR_NO_MEMORY. Strings and lists go to
 * the arena; the memory taken is bounded by a multiple of the text. */
enum kc_err parse_message(const struct message_type *type, struct slice text, struct arena *arena,
                          void *ret_message, char *why, size_t why_size);

#endif
