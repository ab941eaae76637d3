/* wire: the one interpreter of the generated tables. A message is a C struct of wire/messages.h and
 * a `struct message_type` beside it.
 *
 * Shapes of fields in the structs (names are Kafka's in snake_case; see schema/README.md):
 *   bool int8_t int16_t uint16_t int32_t uint32_t int64_t double, struct uuid
 *   string, bytes, records   struct slice (data NULL is null)
 *   struct                   by value; a pointer when it is nullable in some version (NULL is null)
 *   []T                      struct { T *items; int32_t count; } NAME; count -1 is null
 *
 * Decoding borrows the input bytes for strings, bytes and records, and takes lists from the
 * arena: the message lives as long as both. Unknown tagged fields are skipped. */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include "base/arena.h"
#include "wire/cursor.h"

struct message_type; /* one generated constant a message: `NAME_type`, e.g. fetch_request_type */

/* "FetchRequest", and the versions it has. */
const char *message_name(const struct message_type *type);
int16_t message_version_min(const struct message_type *type);
int16_t message_version_max(const struct message_type *type);
bool message_is_flexible(const struct message_type *type, int16_t version);
size_t message_struct_size(const struct message_type *type);

/* The api key, or the record type of stored records; -1: neither. */
int16_t message_key(const struct message_type *type);

/* Every message, in the order of the schema; and the one of a name ("FetchRequest"), or NULL. */
extern const struct message_type *const message_table[];
extern const size_t message_table_count;
const struct message_type *message_find(struct slice name);

/* Sets every field to its default (Kafka's: "default" of the definition, else 0, false, "", empty,
 * zero uuid; records null). Always do this before filling a message by hand. Works on the structs
 * of arrays too, by their own type constant (`fetch_request_fetch_topic_type`). A nullable struct
 * whose default is not null points at a constant: put another pointer there, never write through it
 * (classic_member_metadata of consumer_group_member_metadata_value is the only one). */
void message_defaults(const struct message_type *type, void *ret_message);

/* Decodes one message from the reader, which is left after it. Fields that the version lacks get
 * their defaults. KC_ERR_MALFORMED (cut short, bad length, null where not allowed),
 * KC_ERR_NO_MEMORY, KC_ERR_UNSUPPORTED_VERSION. On failure the message holds defaults or a part,
 * and must not be used. Memory taken is bounded by a small multiple of the input. */
enum kc_err message_decode(const struct message_type *type, int16_t version, struct reader *reader,
                           struct arena *arena, void *ret_message);

/* The same for a whole buffer, which must be used up: trailing bytes are KC_ERR_MALFORMED. */
enum kc_err message_decode_all(const struct message_type *type, int16_t version, struct slice body,
                               struct arena *arena, void *ret_message);

/* Appends the encoding. A field that the version lacks is left out if it has its default or is
 * ignorable, else KC_ERR_UNSUPPORTED_VERSION; null where not allowed is KC_ERR_INVALID. On failure
 * the writer is failed. */
enum kc_err message_encode(const struct message_type *type, int16_t version, const void *message,
                           struct writer *writer);

/* Bytes that message_encode would write, splices included; 0 on a message that cannot be encoded.
 */
size_t message_size(const struct message_type *type, int16_t version, const void *message);

/* Every field equal (lists in order). */
bool message_equal(const struct message_type *type, const void *a, const void *b);

/* Appends one line of JSON with Kafka's converter's layout: lowerCamelCase names, bytes and records
 * in base64, uuids as text, tagged fields with default value absent. False when out is full. */
bool message_show(const struct message_type *type, int16_t version, const void *message,
                  struct bytes *out);

#endif
